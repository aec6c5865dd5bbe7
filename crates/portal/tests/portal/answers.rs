//! The meaning of answers, and the parts of them that are kept.

use std::time::Duration;

use chrono::TimeDelta;
use dongbo_model::Mode;
use dongbo_portal::{Answer, Outcome};

use crate::canned::{Act, Canned, answer, json, says};
use crate::fixture::{CANARIES, Client, maximal, minimal, steps_of};

/// The answer to a create of dossiers `H48-1` and `H48-12`.
async fn create(act: Act) -> Answer {
    let server = Canned::start([act]).await;
    let (one, other) = (maximal("H48-1"), minimal("H48-12"));
    Client::new(&server.url()).ndxp.create(&[&one, &other]).await
}

#[tokio::test]
async fn http_and_codes_are_read_by_the_table() {
    for (act, outcome, drift) in [
        (says("0", "Thành công"), Outcome::Delivered, false),
        (json(r#"{"error_code":0}"#), Outcome::Delivered, false),
        (says("-3", "Mã hồ sơ đã tồn tại"), Outcome::Duplicate, false),
        (says("2", "Thiếu trường"), Outcome::Rejected, false),
        (says("2", ""), Outcome::Unknown, true),
        (says("77", "Lỗi"), Outcome::Unknown, true),
        (json(r#"{"code":0,"data":{}}"#), Outcome::Unknown, true),
        (json("[]"), Outcome::Unknown, true),
        (json(""), Outcome::Unknown, true),
        (json(r#"{"error_code":0,"resu"#), Outcome::Unknown, false),
        (answer(200, "Content-Type: text/html\r\n", "<html>Đăng nhập"), Outcome::Unknown, true),
        (answer(502, "Content-Type: text/html\r\n", "<html>"), Outcome::Unknown, false),
        (answer(500, "", ""), Outcome::Unknown, false),
        (answer(503, "", ""), Outcome::Transient, false),
        (answer(403, "", ""), Outcome::Auth, false),
        (answer(495, "", ""), Outcome::Auth, false),
        (answer(404, "", ""), Outcome::Config, false),
        (answer(413, "", ""), Outcome::Rejected, false),
        (answer(418, "", ""), Outcome::Unknown, true),
        (answer(302, "Location: /elsewhere\r\n", ""), Outcome::Config, false),
    ] {
        let Act::Send(bytes) = &act else { unreachable!() };
        let shown = String::from_utf8_lossy(bytes).into_owned();
        let answer = create(act).await;
        assert_eq!((answer.outcome, answer.drift), (outcome, drift), "{shown}\n{answer:?}");
        assert_eq!(answer.message.is_empty(), outcome == Outcome::Delivered, "{answer:?}");
        assert!(answer.http_status.is_some());
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Canned::start([answer(307, "Location: /integration\r\n", ""), says("0", "")]).await;
    let dossier = minimal("H48-1");
    let answer = Client::new(&server.url()).ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.http_status), (Outcome::Config, Some(307)));
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn the_portals_wish_to_be_left_alone_is_told() {
    let throttled = create(answer(429, "Retry-After: 17\r\n", "")).await;
    assert_eq!(
        (throttled.outcome, throttled.retry_after),
        (Outcome::Throttled, Some(Duration::from_secs(17)))
    );
    let down = create(answer(503, "Retry-After: Mon, 15 Sep 2025 08:02:00 GMT\r\n", "")).await;
    assert_eq!((down.outcome, down.retry_after), (Outcome::Transient, Some(Duration::from_secs(120))));
}

#[tokio::test]
async fn dossiers_that_the_answer_names_are_told_and_no_others() {
    let named = |answer: Answer| answer.named.iter().map(|code| code.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(named(create(says("2", "Hồ sơ H48-12: thiếu trường")).await), ["H48-12"]);
    assert_eq!(named(create(says("2", "Thiếu trường")).await), [""; 0]);
    let in_result = json(r#"{"error_code":2,"message":"Lỗi","result":[{"MaHoSo":"H48-1"},"X-9"]}"#);
    assert_eq!(named(create(in_result).await), ["H48-1"]);
}

#[tokio::test]
async fn verdicts_on_single_dossiers_are_read_by_the_same_table() {
    let answer = create(json(
        r#"{"error_code":2,"message":"Có lỗi","result":[
            {"MaHoSo":"H48-1","error_code":"2","message":"Sai số 079123456789"},
            {"MaHoSo":"H48-12","error_code":0,"message":"Thành công"},
            {"MaHoSo":"X-9","error_code":2,"message":"lạ"}, {"MaHoSo":"H48-1"}, 7 ]}"#,
    ))
    .await;
    let items: Vec<_> =
        answer.items.iter().map(|item| (item.code.as_str(), item.outcome, item.message.as_str())).collect();
    assert_eq!(
        items,
        [("H48-1", Outcome::Rejected, "Sai số •••"), ("H48-12", Outcome::Delivered, "")],
        "{answer:?}"
    );
    assert!(!answer.drift);
    let strange = create(json(
        r#"{"error_code":0,"result":[
            {"MaHoSo":"H48-1","error_code":77,"message":"?"}, {"MaHoSo":"H48-12","error_code":0}]}"#,
    ))
    .await;
    assert_eq!(
        (strange.outcome, strange.drift, strange.items[0].outcome, strange.items[1].outcome),
        (Outcome::Delivered, true, Outcome::Unknown, Outcome::Delivered)
    );
}

#[tokio::test]
async fn rules_of_the_configuration_come_first() {
    let server = Canned::start([says("17", "Sai dữ liệu")]).await;
    let client = Client::with(&server.url(), |config| {
        config.verdicts = vec![toml::from_str("code = ['17']\noutcome = 'rejected'").unwrap()];
    });
    let dossier = minimal("H48-1");
    let answer = client.ndxp.update(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.portal_code.as_str()), (Outcome::Rejected, "17"));
}

#[tokio::test]
async fn not_found_is_for_what_must_be_there_already() {
    let server = Canned::start([says("-4", "Hồ sơ không tồn tại")]).await;
    let client = Client::new(&server.url());
    let dossier = maximal("H48-1");
    assert_eq!(client.ndxp.update(&[&dossier]).await.outcome, Outcome::NotFound);
    assert_eq!(client.ndxp.append_steps(&steps_of(&dossier)).await.outcome, Outcome::NotFound);
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Rejected);
    assert_eq!(client.ndxp.look_up(&dossier, Mode::Push).await, Ok(None));
    assert_eq!(client.ndxp.probe(&dossier.code).await.outcome, Outcome::Delivered);
}

#[tokio::test]
async fn the_observer_learns_how_far_the_portals_clock_is_off() {
    let ahead = answer(200, "Date: Mon, 15 Sep 2025 08:01:30 GMT\r\n", r#"{"error_code":0}"#);
    let server = Canned::start([ahead]).await;
    let client = Client::new(&server.url());
    client.ndxp.probe(&minimal("H48-1").code).await;
    let records = client.records();
    assert_eq!(client.story(), [("log_in", "delivered"), ("TraCuuHoSo", "delivered")]);
    assert_eq!(records[0].clock_offset, None);
    assert_eq!((records[1].clock_offset, records[1].http_status), (Some(TimeDelta::seconds(90)), Some(200)));
}

#[tokio::test]
async fn nothing_personal_and_no_secret_is_kept_of_an_answer_that_repeats_it_all() {
    let dossier = maximal("H48-1");
    let all = format!(
        "Lỗi với {} {} hết tok-canary https://tep.example.vn/t-1?sig=x",
        CANARIES.join(" "),
        CANARIES[0].to_uppercase()
    );
    let code_is_all = serde_json::json!({ "error_code": all, "message": all }).to_string();
    let item = serde_json::json!({
        "error_code": 2, "message": "x",
        "result": [{ "MaHoSo": "H48-1", "error_code": 2, "message": all }],
    });
    for act in [says("2", &all), says("77", &all), json(&code_is_all), json(&item.to_string())] {
        let server = Canned::start([act]).await;
        let client = Client::new(&server.url());
        for answer in [
            client.ndxp.create(&[&dossier]).await,
            client.ndxp.update(&[&dossier]).await,
            client.ndxp.look_up(&dossier, Mode::Push).await.unwrap_err(),
        ] {
            let shown = format!("{answer:?} {:?}", client.records());
            assert_ne!(answer.outcome, Outcome::Delivered);
            for canary in CANARIES.into_iter().chain(["CANARY", "tok-canary", "sig="]) {
                assert!(!shown.contains(canary), "{canary} in {shown}");
            }
        }
    }
}
