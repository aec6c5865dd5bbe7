//! The way to the running daemon, and to the ledger while no daemon runs.

use crate::config::Config;
use crate::control::{Client, ClientError, Reply, Request, Told, caller, user_id};
use dongbo_ledger::{ActWay, Ledger, LedgerError, NewAct};
use dongbo_model::clock::Clock;

/// Connects to the running daemon; `None` when none runs.
pub(super) async fn connect(config: &Config) -> Result<Option<Client>, ClientError> {
    match Client::connect(&config.control.socket).await {
        Ok(client) => Ok(Some(client)),
        Err(ClientError::NotRunning(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sends a request to the daemon, which has to run.
pub(super) async fn ask(config: &Config, request: &Request) -> Result<Reply, ClientError> {
    Client::connect(&config.control.socket).await?.ask(request).await
}

/// The running daemon's word on how things stand.
pub(super) async fn status(config: &Config) -> Result<Told, ClientError> {
    Client::connect(&config.control.socket).await?.status().await
}

/// Opens the ledger for writing while no daemon runs. One that is not there is not made.
pub(super) async fn ledger(config: &Config) -> Result<Ledger, LedgerError> {
    let path = &config.ledger.path;
    if !config.ledger.is_shared() && !path.try_exists().unwrap_or(true) {
        return Err(LedgerError::Absent { path: path.display().to_string() });
    }
    Ledger::of(&config.ledger).await
}

/// Writes down in the audit log what is done without a daemon, as one does that is asked for it. Returns the person's name.
pub(super) async fn note(ledger: &Ledger, request: &Request) -> Result<String, LedgerError> {
    let who = caller(user_id(), request.by()).await;
    if let Some((act, about)) = request.ordered() {
        let act = NewAct { who: &who, way: ActWay::Command, act, about: &about };
        ledger.write_down(&act, Clock::system().now()).await?;
    }
    Ok(who)
}

/// The person in whose name root acts, as the environment names them.
pub(super) fn acting_for() -> Option<String> {
    ["SUDO_USER", "USER"].iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()))
}
