//! Dialect `ndxp`: the portal comes for the files.

use dongbo_ledger::{FileState, Ledger};
use mock_portal::{Config, FaultKind, FaultRule, Faults, Pull, PullKind, PullRule, Service};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::world::{Dialect, World, eager, touch};
use crate::kit::until;
use support::now;

async fn world(dossiers: usize, pull: Pull) -> World {
    let portal = Config { pull, ..Config::default() };
    World::new(Dialect::Ndxp, dossiers, portal, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_whole_and_unchanged_however_the_portal_comes_for_them() {
    let rules = [
        PullKind::Twice,
        PullKind::Ranges { parts: 5 },
        PullKind::Cut { again_after_ms: 50 },
        PullKind::HeadFirst,
        PullKind::Together { times: 3 },
    ];
    // One rule for a fifth of the files each; what is left comes once.
    let rules = rules.map(|kind| PullRule { percent: Some(30.0), ..PullRule::new(kind) }).to_vec();
    let world = world(60, Pull { rules, ..eager() }).await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    world.until_equal("the portal has all").await;
    world.assert_equal().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_whose_files_do_not_change_is_never_fetched_again() {
    let mut world = world(40, eager()).await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    world.until_equal("the portal has read what it was given").await;
    let before = world.rig.mock.files();
    for _ in 0..3 {
        world.rig.simulator.advance(now(), 20).await.unwrap();
        world.office.write(world.rig.simulator.db()).await.unwrap();
        world.until_equal("the changes are there").await;
        world.complete(&running).await;
    }
    let after = world.rig.mock.files();
    for file in &before {
        let same = |it: &&mock_portal::FileView| it.dossier == file.dossier && it.file == file.file;
        let now = after.iter().find(same).unwrap();
        assert_eq!((now.links, now.whole), (file.links, file.whole), "{file:?}");
    }
    running.stop().await;
    world.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_goes_again_and_its_siblings_do_not() {
    let world = world(30, eager()).await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    let wanted = world.office.named(world.rig.simulator.db()).await.unwrap();
    let file = wanted.iter().find(|file| file.is_result && file.key.ends_with("pdf")).unwrap();
    let mut bytes = world.office.bytes(file);
    bytes.splice(9..9, *b"%v2\n");
    std::fs::write(world.office.root().join(&file.key), bytes).unwrap();
    // The clerk who replaces a file saves its dossier.
    touch(&world, &file.code).await;
    world.until_equal("the new version is there").await;
    let all = world.rig.mock.files();
    let twice: Vec<_> =
        all.iter().filter(|fetched| fetched.whole > 1).map(|fetched| fetched.file.as_str()).collect();
    assert_eq!(twice, [file.id.as_str()]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_portal_never_comes_for_is_announced_again_and_found_and_nothing_shows_complete() {
    let never = PullRule { percent: Some(30.0), ..PullRule::new(PullKind::Never) };
    let portal = Config { pull: Pull { rules: vec![never], ..eager() }, ..Config::default() };
    let world = World::new(Dialect::Ndxp, 25, portal, "chase_after = \"1s\"\nchase_cap = \"1s\"").await;
    let running = world.rig.start().await;
    until("three announcements went unanswered", async || {
        running.ledger.open_files(None, 200).await.unwrap().iter().any(|file| {
            file.attempts >= 3 && file.findings.iter().any(|(kind, _)| kind == "file_not_fetched")
        })
    })
    .await;
    let chased = world.rig.mock.files().into_iter().filter(|file| file.whole == 0);
    assert!(chased.into_iter().any(|file| file.links >= 3), "no new link was announced");
    let overview = running.ledger.overview(now()).await.unwrap();
    let files = overview.completeness(dongbo_ledger::Layer::Files).unwrap();
    assert!(files < 1.0, "{files}");
    world.rig.mock.set_pull_rules(Vec::new()).unwrap();
    world.rig.mock.fetch_files_now().await;
    world.complete(&running).await;
    world.until_equal("the portal has read what it was given").await;
    world.assert_equal().await;
    let findings = running.ledger.open_findings(100).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_were_not_made_by_us_or_are_over_lead_nowhere() {
    let world = world(10, eager()).await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    let link = world.rig.mock.files().into_iter().next().unwrap().link;
    let (bare, query) = link.split_once('?').unwrap();
    let ask = |url: String| async move { reqwest::get(url).await.unwrap().status().as_u16() };
    assert_eq!(ask(link.clone()).await, 200);
    assert_eq!(ask(bare.to_owned()).await, 404, "no signature");
    let (kept, last) = query.split_at(query.len() - 1);
    let another = if last == "0" { "1" } else { "0" };
    assert_eq!(ask(format!("{bare}?{kept}{another}")).await, 404, "another signature");
    let other = world.rig.mock.files().into_iter().last().unwrap().link;
    let (other, _) = other.split_once('?').unwrap();
    assert_eq!(ask(format!("{other}?{query}")).await, 404, "the signature of another file");
    assert_eq!(ask(format!("{bare}/../../../etc/passwd?{query}")).await, 404);
    let expired = query.replacen("h=1", "h=0", 1);
    assert_eq!(ask(format!("{bare}?{expired}")).await, 404, "another end");
    let metrics = running.metrics().await;
    assert!(support::sample(&metrics, "dongbo_file_requests_total{outcome=\"forged\"}") >= Some(4.0));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_through_every_fault_of_the_portal_and_through_kills_and_restarts() {
    let cut = PullRule { percent: Some(30.0), ..PullRule::new(PullKind::Cut { again_after_ms: 20 }) };
    let pull = Pull { rules: vec![cut], attempts: 20, ..eager() };
    let portal = Config { seed: 3, faults: Faults::nasty(), pull, ..Config::default() };
    let mut world = World::new(Dialect::Ndxp, 60, portal, "chase_after = \"2s\"\nchase_cap = \"2s\"").await;
    world.kill_often(60).await;
    world.rig.mock.clear_faults();
    let running = world.rig.start().await;
    running.ledger.free_held(now()).await.unwrap();
    world.complete(&running).await;
    world.until_equal("both sides are one").await;
    world.assert_equal().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_announces_no_file_twice() {
    let world = world(20, eager()).await;
    let lost = FaultRule::new(FaultKind::CloseAfter {}).on(Service::Upsert).times(10);
    world.rig.mock.add_fault(lost).unwrap();
    let running = world.rig.start().await;
    world.complete(&running).await;
    world.until_equal("the portal has read what it was given").await;
    world.assert_equal().await;
    assert!(world.rig.mock.files().iter().all(|file| file.links == 1 && file.whole == 1));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_portal_fetched_before_a_stop_is_written_down_by_it() {
    let never = PullRule::new(PullKind::Never);
    let world = world(8, Pull { rules: vec![never], ..eager() }).await;
    let running = world.rig.start().await;
    let announced = async || {
        let counts = running.ledger.file_counts().await.unwrap();
        let links = world.rig.mock.files().into_iter().map(|file| file.link);
        let links: Vec<String> = links.filter(|link| !link.is_empty()).collect();
        (counts.of(FileState::Announced), links)
    };
    let wanted = world.wanted().await.len();
    until("all files are announced", async || {
        let (known, links) = announced().await;
        known == u64::try_from(wanted).unwrap() && links.len() == wanted
    })
    .await;
    let (known, links) = announced().await;

    // Somebody else writes in the ledger, while the portal fetches everything and dongbo is told to stop.
    let ledger = SqliteConnectOptions::new().filename(&world.rig.config.ledger.path);
    let mut other = ledger.connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    for link in links {
        #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
        let bytes = reqwest::get(link).await.unwrap().bytes().await.unwrap();
        assert!(!bytes.is_empty());
    }
    assert_eq!(running.ledger.file_counts().await.unwrap().of(FileState::Arrived), 0);
    let end = async { sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap() };
    tokio::join!(biased; running.stop(), end);
    let ledger = Ledger::open(&world.rig.config.ledger.path).await.unwrap();
    assert_eq!(ledger.file_counts().await.unwrap().of(FileState::Arrived), known);
}
