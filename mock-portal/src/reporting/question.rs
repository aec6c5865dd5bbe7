//! The body of a call of the evaluation API, with the ids and pages that it asks for.

use serde::Deserialize;
use serde_json::Value;

use crate::chance::mix;

/// Entries on a page when the question does not say how many.
const DEFAULT_PAGE_SIZE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) time_type: String,
    pub(super) year: i32,
    pub(super) quarter: u32,
    pub(super) month: u32,
    pub(super) root_department_id: String,
    pub(super) department_type: String,
    /// The first and the last day, for the group that is asked by days.
    pub(super) from_date: String,
    pub(super) to_date: String,
    formality_id: String,
    /// The spelling that some groups of the real API use.
    #[serde(rename = "formalityID")]
    formality_id_upper_case: String,
    pub(super) q: String,
    current_page: usize,
    page_size: usize,
}

impl Question {
    /// Id or code of the procedure asked about, in whichever spelling it came.
    pub(super) fn formality(&self) -> Option<&str> {
        [&self.formality_id, &self.formality_id_upper_case]
            .into_iter()
            .map(String::as_str)
            .find(|spelling| !spelling.is_empty())
    }

    /// Number of the page asked for, from 1.
    pub(super) fn page_number(&self) -> usize {
        self.current_page.max(1)
    }

    /// The entries on the page asked for, and how many pages there are.
    pub(super) fn page<'a>(&self, all: &'a [Value]) -> (&'a [Value], usize) {
        let size = if self.page_size == 0 { DEFAULT_PAGE_SIZE } else { self.page_size };
        let begin = self.current_page.saturating_sub(1).saturating_mul(size).min(all.len());
        let end = begin.saturating_add(size).min(all.len());
        (all.get(begin..end).unwrap_or_default(), all.len().div_ceil(size).max(1))
    }
}

/// The portal's own id of an agency, which is not its code.
pub(super) fn department_id(code: &str) -> String {
    id("department", code)
}

/// The portal's own id of a procedure, which is not its code.
pub(super) fn formality_id(code: &str) -> String {
    id("formality", code)
}

fn id(kind: &str, code: &str) -> String {
    format!("{:016x}", mix(0, &[kind, code]))
}
