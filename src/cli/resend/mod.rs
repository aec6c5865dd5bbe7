//! `dongbo resend`: has dossiers sent again, by dongbo itself where it sends, by a vendor's bridge where it only watches.

mod results;
mod show;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::codes::TypedCodes;
use super::consent;
use super::failure::{Ended, Failure};
use super::globals::{Globals, source_named};
use super::output::Output;
use super::running;
use super::speech::Advice;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::{Ledger, NewResend, ResendState};
use dongbo_model::clock::Clock;
use dongbo_model::{DifferenceKind, FindingKind, Mode, PlainCause};
use dongbo_sync::resend::{Listed, Part, Preview, Progress, Reading, ResultRow, Way, decoded};
use show::Show;

/// Time between two looks at the progress.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The longest list that is read from standard input; a file has the limit of every file that is read.
const LONGEST: u64 = 8 << 20;
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
    /// Those that are read from this source; alone, those that differ.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    source: Option<String>,
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
    #[arg(long, conflicts_with_all = ["codes", "file", "cause", "unit", "source", "resume", "cancel"])]
    pause: bool,
    /// Have it go on.
    #[arg(long, conflicts_with_all = ["codes", "file", "cause", "unit", "source", "cancel"])]
    resume: bool,
    /// End it; what the bridge was asked for already is not taken back.
    #[arg(long, conflicts_with_all = ["codes", "file", "cause", "unit", "source"])]
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
    /// `push` or `watch`, or `both` when some are of sources that are sent for and some of watched ones.
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
    let named = [&args.unit, &args.source].into_iter().any(Option::is_some);
    if args.codes.is_empty() && args.file.is_none() && args.cause.is_none() && !named {
        return order(globals, &config, args).await;
    }
    if args.source.is_some() {
        source_named(&config, args.source.as_deref())?;
    }
    let clock = Clock::system();
    let mut out = globals.output(&clock);
    let asks = consent::is_asked_for(&out, args.yes, args.dry_run)?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let mut chosen = choose(&ledger, args).await?;
    let parts = Part::of(&ledger, &config.bridge, std::mem::take(&mut chosen.codes)).await?;
    let preview = Preview::of(&ledger, &config.bridge, &parts).await?;
    if !out.json() {
        show::chosen(&chosen, &mut out);
        for line in preview.told(out.lang()) {
            out.line(line);
        }
        out.flush()?;
    }
    let wanted = preview.dossiers > 0 && !args.dry_run;
    let refused = wanted && asks && !consent::is_given(&show::question(out.lang(), &preview))?;
    let left_out = chosen.left_out();
    let mode = match (preview.sends(), preview.watches()) {
        (true, true) => "both",
        (false, true) => Mode::Watch.name(),
        (false, false) if !config.any_is(Mode::Push) => Mode::Watch.name(),
        _ => Mode::Push.name(),
    };
    let is_empty = chosen.dossiers == 0;
    let ordered = wanted && !refused;
    let mut view = View { mode, chosen, preview, ordered, file: None, results: Vec::new() };
    if !view.ordered {
        ledger.close().await;
        out.show(&view, |_, out| show::left_alone(refused, out))?;
        return Ok(if refused || is_empty { Ended::Failed } else { left_out });
    }
    let done = act(globals, &config, &ledger, args, &parts).await;
    ledger.close().await;
    let (ended, results) = done?;
    if !results.is_empty() {
        view.file = Some(results::write(args.result.as_deref(), &results)?);
    }
    view.results = results;
    out.show(&view, |view, out| {
        show::done(&view.preview, &view.results, view.file.as_deref(), args.detach, out);
    })?;
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
        let listed = read_list(ledger, path).await?;
        codes.extend(listed.codes.iter().cloned());
        chosen.list = Some(listed);
    }
    if args.cause.is_some() || args.unit.is_some() || args.source.is_some() {
        let (kind, subject) = match &args.cause {
            Some(cause) => (Some(cause.kind.as_str()), cause.subject.as_deref()),
            None => (None, None),
        };
        let whose = (args.unit.as_deref(), args.source.as_deref());
        let found = ledger.to_resend(whose, kind, subject).await?;
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

/// Reads the list in the file at `path`, or from standard input for `-`.
async fn read_list(ledger: &Ledger, path: &Path) -> Result<Listed, Failure> {
    let failed = |source| Failure::List { path: path.to_owned(), source };
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
        bytes
    } else {
        dongbo_settings::capped::read(path).map_err(failed)?
    };
    let reading = Reading { units: None, most_searched: usize::MAX };
    Ok(Listed::of(ledger, &decoded(&bytes), reading).await?)
}

impl Chosen {
    /// The end of a command that left nothing else out.
    fn left_out(&self) -> Ended {
        let listed = self.list.as_ref();
        let unread = listed.map_or(0, |listed| listed.not_found.len() + listed.unclear.len());
        if unread + self.unknown.len() == 0 { Ended::Complete } else { Ended::Partial }
    }
}

/// The outcome of dossiers, as far as it was waited for.
type Done = (Ended, Vec<ResultRow>);

/// Begins with all of `parts`, and follows what is ordered to its end where that is wanted.
async fn act(
    globals: &Globals,
    config: &Config,
    ledger: &Ledger,
    args: &ResendArgs,
    parts: &[Part],
) -> Result<Done, Failure> {
    let (lists, orders): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.way == Way::List);
    let codes: Vec<String> = orders.iter().flat_map(|part| part.codes.iter().cloned()).collect();
    let (mut ended, mut rows) = (Ended::Complete, Vec::new());
    if !codes.is_empty() && begin(config, &codes).await? && !args.detach {
        (ended, rows) = follow(globals, config).await?;
    }
    for code in lists.iter().flat_map(|part| &part.codes) {
        rows.push(ResultRow::listed(ledger, code).await?);
    }
    Ok((ended, rows))
}

/// Orders that these be sent again. Returns whether a daemon runs; without one the order waits in the ledger for it.
async fn begin(config: &Config, codes: &[String]) -> Result<bool, Failure> {
    let by = running::acting_for();
    if running::connect(config).await?.is_some() {
        for some in codes.chunks(AT_ONCE) {
            progress(config, &Request::Resend { codes: some.to_vec(), by: by.clone() }).await?;
        }
        return Ok(true);
    }
    let writing = running::ledger(config).await?;
    let who = running::note(&writing, &Request::Resend { codes: codes.to_vec(), by }).await?;
    let new = NewResend { codes, per_minute: None };
    let ordered = writing.order_resend(new, &who, Clock::system().now()).await;
    writing.close().await;
    ordered?;
    Ok(false)
}

/// Waits until it is time to look again; whether somebody has had enough of it.
async fn left(interrupts: &mut Signal) -> bool {
    let clock = Clock::system();
    tokio::select! {
        () = clock.sleep(LOOK_EVERY) => false,
        _ = interrupts.recv() => true,
    }
}

async fn progress(config: &Config, request: &Request) -> Result<Option<Progress>, Failure> {
    match running::ask(config, request).await? {
        Reply::Resend(progress) => Ok(progress.map(|progress| *progress)),
        other => Err(ClientError::unexpected(&other).into()),
    }
}

/// Follows the order that is open to its end.
async fn follow(globals: &Globals, config: &Config) -> Result<Done, Failure> {
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let mut show = Show::new(globals);
    loop {
        let Some(now) = progress(config, &Request::ResendState).await? else {
            return Ok((Ended::Failed, Vec::new()));
        };
        show.update(&now.line(&config.bridge, globals.lang), Clock::system().now())?;
        let waits = now.order.state == ResendState::Paused;
        if now.is_over() || waits || left(&mut interrupts).await {
            show.end()?;
            if !now.is_over() && !waits {
                show.leave(&show::detached(globals.lang))?;
            }
            let rows = results::of_order(config).await?;
            let all = rows.iter().all(ResultRow::is_well);
            return Ok((if all { Ended::Complete } else { Ended::Partial }, rows));
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
        (Some(_), Some(path)) => Some(results::write(Some(path), &results::of_order(config).await?)?),
        _ => None,
    };
    let out: Output = globals.output(&Clock::system());
    out.show(&now, |now, out| show::order(now.as_ref(), config, file.as_deref(), out))?;
    let well = now.as_ref().is_none_or(|now| now.counts.lacking + now.counts.failed == 0);
    Ok(if well { Ended::Complete } else { Ended::Partial })
}
