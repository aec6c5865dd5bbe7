//! The form of a province's proxy: bare arrays, no log-in, and statuses that go back on a cancellation.

use mock_portal::{Config, Ndxp};
use serde_json::{Value, json};

use crate::support::{Told, World, dossier, step, with};

const UNIT: &str = "MaDinhDanhDV=000.00.01.H22";

async fn world() -> World {
    World::with(Config { start_down: false, ..Config::default() }).await
}

impl World {
    async fn by_proxy(&self, path: &str, query: &str, body: Value) -> Told {
        self.post(&format!("/proxy/{path}?{query}"), &body).await.unwrap()
    }

    async fn put(&self, updating: &str, dossiers: Value) -> Told {
        self.by_proxy("DongBoHoSoMC", &format!("{UNIT}&isUpdating={updating}"), dossiers).await
    }
}

#[tokio::test]
async fn dossiers_and_steps_go_as_bare_arrays_without_a_session() {
    let world = world().await;
    let received = with(dossier("H22-1"), "SoBienNhan", "BN-1");
    assert!(world.put("False", json!([received])).await.is_success());
    assert_eq!(world.put("False", json!([received])).await.code(), json!("3"));
    assert!(world.put("True", json!([received])).await.is_success());
    assert_eq!(world.put("True", json!([dossier("H22-2")])).await.code(), json!("-4"));
    let steps = json!([step("H22-1", "20250915081500")]);
    assert!(world.by_proxy("CapNhatTienDoHoSoMC", UNIT, steps).await.is_success());
    let found = world.by_proxy("TraCuuHoSo", &format!("{UNIT}&MaHoSo=H22-1"), json!([])).await.result();
    assert_eq!(
        (&found[0]["SoBienNhan"], found[0]["DanhSachTienDo"].as_array().unwrap().len()),
        (&json!("BN-1"), 1)
    );
    assert!(
        world.by_proxy("TraCuuHoSo", &format!("{UNIT}&MaHoSo=H22-9"), json!([])).await.result().is_empty()
    );
    // The adapter's form knows no such field.
    let told = world.create(&[with(dossier("H22-3"), "SoBienNhan", "BN-1")]).await.unwrap();
    assert!(told.message().contains("SoBienNhan không có trong đặc tả"), "{}", told.text);
}

#[tokio::test]
async fn what_is_missing_around_the_array_is_told() {
    let world = world().await;
    for (query, body, hint) in [
        ("isUpdating=False", json!([dossier("H22-1")]), "madonvi"),
        (UNIT, json!([dossier("H22-1")]), "isUpdating"),
        (&format!("{UNIT}&isUpdating=False"), json!([]), "data"),
        (&format!("{UNIT}&isUpdating=False"), json!({"data": []}), "mảng"),
        (&format!("{UNIT}&isUpdating=False"), json!(["x"]), "data[0]"),
    ] {
        let told = world.by_proxy("DongBoHoSoMC", query, body).await;
        assert!(!told.is_success() && told.message().contains(hint), "{hint}: {}", told.text);
    }
}

#[tokio::test]
async fn a_cancellation_brings_a_dossier_back_and_is_no_move_backwards() {
    let world = world().await;
    assert!(world.put("False", json!([with(dossier("H22-1"), "TrangThaiHoSo", "10")])).await.is_success());
    assert!(world.put("True", json!([with(dossier("H22-1"), "TrangThaiHoSo", "2")])).await.is_success());
    assert_eq!(world.portal.counters().backward_moves, 0);
    assert!(world.put("True", json!([with(dossier("H22-1"), "TrangThaiHoSo", "10")])).await.is_success());
    assert!(world.put("True", json!([with(dossier("H22-1"), "TrangThaiHoSo", "4")])).await.is_success());
    assert_eq!(world.portal.counters().backward_moves, 1, "only back to the beginning");
}

#[tokio::test]
async fn a_proxy_may_have_no_look_up() {
    let ndxp = Ndxp { proxy_lookup_path: String::new(), ..Ndxp::default() };
    let world = World::with(Config { ndxp, ..Config::default() }).await;
    assert_eq!(world.by_proxy("TraCuuHoSo", UNIT, json!([])).await.status, 404);
}
