//! The parts of `dongbo why`, as machines read them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::differences::any_serious;
use super::files::WaitingFile;
use super::local::LocalView;
use dongbo_ledger::{
    Difference, Doubt, Layer, LayerState, PastAttempt, PastDelay, PastFinding, RowState, Story,
};
use dongbo_model::clock::later;
use dongbo_model::{FindingKind, Status};

/// One dossier's story.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WhyView {
    pub(super) code: String,
    /// Whether the ledger knows it.
    pub(super) known: bool,
    pub(super) dossier: Option<DossierView>,
    /// What comparing both sides found and is not gone.
    pub(super) differences: Vec<Difference>,
    pub(super) attempts_in_all: u64,
    pub(super) attempts: Vec<AttemptView>,
    pub(super) findings: Vec<FindingView>,
    /// The files of it that the portal does not have.
    pub(super) files: Vec<WaitingFile>,
    /// The dossier in the local database now; `null` with `--offline`.
    pub(super) local: Option<LocalView>,
    /// For a code that the ledger does not know: like codes that it knows.
    pub(super) similar: Vec<String>,
    /// For a code that only the local database knows: the sweep that finds it at the latest.
    pub(super) next_sweep: Option<DateTime<Utc>>,
}

/// The row in the ledger.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DossierView {
    pub(super) unit: String,
    pub(super) state: &'static str,
    pub(super) next: NextView,
    pub(super) lane: &'static str,
    pub(super) layers: Vec<LayerStateView>,
    pub(super) changed_at: DateTime<Utc>,
    pub(super) seen_at: DateTime<Utc>,
    pub(super) changes_heard_of: i64,
    pub(super) unsent_since: Option<DateTime<Utc>>,
    pub(super) accepted_at: Option<DateTime<Utc>>,
    pub(super) verified_at: Option<DateTime<Utc>>,
    pub(super) status_accepted: Option<&'static str>,
    pub(super) steps_accepted: usize,
    pub(super) steps_wanted: usize,
    /// When the answer to a call was lost that is not confirmed again yet.
    pub(super) lost_at: Option<DateTime<Utc>>,
    /// When the dossier is confirmed again for that.
    pub(super) confirm_at: Option<DateTime<Utc>>,
    /// When a lost answer was confirmed again last.
    pub(super) confirmed_at: Option<DateTime<Utc>>,
    /// The person who accepted the portal's steps as they are, and when.
    pub(super) steps_accepted_by: Option<(String, DateTime<Utc>)>,
    /// How long the last change took until the portal had it, and each step.
    pub(super) delays: Vec<DelayView>,
    #[serde(skip)]
    pub(super) watches: bool,
    #[serde(skip)]
    pub(super) status: Option<Status>,
}

/// The delay of one change.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DelayView {
    /// The step's place from 1 on; `null` for the dossier's last change.
    pub(super) step: Option<usize>,
    pub(super) changed_at: DateTime<Utc>,
    pub(super) accepted_at: DateTime<Utc>,
    pub(super) seconds: f64,
    #[serde(skip)]
    pub(super) took: Duration,
}

impl From<&PastDelay> for DelayView {
    fn from(delay: &PastDelay) -> Self {
        let PastDelay { step, changed_at, accepted_at } = *delay;
        let took = delay.took();
        Self { step, changed_at, accepted_at, seconds: took.as_secs_f64(), took }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LayerStateView {
    pub(super) layer: &'static str,
    pub(super) state: &'static str,
    #[serde(skip)]
    pub(super) of: (Layer, LayerState),
}

/// The next thing to happen to the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum NextView {
    /// Nothing, until the dossier changes.
    Nothing,
    /// Comparing both sides found that the portal shows something else than it accepted.
    Differs { open: usize },
    /// The portal has everything but files, which go on by themselves.
    Files { waiting: usize },
    /// The portal has everything but files, of which some wait for a person.
    FilesHeld { held: usize },
    /// It is sent as soon as a worker is free.
    Send { at: DateTime<Utc>, after_failures: u32 },
    /// The portal is asked first what it has.
    LookUp { at: DateTime<Utc>, after_failures: u32 },
    /// Everything is accepted; the portal is asked once more.
    Verify { at: DateTime<Utc> },
    /// A daemon works on it.
    InFlight { by: String, until: DateTime<Utc> },
    /// It waits for a person.
    Held { by: Vec<&'static str> },
    /// By the mapping it is not sent at its status.
    NotSent,
    /// A vendor's bridge sends, and a look-up has shown that the portal lacks something of it.
    Lacking { at: DateTime<Utc>, on_portal: bool },
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct AttemptView {
    pub(super) started_at: DateTime<Utc>,
    pub(super) ended_at: DateTime<Utc>,
    pub(super) operations: String,
    pub(super) outcome: String,
    pub(super) http_status: Option<u16>,
    pub(super) portal_code: String,
    pub(super) message: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct FindingView {
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) detail: String,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) seen_at: DateTime<Utc>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub(super) finding: FindingKind,
}

impl DossierView {
    /// The row of `story`, some of whose `files` the portal does not have, and which differs from the portal's in what is
    /// `open`; a request lands within `lands_within`.
    pub(super) fn of(
        (story, watches): (&Story, bool),
        files: &[WaitingFile],
        open: &[Difference],
        lands_within: Duration,
    ) -> Self {
        let layers = story.layers.iter().map(|&(layer, state)| LayerStateView {
            layer: layer.name(),
            state: state.name(),
            of: (layer, state),
        });
        Self {
            unit: story.unit.clone(),
            state: match story.state {
                RowState::Synced => "synced",
                RowState::Due(_) => "due",
                RowState::Leased { .. } => "leased",
                RowState::Held => "held",
                RowState::NotSent => "not_sent",
            },
            next: next((story, watches), files, open),
            watches,
            lane: story.lane.name(),
            layers: layers.collect(),
            changed_at: story.changed_at,
            seen_at: story.seen_at,
            changes_heard_of: story.touches,
            unsent_since: story.unsent_since,
            accepted_at: story.accepted_at,
            verified_at: story.verified_at,
            status_accepted: story.status_accepted.map(Status::code),
            steps_accepted: story.steps_accepted,
            steps_wanted: story.steps_wanted,
            lost_at: story.lost_at,
            confirm_at: story.lost_at.map(|at| later(at, lands_within)),
            confirmed_at: story.confirmed_at,
            steps_accepted_by: story.history.as_ref().map(|accepted| (accepted.by.clone(), accepted.at)),
            delays: story.delays.iter().map(DelayView::from).collect(),
            status: story.status_accepted,
        }
    }
}

fn next((story, watches): (&Story, bool), files: &[WaitingFile], open: &[Difference]) -> NextView {
    let after_failures = story.failures;
    match &story.state {
        RowState::Synced if any_serious(open) => NextView::Differs { open: open.len() },
        RowState::Synced => match (files.len(), files.iter().filter(|file| file.is_held()).count()) {
            (0, _) => NextView::Nothing,
            (waiting, 0) => NextView::Files { waiting },
            (_, held) => NextView::FilesHeld { held },
        },
        RowState::Leased { owner, until } => NextView::InFlight { by: owner.clone(), until: *until },
        RowState::Held => {
            let open = story.findings.iter().filter(|found| found.closed_at.is_none() && found.kind.holds());
            NextView::Held { by: open.map(|found| found.kind.name()).collect() }
        }
        RowState::NotSent => NextView::NotSent,
        RowState::Due(at) => match story.doubt {
            Doubt::None if watches && story.failures > 0 => {
                NextView::Lacking { at: *at, on_portal: story.on_portal }
            }
            Doubt::None if watches => NextView::LookUp { at: *at, after_failures },
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
