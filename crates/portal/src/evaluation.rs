//! The portal's evaluation API: its public counts of dossiers, which its page of service quality shows.
//!
//! Callers pace the calls, one after another. Every call is a `POST` and answers HTTP 201 with
//! `{"code":"OK","data":...}`. `null` is not 0: it has not been counted.

use std::sync::Arc;

use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::PortalError;
use crate::http::Http;
use crate::settings::Settings;
use crate::transport::{Body, Fault, NoAnswer, Request, Transport};
use crate::values::are_at_most;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Month};

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
    progress: Url,
    digitised: Url,
    formalities: Url,
    root: String,
}

/// A group of counts, which is a call of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountGroup {
    /// `dvc-progress-tree`: dossiers received, and of these completed.
    Progress,
    /// `dossier-digitized`: completed dossiers with a result (metric `ORIGINAL_RESULT_AVAILABLE`).
    Digitised,
}

impl CountGroup {
    /// The name of the group, which is the end of its path.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Progress => "dvc-progress-tree",
            Self::Digitised => "dossier-digitized",
        }
    }

    /// The key of the procedure in a question, as the API spells it.
    const fn procedure_key(self) -> &'static str {
        match self {
            Self::Progress => "formalityId",
            Self::Digitised => "formalityID",
        }
    }

    /// The list of units in an answer.
    const fn rows_key(self) -> &'static str {
        match self {
            Self::Progress => "children",
            Self::Digitised => "evaluation",
        }
    }
}

/// The counts of one unit. A count that its group does not have is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountRow {
    /// The portal's id of the unit.
    pub id: String,
    /// Its code, where the row has one.
    pub code: String,
    /// Dossiers received in the period; `None` when they are not counted.
    pub received: Option<u64>,
    /// Of these, those completed; `None` when they are not counted.
    pub completed: Option<u64>,
    /// Of the completed ones, those with a result; `None` when they are not counted.
    pub with_result: Option<u64>,
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

/// A procedure as the portal lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formality {
    /// The portal's id.
    pub id: String,
    /// Its national code.
    pub code: String,
}

/// The reason why the evaluation API gave no counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// It refuses to be asked now, so the caller stops asking.
    #[error("the evaluation API refuses to be asked (HTTP {status}); it is asked again at the next run")]
    Refused {
        /// The HTTP status.
        status: u16,
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
        let url = |path: &str| {
            let whole = format!("{}/api/v1/reporting/{path}", evaluation_url.trim_end_matches('/'));
            Url::parse(&whole).ok().filter(Url::has_host).ok_or(PortalError::BadUrl { key: "evaluation_url" })
        };
        let group = |group: CountGroup| url(&format!("evaluation/{}", group.name()));
        let progress = group(CountGroup::Progress)?;
        let transport = Arc::new(Http::public(portal, &progress, clock)?);
        let root = root_department.to_owned();
        let digitised = group(CountGroup::Digitised)?;
        Ok(Some(Self { transport, formalities: url("formalities")?, progress, digitised, root }))
    }

    /// One page, counted from 1, of the portal's counts of one month, by unit: of all procedures, or of the one with this id of
    /// the portal's.
    ///
    /// # Errors
    /// `Refused` under HTTP 401, 403 and 429, else `Failed`.
    pub async fn count(
        &self,
        group: CountGroup,
        month: Month,
        formality: Option<&str>,
        page: usize,
    ) -> Result<Page<CountRow>, EvaluationError> {
        let url = match group {
            CountGroup::Progress => &self.progress,
            CountGroup::Digitised => &self.digitised,
        };
        let mut question = json!({ "timeType": "month", "year": month.year(), "month": month.number(),
            "rootDepartmentId": self.root, "currentPage": page, "pageSize": PAGE_SIZE });
        if let (Some(id), Some(fields)) = (formality, question.as_object_mut()) {
            fields.insert(group.procedure_key().to_owned(), id.into());
        }
        let (data, raw) = self.ask(url, &question).await?;
        let Some(rows) = data.get(group.rows_key()).and_then(Value::as_array) else {
            return Err(EvaluationError::Failed("its answer has no rows".to_owned()));
        };
        let items = rows.iter().take(PAGE_SIZE).map(row).collect();
        Ok(Page { items, raw, has_next: page < pages(&data) })
    }

    /// One page, counted from 1, of the procedures that the portal lists.
    ///
    /// # Errors
    /// `Refused` under HTTP 401, 403 and 429, else `Failed`.
    pub async fn formalities(&self, page: usize) -> Result<Page<Formality>, EvaluationError> {
        let question = json!({ "q": "", "currentPage": page, "pageSize": PAGE_SIZE });
        let (data, raw) = self.ask(&self.formalities, &question).await?;
        let items = data.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let one = |item: &Value| Some(Formality { id: text(item, "id")?, code: text(item, "code")? });
        let items = items.iter().take(PAGE_SIZE).filter_map(one).collect();
        Ok(Page { items, raw, has_next: page < pages(&data) })
    }

    async fn ask(&self, url: &Url, question: &Value) -> Result<(Value, String), EvaluationError> {
        let posted = self
            .transport
            .post(Request { url, token: None, body: Body::Json(question.to_string().into_bytes()) })
            .await;
        let reply = match posted {
            Ok(reply) => reply,
            Err(NoAnswer { fault: Fault::NotSent(why) | Fault::Refused(why) | Fault::Lost(why), .. }) => {
                return Err(EvaluationError::Failed(why));
            }
            Err(NoAnswer { fault: Fault::Blocked(obstacle), .. }) => {
                return Err(EvaluationError::Failed(obstacle.text(Lang::En).to_owned()));
            }
        };
        if matches!(reply.status, 401 | 403 | 429) {
            return Err(EvaluationError::Refused { status: reply.status });
        }
        if !(200..300).contains(&reply.status) {
            return Err(EvaluationError::Failed(format!("HTTP {}", reply.status)));
        }
        let body = reply.body.map_err(EvaluationError::Failed)?;
        if !are_at_most(MOST_VALUES, &body) {
            return Err(EvaluationError::Failed(
                "its answer has more values than a page of counts".to_owned(),
            ));
        }
        let raw = String::from_utf8(body)
            .map_err(|_| EvaluationError::Failed("its answer is not text".to_owned()))?;
        let envelope: Envelope = serde_json::from_str(&raw)
            .map_err(|_| EvaluationError::Failed("its answer is not understood".to_owned()))?;
        if envelope.code != "OK" {
            return Err(EvaluationError::Failed("the code of its answer is not OK".to_owned()));
        }
        Ok((envelope.data, raw))
    }
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

fn row(child: &Value) -> CountRow {
    let count = |field: &str| child.get(field).and_then(Value::as_u64);
    CountRow {
        id: text(child, "departmentId").or_else(|| text(child, "id")).unwrap_or_default(),
        code: text(child, "departmentCode").or_else(|| text(child, "code")).unwrap_or_default(),
        received: count("totalReceived"),
        completed: count("totalCompleted"),
        with_result: metric(child, "ORIGINAL_RESULT_AVAILABLE"),
    }
}

/// The numerator of a metric. Remarks on the quality of its data are about the denominator.
fn metric(row: &Value, code: &str) -> Option<u64> {
    let metrics = row.get("metrics")?.as_array()?;
    metrics
        .iter()
        .find(|metric| metric.get("code").is_some_and(|found| found == code))?
        .get("numerator")?
        .as_u64()
}
