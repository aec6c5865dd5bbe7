//! `dongbo indicators`: the figures by which units are measured.

mod published;

use super::failure::{Ended, Failure};
use super::globals::Globals;

/// The figures that can be shown.
#[derive(Debug, Clone, clap::Subcommand)]
pub(super) enum IndicatorsCommand {
    /// Show for which periods the portal has published figures, when they were fetched and what is missing; with --period the figures, too.
    Published(published::PublishedArgs),
}

/// Runs `dongbo indicators`.
pub(super) async fn indicators(globals: &Globals, command: &IndicatorsCommand) -> Result<Ended, Failure> {
    match command {
        IndicatorsCommand::Published(args) => published::published(globals, args).await,
    }
}
