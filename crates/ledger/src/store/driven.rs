//! The ledger's database as a simulation meets it: see [`crate::drive`].

use super::{Row, Sql, Store, Tx, Value};
use crate::LedgerError;
use dongbo_database::{Drive, Fate};

/// A database whose calls are driven.
#[derive(Debug, Clone)]
pub(crate) struct Driven {
    pub(super) store: Box<Store>,
    drive: Drive,
}

/// A transaction whose calls are driven.
pub(crate) struct DrivenTx {
    /// `None` once it is over.
    tx: Option<Box<Tx>>,
    drive: Drive,
}

impl Driven {
    pub(super) fn new(store: Store, drive: Drive) -> Self {
        Self { store: Box::new(store), drive }
    }

    pub(super) fn begin(&self, operation: &'static str, reads: bool) -> Result<Tx, LedgerError> {
        call(&self.drive, operation, async {
            let begun = match reads {
                true => self.store.snapshot(operation).await,
                false => self.store.begin(operation).await,
            };
            begun.map(|tx| Tx::Driven(DrivenTx { tx: Some(Box::new(tx)), drive: self.drive.clone() }))
        })
    }

    pub(super) fn execute(&self, sql: &'static Sql, values: Vec<Value<'_>>) -> Result<u64, LedgerError> {
        call(&self.drive, sql.name, self.store.execute(sql, values))
    }

    pub(super) fn read(&self, sql: &'static Sql, values: Vec<Value<'_>>) -> Result<Vec<Row>, LedgerError> {
        call(&self.drive, sql.name, self.store.read(sql, values))
    }
}

impl DrivenTx {
    pub(super) fn execute(&mut self, sql: &'static Sql, values: Vec<Value<'_>>) -> Result<u64, LedgerError> {
        match self.tx.as_mut() {
            Some(tx) => call(&self.drive, sql.name, tx.execute(sql, values)),
            None => Err(away(sql.name)),
        }
    }

    pub(super) fn read(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, LedgerError> {
        match self.tx.as_mut() {
            Some(tx) => call(&self.drive, sql.name, tx.read(sql, values)),
            None => Err(away(sql.name)),
        }
    }

    pub(super) fn commit(mut self, operation: &'static str) -> Result<(), LedgerError> {
        match self.tx.take() {
            Some(tx) => {
                let fate = self.drive.fate("commit");
                if fate == Fate::Fails {
                    self.tx = Some(tx);
                    return Err(away(operation));
                }
                self.drive.finish(tx.commit(operation))?;
                if fate == Fate::FailsAfterwards { Err(away(operation)) } else { Ok(()) }
            }
            None => Err(away(operation)),
        }
    }
}

impl Drop for DrivenTx {
    /// What was not committed is rolled back, and the connection finds its way back, beside the simulation.
    fn drop(&mut self) {
        let _beside = self.drive.enter();
        drop(self.tx.take());
    }
}

fn call<T>(
    drive: &Drive,
    name: &'static str,
    work: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, LedgerError> {
    match drive.fate(name) {
        Fate::Made => drive.finish(work),
        Fate::Fails => Err(away(name)),
        Fate::FailsAfterwards => {
            let _beside = drive.enter();
            drop(drive.finish(work)?);
            Err(away(name))
        }
    }
}

fn away(operation: &'static str) -> LedgerError {
    LedgerError::during(operation)(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()))
}
