//! The reader of published figures: strict about kinds of values, and naming all that it does not know.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::published::{
    Axis, ChartPoint, Department, Figures, Metric, Odd, OddKind, Published, PublishedRow, UnitScore,
};
use super::topic::{Form, Topic};
use super::{EvaluationError, LONGEST_NAME, PAGE_SIZE, data_of};

/// The longest remark that is kept, in bytes.
const LONGEST_REMARK: usize = 500;

/// Codes of metrics.
const METRICS: [&str; 14] = [
    "PUBLISH_ON_TIME",
    "PUBLIC_UPDATE_ON_TIME",
    "PUBLIC_CONTENT_FULL",
    "DOSSIER_SYNC",
    "DOSSIER_RECEIVING_SATISFACTION",
    "PETITION_PROCESSING_ON_TIME",
    "PETITION_HANDLING_SATISFACTION",
    "ORIGINAL_RESULT_AVAILABLE",
    "SO_HOA_GIAY_TO_GIAI_QUYET",
    "REUSED_DIGITIZED_DATA",
    "SYNCED_WITH_DVCQG_PERSONAL_STORAGE",
    "CITIZEN_DATA_CONNECTED_DOSSIER",
    "CITIZEN_DATA_CONNECTED_FORMALITY",
    "ELECTRONIC_CERTIFIED_COPY",
];
/// Codes of groups.
const GROUPS: [&str; 6] = ["CKMB", "TDGQ", "ONLINE_SERVICE", "TTTT", "MDSH", "MDHL"];
/// Fields of an answer beside its rows.
const OF_ANSWER: [&str; 10] = [
    "overview",
    "evaluation",
    "parent",
    "children",
    "currentPage",
    "pageSize",
    "totalPages",
    "totalItems",
    "totalElements",
    "total",
];
/// Fields that name a unit.
const OF_DEPARTMENT: [&str; 6] = ["departmentId", "departmentCode", "departmentName", "id", "code", "name"];
/// Fields of a metric.
const OF_METRIC: [&str; 9] = [
    "code",
    "name",
    "numerator",
    "denominator",
    "ratio",
    "score",
    "maxScore",
    "dataQualityStatus",
    "dataQualityMessage",
];
/// Fields of a unit's scores.
const OF_SCORE: [&str; 7] =
    ["totalScore", "childGroup", "rank", "scoreDelta", "averageScore", "radar", "monthlyChart"];
/// Fields of a group's score. Their names are assumed.
const OF_AXIS: [&str; 4] = ["code", "name", "score", "maxScore"];
/// Fields of a month's total. Their names are assumed.
const OF_POINT: [&str; 3] = ["year", "month", "totalScore"];

/// The plain figures of a topic.
const fn figures_of(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Progress => {
            &["totalReceived", "totalOnTime", "totalOverdue", "totalCompleted", "avgProcessingDays"]
        }
        Topic::OnlineService => &[
            "authorityCount",
            "partialCount",
            "fullCount",
            "onlineDossierCount",
            "onlineServiceTotal",
            "channelOnlineSum",
            "channelDirectSum",
            "channelPostalSum",
            "channelTotalSum",
        ],
        Topic::Payment => &[
            "totalDossierOnlinePaymentSuccess",
            "totalDossierFinancialObligation",
            "totalDossierOnlineFormalityPaymentSuccess",
            "totalFeeDossierFormality",
            "totalFeeFormality",
        ],
        Topic::Disclosure | Topic::Digitisation | Topic::Satisfaction | Topic::Units | Topic::Provinces => {
            &[]
        }
    }
}

/// Reads the pages of one answer.
pub(super) fn read<P: AsRef<str>>(topic: Topic, pages: &[P]) -> Result<Published, EvaluationError> {
    let mut reader = Reader { topic, odd: BTreeMap::new() };
    let mut published = Published::default();
    for page in pages {
        let data = data_of(page.as_ref())?;
        if data.is_null() {
            continue;
        }
        let Value::Object(data) = data else { return Err(formless()) };
        reader.name_unknown(&data, &[&OF_ANSWER]);
        let (whole, rows) = match topic.form() {
            Form::Metrics => ("overview", "evaluation"),
            Form::Tree => ("parent", "children"),
            Form::Scores => ("", "evaluation"),
        };
        // Each page has the same.
        if published.whole.is_none() {
            published.whole = data.get(whole).and_then(Value::as_object).map(|row| reader.row(row));
        }
        let rows = data.get(rows).and_then(Value::as_array).ok_or_else(formless)?;
        for row in rows.iter().take(PAGE_SIZE) {
            match row {
                Value::Object(row) => published.rows.push(reader.row(row)),
                _ => reader.note(OddKind::NotRead, "evaluation"),
            }
        }
    }
    published.odd = reader.odd.into_iter().map(|((kind, name), many)| Odd { kind, name, many }).collect();
    Ok(published)
}

fn formless() -> EvaluationError {
    EvaluationError::Failed("its answer has no rows".to_owned())
}

type Object = Map<String, Value>;

/// The reading of one answer.
struct Reader {
    topic: Topic,
    odd: BTreeMap<(OddKind, String), u64>,
}

impl Reader {
    fn note(&mut self, kind: OddKind, name: &str) {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        *self.odd.entry((kind, name)).or_default() += 1;
    }

    fn name_unknown(&mut self, object: &Object, known: &[&[&str]]) {
        for field in object.keys() {
            if !known.iter().any(|known| known.contains(&field.as_str())) {
                self.note(OddKind::UnknownField, field);
            }
        }
    }

    fn row(&mut self, row: &Object) -> PublishedRow {
        let department = Department {
            id: self.text(row, "departmentId", "id"),
            code: self.text(row, "departmentCode", "code"),
            name: self.text(row, "departmentName", "name"),
        };
        let figures = match self.topic.form() {
            Form::Metrics => Figures::Metrics(self.metrics(row)),
            Form::Tree => Figures::Tree(self.tree(row)),
            Form::Scores => Figures::Score(self.score(row)),
        };
        PublishedRow { department, figures }
    }

    fn metrics(&mut self, row: &Object) -> Vec<Metric> {
        self.name_unknown(row, &[&OF_DEPARTMENT, &["metrics"]]);
        let list = self.list(row, "metrics");
        list.into_iter().map(|metric| self.metric(metric)).collect()
    }

    fn metric(&mut self, metric: &Object) -> Metric {
        self.name_unknown(metric, &[&OF_METRIC]);
        let code = self.text(metric, "code", "code").unwrap_or_default();
        if !METRICS.contains(&code.as_str()) {
            self.note(OddKind::UnknownCode, &code);
        }
        Metric {
            code,
            name: self.text(metric, "name", "name"),
            numerator: self.count(metric, "numerator"),
            denominator: self.count(metric, "denominator"),
            ratio: self.number(metric, "ratio"),
            score: self.number(metric, "score"),
            max_score: self.number(metric, "maxScore"),
            data_quality: self.text(metric, "dataQualityStatus", "dataQualityStatus"),
            data_quality_message: self.text(metric, "dataQualityMessage", "dataQualityMessage"),
        }
    }

    /// Every figure of a row, those that are not known too.
    fn tree(&mut self, row: &Object) -> BTreeMap<String, Option<f64>> {
        let known = figures_of(self.topic);
        let mut figures = BTreeMap::new();
        for (field, value) in row.iter().filter(|(field, _)| !OF_DEPARTMENT.contains(&field.as_str())) {
            let is_known = known.contains(&field.as_str());
            if !is_known {
                self.note(OddKind::UnknownField, field);
            }
            if (is_known || value.is_number()) && field.len() <= LONGEST_NAME {
                figures.insert(field.clone(), self.number(row, field));
            }
        }
        figures
    }

    fn score(&mut self, row: &Object) -> UnitScore {
        self.name_unknown(row, &[&OF_DEPARTMENT, &OF_SCORE]);
        let (radar, monthly) = (self.list(row, "radar"), self.list(row, "monthlyChart"));
        UnitScore {
            total: self.number(row, "totalScore"),
            child_group: self.text(row, "childGroup", "childGroup"),
            rank: self.count(row, "rank"),
            delta: self.number(row, "scoreDelta"),
            average: self.number(row, "averageScore"),
            radar: radar.into_iter().map(|axis| self.axis(axis)).collect(),
            monthly: monthly.into_iter().map(|point| self.point(point)).collect(),
        }
    }

    fn axis(&mut self, axis: &Object) -> Axis {
        self.name_unknown(axis, &[&OF_AXIS]);
        let code = self.text(axis, "code", "code").unwrap_or_default();
        if !GROUPS.contains(&code.as_str()) {
            self.note(OddKind::UnknownCode, &code);
        }
        Axis { code, score: self.number(axis, "score"), max_score: self.number(axis, "maxScore") }
    }

    fn point(&mut self, point: &Object) -> ChartPoint {
        self.name_unknown(point, &[&OF_POINT]);
        let month = self.text(point, "month", "month").unwrap_or_default();
        let month = match (self.count(point, "year"), month.parse::<u32>()) {
            (Some(year), Ok(number)) => format!("{year:04}-{number:02}"),
            _ => month,
        };
        ChartPoint { month, score: self.number(point, "totalScore") }
    }

    /// The objects of a list; none when there is no list.
    fn list<'r>(&mut self, row: &'r Object, field: &str) -> Vec<&'r Object> {
        let list = match row.get(field) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(list)) => list.as_slice(),
            Some(_) => &[],
        };
        let objects: Vec<&Object> = list.iter().filter_map(Value::as_object).collect();
        if objects.len() < list.len() || !row.get(field).is_some_and(Value::is_array) {
            self.note(OddKind::NotRead, field);
        }
        objects
    }

    /// The text of the field, or of the one with the other name; a number stands for its digits.
    fn text(&mut self, row: &Object, field: &str, other: &str) -> Option<String> {
        let (field, value) =
            row.get(field).map(|value| (field, value)).or_else(|| Some((other, row.get(other)?)))?;
        match value {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::String(text) if text.len() <= LONGEST_REMARK => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.note(OddKind::NotRead, field);
                None
            }
        }
    }

    /// A whole number that is not negative.
    fn count(&mut self, row: &Object, field: &str) -> Option<u64> {
        let value = row.get(field).filter(|value| !value.is_null())?;
        let count = value.as_u64();
        if count.is_none() {
            self.note(OddKind::NotRead, field);
        }
        count
    }

    fn number(&mut self, row: &Object, field: &str) -> Option<f64> {
        let value = row.get(field).filter(|value| !value.is_null())?;
        let number = value.as_f64();
        if number.is_none() {
            self.note(OddKind::NotRead, field);
        }
        number
    }
}

#[cfg(test)]
mod tests;
