//! The first promise: whatever the portal does, when faults stop it equals the local database.

use mock_portal::Faults;

use crate::kit::until;
use support::{Engine, Plan, Rig, all_synced, now};

/// A portal that throws every fault it knows while the local system goes on changing.
async fn converges_under_all_faults(seed: u64, engine: Engine) {
    let portal = mock_portal::Config { seed, faults: Faults::nasty(), ..mock_portal::Config::default() };
    let mut rig = Rig::new(Plan {
        engine,
        seed,
        dossiers: 600,
        portal,
        overrides: "[push]\nverify_share = 1.0".to_owned(),
        ..Plan::default()
    })
    .await;
    let running = rig.start().await;
    for _ in 0..10 {
        rig.simulator.advance(now(), 30).await.unwrap();
        running.until("something accepted", |overview| overview.dossiers >= 600).await;
    }
    running.until_settled(600).await;
    rig.mock.clear_faults();
    // The mock refuses some at random; an operator who sees that frees them.
    running.ledger.free_held(now()).await.unwrap();
    // The last changes may not have been heard of yet, and then all seems to be in step.
    until("equal", async || rig.compare().await.is_clean()).await;
    running.until("all synced", |overview| overview.to_verify == 0 && all_synced(overview)).await;
    running.stop().await;

    rig.assert_portal_equals_local().await;
    let counters = rig.mock.counters();
    assert_eq!(counters.created_twice, 0, "created twice");
    assert_eq!(counters.duplicate_steps, 0, "steps twice");
    assert_eq!(counters.steps_out_of_order, 0, "steps out of order");
    assert_eq!(counters.backward_moves, 0, "moves backwards");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_the_local_database_after_every_fault_seed_1() {
    converges_under_all_faults(1, Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_the_local_database_after_every_fault_seed_2() {
    converges_under_all_faults(2, Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_the_local_database_after_every_fault_seed_3() {
    converges_under_all_faults(3, Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_a_local_mariadb_after_every_fault() {
    converges_under_all_faults(4, Engine::Mysql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_a_local_sql_server_after_every_fault() {
    converges_under_all_faults(5, Engine::Sqlserver).await;
}
