//! The settings of the evaluation API.

use serde::Deserialize;

/// Settings of the evaluation API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evaluation {
    /// Seconds by which the counts may lag behind the store; 0: never.
    pub delay_s: u64,
    /// Units that are not counted yet: their counts are `null`.
    pub nulls: Vec<String>,
    /// Flag the national denominator as provisional.
    pub provisional: bool,
    /// Publish a period only after its last day, as the real portal does; else one that goes on is counted up to now.
    pub ended_only: bool,
    /// Months such as `2026-08` that are not published although they are over, with the quarters and years that they lie in.
    pub unpublished: Vec<String>,
    /// Answer with a metric and with fields that nobody has told of.
    pub news: bool,
    /// Answer every call with this HTTP status, such as 403 or 429; 0: do not.
    pub refuse_with: u16,
    /// Answer the call with this number, counted from the start of the portal, with HTTP 500.
    pub fail_call: Option<u64>,
}
