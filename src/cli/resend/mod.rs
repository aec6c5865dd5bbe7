//! `dongbo resend`: has dossiers sent again, by dongbo itself where it sends, by a vendor's bridge where it only watches.

mod list;
mod results;
mod show;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::codes::TypedCodes;
use super::consent;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::running;
use super::speech::Advice;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request, ResendProgress};
use dongbo_ledger::{Ledger, ResendState};
use dongbo_model::clock::Clock;
use dongbo_model::{DifferenceKind, FindingKind, Mode, PlainCause};
use list::Listed;
use results::ResultRow;
use show::{Follow, Preview, Show};

/// Time between two looks at the progress.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Codes that go to the daemon in one request.
const AT_ONCE: usize = 800;

/// The options of `dongbo resend`. Without a dossier it shows how the last order stands.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ResendArgs {
    /// Dossiers by their codes.
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// A list of codes, as it is pasted from a spreadsheet; - for standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Those that differ or are held in this way: the kind of a difference or a finding, or a cause, and perhaps what it is about.
    #[arg(long, value_name = "KIND[:SUBJECT]", value_parser = parse_cause)]
    cause: Option<Cause>,
    /// Those of this unit; alone, those that differ.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Only show what would be sent again.
    #[arg(long)]
    dry_run: bool,
    /// Do not watch how it goes on.
    #[arg(long)]
    detach: bool,
    /// The file for the results, or for the list where there is no bridge to be asked; a new one in this folder when left out.
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
    /// Have the running order wait.
    #[arg(long, conflicts_with_all = ["codes", "file", "cause", "unit", "resume", "cancel"])]
    pause: bool,
    /// Have it go on.
    #[arg(long, conflicts_with_all = ["codes", "file", "cause", "unit", "cancel"])]
    resume: bool,
    /// End it; what the bridge was asked for already is not taken back.
    #[arg(long, conflicts_with_all = ["codes", "file", "cause", "unit"])]
    cancel: bool,
}

/// A kind or cause as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cause {
    kind: String,
    subject: Option<String>,
}

fn parse_cause(typed: &str) -> Result<Cause, Advice> {
    let (kind, subject) = match typed.split_once(':') {
        Some((kind, subject)) => (kind, Some(subject.to_owned())),
        None => (typed, None),
    };
    let is_known = DifferenceKind::from_name(kind).is_some()
        || FindingKind::from_name(kind).is_some()
        || PlainCause::from_name(kind).is_some();
    if !is_known {
        let kinds: Vec<_> = DifferenceKind::ALL.iter().map(|kind| kind.name()).collect();
        let kinds = kinds.join(", ");
        return Err(Advice::new(
            format!("không có loại này; có {kinds}, và các loại của dongbo held"),
            format!("no such kind; there are {kinds}, and those of dongbo held"),
        ));
    }
    Ok(Cause { kind: kind.to_owned(), subject })
}

/// The dossiers that were chosen, and what was not understood.
#[derive(Debug, Default, Serialize)]
struct Chosen {
    #[serde(skip)]
    codes: Vec<String>,
    dossiers: u64,
    typed_codes: TypedCodes,
    /// Codes that no dossier has.
    unknown: Vec<String>,
    list: Option<Listed>,
}

/// The outcome, as machines read it.
#[derive(Debug, Serialize)]
struct View {
    mode: &'static str,
    #[serde(flatten)]
    chosen: Chosen,
    preview: Preview,
    /// Whether anything was done.
    ordered: bool,
    /// The file with the results or the list.
    file: Option<PathBuf>,
    results: Vec<ResultRow>,
}

/// Runs `dongbo resend`.
pub(super) async fn resend(globals: &Globals, args: &ResendArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    if args.codes.is_empty() && args.file.is_none() && args.cause.is_none() && args.unit.is_none() {
        return order(globals, &config, args).await;
    }
    let clock = Clock::system();
    let mut out = globals.output(&clock);
    let asks = consent::is_asked_for(&out, args.yes, args.dry_run)?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let chosen = choose(&ledger, args).await?;
    let way = Way::of(&config);
    let preview = Preview::of(&ledger, &config, way, &chosen.codes).await?;
    if !out.json() {
        show::chosen(&chosen, &mut out);
        preview.render(&mut out);
        out.flush()?;
    }
    let wanted = preview.dossiers > 0 && !args.dry_run;
    let refused = wanted && asks && !consent::is_given(&show::question(out.lang(), way, preview.dossiers))?;
    let left_out = chosen.left_out();
    let mut view = View {
        mode: config.mode().name(),
        chosen,
        preview,
        ordered: wanted && !refused,
        file: None,
        results: Vec::new(),
    };
    if !view.ordered {
        ledger.close().await;
        out.show(&view, |_, out| show::left_alone(refused, out))?;
        return Ok(if refused || view.chosen.codes.is_empty() { Ended::Failed } else { left_out });
    }
    let codes = std::mem::take(&mut view.chosen.codes);
    let done = way.act(globals, &config, &ledger, args, &codes).await;
    ledger.close().await;
    let (ended, file, results) = done?;
    (view.file, view.results) = (file, results);
    out.show(&view, |view, out| show::done(way, &view.results, view.file.as_deref(), args.detach, out))?;
    Ok(if ended == Ended::Complete { left_out } else { ended })
}

async fn choose(ledger: &Ledger, args: &ResendArgs) -> Result<Chosen, Failure> {
    let mut chosen = Chosen::default();
    let mut codes: Vec<String> = Vec::new();
    for typed in &args.codes {
        let typed = typed.trim();
        let found = ledger.find_code(typed).await?;
        match found.code() {
            Some(code) => codes.push(code.to_owned()),
            None => chosen.unknown.push(typed.to_owned()),
        }
        if found.code() != Some(typed) {
            chosen.typed_codes.add(typed, found);
        }
    }
    if let Some(path) = &args.file {
        let listed = Listed::read(ledger, path).await?;
        codes.extend(listed.codes.iter().cloned());
        chosen.list = Some(listed);
    }
    if args.cause.is_some() || args.unit.is_some() {
        let (kind, subject) = match &args.cause {
            Some(cause) => (Some(cause.kind.as_str()), cause.subject.as_deref()),
            None => (None, None),
        };
        let found = ledger.to_resend(args.unit.as_deref(), kind, subject).await?;
        if args.codes.is_empty() && args.file.is_none() {
            codes = found;
        } else {
            let found: BTreeSet<String> = found.into_iter().collect();
            codes.retain(|code| found.contains(code));
        }
    }
    let mut known = BTreeSet::new();
    codes.retain(|code| known.insert(code.clone()));
    chosen.dossiers = u64::try_from(codes.len()).unwrap_or(u64::MAX);
    chosen.codes = codes;
    Ok(chosen)
}

impl Chosen {
    /// The end of a command that left nothing else out.
    fn left_out(&self) -> Ended {
        let listed = self.list.as_ref();
        let unread = listed.map_or(0, |listed| listed.not_found.len() + listed.unclear.len());
        if unread + self.unknown.len() == 0 { Ended::Complete } else { Ended::Partial }
    }
}

/// The way in which dossiers are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// dongbo sends.
    Push,
    /// A vendor's bridge is asked.
    Bridge,
    /// Somebody else asks it, with a list.
    List,
}

type Done = (Ended, Option<PathBuf>, Vec<ResultRow>);

impl Way {
    fn of(config: &Config) -> Self {
        match config.mode() {
            Mode::Push => Self::Push,
            Mode::Watch if config.bridge.is_set() => Self::Bridge,
            Mode::Watch => Self::List,
        }
    }

    async fn act(
        self,
        globals: &Globals,
        config: &Config,
        ledger: &Ledger,
        args: &ResendArgs,
        codes: &[String],
    ) -> Result<Done, Failure> {
        match self {
            Self::Push => push(globals, config, ledger, args, codes).await,
            Self::Bridge => {
                let by = running::acting_for();
                for some in codes.chunks(AT_ONCE) {
                    let request = Request::Resend { codes: some.to_vec(), by: by.clone() };
                    progress(config, &request).await?;
                }
                if args.detach {
                    return Ok((Ended::Complete, None, Vec::new()));
                }
                follow_bridge(globals, config, args).await
            }
            Self::List => {
                let rows = results::listed(ledger, codes).await?;
                let file = results::write(args.result.as_deref(), &rows)?;
                Ok((Ended::Complete, Some(file), rows))
            }
        }
    }
}

/// Has dongbo look up and send what the portal lacks, and follows that.
async fn push(
    globals: &Globals,
    config: &Config,
    ledger: &Ledger,
    args: &ResendArgs,
    codes: &[String],
) -> Result<Done, Failure> {
    let runs = running::connect(config).await?.is_some();
    if runs {
        let by = running::acting_for();
        for some in codes.chunks(AT_ONCE) {
            let request = Request::SendAgain { codes: some.to_vec(), by: by.clone() };
            match running::ask(config, &request).await? {
                Reply::SentAgain(_) => {}
                other => return Err(ClientError::unexpected(&other).into()),
            }
        }
    } else {
        let writing = running::ledger(config).await?;
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let marked = writing.send_again(&codes, Clock::system().now()).await;
        writing.close().await;
        marked?;
    }
    if args.detach || !runs {
        return Ok((Ended::Complete, None, Vec::new()));
    }
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let mut show = Show::new(globals);
    loop {
        let rows = results::sent(ledger, codes).await?;
        let waiting = rows.iter().filter(|row| row.is_open()).count();
        show.update(&Follow::of_push(codes.len(), waiting), Clock::system().now())?;
        if waiting == 0 || left(&mut interrupts).await {
            show.end()?;
            let all = rows.iter().all(ResultRow::is_well);
            let file = results::write(args.result.as_deref(), &rows)?;
            return Ok((if all { Ended::Complete } else { Ended::Partial }, Some(file), rows));
        }
    }
}

/// Waits until it is time to look again; whether somebody has had enough of it.
async fn left(interrupts: &mut Signal) -> bool {
    let clock = Clock::system();
    tokio::select! {
        () = clock.sleep(LOOK_EVERY) => false,
        _ = interrupts.recv() => true,
    }
}

async fn progress(config: &Config, request: &Request) -> Result<Option<ResendProgress>, Failure> {
    match running::ask(config, request).await? {
        Reply::Resend(progress) => Ok(progress.map(|progress| *progress)),
        other => Err(ClientError::unexpected(&other).into()),
    }
}

/// Follows the order that is open, and writes its results when it has ended.
async fn follow_bridge(globals: &Globals, config: &Config, args: &ResendArgs) -> Result<Done, Failure> {
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let mut show = Show::new(globals);
    loop {
        let Some(now) = progress(config, &Request::ResendState).await? else {
            return Ok((Ended::Failed, None, Vec::new()));
        };
        show.update(&Follow::of_bridge(&now, config), Clock::system().now())?;
        let waits = now.order.state == ResendState::Paused;
        if now.is_over() || waits || left(&mut interrupts).await {
            show.end()?;
            if !now.is_over() && !waits {
                show.leave(&show::detached(globals.lang))?;
            }
            let rows = results::of_bridge(config).await?;
            let file = results::write(args.result.as_deref(), &rows)?;
            let all = rows.iter().all(ResultRow::is_well);
            return Ok((if all { Ended::Complete } else { Ended::Partial }, Some(file), rows));
        }
    }
}

/// Shows or turns the last order.
async fn order(globals: &Globals, config: &Config, args: &ResendArgs) -> Result<Ended, Failure> {
    let by = running::acting_for();
    let state = match (args.pause, args.resume, args.cancel) {
        (true, ..) => Some(ResendState::Paused),
        (_, true, _) => Some(ResendState::Running),
        (.., true) => Some(ResendState::Cancelled),
        _ => None,
    };
    let request = match state {
        Some(state) => Request::TurnResend { state, by },
        None => Request::ResendState,
    };
    let now = progress(config, &request).await?;
    let file = match (&now, &args.result) {
        (Some(_), Some(path)) => Some(results::write(Some(path), &results::of_bridge(config).await?)?),
        _ => None,
    };
    let out: Output = globals.output(&Clock::system());
    out.show(&now, |now, out| show::order(now.as_ref(), config, file.as_deref(), out))?;
    let well = now.as_ref().is_none_or(|now| now.counts.lacking + now.counts.failed == 0);
    Ok(if well { Ended::Complete } else { Ended::Partial })
}
