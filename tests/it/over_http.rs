//! A hosted one-stop system that is read over HTTP, with the habits and the faults of such: the portal becomes equal to it all the same.

use std::time::Duration;

use mock_portal::{Config, Faults};
use testbed::catalogue::{PROCEDURES, UNITS};
use testbed::expect::Expectation;
use testbed::igate::{CLIENT, Igate, IgateConfig, PASSWORD, UNIT, USER};

use crate::files::world::{Dialect, World};
use crate::kit::{until, write_mapping};
use support::{merged, now};

/// The mapping of iGate, with what an office fills in.
fn mapping() -> String {
    let text = include_str!("../../config/mappings/igate.toml");
    let units: Vec<String> = UNITS.iter().map(|unit| format!("\"{0}\" = \"{0}\"", unit.code)).collect();
    let procedures: Vec<String> = PROCEDURES
        .iter()
        .map(|it| {
            format!(
                "\"{0}\" = {{ code = \"{0}\", name = \"{1}\", field_code = \"{2}\", field_name = \"{3}\" }}",
                it.code, it.name, it.field, it.field_name
            )
        })
        .collect();
    text.replace("000000000000000000000000", UNIT).replace("\"H48.57\" = \"H48.57\"", &units.join("\n"))
        + &format!("\n[procedure]\n{}\n", procedures.join("\n"))
}

/// Lets the dongbo of `world` read the office through `igate`.
fn read_through(world: &mut World, igate: &Igate) {
    let folder = &world.rig.folder;
    let password = folder.join("source.password");
    std::fs::write(&password, PASSWORD).unwrap();
    let mapping = write_mapping(folder, &mapping());
    let own = format!(
        "[source]\nurl = \"{}\"\nmapping = \"{}\"\npassword_file = \"{}\"\npoll_every = \"200ms\"\n\
         [source.http]\ntoken_url = \"{}\"\nuser = \"{USER}\"\nclient_id = \"{CLIENT}\"\ncalls_per_second = 200\n",
        igate.url(),
        mapping.display(),
        password.display(),
        igate.token_url(),
    );
    let file = folder.join("dongbo.toml");
    std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), &own)).unwrap();
    world.rig.config = dongbo::config::Config::load(Some(&file)).unwrap();
}

/// An office of `dossiers` that changes while both sides throw faults becomes equal on the portal, with its files.
async fn converges(dossiers: usize, portal: Config) {
    let mut world = World::new(Dialect::Rest, dossiers, portal, "").await;
    let habits =
        IgateConfig { token_lasts: Duration::from_secs(3), errors_per_mille: 20, ..IgateConfig::default() };
    let igate = Igate::start(world.rig.simulator.db(), habits).await.unwrap();
    read_through(&mut world, &igate);
    let began = std::time::Instant::now();
    let running = world.rig.start().await;
    for _ in 0..10 {
        world.rig.simulator.advance(now(), 5).await.unwrap();
        world.office.write(world.rig.simulator.db()).await.unwrap();
        let before = igate.counters().searches;
        until("it is polled again", async || igate.counters().searches > before).await;
    }
    world.rig.mock.clear_faults();
    running.until("all are known", |overview| overview.dossiers >= u64::try_from(dossiers).unwrap()).await;
    running.ledger.free_held(now()).await.unwrap();
    world.complete(&running).await;
    world.until_equal("the last changes are there").await;
    world.complete(&running).await;
    world.assert_equal().await;
    let counters = igate.counters();
    assert!(counters.sign_ins > 0 && counters.errors > 0, "{counters:?}");
    let known = running.until("all are known", |overview| overview.dossiers > 0).await.dossiers;
    eprintln!("{known} dossiers equal after {:?}: {counters:?}", began.elapsed());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_a_hosted_system_with_its_files_through_faults_on_both_sides() {
    let faults = Config { seed: 16, faults: Faults::nasty(), ..Config::default() };
    converges(40, faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_of_the_vendors_bridge_sends_what_it_is_asked_for() {
    let world = World::new(Dialect::Ndxp, 5, Config::default(), "").await;
    let db = world.rig.simulator.db();
    let igate = Igate::start(db, IgateConfig::default()).await.unwrap();
    igate.bridge_to(support::bridge::bridge(db, &world.rig.mock));
    let codes: Vec<String> = Expectation::read(db).await.unwrap().dossiers.into_keys().collect();
    for (code, updated) in [(&codes[0], false), (&codes[0], true), (&codes[1], false)] {
        assert_eq!(ask_bridge(&igate, code, updated).await, "OK");
    }
    assert_eq!(world.rig.mock.dossiers().len(), 2);
    assert!(!world.rig.mock.dossier(&codes[0]).unwrap().steps.is_empty());
    assert_ne!(ask_bridge(&igate, "khong-co", true).await, "OK");
    assert_eq!(igate.asked().len(), 4);
}

/// The answer of the bridge to a request for the dossier.
async fn ask_bridge(igate: &Igate, code: &str, updated: bool) -> String {
    let client = reqwest::Client::new();
    let form = format!("grant_type=password&client_id={CLIENT}&username={USER}&password={PASSWORD}");
    let form_type = "application/x-www-form-urlencoded";
    let token =
        client.post(igate.token_url()).header("content-type", form_type).body(form).send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "our own stand-in, not a body from outside")]
    let token: serde_json::Value = serde_json::from_str(&token.text().await.unwrap()).unwrap();
    let dossier = serde_json::json!({
        "id": "6217", "code": code, "nationCode": null, "updated": updated, "procedureNationCodeSync": true,
    });
    let body = serde_json::json!({"configId": "cau-hinh", "type": 1, "dossier": dossier}).to_string();
    let request = client.post(format!("{}bdtc/nps-dossier/--test-sync", igate.url()));
    let answer =
        request.bearer_auth(token["access_token"].as_str().unwrap()).body(body).send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "our own stand-in, not a body from outside")]
    answer.text().await.unwrap()
}

/// `cargo test --release -p dongbo --test it -- --ignored over_http::twelve --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; for measurements"]
async fn twelve_thousand_dossiers_of_a_hosted_system_arrive() {
    converges(12_000, Config::default()).await;
}
