//! `dongbo status`: the verdict in five lines, or with the tables that it is made of.

mod full;
mod short;
mod sight;
mod tables;
mod view;

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::terminal;
use dongbo_model::clock::Clock;
use dongbo_sync::health::{Health, Standing};
use view::StatusView;

/// Time between two looks with `--watch`.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The arguments of `dongbo status`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct StatusArgs {
    /// Show every reason and the tables: layers, lanes, the daemon, what is held.
    #[arg(long)]
    full: bool,
    /// Only what is of this unit, as the ledger names it.
    #[arg(long, value_name = "UNIT", conflicts_with = "full")]
    unit: Option<String>,
    /// Look again every two seconds, until it is interrupted.
    #[arg(long)]
    watch: bool,
}

/// The verdict as `dongbo status` shows it.
///
/// # Errors
/// When neither the daemon nor the ledger tells anything.
pub(super) async fn health(globals: &Globals, now: DateTime<Utc>) -> Result<Health, Failure> {
    Ok(sight::look(globals, None, false, now).await?.health)
}

/// Runs `dongbo status`.
pub(super) async fn status(globals: &Globals, args: &StatusArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    if !args.watch {
        return once(globals, args, &clock).await.map(ended);
    }
    loop {
        let standing = once(globals, args, &clock).await?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(ended(standing)),
            () = clock.sleep(LOOK_EVERY) => {}
        }
    }
}

async fn once(globals: &Globals, args: &StatusArgs, clock: &Clock) -> Result<Standing, Failure> {
    let view = sight::look(globals, args.unit.as_deref(), args.full || globals.json, clock.now()).await?;
    let mut out = globals.output(clock);
    if args.watch && !globals.json && terminal::is_output() {
        out.clear_screen();
    }
    out.show(
        &view,
        |view: &StatusView, out| if args.full { full::render(view, out) } else { short::render(view, out) },
    )?;
    Ok(view.health.standing)
}

/// The end of a command that found things so.
const fn ended(standing: Standing) -> Ended {
    match standing {
        Standing::InStep => Ended::Complete,
        Standing::Working | Standing::PersonNeeded => Ended::Partial,
        Standing::NotKnown => Ended::NotKnown,
    }
}
