//! One ledger whose sources are not of one mode: what one has is sent, and of the other nothing is ever written.

use mock_portal::{FaultKind, FaultRule};
use serde_json::Value;
use testbed::Db;
use testbed::expect::Expectation;

use crate::control::{run, until_ends, until_tells};
use crate::kit::{execute, until};
use crate::sources::{Has, Listed, giver, is_equal, office, start, url_of, with_sources};
use crate::watch::differing;
use support::{Plan, Rig, now};

const FIRST: Has = |code| code.starts_with("H48.57");
const SECOND: Has = |code| code.starts_with("H48.58");
const LOOKS: &str = "[watch]\nlook_after = \"0s\"\nlook_again_after = \"200ms\"\nlook_again_cap = \"1s\"\n[push]\nlands_within = \"600ms\"";

async fn rig(seed: u64, dossiers: usize) -> Rig {
    let overrides = LOOKS.to_owned();
    Rig::new(Plan { seed, communes: 2, dossiers, overrides, ..Plan::default() }).await
}

/// The codes of an office's dossiers, as far as `has` says.
async fn codes(db: &Db, has: Has) -> Vec<String> {
    Expectation::read(db).await.unwrap().dossiers.into_keys().filter(|code| has(code)).collect()
}

fn source<'a>(told: &'a Value, name: &str) -> &'a Value {
    told["sources"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sources_one_is_sent_and_of_the_watched_one_nothing_is_written_under_faults() {
    let mut rig = rig(2201, 24).await;
    let path = rig.folder.join("watched.sqlite");
    let mut watched = office(Db::sqlite(&path).await.unwrap(), 2202, 24).await;
    let sources = [
        Listed("gui", &url_of(&rig), "units = [\"H48.57\"]"),
        Listed("xem", &path.display().to_string(), "units = [\"H48.58\"]\nmode = \"watch\""),
    ];
    let config = with_sources(&rig, &sources);
    for kind in [
        FaultKind::Status { code: 503, after: false },
        FaultKind::CloseAfter {},
        FaultKind::SessionLapse {},
        FaultKind::Html { after: false },
    ] {
        rig.mock.add_fault(FaultRule { probability: 0.05, ..FaultRule::new(kind) }).unwrap();
    }
    let running = start(&config).await;
    until("sent", async || is_equal(&rig, &[(rig.simulator.db(), FIRST)]).await).await;
    rig.simulator.advance(now(), 5).await.unwrap();
    watched.advance(now(), 5).await.unwrap();
    let (sent, missing) = (codes(rig.simulator.db(), FIRST).await, codes(watched.db(), SECOND).await);
    until("missed", async || differing(&running.ledger, "missing").await == missing).await;
    until("sent again", async || is_equal(&rig, &[(rig.simulator.db(), FIRST)]).await).await;
    let counters = rig.mock.counters();
    assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0));
    assert!(rig.mock.dossiers().iter().all(|one| FIRST(&one.code)), "nothing of the watched one is there");
    rig.mock.clear_faults();

    let (one_sent, one_missing) = (sent[0].as_str(), missing[0].as_str());
    let told = until_ends(&rig.folder, &["switch"], 0).await;
    assert_eq!((&told["mode"], &told["sources"]), (&"watch".into(), &vec!["xem"].into()), "{told}");
    assert_eq!(told["create"].as_u64(), u64::try_from(missing.len()).ok(), "{told}");
    let told = until_ends(&rig.folder, &["switch", "--source", "gui"], 0).await;
    assert_eq!((&told["mode"], &told["create"]), (&"push".into(), &0.into()), "{told}");
    let told = run(&rig.folder, &["resend", one_sent, one_missing, "--dry-run", "--json"]).await.json(0);
    assert_eq!((&told["mode"], &told["preview"]["dossiers"]), (&"both".into(), &2.into()), "{told}");
    until("explained", async || {
        let why = run(&rig.folder, &["why", one_missing]).await.stdout;
        why.contains("Cổng chưa có hồ sơ này") && why.contains("dongbo resend")
    })
    .await;
    let looks = |status: &Value| {
        let mut reasons = status["reasons"].as_array().unwrap().iter();
        let is_looked_at = |one: &Value| one["reason"] == "looking" || one["reason"] == "looking_again";
        reasons.any(|one| one["source"] == "xem" && is_looked_at(one))
    };
    let status = until_tells(&rig.folder, &["status"], 3, looks).await;
    assert_eq!(
        (&source(&status, "gui")["mode"], &source(&status, "xem")["mode"]),
        (&"push".into(), &"watch".into())
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_whose_giver_is_watched_from_now_on_is_written_no_more_until_that_one_is_sent_for() {
    let mut rig = rig(2203, 8).await;
    let running = rig.start().await;
    running.until_settled(8).await;
    running.stop().await;
    let copy = rig.folder.join("copy.sqlite");
    execute(rig.simulator.db(), &format!("VACUUM INTO '{}'", copy.display())).await;
    let other = Db::sqlite(&copy).await.unwrap();
    let (first, second) = (url_of(&rig), copy.display().to_string());
    let file = rig.folder.join("dongbo.toml");
    let plain = std::fs::read_to_string(&file).unwrap();
    let with = |mode: &str| {
        std::fs::write(&file, &plain).unwrap();
        let own = format!("mode = \"{mode}\"");
        with_sources(
            &rig,
            &[Listed("motcua", &first, "sweep = \"* * * * * *\""), Listed("ban-sao", &second, &own)],
        )
    };
    let code = rig.mock.dossiers()[0].code.clone();
    let shown = |rig: &Rig, name: &str| {
        rig.mock.dossiers().iter().any(|one| one.code == code && format!("{one:?}").contains(name))
    };
    let running = start(&with("watch")).await;
    rig.mock.reset_counters();
    execute(&other, &format!("UPDATE ho_so SET chu_ho_so = 'Người Khác' WHERE ma_ho_so = '{code}'")).await;
    let config = with("push");
    rig.simulator.delete_dossier(&code).await.unwrap();
    until("taken over", async || giver(&running.ledger, &code).await == "ban-sao").await;
    until("told", async || differing(&running.ledger, "content").await == [code.clone()]).await;
    let counters = rig.mock.counters();
    assert_eq!((counters.creates, counters.updates, counters.steps), (0, 0, 0), "it is only looked at");
    assert!(!shown(&rig, "Người Khác"));
    running.stop().await;

    let running = start(&config).await;
    until("sent", async || shown(&rig, "Người Khác")).await;
    running.until_settled(8).await;
    running.stop().await;
}
