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
