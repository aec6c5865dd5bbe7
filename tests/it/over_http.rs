//! A hosted one-stop system that is read over HTTP, with the habits and the faults of such: the portal becomes equal to it all the same.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use dongbo_ledger::{Layer, LayerState, Overview};
use dongbo_model::FindingKind;
use mock_portal::{Config, FaultKind, FaultRule, Faults};
use testbed::catalogue::{PROCEDURES, UNITS};
use testbed::expect::Expectation;
use testbed::igate::{CLIENT, Igate, IgateConfig, PASSWORD, UNIT, USER};

use crate::check::item;
use crate::control::run;
use crate::files::world::{Dialect, World};
use crate::kit::{execute, until, write_mapping};
use crate::watch::{differing, seen_whole, watching, writes};
use support::{PATIENCE, Rig, Running, clock, merged, now, sample};

const BODY: &str = r#"{"configId": "k1", "type": 1, "dossier": {"id": "{id}", "code": "{code}", "nationCode": "{national_code}", "updated": {updated}, "procedureNationCodeSync": true}}"#;

/// As often as a scene of seconds asks for changes.
const OFTEN: &str = "poll_every = \"200ms\"";

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

/// Lets the dongbo of `world` read the office through `igate`, as fast as may be, and ask it for changes at its `pace`.
fn read_through(world: &mut World, igate: &Igate, pace: &str) {
    read_by(world, igate, &mapping(), pace);
}

fn read_by(world: &mut World, igate: &Igate, mapping: &str, pace: &str) {
    let folder = &world.rig.folder;
    let password = folder.join("source.password");
    std::fs::write(&password, PASSWORD).unwrap();
    let mapping = write_mapping(folder, mapping);
    let own = format!(
        "[source]\nurl = \"{}\"\nmapping = \"{}\"\npassword_file = \"{}\"\n{pace}\n\
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

/// A hosted system with its files, and the interface by which it is read.
struct Hosted {
    world: World,
    igate: Igate,
}

impl Hosted {
    async fn new(dossiers: usize, portal: Config, pace: &str) -> Self {
        let mut world = World::new(Dialect::Rest, dossiers, portal, "").await;
        let habits = IgateConfig {
            token_lasts: Duration::from_secs(3),
            errors_per_mille: 20,
            ..IgateConfig::default()
        };
        let igate = Igate::start(world.rig.simulator.db(), habits).await.unwrap();
        read_through(&mut world, &igate, pace);
        Self { world, igate }
    }

    /// The office changes while both sides throw faults, and becomes equal on the portal, with its files. Gives the number of dossiers.
    async fn converges(&mut self) -> u64 {
        let Self { world, igate } = self;
        let began = Instant::now();
        let running = world.rig.start().await;
        for _ in 0..10 {
            world.rig.simulator.advance(now(), 5).await.unwrap();
            world.office.write(world.rig.simulator.db()).await.unwrap();
            let before = igate.counters().searches;
            until("it is polled again", async || igate.counters().searches > before).await;
        }
        let wanted = Expectation::read(world.rig.simulator.db()).await.unwrap().dossiers.len();
        let wanted = u64::try_from(wanted).unwrap();
        grown(&running, "known", |overview| overview.dossiers >= wanted).await;
        world.rig.mock.clear_faults();
        running.ledger.free_held(now()).await.unwrap();
        let is_sent =
            |overview: &Overview| overview.counts.of(Layer::Presence).of(LayerState::Synced) >= wanted;
        grown(&running, "sent", is_sent).await;
        eprintln!("{wanted} dossiers sent after {:?}: {:?}", began.elapsed(), igate.counters());
        grown(&running, "complete", is_complete).await;
        world.until_equal("the last changes are there").await;
        let known = grown(&running, "complete", is_complete).await.dossiers;
        world.assert_equal().await;
        let counters = igate.counters();
        assert!(counters.sign_ins > 0 && counters.errors > 0, "{counters:?}");
        eprintln!("{known} dossiers equal after {:?}: {counters:?}", began.elapsed());
        running.stop().await;
        known
    }

    /// A vendor's bridge has brought the dossiers, of which the portal loses some: each of these is told, nothing else is, and nothing is
    /// written, while both sides throw faults.
    async fn is_watched(&mut self, dossiers: u64) {
        let mut lost: Vec<String> =
            self.world.rig.mock.dossiers().into_iter().take(4).map(|one| one.code).collect();
        lost.sort();
        lost.iter().for_each(|code| assert!(self.world.rig.mock.delete_dossier(code)));
        self.world.rig.mock.reset_counters();
        let uploads = self.world.rig.mock.uploads().len();
        for kind in [
            FaultKind::Status { code: 503, after: false },
            FaultKind::CloseAfter {},
            FaultKind::SessionLapse {},
            FaultKind::Html { after: false },
        ] {
            self.world.rig.mock.add_fault(FaultRule { probability: 0.05, ..FaultRule::new(kind) }).unwrap();
        }
        let (_, config) = watching(&self.world.rig, "");
        let began = Instant::now();
        let running = Rig::start_with(&config, clock()).await;
        let seen =
            |overview: &Overview| overview.dossiers == dossiers && seen_whole(overview) == dossiers - 4;
        grown(&running, "looked at", seen).await;
        until("told", async || differing(&running.ledger, "missing").await == lost).await;
        eprintln!("{dossiers} dossiers looked at after {:?}: {:?}", began.elapsed(), self.igate.counters());

        let new = self.world.rig.simulator.create_at(now()).await.unwrap().code;
        until("missed", async || differing(&running.ledger, "missing").await.contains(&new)).await;
        let mut kinds = BTreeSet::new();
        let each = running.ledger.each_difference(None, |one| {
            kinds.insert(one.kind.name());
        });
        each.await.unwrap();
        assert_eq!(kinds, BTreeSet::from(["missing"]));
        assert_eq!((writes(&self.world.rig), self.world.rig.mock.uploads().len()), (0, uploads));
        running.stop().await;
    }
}

/// Waits until `met`, and gives up when as many are known and in step for as long as tests are patient: a dossier whose files are to be
/// told is out of step once more.
async fn grown(running: &Running, what: &str, met: impl Fn(&Overview) -> bool) -> Overview {
    let (mut before, mut since) = (0, Instant::now());
    loop {
        let overview = running.ledger.overview(now()).await.unwrap();
        if met(&overview) {
            return overview;
        }
        let in_step = Layer::ALL.iter().map(|&layer| overview.counts.of(layer).of(LayerState::Synced));
        let so_far = overview.dossiers + in_step.sum::<u64>();
        if so_far != before {
            (before, since) = (so_far, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "not {what} in time: {overview:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_complete(overview: &Overview) -> bool {
    let is_synced = |&layer: &Layer| overview.counts.of(layer).of(LayerState::Synced) == overview.dossiers;
    overview.dossiers > 0 && overview.to_verify == 0 && Layer::ALL.iter().all(is_synced)
}

fn nasty() -> Config {
    Config { seed: 16, faults: Faults::nasty(), ..Config::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_a_hosted_system_with_its_files_through_faults_on_both_sides() {
    Hosted::new(40, nasty(), OFTEN).await.converges().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reading_of_a_hosted_dossier_serves_all_of_its_files_and_each_of_these_is_asked_for_twice() {
    let mut world = World::new(Dialect::Rest, 24, Config::default(), "").await;
    let igate = Igate::start(world.rig.simulator.db(), IgateConfig::default()).await.unwrap();
    read_through(&mut world, &igate, OFTEN);
    let running = world.rig.start().await;
    grown(&running, "complete", |overview| overview.dossiers == 24 && is_complete(overview)).await;
    world.assert_equal().await;
    let files = u64::try_from(world.wanted().await.len()).unwrap();
    let counters = igate.counters();
    // To be proved, and to be uploaded; those of some once more, as their dossiers below.
    assert!((2 * files..=2 * files + 12).contains(&counters.files), "{files} files: {counters:?}");
    // Of the dossier to be sent, of its files, and of the dossier with them; of some once more after the tick of their change.
    assert!(counters.details <= 3 * 24 + 12, "{files} files: {counters:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_and_cannot_be_read_is_held_and_counted_over_http() {
    let mut world = World::new(Dialect::Rest, 8, Config::default(), "").await;
    let igate = Igate::start(world.rig.simulator.db(), IgateConfig::default()).await.unwrap();
    let codes: Vec<String> =
        Expectation::read(world.rig.simulator.db()).await.unwrap().dossiers.into_keys().collect();
    let hidden = &codes[3];
    execute(
        world.rig.simulator.db(),
        &format!("UPDATE ho_so SET ghi_chu = 'khuất' WHERE ma_ho_so = '{hidden}'"),
    )
    .await;
    let form = ".applicant.data as $form";
    let text = mapping().replace(form, &format!("select(.description != \"khuất\") | {form}"));
    read_by(&mut world, &igate, &text, &format!("{OFTEN}\nsweep = \"* * * * * *\""));
    let running = world.rig.start().await;
    let told = async || {
        let open = running.ledger.open_findings(100).await.unwrap();
        open.into_iter().map(|one| (one.code, one.finding.kind)).collect::<Vec<_>>()
    };
    let wanted = [(hidden.clone(), FindingKind::NotReadable)];
    until("named", async || told().await == wanted).await;
    running
        .until("the others are sent", |overview| {
            let presence = overview.counts.of(Layer::Presence);
            (presence.of(LayerState::Held), presence.of(LayerState::Synced)) == (1, 7)
        })
        .await;
    let counted = "dongbo_findings_open{kind=\"not_readable\"}";
    until("counted", async || sample(&running.metrics().await, counted) == Some(1.0)).await;
    assert!(world.rig.mock.dossier(hidden).is_none());

    let shown = format!("UPDATE ho_so SET ghi_chu = NULL WHERE ma_ho_so = '{hidden}'");
    execute(world.rig.simulator.db(), &shown).await;
    until("no longer told", async || told().await.is_empty()).await;
    grown(&running, "complete", |overview| overview.dossiers == 8 && is_complete(overview)).await;
    world.assert_equal().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hosted_system_that_is_watched_all_that_its_bridge_has_not_brought_is_told_and_nothing_else() {
    let mut hosted = Hosted::new(12, Config::default(), OFTEN).await;
    // The vendor's bridge is a dongbo with a ledger of its own.
    let bridge = hosted.world.rig.start().await;
    grown(&bridge, "brought", |overview| overview.dossiers == 12 && is_complete(overview)).await;
    bridge.stop().await;
    hosted.is_watched(12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_is_asked_with_the_token_that_reads_the_source_and_a_check_asks_for_nothing() {
    let mut world = World::new(Dialect::Rest, 6, Config::default(), "").await;
    let igate = Igate::start(world.rig.simulator.db(), IgateConfig::default()).await.unwrap();
    read_through(&mut world, &igate, OFTEN);
    let (folder, config) = watching(
        &world.rig,
        &format!(
            "[bridge]\nurl = \"{}bdtc/nps-dossier/--test-sync\"\nsign_in = \"source\"\nbody = '''{BODY}'''\nbetween = \"0s\"\n\
             look_up_after = \"1s\"\n",
            igate.url()
        ),
    );
    let looked = run(&folder, &["check", "--json"]).await;
    let looked: serde_json::Value = looked.json(looked.code);
    assert_eq!(item(&looked, "bridge")["outcome"], "ok", "{looked}");
    assert!(igate.asked().is_empty(), "a check asks for nothing");

    let running = Rig::start_with(&config, clock()).await;
    running.until("known", |overview| overview.dossiers == 6).await;
    let code =
        Expectation::read(world.rig.simulator.db()).await.unwrap().dossiers.into_keys().next().unwrap();
    igate.expire_tokens();
    run(&folder, &["resend", &code, "--yes", "--detach", "--json"]).await.json(0);
    until("asked as new and as changed", async || igate.asked().len() == 2).await;
    let asked: Vec<_> =
        igate.asked().into_iter().map(|one| (one.dossier.code, one.dossier.updated)).collect();
    assert_eq!(asked, [(code.clone(), false), (code, true)]);
    assert_eq!(writes(&world.rig), 0);
    running.stop().await;
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
async fn twelve_thousand_dossiers_of_a_hosted_system_arrive_and_are_watched() {
    let mut hosted = Hosted::new(12_000, nasty(), "poll_every = \"5s\"\noverlap_every = \"30s\"").await;
    let known = hosted.converges().await;
    hosted.is_watched(known).await;
}
