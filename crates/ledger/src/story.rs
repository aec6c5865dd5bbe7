//! Everything that the ledger knows of one dossier.

use chrono::{DateTime, Utc};

use crate::bin::{Bin, file_layer, graver, open_file};
use crate::delays::{PastDelay, past};
use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::portal_history::AcceptedHistory;
use crate::store::{Row, Sql, values};
use crate::types::Doubt;
use dongbo_model::{FindingKind, Fingerprint, Status};
use dongbo_model::{Lane, Layer, LayerState};

/// The state of a dossier's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowState {
    /// Nothing to do.
    Synced,
    /// To be claimed once this moment has come.
    Due(DateTime<Utc>),
    /// A holder works on it.
    Leased {
        /// The name of the holder.
        owner: String,
        /// The end of the lease.
        until: DateTime<Utc>,
    },
    /// A person has to act.
    Held,
    /// By the mapping it is not sent at its status.
    NotSent,
}

/// One dossier's row with its past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Its code; `#` and the local key for a row that has none.
    pub code: String,
    /// Its unit.
    pub unit: String,
    /// The source that it is read from.
    pub source: String,
    /// Its state, and what happens to it next.
    pub state: RowState,
    /// From which lane.
    pub lane: Lane,
    /// Whether what the portal holds is known.
    pub doubt: Doubt,
    /// Failures in a row.
    pub failures: u32,
    /// The newest local change heard of, by the local clock.
    pub changed_at: DateTime<Utc>,
    /// When that was heard of.
    pub seen_at: DateTime<Utc>,
    /// The oldest change that the portal has not accepted.
    pub unsent_since: Option<DateTime<Utc>>,
    /// When the portal last accepted something of it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When a look-up has shown everything since; `None` while none has.
    pub verified_at: Option<DateTime<Utc>>,
    /// When an answer about it was lost last, unless that was confirmed again since.
    pub lost_at: Option<DateTime<Utc>>,
    /// When a lost answer was confirmed again.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The portal's history of its steps that an operator accepted as it is.
    pub history: Option<AcceptedHistory>,
    /// Whether the portal has it, as far as is known.
    pub on_portal: bool,
    /// The number of changes heard of.
    pub touches: i64,
    /// The national status that the portal accepted last.
    pub status_accepted: Option<Status>,
    /// The number of steps that the portal has.
    pub steps_accepted: usize,
    /// Fingerprint of the chain over these.
    pub steps_accepted_fp: Option<Fingerprint>,
    /// The number of steps that it is to have.
    pub steps_wanted: usize,
    /// The state of each layer.
    pub layers: Vec<(Layer, LayerState)>,
    /// The newest calls to the portal, oldest first.
    pub attempts: Vec<PastAttempt>,
    /// The number of attempts that the ledger has in all: the oldest go after `ledger.keep_history`.
    pub attempts_in_all: u64,
    /// Findings, open ones first, then the newest.
    pub findings: Vec<PastFinding>,
    /// How long the last change took, and each step, in order.
    pub delays: Vec<PastDelay>,
}

/// A call, or a chain of calls, to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAttempt {
    /// When the first call began.
    pub started_at: DateTime<Utc>,
    /// When the last one ended.
    pub ended_at: DateTime<Utc>,
    /// The calls in order, separated by commas.
    pub operations: String,
    /// Outcome of the decisive call by its stable name.
    pub outcome: String,
    /// HTTP status of it.
    pub http_status: Option<u16>,
    /// The portal's code in it.
    pub portal_code: String,
    /// The portal's words, masked.
    pub message: String,
}

/// A finding, open or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFinding {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The subject of the finding.
    pub subject: String,
    /// The evidence in a few words: a length, a limit, the portal's masked words.
    pub detail: String,
    /// When it was first seen.
    pub opened_at: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
    /// When it was gone; `None` while it is open.
    pub closed_at: Option<DateTime<Utc>>,
}

impl Story {
    /// Tells what the mapping does not send from what waits for a person: in the row both rest alike.
    fn tell_what_is_not_sent(&mut self) {
        let open = |found: &PastFinding| found.closed_at.is_none() && found.kind == FindingKind::NotForPortal;
        if self.state == RowState::Held && self.findings.iter().any(open) {
            self.state = RowState::NotSent;
            let held = self.layers.iter_mut().filter(|(_, state)| *state == LayerState::Held);
            held.for_each(|(_, state)| *state = LayerState::NotSent);
        }
    }
}

impl Ledger {
    /// The story of the dossier with exactly this code, with up to `limit` of its newest attempts and findings, all
    /// from one snapshot; `None` when the ledger does not know it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn story(
        &self,
        code: &str,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<Story>, LedgerError> {
        let during = || LedgerError::during("story");
        let mut tx = self.store.snapshot("story").await?;
        let found = tx.read(&STORY, values![code]).await?;
        let Some(row) = found.first() else { return Ok(None) };
        let mut story = story(row, now).map_err(during())?;
        if let Some(worst) = tx.read_number(&WORST_FILE, values![code, micros(now)]).await? {
            for (layer, state) in &mut story.layers {
                *state = if *layer == Layer::Files { graver(*state, file_layer(worst)) } else { *state };
            }
        }
        let attempts = tx.read(&ATTEMPTS, values![code, limit]).await?;
        if let Some(row) = attempts.first() {
            story.attempts_in_all = row.count("many").map_err(during())?;
        }
        story.attempts = attempts.iter().rev().map(attempt).collect::<Result<_, _>>().map_err(during())?;
        let findings = tx.read(&FINDINGS, values![code, limit]).await?;
        for row in &findings {
            story.findings.extend(finding(row).map_err(during())?);
        }
        let delays = tx.read(&DELAYS, values![code]).await?;
        story.delays = delays.iter().map(past).collect::<Result<_, _>>().map_err(during())?;
        story.tell_what_is_not_sent();
        Ok(Some(story))
    }
}

static STORY: Sql = Sql::new(
    "story",
    "SELECT dossier.*, source.name AS source_name FROM dossier JOIN source ON source.id = dossier.source WHERE code = $1",
);

static WORST_FILE: Sql = Sql::new(
    "worst_file",
    concat!(
        "SELECT CAST(max(",
        open_file!("$2"),
        ") AS BIGINT) FROM file WHERE code = $1 AND state <> 'arrived'"
    ),
);

static ATTEMPTS: Sql = Sql::new(
    "story_attempts",
    "SELECT *, count(*) OVER () AS many FROM attempt WHERE code = $1 ORDER BY fence DESC LIMIT $2",
);

static FINDINGS: Sql = Sql::new(
    "story_findings",
    "SELECT * FROM finding WHERE code = $1
     ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, opened_at DESC, kind, subject LIMIT $2",
);

static DELAYS: Sql = Sql::new("story_delays", "SELECT * FROM delay WHERE code = $1 ORDER BY step");

fn story(row: &Row, now: DateTime<Utc>) -> Result<Story, sqlx::Error> {
    let moment = |column: &str| -> Result<DateTime<Utc>, sqlx::Error> { Ok(time(row.get(column)?)) };
    let count = |column: &str| -> Result<usize, sqlx::Error> {
        Ok(usize::try_from(row.count(column)?).unwrap_or(usize::MAX))
    };
    let bin = Bin(row.get("bin")?);
    let later = row.get::<i64, _>("due_at")? > micros(now);
    let state = match row.get::<&str, _>("state")? {
        "synced" => RowState::Synced,
        "held" => RowState::Held,
        "leased" => RowState::Leased { owner: row.get("lease_owner")?, until: moment("lease_until")? },
        _ => RowState::Due(moment("due_at")?),
    };
    let layers = Layer::ALL.iter().map(|&layer| (layer, bin.layer(layer, later))).collect();
    Ok(Story {
        code: row.get("code")?,
        unit: row.get("unit")?,
        source: row.get("source_name")?,
        state,
        lane: Lane::from_number(row.get("lane")?),
        doubt: Doubt::from_number(row.get("doubt")?),
        failures: u32::try_from(row.get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        changed_at: moment("changed_at")?,
        seen_at: moment("seen_at")?,
        unsent_since: row.get::<Option<i64>, _>("unsent_since")?.map(time),
        accepted_at: row.get::<Option<i64>, _>("accepted_at")?.map(time),
        verified_at: row.get::<Option<i64>, _>("verified_at")?.map(time),
        lost_at: row.get::<Option<i64>, _>("lost_at")?.map(time),
        confirmed_at: row.get::<Option<i64>, _>("confirmed_at")?.map(time),
        history: AcceptedHistory::read(row.get("history_accepted")?),
        on_portal: row.flag("on_portal")?,
        touches: row.get("touches")?,
        status_accepted: row.get::<Option<&str>, _>("status_accepted")?.and_then(Status::from_code),
        steps_accepted: count("steps_accepted")?,
        steps_accepted_fp: row.get::<Option<&str>, _>("steps_accepted_fp")?.and_then(Fingerprint::parse),
        steps_wanted: count("steps_wanted")?,
        layers,
        attempts: Vec::new(),
        attempts_in_all: 0,
        findings: Vec::new(),
        delays: Vec::new(),
    })
}

fn attempt(row: &Row) -> Result<PastAttempt, sqlx::Error> {
    let http_status: Option<i64> = row.get("http_status")?;
    Ok(PastAttempt {
        started_at: time(row.get("started_at")?),
        ended_at: time(row.get("ended_at")?),
        operations: row.get("operations")?,
        outcome: row.get("outcome")?,
        http_status: http_status.and_then(|status| u16::try_from(status).ok()),
        portal_code: row.get("portal_code")?,
        message: row.get("message")?,
    })
}

/// `None` for a kind that a newer version wrote.
fn finding(row: &Row) -> Result<Option<PastFinding>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.get("kind")?) else { return Ok(None) };
    Ok(Some(PastFinding {
        kind,
        subject: row.get("subject")?,
        detail: row.get("detail")?,
        opened_at: time(row.get("opened_at")?),
        seen_at: time(row.get("seen_at")?),
        closed_at: row.get::<Option<i64>, _>("closed_at")?.map(time),
    }))
}
