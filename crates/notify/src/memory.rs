//! What was told, as the ledger keeps it: a restart tells nothing twice, and another daemon that leads goes on with it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::ErrorClass;

/// The name under which the ledger keeps it.
const MEMO: &str = "notify";

/// Everything that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// What has to be acted on, or had to be until lately.
    #[serde(deserialize_with = "known")]
    pub alerts: Vec<Alert>,
    /// What each way was told, by its name.
    pub ways: BTreeMap<String, Told>,
}

/// What one way was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The moment behind which the next bulletin is due.
    pub bulletin_from: DateTime<Utc>,
    /// The alerts that it was told of, and not of their end.
    #[serde(deserialize_with = "known")]
    pub alerts: Vec<Alert>,
    /// When it last took a message.
    pub sent_at: Option<DateTime<Utc>>,
    /// The trouble that keeps it from taking one; `None` while it takes them.
    pub failing: Option<Failing>,
}

/// A way that takes no message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Tries in a row that failed.
    pub failures: u32,
    /// When it is tried again.
    pub next_at: DateTime<Utc>,
    /// The class of the last failure.
    pub class: ErrorClass,
    /// The last failure in a sentence.
    pub error: String,
}

impl Told {
    /// A way that was never told anything, at `now`.
    #[must_use]
    pub const fn nothing(now: DateTime<Utc>) -> Self {
        Self { bulletin_from: now, alerts: Vec::new(), sent_at: None, failing: None }
    }
}

impl Memory {
    /// What the ledger keeps. What it cannot understand, as a newer dongbo may have written it, is as if nothing had been told.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let kept = ledger.memo(MEMO).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
    }

    /// Has the ledger keep it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub(crate) async fn write(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        // Maps have text as keys, so that it is always written.
        let text = serde_json::to_string(self).unwrap_or_default();
        ledger.remember(MEMO, &text).await
    }
}

/// The alerts that this version knows.
fn known<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Alert>, D::Error> {
    let all = Vec::<serde_json::Value>::deserialize(deserializer)?;
    Ok(all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn an_alert_that_only_a_newer_dongbo_knows_takes_no_other_with_it() {
        let alert = |kind: &str| {
            format!(
                r#"{{"kind":"{kind}","source":"","since":"2026-03-02T01:00:00Z","many":null,"watches":false,"times":1,"gone_at":null}}"#
            )
        };
        let text = format!(r#"{{"alerts":[{},{}],"ways":{{}}}}"#, alert("of_tomorrow"), alert("source_down"));
        let memory: Memory = serde_json::from_str(&text).unwrap();
        assert_eq!(memory.alerts.len(), 1);
    }
}
