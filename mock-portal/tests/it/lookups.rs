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
                .contains(&json!({"MALINHVUC": "G-HT", "TENLINHVUC": "Hộ tịch", "MANGANH": "G15"}))
        );
        let commune = json!({"MADONVI": "H48.57", "TENDONVI": "Ủy ban nhân dân xã Bờ Y", "CAPDONVI": "4"});
        assert!(list(path, "LayDanhMucCoQuan").await.contains(&commune));
    }
    let told = world.post("/share", &world.body("TraCuuHoSo", json!({"mahoso": "A"}))).await.unwrap();
    assert_eq!(told.code(), json!("-7"));

    let one = async |code: &str| world.call("LayThuTuc", json!({"maTTHC": code})).await.unwrap().result();
    let copies = &one("2.000815").await[0];
    let field = json!([{"MALINHVUC": "G-CT", "TENLINHVUC": "Chứng thực", "MANGANH": "G15"}]);
    assert_eq!(copies["LINHVUCTHUCHIEN"], field);
    let fee = json!([{"MAPHILEPHI": "LP.2.000815", "SOTIEN": "2000", "DONVI": "đồng", "MOTA": "Lệ phí"}]);
    assert_eq!(copies["CACHTHUCTHUCHIEN"][0]["THOIGIAN"][0]["PHILEPHI"], fee);
    assert_eq!(copies["KETQUATHUCHIEN"][0]["MAKETQUA"], "KQ.G07.000128");
    assert_eq!(copies["THANHPHANHOSO"][0]["GIAYTO"][1]["MAGIAYTO"], "TP.2.000815.02");
    let land = &one("1.012812").await[0];
    assert_eq!(land["KETQUATHUCHIEN"], json!([]));
    assert_eq!(land["CACHTHUCTHUCHIEN"][0]["THOIGIAN"][0]["PHILEPHI"], json!([]));
    assert!(one("9.999999").await.is_empty());
}

#[tokio::test]
async fn questions_answers_and_applicants_codes_are_served() {
    let world = World::new().await;
    let questions = world.call("LayDanhSachHoiDapGuiTuDVCQG", json!({})).await.unwrap().result();
    assert_eq!((&questions[0]["HOIDAPID"], &questions[0]["TRALOIID"]), (&json!(1), &json!(0)));
    assert!(questions.iter().all(|question| question["NOIDUNG"].is_string() && question["MADONVI"] == "H48"));
    let answer =
        json!({"HOIDAPID": 1, "MaLinhVuc": "G-HT", "NOIDUNG": "?", "MADONVI": "H48", "TENDONVI": "x"});
    assert!(world.call("DongBoHoiDap", json!({"data": [answer]})).await.unwrap().is_success());
    let told = world.call("DongBoHoiDap", json!({"data": [{"NOIDUNG": "?"}]})).await.unwrap();
    assert_eq!((told.code(), told.message().contains("data[0].HOIDAPID")), (json!("-2"), true));
    let code = async |number: &str| {
        world.call("TraCuuTechID", json!({"mstorcmnd": number})).await.unwrap().result()[0].clone()
    };
    assert!(code("051090000001").await["MaDoiTuong"].is_string());
    assert_eq!(code("051090000001").await, code("051090000001").await);
    assert_ne!(code("051090000001").await, code("051090000002").await);
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
