//! `dongbo status`: where everything stands, from the ledger and, when one runs, from the daemon.

mod render;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::held::CauseView;
use super::{Ended, Failure, Globals};
use crate::config::Config;
use crate::control::LiveStatus;
use dongbo_ledger::{
    HeldFilter, LaneCounts, Layer, LayerState, LeaseHolder, Ledger, LedgerError, Overview, Pause, Rebuilt,
};
use dongbo_model::Age;
use dongbo_model::clock::Clock;
use dongbo_model::schedule::Schedule;
use dongbo_sync::intake::{CURSOR, SWEEP_CURSOR};
use dongbo_sync::reconcile::Job;

/// How many causes are named; `dongbo held` has them all.
const CAUSES_NAMED: u32 = 5;

/// Where everything stands at one moment.
#[derive(Debug, Clone, Serialize)]
struct StatusView {
    at: DateTime<Utc>,
    complete: bool,
    dossiers: u64,
    oldest_unsent: Option<DateTime<Utc>>,
    in_doubt: u64,
    to_verify: u64,
    layers: Vec<LayerView>,
    lanes: Vec<LaneView>,
    leases: Vec<LeaseView>,
    held: HeldView,
    paused: Option<Pause>,
    /// The last time that the ledger took the place of a damaged one.
    rebuilt: Option<Rebuilt>,
    read_up_to: Option<DateTime<Utc>>,
    last_sweep: Option<DateTime<Utc>>,
    next_sweep: Option<DateTime<Utc>>,
    comparing: ComparingView,
    daemon: Option<LiveStatus>,
}

/// One layer: its dossiers by state add up to all.
#[derive(Debug, Clone, Serialize)]
struct LayerView {
    layer: &'static str,
    synced: u64,
    due: u64,
    in_flight: u64,
    waiting: u64,
    held: u64,
    unproved: u64,
    completeness: Option<f64>,
}

/// How comparing both sides stands.
#[derive(Debug, Clone, Serialize)]
struct ComparingView {
    /// Open differences.
    open: u64,
    /// Of these, those that are more than pending.
    serious: u64,
    last_run: Option<DateTime<Utc>>,
    /// What the running daemon says.
    next_runs: BTreeMap<Job, DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize)]
struct LaneView {
    lane: &'static str,
    due: u64,
    waiting: u64,
    oldest_unsent: Option<DateTime<Utc>>,
    next_due: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize)]
struct LeaseView {
    owner: String,
    dossiers: u64,
    until: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize)]
struct HeldView {
    dossiers: u64,
    causes: u64,
    most_frequent: Vec<CauseView>,
}

/// Shows where everything stands; `live` is what the running daemon says, `None` when none runs.
pub(super) async fn status(globals: &Globals, live: Option<LiveStatus>) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let view = gather(&ledger, &config, live, clock.now()).await?;
    ledger.close().await;
    globals.output(&clock).show(&view, render::render)?;
    Ok(if view.complete { Ended::Complete } else { Ended::Partial })
}

async fn gather(
    ledger: &Ledger,
    config: &Config,
    live: Option<LiveStatus>,
    now: DateTime<Utc>,
) -> Result<StatusView, LedgerError> {
    let overview = ledger.overview(now).await?;
    let everyone = HeldFilter::default();
    let totals = ledger.held_totals(&everyone).await?;
    let causes = ledger.held_causes(&everyone, CAUSES_NAMED).await?;
    let paused = ledger.pause().await?;
    let last_sweep = ledger.cursor(SWEEP_CURSOR).await?;
    let differences = ledger.difference_causes().await?;
    Ok(StatusView {
        at: now,
        complete: is_complete(&overview, paused.as_ref(), live.as_ref()),
        dossiers: overview.dossiers,
        oldest_unsent: overview.oldest_unsent,
        in_doubt: overview.in_doubt,
        to_verify: overview.to_verify,
        layers: Layer::ALL.iter().map(|&layer| layer_view(&overview, layer)).collect(),
        lanes: ledger.lanes(now).await?.into_iter().map(lane_view).collect(),
        leases: ledger.lease_holders().await?.into_iter().map(lease_view).collect(),
        held: HeldView {
            dossiers: totals.dossiers,
            causes: totals.causes,
            most_frequent: causes.into_iter().map(CauseView::from).collect(),
        },
        paused,
        rebuilt: ledger.rebuilt().await?,
        read_up_to: ledger.cursor(CURSOR).await?,
        last_sweep,
        next_sweep: match &live {
            Some(live) => live.next_sweep,
            None => next_sweep(config, last_sweep, now),
        },
        comparing: ComparingView {
            open: differences.iter().map(|it| it.many).sum(),
            serious: differences.iter().filter(|it| it.age != Age::Pending).map(|it| it.many).sum(),
            last_run: ledger.runs(1).await?.first().map(|run| run.ended_at),
            next_runs: live.as_ref().map(|live| live.next_runs.clone()).unwrap_or_default(),
        },
        daemon: live,
    })
}

/// Whether nothing is left to do and what comes next would be sent.
fn is_complete(overview: &Overview, paused: Option<&Pause>, live: Option<&LiveStatus>) -> bool {
    let synced = |&layer: &Layer| overview.counts.of(layer).of(LayerState::Synced) == overview.dossiers;
    Layer::ALL.iter().all(synced) && paused.is_none() && live.is_some_and(|live| live.sending == "open")
}

/// When a daemon that starts now would sweep: one that was missed is made up for at once.
fn next_sweep(config: &Config, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let schedule: Schedule = config.source.sweep.parse().ok()?;
    schedule.next(last.unwrap_or(now)).map(|next| next.max(now))
}

fn layer_view(overview: &Overview, layer: Layer) -> LayerView {
    let counts = overview.counts.of(layer);
    LayerView {
        layer: layer.name(),
        synced: counts.of(LayerState::Synced),
        due: counts.of(LayerState::Due),
        in_flight: counts.of(LayerState::InFlight),
        waiting: counts.of(LayerState::Waiting),
        held: counts.of(LayerState::Held),
        unproved: counts.of(LayerState::Unproved),
        completeness: overview.completeness(layer),
    }
}

fn lane_view(counts: LaneCounts) -> LaneView {
    LaneView {
        lane: counts.lane.name(),
        due: counts.due,
        waiting: counts.waiting,
        oldest_unsent: counts.oldest_unsent,
        next_due: counts.next_due,
    }
}

fn lease_view(holder: LeaseHolder) -> LeaseView {
    LeaseView { owner: holder.owner, dossiers: holder.dossiers, until: holder.until }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{Pause, is_complete};
    use crate::control::LiveStatus;
    use dongbo_ledger::Overview;

    fn live(sending: &str) -> LiveStatus {
        LiveStatus {
            pid: 1,
            version: "0".to_owned(),
            started_at: DateTime::UNIX_EPOCH,
            sending: sending.to_owned(),
            portal_words: String::new(),
            next_probe: None,
            paused_until: None,
            concurrency: 1.0,
            leads: true,
            last_poll: None,
            last_acknowledged: None,
            last_sweep: None,
            next_poll: None,
            next_sweep: None,
            next_runs: super::BTreeMap::new(),
            forecast_s: None,
        }
    }

    #[test]
    fn nothing_is_complete_while_nothing_would_be_sent() {
        let synced = Overview::default();
        let pause = Pause { since: DateTime::<Utc>::UNIX_EPOCH, by: String::new(), reason: String::new() };
        assert!(is_complete(&synced, None, Some(&live("open"))));
        assert!(!is_complete(&synced, None, Some(&live("down"))));
        assert!(!is_complete(&synced, Some(&pause), Some(&live("open"))));
        assert!(!is_complete(&synced, None, None), "no daemon runs");
        let unsynced = Overview { dossiers: 1, ..Overview::default() };
        assert!(!is_complete(&unsynced, None, Some(&live("open"))));
    }
}
