//! Verdicts on single dossiers within an answer that says success, in every form in which portals are seen to give them.

use dongbo_model::{Dossier, PortalId, Step};
use dongbo_portal::{Answer, Outcome, Portal, Sent};
use serde_json::{Value, json};

use crate::canned::{Act, Canned, json as http};
use crate::fixture::{Client, maximal};
use crate::rest_client::rest;

/// A result, and what it makes of the three dossiers of the call: of all together, and of each.
type Case = (Value, Outcome, bool, [Option<Outcome>; 3]);

const CODES: [&str; 3] = ["H48-1", "H48-2", "H48-3"];
const D: Option<Outcome> = Some(Outcome::Delivered);
const R: Option<Outcome> = Some(Outcome::Rejected);
const U: Option<Outcome> = Some(Outcome::Unknown);

/// The three calls that write, in each dialect, answered with `result` under a code of success.
async fn write(result: &Value) -> Vec<Answer> {
    let dossiers: Vec<Dossier> = CODES.into_iter().map(maximal).collect();
    let id = PortalId::new("G22-1").unwrap();
    let sent: Vec<Sent<'_>> = dossiers.iter().map(|dossier| Sent { dossier, id: Some(&id) }).collect();
    let steps: Vec<(Sent<'_>, &Step)> =
        sent.iter().flat_map(|sent| sent.dossier.steps.iter().map(|step| (*sent, step))).collect();
    let ndxp = http(&json!({ "error_code": 0, "message": "Thành công", "result": result }).to_string());
    let server = Canned::start([ndxp]).await;
    let ndxp = Portal::from(Client::new(&server.url()).ndxp);
    let answer = http(&json!({ "code": 0, "message": "Thành công", "data": result }).to_string());
    let server = Canned::with_log_in(token(), [answer]).await;
    let (rest, _kept) = rest(&server.url());
    vec![
        ndxp.create(&sent).await,
        ndxp.update(&sent).await,
        ndxp.append_steps(&steps).await,
        rest.update(&sent).await,
        rest.append_steps(&steps).await,
    ]
}

fn token() -> Act {
    http(r#"{"code":0,"data":{"access_token":"tok-canary","expires_in":3600}}"#)
}

async fn check(cases: Vec<Case>) {
    for (result, outcome, drift, each) in cases {
        for (call, answer) in write(&result).await.into_iter().enumerate() {
            let item = |code: &str| {
                answer.items.iter().find(|item| item.code.as_str() == code).map(|item| item.outcome)
            };
            let shown = format!("call {call}: {result}\n{answer:?}");
            assert_eq!((answer.outcome, answer.drift), (outcome, drift), "{shown}");
            if outcome == Outcome::Delivered {
                assert_eq!(CODES.map(item), each, "{shown}");
            }
            assert!(outcome != Outcome::Unknown || !answer.message.is_empty(), "{shown}");
            assert!(!shown.split('\n').nth(1).unwrap().contains("Canary"), "{shown}");
        }
    }
}

#[tokio::test]
async fn what_says_nothing_or_only_repeats_what_was_sent_is_success() {
    let echo = |extra: Value| -> Vec<Value> {
        CODES
            .iter()
            .map(|code| {
                let mut item = json!({ "MaHoSo": code });
                item.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
                item
            })
            .collect()
    };
    let nothing = [
        json!(null),
        json!([]),
        json!({}),
        json!(""),
        json!([{}]),
        json!([null]),
        json!("[]"),
        json!("null"),
    ];
    let harmless = [
        json!(CODES),
        json!(echo(json!({}))),
        json!(echo(json!({ "IdHoSo": "G22-1" }))),
        json!(echo(json!({ "id": 7, "ngayTao": "2025-09-15T08:00:00" }))),
        json!(json!(echo(json!({}))).to_string()),
        json!({ "data": echo(json!({})), "total": 3, "success": true }),
        json!({ "success": 3, "failed": 0, "errors": [] }),
        json!({ "total": 3, "error": null, "message": "Thành công" }),
        json!(true),
        json!(3),
        json!("Đồng bộ thành công"),
        json!({ "error_code": 0, "message": "OK" }),
    ];
    let cases = nothing.into_iter().chain(harmless);
    check(cases.map(|result| (result, Outcome::Delivered, false, [None; 3])).collect()).await;
}

#[tokio::test]
async fn every_form_of_a_verdict_on_each_dossier_is_read() {
    let refused = json!({ "MaHoSo": "H48-2", "error_code": "1", "message": "Thiếu trường TenTTHC" });
    let forms = |code: &str, words: &str, dossier: &str| -> Value {
        let each =
            |name: &str, number: Value, text: &str| json!({ dossier: name, code: number, words: text });
        json!([
            each("H48-1", json!(0), "OK"),
            each("H48-2", json!("1"), "Thiếu"),
            each("H48-3", json!("0.0"), "")
        ])
    };
    let mut cases: Vec<Case> = [
        forms("error_code", "message", "MaHoSo"),
        forms("errorCode", "Message", "maHoSo"),
        forms("ERROR_CODE", "MESSAGE", "MAHOSO"),
        forms("code", "msg", "mahoso"),
        forms("Code", "MoTa", "ma_ho_so"),
        forms("maLoi", "thongBao", "so"),
        json!(forms("error_code", "message", "MaHoSo").to_string()),
        json!({ "data": forms("code", "message", "MaHoSo") }),
        json!({ "results": { "items": forms("code", "message", "MaHoSo") } }),
        json!({ "success": ["H48-1", "H48-3"], "errors": [refused] }),
        json!({ "H48-1": 0, "H48-2": { "error_code": 1, "message": "Thiếu" }, "H48-3": "OK" }),
        json!({ "success": 2, "failed": 1, "data": forms("errorCode", "message", "MaHoSo") }),
    ]
    .into_iter()
    .map(|result| (result, Outcome::Delivered, false, [D, R, D]))
    .collect();
    cases.push((
        json!([{ "MaHoSo": "H48-1", "status": "success" }, { "MaHoSo": "H48-2", "status": true }, "H48-3"]),
        Outcome::Delivered,
        false,
        [D, D, None],
    ));
    cases.push((
        json!([{ "MaHoSo": "H48-1", "status": "ok" }, { "MaHoSo": "H48-2", "status": "error", "message": "Lỗi" },
            { "MaHoSo": "H48-3", "error_code": 0 }]),
        Outcome::Delivered,
        true,
        [D, U, D],
    ));
    for result in forms("x", "message", "MaHoSo").as_array().unwrap() {
        // Of a single dossier the portal names the rest neither here nor there.
        cases.push((result.clone(), Outcome::Unknown, true, [None; 3]));
    }
    check(cases).await;
}

#[tokio::test]
async fn what_names_only_some_dossiers_leaves_the_others_in_doubt() {
    let refused = json!({ "MaHoSo": "H48-2", "error_code": "1", "message": "Thiếu trường TenTTHC" });
    let nested = json!({ "success": 2, "failed": 1, "errors": [refused.clone()] });
    check(vec![
        (json!([refused]), Outcome::Delivered, true, [U, R, U]),
        (refused.clone(), Outcome::Delivered, true, [U, R, U]),
        (json!(json!([refused]).to_string()), Outcome::Delivered, true, [U, R, U]),
        (nested, Outcome::Delivered, true, [U, R, U]),
        (json!({ "MaHoSo": "H48-1", "error_code": 0 }), Outcome::Delivered, true, [D, U, U]),
        (json!(["H48-1"]), Outcome::Unknown, true, [None; 3]),
        (json!([{ "MaHoSo": "H48-1" }]), Outcome::Unknown, true, [None; 3]),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_understood_or_contradicts_itself_is_unknown() {
    let accepted = |code: &str| json!({ "MaHoSo": code, "error_code": 0 });
    let all: Vec<Value> = CODES.iter().map(|code| accepted(code)).collect();
    let mut failed_too = all.clone();
    failed_too.push(json!({ "MaHoSo": "H48-1", "error_code": 1, "message": "Thiếu" }));
    let mut cases: Vec<Case> = [
        json!({ "status": "error", "message": "Nguyễn Thị Canary" }),
        json!({ "success": false }),
        json!({ "trangThai": "LOI" }),
        json!({ "success": 2, "failed": 1 }),
        json!({ "success": 1 }),
        json!({ "failed": 1, "data": all }),
        json!({ "errors": ["Nguyễn Thị Canary: thiếu trường"] }),
        json!({ "errors": { "TenTTHC": ["Nguyễn Thị Canary"] } }),
        json!({ "error_code": "1", "message": "Thiếu trường" }),
        json!({ "loi": "Thiếu trường TenTTHC" }),
        json!([{ "loi": "Thiếu trường TenTTHC" }]),
        json!("Lỗi: thiếu trường"),
        json!("Nguyễn Thị Canary"),
        json!("Thành công 2/3 hồ sơ"),
        json!(false),
        json!(2),
        json!({ "Nguyễn Thị Canary": 1 }),
        json!([{ "MaHoSo": "X-9", "error_code": 1, "message": "lạ" }]),
        json!([[1, 2], [3]]),
    ]
    .into_iter()
    .map(|result| (result, Outcome::Unknown, true, [None; 3]))
    .collect();
    cases.push((json!(failed_too), Outcome::Delivered, true, [U, D, D]));
    cases.push((
        json!([accepted("H48-1"), accepted("H48-2"), { "MaHoSo": "H48-3", "error_code": 0, "MoTaLoi": "Thiếu" }]),
        Outcome::Delivered,
        true,
        [D, D, U],
    ));
    check(cases).await;
}

#[tokio::test]
async fn fields_beside_the_result_can_take_success_back() {
    let dossier = maximal("H48-1");
    for (beside, outcome) in [
        (r#""status":"error""#, Outcome::Unknown),
        (r#""success":false"#, Outcome::Unknown),
        (r#""errors":[{"MaHoSo":"H48-1"}]"#, Outcome::Unknown),
        (r#""errors":["thiếu"]"#, Outcome::Unknown),
        (r#""failed":1"#, Outcome::Unknown),
        (r#""status":"success","errors":[],"timestamp":"2025","x":{"y":1}"#, Outcome::Delivered),
        (r#""status":1,"success":true"#, Outcome::Delivered),
    ] {
        let server = Canned::start([http(&format!(r#"{{"error_code":0,"result":[],{beside}}}"#))]).await;
        let answer = Client::new(&server.url()).ndxp.create(&[&dossier]).await;
        assert_eq!(answer.outcome, outcome, "{beside}: {answer:?}");
        assert_eq!(answer.drift, outcome == Outcome::Unknown, "{beside}: {answer:?}");
    }
}

#[tokio::test]
async fn a_form_that_means_nothing_can_be_taught() {
    let dossier = maximal("H48-1");
    let strange = http(r#"{"error_code":0,"result":{"KetXuat":{"Dot":"2025-09"}}}"#);
    let server = Canned::start([strange]).await;
    let answer = Client::new(&server.url()).ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.drift), (Outcome::Unknown, true));
    let (_, form) = answer.message.split_once("not known: ").unwrap();
    let taught = Client::with(&server.url(), |config| config.harmless_results = vec![form.to_owned()]);
    let answer = taught.ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.drift, answer.message.as_str()), (Outcome::Delivered, false, ""));
}
