//! Look-ups: dossiers and lists.

use mock_portal::{Config, Lookup, Rules};
use serde_json::json;

use crate::support::{World, dossier, step, with};

#[tokio::test]
async fn a_look_up_gives_the_dossier_as_stored_with_its_steps() {
    let world = World::new().await;
    assert!(world.look_up("A").await.is_empty());
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
    assert!(
        world.steps(&[step("A", "20250915081500"), step("A", "20250915091500")]).await.unwrap().is_success()
    );
    let mut expected = dossier("A");
    expected["DanhSachTienDo"] = json!([step("A", "20250915081500"), step("A", "20250915091500")]);
    assert_eq!(world.look_up("A").await, [expected]);
}

#[tokio::test]
async fn steps_and_result_papers_can_be_kept_back() {
    for (steps, files) in [(false, true), (true, false), (false, false)] {
        let world =
            World::with(Config { lookup: Lookup { steps, files, ..Lookup::default() }, ..Config::default() })
                .await;
        world.create(&[dossier("A")]).await.unwrap();
        world.steps(&[step("A", "20250915081500")]).await.unwrap();
        let found = world.look_up("A").await;
        let found = found[0].as_object().unwrap();
        assert_eq!(found.contains_key("DanhSachTienDo"), steps);
        assert_eq!(found.contains_key("DanhSachGiayToKetQua"), files);
        assert_eq!(found["ChuHoSo"], dossier("A")["ChuHoSo"]);
    }
}

#[tokio::test]
async fn procedures_fields_and_agencies_are_listed() {
    let world = World::new().await;
    let list = async |path: &str, service: &str| {
        world.post(path, &world.body(service, json!({}))).await.unwrap().result()
    };
    for path in ["/share", "/integration"] {
        let procedures = list(path, "LayDanhSachTTHC").await;
        assert_eq!(procedures.len(), 10);
        assert_eq!(procedures[0], json!({"MATTHC": "1.001193", "TENTTHC": "Đăng ký khai sinh"}));
        assert!(
            list(path, "LayDanhMucLinhVuc")
                .await
                .contains(&json!({"MALINHVUC": "G-HT", "TENLINHVUC": "Hộ tịch"}))
        );
        assert!(list(path, "LayDanhMucCoQuan").await[0]["MACOQUAN"].is_string());
    }
    let told = world.post("/share", &world.body("TraCuuHoSo", json!({"mahoso": "A"}))).await.unwrap();
    assert_eq!(told.code(), json!("-7"));

    let one = async |code: &str| world.call("LayThuTuc", json!({"maTTHC": code})).await.unwrap().result();
    let copies = &one("2.000815").await[0];
    assert_eq!(copies["LINHVUCTHUCHIEN"], json!([{"MALINHVUC": "G-CT", "TENLINHVUC": "Chứng thực"}]));
    assert_eq!(copies["PHILEPHI"], json!([{"MUCPHI": "2000"}]));
    assert_eq!(one("1.012812").await[0]["KETQUATHUCHIEN"], json!([]));
    assert!(one("9.999999").await.is_empty());
}

#[tokio::test]
async fn a_procedure_that_is_not_in_the_catalogue_is_refused_if_so_configured() {
    let unknown = with(dossier("A"), "MaTTHC", "9.999999");
    let strict = Rules { check_procedures: true, ..Rules::default() };
    let world = World::with(Config { rules: strict, ..Config::default() }).await;
    let told = world.create(std::slice::from_ref(&unknown)).await.unwrap();
    assert_eq!(told.code(), json!("-9"));
    assert!(told.message().contains("9.999999"));
    assert!(World::new().await.create(&[unknown]).await.unwrap().is_success());
}
