//! Queries of the comparison of both sides: counts, what to look up, how a dossier stands, and sending it again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::portal_history::AcceptedHistory;
use crate::rounds::Rounds;
use crate::store::{Fenced, Row, Sql, record, values};
use dongbo_model::{Cell, Fingerprint, Month, SourceId};

/// The ledger's counts of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCount {
    /// The unit, procedure and month.
    pub cell: Cell,
    /// Dossiers that the ledger knows.
    pub known: u64,
    /// Of these, those that the portal accepted.
    pub on_portal: u64,
    /// Of these, those that it accepted as finished (status 9 or 10).
    pub finished: u64,
    /// Of these, those that it accepted with a result.
    pub with_result: u64,
    /// Of the finished ones, those of which it is not known whether it has a result of them.
    pub result_unknown: u64,
    /// Those that are on their way, or whose way ended so lately that the portal may not have counted it.
    pub moving: u64,
}

/// The standing of a dossier, as far as a comparison has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The dossier's code.
    pub code: String,
    /// Whether it rests: nothing is to be sent, nothing is under way, nobody has to act.
    pub rests: bool,
    /// Whether a person has to act.
    pub held: bool,
    /// Rises with every claim.
    pub fence: i64,
    /// Rises with every local change heard of.
    pub touches: i64,
    /// Whether the portal accepted it.
    pub on_portal: bool,
    /// Fingerprint of the content that the portal accepted.
    pub content: Option<Fingerprint>,
    /// Fingerprint of the steps that it accepted.
    pub steps: Option<Fingerprint>,
    /// When the portal last accepted something of it; when it changed last, where that is not known.
    pub accepted_at: DateTime<Utc>,
    /// Whether the outcome of the last call was unknown.
    pub in_doubt: bool,
    /// The cell that it was last seen in.
    pub cell: Option<Cell>,
    /// The form in which the portal is known to keep it ([`Rounds::form`]).
    pub form: Option<String>,
    /// The portal's history of its steps that a person accepted as it is.
    pub history: Option<dongbo_model::PortalHistory>,
    /// The source that it is read from.
    pub source: SourceId,
}

impl Standing {
    /// Whether something of it is on its way.
    #[must_use]
    pub const fn moves(&self) -> bool {
        !self.rests && !self.held
    }
}

/// A dossier that has not been accepted, because a person has to act or because it takes too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lagging {
    /// The dossier's code; `#` and the local key for a row without a code.
    pub code: String,
    /// The local unit.
    pub unit: String,
    /// The cell that it was last seen in.
    pub cell: Option<Cell>,
    /// Whether a person has to act.
    pub held: bool,
    /// Whether the portal has it in an older state.
    pub on_portal: bool,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// Its open finding, as kind and subject with a colon between; empty when it has none.
    pub finding: String,
}

record! {
    /// A dossier, and the cell that it is in.
    struct PlacedRow<'a> {
        code: &'a str,
        agency: &'a str,
        procedure: &'a str,
        month: i64,
    }
}

record! {
    /// A cell.
    struct CellRow<'a> {
        agency: &'a str,
        procedure: &'a str,
        month: i64,
    }
}

impl Ledger {
    /// The counts of every cell. What was accepted after `counted_until` may not be in the portal's counts yet.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn cell_counts(&self, counted_until: DateTime<Utc>) -> Result<Vec<CellCount>, LedgerError> {
        let rows = self.store.read(&CELL_COUNTS, values![micros(counted_until)]).await?;
        let count = |row: &Row| {
            Ok(CellCount {
                cell: Cell {
                    agency: row.get("agency")?,
                    procedure: row.get("procedure")?,
                    month: Month(row.get("received_month")?),
                },
                known: row.count("known")?,
                on_portal: row.count("on_portal")?,
                finished: row.count("finished")?,
                with_result: row.count("with_result")?,
                result_unknown: row.count("result_unknown")?,
                moving: row.count("moving")?,
            })
        };
        rows.iter().map(count).collect::<Result<_, _>>().map_err(LedgerError::during("cell_counts"))
    }

    /// Dossiers behind `after` that are on the portal and whose cell is not known yet.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unplaced(&self, after: &str, limit: u32) -> Result<Vec<String>, LedgerError> {
        self.store.read_texts(&UNPLACED, values![after, limit]).await
    }

    /// Notes which cells dossiers are in.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn place(&self, placed: &[(String, Cell)]) -> Result<(), LedgerError> {
        let rows: Vec<PlacedRow<'_>> = placed
            .iter()
            .map(|(code, cell)| PlacedRow {
                code,
                agency: &cell.agency,
                procedure: &cell.procedure,
                month: cell.month.0,
            })
            .collect();
        self.store.execute(&PLACE, values![encode("place", &rows)?]).await.map(drop)
    }

    /// Dossiers of unknown outcome, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn in_doubt(&self, limit: u32) -> Result<Vec<String>, LedgerError> {
        self.store.read_texts(&IN_DOUBT, values![limit]).await
    }

    /// Dossiers on the portal in these cells, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn in_cells(&self, cells: &[Cell], limit: u32) -> Result<Vec<String>, LedgerError> {
        let rows: Vec<CellRow<'_>> = cells
            .iter()
            .map(|cell| CellRow { agency: &cell.agency, procedure: &cell.procedure, month: cell.month.0 })
            .collect();
        self.store.read_texts(&IN_CELLS, values![encode("in_cells", &rows)?, limit]).await
    }

    /// Has the watched dossiers in these cells that wait to be looked up for the first time looked up before others. Returns how many.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn look_first(&self, cells: &[Cell], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let rows: Vec<CellRow<'_>> = cells
            .iter()
            .map(|cell| CellRow { agency: &cell.agency, procedure: &cell.procedure, month: cell.month.0 })
            .collect();
        self.store.execute(&LOOK_FIRST, values![encode("look_first", &rows)?, micros(now)]).await
    }

    /// Dossiers at rest that no look-up has shown since the portal accepted them, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unverified(&self, limit: u32) -> Result<Vec<String>, LedgerError> {
        self.store.read_texts(&UNVERIFIED, values![limit]).await
    }

    /// Counts the dossiers at rest that no look-up has shown since the portal accepted them.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn count_unverified(&self) -> Result<u64, LedgerError> {
        self.store.read_count(&COUNT_UNVERIFIED, Vec::new()).await
    }

    /// Dossiers behind `after` that the ledger knows to be on the portal, in the order of their codes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn on_portal_after(&self, after: &str, limit: u32) -> Result<Vec<String>, LedgerError> {
        self.store.read_texts(&ON_PORTAL_AFTER, values![after, limit]).await
    }

    /// The standings of these dossiers, as far as the ledger knows them.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn standings(&self, codes: &[&str]) -> Result<HashMap<String, Standing>, LedgerError> {
        let rows = self.store.read(&STANDINGS, values![encode("standings", &codes)?]).await?;
        let standing = |row: &Row| -> Result<(String, Standing), sqlx::Error> {
            let code: String = row.get("code")?;
            let state: &str = row.get("state")?;
            let fingerprint = |name: &str| -> Result<Option<Fingerprint>, sqlx::Error> {
                Ok(row.get::<Option<&str>, _>(name)?.and_then(Fingerprint::parse))
            };
            let standing = Standing {
                code: code.clone(),
                rests: state == "synced",
                held: state == "held",
                fence: row.get("fence")?,
                touches: row.get("touches")?,
                on_portal: row.flag("on_portal")?,
                content: fingerprint("content_accepted")?,
                steps: fingerprint("steps_accepted_fp")?,
                accepted_at: time(row.get("accepted")?),
                in_doubt: row.get::<i64, _>("doubt")? == 1,
                cell: cell(row)?,
                form: Rounds::read(row.get("rounds")?).form,
                history: AcceptedHistory::read(row.get("history_accepted")?).map(|accepted| accepted.history),
                source: SourceId(row.get("source")?),
            };
            Ok((code, standing))
        };
        rows.iter().map(standing).collect::<Result<_, _>>().map_err(LedgerError::during("standings"))
    }

    /// Notes that look-ups showed these dossiers as they are to be; not of those that were claimed since `fence`.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn verified(&self, seen: &[(&str, i64)], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let rows: Vec<Fenced<'_>> = seen.iter().map(|&(code, fence)| Fenced { code, fence }).collect();
        self.store.execute(&VERIFIED, values![encode("verified", &rows)?, micros(now)]).await
    }

    /// Dossiers behind `after` that wait for a person, or for longer than since `before`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lagging(
        &self,
        after: &str,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Lagging>, LedgerError> {
        let rows = self.store.read(&LAGGING, values![after, micros(before), limit]).await?;
        let lagging = |row: &Row| {
            Ok(Lagging {
                code: row.get("code")?,
                unit: row.get("unit")?,
                cell: cell(row)?,
                held: row.get::<&str, _>("state")? == "held",
                on_portal: row.flag("on_portal")?,
                since: time(row.get("since")?),
                finding: row.get::<Option<String>, _>("found")?.unwrap_or_default(),
            })
        };
        rows.iter().map(lagging).collect::<Result<_, _>>().map_err(LedgerError::during("lagging"))
    }

    /// Has dossiers looked up and put right by the ordinary push: they become due, and what the portal holds of them is
    /// held for unknown. Those that are on their way are left alone. Returns how many.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn send_again(&self, codes: &[&str], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.execute(&SEND_AGAIN, values![encode("send_again", &codes)?, micros(now)]).await
    }
}

fn cell(row: &Row) -> Result<Option<Cell>, sqlx::Error> {
    let agency: Option<String> = row.get("agency")?;
    let procedure: Option<String> = row.get("procedure")?;
    let month: Option<i64> = row.get("received_month")?;
    let place = agency.zip(procedure).zip(month);
    Ok(place.map(|((agency, procedure), month)| Cell { agency, procedure, month: Month(month) }))
}

static CELL_COUNTS: Sql = Sql::new(
    "cell_counts",
    "SELECT agency, procedure, received_month, count(*) AS known,
         count(CASE WHEN on_portal = 1 THEN 1 END) AS on_portal,
         count(CASE WHEN on_portal = 1 AND status_accepted IN ('9', '10') THEN 1 END) AS finished,
         count(CASE WHEN on_portal = 1 AND status_accepted IN ('9', '10') AND results_accepted > 0 THEN 1 END)
             AS with_result,
         count(CASE WHEN on_portal = 1 AND status_accepted IN ('9', '10') AND results_accepted IS NULL THEN 1 END)
             AS result_unknown,
         count(CASE WHEN state IN ('due', 'leased') AND doubt <> 2 OR accepted_at > $1 THEN 1 END) AS moving
     FROM dossier WHERE agency IS NOT NULL GROUP BY agency, procedure, received_month",
);

static UNPLACED: Sql = Sql::new(
    "unplaced",
    "SELECT code FROM dossier WHERE code > $1 AND on_portal = 1 AND agency IS NULL ORDER BY code LIMIT $2",
);

static PLACE: Sql = Sql::of(
    "place",
    "UPDATE dossier SET agency = one.agency, procedure = one.procedure, received_month = one.month
     FROM {rows $1: PlacedRow} AS one WHERE dossier.code = one.code",
    &[PlacedRow::RECORD],
);

static IN_DOUBT: Sql = Sql::new(
    "in_doubt",
    "SELECT code FROM dossier WHERE state <> 'synced' AND state <> 'leased' AND doubt = 1 AND code NOT LIKE '#%'
     ORDER BY changed_at DESC, code LIMIT $1",
);

static IN_CELLS: Sql = Sql::of(
    "in_cells",
    "SELECT dossier.code FROM {rows $1: CellRow} AS one
     JOIN dossier ON dossier.agency = one.agency AND dossier.procedure = one.procedure
         AND dossier.received_month = one.month
     WHERE dossier.on_portal = 1 ORDER BY dossier.changed_at DESC, dossier.code LIMIT $2",
    &[CellRow::RECORD],
);

static LOOK_FIRST: Sql = Sql::of(
    "look_first",
    "UPDATE dossier SET lane = LEAST(dossier.lane, 1), due_at = LEAST(dossier.due_at, $2) FROM {rows $1: CellRow} AS one
     WHERE dossier.agency = one.agency AND dossier.procedure = one.procedure AND dossier.received_month = one.month
         AND dossier.state = 'due' AND dossier.doubt = 1
         AND dossier.source IN (SELECT id FROM source WHERE mode = 'watch')",
    &[CellRow::RECORD],
);

static UNVERIFIED: Sql = Sql::new(
    "unverified",
    "SELECT code FROM dossier WHERE state = 'synced' AND verified_at IS NULL ORDER BY changed_at DESC, code LIMIT $1",
);

static COUNT_UNVERIFIED: Sql = Sql::new(
    "count_unverified",
    "SELECT count(*) FROM dossier WHERE state = 'synced' AND verified_at IS NULL",
);

static ON_PORTAL_AFTER: Sql = Sql::new(
    "on_portal_after",
    "SELECT code FROM dossier WHERE code > $1 AND on_portal = 1 ORDER BY code LIMIT $2",
);

static STANDINGS: Sql = Sql::new(
    "standings",
    "SELECT code, state, fence, touches, on_portal, doubt, content_accepted, steps_accepted_fp,
         coalesce(accepted_at, changed_at) AS accepted, agency, procedure, received_month, rounds,
         history_accepted, source
     FROM dossier WHERE code IN {texts $1}",
);

static VERIFIED: Sql = Sql::of(
    "verified",
    "UPDATE dossier SET verified_at = $2 FROM {rows $1: Fenced} AS one
     WHERE dossier.code = one.code AND dossier.fence = one.fence AND dossier.state = 'synced'",
    &[Fenced::RECORD],
);

static LAGGING: Sql = Sql::new(
    "lagging",
    "SELECT code, unit, state, on_portal, coalesce(unsent_since, seen_at) AS since, agency, procedure, received_month,
         (SELECT min(kind || ':' || subject) FROM finding WHERE finding.code = dossier.code AND closed_at IS NULL
             AND kind <> 'bad_row') AS found
     FROM dossier WHERE state <> 'synced' AND code > $1
         AND (state = 'held' OR (doubt <> 2 AND unsent_since < $2)) ORDER BY code LIMIT $3",
);

pub(crate) static SEND_AGAIN: Sql = Sql::new(
    "send_again",
    "UPDATE dossier SET state = 'due', lane = 2, due_at = $2, doubt = 1, touches = touches + 1,
         unsent_since = coalesce(unsent_since, $2)
     WHERE code IN (SELECT code FROM dossier WHERE code IN {texts $1} AND (state IN ('synced', 'held') OR doubt = 2)
         AND state <> 'leased' ORDER BY code {lock})",
);
