//! The operator's pause: written down, so that it outlives a restart and holds for whoever works on this ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError};

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
    /// Who did it.
    pub by: String,
    /// Why, in that person's words; may be empty.
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
    /// Who did it.
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

    /// Who ended the last pause, and when.
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
        let during = || LedgerError::during("begin_pause");
        let text = encode("begin_pause", pause)?;
        let mut tx = self.begin("begin_pause").await?;
        sqlx::query(
            "-- begin_pause\nINSERT INTO memo (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(PAUSED)
        .bind(text)
        .execute(&mut *tx)
        .await
        .map_err(during())?;
        let stored: String =
            sqlx::query_scalar(super::open::MEMO).bind(PAUSED).fetch_one(&mut *tx).await.map_err(during())?;
        tx.commit().await.map_err(during())?;
        Ok(understood(&stored))
    }

    /// Ends the pause. Returns the one that was in force; `None` when there was none.
    ///
    /// # Errors
    /// When the ledger cannot be written; the pause is in force then.
    pub async fn end_pause(&self, at: DateTime<Utc>, by: &str) -> Result<Option<Pause>, LedgerError> {
        let during = || LedgerError::during("end_pause");
        let resumption = encode("end_pause", &Resumption { at, by: one_line(by) })?;
        let mut tx = self.begin("end_pause").await?;
        let ended: Option<String> =
            sqlx::query_scalar("-- end_pause\nDELETE FROM memo WHERE name = ?1 RETURNING value")
                .bind(PAUSED)
                .fetch_optional(&mut *tx)
                .await
                .map_err(during())?;
        if ended.is_some() {
            sqlx::query(super::open::REMEMBER)
                .bind(RESUMED)
                .bind(resumption)
                .execute(&mut *tx)
                .await
                .map_err(during())?;
        }
        tx.commit().await.map_err(during())?;
        Ok(ended.as_deref().map(understood))
    }
}

/// One that cannot be read is a pause all the same: who wrote it wanted nothing to be sent.
fn understood(stored: &str) -> Pause {
    serde_json::from_str(stored).unwrap_or_else(|_| Pause::new(DateTime::UNIX_EPOCH, "", stored))
}

fn encode(operation: &'static str, value: &impl Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|source| LedgerError::Encode { operation, source })
}

fn one_line(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_TEXT).collect();
    plain.trim().to_owned()
}
