//! `dongbo reconcile`: compares both sides, shows the differences, and has them repaired.

mod explain;
mod list;
mod progress;
mod run;
mod show;

use clap::Subcommand;
use serde::Serialize;

use super::codes;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::running;
use super::speech::Advice;
use crate::control::{ClientError, Reply, Request};
use dongbo_model::clock::Clock;
use dongbo_model::{Mode, Month, texts};
use dongbo_sync::reconcile::{Job, RunRequest, Scope};

texts! {
    cancelled(): "Đã dừng việc đối chiếu hai bên; những gì đã so vẫn được giữ: dongbo reconcile show", "The comparison is cancelled; what was compared is kept: dongbo reconcile show";
    nothing_runs(): "Không có lần đối chiếu nào đang chạy.", "Nothing is being compared.";
}

/// The result of `dongbo reconcile cancel`.
#[derive(Debug, Serialize)]
struct Cancelled {
    /// Runs that were under way or waited.
    cancelled: u64,
}

/// The options of `dongbo reconcile`. Without `--repair` it changes nothing on the portal and sends nothing.
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ReconcileArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Send again what differs, by the ordinary way; everything local is compared with the ledger first.
    #[arg(long)]
    repair: bool,
    /// Also when it is more than reconcile.repair_share of a month.
    #[arg(long, requires = "repair")]
    yes: bool,
    /// Look everything up, without the budget of a run.
    #[arg(long)]
    full: bool,
    /// Only this: month:2026-03, agency:H48.57, procedure:1.001193 or dossier:CODE. Several must all hold.
    #[arg(long, value_name = "WHAT:VALUE", value_parser = parse_scope)]
    scope: Vec<ScopePart>,
    /// Only these comparisons; without it counts and look_ups, and with --repair a sweep before them.
    #[arg(long, value_name = "JOB", value_parser = parse_job)]
    only: Vec<Job>,
}

/// The views of earlier findings.
#[derive(Debug, Clone, Subcommand)]
enum What {
    /// End the run that is under way, and those that wait; what was found by then is kept.
    Cancel,
    /// Show the open differences, by cause first.
    List(list::ListArgs),
    /// Show what a run compared and found, and the runs before it.
    Show(show::ShowArgs),
    /// Tell everything of the differences of one dossier or cell, or of one kind or cause.
    Explain(explain::ExplainArgs),
}

/// One condition of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ScopePart {
    Month(Month),
    Agency(String),
    Procedure(String),
    Dossier(String),
}

fn parse_scope(typed: &str) -> Result<ScopePart, Advice> {
    let help = || {
        Advice::new(
            "hãy ghi month:2026-03, agency:H48.57, procedure:1.001193 hoặc dossier:MÃ",
            "write month:2026-03, agency:H48.57, procedure:1.001193 or dossier:CODE",
        )
    };
    let (what, value) = typed.split_once(':').filter(|(_, value)| !value.is_empty()).ok_or_else(help)?;
    match what {
        "month" => Month::parse(value).map(ScopePart::Month).ok_or_else(help),
        "agency" => Ok(ScopePart::Agency(value.to_owned())),
        "procedure" => Ok(ScopePart::Procedure(value.to_owned())),
        "dossier" => Ok(ScopePart::Dossier(value.to_owned())),
        _ => Err(help()),
    }
}

fn parse_job(typed: &str) -> Result<Job, Advice> {
    Job::from_name(typed).ok_or_else(|| {
        let names: Vec<_> = Job::ALL.iter().map(|job| job.name()).collect();
        let names = names.join(", ");
        Advice::new(
            format!("không có việc này; có {names}"),
            format!("no such comparison; there are {names}"),
        )
    })
}

/// Runs `dongbo reconcile`.
pub(super) async fn reconcile(globals: &Globals, args: &ReconcileArgs) -> Result<Ended, Failure> {
    match &args.what {
        Some(What::Cancel) => return cancel(globals).await,
        Some(What::List(args)) => return list::list(globals, args).await,
        Some(What::Show(args)) => return show::show(globals, args).await,
        Some(What::Explain(args)) => return explain::explain(globals, args).await,
        None => {}
    }
    let config = globals.load()?;
    if args.repair && !config.any_is(Mode::Push) {
        return Err(Failure::OnlyWatches(config.keys_of(Mode::Watch, "mode")));
    }
    let mut order = args.order();
    if let Some(dossier) = &mut order.scope.dossier {
        *dossier = codes::meant_if_known(&config, dossier).await?;
    }
    let summary = match running::connect(&config).await? {
        Some(_) => run::by_daemon(globals, &config, order).await?,
        None => run::alone(globals, &config, order).await?,
    };
    let Some(summary) = summary else { return Ok(Ended::Complete) };
    let equal = summary.is_equal();
    globals.output(&Clock::system()).show(&summary, show::render)?;
    Ok(if equal { Ended::Complete } else { Ended::Partial })
}

impl ReconcileArgs {
    fn order(&self) -> RunRequest {
        let mut scope = Scope::default();
        for part in self.scope.iter().cloned() {
            match part {
                ScopePart::Month(month) => scope.month = Some(month),
                ScopePart::Agency(agency) => scope.agency = Some(agency),
                ScopePart::Procedure(procedure) => scope.procedure = Some(procedure),
                ScopePart::Dossier(dossier) => scope.dossier = Some(dossier),
            }
        }
        let jobs = match (self.only.is_empty(), scope.dossier.is_some(), self.repair && scope.is_all()) {
            (false, ..) => self.only.clone(),
            (true, true, _) => vec![Job::LookUps],
            (true, false, true) => vec![Job::Sweep, Job::Counts, Job::LookUps],
            (true, false, false) => vec![Job::Counts, Job::LookUps],
        };
        let Self { full, repair, yes, .. } = *self;
        RunRequest { jobs, scope, full, repair, yes, by: running::acting_for().unwrap_or_default() }
    }
}

/// Cancels the run that is under way, and those that wait.
async fn cancel(globals: &Globals) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let request = Request::CancelReconcile { by: running::acting_for() };
    let many = match running::ask(&config, &request).await? {
        Reply::ReconcileCancelled(many) => many,
        other => return Err(ClientError::unexpected(&other).into()),
    };
    globals.output(&Clock::system()).show(&Cancelled { cancelled: many }, |view, out| {
        let lang = out.lang();
        out.line(match view.cancelled {
            0 => nothing_runs(lang),
            _ => cancelled(lang),
        });
    })?;
    Ok(Ended::Complete)
}

#[cfg(test)]
mod tests {
    use super::{ScopePart, parse_job, parse_scope};
    use dongbo_model::Month;
    use dongbo_sync::reconcile::Job;

    #[test]
    fn a_scope_and_a_comparison_are_read_as_they_are_typed() {
        assert_eq!(parse_scope("month:2026-03"), Ok(ScopePart::Month(Month::parse("2026-03").unwrap())));
        assert_eq!(parse_scope("agency:H48.57"), Ok(ScopePart::Agency("H48.57".to_owned())));
        for wrong in ["month:March", "agency:", "commune:1", "2026-03"] {
            assert!(parse_scope(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_job("look_ups"), Ok(Job::LookUps));
        assert!(parse_job("everything").unwrap_err().to_string().contains("counts"));
    }
}
