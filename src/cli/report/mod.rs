//! `dongbo report`: writes reports that an office can sign, lists the dossiers behind their numbers, and seals them.

mod behind;
mod dossiers;
mod handled;
mod judged;
mod listed;
mod seal;
mod write;

use clap::Subcommand;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::speech::Advice;
use dongbo_model::{Lang, Period, texts};
use dongbo_reports::{Format, Kind};

texts! {
    periods(): "hãy ghi như 2026-08, 2026-Q3, 2026-H1 hoặc 2026", "write as 2026-08, 2026-Q3, 2026-H1 or 2026";
    formats(known): "không có dạng này; có {known}", "no such form; there are {known}";
}

/// The acts on reports.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ReportCommand {
    /// Report what the portal has of the dossiers of a period, by layer, unit and procedure; what is held; how long changes took.
    Sync(write::WriteArgs),
    /// Report what is kept from the portal by its data, by cause, unit and who has to act.
    Quality(write::WriteArgs),
    /// Publish the indicators of Decision 766 of a month: points by group, each indicator, each set of formulas, targets of plans, units and twelve months.
    Publication(write::WriteArgs),
    /// Report late dossiers by unit and officer, those late on the portal alone, and letters of apology.
    Late(write::WriteArgs),
    /// Report what was received and handled, in the form of the national reporting system.
    Quarterly(write::WriteArgs),
    /// Draw up the six-monthly report of the head of the agency.
    HalfYear(write::WriteArgs),
    /// Draw up the yearly technical annex: how figures come about, and all of them.
    Annex(write::WriteArgs),
    /// List the dossiers behind a number of the report on late dossiers.
    Judged(judged::JudgedArgs),
    /// List the dossiers behind a number in the form of the national reporting system.
    Handled(handled::HandledArgs),
    /// List the dossiers behind a number of a report.
    Dossiers(dossiers::DossiersArgs),
    /// Seal the reports of a period that is over: hash every file, chained to what was sealed before.
    Seal(seal::SealArgs),
    /// Add new files of a sealed period to the chain, with the reason.
    Addendum(seal::AddendumArgs),
    /// Say whether every sealed file and the chain itself are as they were sealed.
    Verify(seal::VerifyArgs),
}

/// Runs `dongbo report`.
pub(super) async fn report(globals: &Globals, command: &ReportCommand) -> Result<Ended, Failure> {
    match command {
        ReportCommand::Sync(args) => write::write(globals, args, Kind::Sync).await,
        ReportCommand::Quality(args) => write::write(globals, args, Kind::Quality).await,
        ReportCommand::Publication(args) => write::write(globals, args, Kind::Publication).await,
        ReportCommand::Late(args) => write::write(globals, args, Kind::Late).await,
        ReportCommand::Quarterly(args) => write::write(globals, args, Kind::Quarterly).await,
        ReportCommand::HalfYear(args) => write::write(globals, args, Kind::HalfYear).await,
        ReportCommand::Annex(args) => write::write(globals, args, Kind::Annex).await,
        ReportCommand::Judged(args) => judged::list(globals, args).await,
        ReportCommand::Handled(args) => handled::list(globals, args).await,
        ReportCommand::Dossiers(args) => dossiers::dossiers(globals, args).await,
        ReportCommand::Seal(args) => seal::seal(globals, args),
        ReportCommand::Addendum(args) => seal::addendum(globals, args),
        ReportCommand::Verify(args) => seal::verify(globals, args),
    }
}

fn parse_period(typed: &str) -> Result<Period, Advice> {
    Period::parse(typed).ok_or_else(|| Advice::new(periods(Lang::Vi), periods(Lang::En)))
}

fn parse_format(typed: &str) -> Result<Format, Advice> {
    let known = || Format::NAMES.join(", ");
    Format::from_name(typed)
        .ok_or_else(|| Advice::new(formats(Lang::Vi, known()), formats(Lang::En, known())))
}

#[cfg(test)]
mod tests {
    use super::{parse_format, parse_period};

    #[test]
    fn what_is_no_period_or_form_is_told_with_those_that_there_are() {
        assert!(parse_period("2026-13").unwrap_err().to_string().contains("2026-Q3"));
        assert!(parse_format("pdf").unwrap_err().to_string().contains("docx"));
        assert_eq!(parse_period("2026-08").unwrap().to_string(), "2026-08");
    }
}
