//! Watches the backlog drain: keeps the local system changing, plays the operator, and says when all is through.

use std::time::{Duration, Instant};

use dongbo::ledger::{Layer, LayerState, Overview};
use testbed::day::machine;

use crate::failure::Failure;
use crate::lang::ratio;
use crate::options::LIVE_PER_SECOND;
use crate::screen::{Scene, Screen};
use crate::stage::Stage;
use crate::support::{all_synced, done};

/// How often the ledger is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The share of a layer that may be missing when the bulk counts as through.
const BULK: f64 = 0.98;
/// The operator does not look more often.
const OPERATOR_EVERY: Duration = Duration::from_secs(2);
/// How long dongbo may take to hear of the last live change: it polls ten times a second.
const HEARD_WITHIN: Duration = Duration::from_secs(1);
/// When nothing more gets through for so long, nothing will.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plays until every layer of every dossier is synced and confirmed, while nothing changes any more.
pub(crate) async fn drain(stage: &mut Stage, screen: &mut Screen, year: u64) -> Result<Overview, Failure> {
    stage.begin_live(LIVE_PER_SECOND);
    let mut progress = Progress::new();
    let mut operator = Instant::now();
    let mut quiet_since = None;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let overview = stage.running.ledger.overview(machine()).await?;
        screen.show(&Scene {
            overview: &overview,
            counters: &stage.mock.counters(),
            gate: &stage.running.pages.gate,
        });
        progress.check(&overview)?;
        let held = most_held(&overview);
        if held > 0 && operator.elapsed() >= OPERATOR_EVERY {
            operator = Instant::now();
            let freed = stage.running.ledger.free_held(machine()).await?;
            if freed > 0 {
                screen.say(&screen.lang().freed(screen.lang().count(freed)));
            }
        }
        if stage.is_live() {
            if overview.dossiers >= year && is_bulk_through(&overview) {
                stage.end_live().await?;
                quiet_since = Some(Instant::now());
                let changes = stage.local().map_or(0, |local| local.changes_made());
                screen.say(&screen.lang().live_ended(screen.lang().count(changes)));
            }
            continue;
        }
        let heard = quiet_since.is_none_or(|since: Instant| since.elapsed() >= HEARD_WITHIN);
        if heard && all_synced(&overview) && overview.to_verify == 0 {
            return Ok(overview);
        }
    }
}

fn is_bulk_through(overview: &Overview) -> bool {
    Layer::ALL.iter().all(|&layer| {
        let held = overview.counts.of(layer).of(LayerState::Held);
        ratio(done(overview, layer) + held, overview.dossiers) >= BULK
    })
}

/// Dossiers that wait for a person.
pub(crate) fn most_held(overview: &Overview) -> u64 {
    Layer::ALL.iter().map(|&layer| overview.counts.of(layer).of(LayerState::Held)).max().unwrap_or(0)
}

/// Notices when nothing gets through any more.
struct Progress {
    least_left: u64,
    since: Instant,
}

impl Progress {
    fn new() -> Self {
        Self { least_left: u64::MAX, since: Instant::now() }
    }

    fn check(&mut self, overview: &Overview) -> Result<(), Failure> {
        let left = Layer::ALL
            .iter()
            .fold(overview.to_verify, |left, &layer| left + overview.dossiers - done(overview, layer));
        if left < self.least_left || overview.dossiers == 0 {
            self.least_left = left;
            self.since = Instant::now();
        }
        if self.since.elapsed() < PATIENCE {
            return Ok(());
        }
        let findings: Vec<String> =
            overview.findings.iter().map(|(kind, many)| format!("{kind} {many}")).collect();
        Err(Failure::Stuck(PATIENCE.as_secs(), findings.join(", ")))
    }
}
