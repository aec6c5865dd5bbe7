//! The results of the dossiers that were to be sent again, as a table for a spreadsheet.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::failure::Failure;
use super::super::running;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::{Ledger, Resent};
use dongbo_model::clock::Clock;
use dongbo_model::csv;
use dongbo_settings::ownership;

/// Dossiers whose standing is read at once.
const AT_ONCE: usize = 1_000;

/// One dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ResultRow {
    pub(super) code: String,
    /// `waiting`, `asked`, `arrived`, `lacking`, `held`, `refused`, `failed` or `unreadable`; `listed` in a list.
    pub(super) state: &'static str,
    /// Calls that the bridge took.
    pub(super) calls: u32,
    pub(super) asked_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// The bridge's words, masked, or what the portal lacks.
    pub(super) said: String,
}

impl ResultRow {
    fn new(code: String, state: &'static str) -> Self {
        Self { code, state, calls: 0, asked_at: None, ended_at: None, said: String::new() }
    }

    /// Whether something is still to come of it.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, "waiting" | "asked")
    }

    /// Whether the portal has all of it.
    pub(super) fn is_well(&self) -> bool {
        self.state == "arrived"
    }
}

impl From<Resent> for ResultRow {
    fn from(resent: Resent) -> Self {
        Self {
            state: resent.state.name(),
            code: resent.code,
            calls: resent.calls,
            asked_at: resent.asked_at,
            ended_at: resent.ended_at,
            said: resent.said,
        }
    }
}

/// How the dossiers stand that dongbo itself sends again.
pub(super) async fn sent(ledger: &Ledger, codes: &[String]) -> Result<Vec<ResultRow>, Failure> {
    let mut rows = Vec::with_capacity(codes.len());
    for some in codes.chunks(AT_ONCE) {
        let names: Vec<&str> = some.iter().map(String::as_str).collect();
        let standings = ledger.standings(&names).await?;
        rows.extend(some.iter().map(|code| {
            let state = match standings.get(code) {
                Some(standing) if standing.held => "held",
                Some(standing) if standing.rests => "arrived",
                Some(_) => "waiting",
                None => "unreadable",
            };
            ResultRow::new(code.clone(), state)
        }));
    }
    Ok(rows)
}

/// The results of the dossiers of the last order to the bridge.
pub(super) async fn of_bridge(config: &Config) -> Result<Vec<ResultRow>, Failure> {
    let mut rows: Vec<ResultRow> = Vec::new();
    loop {
        let skip = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        match running::ask(config, &Request::Resends { skip }).await? {
            Reply::Resends(some) if some.is_empty() => return Ok(rows),
            Reply::Resends(some) => rows.extend(some.into_iter().map(ResultRow::from)),
            other => return Err(ClientError::unexpected(&other).into()),
        }
    }
}

/// The dossiers for somebody who asks a bridge himself, each with what the portal lacks of it.
pub(super) async fn listed(ledger: &Ledger, codes: &[String]) -> Result<Vec<ResultRow>, Failure> {
    let mut rows = Vec::with_capacity(codes.len());
    for code in codes {
        let open = ledger.differences_of(code, 50).await?;
        let mut kinds: Vec<&str> = open
            .iter()
            .filter(|difference| difference.closed_at.is_none())
            .map(|difference| difference.kind.name())
            .collect();
        kinds.dedup();
        rows.push(ResultRow { said: kinds.join(" "), ..ResultRow::new(code.clone(), "listed") });
    }
    Ok(rows)
}

/// Writes a table of them to `path`, or to a new file in the present folder. Returns where.
pub(super) fn write(path: Option<&Path>, rows: &[ResultRow]) -> Result<PathBuf, Failure> {
    let path = path.map_or_else(
        || PathBuf::from(format!("dongbo-resend-{}.csv", Clock::system().now().format("%Y%m%dT%H%M%SZ"))),
        Path::to_owned,
    );
    // Spreadsheets take a file without the mark for one in an older encoding.
    let mut table = String::from("\u{feff}code,state,calls,asked_at,ended_at,said\r\n");
    let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    for row in rows {
        let (calls, asked_at, ended_at) = (row.calls.to_string(), moment(row.asked_at), moment(row.ended_at));
        let cells = [&row.code, row.state, calls.as_str(), &asked_at, &ended_at, &row.said];
        // Writing to a string cannot fail.
        let _ = write!(table, "{}\r\n", csv::row(cells));
    }
    ownership::write(&path, table.as_bytes())
        .map_err(|source| Failure::Result { path: path.clone(), source })?;
    Ok(path)
}
