//! The admin API says and does what the accessors say and do.

use mock_portal::{CallEntry, Config, Counters, DossierView, Service};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, dossier, step};

async fn three_dossiers(world: &World) {
    world.create(&[dossier("A"), dossier("B"), dossier("C")]).await.unwrap();
    world.steps(&[step("B", "20250915081500"), step("B", "20250915091500")]).await.unwrap();
}

#[tokio::test]
async fn counters_are_told_and_reset() {
    let world = World::new().await;
    three_dossiers(&world).await;
    let told = world.admin(Method::GET, "counters", None).await;
    let counters: Counters = serde_json::from_str(&told.text).unwrap();
    assert_eq!(counters, world.portal.counters());
    assert_eq!(counters.calls["DongBoHoSoMC"], 1);
    assert_eq!(counters.by_service_outcome["auth"]["accepted"], 1);
    assert_eq!((counters.creates, counters.steps, counters.connections), (3, 2, 3));
    assert_eq!(world.admin(Method::POST, "counters/reset", None).await.status, 204);
    assert_eq!(world.portal.counters(), Counters { dossiers: 3, ..Counters::default() });
}

#[tokio::test]
async fn dossiers_come_in_pages_by_code() {
    let world = World::new().await;
    three_dossiers(&world).await;
    let page = async |query: &str| -> Vec<DossierView> {
        serde_json::from_str(&world.admin(Method::GET, &format!("dossiers{query}"), None).await.text).unwrap()
    };
    let codes = |page: &[DossierView]| page.iter().map(|dossier| dossier.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&page("").await), ["A", "B", "C"]);
    let second = page("?after=A&limit=1").await;
    assert_eq!(codes(&second), ["B"]);
    assert!(second[0].history.is_empty() && second[0].steps.len() == 2);
    assert_eq!(Value::Object(second[0].fields.clone()), dossier("B"));
    assert_eq!(page("?after=A&limit=1&history=true").await[0].history.len(), 3);
    assert_eq!(world.admin(Method::GET, "dossiers?aftr=A", None).await.status, 400);

    let one = world.admin(Method::GET, "dossiers/B", None).await;
    assert_eq!(serde_json::from_str::<DossierView>(&one.text).unwrap(), world.portal.dossier("B").unwrap());
    assert_eq!(world.admin(Method::GET, "dossiers/X", None).await.status, 404);
    assert_eq!(world.admin(Method::DELETE, "dossiers/B", None).await.status, 204);
    assert_eq!(world.admin(Method::DELETE, "dossiers/B", None).await.status, 404);
    assert!(!world.holds("B") && world.look_up("B").await.is_empty());
}

#[tokio::test]
async fn a_stored_dossier_can_be_damaged() {
    let world = World::new().await;
    three_dossiers(&world).await;
    let damage = json!({"set": {"TrangThaiHoSo": "10"}, "duplicate_step": 0, "swap_steps": [0, 1]});
    assert_eq!(world.admin(Method::POST, "dossiers/B/damage", Some(damage)).await.status, 204);
    let found = &world.look_up("B").await[0];
    assert_eq!(found["TrangThaiHoSo"], "10");
    let times: Vec<&str> = found["DanhSachTienDo"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["ThoiDiemXuLy"].as_str().unwrap())
        .collect();
    assert_eq!(times, ["20250915091500", "20250915081500", "20250915081500"]);
    let too_far = Some(json!({"drop_step": 3}));
    assert_eq!(world.admin(Method::POST, "dossiers/B/damage", too_far.clone()).await.status, 422);
    assert_eq!(world.admin(Method::POST, "dossiers/X/damage", too_far).await.status, 404);
    // The portal takes the damaged status for true: 10 is final.
    world.update(&[dossier("B")]).await.unwrap();
    assert_eq!(world.portal.counters().backward_moves, 1);
}

#[tokio::test]
async fn fault_rules_are_added_listed_and_removed() {
    let world = World::new().await;
    let one =
        json!({"service": "DongBoHoSoMC", "count": 1, "kind": {"type": "throttle", "retry_after_s": 2}});
    let told = world.admin(Method::POST, "faults", Some(one)).await;
    assert_eq!(told.json(), json!({"ids": ["throttle-1"]}));
    let many = json!([
        {"id": "x", "probability": 0.5, "kind": {"type": "hang"}},
        {"window": {"from_s": 0, "to_s": 60.5}, "kind": {"type": "lie"}}
    ]);
    assert_eq!(world.admin(Method::POST, "faults", Some(many)).await.json()["ids"], json!(["x", "lie-2"]));
    world.portal.remove_fault("x");
    assert_eq!(world.create(&[dossier("A")]).await.unwrap().status, 429);
    let listed = world.admin(Method::GET, "faults", None).await.json();
    assert_eq!(listed[0]["fired"], 1);
    assert_eq!(listed[0]["rule"]["kind"], json!({"type": "throttle", "retry_after_s": 2}));

    let half_wrong = json!([{"kind": {"type": "lie"}}, {"kind": {"type": "status", "code": 404}}]);
    assert_eq!(world.admin(Method::POST, "faults", Some(half_wrong)).await.status, 422);
    assert_eq!(world.portal.faults().len(), 2);
    let unknown = json!({"kind": {"type": "lie", "much": true}});
    let told = world.admin(Method::POST, "faults", Some(unknown)).await;
    assert!(told.status == 422 && told.text.contains("unknown field `much`"), "{}", told.text);

    assert_eq!(world.admin(Method::DELETE, "faults/lie-2", None).await.status, 204);
    assert_eq!(world.admin(Method::DELETE, "faults/lie-2", None).await.status, 404);
    assert_eq!(world.admin(Method::DELETE, "faults", None).await.status, 204);
    assert!(world.portal.faults().is_empty());
    // What struck stays counted after the rule is gone.
    let counters = world.portal.counters();
    assert_eq!((counters.faults["throttle-1"], counters.faults_by_kind["throttle"]), (1, 1));
}

#[tokio::test]
async fn procedures_vanish_and_come_back_on_order() {
    let world = World::new().await;
    let all = world.admin(Method::GET, "procedures", None).await.json();
    let listed = async || {
        let body = world.body("LayDanhSachTTHC", json!({}));
        world.post("/share", &body).await.unwrap().result().len()
    };
    let one = json!([all.as_array().unwrap()[0]]);
    assert_eq!(world.admin(Method::PUT, "procedures", Some(one)).await.status, 204);
    assert_eq!((listed().await, world.portal.procedures().len()), (1, 1));
    assert_eq!(world.admin(Method::PUT, "procedures", Some(all)).await.status, 204);
    assert_eq!(listed().await, 10);
}

#[tokio::test]
async fn the_port_is_shut_and_sessions_end_on_order() {
    let world = World::new().await;
    assert_eq!(world.admin(Method::POST, "sessions/expire", None).await.status, 204);
    assert_eq!(world.create(&[dossier("A")]).await.unwrap().code(), json!(-1));
    assert_eq!(world.admin(Method::POST, "down", Some(json!({"down": true}))).await.status, 204);
    world.create(&[dossier("A")]).await.unwrap_err();
    assert_eq!(world.admin(Method::POST, "down", Some(json!({"down": false}))).await.status, 204);
    assert_eq!(world.create(&[dossier("A")]).await.unwrap().code(), json!(-1));
}

#[tokio::test]
async fn the_call_log_tells_what_was_asked_and_what_was_answered() {
    let world = World::with(Config { log_bodies: true, ..Config::default() }).await;
    three_dossiers(&world).await;
    world.create(&[dossier("A")]).await.unwrap();
    let told = world.admin(Method::GET, "calls?after=1&limit=2", None).await;
    let calls: Vec<CallEntry> = serde_json::from_str(&told.text).unwrap();
    assert_eq!(calls, world.portal.calls()[1..3]);
    assert_eq!((calls[0].seq, calls[0].service), (2, Service::Upsert));
    assert_eq!(calls[0].dossiers, ["A", "B", "C"]);
    assert_eq!((calls[1].steps, calls[1].dossiers.len(), calls[1].http), (2, 2, Some(200)));
    assert!(calls[0].body.as_ref().unwrap().contains("Nguyễn Văn A"));
    let last = &world.admin(Method::GET, "calls?after=3", None).await.json()[0];
    assert_eq!((&last["outcome"], &last["error_code"]), (&json!("exists"), &json!("3")));
}
