//! What the local system does not know, and the mapping declares to be sent in its place.

use serde::Deserialize;

use dongbo_model::{Handover, OnlinePayment, SubmissionPlace, invisible};

use super::code_tables::{Coded, Flag};

/// The columns that may be declared, by their names in `[dossiers]`.
pub const UNKNOWABLE: [&str; 5] = ["digitised", "vneid", "online_payment", "submitted_to", "handover"];

/// The table `[unknown]` as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct UnknownFile {
    digitised: Option<CodeFile>,
    vneid: Option<CodeFile>,
    online_payment: Option<CodeFile>,
    submitted_to: Option<CodeFile>,
    handover: Option<CodeFile>,
}

/// A national code, with or without quotation marks.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a national code, as 0")]
enum CodeFile {
    Number(i64),
    Text(String),
}

/// The national values that are sent for what the local system does not know.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unknown {
    pub(crate) digitised: Option<Flag>,
    pub(crate) vneid: Option<Flag>,
    pub(crate) online_payment: Option<OnlinePayment>,
    pub(crate) submitted_to: Option<SubmissionPlace>,
    pub(crate) handover: Option<Handover>,
}

impl UnknownFile {
    /// Checks the codes and adds what is wrong with them to `problems`.
    pub(super) fn check(self, problems: &mut Vec<String>) -> Unknown {
        Unknown {
            digitised: code("digitised", self.digitised, problems),
            vneid: code("vneid", self.vneid, problems),
            online_payment: code("online_payment", self.online_payment, problems),
            submitted_to: code("submitted_to", self.submitted_to, problems),
            handover: code("handover", self.handover, problems),
        }
    }
}

fn code<T: Coded>(column: &str, written: Option<CodeFile>, problems: &mut Vec<String>) -> Option<T> {
    let code = match written? {
        CodeFile::Number(number) => number.to_string(),
        CodeFile::Text(text) => text,
    };
    let value = T::from_code(&code);
    if value.is_none() {
        let codes: Vec<_> = T::ALL.iter().map(|value| value.code()).collect();
        let (code, codes) = (invisible::shown(&code), codes.join(", "));
        problems.push(format!("[unknown] {column} = \"{code}\": no such national code, there are {codes}"));
    }
    value
}

impl Unknown {
    /// Whether a value is declared for `column` of `[dossiers]`.
    pub(crate) fn declares(&self, column: &str) -> bool {
        match column {
            "digitised" => self.digitised.is_some(),
            "vneid" => self.vneid.is_some(),
            "online_payment" => self.online_payment.is_some(),
            "submitted_to" => self.submitted_to.is_some(),
            "handover" => self.handover.is_some(),
            _ => false,
        }
    }
}
