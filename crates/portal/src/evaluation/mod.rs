//! The portal's evaluation API: its public counts of dossiers, which its page of service quality shows.
//!
//! Callers pace the calls, one after another. Every call is a `POST` and answers HTTP 201 with
//! `{"code":"OK","data":...}`. `null` is not 0: it has not been counted.

mod counts;
mod published;
mod reading;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

pub use counts::{CountGroup, CountRow, Formality};
pub use published::{
    Axis, ChartPoint, Department, Figures, Metric, Odd, OddKind, Published, PublishedRow, UnitScore,
};
pub use topic::Topic;

use crate::error::PortalError;
use crate::http::Http;
use crate::settings::Settings;
use crate::transport::{Body, Fault, NoAnswer, Request, Transport};
use crate::values::are_at_most;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Period};

/// The number of rows in a page.
const PAGE_SIZE: usize = 200;
/// The most pages read of one list.
const MOST_PAGES: usize = 100;
/// The most values in one answer, which is one page: a unit has some two hundred with all its metrics.
const MOST_VALUES: usize = 100_000;
/// The longest id or code, in bytes. A longer one is none.
const LONGEST_NAME: usize = 100;

/// The evaluation API.
#[derive(Clone)]
pub struct Evaluation {
    transport: Arc<dyn Transport>,
    base: Url,
    root: String,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The listed rows, at most as many as were asked for.
    pub items: Vec<T>,
    /// The answer as it came.
    pub raw: String,
    /// Whether another page follows.
    pub has_next: bool,
}

/// One page of published figures as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// The HTTP status.
    pub http: u16,
    /// The answer.
    pub raw: String,
    /// Whether another page follows.
    pub has_next: bool,
}

/// The reason why the evaluation API gave no counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// It refuses to be asked now, so the caller stops asking.
    #[error("the evaluation API refuses to be asked (HTTP {status}); it is asked again at the next run")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The wait that it asks for (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// It did not answer, or its answer is not understood.
    #[error("the evaluation API gave no counts: {0}")]
    Failed(String),
}

#[derive(Deserialize)]
struct Envelope {
    code: Value,
    #[serde(default)]
    data: Value,
}

/// An answer that says that all is well.
struct Told {
    http: u16,
    data: Value,
    raw: String,
}

impl Evaluation {
    /// The API at `evaluation_url`, counting the departments below `root_department`; `None` when the address is empty.
    /// Uses no network.
    ///
    /// # Errors
    /// The address is no URL, or the client cannot be made.
    pub fn new(
        evaluation_url: &str,
        root_department: &str,
        portal: &Settings,
        clock: Clock,
    ) -> Result<Option<Self>, PortalError> {
        if evaluation_url.is_empty() {
            return Ok(None);
        }
        let whole = format!("{}/api/v1/reporting/", evaluation_url.trim_end_matches('/'));
        let base = Url::parse(&whole).ok().filter(Url::has_host);
        let base = base.ok_or(PortalError::BadUrl { key: "evaluation_url" })?;
        let transport = Arc::new(Http::public(portal, &base, clock)?);
        Ok(Some(Self { transport, base, root: root_department.to_owned() }))
    }

    /// The department below which it is asked, by the portal's own id; empty for its root.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// One page, counted from 1, of what the portal publishes of `topic` for a period.
    ///
    /// # Errors
    /// `Refused` under HTTP 401, 403 and 429, else `Failed`. An answer without figures is none.
    pub async fn published(
        &self,
        topic: Topic,
        period: Period,
        page: usize,
    ) -> Result<RawPage, EvaluationError> {
        let question = topic.question(period, &self.root, page, PAGE_SIZE);
        let Told { http, data, raw } = self.ask(topic.path(), &question).await?;
        Ok(RawPage { http, raw, has_next: page < pages(&data) })
    }

    async fn ask(&self, path: &str, question: &Value) -> Result<Told, EvaluationError> {
        let url = self.base.join(path).map_err(|error| EvaluationError::Failed(error.to_string()))?;
        let body = Body::Json(question.to_string().into_bytes());
        let reply = match self.transport.post(Request { url: &url, token: None, body }).await {
            Ok(reply) => reply,
            Err(NoAnswer { fault: Fault::NotSent(why) | Fault::Refused(why) | Fault::Lost(why), .. }) => {
                return Err(EvaluationError::Failed(why));
            }
            Err(NoAnswer { fault: Fault::Blocked(obstacle), .. }) => {
                return Err(EvaluationError::Failed(obstacle.text(Lang::En).to_owned()));
            }
        };
        let http = reply.status;
        if matches!(http, 401 | 403 | 429) {
            return Err(EvaluationError::Refused { status: http, retry_after: reply.retry_after });
        }
        if !(200..300).contains(&http) {
            return Err(EvaluationError::Failed(format!("HTTP {http}")));
        }
        let body = reply.body.map_err(EvaluationError::Failed)?;
        if !are_at_most(MOST_VALUES, &body) {
            return Err(EvaluationError::Failed(
                "its answer has more values than a page of counts".to_owned(),
            ));
        }
        let raw = String::from_utf8(body)
            .map_err(|_| EvaluationError::Failed("its answer is not text".to_owned()))?;
        Ok(Told { http, data: data_of(&raw)?, raw })
    }
}

/// The data of an answer that says that all is well.
fn data_of(raw: &str) -> Result<Value, EvaluationError> {
    let envelope: Envelope = serde_json::from_str(raw)
        .map_err(|_| EvaluationError::Failed("its answer is not understood".to_owned()))?;
    if envelope.code != "OK" {
        return Err(EvaluationError::Failed("the code of its answer is not OK".to_owned()));
    }
    Ok(envelope.data)
}

fn pages(data: &Value) -> usize {
    let pages = data.get("totalPages").and_then(Value::as_u64).unwrap_or(1);
    usize::try_from(pages).unwrap_or(MOST_PAGES).min(MOST_PAGES)
}

fn text(row: &Value, field: &str) -> Option<String> {
    match row.get(field)? {
        Value::String(text) if text.len() <= LONGEST_NAME => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
