//! Taking over a changed configuration: the new one proves itself, or the old one stays.

use std::sync::Arc;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::sync::mpsc;

use crate::config::{Config, Loaded, SettingsError, restart_needed};
use crate::control::Reload;
use dongbo_ledger::LedgerError;
use dongbo_model::ErrorClass;
use dongbo_portal::Observer;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine::{BuildError, Engine, ProofError};
use dongbo_sync::failures::Work;
use dongbo_sync::reconcile::RunBoard;

/// A new configuration that was not taken over; the old one stays in force.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadError {
    /// It cannot be read, or contradicts itself.
    #[error(transparent)]
    Config(#[from] SettingsError),
    /// An engine cannot be made from it.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It did not prove itself against the live systems.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A reload cannot change these keys.
    #[error("{} cannot change while dongbo runs; restart it for that (systemctl restart dongbo)", .0.join(", "))]
    NeedsRestart(Vec<&'static str>),
}

impl ReloadError {
    /// The class of the error, which says who has to act.
    fn class(&self) -> ErrorClass {
        match self {
            Self::Config(_) | Self::NeedsRestart(_) => ErrorClass::Config,
            Self::Build(error) => error.class(),
            Self::Proof(error) => error.class(),
            Self::Ledger(error) => error.class(),
        }
    }
}

/// Waits for an order to reload whose configuration proves itself, and answers every order before it.
pub(super) async fn next_engine(
    orders: &mut mpsc::Receiver<Reload>,
    read: &(dyn Fn() -> Result<Loaded, SettingsError> + Send + Sync),
    config: &Config,
    ctx: &Ctx,
    board: &Arc<RunBoard>,
    observer: &Observer,
    chance: &mut StdRng,
) -> (Loaded, Engine) {
    loop {
        let Some(asked) = orders.recv().await else { std::future::pending().await };
        let proved = match prove(read, config, ctx, board, observer, chance.next_u64()).await {
            Ok(proved) => proved,
            Err(error) => {
                ctx.metrics.reload_failed();
                ctx.failures.failed(Work::Reload, "", "", error.class(), error.to_string());
                tracing::error!(
                    event = "config.reload_failed",
                    class = error.class().name(),
                    "The new configuration is not taken over, the old one stays in force: {error}"
                );
                // The one that asked may have gone, and the log says it too.
                drop(asked.send(Err(error.to_string())));
                continue;
            }
        };
        ctx.metrics.reloaded(ctx.clock.now());
        ctx.failures.worked(Work::Reload, "", "");
        tracing::info!(event = "config.reloaded", "The new configuration is valid and in force");
        drop(asked.send(Ok(())));
        return proved;
    }
}

async fn prove(
    read: &(dyn Fn() -> Result<Loaded, SettingsError> + Send + Sync),
    config: &Config,
    ctx: &Ctx,
    board: &Arc<RunBoard>,
    observer: &Observer,
    seed: u64,
) -> Result<(Loaded, Engine), ReloadError> {
    let loaded = read()?;
    let new = &loaded.config;
    let fixed = restart_needed(config, new);
    if !fixed.is_empty() {
        return Err(ReloadError::NeedsRestart(fixed));
    }
    let mut engine = Engine::build(&new.sync(), ctx.clone(), board, Arc::clone(observer), seed).await?;
    engine.prove().await?;
    engine.adopt_sources().await?;
    engine.adopt_catalogue().await?;
    Ok((loaded, engine))
}
