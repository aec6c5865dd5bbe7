//! Several local systems on one ledger: each reaches the portal whole, and what becomes of one is no other's trouble.

use dongbo::config::Config;
use dongbo_ledger::{BackfillState, Ledger};
use dongbo_model::FindingKind;
use dongbo_sync::health::ReasonKind;
use serde_json::Value;
use testbed::expect::{Expectation, compare};
use testbed::onestop::{SimConfig, Simulator};
use testbed::{Db, day, servers};

use crate::control::{run, until_tells};
use crate::kit::{execute, until};
use crate::process::Process;
use support::{Plan, Rig, Running, clock, now, sample};

/// A second office beside the rig's, with other dossiers under much the same codes.
pub(super) async fn office(db: Db, seed: u64, dossiers: usize) -> Simulator {
    let config = SimConfig { seed, communes: 2, ..SimConfig::default() };
    let mut office = Simulator::create(db, config).await.unwrap();
    office.create_year(day::start().unwrap(), dossiers).await.unwrap();
    office
}

async fn rig(seed: u64, dossiers: usize) -> Rig {
    Rig::new(Plan { seed, communes: 2, dossiers, ..Plan::default() }).await
}

/// One source of a list: its name, where it is, and the keys that are its own.
pub(super) struct Listed<'a>(pub(super) &'a str, pub(super) &'a str, pub(super) &'a str);

/// Writes a configuration like the rig's with these sources in the place of its own.
pub(super) fn with_sources(rig: &Rig, sources: &[Listed<'_>]) -> Config {
    let file = rig.folder.join("dongbo.toml");
    let mut table: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    let own = table.remove("source").unwrap();
    let list = sources.iter().map(|Listed(name, url, keys)| {
        let mut source = own.as_table().cloned().unwrap_or_default();
        source.insert("name".to_owned(), (*name).into());
        source.insert("url".to_owned(), (*url).into());
        source.extend(keys.parse::<toml::Table>().unwrap());
        toml::Value::Table(source)
    });
    table.insert("source".to_owned(), toml::Value::Array(list.collect()));
    std::fs::write(&file, table.to_string()).unwrap();
    Config::load(Some(&file)).unwrap()
}

pub(super) fn url_of(rig: &Rig) -> String {
    rig.folder.join("onestop.sqlite").display().to_string()
}

/// Whether a code is one of an office's.
pub(super) type Has = fn(&str) -> bool;

/// Whether the portal shows just what these offices have, each as far as `has` says, the first of them first.
pub(super) async fn is_equal(rig: &Rig, offices: &[(&Db, Has)]) -> bool {
    let mut all = Expectation::default();
    for (db, has) in offices {
        let one = Expectation::read(db).await.unwrap();
        for (code, dossier) in one.dossiers.into_iter().filter(|(code, _)| has(code)) {
            all.dossiers.entry(code).or_insert(dossier);
        }
        all.held.extend(one.held);
    }
    let portal: Vec<Value> =
        rig.mock.dossiers().iter().map(|dossier| serde_json::to_value(dossier).unwrap()).collect();
    compare(&all, &portal).is_clean()
}

pub(super) async fn start(config: &Config) -> Running {
    Rig::start_with(config, clock()).await
}

pub(super) async fn giver(ledger: &Ledger, code: &str) -> String {
    ledger.story(code, 1, now()).await.unwrap().unwrap().source
}

async fn given_twice(ledger: &Ledger) -> u64 {
    let found = ledger.overview(now()).await.unwrap().findings;
    found.iter().find(|(kind, _)| kind == FindingKind::GivenTwice.name()).map_or(0, |(_, many)| *many)
}

/// The changes of one source whose delay is told.
fn changes_of(told: &Value, source: &str) -> Option<u64> {
    let row = told["rows"].as_array().unwrap().iter().find(|row| row["source"] == source)?;
    row["changes"]["many"].as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_offices_of_two_makes_reach_the_portal_whole_and_each_goes_on_where_it_was() {
    let mut rig = rig(2101, 40).await;
    let database = servers::fresh_database().await.unwrap();
    let mut second = office(Db::postgres(database.url()).await.unwrap(), 2102, 40).await;
    let sources = [
        Listed("bo-y", &url_of(&rig), "units = [\"H48.57\"]"),
        Listed("dak-koi", database.url(), "units = [\"H48.58\"]"),
    ];
    let config = with_sources(&rig, &sources);
    let first_has: Has = |code| code.starts_with("H48.57");
    let second_has: Has = |code| code.starts_with("H48.58");
    let running = start(&config).await;
    let both = async |rig: &Rig, second: &Simulator| {
        is_equal(rig, &[(rig.simulator.db(), first_has), (second.db(), second_has)]).await
    };
    until("equal", async || both(&rig, &second).await).await;
    running.until_settled(20).await;
    assert_eq!(given_twice(&running.ledger).await, 0, "the units are divided between them");
    let cursors =
        [running.ledger.cursor("intake").await.unwrap(), running.ledger.cursor("intake@2").await.unwrap()];
    assert!(cursors.iter().all(Option::is_some), "{cursors:?}");
    running.stop().await;

    rig.simulator.advance(now(), 10).await.unwrap();
    second.advance(now(), 10).await.unwrap();
    let running = start(&config).await;
    let kept =
        [running.ledger.cursor("intake").await.unwrap(), running.ledger.cursor("intake@2").await.unwrap()];
    assert!(kept.iter().zip(&cursors).all(|(kept, before)| kept >= before), "{kept:?}");
    until("equal again", async || both(&rig, &second).await).await;
    let counters = rig.mock.counters();
    assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0));
    running.until_settled(20).await;
    let both_are_told =
        |told: &Value| changes_of(told, "bo-y") > Some(0) && changes_of(told, "dak-koi").is_some();
    let told = until_tells(&rig.folder, &["delays"], 0, both_are_told).await;
    let same = |only: &Value| only["rows"][0]["changes"]["many"].as_u64() == changes_of(&told, "bo-y");
    until_tells(&rig.folder, &["delays", "--source", "bo-y"], 0, same).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_away_holds_up_no_other_and_the_verdict_names_it() {
    let mut rig = rig(2103, 30).await;
    let away = "postgres://dongbo@127.0.0.1:1/none";
    let config = with_sources(
        &rig,
        &[Listed("away", away, "connect_timeout = \"1s\""), Listed("here", &url_of(&rig), "")],
    );
    let running = start(&config).await;
    until("equal", async || rig.compare().await.is_clean()).await;
    rig.simulator.advance(now(), 5).await.unwrap();
    until("later changes", async || rig.compare().await.is_clean()).await;
    until("told", async || {
        running.pages.lookout.forget().await;
        let health = running.pages.lookout.look().await.health;
        let down = health
            .reasons
            .iter()
            .any(|reason| reason.kind == ReasonKind::SourceDown && reason.source == "away");
        assert!(
            !health.reasons.iter().any(|reason| reason.kind.blinds() && reason.source != "away"),
            "{health:?}"
        );
        down && health.ready
    })
    .await;
    let metrics = running.metrics().await;
    assert_eq!(sample(&metrics, "dongbo_source_failing{source=\"away\"}"), Some(1.0), "{metrics}");
    assert_eq!(sample(&metrics, "dongbo_source_failing{source=\"here\"}"), Some(0.0));
    run(&rig.folder, &["backfill", "--from", "2020-01-01", "--detach"]).await;
    until("a backfill goes on with the other", async || {
        let backfill = running.ledger.backfill().await.unwrap();
        backfill.is_some_and(|one| one.found >= 30 && one.state == BackfillState::Reading)
    })
    .await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_sources_have_is_sent_once_as_the_first_has_it_and_the_second_takes_over_when_it_is_gone_there()
 {
    let mut rig = rig(2104, 12).await;
    // A ledger of before, with the one source that has no name.
    let running = rig.start().await;
    running.until_settled(12).await;
    running.stop().await;
    let copy = rig.folder.join("copy.sqlite");
    execute(rig.simulator.db(), &format!("VACUUM INTO '{}'", copy.display())).await;
    let other = Db::sqlite(&copy).await.unwrap();
    let sweep = "sweep = \"* * * * * *\"";
    let config = with_sources(
        &rig,
        &[Listed("motcua", &url_of(&rig), sweep), Listed("ban-sao", &copy.display().to_string(), "")],
    );
    let writes = rig.mock.counters().creates;
    let running = start(&config).await;
    until("told", async || given_twice(&running.ledger).await == 12).await;
    assert_eq!(rig.mock.counters().creates, writes, "each is sent once");
    let code = rig.mock.dossiers()[0].code.clone();
    assert_eq!(giver(&running.ledger, &code).await, "motcua");
    execute(&other, &format!("UPDATE ho_so SET chu_ho_so = 'Người Khác' WHERE ma_ho_so = '{code}'")).await;
    rig.simulator.delete_dossier(&code).await.unwrap();
    until("taken over", async || giver(&running.ledger, &code).await == "ban-sao").await;
    until("sent as the other has it", async || {
        rig.mock.dossiers().iter().any(|one| one.code == code && format!("{one:?}").contains("Người Khác"))
    })
    .await;
    running.until_settled(12).await;
    until("the others are still given twice", async || given_twice(&running.ledger).await == 11).await;
    assert_eq!(running.ledger.overview(now()).await.unwrap().held, 0, "it is not gone");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_brings_a_source_in_and_lets_one_go_without_taking_anything_back() {
    let mut rig = rig(2105, 30).await;
    let path = rig.folder.join("second.sqlite");
    let mut second = office(Db::sqlite(&path).await.unwrap(), 2106, 30).await;
    let file = rig.folder.join("dongbo.toml");
    let (first_url, second_url) = (url_of(&rig), path.display().to_string());
    let first_has: Has = |code| code.starts_with("H48.57");
    let second_has: Has = |code| code.starts_with("H48.58");
    with_sources(
        &rig,
        &[
            Listed("cu", &first_url, "units = [\"H48.57\"]"),
            Listed("moi", &second_url, "units = [\"H48.58\"]"),
        ],
    );
    let both: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    let only = |place: usize| {
        let mut table = both.clone();
        table["source"].as_array_mut().unwrap().remove(1 - place);
        table.to_string()
    };
    std::fs::write(&file, only(0)).unwrap();
    let process = Process::start(&file);
    until("the first", async || is_equal(&rig, &[(rig.simulator.db(), first_has)]).await).await;

    std::fs::write(&file, both.to_string()).unwrap();
    process.signal("HUP");
    until("both", async || {
        is_equal(&rig, &[(rig.simulator.db(), first_has), (second.db(), second_has)]).await
    })
    .await;

    let of_first = |rig: &Rig| {
        let mut shown: Vec<String> = rig
            .mock
            .dossiers()
            .iter()
            .filter(|one| first_has(&one.code))
            .map(|one| serde_json::to_string(one).unwrap())
            .collect();
        shown.sort();
        shown
    };
    std::fs::write(&file, only(1)).unwrap();
    process.signal("HUP");
    until("let go", async || process.log().contains("source.left")).await;
    let before = of_first(&rig);
    rig.simulator.advance(now(), 5).await.unwrap();
    second.advance(now(), 10).await.unwrap();
    let second_alone = async |rig: &Rig, second: &Simulator| {
        let wanted = Expectation::read(second.db()).await.unwrap();
        let shown: Vec<serde_json::Value> = rig
            .mock
            .dossiers()
            .iter()
            .filter(|one| second_has(&one.code))
            .map(|one| serde_json::to_value(one).unwrap())
            .collect();
        let dossiers = wanted.dossiers.into_iter().filter(|(code, _)| second_has(code)).collect();
        compare(&Expectation { dossiers, held: wanted.held }, &shown).is_clean()
    };
    until("the other goes on", async || second_alone(&rig, &second).await).await;
    assert!(
        !before.is_empty() && of_first(&rig) == before,
        "nothing is sent or taken back of the one that was left"
    );
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}
