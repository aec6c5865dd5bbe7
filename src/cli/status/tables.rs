//! The tables of `dongbo status --full`, from the ledger.

use chrono::{DateTime, Utc};

use super::super::held::CauseView;
use super::view::{
    ComparingView, FilesInTrouble, HeldView, LaneView, LeaseView, OwnerStoreView, SourceView, Tables, WayView,
};
use crate::config::Config;
use dongbo_ledger::{HeldFilter, Layer, Ledger, LedgerError};
use dongbo_model::Age;
use dongbo_model::schedule::Schedule;
use dongbo_notify::{Memory, Way};
use dongbo_sync::health::LiveStatus;
use dongbo_sync::intake::{CURSOR, SWEEP_CURSOR};
use dongbo_sync::owner_store::OwnerStoreStanding;
use dongbo_sync::telling::LayerView;

/// Most causes that are named; `dongbo held` has them all.
const CAUSES_NAMED: u32 = 5;

/// Reads the tables at `now`; `live` is the status of the running daemon, `None` when none runs.
pub(super) async fn read(
    ledger: &Ledger,
    config: &Config,
    live: Option<&LiveStatus>,
    now: DateTime<Utc>,
) -> Result<Tables, LedgerError> {
    let overview = ledger.overview(now).await?;
    let everyone = HeldFilter::default();
    let totals = ledger.held_totals(&everyone).await?;
    let causes = ledger.held_causes(&everyone, CAUSES_NAMED).await?;
    let last_sweep = ledger.cursor(SWEEP_CURSOR).await?;
    let differences = ledger.difference_causes().await?;
    let files = ledger.file_counts().await?;
    let unconfirmed = ledger.unconfirmed().await?;
    Ok(Tables {
        dossiers: overview.dossiers,
        not_sent: overview.not_sent,
        oldest_unsent: overview.oldest_unsent,
        in_doubt: overview.in_doubt,
        to_verify: overview.to_verify,
        unconfirmed: unconfirmed.map_or(0, |lost| lost.dossiers),
        confirmed_by: unconfirmed.map(|lost| lost.until(config.push.lands_within)),
        layers: Layer::ALL.iter().map(|&layer| LayerView::of(&overview, layer)).collect(),
        lanes: ledger.lanes(now).await?.into_iter().map(LaneView::from).collect(),
        leases: ledger.lease_holders().await?.into_iter().map(LeaseView::from).collect(),
        held: HeldView {
            dossiers: totals.dossiers,
            causes: totals.causes,
            most_frequent: causes.into_iter().map(CauseView::from).collect(),
        },
        paused: ledger.pause().await?,
        rebuilt: ledger.rebuilt().await?,
        read_up_to: ledger.cursor(CURSOR).await?,
        last_sweep,
        next_sweep: match live {
            Some(live) => live.next_sweep,
            None => next_sweep(config, last_sweep, now),
        },
        sources: sources(ledger).await?,
        comparing: ComparingView {
            open: differences.iter().map(|cause| cause.many).sum(),
            serious: differences
                .iter()
                .filter(|cause| cause.age != Age::Pending)
                .map(|cause| cause.many)
                .sum(),
            last_run: ledger.runs(1).await?.first().map(|run| run.ended_at),
            next_runs: live.map(|live| live.next_runs.clone()).unwrap_or_default(),
        },
        ways: ways(ledger, config).await?,
        owner_stores: owner_stores(ledger).await?,
        files_held: totals.files,
        files_in_trouble: files.troubled.into_iter().map(FilesInTrouble::from).collect(),
    })
}

/// The ways of the configuration, as the ledger remembers them.
async fn ways(ledger: &Ledger, config: &Config) -> Result<Vec<WayView>, LedgerError> {
    if config.notify.ways.is_empty() {
        return Ok(Vec::new());
    }
    let mut memory = Memory::read(ledger).await?;
    let view = |way: &Way| {
        let told = memory.ways.remove(&way.name);
        let (sent_at, failing) = told.map_or((None, None), |told| (told.sent_at, told.failing));
        WayView { way: way.name.clone(), sent_at, failing }
    };
    Ok(config.notify.ways.iter().map(view).collect())
}

/// The dossiers looked for in owners' stores.
async fn owner_stores(ledger: &Ledger) -> Result<Option<OwnerStoreView>, LedgerError> {
    let OwnerStoreStanding { looked, confirmed, last_at } =
        OwnerStoreStanding::of(&ledger.owner_store_counts().await?);
    Ok(last_at.map(|last_at| OwnerStoreView { looked, confirmed, last_at }))
}

/// The sources, where the ledger knows several.
async fn sources(ledger: &Ledger) -> Result<Vec<SourceView>, LedgerError> {
    let known = ledger.sources().await?;
    if known.len() < 2 {
        return Ok(Vec::new());
    }
    let counts = ledger.dossiers_by_source().await?;
    let mut views = Vec::new();
    for one in known {
        let own = ledger.of_source(one.id, false);
        let counted = counts.iter().find(|(id, _)| *id == one.id);
        let counted = counted.map(|(_, counts)| *counts).unwrap_or_default();
        views.push(SourceView {
            mode: one.mode,
            dossiers: counted.dossiers,
            in_step: counted.synced,
            held: counted.held,
            read_up_to: own.cursor(&own.own(CURSOR)).await?,
            last_sweep: own.cursor(&own.own(SWEEP_CURSOR)).await?,
            left_at: one.left_at,
            name: one.name,
        });
    }
    Ok(views)
}

/// The sweep of a daemon that starts now: at once when one was missed.
fn next_sweep(config: &Config, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = |source: dongbo_source::Settings| {
        let schedule: Schedule = source.sweep.parse().ok()?;
        schedule.next(last.unwrap_or(now)).map(|next| next.max(now))
    };
    config.all_sources().into_iter().filter_map(next).min()
}
