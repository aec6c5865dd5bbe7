//! `dongbo reconcile`: compares both sides, shows the differences, and has them repaired.

mod explain;
mod list;
mod show;
mod words;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::running;
use super::speech::Advice;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use crate::daemon::StartError;
use dongbo_ledger::LedgerLock;
use dongbo_model::Month;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine;
use dongbo_sync::reconcile::{Job, Progress, RunRequest, RunsState, Scope, Summary};

/// Time between two looks at the progress of a run.
const LOOK_EVERY: Duration = Duration::from_millis(500);

texts! {
    goes_on(): "Việc đối chiếu hai bên vẫn chạy trong dongbo. Kết quả: dongbo reconcile show", "The comparison goes on in the daemon. Its result: dongbo reconcile show";
    progress(job, done, of): "{job}: {done}/{of}", "{job}: {done}/{of}";
    other_leads(): "một dongbo khác trên sổ theo dõi này đang giữ vai trò chính: hãy chạy lệnh này ở đó", "another daemon on this ledger leads: run this command there";
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
        Some(What::List(args)) => return list::list(globals, args).await,
        Some(What::Show(args)) => return show::show(globals, args).await,
        Some(What::Explain(args)) => return explain::explain(globals, args).await,
        None => {}
    }
    let config = globals.load()?;
    let order = args.order();
    let summary = match running::connect(&config).await? {
        Some(_) => by_daemon(globals, &config, order).await?,
        None => Some(alone(&config, order).await?),
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

/// Has the daemon make the run and watches it; `None` when the person has left.
async fn by_daemon(
    globals: &Globals,
    config: &Config,
    order: RunRequest,
) -> Result<Option<Summary>, Failure> {
    // Before anything is shown that a person could break off: until then the signal would end the process.
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let request = Request::Reconcile { order: Box::new(order), by: running::acting_for() };
    let ticket = match running::ask(config, &request).await? {
        Reply::ReconcileOrdered(ticket) => ticket,
        other => return Err(ClientError::unexpected(&other).into()),
    };
    let clock = Clock::system();
    let watched = !globals.json && io::stderr().is_terminal();
    loop {
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            _ = interrupts.recv() => {
                writeln!(io::stderr(), "{}", goes_on(globals.lang))?;
                return Ok(None);
            }
        }
        let state = state(config).await?;
        if let Some(done) = state.done.filter(|done| done.ticket >= ticket) {
            return done.result.map(Some).map_err(Failure::Compare);
        }
        if let Some(progress) = state.running.filter(|_| watched) {
            write!(io::stderr(), "\r\u{1b}[K{}", told(globals.lang, &progress))?;
        }
    }
}

fn told(lang: Lang, it: &Progress) -> String {
    progress(lang, it.job.text(lang), lang.count(it.done), lang.count(it.of))
}

async fn state(config: &Config) -> Result<RunsState, Failure> {
    match running::ask(config, &Request::ReconcileState).await? {
        Reply::Reconcile(state) => Ok(*state),
        other => Err(ClientError::unexpected(&other).into()),
    }
}

/// Makes the run while no daemon runs. Dossiers to be sent again go when one starts.
async fn alone(config: &Config, order: RunRequest) -> Result<Summary, Failure> {
    let lock = (!config.ledger.is_shared()).then(|| LedgerLock::take(&config.ledger.path)).transpose();
    let lock = lock.map_err(StartError::from)?;
    let ledger = running::ledger(config).await?;
    let Some(lead) = ledger.campaign().await? else {
        return Err(Failure::Compare(other_leads(Lang::En)));
    };
    let clock = Clock::system();
    let ctx = Ctx::new(ledger.clone(), clock, &config.push);
    let reconciler = engine::reconciler(&config.sync(), &ctx, Arc::new(|_| {}), rand::random());
    let made = reconciler.map_err(StartError::from)?.reconcile(0, &order).await;
    let made = made.map_err(|error| Failure::Compare(error.to_string()));
    drop(lead);
    ledger.close().await;
    drop(lock);
    made
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
