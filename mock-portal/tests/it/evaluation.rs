//! The evaluation API counts what the store holds.

use mock_portal::{Config, Evaluation, MockPortal};
use serde_json::{Value, json};

use crate::support::{http, read, with_json};

async fn ask(portal: &MockPortal, group: &str, question: Value) -> (u16, Value) {
    let url = format!("{}/api/v1/reporting/{group}", portal.url());
    let request = with_json(http().post(url), &question);
    let told = read(request.send().await.unwrap()).await.unwrap();
    (told.status, told.json())
}

fn plant(portal: &MockPortal, code: &str, unit: &str, procedure: &str, status: &str) {
    let fields = json!({ "MaHoSo": code, "DonViXuLy": unit, "MaTTHC": procedure, "NgayTiepNhan": "20260305080000",
        "TrangThaiHoSo": status, "NgayHenTra": "20260310170000", "NgayKetThucXuLy": "20260306080000" });
    portal.plant(code, fields.as_object().unwrap());
}

fn march() -> Value {
    json!({ "timeType": "month", "year": 2026, "month": 3, "rootDepartmentId": "", "currentPage": 1, "pageSize": 50 })
}

fn child<'a>(answer: &'a Value, unit: &str) -> &'a Value {
    let children = answer["data"]["children"].as_array().unwrap();
    children.iter().find(|child| child["departmentCode"] == unit).unwrap()
}

#[tokio::test]
async fn counts_are_of_one_unit_procedure_and_month_and_answer_201() {
    let portal = MockPortal::start(Config::default()).await.unwrap();
    plant(&portal, "A", "H48.57", "1.001193", "10");
    plant(&portal, "B", "H48.57", "1.001193", "4");
    plant(&portal, "C", "H48.57", "1.000894", "9");
    let (_, formalities) = ask(&portal, "formalities", json!({ "q": "1.001193" })).await;
    let formality = formalities["data"]["items"][0]["id"].clone();
    let mut question = march();
    let (status, all) = ask(&portal, "evaluation/dvc-progress-tree", question.clone()).await;
    assert_eq!(
        (status, &all["code"], &child(&all, "H48.57")["totalReceived"]),
        (201, &json!("OK"), &json!(3))
    );
    question["formalityId"] = formality.clone();
    let (_, one) = ask(&portal, "evaluation/dvc-progress-tree", question.clone()).await;
    let row = child(&one, "H48.57");
    assert_eq!(
        (&row["totalReceived"], &row["totalCompleted"], &row["totalOverdue"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(one["data"]["parent"]["totalReceived"], 2);
    question["month"] = json!(4);
    let (_, april) = ask(&portal, "evaluation/dvc-progress-tree", question).await;
    assert_eq!(child(&april, "H48.57")["totalReceived"], 0);
    let mut so_spelt = march();
    so_spelt["formalityID"] = formality;
    let (_, digitised) = ask(&portal, "evaluation/dossier-digitized", so_spelt).await;
    assert_eq!(digitised["data"]["overview"]["metrics"][1]["denominator"], 2);
    assert_eq!(portal.evaluation_calls(), 5);
    portal.stop().await;
}

#[tokio::test]
async fn what_is_not_counted_is_null_counts_may_lag_behind_and_calls_may_be_refused() {
    let portal = MockPortal::start(Config::default()).await.unwrap();
    plant(&portal, "A", "H48.57", "1.001193", "10");
    portal.set_evaluation(Evaluation {
        delay_s: 3_600,
        nulls: vec!["H48".to_owned()],
        ..Evaluation::default()
    });
    let received = async |unit: &str| {
        let (_, answer) = ask(&portal, "evaluation/dvc-progress-tree", march()).await;
        child(&answer, unit)["totalReceived"].clone()
    };
    assert_eq!((received("H48.57").await, received("H48").await), (json!(1), Value::Null));
    plant(&portal, "B", "H48.57", "1.001193", "10");
    assert_eq!(received("H48.57").await, 1, "the counts are an hour behind");
    let (_, flagged) = ask(&portal, "evaluation/transparency", march()).await;
    let rows = flagged["data"]["evaluation"].as_array().unwrap();
    assert_eq!(rows[0]["metrics"][3]["dataQualityStatus"], "NO_NATIONAL_REPORT_DATA");
    portal.set_evaluation(Evaluation { refuse_with: 429, ..Evaluation::default() });
    assert_eq!(ask(&portal, "evaluation/transparency", march()).await.0, 429);
    portal.stop().await;
}

/// A dossier of March with these fields beside the usual ones.
fn plant_with(portal: &MockPortal, code: &str, more: Value) {
    let mut fields = json!({ "MaHoSo": code, "DonViXuLy": "H48.57", "LoaiDoiTuong": "1", "MaTTHC": "2.000815", "NgayTiepNhan": "20260305080000",
        "TrangThaiHoSo": "10", "NgayHenTra": "20260310170000", "NgayKetThucXuLy": "20260306080000", "KenhThucHien": "1" });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    portal.plant(code, fields.as_object().unwrap());
}

/// Numerator, denominator and score of a metric of the unit.
fn metric(answer: &Value, code: &str) -> (Value, Value, Value) {
    let rows = answer["data"]["evaluation"].as_array().unwrap();
    let row = rows.iter().find(|row| row["departmentCode"] == "H48.57").unwrap();
    let metric = row["metrics"].as_array().unwrap().iter().find(|metric| metric["code"] == code).unwrap();
    (metric["numerator"].clone(), metric["denominator"].clone(), metric["score"].clone())
}

/// Four dossiers of March: one with everything, one late, one open and due in April, one online without a result yet.
async fn march_of_four() -> MockPortal {
    let portal = MockPortal::start(Config::default()).await.unwrap();
    let paper = json!({ "DuongDanTaiTepTin": "https://x/1", "DuocTaiSuDung": "1", "DuocLayTuKhoDMQG": "1" });
    let result = json!({ "DuongDanTepTinKetQua": "https://x/2", "MaGiayToKetQua": "KQ.G07.000128" });
    plant_with(
        &portal,
        "A",
        json!({ "KenhThucHien": "2", "DuocThanhToanTrucTuyen": "2", "TaiLieuNop": [paper],
        "DanhSachGiayToKetQua": [result], "DanhSachLePhi": [{ "Gia": "2000" }] }),
    );
    plant_with(
        &portal,
        "B",
        json!({ "NgayKetThucXuLy": "20260311080000", "DanhSachLePhi": [{ "Gia": "0" }] }),
    );
    plant_with(
        &portal,
        "C",
        json!({ "TrangThaiHoSo": "4", "NgayHenTra": "20260402170000", "NgayKetThucXuLy": "" }),
    );
    plant_with(&portal, "D", json!({ "KenhThucHien": "2" }));
    portal
}

#[tokio::test]
async fn all_received_are_the_denominator_and_each_group_has_its_own_rule() {
    let portal = march_of_four().await;
    let (_, digitised) = ask(&portal, "evaluation/dossier-digitized", march()).await;
    let told = |code: &str| metric(&digitised, code);
    assert_eq!(told("ORIGINAL_RESULT_AVAILABLE"), (json!(1), json!(4), json!(1.5)));
    assert_eq!(told("SO_HOA_GIAY_TO_GIAI_QUYET"), (json!(1), json!(4), json!(1.0)), "there is no threshold");
    assert_eq!(told("REUSED_DIGITIZED_DATA"), (json!(1), json!(4), json!(0.63)), "full from 80 %");
    assert_eq!(told("CITIZEN_DATA_CONNECTED_FORMALITY"), (json!(1), json!(1), json!(2.0)));
    assert_eq!(told("ELECTRONIC_CERTIFIED_COPY"), (Value::Null, Value::Null, Value::Null));
    let rows = digitised["data"]["evaluation"].as_array().unwrap();
    let province = &rows.iter().find(|row| row["departmentCode"] == "H48").unwrap()["metrics"][0];
    assert_eq!((&province["denominator"], &province["score"]), (&json!(0), &Value::Null), "0/0 has no score");
    let (_, progress) = ask(&portal, "evaluation/dvc-progress-tree", march()).await;
    let row = child(&progress, "H48.57");
    assert_eq!(
        (&row["totalOnTime"], &row["totalOverdue"]),
        (&json!(2), &json!(2)),
        "what was open at the end is overdue"
    );
    let (_, online) = ask(&portal, "evaluation/provide-online-tree", march()).await;
    let row = child(&online, "H48.57");
    let channels = ["channelOnlineSum", "channelDirectSum", "channelTotalSum"].map(|name| row[name].clone());
    assert_eq!(
        channels,
        [1, 2, 3].map(|many| json!(many)),
        "an online one without its result is in no channel"
    );
    assert_eq!((&row["onlineDossierCount"], &row["onlineServiceTotal"]), (&json!(1), &json!(10)));
    let (_, payment) = ask(&portal, "evaluation/formality-online-payment-tree", march()).await;
    let row = child(&payment, "H48.57");
    let paid = ["totalDossierOnlinePaymentSuccess", "totalDossierFinancialObligation", "totalFeeFormality"];
    assert_eq!(paid.map(|name| row[name].clone()), [1, 3, 5].map(|many| json!(many)), "B owes nothing");
    let days = json!({ "fromDate": "2026-03-01", "toDate": "2026-03-31", "currentPage": 1, "pageSize": 50 });
    let (_, satisfied) = ask(&portal, "evaluation/handling-satisfaction", days).await;
    assert_eq!(metric(&satisfied, "DOSSIER_RECEIVING_SATISFACTION"), (json!(2), json!(4), json!(3.33)));
    assert_eq!(metric(&satisfied, "PETITION_PROCESSING_ON_TIME"), (json!(0), json!(0), json!(6.0)));
    portal.stop().await;
}

#[tokio::test]
async fn what_ended_after_a_period_was_open_in_it_and_counts_in_the_year() {
    let portal = march_of_four().await;
    plant_with(&portal, "E", json!({ "NgayHenTra": "20260410170000", "NgayKetThucXuLy": "20260401080000" }));
    let on_time = async |more: Value| {
        let mut question =
            json!({ "year": 2026, "rootDepartmentId": "H48", "currentPage": 1, "pageSize": 50 });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (_, answer) = ask(&portal, "evaluation/dvc-progress-tree", question).await;
        answer["data"]["parent"]["totalOnTime"].clone()
    };
    assert_eq!(on_time(json!({ "timeType": "quarter", "quarter": 1 })).await, 2);
    assert_eq!(on_time(json!({ "timeType": "year" })).await, 3, "E ended in April");
    assert_eq!(ask(&portal, "evaluation/dvc-progress-tree", json!({ "timeType": "week" })).await.0, 400);
    portal.stop().await;
}

#[tokio::test]
async fn one_supplement_stops_the_clock_and_two_make_a_dossier_late() {
    let portal = MockPortal::start(Config::default()).await.unwrap();
    let asked = |at: &str, answered: &str| json!({ "NgayBoSung": at, "NgayTiepNhanBoSung": answered });
    let late = json!({ "NgayKetThucXuLy": "20260312080000" });
    let with = |list: Value| {
        let mut fields = late.clone();
        fields["DanhSachHoSoBoSung"] = list;
        fields
    };
    plant_with(&portal, "LATE", late.clone());
    plant_with(&portal, "ONE", with(json!([asked("20260306080000", "20260309080000")])));
    let twice = [asked("20260306080000", "20260309080000"), asked("20260309090000", "20260310080000")];
    plant_with(&portal, "TWO", with(json!(twice)));
    plant_with(
        &portal,
        "WAITS",
        json!({ "TrangThaiHoSo": "5", "NgayKetThucXuLy": "", "NgayHenTra": "20260307170000",
        "DanhSachHoSoBoSung": [asked("20260306080000", "")] }),
    );
    let (_, progress) = ask(&portal, "evaluation/dvc-progress-tree", march()).await;
    let row = child(&progress, "H48.57");
    assert_eq!((&row["totalReceived"], &row["totalOnTime"]), (&json!(4), &json!(2)), "ONE and WAITS");
    portal.stop().await;
}

#[tokio::test]
async fn a_period_is_published_after_its_end_and_news_is_told_without_a_word() {
    let portal = march_of_four().await;
    let (_, answer) = ask(
        &portal,
        "evaluation/service-results",
        json!({ "timeType": "month", "year": 2026, "month": 3,
        "rootDepartmentId": "H48", "currentPage": 1, "pageSize": 50 }),
    )
    .await;
    let rows = answer["data"]["evaluation"].as_array().unwrap();
    let commune = rows.iter().find(|row| row["departmentCode"] == "H48.57").unwrap();
    let codes: Vec<&str> =
        commune["radar"].as_array().unwrap().iter().filter_map(|axis| axis["code"].as_str()).collect();
    assert_eq!(codes, ["CKMB", "TDGQ", "ONLINE_SERVICE", "TTTT", "MDSH", "MDHL"]);
    assert_eq!((&commune["radar"][1]["score"], &commune["childGroup"]), (&json!(10.0), &json!("COMMUNE")));
    assert_eq!((&commune["scoreDelta"], &commune["averageScore"]), (&Value::Null, &commune["totalScore"]));
    assert_eq!(
        commune["monthlyChart"].as_array().unwrap().last().unwrap()["totalScore"],
        commune["totalScore"]
    );
    let (_, provinces) = ask(
        &portal,
        "evaluation/service-results",
        json!({ "timeType": "month", "year": 2026, "month": 3,
        "departmentType": "ADMINISTRATIVE_UNIT", "currentPage": 1, "pageSize": 50 }),
    )
    .await;
    let first = &provinces["data"]["evaluation"][0];
    assert_eq!((&first["departmentCode"], &first["rank"]), (&json!("H48"), &json!(1)));

    portal.set_evaluation(Evaluation {
        ended_only: true,
        unpublished: vec!["2026-03".to_owned()],
        news: true,
        ..Evaluation::default()
    });
    let data =
        async |question: Value| ask(&portal, "evaluation/transparency", question).await.1["data"].clone();
    assert_eq!(data(march()).await, Value::Null);
    let mut far = march();
    far["year"] = json!(9_999);
    assert_eq!(data(far).await, Value::Null, "it is not over");
    let mut february = march();
    february["month"] = json!(2);
    let metrics = data(february).await["evaluation"][0]["metrics"].clone();
    assert!(metrics.as_array().unwrap().iter().any(|metric| metric["code"] == "AI_SUPPORTED_DOSSIER"));
    portal.stop().await;
}
