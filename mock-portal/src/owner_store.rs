//! The read side of the owners' stores: the results of a citizen as the portal's own dossiers have them.
//!
//! A result is in the store when its dossier names its owner and the result has a code and a link. Who asks, for whom and for which
//! results has to be said.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::Core;
use crate::store::DossierView;
use crate::sync::lock;

/// Settings of the owners' stores.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnerStore {
    /// Path of the call; empty: there is none.
    pub path: String,
    /// Dossiers whose results have not come into the store.
    pub lacks: Vec<String>,
    /// Answer every call with this HTTP status, such as 403 or 429; 0: do not.
    pub refuse_with: u16,
    /// Answer every call with this `errorCode`; empty: as it is.
    pub error_code: String,
}

impl Default for OwnerStore {
    fn default() -> Self {
        let path = "/kho/tra-cuu".to_owned();
        Self { path, lacks: Vec::new(), refuse_with: 0, error_code: String::new() }
    }
}

#[derive(Deserialize)]
struct Question {
    #[serde(rename = "SoDinhDanhChuSoHuu")]
    owner: String,
    #[serde(rename = "HoTenNguoiYeuCau")]
    requester: String,
    #[serde(rename = "SoDinhDanhNguoiYeuCau")]
    requester_number: String,
    #[serde(rename = "MaThuTuc")]
    procedure: String,
    #[serde(rename = "DanhSachDanhMucKetQua")]
    results: Vec<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "MaKetQua")]
    code: String,
}

/// The answer to a call: HTTP status and JSON.
pub(crate) fn answer(core: &Core, body: &[u8]) -> (u16, Vec<u8>) {
    let settings = lock(&core.owner_store).clone();
    if settings.refuse_with != 0 {
        return (settings.refuse_with, refusal("403", "Truy cập bị từ chối"));
    }
    if !settings.error_code.is_empty() {
        return (200, refusal(&settings.error_code, "Lỗi hệ thống"));
    }
    let question = serde_json::from_slice::<Question>(body).ok().filter(is_whole);
    let Some(question) = question else { return (200, refusal("-2", "Thiếu thông tin yêu cầu")) };
    let asked: BTreeSet<&str> = question.results.iter().map(|one| one.code.as_str()).collect();
    let dossiers = lock(&core.store).page("", usize::MAX, false);
    let owned =
        dossiers.iter().filter(|one| !settings.lacks.contains(&one.code) && is_of(one, &question.owner));
    let listed: Vec<Value> = owned.flat_map(|one| held(one, &asked)).collect();
    let answer = json!({ "errorCode": "0", "message": "Thành công", "signature": "",
        "result": { "DanhSachGiayToKetQua": listed } });
    (200, answer.to_string().into_bytes())
}

fn is_whole(question: &Question) -> bool {
    let Question { owner, requester, requester_number, procedure, results } = question;
    let texts = [owner, requester, requester_number, procedure];
    texts.iter().all(|text| !text.is_empty()) && !results.is_empty()
}

fn refusal(code: &str, message: &str) -> Vec<u8> {
    json!({ "errorCode": code, "message": message, "signature": "", "result": null }).to_string().into_bytes()
}

/// Whether the dossier names this owner.
fn is_of(dossier: &DossierView, owner: &str) -> bool {
    let identities = dossier.fields.get("DinhDanhCHS").and_then(Value::as_array).into_iter().flatten();
    identities.into_iter().any(|identity| identity.get("SoDinhDanh").and_then(Value::as_str) == Some(owner))
}

/// The results of a dossier that are asked for and that came into the store.
fn held(dossier: &DossierView, asked: &BTreeSet<&str>) -> Vec<Value> {
    let results = dossier.fields.get("DanhSachGiayToKetQua").and_then(Value::as_array).into_iter().flatten();
    let text = |result: &Value, field: &str| {
        result.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    results
        .filter_map(|result| {
            let (code, link) = (text(result, "MaGiayToKetQua"), text(result, "DuongDanTepTinKetQua"));
            (asked.contains(code.as_str()) && !link.is_empty()).then(|| {
                json!({ "MaKetQua": code, "TenGiayTo": text(result, "TenGiayTo"), "SoKyHieu": "", "CoQuanChuQuan": "",
                    "DanhSachTepDinhKem": [{ "TenTep": text(result, "TenGiayTo"), "DuongDan": link }] })
            })
        })
        .collect()
}
