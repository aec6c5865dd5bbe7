//! The acceptance of the portal's history of steps as it is, by a person: asked for by code, recorded, and taken back the same way.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, Value, values};
use crate::sweep::UNHEARD_OF;
use dongbo_model::PortalHistory;

/// The longest name of a person that is kept, in characters.
const LONGEST_NAME: usize = 300;

/// A history of the portal's that a person accepted as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedHistory {
    /// The history.
    pub history: PortalHistory,
    /// The person.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A person's decision about the portal's history of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryAct {
    /// It is accepted as it was seen last.
    Accept,
    /// An earlier acceptance is taken back.
    TakeBack,
}

/// A dossier that the act is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Its code.
    pub code: String,
    /// The history that would be accepted, or that was.
    pub history: PortalHistory,
    /// The number of steps that it is to have by the local system.
    pub steps: u64,
    /// Who accepted it and when, where the acceptance would be taken back.
    pub accepted: Option<(String, DateTime<Utc>)>,
}

/// A preview of the act.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryPreview {
    /// The dossiers that it is about.
    pub rows: Vec<HistoryRow>,
    /// Codes of dossiers that have nothing to be accepted or taken back.
    pub without: Vec<String>,
    /// Codes that the ledger has never heard of.
    pub unknown: Vec<String>,
}

impl AcceptedHistory {
    /// Reads what [`Ledger::settle_histories`] wrote; `None` for what cannot be read: then a person is asked again.
    pub(super) fn read(stored: Option<&str>) -> Option<Self> {
        serde_json::from_str(stored?).ok()
    }
}

/// The history as the ledger keeps it.
pub(super) fn stored(history: &PortalHistory) -> Option<String> {
    serde_json::to_string(history).ok()
}

impl Ledger {
    /// Notes the portal's histories that a comparison saw, for a person to accept; not of those that were claimed since `fence`.
    ///
    /// # Errors
    /// When the ledger cannot be written; what was noted until then is.
    pub async fn note_histories(&self, seen: &[(&str, i64, &PortalHistory)]) -> Result<(), LedgerError> {
        for &(code, fence, history) in seen {
            self.store.execute(&NOTE, values![code, fence, stored(history)]).await?;
        }
        Ok(())
    }

    /// Tells what [`Ledger::settle_histories`] would do.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn preview_histories(
        &self,
        codes: &[String],
        act: HistoryAct,
    ) -> Result<HistoryPreview, LedgerError> {
        let named = encode("preview_histories", &codes)?;
        let mut preview = HistoryPreview::default();
        for row in self.store.read(&HISTORIES, values![&named]).await? {
            let code: String = row.get("code").map_err(LedgerError::during("preview_histories"))?;
            match history_row(&row, code.clone(), act).map_err(LedgerError::during("preview_histories"))? {
                Some(found) => preview.rows.push(found),
                None => preview.without.push(code),
            }
        }
        preview.unknown = self.store.read_texts(&UNHEARD_OF, values![named]).await?;
        Ok(preview)
    }

    /// Accepts the portal's histories of these dossiers as they were seen last, or takes that back, in the name of `by`. Each dossier is
    /// looked up next. What a preview shows as one to act on, and has changed since, is left alone. Returns how many were acted on.
    ///
    /// # Errors
    /// When the ledger cannot be written; what was acted on until then is.
    pub async fn settle_histories(
        &self,
        rows: &[HistoryRow],
        act: HistoryAct,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let by: String =
            by.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect();
        let mut done = 0;
        for row in rows {
            let seen = encode("settle_histories", &row.history)?;
            let accepted = AcceptedHistory { history: row.history.clone(), by: by.clone(), at: now };
            let accepted = encode("settle_histories", &accepted)?;
            let values: Vec<Value<'_>> = match act {
                HistoryAct::Accept => values![row.code.as_str(), seen, accepted, micros(now)],
                HistoryAct::TakeBack => values![row.code.as_str(), micros(now)],
            };
            let statement = match act {
                HistoryAct::Accept => &ACCEPT,
                HistoryAct::TakeBack => &TAKE_BACK,
            };
            done += self.store.execute(statement, values).await?;
        }
        Ok(done)
    }
}

fn history_row(row: &Row, code: String, act: HistoryAct) -> Result<Option<HistoryRow>, sqlx::Error> {
    let steps = row.count("steps_wanted")?;
    Ok(match act {
        HistoryAct::Accept => row
            .get::<Option<&str>, _>("history_shown")?
            .and_then(|stored| serde_json::from_str(stored).ok())
            .map(|history| HistoryRow { code, history, steps, accepted: None }),
        HistoryAct::TakeBack => AcceptedHistory::read(row.get("history_accepted")?).map(|old| HistoryRow {
            code,
            history: old.history,
            steps,
            accepted: Some((old.by, old.at)),
        }),
    })
}

static HISTORIES: Sql = Sql::new(
    "histories",
    "SELECT code, steps_wanted, history_shown, history_accepted FROM dossier WHERE code IN {texts $1} ORDER BY code",
);

static NOTE: Sql =
    Sql::new("note_history", "UPDATE dossier SET history_shown = $3 WHERE code = $1 AND fence = $2");

static ACCEPT: Sql = Sql::new(
    "accept_history",
    "UPDATE dossier SET history_accepted = $3, state = 'due', lane = 1, doubt = 1, due_at = $4, touches = touches + 1,
         rounds = NULL, unsent_since = coalesce(unsent_since, $4)
     WHERE code = $1 AND history_shown = $2 AND state IN ('held', 'synced')",
);

static TAKE_BACK: Sql = Sql::new(
    "take_history_back",
    "UPDATE dossier SET history_accepted = NULL, touches = touches + 1, unsent_since = coalesce(unsent_since, $2),
         lane = CASE WHEN state IN ('synced', 'held') THEN 1 ELSE lane END,
         doubt = CASE WHEN state IN ('synced', 'held', 'due') THEN 1 ELSE doubt END,
         due_at = CASE WHEN state IN ('synced', 'held') THEN $2 ELSE due_at END,
         state = CASE WHEN state IN ('synced', 'held') THEN 'due' ELSE state END
     WHERE code = $1 AND history_accepted IS NOT NULL",
);
