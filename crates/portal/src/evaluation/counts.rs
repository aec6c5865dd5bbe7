//! The counts of one month by unit, and the portal's list of procedures: what both sides are compared by.

use serde_json::{Value, json};

use super::{Evaluation, EvaluationError, PAGE_SIZE, Page, Told, pages, text};
use dongbo_model::Month;

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

/// A procedure as the portal lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formality {
    /// The portal's id.
    pub id: String,
    /// Its national code.
    pub code: String,
}

impl Evaluation {
    /// One page, counted from 1, of the portal's counts of one month, by unit: of all procedures, or of the one with this id of
    /// the portal's. A month that is not published yet has no rows.
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
        let mut question = json!({ "timeType": "month", "year": month.year(), "month": month.number(),
            "rootDepartmentId": self.root, "currentPage": page, "pageSize": PAGE_SIZE });
        if let (Some(id), Some(fields)) = (formality, question.as_object_mut()) {
            fields.insert(group.procedure_key().to_owned(), id.into());
        }
        let Told { data, raw, .. } = self.ask(&format!("evaluation/{}", group.name()), &question).await?;
        let rows = match data.get(group.rows_key()).and_then(Value::as_array) {
            Some(rows) => rows.as_slice(),
            None if data.is_null() => &[],
            None => return Err(EvaluationError::Failed("its answer has no rows".to_owned())),
        };
        let items = rows.iter().take(PAGE_SIZE).map(row).collect();
        Ok(Page { items, has_next: page < pages(&data), raw })
    }

    /// One page, counted from 1, of the procedures that the portal lists.
    ///
    /// # Errors
    /// `Refused` under HTTP 401, 403 and 429, else `Failed`.
    pub async fn formalities(&self, page: usize) -> Result<Page<Formality>, EvaluationError> {
        let question = json!({ "q": "", "currentPage": page, "pageSize": PAGE_SIZE });
        let Told { data, raw, .. } = self.ask("formalities", &question).await?;
        let items = data.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let one = |item: &Value| Some(Formality { id: text(item, "id")?, code: text(item, "code")? });
        let items = items.iter().take(PAGE_SIZE).filter_map(one).collect();
        Ok(Page { items, raw, has_next: page < pages(&data) })
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
