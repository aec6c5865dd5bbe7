//! A daemon that runs for years lets go of old history by itself.

use chrono::TimeDelta;
use dongbo_model::clock::Clock;
use serde_json::Value;

use crate::kit::until;
use crate::process::command;
use support::{Plan, Rig, all_synced, now, sample};

const PRUNED: &str = "dongbo_ledger_pruned_total{table=\"attempt\"}";

/// Waits until `met`, while the clock goes on.
pub(crate) async fn as_time_goes_by(clock: &Clock, what: &str, mut met: impl AsyncFnMut() -> bool) {
    support::as_time_goes_by(clock, until(what, &mut met)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_the_year_before_last_go_and_each_dossiers_story_is_still_told() {
    let mut portal = mock_portal::Config::default();
    // The local system writes by the moved clock, which the mock does not know.
    portal.rules.refuse_future_receipt = false;
    let overrides =
        "[source]\npoll_every = \"1m\"\noverlap_every = \"10m\"\n[push]\nlease = \"10m\"".to_owned();
    let mut rig = Rig::new(Plan { seed: 161, dossiers: 20, portal, overrides, ..Plan::default() }).await;
    rig.without_results().await;
    let clock = Clock::manual(now());
    let running = rig.start_on(clock.clone()).await;
    let ledger = running.ledger.clone();
    let calls = async |code: &str| {
        ledger.story(code, 10, clock.now()).await.unwrap().map_or(0, |story| story.attempts_in_all)
    };
    let settled = async |dossiers: u64| {
        let overview = ledger.overview(clock.now()).await.unwrap();
        overview.dossiers == dossiers && overview.to_verify == 0 && all_synced(&overview)
    };
    as_time_goes_by(&clock, "synced", async || settled(20).await).await;
    let code = rig.simulator.create_at(clock.now()).await.unwrap().code;
    as_time_goes_by(&clock, "created", async || calls(&code).await > 0 && settled(21).await).await;
    clock.advance_to(clock.now() + TimeDelta::hours(1));
    rig.simulator.move_on(&code, clock.now()).await.unwrap();
    as_time_goes_by(&clock, "moved on", async || calls(&code).await > 1 && settled(21).await).await;
    clock.advance_to(clock.now() + TimeDelta::days(399));
    let rounds = clock.now() + TimeDelta::seconds(10);
    as_time_goes_by(&clock, "a while", async || clock.now() > rounds).await;
    assert_eq!(sample(&running.metrics().await, PRUNED), Some(0.0), "400 days are not over");
    let before = calls(&code).await;

    clock.advance_to(clock.now() + TimeDelta::days(2));
    let pruned = async || sample(&running.metrics().await, PRUNED).unwrap() > 0.0;
    as_time_goes_by(&clock, "pruned", pruned).await;
    as_time_goes_by(&clock, "the last call is left", async || calls(&code).await == 1).await;
    assert!(before > 1, "{before}");

    let config = rig.folder.join("dongbo.toml");
    let said = command().args(["why", &code, "--json", "--config"]).arg(config).output().unwrap();
    let why: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(why["attempts"].as_array().map(Vec::len), Some(1), "{why}");
    assert_eq!(why["attempts_in_all"], 1);
    assert_eq!(ledger.overview(clock.now()).await.unwrap().dossiers, 21);
    running.stop().await;
    rig.assert_portal_equals_local().await;
}
