//! Dialect `rest`: files are uploaded before the portal is told of them.

use mock_portal::{Config, FaultKind, FaultRule, Faults, Service};

use super::world::{Dialect, World};
use support::now;

#[tokio::test(flavor = "multi_thread")]
async fn every_file_goes_up_once_however_often_its_dossier_changes() {
    let mut world = World::new(Dialect::Rest, 40, Config::default(), "").await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    world.assert_equal().await;
    for _ in 0..3 {
        world.rig.simulator.advance(now(), 30).await.unwrap();
        world.office.write(world.rig.simulator.db()).await.unwrap();
        world.until_equal("the changes are there").await;
    }
    world.complete(&running).await;
    world.assert_equal().await;
    for upload in world.rig.mock.uploads() {
        assert_eq!(upload.uploads, 1, "{upload:?}");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_begins_again_alone() {
    let world = World::new(Dialect::Rest, 25, Config::default(), "").await;
    let lost = FaultRule::new(FaultKind::CloseAfter {}).on(Service::Upload).times(3);
    world.rig.mock.add_fault(lost).unwrap();
    let running = world.rig.start().await;
    world.complete(&running).await;
    world.assert_equal().await;
    let uploads = world.rig.mock.uploads();
    let again: u64 = uploads.iter().map(|upload| upload.uploads - 1).sum();
    assert!(again <= 3, "{again} files went up again for 3 answers that were lost");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_through_every_fault_of_the_portal_and_through_kills_and_restarts() {
    let portal = Config { seed: 5, faults: Faults::nasty(), ..Config::default() };
    let mut world = World::new(Dialect::Rest, 50, portal, "").await;
    world.kill_often(50).await;
    world.rig.mock.clear_faults();
    let running = world.rig.start().await;
    running.ledger.free_held(now()).await.unwrap();
    world.complete(&running).await;
    world.assert_equal().await;
    running.stop().await;
}
