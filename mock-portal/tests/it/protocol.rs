//! Log-in, sessions, envelope, paths: everything around the dossiers.

use mock_portal::{Config, ErrorCode, Ndxp, Outcome, Rules};
use serde_json::{Value, json};

use crate::support::{World, dossier, http, read, with_json};

fn ndxp(ndxp: Ndxp) -> Config {
    Config { ndxp, ..Config::default() }
}

#[tokio::test]
async fn log_in_gives_a_session_or_a_reason() {
    let world = World::new().await;
    let told = world.post("/auth", &json!({"username": "dongbo", "password": "dongbo"})).await.unwrap();
    assert!(told.is_success() && told.json()["session"].as_str().unwrap().len() == 32);
    for wrong in [
        json!({"username": "dongbo", "password": "x"}),
        json!({"username": "x", "password": "dongbo"}),
        json!({}),
    ] {
        let told = world.post("/auth", &wrong).await.unwrap();
        assert_eq!((told.code(), told.message().as_str()), (json!(1), "Sai tên đăng nhập hoặc mật khẩu"));
    }
    let told = world.post("/auth", &json!({"username": 1, "password": "x"})).await.unwrap();
    assert_eq!((told.code(), told.message().as_str()), (json!("-2"), "Trường username phải là chuỗi ký tự"));
    assert_eq!(world.portal.counters().logins, 2);
}

#[tokio::test]
async fn a_session_that_is_unknown_lapsed_or_ended_is_refused() {
    let mut world = World::new().await;
    world.portal.expire_sessions();
    let told = world.create(&[dossier("A")]).await.unwrap();
    assert_eq!((told.status, told.code()), (200, json!(-1)));
    assert!(told.message().contains("phiên") && told.message().contains("session"));
    assert!(!world.holds("A"));
    world.log_in().await;
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
    world.session = "bịa".to_owned();
    assert_eq!(world.create(&[dossier("B")]).await.unwrap().code(), json!(-1));

    let config = Ndxp { session_life_s: 0, session_lapse_status: 401, ..Ndxp::default() };
    let world = World::with(ndxp(config)).await;
    let told = world.create(&[dossier("A")]).await.unwrap();
    assert_eq!((told.status, told.code()), (401, json!(-1)));
    assert_eq!(world.portal.calls().last().unwrap().outcome, Outcome::SessionLapsed);
}

#[tokio::test]
async fn the_envelope_is_checked_field_by_field() {
    let world = World::new().await;
    let data = json!([dossier("A")]);
    let cases: [(&str, Value, &str, &str); 12] = [
        ("DongBoHoSo", json!({}), "-7", "service"),
        ("DongBoHoSoMC", json!({"isUpdating": "False"}), "-2", "data"),
        ("DongBoHoSoMC", json!({"isUpdating": "False", "data": []}), "-2", "data"),
        ("DongBoHoSoMC", json!({"isUpdating": "False", "data": {}}), "-2", "data phải là mảng"),
        ("DongBoHoSoMC", json!({"isUpdating": "False", "data": ["x"]}), "-2", "data[0]"),
        ("DongBoHoSoMC", json!({"data": data}), "-2", "isUpdating"),
        ("DongBoHoSoMC", json!({"isUpdating": false, "data": data}), "-2", "isUpdating"),
        ("DongBoHoSoMC", json!({"isUpdating": "false", "data": data}), "-2", "isUpdating"),
        (
            "DongBoHoSoMC",
            json!({"isUpdating": "False", "data": data, "x": ""}),
            "-2",
            "x không có trong đặc tả",
        ),
        ("TraCuuHoSo", json!({}), "-2", "mahoso"),
        ("TraCuuHoSo", json!({"mahoso": 5}), "-2", "mahoso"),
        ("TraCuuHoSo", json!({"mahoso": "A", "madonvi": ""}), "-6", "madonvi"),
    ];
    for (service, extra, code, part) in cases {
        let told = world.call(service, extra.clone()).await.unwrap();
        assert_eq!(told.code(), json!(code), "{service} {extra}");
        assert!(told.message().contains(part), "{service} {extra}: {}", told.message());
    }
    assert!(world.portal.dossiers().is_empty());
    assert_eq!(world.portal.counters().rejected, 12);
}

#[tokio::test]
async fn the_http_frame_is_checked() {
    let config = Config {
        ndxp: Ndxp { routing_code: "VN:GOV:DVCQG".to_owned(), ..Ndxp::default() },
        rules: Rules { max_body_bytes: 4_096, ..Rules::default() },
        ..Config::default()
    };
    let world = World::with(config).await;
    let url = |path: &str| format!("{}{path}", world.portal.url());
    let post = |path: &str| http().post(url(path)).header("dstcode", "VN:GOV:DVCQG");
    let status = async |request: reqwest::RequestBuilder| read(request.send().await.unwrap()).await.unwrap();

    assert_eq!(status(with_json(post("/other"), &json!({}))).await.status, 404);
    assert_eq!(status(http().get(url("/integration"))).await.status, 405);
    assert_eq!(status(post("/integration").body("{}")).await.status, 415);
    assert_eq!(status(with_json(post("/integration"), &json!({"x": "y".repeat(5_000)}))).await.status, 413);
    for body in ["", "{", "[]", "\"x\"", "{\"a\": \u{1}}"] {
        let request =
            post("/integration").header("content-type", "application/json; charset=utf-8").body(body);
        assert_eq!(status(request).await.code(), json!("-8"), "{body}");
    }
    let elsewhere = with_json(http().post(url("/auth")), &json!({})).header("dstcode", "VN:GOV:X");
    let told = status(elsewhere).await;
    assert_eq!((told.status, told.code()), (200, json!("-6")));
    assert!(told.message().contains("dstcode"));
}

#[tokio::test]
async fn units_paths_and_success_codes_are_configurable() {
    let config = Ndxp {
        auth_path: "/a/login".to_owned(),
        units: vec!["H48.58".to_owned()],
        success_codes: vec![ErrorCode::Number(0), ErrorCode::from("0"), ErrorCode::from("00")],
        ..Ndxp::default()
    };
    let mut world = World::with(Config { start_down: true, ..ndxp(config) }).await;
    world.portal.set_down(false);
    assert_eq!(world.portal.paths().auth, "/a/login");
    let told = world.post("/a/login", &json!({"username": "dongbo", "password": "dongbo"})).await.unwrap();
    world.session = told.json()["session"].as_str().unwrap().to_owned();
    assert_eq!(world.call("TraCuuHoSo", json!({"mahoso": "A"})).await.unwrap().code(), json!("-6"));
    let mut codes = Vec::new();
    for _ in 0..4 {
        let told = world.call("TraCuuHoSo", json!({"mahoso": "A", "madonvi": "H48.58"})).await.unwrap();
        codes.push(told.code());
    }
    assert_eq!(codes, [json!(0), json!("0"), json!("00"), json!(0)]);
}
