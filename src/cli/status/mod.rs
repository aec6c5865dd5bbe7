//! `dongbo status`: the state of everything, from the ledger and, when one runs, from the daemon.

mod render;
mod view;

use chrono::{DateTime, Utc};

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::held::CauseView;
use crate::config::Config;
use crate::control::LiveStatus;
use dongbo_ledger::{FileState, HeldFilter, Layer, LayerState, Ledger, LedgerError, Overview, Pause};
use dongbo_model::Age;
use dongbo_model::clock::Clock;
use dongbo_model::schedule::Schedule;
use dongbo_sync::intake::{CURSOR, SWEEP_CURSOR};
use view::{ComparingView, FilesInTrouble, HeldView, LaneView, LayerView, LeaseView, StatusView};

/// Most causes that are named; `dongbo held` has them all.
const CAUSES_NAMED: u32 = 5;

/// Runs `dongbo status`; `live` is the status of the running daemon, `None` when none runs.
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
    let files = ledger.file_counts().await?;
    Ok(StatusView {
        at: now,
        complete: is_complete(&overview, paused.as_ref(), live.as_ref()),
        dossiers: overview.dossiers,
        not_sent: overview.not_sent,
        oldest_unsent: overview.oldest_unsent,
        in_doubt: overview.in_doubt,
        to_verify: overview.to_verify,
        layers: Layer::ALL.iter().map(|&layer| LayerView::of(&overview, layer)).collect(),
        lanes: ledger.lanes(now).await?.into_iter().map(LaneView::from).collect(),
        leases: ledger.lease_holders().await?.into_iter().map(LeaseView::from).collect(),
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
            open: differences.iter().map(|cause| cause.many).sum(),
            serious: differences
                .iter()
                .filter(|cause| cause.age != Age::Pending)
                .map(|cause| cause.many)
                .sum(),
            last_run: ledger.runs(1).await?.first().map(|run| run.ended_at),
            next_runs: live.as_ref().map(|live| live.next_runs.clone()).unwrap_or_default(),
        },
        files_held: files.of(FileState::Held),
        files_in_trouble: files.troubled.into_iter().map(FilesInTrouble::from).collect(),
        daemon: live,
    })
}

/// Whether nothing is left to do, and the next change would be sent.
fn is_complete(overview: &Overview, paused: Option<&Pause>, live: Option<&LiveStatus>) -> bool {
    let synced = |&layer: &Layer| overview.counts.of(layer).of(LayerState::Synced) == overview.wanted(layer);
    Layer::ALL.iter().all(synced) && paused.is_none() && live.is_some_and(|live| live.sending == "open")
}

/// The sweep of a daemon that starts now: at once when one was missed.
fn next_sweep(config: &Config, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let schedule: Schedule = config.source.sweep.parse().ok()?;
    schedule.next(last.unwrap_or(now)).map(|next| next.max(now))
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
            next_runs: std::collections::BTreeMap::new(),
            comparison: None,
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
