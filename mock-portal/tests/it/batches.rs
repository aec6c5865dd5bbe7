//! Creates, updates and steps: what is stored, refused, counted.

use mock_portal::{Config, ErrorCode, Ndxp, Operation, Outcome, Rules};
use serde_json::{Value, json};

use crate::support::{World, dossier, step, with};

fn rules(rules: Rules) -> Config {
    Config { rules, ..Config::default() }
}

#[tokio::test]
async fn create_update_and_steps_are_kept_with_their_history() {
    let world = World::new().await;
    world.create(&[with(dossier("A"), "GhiChu", "rev=1")]).await.unwrap();
    world.steps(&[step("A", "20250915081500")]).await.unwrap();
    world.update(&[with(with(dossier("A"), "TrangThaiHoSo", "9"), "GhiChu", "rev=2")]).await.unwrap();
    let kept = world.portal.dossier("A").unwrap();
    assert_eq!(kept.fields["TrangThaiHoSo"], "9");
    assert_eq!((kept.creates, kept.steps.len()), (1, 1));
    let history: Vec<_> = kept
        .history
        .iter()
        .map(|write| (write.call, write.operation, write.status, write.note.as_str()))
        .collect();
    let expected =
        [(2, Operation::Create, 4, "rev=1"), (3, Operation::Step, 2, ""), (4, Operation::Update, 9, "rev=2")];
    assert_eq!(history, expected);
    let counters = world.portal.counters();
    assert_eq!((counters.creates, counters.updates, counters.steps, counters.dossiers), (1, 1, 1, 1));
}

#[tokio::test]
async fn a_create_of_a_known_dossier_and_an_update_of_an_unknown_one_are_refused() {
    let world = World::new().await;
    world.create(&[dossier("A")]).await.unwrap();
    let told = world.create(&[with(dossier("A"), "ChuHoSo", "khác")]).await.unwrap();
    assert_eq!(told.code(), json!("3"));
    assert!(told.message().contains("đã tồn tại") && told.message().contains('A'));
    assert_ne!(world.portal.dossier("A").unwrap().fields["ChuHoSo"], "khác");
    for told in [
        world.update(&[dossier("B")]).await.unwrap(),
        world.steps(&[step("B", "20250915081500")]).await.unwrap(),
    ] {
        assert_eq!(told.code(), json!("-4"));
        assert!(told.message().contains("không tìm thấy hồ sơ"));
    }
    assert_eq!(world.portal.dossiers().len(), 1);
    // Twice in one call is known the second time.
    let told = world.create(&[dossier("C"), dossier("C")]).await.unwrap();
    assert_eq!(told.code(), json!("3"));
    assert!(!world.holds("C"));

    let ndxp = Ndxp { exists_code: ErrorCode::from("-3"), ..Ndxp::default() };
    let world = World::with(Config { ndxp, ..Config::default() }).await;
    world.create(&[dossier("A")]).await.unwrap();
    assert_eq!(world.create(&[dossier("A")]).await.unwrap().code(), json!("-3"));
}

#[tokio::test]
async fn a_portal_that_does_not_notice_creates_twice_and_counts_it() {
    let world = World::with(rules(Rules { refuse_known_create: false, ..Rules::default() })).await;
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
    assert_eq!(world.portal.counters().created_twice, 1);
}

#[tokio::test]
async fn one_bad_item_refuses_the_whole_call_and_is_named() {
    let world = World::new().await;
    let bad = |code| with(dossier(code), "TrichYeuHoSo", "");
    let told = world.create(&[dossier("A"), bad("B"), bad("C")]).await.unwrap();
    assert_eq!(told.code(), json!("-2"));
    assert_eq!(told.message(), "Hồ sơ B: Trường TrichYeuHoSo bắt buộc phải có");
    assert!(world.portal.dossiers().is_empty());
    world.create(&[dossier("A")]).await.unwrap();
    let told = world.steps(&[step("A", "20250915081500"), step("B", "20250915081500")]).await.unwrap();
    assert_eq!(told.code(), json!("-4"));
    assert!(world.portal.dossier("A").unwrap().steps.is_empty());

    let world = World::with(rules(Rules { name_offender: false, ..Rules::default() })).await;
    let told = world.create(&[dossier("A"), bad("B")]).await.unwrap();
    assert_eq!(told.message(), "Trường TrichYeuHoSo bắt buộc phải có");
}

#[tokio::test]
async fn without_atomic_batches_the_good_items_are_applied() {
    let world = World::with(rules(Rules { atomic_batches: false, ..Rules::default() })).await;
    let bad = with(dossier("B"), "TrichYeuHoSo", "");
    let told = world.create(&[dossier("A"), bad.clone(), dossier("C")]).await.unwrap();
    assert_eq!(told.code(), json!("-2"));
    assert!(world.holds("A") && !world.holds("B") && world.holds("C"));
    assert_eq!(world.portal.calls().last().unwrap().outcome, Outcome::Partial);
    world.create(&[bad]).await.unwrap();
    assert_eq!(world.portal.calls().last().unwrap().outcome, Outcome::Rejected);
}

#[tokio::test]
async fn calls_have_a_largest_size() {
    let world = World::new().await;
    let dossiers: Vec<Value> = (0..51).map(|n| dossier(&format!("H48-{n:02}"))).collect();
    let told = world.create(&dossiers).await.unwrap();
    assert_eq!((told.code(), told.message().contains("50")), (json!("-5"), true));
    assert!(world.create(&dossiers[..50]).await.unwrap().is_success());
    let steps: Vec<Value> = (0..11).map(|n| step("H48-00", &format!("202509150815{n:02}"))).collect();
    let told = world.steps(&steps).await.unwrap();
    assert_eq!((told.code(), told.message().contains("10")), (json!("-5"), true));
    assert!(world.steps(&steps[..10]).await.unwrap().is_success());
    assert_eq!(world.portal.counters().steps, 10);
}

#[tokio::test]
async fn mistakes_of_the_client_are_counted() {
    let world = World::new().await;
    world.create(&[dossier("A")]).await.unwrap();
    let late = step("A", "20250915081500");
    world.steps(&[step("A", "20250915091500"), late.clone()]).await.unwrap();
    assert_eq!(world.portal.counters().steps_out_of_order, 1);
    assert_eq!(world.portal.counters().duplicate_steps, 0);
    // An empty field is no difference that the citizen could see.
    let mut same = late;
    same.as_object_mut().unwrap().retain(|_, value| value != "");
    world.steps(&[same]).await.unwrap();
    assert_eq!(world.portal.counters().duplicate_steps, 1);
    world.update(&[with(dossier("A"), "TrangThaiHoSo", "10")]).await.unwrap();
    assert_eq!(world.portal.counters().backward_moves, 0);
    world.update(&[dossier("A")]).await.unwrap();
    assert_eq!(world.portal.counters().backward_moves, 1);
    assert_eq!(world.portal.dossier("A").unwrap().fields["TrangThaiHoSo"], "4");
}
