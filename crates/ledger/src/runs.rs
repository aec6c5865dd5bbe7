//! The runs that compared both sides.

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};

/// One run as it is kept: its summary is its own affair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its name, which sorts by time.
    pub id: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// JSON.
    pub summary: String,
}

impl Ledger {
    /// Keeps a run, and the newest `keep` of all.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn add_run(&self, run: &RunRecord, keep: u32) -> Result<(), LedgerError> {
        let row = values![&run.id, micros(run.started_at), micros(run.ended_at), &run.summary];
        self.store.execute(&ADD_RUN, row).await?;
        self.store.execute(&TRIM_RUNS, values![keep]).await.map(drop)
    }

    /// The newest runs, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, LedgerError> {
        let rows = self.store.read(&RUNS, values![limit]).await?;
        let run = |row: &Row| {
            Ok(RunRecord {
                id: row.get("id")?,
                started_at: time(row.get("started_at")?),
                ended_at: time(row.get("ended_at")?),
                summary: row.get("summary")?,
            })
        };
        rows.iter().map(run).collect::<Result<_, _>>().map_err(LedgerError::during("runs"))
    }
}

/// Also run within the transaction of a move.
pub(super) static ADD_RUN: Sql = Sql::new(
    "add_run",
    "INSERT INTO run (id, started_at, ended_at, summary) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, summary = excluded.summary",
);

static TRIM_RUNS: Sql = Sql::new(
    "trim_runs",
    "DELETE FROM run WHERE id NOT IN (SELECT id FROM run ORDER BY started_at DESC, id DESC LIMIT $1)",
);

static RUNS: Sql = Sql::new(
    "runs",
    "SELECT id, started_at, ended_at, summary FROM run ORDER BY started_at DESC, id DESC LIMIT $1",
);
