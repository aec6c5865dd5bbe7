//! One dossier's row in the ledger, as it is told to people and machines.

use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::files::WaitingFile;
use super::next::{NextView, next};
use dongbo_ledger::{Difference, Lane, Layer, LayerState, PastDelay, PastFinding, RowState, Story};
use dongbo_model::clock::later;
use dongbo_model::{Detail, FindingKind, Lang, Status, texts};

texts! {
    portal_said(words): "Cổng trả lời: {words}", "The portal's words: {words}";
}

/// The row in the ledger.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Dossier")]
pub struct DossierView {
    /// The unit, as the ledger names it.
    pub unit: String,
    /// The name of its state.
    pub state: &'static str,
    /// The next thing to happen to it.
    pub next: NextView,
    /// The lane from which it is sent.
    #[schemars(with = "Lane")]
    pub lane: &'static str,
    /// The state of each layer.
    pub layers: Vec<LayerStateView>,
    /// The newest local change heard of, by the local clock.
    pub changed_at: DateTime<Utc>,
    /// When that was heard of.
    pub seen_at: DateTime<Utc>,
    /// The number of changes heard of.
    pub changes_heard_of: i64,
    /// The oldest change that the portal has not accepted.
    pub unsent_since: Option<DateTime<Utc>>,
    /// When the portal last accepted something of it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When a look-up last showed everything as it is to be.
    pub verified_at: Option<DateTime<Utc>>,
    /// The code of the national status that the portal accepted last.
    pub status_accepted: Option<&'static str>,
    /// The number of steps that the portal has.
    pub steps_accepted: usize,
    /// The number of steps that it is to have.
    pub steps_wanted: usize,
    /// When the answer to a call was lost that is not confirmed again yet.
    pub lost_at: Option<DateTime<Utc>>,
    /// When the dossier is confirmed again for that.
    pub confirm_at: Option<DateTime<Utc>>,
    /// When a lost answer was confirmed again last.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The person who accepted the portal's steps as they are, and when.
    pub steps_accepted_by: Option<(String, DateTime<Utc>)>,
    /// How long the last change took until the portal had it, and each step.
    pub delays: Vec<DelayView>,
    /// Whether dongbo only watches.
    #[serde(skip)]
    pub watches: bool,
    /// The national status that the portal accepted last.
    #[serde(skip)]
    pub status: Option<Status>,
}

/// The delay of one change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Delay")]
pub struct DelayView {
    /// The step's place from 1 on; `null` for the dossier's last change.
    pub step: Option<usize>,
    /// The local system's own time of it.
    pub changed_at: DateTime<Utc>,
    /// When the portal accepted it.
    pub accepted_at: DateTime<Utc>,
    /// Its length in seconds.
    pub seconds: f64,
    /// Its length.
    #[serde(skip)]
    pub took: Duration,
}

impl From<&PastDelay> for DelayView {
    fn from(delay: &PastDelay) -> Self {
        let PastDelay { step, changed_at, accepted_at } = *delay;
        let took = delay.took();
        Self { step, changed_at, accepted_at, seconds: took.as_secs_f64(), took }
    }
}

/// One layer of a dossier.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "LayerOfDossier")]
pub struct LayerStateView {
    /// The layer's name.
    #[schemars(with = "Layer")]
    pub layer: &'static str,
    /// Its state's name.
    #[schemars(with = "LayerState")]
    pub state: &'static str,
    /// Both.
    #[serde(skip)]
    pub of: (Layer, LayerState),
}

/// A finding, open or closed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingView {
    /// The name of its kind.
    #[schemars(with = "FindingKind")]
    pub kind: &'static str,
    /// Its subject.
    pub subject: String,
    /// The evidence in a few words.
    pub detail: String,
    /// When it was first seen.
    pub opened_at: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
    /// When it was gone; `None` while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Its kind.
    #[serde(skip)]
    pub finding: FindingKind,
}

impl DossierView {
    /// The row of `story`, some of whose `files` the portal does not have, and which differs from the portal's in what is
    /// `open`; a request lands within `lands_within`.
    #[must_use]
    pub fn of(
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

impl FindingView {
    /// The evidence in words; empty when there is none.
    #[must_use]
    pub fn told(&self, lang: Lang) -> String {
        match self.detail.as_str() {
            "" => String::new(),
            words if self.finding.has_portal_words() => portal_said(lang, words),
            kept => Detail::told(lang, kept).into_owned(),
        }
    }
}
