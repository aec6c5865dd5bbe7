//! The lead: of all daemons on one ledger, one reads the local database, sweeps and does what is done once for all.

use chrono::{DateTime, TimeDelta, Utc};

use crate::encoding::time;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, Store};
use dongbo_model::clock::Clock;

/// The number of times that the clocks are compared in one measurement; the quickest answer counts.
const LOOKS: usize = 3;

/// The right to lead, for as long as it lives. On a server it is a lock that ends with its connection; the file of SQLite
/// belongs to one daemon anyhow.
#[derive(Debug)]
pub struct Lead(Option<sqlx::PgConnection>);

impl Ledger {
    /// Tries to become the one that leads; `None` while another does.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn campaign(&self) -> Result<Option<Lead>, LedgerError> {
        let Store::Postgres(server) = &self.store else { return Ok(Some(Lead(None))) };
        let connection = server.lead().await.map_err(LedgerError::on_server("campaign"))?;
        Ok(connection.map(|connection| Lead(Some(connection))))
    }

    /// The offset of the server's clock, which counts for every daemon on this ledger, from this machine's. `None` for
    /// a file, which has no clock of its own.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn clock_offset(&self, clock: &Clock) -> Result<Option<TimeDelta>, LedgerError> {
        if let Store::Sqlite { .. } = &self.store {
            return Ok(None);
        }
        let mut best: Option<(TimeDelta, TimeDelta)> = None;
        for _ in 0..LOOKS {
            let asked = clock.machine();
            let server = self.store.read_number(&SERVER_TIME, Vec::new()).await?.map(time);
            let took = clock.machine() - asked;
            let Some(offset) = server.map(|server| offset(asked, took, server)) else { continue };
            if best.is_none_or(|(least, _)| took < least) {
                best = Some((took, offset));
            }
        }
        Ok(best.map(|(_, offset)| offset))
    }
}

/// The server read its clock somewhere between question and answer: most likely in the middle.
fn offset(asked: DateTime<Utc>, took: TimeDelta, server: DateTime<Utc>) -> TimeDelta {
    server - (asked + took / 2)
}

impl Lead {
    /// Makes sure that it is still held.
    ///
    /// # Errors
    /// When its connection is gone, and the right with it.
    pub async fn confirm(&mut self, server: &Ledger) -> Result<(), LedgerError> {
        match (&mut self.0, &server.store) {
            (Some(connection), Store::Postgres(server)) => {
                server.ping(connection).await.map_err(LedgerError::on_server("lead"))
            }
            _ => Ok(()),
        }
    }
}

static SERVER_TIME: Sql =
    Sql::new("server_time", "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)");
