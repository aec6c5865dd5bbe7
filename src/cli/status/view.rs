//! The view that `dongbo status` shows, as machines read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::held::CauseView;
use dongbo_ledger::{LaneCounts, LeaseHolder, Pause, Rebuilt, TroubledFiles};
use dongbo_model::{FileTrouble, Mode};
use dongbo_notify::Failing;
use dongbo_sync::health::{Health, LiveStatus, Report};
use dongbo_sync::reconcile::Job;
use dongbo_sync::telling::LayerView;

/// How things stand at one moment.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StatusView {
    /// Whether both sides are in step.
    pub(super) complete: bool,
    #[serde(flatten)]
    pub(super) report: Report,
    /// The tables; not there when the ledger cannot be read from here.
    #[serde(flatten)]
    pub(super) tables: Option<Tables>,
    pub(super) daemon: Option<LiveStatus>,
    #[serde(skip)]
    pub(super) health: Health,
}

/// The tables that the ledger gives.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Tables {
    pub(super) dossiers: u64,
    /// Dossiers that the mapping does not send at their status.
    pub(super) not_sent: u64,
    pub(super) oldest_unsent: Option<DateTime<Utc>>,
    pub(super) in_doubt: u64,
    pub(super) to_verify: u64,
    /// Dossiers of which an answer was lost that is not confirmed again yet.
    pub(super) unconfirmed: u64,
    /// When the last of them is confirmed again.
    pub(super) confirmed_by: Option<DateTime<Utc>>,
    pub(super) layers: Vec<LayerView>,
    pub(super) lanes: Vec<LaneView>,
    pub(super) leases: Vec<LeaseView>,
    pub(super) held: HeldView,
    pub(super) paused: Option<Pause>,
    /// The last time that the ledger was rebuilt in the place of a damaged one.
    pub(super) rebuilt: Option<Rebuilt>,
    pub(super) read_up_to: Option<DateTime<Utc>>,
    pub(super) last_sweep: Option<DateTime<Utc>>,
    pub(super) next_sweep: Option<DateTime<Utc>>,
    /// The sources, where the ledger knows several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sources: Vec<SourceView>,
    pub(super) comparing: ComparingView,
    /// The troubles that keep files waiting, with how many wait for each.
    pub(super) files_in_trouble: Vec<FilesInTrouble>,
    /// The files that wait for a person.
    pub(super) files_held: u64,
    /// The ways by which people are told.
    pub(super) ways: Vec<WayView>,
    /// The dossiers looked for in owners' stores; `null` while none was.
    pub(super) owner_stores: Option<OwnerStoreView>,
}

/// Dossiers that were looked for in the stores of their owners, each by its last look.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OwnerStoreView {
    pub(super) looked: u64,
    /// Of these those of which the store has every result.
    pub(super) confirmed: u64,
    pub(super) last_at: DateTime<Utc>,
}

/// One way by which people are told.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WayView {
    pub(super) way: String,
    /// When it last took a message.
    pub(super) sent_at: Option<DateTime<Utc>>,
    /// The trouble that keeps it from taking one.
    pub(super) failing: Option<Failing>,
}

/// One of several sources.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SourceView {
    pub(super) name: String,
    /// Whether its dossiers are sent or only looked for.
    pub(super) mode: Mode,
    pub(super) dossiers: u64,
    /// Of these, those of which the portal has all that is wanted, as far as is known.
    pub(super) in_step: u64,
    pub(super) held: u64,
    /// Since when the configuration names it no more.
    pub(super) left_at: Option<DateTime<Utc>>,
    pub(super) read_up_to: Option<DateTime<Utc>>,
    pub(super) last_sweep: Option<DateTime<Utc>>,
}

/// The files that one thing stands in the way of.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FilesInTrouble {
    pub(super) trouble: &'static str,
    /// Codes that say more, as they were told of one of the files.
    pub(super) detail: String,
    pub(super) files: u64,
    pub(super) since: DateTime<Utc>,
    #[serde(skip)]
    pub(super) of: FileTrouble,
}

impl From<TroubledFiles> for FilesInTrouble {
    fn from(files: TroubledFiles) -> Self {
        let TroubledFiles { trouble, detail, many, since } = files;
        Self { trouble: trouble.name(), detail, files: many, since, of: trouble }
    }
}

/// The state of comparing both sides.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ComparingView {
    /// Open differences.
    pub(super) open: u64,
    /// Of these, those that are more than pending.
    pub(super) serious: u64,
    pub(super) last_run: Option<DateTime<Utc>>,
    /// Known to the running daemon alone.
    pub(super) next_runs: BTreeMap<Job, DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LaneView {
    pub(super) lane: &'static str,
    pub(super) due: u64,
    pub(super) waiting: u64,
    pub(super) oldest_unsent: Option<DateTime<Utc>>,
    pub(super) next_due: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LeaseView {
    pub(super) owner: String,
    pub(super) dossiers: u64,
    pub(super) until: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct HeldView {
    pub(super) dossiers: u64,
    pub(super) causes: u64,
    pub(super) most_frequent: Vec<CauseView>,
}

impl From<LaneCounts> for LaneView {
    fn from(counts: LaneCounts) -> Self {
        Self {
            lane: counts.lane.name(),
            due: counts.due,
            waiting: counts.waiting,
            oldest_unsent: counts.oldest_unsent,
            next_due: counts.next_due,
        }
    }
}

impl From<LeaseHolder> for LeaseView {
    fn from(holder: LeaseHolder) -> Self {
        Self { owner: holder.owner, dossiers: holder.dossiers, until: holder.until }
    }
}
