//! Taking over a changed configuration: the new one proves itself, or the old one stays.

use std::sync::Arc;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::sync::oneshot;

use super::Outside;
use crate::config::{Config, SettingsError, restart_needed};
use dongbo_ledger::LedgerError;
use dongbo_model::ErrorClass;
use dongbo_portal::Observer;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine::{BuildError, Engine, ProofError};
use dongbo_sync::reconcile::Desk;

/// A new configuration that was not taken over; the old one stays in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
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
    /// Who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Config(_) | Self::NeedsRestart(_) => ErrorClass::Config,
            Self::Build(error) => error.class(),
            Self::Proof(error) => error.class(),
            Self::Ledger(error) => error.class(),
        }
    }
}

/// Asks a running daemon to take the configuration over as it is now.
pub type Reload = oneshot::Sender<Result<(), ReloadError>>;

/// Waits for an order to reload whose configuration proves itself, and tells each who asked what became of it.
pub(super) async fn next_engine(
    outside: &mut Outside,
    config: &Config,
    ctx: &Ctx,
    desk: &Arc<Desk>,
    observer: &Observer,
    chance: &mut StdRng,
) -> (Config, Engine) {
    loop {
        let Some(asked) = outside.reloads.1.recv().await else { std::future::pending().await };
        let proved = match prove(&outside.read, config, ctx, desk, observer, chance.next_u64()).await {
            Ok(proved) => proved,
            Err(error) => {
                ctx.metrics.reload_failed();
                tracing::error!(
                    event = "config.reload_failed",
                    class = error.class().name(),
                    "The new configuration is not taken over, the old one stays in force: {error}"
                );
                // Who asked may have gone, and the log says it too.
                drop(asked.send(Err(error)));
                continue;
            }
        };
        ctx.metrics.reloaded(ctx.clock.now());
        tracing::info!(event = "config.reloaded", "The new configuration has proved itself and takes over");
        drop(asked.send(Ok(())));
        return proved;
    }
}

async fn prove(
    read: &(dyn Fn() -> Result<Config, SettingsError> + Send + Sync),
    config: &Config,
    ctx: &Ctx,
    desk: &Arc<Desk>,
    observer: &Observer,
    seed: u64,
) -> Result<(Config, Engine), ReloadError> {
    let new = read()?;
    let fixed = restart_needed(config, &new);
    if !fixed.is_empty() {
        return Err(ReloadError::NeedsRestart(fixed));
    }
    let mut engine = Engine::build(&new.sync(), ctx.clone(), desk, Arc::clone(observer), seed)?;
    engine.prove().await?;
    engine.adopt_mapping().await?;
    engine.adopt_catalogue().await?;
    Ok((new, engine))
}
