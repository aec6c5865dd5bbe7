//! The read side of a citizen's digital store on the portal (kho quản lý dữ liệu điện tử): which results its owner has there.
//!
//! No write call is known: a result comes into the store from `DanhSachGiayToKetQua` with a result code and an identified owner, so
//! that only a look tells whether it is there. The owner's identity goes out with the question, and is kept nowhere; neither it nor
//! any word of the answer but its `errorCode` is told by an error.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, IdentityKind, Lang};
use dongbo_settings::Secret;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::PortalError;
use crate::http::Http;
use crate::settings::{Dialect, Settings};
use crate::transport::{Body, Fault, NoAnswer, Request, Transport};
use crate::values::{MOST_VALUES, are_at_most};

/// The longest `errorCode` that is told.
const LONGEST_CODE: usize = 20;

/// The officer who answers for the questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requester {
    /// The name (`HoTenNguoiYeuCau`).
    pub name: Secret,
    /// The identity number (`SoDinhDanhNguoiYeuCau`).
    pub number: Secret,
}

/// The address of the owners' store, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerStoreAddress {
    /// The address of the call.
    pub url: Url,
    /// The routing code for the header `dstcode`; empty: none is sent.
    pub dstcode: String,
    /// Values of `errorCode` that say that the question was answered.
    pub success_codes: Vec<String>,
}

/// The store of every owner, for those who only look. Cheap to clone.
#[derive(Clone)]
pub struct OwnerStore {
    transport: Arc<dyn Transport>,
    url: Url,
    success_codes: Arc<[String]>,
    requester: Arc<Requester>,
}

/// The results of one dossier, by their codes, each counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultsOfOwner {
    /// Those that the dossier has.
    pub wanted: u32,
    /// Of these those that the store of its owner has.
    pub found: u32,
}

/// The reason why the store told nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerStoreError {
    /// It refuses to be asked now, so the caller stops asking.
    #[error("the owners' store refuses to be asked (HTTP {status}); it is asked again at the next run")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The wait that it asks for (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// It did not answer, or its answer is not understood.
    #[error("the owners' store gave no answer: {0}")]
    Failed(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "errorCode")]
    error_code: Value,
    #[serde(default)]
    result: Value,
}

impl OwnerStore {
    /// The store at `address`, asked in the name of `requester`. Uses no network.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(
        address: &OwnerStoreAddress,
        requester: Requester,
        portal: &Settings,
        clock: Clock,
    ) -> Result<Self, PortalError> {
        // The routing code is its own: the call may take another way than those about dossiers.
        let settings =
            Settings { dialect: Dialect::Ndxp, dstcode: address.dstcode.clone(), ..portal.clone() };
        Ok(Self {
            transport: Arc::new(Http::new(&settings, &address.url, clock)?),
            url: address.url.clone(),
            success_codes: address.success_codes.clone().into(),
            requester: Arc::new(requester),
        })
    }

    /// Looks whether the owner of `dossier` has its results. `None` when that cannot be asked: no result of it has a code, or its owner
    /// has no identity number.
    ///
    /// A result is told by its code alone, for dossiers do not carry its number (`SoKyHieu`): one of the same code from elsewhere counts
    /// as well.
    ///
    /// # Errors
    /// `Refused` under HTTP 401, 403 and 429, else `Failed`.
    pub async fn look(&self, dossier: &Dossier) -> Result<Option<ResultsOfOwner>, OwnerStoreError> {
        let codes: BTreeSet<&str> = dossier
            .results
            .iter()
            .map(|one| one.result_code.as_str())
            .filter(|code| !code.is_empty())
            .collect();
        let Some(owner) = owner(dossier).filter(|_| !codes.is_empty()) else { return Ok(None) };
        let asked: Vec<Value> =
            codes.iter().map(|code| json!({ "MaKetQua": code, "SoKyHieu": "" })).collect();
        let question = json!({
            "SoDinhDanhChuSoHuu": owner,
            "HoTenNguoiYeuCau": self.requester.name.expose(),
            "KenhThucHien": dossier.channel.map_or("", |channel| channel.code()),
            "SoDinhDanhNguoiYeuCau": self.requester.number.expose(),
            "MaThuTuc": dossier.procedure.code.as_str(),
            "DanhSachDanhMucKetQua": asked,
        });
        let held = self.ask(&question).await?;
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let found = codes.iter().filter(|code| held.contains(**code)).count();
        Ok(Some(ResultsOfOwner { wanted: count(codes.len()), found: count(found) }))
    }

    /// The codes of the results that the store lists.
    async fn ask(&self, question: &Value) -> Result<BTreeSet<String>, OwnerStoreError> {
        let body = Body::Json(question.to_string().into_bytes());
        let reply = match self.transport.post(Request { url: &self.url, token: None, body }).await {
            Ok(reply) => reply,
            Err(NoAnswer { fault: Fault::NotSent(why) | Fault::Refused(why) | Fault::Lost(why), .. }) => {
                return Err(OwnerStoreError::Failed(why));
            }
            Err(NoAnswer { fault: Fault::Blocked(obstacle), .. }) => {
                return Err(OwnerStoreError::Failed(obstacle.text(Lang::En).to_owned()));
            }
        };
        let status = reply.status;
        if matches!(status, 401 | 403 | 429) {
            return Err(OwnerStoreError::Refused { status, retry_after: reply.retry_after });
        }
        if !(200..300).contains(&status) {
            return Err(OwnerStoreError::Failed(format!("HTTP {status}")));
        }
        held(&self.success_codes, &reply.body.map_err(OwnerStoreError::Failed)?)
    }
}

/// The codes of the results that an answer lists.
fn held(success_codes: &[String], body: &[u8]) -> Result<BTreeSet<String>, OwnerStoreError> {
    let strange = || OwnerStoreError::Failed("its answer is not understood".to_owned());
    if !are_at_most(MOST_VALUES, body) {
        return Err(OwnerStoreError::Failed("its answer has too many values".to_owned()));
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| strange())?;
    let code = text(&answer.error_code).ok_or_else(strange)?;
    if !success_codes.contains(&code) {
        let is_told = code.len() <= LONGEST_CODE && code.bytes().all(|byte| byte.is_ascii_graphic());
        let told = if is_told { code } else { "another one".to_owned() };
        return Err(OwnerStoreError::Failed(format!(
            "its errorCode is {told}, which owner_store.success_codes does not name"
        )));
    }
    let list = match answer.result.get("DanhSachGiayToKetQua") {
        None | Some(Value::Null) if answer.result.is_null() || answer.result.is_object() => {
            return Ok(BTreeSet::new());
        }
        Some(Value::Array(list)) => list,
        _ => return Err(strange()),
    };
    list.iter().map(|one| one.get("MaKetQua").and_then(text).ok_or_else(strange)).collect()
}

/// The owner's identity number: that of the citizen's card, else that of the older one.
fn owner(dossier: &Dossier) -> Option<&str> {
    let identities = &dossier.applicant.identities;
    let of = |kind| identities.iter().find(move |identity| identity.kind == kind);
    let identity = of(IdentityKind::Cccd).or_else(|| of(IdentityKind::Cmnd))?;
    Some(identity.number.as_str()).filter(|number| !number.is_empty())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{OwnerStoreError, held};

    fn read(answer: &str) -> Result<Vec<String>, String> {
        let codes = ["0".to_owned(), "00".to_owned()];
        held(&codes, answer.as_bytes())
            .map(|codes| codes.into_iter().collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn results_are_read_by_their_codes_and_nothing_of_an_answer_is_guessed_at_or_quoted() {
        let listed = r#"{"errorCode": 0, "message": "Nguyễn Canary", "signature": "x", "result":
            {"DanhSachGiayToKetQua": [{"MaKetQua": "KQ.1", "SoKyHieu": "12/CT", "MoiCo": 1}, {"MaKetQua": "KQ.2"}]}}"#;
        assert_eq!(read(listed), Ok(vec!["KQ.1".to_owned(), "KQ.2".to_owned()]));
        for nothing in ["null", "{}", r#"{"DanhSachGiayToKetQua": null}"#, r#"{"DanhSachGiayToKetQua": []}"#]
        {
            assert_eq!(
                read(&format!(r#"{{"errorCode": "00", "result": {nothing}}}"#)),
                Ok(Vec::new()),
                "{nothing}"
            );
        }
        let unknown = read(r#"{"errorCode": "77", "message": "Nguyễn Canary 079199000123", "result": null}"#)
            .unwrap_err();
        assert!(
            unknown.contains("77") && unknown.contains("success_codes") && !unknown.contains("Canary"),
            "{unknown}"
        );
        assert!(!read(r#"{"errorCode": "Nguyễn Canary"}"#).unwrap_err().contains("Canary"));
        for strange in [
            "<html>",
            "[]",
            r#"{"result": {}}"#,
            r#"{"errorCode": 0, "result": []}"#,
            r#"{"errorCode": 0, "result": {"DanhSachGiayToKetQua": {}}}"#,
            r#"{"errorCode": 0, "result": {"DanhSachGiayToKetQua": [{"TenGiayTo": "Canary"}]}}"#,
        ] {
            let failed = OwnerStoreError::Failed("its answer is not understood".to_owned()).to_string();
            assert_eq!(read(strange), Err(failed), "{strange}");
        }
    }
}
