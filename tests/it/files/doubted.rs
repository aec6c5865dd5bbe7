//! The portal lost or spoilt the bytes of a file that it once had: look-ups show it, and repair brings the file anew.

use dongbo_model::Place;
use dongbo_sync::reconcile::{Job, RunRequest};
use mock_portal::{Config, Damage, FileView, Role};
use serde_json::json;

use super::world::{Dialect, World, eager};
use crate::kit::until_at_rest;
use crate::reconcile::{compare, open, order};

fn look(repair: bool) -> RunRequest {
    RunRequest { jobs: vec![Job::LookUps], full: true, repair, yes: repair, ..order() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_the_portal_lost_or_spoilt_is_announced_anew_and_its_siblings_are_not() {
    let portal = Config { pull: eager(), ..Config::default() };
    // What the portal shows no hash of counts at once, and not only after a day.
    let at_once = "[reconcile]\nlate_after = \"0s\"\nmismatch_after = \"0s\"";
    let world = World::new(Dialect::Ndxp, 40, portal, at_once).await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    world.until_equal("the portal has read what it was given").await;
    until_at_rest(&world.rig).await;
    assert!(compare(&running, look(false)).await.is_equal());

    let before = world.rig.mock.files();
    let results: Vec<&FileView> = before.iter().filter(|file| file.role == Role::Result).take(2).collect();
    let [spoilt, lost] = results[..] else { panic!("too few results") };
    assert!(world.rig.mock.spoil_file(spoilt, &"ab".repeat(32)) && world.rig.mock.spoil_file(lost, ""));
    let found = compare(&running, look(false)).await;
    assert_eq!((found.different, found.repaired), (2, 0), "{found:#?}");
    let mut told: Vec<_> =
        open(&running).await.into_iter().map(|difference| (difference.code, difference.kind)).collect();
    told.sort();
    let mut wanted = vec![(spoilt.dossier.clone(), "file_wrong"), (lost.dossier.clone(), "file_unfetched")];
    wanted.sort();
    assert!(told.iter().map(|(code, kind)| (code.clone(), kind.name())).eq(wanted), "{told:?}");
    assert!(open(&running).await.iter().all(|difference| Place::marked_by(&difference.subject).is_some()));

    assert_eq!(compare(&running, look(true)).await.repaired, 2);
    world.until_equal("the portal has the right bytes").await;
    world.complete(&running).await;
    let after = compare(&running, look(false)).await;
    assert!(after.is_equal() && open(&running).await.is_empty(), "{after:#?}");
    for (was, is) in before.iter().zip(world.rig.mock.files()) {
        let mended = [spoilt, lost]
            .iter()
            .any(|damaged| (&damaged.dossier, &damaged.file) == (&was.dossier, &was.file));
        assert_eq!((is.links - was.links, is.whole - was.whole), (mended.into(), mended.into()), "{is:?}");
    }
    world.assert_equal().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_the_portal_shows_with_another_hash_is_uploaded_anew() {
    let world = World::new(Dialect::Rest, 30, Config::default(), "").await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    until_at_rest(&world.rig).await;
    let uploads = || world.rig.mock.uploads().iter().map(|upload| upload.uploads).sum::<u64>();
    let before = uploads();
    let results = |it: &mock_portal::DossierView| it.fields["DanhSachGiayToKetQua"].as_array().cloned();
    let spoilt = world
        .rig
        .mock
        .dossiers()
        .into_iter()
        .find(|dossier| results(dossier).is_some_and(|papers| !papers.is_empty()));
    let spoilt = spoilt.unwrap();
    let mut papers = results(&spoilt).unwrap();
    papers[0]["HashTepTin"] = json!("ab".repeat(32));
    let set = serde_json::Map::from_iter([("DanhSachGiayToKetQua".to_owned(), papers.into())]);
    assert!(world.rig.mock.damage(&spoilt.code, &Damage { set, ..Damage::default() }).unwrap());

    let found = compare(&running, look(true)).await;
    assert_eq!((found.different, found.repaired), (1, 1), "{found:#?}");
    world.until_equal("it is there").await;
    world.complete(&running).await;
    assert_eq!(uploads(), before + 1, "only this file was uploaded once more");
    let after = compare(&running, look(false)).await;
    assert!(after.is_equal() && open(&running).await.is_empty(), "{after:#?}");
    running.stop().await;
}
