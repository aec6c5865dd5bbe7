//! Answers in place of what was asked for, as RFC 9457 has them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::console::Console;
use dongbo_ledger::LedgerError;
use dongbo_model::{Lang, vocabulary};

/// The type of the answer.
const PROBLEM: &str = "application/problem+json";

vocabulary! {
    /// An obstacle in the way of an answer.
    pub(crate) enum ProblemKind
    texts {
        /// The kind for people.
        title
    }
    columns {
        /// The status of the answer.
        status: StatusCode
    }
    {
        /// A parameter is not known, or its value means nothing.
        BadParameter = "bad_parameter", ["Tham số không đúng", "A parameter is wrong"] => StatusCode::BAD_REQUEST;
        /// Nobody knows who asks.
        NotKnown = "not_known", ["Chưa đăng nhập, hoặc mã truy cập không đúng", "Nobody has logged in, or the token is wrong"] => StatusCode::UNAUTHORIZED;
        /// The one who asks may not see it.
        NotForYou = "not_for_you", ["Tài khoản này không được xem", "This account may not see that"] => StatusCode::FORBIDDEN;
        /// It came past the proxy.
        PastTheProxy = "past_the_proxy", ["Chỉ trả lời qua máy chủ trung gian có TLS (console.behind_proxy)", "Answers come through the proxy over TLS only (console.behind_proxy)"] => StatusCode::FORBIDDEN;
        /// There is no such thing.
        NotFound = "not_found", ["Không có", "There is no such thing"] => StatusCode::NOT_FOUND;
        /// The API changes nothing.
        NotAllowed = "not_allowed", ["Chỉ trả lời GET", "Only GET is answered"] => StatusCode::METHOD_NOT_ALLOWED;
        /// It was sent to another name.
        Misdirected = "misdirected", ["Chỉ trả lời qua localhost", "Answers are given to localhost only"] => StatusCode::MISDIRECTED_REQUEST;
        /// The ledger or a file cannot be read now.
        Unavailable = "unavailable", ["Chưa đọc được số liệu; thử lại sau", "The numbers cannot be read now; try again later"] => StatusCode::SERVICE_UNAVAILABLE;
    }
}

/// An answer in place of what was asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: ProblemKind,
    detail: Option<[String; 2]>,
    /// The parameter that is wrong, or the code that may be meant.
    about: Option<String>,
    ledger: Option<Box<LedgerError>>,
}

/// The answer as it is written.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemBody {
    /// `urn:dongbo:problem:` and the stable name of its kind.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// The fault, and the remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The parameter that is wrong; of a dossier's code that nobody has, the one that may be meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
}

impl Problem {
    /// A problem of this kind.
    pub(crate) const fn new(kind: ProblemKind) -> Self {
        Self { kind, detail: None, about: None, ledger: None }
    }

    /// A parameter that is wrong, and why, in Vietnamese and English.
    pub(super) fn parameter(name: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        let detail = Some([vi.into(), en.into()]);
        Self { detail, ..Self::new(ProblemKind::BadParameter) }.about(name)
    }

    /// The ledger cannot be read.
    pub(super) fn ledger(error: LedgerError) -> Self {
        Self { ledger: Some(Box::new(error)), ..Self::new(ProblemKind::Unavailable) }
    }

    /// This with a name for what it is about.
    pub(super) fn about(self, name: &str) -> Self {
        Self { about: Some(name.to_owned()), ..self }
    }

    /// Tells the log of what an operator has to know.
    pub(super) fn note(&self, console: &Console) {
        if let Some(error) = &self.ledger {
            console.ctx.ledger_failed(error);
        }
    }

    /// The answer.
    pub(crate) fn answer(self, lang: Lang) -> Response {
        let status = self.kind.status();
        let body = ProblemBody {
            kind: format!("urn:dongbo:problem:{}", self.kind.name()),
            title: self.kind.title(lang),
            status: status.as_u16(),
            detail: match (self.detail, self.ledger) {
                (Some([vi, en]), _) => Some(if lang == Lang::Vi { vi } else { en }),
                (None, ledger) => ledger.map(|error| error.remedy(lang)),
            },
            about: self.about,
        };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let mut answer = (status, body).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        let more = match self.kind {
            ProblemKind::NotKnown => Some((header::WWW_AUTHENTICATE, "Bearer")),
            ProblemKind::NotAllowed => Some((header::ALLOW, "GET, HEAD")),
            _ => None,
        };
        headers.extend(more.map(|(name, value)| (name, HeaderValue::from_static(value))));
        answer
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        Self::ledger(error)
    }
}
