//! The files of one dossier that the portal does not have.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::file_trouble::TroubleView;
use super::super::output::Output;
use super::super::role::Role;
use dongbo_ledger::{FileState, OpenFile};
use dongbo_model::{FileRole, FindingKind, texts};

texts! {
    files(): "Tệp chưa đến Cổng", "Files that the portal does not have";
    result(): "Kết quả", "Result";
    paper(): "Giấy tờ nộp", "Paper";
    looked_at(at): "xem lại lúc {at}", "looked at again at {at}";
}

/// A file that the portal does not have.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WaitingFile {
    role: String,
    state: &'static str,
    attempts: u32,
    due_at: Option<DateTime<Utc>>,
    /// The trouble that keeps it waiting, which time or an operator ends; `null` when there is none.
    trouble: Option<TroubleView>,
    /// The open findings about it, which `findings` tells in full.
    findings: Vec<String>,
    #[serde(skip)]
    of: FileState,
}

impl WaitingFile {
    /// The file, unless the portal has it.
    pub(super) fn of(file: OpenFile) -> Option<Self> {
        (file.state != FileState::Arrived).then(|| Self {
            role: file.role,
            state: file.state.name(),
            attempts: file.attempts,
            due_at: file.due_at,
            trouble: file.trouble.map(TroubleView::from),
            findings: file.findings.into_iter().map(|(kind, _)| kind).collect(),
            of: file.state,
        })
    }

    /// Whether a person has to act.
    pub(super) fn is_held(&self) -> bool {
        self.of == FileState::Held || !self.findings.is_empty()
    }
}

/// Writes the part on files.
pub(super) fn render(waiting: &[WaitingFile], out: &mut Output) {
    if waiting.is_empty() {
        return;
    }
    let (lang, now) = (out.lang(), out.now());
    out.heading(&files(lang));
    for file in waiting {
        let role = if file.role == FileRole::Result.name() { result(lang) } else { paper(lang) };
        let colour = if file.is_held() { Role::Bad } else { Role::Warn };
        let state = out.paint(colour, &file.of.text(lang).to_lowercase());
        let again = file.due_at.map(|at| format!(" ({})", looked_at(lang, lang.near(at, now))));
        out.line(format!("  {role}: {state}{}", again.unwrap_or_default()));
        let known = file.findings.iter().filter_map(|kind| FindingKind::from_name(kind));
        for kind in known {
            out.line(format!("    {}", kind.explanation(lang)));
        }
        if let Some(trouble) = &file.trouble {
            out.line(format!("    {}", trouble.words(lang)));
        }
    }
}
