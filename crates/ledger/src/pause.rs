//! The operator's pause: stored, so that it outlives a restart and holds for every daemon on this ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::encode;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::open::{MEMO, REMEMBER};
use crate::store::{Sql, values};

/// The memo that is there while sending is paused.
pub(super) const PAUSED: &str = "paused";
/// The memo of the last end of a pause.
const RESUMED: &str = "resumed";
/// The longest name or reason that is kept, in characters.
const LONGEST_TEXT: usize = 300;

/// Sending is paused by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The person who did it.
    pub by: String,
    /// The reason in that person's words; may be empty.
    pub reason: String,
}

impl Pause {
    /// A pause that begins at `since`. Of `by` and `reason` one line of bearable length is kept.
    #[must_use]
    pub fn new(since: DateTime<Utc>, by: &str, reason: &str) -> Self {
        Self { since, by: one_line(by), reason: one_line(reason) }
    }
}

/// The last end of a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumption {
    /// When.
    pub at: DateTime<Utc>,
    /// The person who did it.
    pub by: String,
}

impl Ledger {
    /// The pause that is in force; `None` while sending may go on.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn pause(&self) -> Result<Option<Pause>, LedgerError> {
        Ok(self.memo(PAUSED).await?.as_deref().map(understood))
    }

    /// The person who ended the last pause, and when.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn last_resumption(&self) -> Result<Option<Resumption>, LedgerError> {
        Ok(self.memo(RESUMED).await?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Pauses sending, until [`Ledger::end_pause`]. One that is in force already stays as it is. Returns what is in
    /// force then.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn begin_pause(&self, pause: &Pause) -> Result<Pause, LedgerError> {
        let text = encode("begin_pause", pause)?;
        let mut tx = self.store.begin("begin_pause").await?;
        tx.execute(&BEGIN_PAUSE, values![PAUSED, &text]).await?;
        let stored = tx.read_text(&MEMO, values![PAUSED]).await?.unwrap_or(text);
        tx.commit("begin_pause").await?;
        Ok(understood(&stored))
    }

    /// Ends the pause. Returns the one that was in force; `None` when there was none.
    ///
    /// # Errors
    /// When the ledger cannot be written; the pause is in force then.
    pub async fn end_pause(&self, at: DateTime<Utc>, by: &str) -> Result<Option<Pause>, LedgerError> {
        let resumption = encode("end_pause", &Resumption { at, by: one_line(by) })?;
        let mut tx = self.store.begin("end_pause").await?;
        let ended = tx.read_text(&END_PAUSE, values![PAUSED]).await?;
        if ended.is_some() {
            tx.execute(&REMEMBER, values![RESUMED, resumption]).await?;
        }
        tx.commit("end_pause").await?;
        Ok(ended.as_deref().map(understood))
    }
}

static BEGIN_PAUSE: Sql =
    Sql::new("begin_pause", "INSERT INTO memo (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");

static END_PAUSE: Sql = Sql::new("end_pause", "DELETE FROM memo WHERE name = $1 RETURNING value");

/// One that cannot be read is a pause all the same: who wrote it wanted nothing to be sent.
fn understood(stored: &str) -> Pause {
    serde_json::from_str(stored).unwrap_or_else(|_| Pause::new(DateTime::UNIX_EPOCH, "", stored))
}

fn one_line(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_TEXT).collect();
    plain.trim().to_owned()
}
