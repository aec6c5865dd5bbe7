//! `dongbo indicators`: the numbers of Decision 766 and of plans, what is behind each, and figures that people enter.

mod asked;
mod clocks;
mod evidence;
mod explain;
mod facts_told;
mod history;
mod list;
mod published;
mod set;
mod show;
mod words;

use clap::Subcommand;

use super::failure::{Ended, Failure};
use super::globals::Globals;

#[derive(Debug, Subcommand)]
pub(super) enum IndicatorsCommand {
    /// Show the indicators of a period as the local system has them, as the portal accepted them and as it published them, the points of
    /// each group, and how the targets of plans stand.
    Show(show::ShowArgs),
    /// List the dossiers behind an indicator: in its numerator or denominator, or where both sides differ.
    List(list::ListArgs),
    /// Tell how an indicator is computed, with its numbers and the commands that list its dossiers.
    Explain(explain::ExplainArgs),
    /// Show all that tells how one dossier reached the portal, and why both sides judge it otherwise; with --out as a file for the portal's
    /// operator.
    Evidence(evidence::EvidenceArgs),
    /// Show open dossiers that were not accepted in time, are due within three working days, or were asked twice for papers.
    Clocks(clocks::ClocksArgs),
    /// Enter figures that other systems have: one, or a table.
    Set(set::SetArgs),
    /// Show an indicator month by month, and who entered what.
    History(history::HistoryArgs),
    /// Show for which periods the portal has published figures, when they were fetched and what is missing; with --period the figures, too.
    Published(published::PublishedArgs),
}

/// Runs `dongbo indicators`.
pub(super) async fn indicators(globals: &Globals, command: &IndicatorsCommand) -> Result<Ended, Failure> {
    match command {
        IndicatorsCommand::Show(args) => show::show(globals, args).await,
        IndicatorsCommand::List(args) => list::list(globals, args).await,
        IndicatorsCommand::Explain(args) => explain::explain(globals, args).await,
        IndicatorsCommand::Evidence(args) => evidence::evidence(globals, args).await,
        IndicatorsCommand::Clocks(args) => clocks::clocks(globals, args).await,
        IndicatorsCommand::Set(args) => set::set(globals, args).await,
        IndicatorsCommand::History(args) => history::history(globals, args).await,
        IndicatorsCommand::Published(args) => published::published(globals, args).await,
    }
}
