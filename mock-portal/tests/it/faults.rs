//! Every fault, seen from the client's side and from the portal's.

use std::time::{Duration, Instant};

use mock_portal::{Config, FaultKind, FaultRule, Outcome, Service};
use serde_json::{Value, json};

use crate::support::{Told, World, dossier, step, with_json};

/// A create of "A" under one fault that strikes once: what was told.
async fn struck(world: &World, kind: FaultKind) -> Result<Told, reqwest::Error> {
    struck_with(world, FaultRule::new(kind), &[dossier("A")]).await
}

async fn struck_with(world: &World, rule: FaultRule, data: &[Value]) -> Result<Told, reqwest::Error> {
    let id = world.portal.add_fault(rule.times(1)).unwrap();
    let told = world.create(data).await;
    assert_eq!(world.portal.counters().faults.get(&id), Some(&1), "{id} did not strike");
    told
}

fn last_outcome(world: &World) -> Outcome {
    world.portal.calls().last().unwrap().outcome
}

#[tokio::test]
async fn delay_answers_late_and_well() {
    let world = World::new().await;
    let start = Instant::now();
    let told = struck(&world, FaultKind::Delay { ms: 30, ms_max: Some(40) }).await.unwrap();
    assert!(told.is_success() && world.holds("A"));
    assert!(start.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn hang_holds_until_the_client_leaves_or_the_cap_is_reached() {
    let world = World::new().await;
    let start = Instant::now();
    let error = struck(&world, FaultKind::Hang { max_ms: 20 }).await.unwrap_err();
    assert!(!error.is_timeout(), "{error:?}");
    assert_eq!(last_outcome(&world), Outcome::NotApplied);

    world.portal.add_fault(FaultRule::new(FaultKind::Hang { max_ms: 600_000 }).times(1)).unwrap();
    let request = world.http.post(format!("{}/integration", world.portal.url()));
    let request = with_json(request, &world.body("TraCuuHoSo", json!({"mahoso": "A"})));
    let asked = tokio::spawn(request.send());
    while last_outcome(&world) != Outcome::Pending {
        assert!(start.elapsed() < Duration::from_secs(60) && !asked.is_finished(), "it does not hang");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled() && !world.holds("A"));
}

#[tokio::test]
async fn late_cuts_at_once_and_lands_afterwards() {
    let world = World::new().await;
    struck(&world, FaultKind::Late { ms: 30 }).await.unwrap_err();
    assert_eq!(last_outcome(&world), Outcome::Pending);
    world.portal.settle().await;
    assert!(world.holds("A"));
    assert_eq!(last_outcome(&world), Outcome::Accepted);
}

#[tokio::test]
async fn a_late_request_that_was_sent_again_meets_what_the_second_did() {
    let world = World::new().await;
    struck(&world, FaultKind::Late { ms: 30 }).await.unwrap_err();
    let again = world.create(&[dossier("A")]).await.unwrap();
    world.portal.settle().await;
    assert_eq!(world.portal.dossier("A").unwrap().creates, 1);
    // Whichever came first, exactly one of them was refused.
    assert_eq!(world.portal.counters().by_service_outcome["DongBoHoSoMC"]["exists"], 1);
    assert!(again.is_success() || again.code() == json!("3"));
}

#[tokio::test]
async fn connections_are_closed_without_an_answer() {
    for (kind, applied) in [
        (FaultKind::RefuseConnection {}, false),
        (FaultKind::CloseBefore {}, false),
        (FaultKind::CloseAfter {}, true),
    ] {
        let world = World::new().await;
        let error = struck(&world, kind.clone()).await.unwrap_err();
        assert!(error.is_request() && !error.is_timeout() && error.status().is_none(), "{error:?}");
        assert_eq!(world.holds("A"), applied, "{kind:?}");
        let refused = u64::from(kind == FaultKind::RefuseConnection {});
        assert_eq!(world.portal.counters().connections_refused, refused);
        // The next call is served as if nothing had been.
        assert!(world.create(&[dossier("B")]).await.unwrap().is_success());
    }
}

#[tokio::test]
async fn a_refused_connection_can_be_meant_for_one_service() {
    let world = World::new().await;
    let rule = FaultRule::new(FaultKind::RefuseConnection {}).on(Service::Upsert);
    world.portal.add_fault(rule).unwrap();
    assert!(world.look_up("A").await.is_empty());
    world.create(&[dossier("A")]).await.unwrap_err();
    assert_eq!(world.portal.counters().connections_refused, 1);
}

#[tokio::test]
async fn throttle_tells_when_to_come_back() {
    let world = World::new().await;
    let told = struck(&world, FaultKind::Throttle { retry_after_s: 7 }).await.unwrap();
    assert_eq!((told.status, told.retry_after.as_deref()), (429, Some("7")));
    assert!(!world.holds("A"));
}

#[tokio::test]
async fn errors_pages_and_cut_answers_come_before_or_after() {
    for after in [false, true] {
        for code in [500, 502, 503] {
            let world = World::new().await;
            let told = struck(&world, FaultKind::Status { code, after }).await.unwrap();
            assert_eq!((told.status, world.holds("A")), (code, after));
        }
        let world = World::new().await;
        let told = struck(&world, FaultKind::Html { after }).await.unwrap();
        assert!(told.status == 200 && told.text.starts_with("<!DOCTYPE html>"));
        assert_eq!(world.holds("A"), after);

        let world = World::new().await;
        let told = struck(&world, FaultKind::CutJson { after }).await.unwrap();
        assert!(told.status == 200 && told.text.starts_with(r#"{"error_code":0,"#), "{}", told.text);
        assert!(serde_json::from_str::<Value>(&told.text).is_err());
        assert_eq!(world.holds("A"), after);

        let world = World::new().await;
        let told = struck(&world, FaultKind::UnknownCode { after }).await.unwrap();
        assert_eq!((told.status, told.code(), world.holds("A")), (200, json!("77"), after));
        let outcome = if after { Outcome::Accepted } else { Outcome::NotApplied };
        assert_eq!(last_outcome(&world), outcome);
    }
}

#[tokio::test]
async fn session_lapse_ends_every_session() {
    let mut world = World::new().await;
    let told = struck(&world, FaultKind::SessionLapse {}).await.unwrap();
    assert_eq!(told.code(), json!(-1));
    assert_eq!(world.create(&[dossier("A")]).await.unwrap().code(), json!(-1));
    world.log_in().await;
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
}

#[tokio::test]
async fn already_exists_is_claimed_of_an_unknown_dossier() {
    for applied in [false, true] {
        let world = World::new().await;
        let told = struck(&world, FaultKind::AlreadyExists { applied }).await.unwrap();
        assert_eq!(told.code(), json!("3"));
        assert_eq!(told.message(), "Hồ sơ A: mã hồ sơ đã tồn tại trên hệ thống");
        assert_eq!(world.holds("A"), applied);
    }
}

#[tokio::test]
async fn a_lie_says_success_and_stores_nothing() {
    let world = World::new().await;
    assert!(struck(&world, FaultKind::Lie {}).await.unwrap().is_success());
    assert!(!world.holds("A"));
    assert_eq!(last_outcome(&world), Outcome::NotApplied);
    world.create(&[dossier("A")]).await.unwrap();
    world.portal.add_fault(FaultRule::new(FaultKind::Lie {})).unwrap();
    assert!(world.steps(&[step("A", "20250915081500")]).await.unwrap().is_success());
    assert!(world.portal.dossier("A").unwrap().steps.is_empty());
    // What would be refused is refused all the same.
    assert_eq!(world.create(&[dossier("A")]).await.unwrap().code(), json!("3"));
}

#[tokio::test]
async fn content_is_refused_for_the_dossier_that_is_meant() {
    let world = World::new().await;
    let message = "thiếu thành phần hồ sơ".to_owned();
    let rule = FaultRule::new(FaultKind::RefuseContent { message }).for_dossier("B");
    let data = [dossier("A"), dossier("B"), dossier("C")];
    let told = struck_with(&world, rule, &data).await.unwrap();
    assert_eq!((told.code(), told.message()), (json!("-2"), "Hồ sơ B: thiếu thành phần hồ sơ".to_owned()));
    assert!(world.portal.dossiers().is_empty());
}

#[tokio::test]
async fn a_share_of_the_dossiers_is_refused_always_the_same() {
    let config = Config { seed: 3, ..Config::default() };
    let world = World::with(config).await;
    let rule = FaultRule::new(FaultKind::RefuseContent { message: "sai".to_owned() });
    world.portal.add_fault(rule.named("bad").for_percent_of_dossiers(30.0)).unwrap();
    let mut refused = 0;
    for n in 0..30 {
        let code = format!("H48-{n}");
        let is_meant = mock_portal::is_chosen(3, "bad", &code, 30.0);
        for _ in 0..2 {
            let told = world.create(&[dossier(&code)]).await.unwrap();
            assert_eq!(told.code() == json!("-2"), is_meant, "{code}");
        }
        refused += u32::from(is_meant);
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn partial_applies_half_and_does_not_say_which() {
    let world = World::new().await;
    let codes = ["A", "B", "C", "D", "E"];
    let data: Vec<Value> = codes.iter().map(|code| dossier(code)).collect();
    let told = struck_with(&world, FaultRule::new(FaultKind::Partial {}), &data).await.unwrap();
    assert_eq!(told.code(), json!("-2"));
    assert!(!told.message().contains("Hồ sơ "), "{}", told.message());
    assert_eq!(world.portal.dossiers().len(), 2);
    assert_eq!(last_outcome(&world), Outcome::Partial);
}

#[tokio::test]
async fn faults_can_strike_the_log_in() {
    let world = World::new().await;
    world
        .portal
        .add_fault(FaultRule::new(FaultKind::Status { code: 503, after: false }).on(Service::Auth))
        .unwrap();
    let told = world.post("/auth", &json!({"username": "dongbo", "password": "dongbo"})).await.unwrap();
    assert_eq!(told.status, 503);
    assert_eq!(world.portal.counters().logins, 1);
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
}
