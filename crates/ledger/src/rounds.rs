//! The rounds that a dossier goes with the portal without coming to rest.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{micros, time};
use dongbo_model::Fingerprint;

/// The writes of a dossier with one content within a day, and what the portal showed afterwards. They outlive a restart, so that no
/// loop does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rounds {
    /// The content that was written.
    pub content: Option<Fingerprint>,
    /// The steps that were written.
    pub chain: Option<Fingerprint>,
    /// When the first of the writes counted here was made.
    pub since: Option<DateTime<Utc>>,
    /// Creates that were answered.
    pub creates: u32,
    /// Updates that were answered.
    pub updates: u32,
    /// Those of both that were accepted.
    pub accepted: u32,
    /// Steps that were accepted, each as often as it was sent.
    pub steps: u64,
    /// Look-ups that did not show the dossier, though the portal had just said that it exists.
    pub unseen: u32,
    /// The fields that the last look-up showed rewritten, with a hash of their values.
    pub shown: Option<String>,
    /// Those fields, once it is known that the portal keeps this content in such a form.
    pub form: Option<String>,
}

/// Rounds as they are stored; what is missing is empty.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    #[serde(skip_serializing_if = "is_zero")]
    creates: u64,
    #[serde(skip_serializing_if = "is_zero")]
    updates: u64,
    #[serde(skip_serializing_if = "is_zero")]
    accepted: u64,
    #[serde(skip_serializing_if = "is_zero")]
    steps: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unseen: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Rounds {
    /// Whether they tell nothing: nothing is counted, and nothing was shown.
    fn are_none(&self) -> bool {
        let Self { creates, updates, accepted, steps, unseen, shown, form, .. } = self;
        (creates, updates, accepted, steps, unseen) == (&0, &0, &0, &0, &0)
            && shown.is_none()
            && form.is_none()
    }

    /// As the ledger stores them; `None` for none.
    pub(super) fn stored(&self) -> Option<String> {
        if self.are_none() {
            return None;
        }
        let stored = Stored {
            content: self.content.map(|content| content.to_string()),
            chain: self.chain.map(|chain| chain.to_string()),
            since: self.since.map(micros),
            creates: self.creates.into(),
            updates: self.updates.into(),
            accepted: self.accepted.into(),
            steps: self.steps,
            unseen: self.unseen.into(),
            shown: self.shown.clone(),
            form: self.form.clone(),
        };
        serde_json::to_string(&stored).ok()
    }

    /// Reads what [`Rounds::stored`] wrote. What cannot be read counts as none: then the portal is asked once more.
    pub(super) fn read(stored: Option<&str>) -> Self {
        let stored: Stored = stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            content: stored.content.as_deref().and_then(Fingerprint::parse),
            chain: stored.chain.as_deref().and_then(Fingerprint::parse),
            since: stored.since.map(time),
            creates: small(stored.creates),
            updates: small(stored.updates),
            accepted: small(stored.accepted),
            steps: stored.steps,
            unseen: small(stored.unseen),
            shown: stored.shown,
            form: stored.form,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rounds;
    use dongbo_model::Fingerprint;

    #[test]
    fn rounds_are_read_as_they_were_stored_and_none_take_no_room() {
        let rounds = Rounds {
            content: Fingerprint::parse(&"1".repeat(32)),
            since: "2026-03-01T00:00:00Z".parse().ok(),
            updates: 2,
            steps: 7,
            form: Some("TrichYeuHoSo #12".to_owned()),
            ..Rounds::default()
        };
        assert_eq!(Rounds::read(rounds.stored().as_deref()), rounds);
        assert_eq!(Rounds { content: rounds.content, ..Rounds::default() }.stored(), None);
        for broken in [None, Some(""), Some("{"), Some("[]"), Some(r#"{"updates":"x"}"#)] {
            assert_eq!(Rounds::read(broken), Rounds::default(), "{broken:?}");
        }
    }
}
