//! `dongbo mapping`: shows how the local database's columns and codes become the portal's.

mod coverage;
mod explain;
mod wire;

use clap::Subcommand;

use super::failure::{Ended, Failure};
use super::globals::Globals;

/// The views of `dongbo mapping`.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum MappingCommand {
    /// Show how one dossier's columns become the portal's fields.
    Explain(explain::ExplainArgs),
    /// Show which local codes the mapping knows, and how many dossiers use each.
    Coverage(coverage::CoverageArgs),
}

/// Runs `dongbo mapping`.
pub(super) async fn mapping(globals: &Globals, command: &MappingCommand) -> Result<Ended, Failure> {
    match command {
        MappingCommand::Explain(args) => explain::explain(globals, args).await,
        MappingCommand::Coverage(args) => coverage::coverage(globals, args).await,
    }
}
