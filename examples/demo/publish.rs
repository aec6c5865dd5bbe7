//! When all is in step, the portal publishes its figures of the last month, and dongbo fetches them: so each indicator has three views.

use std::path::Path;
use std::time::{Duration, Instant};

use dongbo_model::{Lang, Month, texts};
use dongbo_sync::published::questions;
use testbed::day::machine;

use crate::failure::Failure;
use crate::output::{say, tell};
use crate::stage::Stage;
use support::merged;

/// The plan of the commune, whose targets stand below its indicators.
const PLAN_FILE: &str = "bo-y.toml";
const PLAN: &str = include_str!("../../config/targets/bo-y.toml");
/// Most months that can be fetched.
const MOST_MONTHS: i64 = 120;
/// Time between two looks at what is fetched.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What is not fetched by then is told by the command as not asked yet.
const PATIENCE: Duration = Duration::from_secs(20);

texts! {
    published(month):
        "Cổng công bố bộ chỉ số {month}; dongbo tải về, đặt cạnh số của một cửa và số Cổng đã nhận.",
        "The portal publishes the index of {month}; dongbo fetches it, beside the local numbers and those that the portal accepted.";
}

/// The last whole month of the office's year.
pub(crate) fn month() -> Result<Month, Failure> {
    let ends = testbed::day::start().map_err(Failure::Local)?;
    Ok(Month(Month::of(ends).0 - 1))
}

/// Over the demo's configuration: until now there was nothing to fetch, and no target.
fn overrides(folder: &Path, month: Month) -> String {
    let months = (Month::of(machine()).0 - month.0).clamp(1, MOST_MONTHS);
    format!(
        "[published]\nfetch = \"0 30 5 * * *\"\nmonths = {months}\n[indicators]\ntargets = [\"{}\"]\n",
        folder.join(PLAN_FILE).display()
    )
}

/// Has dongbo fetch what the portal publishes.
pub(crate) async fn publish(stage: &mut Stage, lang: Lang) -> Result<(), Failure> {
    let (month, file) = (month()?, stage.folder.join("dongbo.toml"));
    let failed = |error: std::io::Error| Failure::Rig(error.to_string());
    let before = std::fs::read_to_string(&file).map_err(failed)?;
    std::fs::write(stage.folder.join(PLAN_FILE), PLAN).map_err(failed)?;
    std::fs::write(&file, merged(&before, &overrides(&stage.folder, month))).map_err(failed)?;
    let config = stage.restart(file).await?;
    let many = questions(&config.published, machine()).len();
    let began = Instant::now();
    while stage.running.ledger.publications().await?.len() < many && began.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    say("");
    tell(&published(lang, month));
    Ok(())
}
