//! Obstacles in the way of files, told to people and machines.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use dongbo_model::{FileTrouble, Lang};

/// The trouble that keeps one file waiting.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TroubleOfFile")]
pub struct TroubleView {
    /// Its stable name.
    #[schemars(with = "FileTrouble")]
    kind: &'static str,
    /// Codes that say more.
    detail: String,
    /// Since when.
    since: DateTime<Utc>,
    #[serde(skip)]
    of: FileTrouble,
}

impl From<(FileTrouble, String, DateTime<Utc>)> for TroubleView {
    fn from((of, detail, since): (FileTrouble, String, DateTime<Utc>)) -> Self {
        Self { kind: of.name(), detail, since, of }
    }
}

impl TroubleView {
    /// The reason with its codes, and the remedy.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        words(lang, self.of, &self.detail)
    }
}

/// The reason with its codes, and the remedy.
#[must_use]
pub fn words(lang: Lang, trouble: FileTrouble, detail: &str) -> String {
    let reason = trouble.text(lang);
    let remedy = trouble.remedy(lang);
    if detail.is_empty() { format!("{reason} {remedy}") } else { format!("{reason} ({detail}) {remedy}") }
}
