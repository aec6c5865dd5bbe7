//! The ledger's database in a simulation: see [`dongbo_connections::SimulatedCalls`].

use super::{Row, Sql, Store, Tx, Value};
use crate::error::LedgerError;
use dongbo_connections::{CallFate, SimulatedCalls};

/// A database whose calls a simulation makes.
#[derive(Debug, Clone)]
pub(crate) struct Simulated {
    pub(super) store: Box<Store>,
    calls: SimulatedCalls,
}

/// A transaction whose calls a simulation makes.
pub(crate) struct SimulatedTx {
    /// `None` once it is over.
    tx: Option<Box<Tx>>,
    calls: SimulatedCalls,
}

impl Simulated {
    pub(super) fn new(store: Store, calls: SimulatedCalls) -> Self {
        Self { store: Box::new(store), calls }
    }

    pub(super) fn begin(&self, operation: &'static str, reads: bool) -> Result<Tx, LedgerError> {
        call(&self.calls, operation, async {
            let begun = match reads {
                true => self.store.snapshot(operation).await,
                false => self.store.begin(operation).await,
            };
            begun.map(|tx| Tx::Simulated(SimulatedTx { tx: Some(Box::new(tx)), calls: self.calls.clone() }))
        })
    }

    pub(super) fn execute(&self, sql: &'static Sql, values: Vec<Value<'_>>) -> Result<u64, LedgerError> {
        call(&self.calls, sql.name, self.store.execute(sql, values))
    }

    pub(super) fn read(&self, sql: &'static Sql, values: Vec<Value<'_>>) -> Result<Vec<Row>, LedgerError> {
        call(&self.calls, sql.name, self.store.read(sql, values))
    }
}

impl SimulatedTx {
    pub(super) fn execute(&mut self, sql: &'static Sql, values: Vec<Value<'_>>) -> Result<u64, LedgerError> {
        match self.tx.as_mut() {
            Some(tx) => call(&self.calls, sql.name, tx.execute(sql, values)),
            None => Err(away(sql.name)),
        }
    }

    pub(super) fn read(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, LedgerError> {
        match self.tx.as_mut() {
            Some(tx) => call(&self.calls, sql.name, tx.read(sql, values)),
            None => Err(away(sql.name)),
        }
    }

    pub(super) fn commit(mut self, operation: &'static str) -> Result<(), LedgerError> {
        match self.tx.take() {
            Some(tx) => {
                let fate = self.calls.fate("commit");
                if fate == CallFate::Fails {
                    self.tx = Some(tx);
                    return Err(away(operation));
                }
                self.calls.finish(tx.commit(operation))?;
                if fate == CallFate::FailsAfterwards { Err(away(operation)) } else { Ok(()) }
            }
            None => Err(away(operation)),
        }
    }
}

impl Drop for SimulatedTx {
    /// A transaction that was not committed is rolled back, and the connection finds its way back, beside the simulation.
    fn drop(&mut self) {
        let _beside = self.calls.enter();
        drop(self.tx.take());
    }
}

fn call<T>(
    calls: &SimulatedCalls,
    name: &'static str,
    work: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, LedgerError> {
    match calls.fate(name) {
        CallFate::Made => calls.finish(work),
        CallFate::Fails => Err(away(name)),
        CallFate::FailsAfterwards => {
            let _beside = calls.enter();
            drop(calls.finish(work)?);
            Err(away(name))
        }
    }
}

fn away(operation: &'static str) -> LedgerError {
    LedgerError::during(operation)(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()))
}
