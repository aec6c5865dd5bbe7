//! The portal's catalogue of procedures: what is asked, and what is made of the answers.

use dongbo_portal::CatalogueFields;
use dongbo_portal::{Answer, Outcome, ProcedureDetail};
use mock_portal::MockPortal;
use serde_json::{Value, json};

use crate::canned::{self, Canned};
use crate::fixture::Client;

/// The names in the mock portal, which are the defaults of `[catalogue]`.
const FIELDS: CatalogueFields<'static> = CatalogueFields {
    fees: "CACHTHUCTHUCHIEN.THOIGIAN.PHILEPHI",
    amount: "SOTIEN",
    results: "KETQUATHUCHIEN",
};

async fn detail_in(result: Value) -> Result<Option<ProcedureDetail>, Answer> {
    let body = json!({ "error_code": "0", "result": result }).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    Client::new(&server.url()).ndxp.procedure("1.001193", FIELDS).await
}

/// Asks for a procedure that can be handed in in one way, done in one time, at these fees.
async fn has_fee(fees: Value) -> Option<bool> {
    has_fee_in(json!([{"KENH": "1", "THOIGIAN": [{"PHILEPHI": fees}]}])).await
}

async fn has_fee_in(ways: Value) -> Option<bool> {
    let found = detail_in(json!([{"MATTHC": "1.001193", "CACHTHUCTHUCHIEN": ways}])).await;
    found.unwrap().unwrap().has_fee
}

#[tokio::test]
async fn the_list_and_the_details_of_the_mock_portal_are_read_as_they_are() {
    let portal = MockPortal::start(mock_portal::Config::default()).await.unwrap();
    let client = Client::new(&portal.url());
    let listed = client.ndxp.procedures().await.unwrap();
    assert_eq!(listed.len(), 10);
    assert_eq!((listed[0].code.as_str(), listed[0].name.as_str()), ("1.001193", "Đăng ký khai sinh"));
    let copies = client.ndxp.procedure("2.000815", FIELDS).await.unwrap().unwrap();
    assert_eq!((copies.field_code.as_str(), copies.field_name.as_str()), ("G-CT", "Chứng thực"));
    assert_eq!((copies.returns_paper, copies.has_fee), (Some(true), Some(true)));
    let land = client.ndxp.procedure("1.012812", FIELDS).await.unwrap().unwrap();
    assert_eq!((land.returns_paper, land.has_fee), (Some(false), Some(false)));
    assert_eq!(client.ndxp.procedure("9.999999", FIELDS).await, Ok(None));
    portal.stop().await;
}

#[tokio::test]
async fn the_list_goes_to_the_share_path_and_one_procedure_to_the_services() {
    let body = json!({"error_code": 0, "result": []}).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    let client = Client::new(&server.url());
    assert_eq!(client.ndxp.procedures().await, Ok(Vec::new()));
    assert_eq!(client.ndxp.procedure("1.001193", FIELDS).await, Ok(None));
    let calls = server.calls();
    assert!(calls[0].head.starts_with("POST /share "), "{}", calls[0].head);
    assert!(calls[1].head.starts_with("POST /integration "), "{}", calls[1].head);
    let body: Value = serde_json::from_str(&calls[1].body).unwrap();
    assert_eq!((&body["service"], &body["maTTHC"]), (&"LayThuTuc".into(), &"1.001193".into()));
}

#[tokio::test]
async fn a_code_that_is_listed_twice_counts_once_and_one_that_is_empty_not_at_all() {
    let list =
        json!([{"MATTHC": " 1.1 ", "TENTTHC": "A"}, {"MATTHC": "1.1"}, {"MATTHC": ""}, {"TENTTHC": "B"}]);
    let body = json!({"error_code": 0, "result": list}).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    let listed = Client::new(&server.url()).ndxp.procedures().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].code.as_str(), listed[0].name.as_str()), ("1.1", "A"));
}

#[tokio::test]
async fn what_is_no_list_of_procedures_is_drift_and_not_an_empty_list() {
    for result in [json!(null), json!("none"), json!(["1.001193"]), json!({"MATTHC": "1.001193"})] {
        let body = json!({"error_code": 0, "result": result}).to_string();
        let server = Canned::start([canned::json(&body)]).await;
        let answer = Client::new(&server.url()).ndxp.procedures().await.unwrap_err();
        assert_eq!((answer.outcome, answer.drift), (Outcome::Unknown, true), "{result}");
    }
    let other = detail_in(json!([{"MATTHC": "1.000894"}])).await.unwrap_err();
    assert_eq!((other.outcome, other.drift), (Outcome::Unknown, true));
}

#[tokio::test]
async fn what_the_portal_does_not_say_of_a_procedure_is_not_known() {
    let bare = detail_in(json!([{"MATTHC": "1.001193"}])).await.unwrap().unwrap();
    assert_eq!(bare, ProcedureDetail::default());
    assert_eq!(has_fee(json!([])).await, Some(false));
    assert_eq!(has_fee(json!([{"SOTIEN": "0"}, {"SOTIEN": 0}])).await, Some(false));
    assert_eq!(has_fee(json!([{"SOTIEN": "0 đồng"}, {"SOTIEN": 0.0}])).await, Some(false));
    assert_eq!(has_fee(json!([{"SOTIEN": "0"}, {"SOTIEN": 15_000}])).await, Some(true));
    // Of what it hangs on is not said.
    assert_eq!(has_fee(json!([{"MOTA": "Lệ phí"}])).await, Some(true));
}

#[tokio::test]
async fn a_fee_is_found_in_any_way_and_time_and_none_is_made_of_what_is_not_there() {
    let paid = json!({"THOIGIAN": [{"PHILEPHI": []}, {"PHILEPHI": [{"SOTIEN": "8000"}]}]});
    assert_eq!(has_fee_in(json!([{"THOIGIAN": [{"PHILEPHI": []}]}, paid])).await, Some(true));
    // One object where a list of one is meant.
    assert_eq!(has_fee_in(json!({"THOIGIAN": {"PHILEPHI": {"SOTIEN": "8000"}}})).await, Some(true));
    for silent in [json!([]), json!([{"KENH": "1"}]), json!([{"THOIGIAN": ["x"]}]), json!("x"), json!(null)] {
        assert_eq!(has_fee_in(silent.clone()).await, None, "{silent}");
    }
}

#[tokio::test]
async fn the_codes_of_results_and_components_are_read_where_each_item_of_the_list_has_one() {
    let read = async |detail: Value| {
        let found = detail_in(json!([detail])).await.unwrap().unwrap();
        let texts = |codes: Option<Vec<dongbo_model::Text>>| {
            codes.map(|codes| codes.iter().map(|code| code.as_str().to_owned()).collect::<Vec<_>>())
        };
        (texts(found.result_codes), texts(found.component_codes))
    };
    let listed = read(json!({
        "MATTHC": "1.001193",
        "KETQUATHUCHIEN": [{"MAKETQUA": "KQ.2"}, {"MAKETQUA": " KQ.1 "}, {"MAKETQUA": "KQ.1"}],
        "THANHPHANHOSO": [
            {"TRUONGHOP": "A", "GIAYTO": [{"MAGIAYTO": "TP.1"}, {"MAGIAYTO": 2}]},
            {"TRUONGHOP": "B", "GIAYTO": [{"MAGIAYTO": "TP.1"}]},
        ],
    }));
    let list = |codes: &[&str]| Some(codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
    assert_eq!(listed.await, (list(&["KQ.1", "KQ.2"]), list(&["2", "TP.1"])));
    // Half of a list, none, an empty one and another form say nothing about which codes there are.
    let half = json!({
        "MATTHC": "1.001193",
        "KETQUATHUCHIEN": [{"MAKETQUA": "KQ.2"}, {"TENKETQUA": "Giấy"}],
        "THANHPHANHOSO": [{"GIAYTO": [{"MAGIAYTO": "TP.1"}]}, {"GIAYTO": {"MAGIAYTO": "TP.2"}}],
    });
    for detail in [
        half,
        json!({"MATTHC": "1.001193"}),
        json!({"MATTHC": "1.001193", "KETQUATHUCHIEN": [], "THANHPHANHOSO": [{"GIAYTO": []}]}),
        json!({"MATTHC": "1.001193", "KETQUATHUCHIEN": ["KQ.1"], "THANHPHANHOSO": {"GIAYTO": []}}),
    ] {
        assert_eq!(read(detail.clone()).await, (None, None), "{detail}");
    }
}
