//! The vendor's own bridge to the portal, as the stand-in of a hosted system has it: what it is asked for goes to the mock portal.

use std::sync::Arc;

use mock_portal::MockPortal;
use serde_json::{Map, Value, json};
use testbed::Db;
use testbed::expect::{Expectation, ExpectedDossier};
use testbed::igate::{Bridge, TestSync};

/// A bridge from the office in `db` to `mock`: a create sends the dossier, and an update its steps, too.
pub fn bridge(db: &Db, mock: &MockPortal) -> Bridge {
    let (db, portal) = (db.clone(), mock.url());
    Arc::new(move |asked: TestSync| {
        let (db, portal) = (db.clone(), portal.clone());
        Box::pin(async move { forward(&db, &portal, &asked).await })
    })
}

async fn forward(db: &Db, portal: &str, asked: &TestSync) -> Result<(), String> {
    let expectation = Expectation::read(db).await.map_err(|error| error.to_string())?;
    let code = &asked.dossier.code;
    let dossier = expectation.dossiers.get(code).ok_or_else(|| format!("Không tìm thấy hồ sơ {code}"))?;
    let log_in = json!({"username": "dongbo", "password": "dongbo"});
    let session = post(&format!("{portal}/auth"), &log_in).await?.get("session").cloned();
    let call = async |service: &str, mut body: Map<String, Value>| {
        body.insert("session".to_owned(), json!(session));
        body.insert("madonvi".to_owned(), dossier.scalars.get("DonViXuLy").cloned().into());
        body.insert("service".to_owned(), service.into());
        let answer = post(&format!("{portal}/integration"), &Value::Object(body)).await?;
        let message = answer.get("message").and_then(Value::as_str).unwrap_or("không rõ lỗi");
        if answer.get("error_code") == Some(&json!(0)) { Ok(()) } else { Err(message.to_owned()) }
    };
    let updating = if asked.dossier.updated { "True" } else { "False" };
    let content = Map::from_iter([
        ("isUpdating".to_owned(), updating.into()),
        ("data".to_owned(), json!([content(dossier)])),
    ]);
    call("DongBoHoSoMC", content).await?;
    if asked.dossier.updated && !dossier.steps.is_empty() {
        call("CapNhatTienDoHoSoMC", Map::from_iter([("data".to_owned(), json!(dossier.steps))])).await?;
    }
    Ok(())
}

/// The dossier with its lists, as one object.
fn content(dossier: &ExpectedDossier) -> Value {
    let scalars = dossier.scalars.iter().map(|(name, value)| (name.clone(), json!(value)));
    let lists = dossier.lists.iter().map(|(name, list)| (name.clone(), list.clone()));
    Value::Object(scalars.chain(lists).collect())
}

async fn post(url: &str, body: &Value) -> Result<Value, String> {
    let request = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/json")
        .header("dstcode", "VN:GOV:G22:DVC")
        .body(body.to_string());
    let response = request.send().await.map_err(|error| error.to_string())?;
    #[expect(clippy::disallowed_methods, reason = "our own mock, not a body from outside")]
    let text = response.text().await.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
