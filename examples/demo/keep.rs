//! `--keep`: all goes on, for whoever wants to look around.

use std::time::Duration;

use crate::failure::Failure;
use crate::lang::Lang;
use crate::options::KEEP_PER_SECOND;
use crate::output::say;
use crate::stage::Stage;

/// How often a line says that all goes on.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Lets the local system change until Ctrl-C.
pub(crate) async fn keep(stage: &mut Stage, lang: Lang) -> Result<(), Failure> {
    stage.begin_live(KEEP_PER_SECOND);
    let pages = format!("http://{}", stage.running.address);
    say("");
    say(&lang.keeps_on(lang.decimal(KEEP_PER_SECOND, 0)));
    say(&format!("  {pages}/metrics"));
    say(&format!("  {pages}/healthz"));
    say(&format!("  {}/admin/counters  ({})", stage.mock.admin_url(), lang.admin_hint()));
    let mut lines = tokio::time::interval_at(tokio::time::Instant::now() + LINE_EVERY, LINE_EVERY);
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            _ = lines.tick() => say(&line(stage, lang).await?),
        }
    }
    say(&lang.stopping());
    stage.end_live().await
}

async fn line(stage: &Stage, lang: Lang) -> Result<String, Failure> {
    use dongbo::ledger::{Layer, LayerState};

    let overview = stage.running.ledger.overview(testbed::day::machine()).await?;
    let steps = overview.counts.of(Layer::Steps);
    Ok(lang.kept_line(
        lang.count(overview.dossiers),
        lang.count(steps.of(LayerState::Synced)),
        lang.count(steps.of(LayerState::Held)),
        lang.count(stage.mock.counters().calls.values().sum()),
    ))
}
