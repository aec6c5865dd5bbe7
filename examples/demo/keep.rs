//! `--keep`: everything goes on, for a person who wants to look around.

use std::time::Duration;

use dongbo_ledger::{Layer, LayerState};
use dongbo_model::{Lang, texts};

use crate::failure::Failure;
use crate::options::KEEP_PER_SECOND;
use crate::output::{say, tell};
use crate::stage::Stage;

/// Time between two lines that say that everything goes on.
const LINE_EVERY: Duration = Duration::from_secs(10);

texts! {
    keeps_on(per_second):
        "Vẫn chạy tiếp, một cửa phát sinh {per_second} thay đổi mỗi giây, Cổng vẫn trục trặc. Nhấn Ctrl-C để dừng.",
        "Running on: the local system makes {per_second} changes a second, the portal still misbehaves. Ctrl-C stops it.";
    admin_hint(): "Cổng thử, xem mock-portal/README.md", "the mock portal, see mock-portal/README.md";
    kept_line(dossiers, synced, held, calls):
        "{dossiers}, khớp hẳn {synced}, bị giữ {held}, {calls} lượt gọi",
        "{dossiers}, {synced} complete, {held} held, {calls} calls";
    stopping(): "Đang dừng.", "Stopping.";
}

/// Lets the local system change until Ctrl-C.
pub(crate) async fn keep(stage: &mut Stage, lang: Lang) -> Result<(), Failure> {
    stage.begin_live(KEEP_PER_SECOND);
    let pages = format!("http://{}", stage.running.address);
    say("");
    tell(&keeps_on(lang, KEEP_PER_SECOND));
    say(&format!("  {pages}/metrics"));
    say(&format!("  {pages}/healthz"));
    say(&format!("  {}/admin/counters  ({})", stage.mock.admin_url(), admin_hint(lang)));
    let mut lines = tokio::time::interval_at(tokio::time::Instant::now() + LINE_EVERY, LINE_EVERY);
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            _ = lines.tick() => say(&line(stage, lang).await?),
        }
    }
    say(&stopping(lang));
    stage.end_live().await
}

async fn line(stage: &Stage, lang: Lang) -> Result<String, Failure> {
    let overview = stage.running.ledger.overview(testbed::day::machine()).await?;
    let steps = overview.counts.of(Layer::Steps);
    Ok(kept_line(
        lang,
        lang.dossiers(overview.dossiers),
        lang.count(steps.of(LayerState::Synced)),
        lang.count(steps.of(LayerState::Held)),
        lang.count(stage.mock.counters().calls.values().sum()),
    ))
}
