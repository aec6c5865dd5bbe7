//! Watches the backlog drain: keeps the local system changing, pulls the portal's plug, plays the clerk who looks at what is
//! held, and says when all is through.

use std::time::{Duration, Instant};

use dongbo_ledger::{Layer, LayerState, Overview};
use dongbo_model::texts;
use testbed::day::machine;

use crate::failure::Failure;
use crate::options::LIVE_PER_SECOND;
use crate::output::Tone;
use crate::panel::Scene;
use crate::plug::Plug;
use crate::screen::Screen;
use crate::stage::Stage;
use support::{all_synced, done};

/// Time between two looks at the ledger.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Percent of the dossiers that are there when the bulk counts as through.
const BULK: u64 = 98;
/// The clerks work no longer than this, however slow the machine is.
const LIVE_FOR: Duration = Duration::from_secs(20);
/// The operator does not look more often.
const OPERATOR_EVERY: Duration = Duration::from_secs(2);
/// Time in which dongbo hears of the last live change: it polls ten times a second.
const HEARD_WITHIN: Duration = Duration::from_secs(1);
/// When nothing more gets through for so long, nothing will.
const PATIENCE: Duration = Duration::from_secs(60);

texts! {
    live_ended(changes):
        "Cán bộ nghỉ tay sau {changes} thay đổi; chờ phần còn lại và các tệp.",
        "The clerks rest after {changes} changes; the rest and the files catch up.";
    freed(held):
        "Cổng từ chối nội dung {held}: dongbo giữ lại cho cán bộ. Cán bộ xem xong, cho gửi lại.",
        "The portal refuses the content of {held}: held for a person, who looks and has them sent again.";
}

/// Plays until every layer of every dossier is synced and confirmed, while nothing changes any more.
pub(crate) async fn drain(stage: &mut Stage, screen: &mut Screen, wanted: u64) -> Result<Overview, Failure> {
    let lang = screen.lang();
    stage.begin_live(LIVE_PER_SECOND);
    let began = Instant::now();
    let mut progress = Progress::new();
    let mut plug = Plug::In;
    let mut operator = Instant::now();
    let mut was_told = false;
    let mut quiet_since = None;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let overview = stage.running.ledger.overview(machine()).await?;
        let counters = stage.mock.counters();
        let sends = stage.running.pages.ctx.gate.closed().is_none();
        let scene = Scene { overview: &overview, counters: &counters, sends, is_out: plug.is_out() };
        screen.show(&scene);
        progress.check(&overview)?;
        plug.turn(stage, screen, scene.reading(lang).percent());
        if overview.held > 0 && operator.elapsed() >= OPERATOR_EVERY {
            operator = Instant::now();
            let freed_now = stage.running.ledger.free_held(machine()).await?;
            // Once is enough to understand it.
            if freed_now > 0 && !std::mem::replace(&mut was_told, true) {
                screen.say(Tone::Busy, &freed(lang, lang.dossiers(freed_now)));
            }
        }
        if stage.is_live() {
            let enough = is_bulk_through(&overview) || began.elapsed() >= LIVE_FOR;
            if plug.is_over() && overview.dossiers >= wanted && enough {
                stage.end_live().await?;
                quiet_since = Some(Instant::now());
                let changes = stage.local().map_or(0, |local| local.changes_made());
                screen.say(Tone::Strong, &live_ended(lang, lang.count(changes)));
            }
            continue;
        }
        let heard = quiet_since.is_none_or(|since: Instant| since.elapsed() >= HEARD_WITHIN);
        if heard && all_synced(&overview) && overview.to_verify == 0 {
            return Ok(overview);
        }
    }
}

/// Whether nearly all dossiers are there; files take longer.
fn is_bulk_through(overview: &Overview) -> bool {
    [Layer::Presence, Layer::Status, Layer::Steps].iter().all(|&layer| {
        let held = overview.counts.of(layer).of(LayerState::Held);
        (done(overview, layer) + held) * 100 >= overview.dossiers * BULK
    })
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
