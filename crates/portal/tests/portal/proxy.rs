//! The form of a province's proxy: what is sent, and what is done where nothing can be looked up.

use dongbo_model::{Mode, Status, Text};
use dongbo_portal::{Dialect, NdxpForm, Outcome, StepsSeen};
use mock_portal::{Config, FaultKind, Service};
use serde_json::Value;

use crate::canned::{self, Canned};
use crate::fixture::{CANARIES, maximal, minimal};
use crate::world::World;

fn proxy(config: &mut dongbo_portal::Settings) {
    config.ndxp.form = NdxpForm::Proxy;
    config.adapter_url.push_str("/proxy");
    config.dstcode.clear();
    config.username.clear();
    // There is none, and none is read.
    config.password_file = "/nowhere/portal.password".into();
    "000.00.01.H22".clone_into(&mut config.unit_code);
}

fn looking_up(config: &mut dongbo_portal::Settings) {
    proxy(config);
    "/TraCuuHoSo".clone_into(&mut config.ndxp.lookup_path);
}

async fn world(change: fn(&mut dongbo_portal::Settings)) -> World {
    World::new(Dialect::Ndxp, Config::default(), change).await
}

#[tokio::test]
async fn a_dossier_lives_by_the_proxy_without_a_log_in() {
    let world = world(looking_up).await;
    let mut dossier = maximal("H22-1");
    assert_eq!(world.portal.look_up(&dossier, Mode::Push).await, Ok(None));
    assert_eq!(world.create(&dossier).await.0.outcome, Outcome::Delivered);
    assert_eq!(world.append(&dossier, None, 0..3).await.outcome, Outcome::Delivered);
    let seen = world.see(&dossier).await;
    assert_eq!((seen.content_equal, seen.steps), (true, StepsSeen::Prefix(3)));
    dossier.note = Text::new("rev=4");
    assert_eq!(world.create(&dossier).await.0.outcome, Outcome::Duplicate, "a look-up decides");
    assert_eq!(world.update(&dossier, None).await.outcome, Outcome::Delivered);
    assert!(world.see(&dossier).await.content_equal);
    assert_eq!(world.update(&minimal("H22-2"), None).await.outcome, Outcome::NotFound);
    assert_eq!(world.portal.log_in().await.outcome, Outcome::Delivered);
    assert_eq!(world.portal.probe(&dossier.code).await.outcome, Outcome::Delivered);
    assert_eq!(world.mock.counters().logins, 0);
}

#[tokio::test]
async fn unit_and_kind_stand_in_the_address_and_the_body_is_a_bare_array() {
    let ok = || canned::json(r#"{"error_code":"0","message":"","result":[]}"#);
    let server = Canned::start([ok(), ok(), ok()]).await;
    let world = World::new(Dialect::Ndxp, Config::default(), |config| {
        proxy(config);
        config.adapter_url = server.url();
        "/api/SynsTTHCC/DongBoHoSoMC".clone_into(&mut config.ndxp.dossiers_path);
    })
    .await;
    let dossier = maximal("H22-1");
    world.create(&dossier).await;
    world.update(&dossier, None).await;
    world.append(&dossier, None, 0..2).await;
    let calls = server.calls();
    for (call, path) in calls.iter().zip([
        "/api/SynsTTHCC/DongBoHoSoMC?MaDinhDanhDV=000.00.01.H22&isUpdating=False",
        "/api/SynsTTHCC/DongBoHoSoMC?MaDinhDanhDV=000.00.01.H22&isUpdating=True",
        "/CapNhatTienDoHoSoMC?MaDinhDanhDV=000.00.01.H22",
    ]) {
        assert!(call.head.starts_with(&format!("POST {path} ")), "{}", call.head);
        assert!(!call.head.to_lowercase().contains("dstcode"), "{}", call.head);
    }
    let sent: Value = serde_json::from_str(&calls[0].body).unwrap();
    let sent = sent.as_array().unwrap();
    assert_eq!((&sent[0]["MaHoSo"], &sent[0]["SoBienNhan"]), (&"H22-1".into(), &"".into()));
    let steps: Value = serde_json::from_str(&calls[2].body).unwrap();
    assert_eq!(steps.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn where_nothing_is_looked_up_a_create_of_a_known_dossier_replaces_it_and_an_update_of_none_creates_it()
{
    let world = world(proxy).await;
    assert!(!world.portal.looks_up());
    let dossier = maximal("H22-1");
    assert_eq!(world.portal.look_up(&dossier, Mode::Push).await.unwrap_err().outcome, Outcome::Config);
    assert_eq!(world.update(&dossier, None).await.outcome, Outcome::Delivered);
    world.strike(Service::Upsert, FaultKind::CloseAfter {});
    assert_eq!(world.create(&minimal("H22-2")).await.0.outcome, Outcome::Unknown);
    assert_eq!(world.create(&minimal("H22-2")).await.0.outcome, Outcome::Delivered);
    let counters = world.mock.counters();
    assert_eq!((counters.creates, counters.created_twice, counters.dossiers), (2, 0, 2));
    assert_eq!(world.portal.probe(&dossier.code).await.outcome, Outcome::Delivered);
    assert_eq!(world.mock.counters().creates, 2, "a probe changes nothing");
}

#[tokio::test]
async fn a_proxy_that_is_down_or_refuses_a_dossier_is_told_without_a_word_of_the_dossier() {
    let world = world(proxy).await;
    world.strike(Service::Upsert, FaultKind::Status { code: 502, after: false });
    assert_eq!(world.portal.log_in().await.outcome, Outcome::Transient);
    let message = format!("thông tin của {} không hợp lệ", CANARIES[0]);
    world.strike(Service::Upsert, FaultKind::RefuseContent { message });
    let (answer, _) = world.create(&maximal("H22-1")).await;
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert!(!answer.message.contains(CANARIES[0]), "{}", answer.message);
}

#[tokio::test]
async fn a_cancellation_is_expected_of_a_proxy_only() {
    let (proxy, adapter) = (world(proxy).await, world(|_| {}).await);
    for after in [Status::Registered, Status::Accepted] {
        assert!(proxy.portal.expects_move(Status::Returned, after));
        assert!(!adapter.portal.expects_move(Status::Returned, after));
    }
    assert!(!proxy.portal.expects_move(Status::Returned, Status::InProcess));
}
