//! A scan of 40 MB that takes its time delays no status.

use std::fs;

use chrono::TimeDelta;
use dongbo_ledger::FileState;
use mock_portal::{Config, PullKind, PullRule};
use testbed::onestop::OfficeFile;

use super::world::{Dialect, World, sha256};
use crate::kit::until;
use support::{Running, now};

const LARGE: usize = 40_000_000;

/// An office one of whose results is a large scan; the portal does not come for the files of its dossier. And the code of
/// another dossier, which has its whole life before it.
async fn world(dialect: Dialect) -> (World, OfficeFile, Vec<u8>, String) {
    let unbounded = "bytes_per_second = 0\nserve_bytes_per_second = 0";
    let mut world = World::new(dialect, 20, Config::default(), unbounded).await;
    let other = world.rig.simulator.create_at(now() - TimeDelta::seconds(5)).await.unwrap().code;
    world.office.write(world.rig.simulator.db()).await.unwrap();
    let mapping = world.rig.folder.join("mapping.toml");
    let roomy = fs::read_to_string(&mapping).unwrap().replace("max_bytes = 5242880", "max_bytes = 64000000");
    assert!(roomy.contains("64000000"), "{roomy}");
    fs::write(&mapping, roomy).unwrap();
    let named = world.office.named(world.rig.simulator.db()).await.unwrap();
    let file = named.into_iter().find(|file| file.is_result && file.key.ends_with("pdf")).unwrap();
    let mut bytes = world.office.bytes(&file);
    let scan = [b"%".to_vec(), vec![b'x'; LARGE], b"\n".to_vec()].concat();
    bytes.splice(9..9, scan);
    fs::write(world.office.root().join(&file.key), &bytes).unwrap();
    let never = PullRule { dossier: Some(file.code.clone()), ..PullRule::new(PullKind::Never) };
    world.rig.mock.set_pull_rules(vec![never]).unwrap();
    (world, file, bytes, other)
}

/// The state of the large file.
async fn state(running: &Running, code: &str) -> FileState {
    let files = running.ledger.open_files(Some(code), 100).await.unwrap();
    // One that was not read has no size yet.
    let large = files.iter().find(|file| file.size.is_none_or(|size| size > 40_000_000));
    large.unwrap_or_else(|| panic!("no large file in {files:?}")).state
}

/// Another dossier moves on, and the portal has its step and the ledger knows.
async fn a_status_goes_by(world: &mut World, running: &Running, other: &str) {
    until("the portal has the other", async || world.rig.mock.dossier(other).is_some()).await;
    world.rig.simulator.move_on(other, now()).await.unwrap();
    world.office.write(world.rig.simulator.db()).await.unwrap();
    let shows_both = || world.rig.mock.dossier(other).is_some_and(|dossier| dossier.steps.len() == 2);
    until("the portal shows the new status", async || shows_both()).await;
    until("it is acknowledged", async || running.ledger.standings(&[other]).await.unwrap()[other].rests)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_portal_fetches_a_large_file_slowly_a_status_goes_by() {
    let (mut world, file, bytes, other) = world(Dialect::Ndxp).await;
    let running = world.rig.start().await;
    let link = || {
        world
            .rig
            .mock
            .files()
            .into_iter()
            .find(|fetched| fetched.dossier == file.code && fetched.file == file.id)
    };
    until("it is announced", async || link().is_some()).await;
    // No more is read than what is on the way already.
    let mut fetch = reqwest::get(link().unwrap().link).await.unwrap();
    assert_eq!(fetch.content_length(), Some(bytes.len().try_into().unwrap()));
    let mut had = fetch.chunk().await.unwrap().unwrap().to_vec();

    a_status_goes_by(&mut world, &running, &other).await;
    assert_eq!(state(&running, &file.code).await, FileState::Announced, "the large file has arrived already");

    while let Some(chunk) = fetch.chunk().await.unwrap() {
        had.extend_from_slice(&chunk);
    }
    assert_eq!(sha256(&had), sha256(&bytes));
    until("it has arrived", async || state(&running, &file.code).await == FileState::Arrived).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_large_file_goes_up_slowly_a_status_goes_by() {
    let (mut world, file, bytes, other) = world(Dialect::Rest).await;
    world.rig.mock.hold_uploads(Some(1_000_000));
    let running = world.rig.start().await;
    until("it is on its way", async || world.rig.mock.held_uploads() == 1).await;

    a_status_goes_by(&mut world, &running, &other).await;
    assert_eq!(world.rig.mock.held_uploads(), 1, "the large file has gone up already");
    assert_eq!(state(&running, &file.code).await, FileState::New);

    world.rig.mock.hold_uploads(None);
    world.complete(&running).await;
    world.assert_equal().await;
    let hash = sha256(&bytes);
    let upload = world.rig.mock.uploads().into_iter().find(|upload| upload.sha256 == hash).unwrap();
    assert_eq!(upload.uploads, 1);
    running.stop().await;
}
