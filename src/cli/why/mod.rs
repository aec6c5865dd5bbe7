//! `dongbo why <code>`: one dossier's whole story, and what happens next.

mod local;
mod render;

use chrono::{DateTime, Utc};
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::{Ended, Failure, Globals};
use crate::config::Config;
use dongbo_ledger::{Doubt, Layer, LayerState, Ledger, PastAttempt, PastFinding, RowState, Story};
use dongbo_model::clock::Clock;
use dongbo_model::schedule::Schedule;
use dongbo_model::{DossierCode, FindingKind, Status, Text};
use dongbo_sync::intake::SWEEP_CURSOR;

use local::LocalView;

/// What `dongbo why` takes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WhyArgs {
    /// The dossier's code; '#' and the local key for a row without one.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    code: String,
    /// Do not ask the local database.
    #[arg(long)]
    offline: bool,
    /// Show at most so many of the newest attempts and findings.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// One dossier's story.
#[derive(Debug, Clone, Serialize)]
struct WhyView {
    code: String,
    /// Whether the ledger knows it.
    known: bool,
    dossier: Option<DossierView>,
    attempts_in_all: u64,
    attempts: Vec<AttemptView>,
    findings: Vec<FindingView>,
    /// What the local database shows now; `null` with `--offline`.
    local: Option<LocalView>,
    /// For a code that the ledger does not know: others that may be meant.
    similar: Vec<String>,
    /// For a code that only the local database knows: when a sweep finds it at the latest.
    next_sweep: Option<DateTime<Utc>>,
}

/// The row in the ledger.
#[derive(Debug, Clone, Serialize)]
struct DossierView {
    unit: String,
    state: &'static str,
    next: NextView,
    lane: &'static str,
    layers: Vec<LayerStateView>,
    changed_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    changes_heard_of: i64,
    unsent_since: Option<DateTime<Utc>>,
    status_accepted: Option<&'static str>,
    steps_accepted: usize,
    steps_wanted: usize,
    #[serde(skip)]
    status: Option<Status>,
}

#[derive(Debug, Clone, Serialize)]
struct LayerStateView {
    layer: &'static str,
    state: &'static str,
    #[serde(skip)]
    of: (Layer, LayerState),
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum NextView {
    /// Nothing: it is in step until it changes.
    Nothing,
    /// It is sent as soon as a worker is free.
    Send { at: DateTime<Utc>, after_failures: u32 },
    /// The portal is asked first what it has.
    LookUp { at: DateTime<Utc>, after_failures: u32 },
    /// All is accepted; the portal is asked once more.
    Verify { at: DateTime<Utc> },
    /// Somebody works on it.
    InFlight { by: String, until: DateTime<Utc> },
    /// It waits for a person.
    Held { by: Vec<&'static str> },
}

#[derive(Debug, Clone, Serialize)]
struct AttemptView {
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    operations: String,
    outcome: String,
    http_status: Option<u16>,
    portal_code: String,
    message: String,
}

#[derive(Debug, Clone, Serialize)]
struct FindingView {
    kind: &'static str,
    subject: String,
    detail: String,
    opened_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    finding: FindingKind,
}

/// Tells a dossier's story.
pub(super) async fn why(globals: &Globals, args: &WhyArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let code = Text::new(args.code.clone()).as_str().to_owned();
    let story = ledger.story(&code, args.limit, clock.now()).await?;
    let view = match story {
        Some(story) => known(story, &config, &clock, args.offline).await,
        None => unknown(code, &ledger, &config, &clock, args.offline).await?,
    };
    ledger.close().await;
    globals.output(&clock).show(&view, render::render)?;
    Ok(match &view.dossier {
        None => Ended::Failed,
        Some(dossier) if dossier.next == NextView::Nothing => Ended::Complete,
        Some(_) => Ended::Partial,
    })
}

async fn known(story: Story, config: &Config, clock: &Clock, offline: bool) -> WhyView {
    let code = DossierCode::new(&story.code);
    let local = match code {
        Some(code) if !offline => Some(local::look(config, clock, &code, Some(&story)).await),
        _ => None,
    };
    let dossier = dossier_view(&story);
    WhyView {
        code: story.code,
        known: true,
        dossier: Some(dossier),
        attempts_in_all: story.attempts_in_all,
        attempts: story.attempts.into_iter().map(AttemptView::from).collect(),
        findings: story.findings.into_iter().map(FindingView::from).collect(),
        local,
        similar: Vec::new(),
        next_sweep: None,
    }
}

async fn unknown(
    code: String,
    ledger: &Ledger,
    config: &Config,
    clock: &Clock,
    offline: bool,
) -> Result<WhyView, Failure> {
    let local = match DossierCode::new(&code) {
        Some(code) if !offline => Some(local::look(config, clock, &code, None).await),
        _ => None,
    };
    let last_sweep = ledger.cursor(SWEEP_CURSOR).await?;
    let schedule = config.source.sweep.parse::<Schedule>().ok();
    let now = clock.now();
    let next_sweep = schedule.and_then(|schedule| schedule.next(last_sweep.unwrap_or(now)));
    Ok(WhyView {
        similar: ledger.similar_codes(&code).await?,
        code,
        known: false,
        dossier: None,
        attempts_in_all: 0,
        attempts: Vec::new(),
        findings: Vec::new(),
        local,
        next_sweep: next_sweep.map(|next| next.max(now)),
    })
}

fn dossier_view(story: &Story) -> DossierView {
    let layers = story.layers.iter().map(|&(layer, state)| LayerStateView {
        layer: layer.name(),
        state: state.name(),
        of: (layer, state),
    });
    DossierView {
        unit: story.unit.clone(),
        state: match story.state {
            RowState::Synced => "synced",
            RowState::Due(_) => "due",
            RowState::Leased { .. } => "leased",
            RowState::Held => "held",
        },
        next: next(story),
        lane: story.lane.name(),
        layers: layers.collect(),
        changed_at: story.changed_at,
        seen_at: story.seen_at,
        changes_heard_of: story.touches,
        unsent_since: story.unsent_since,
        status_accepted: story.status_accepted.map(Status::code),
        steps_accepted: story.steps_accepted,
        steps_wanted: story.steps_wanted,
        status: story.status_accepted,
    }
}

fn next(story: &Story) -> NextView {
    let after_failures = story.failures;
    match &story.state {
        RowState::Synced => NextView::Nothing,
        RowState::Leased { owner, until } => NextView::InFlight { by: owner.clone(), until: *until },
        RowState::Held => {
            let open = story.findings.iter().filter(|it| it.closed_at.is_none() && it.kind.holds());
            NextView::Held { by: open.map(|it| it.kind.name()).collect() }
        }
        RowState::Due(at) => match story.doubt {
            Doubt::None => NextView::Send { at: *at, after_failures },
            Doubt::Unknown => NextView::LookUp { at: *at, after_failures },
            Doubt::Verify => NextView::Verify { at: *at },
        },
    }
}

impl From<PastAttempt> for AttemptView {
    fn from(attempt: PastAttempt) -> Self {
        Self {
            started_at: attempt.started_at,
            ended_at: attempt.ended_at,
            operations: attempt.operations,
            outcome: attempt.outcome,
            http_status: attempt.http_status,
            portal_code: attempt.portal_code,
            message: attempt.message,
        }
    }
}

impl From<PastFinding> for FindingView {
    fn from(found: PastFinding) -> Self {
        Self {
            kind: found.kind.name(),
            subject: found.subject,
            detail: found.detail,
            opened_at: found.opened_at,
            seen_at: found.seen_at,
            closed_at: found.closed_at,
            finding: found.kind,
        }
    }
}
