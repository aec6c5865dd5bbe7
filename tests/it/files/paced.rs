//! Dialect `ndxp`: no more is announced than is served, and the portal gets what it was told of when it comes.

use dongbo_ledger::FileState;
use mock_portal::{Config, FileView, Pull, PullKind, PullRule};

use super::world::{World, eager};
use crate::kit::until;
use support::{Running, sample};

/// Requests that were asked to come again.
async fn sent_away(running: &Running) -> f64 {
    sample(&running.metrics().await, "dongbo_file_requests_total{outcome=\"busy\"}").unwrap()
}

/// A file that is announced, one a second, to a portal that fetches none by itself.
async fn told_and_not_fetched() -> (World, Running, FileView) {
    let never = Pull { rules: vec![PullRule::new(PullKind::Never)], ..eager() };
    let portal = Config { pull: never, ..Config::default() };
    let world = World::at_defaults(5, portal, "serve_per_second = 1").await;
    let running = world.rig.start().await;
    until("a file is announced", async || world.rig.mock.files().iter().any(|file| !file.link.is_empty()))
        .await;
    let file = world.rig.mock.files().into_iter().find(|file| !file.link.is_empty()).unwrap();
    (world, running, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_defaults_every_file_is_fetched_the_first_time_and_nobody_is_sent_away() {
    // As the portal does it: at once, from many machines, and each file once.
    let pull = Pull { at_once: 64, attempts: 1, ..eager() };
    let world = World::at_defaults(250, Config { pull, ..Config::default() }, "").await;
    let wanted = u64::try_from(world.wanted().await.len()).unwrap();
    assert!(wanted > 500, "{wanted}");
    let running = world.rig.start().await;
    until("all files have arrived", async || {
        running.ledger.file_counts().await.unwrap().of(FileState::Arrived) == wanted
    })
    .await;
    let files = world.rig.mock.files();
    assert!(files.iter().all(|file| (file.links, file.requests) == (1, 1)), "told or fetched twice");
    assert!(sent_away(&running).await < 0.5);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_asks_twice_for_each_file_waits_its_turn_and_gets_it() {
    let rules = vec![PullRule::new(PullKind::HeadFirst)];
    let pull = Pull { at_once: 64, attempts: 1, rules, ..eager() };
    let world = World::at_defaults(25, Config { pull, ..Config::default() }, "serve_per_second = 20").await;
    let wanted = u64::try_from(world.wanted().await.len()).unwrap();
    let running = world.rig.start().await;
    until("all files have arrived", async || {
        running.ledger.file_counts().await.unwrap().of(FileState::Arrived) == wanted
    })
    .await;
    assert!(world.rig.mock.files().iter().all(|file| (file.links, file.requests) == (1, 2)));
    assert!(sent_away(&running).await < 0.5);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_links_that_are_not_ours_takes_no_turn_of_the_portal() {
    let (_world, running, file) = told_and_not_fetched().await;
    let link = file.link;
    let ask = |url: String| async move { reqwest::get(url).await.unwrap().status().as_u16() };
    let forged = link.replace("&c=", "&c=00");
    for _ in 0..50 {
        assert_eq!(ask(forged.clone()).await, 404);
    }
    assert_eq!(ask(link).await, 200);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_comes_for_too_much_is_told_by_the_metric_by_status_and_by_why() {
    let (world, running, file) = told_and_not_fetched().await;
    // More than can wait in the line of ten seconds.
    let asked = (0..40).map(|_| {
        let link = file.link.clone();
        async move {
            let answer = reqwest::Client::new().head(link).send().await.unwrap();
            let again = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            (answer.status().as_u16(), again)
        }
    });
    let answers = futures_util::future::join_all(asked).await;
    let away: Vec<_> = answers.iter().filter(|(status, _)| *status == 429).collect();
    assert!(!away.is_empty() && away.len() < 40, "{answers:?}");
    assert!(
        away.iter().all(|(_, again)| again.as_ref().is_some_and(|wait| wait.parse::<u64>().unwrap() >= 1))
    );
    until("the ledger knows why the file waits", async || {
        let counts = running.ledger.file_counts().await.unwrap();
        counts.troubled.iter().any(|troubled| troubled.trouble.name() == "serving_limit")
    })
    .await;
    assert!(sent_away(&running).await > 0.5);
    let metrics = running.metrics().await;
    let waiting = sample(&metrics, "dongbo_files_in_trouble{trouble=\"serving_limit\"}");
    assert!(waiting >= Some(1.0), "{waiting:?}");
    for arguments in [vec!["status", "--full"], vec!["why", &file.dossier, "--offline"], vec!["files"]] {
        let told = world.told(&arguments);
        assert!(told.contains("files.serve_per_second"), "{arguments:?}: {told}");
    }
    running.stop().await;
}
