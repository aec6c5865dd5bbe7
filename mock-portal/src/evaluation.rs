//! The evaluation API: what the portal counts of its own store, per agency, procedure and period, for everybody to read.
//!
//! Counts are honest. What is not: like the real one it can lag behind, leave out what it has not counted (`null` is not
//! 0), and flag data that are not final.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::chance::mix;
use crate::clock;
use crate::core::Core;
use crate::facts::{Cell, Cells};
use crate::sync::lock;

/// Where it is served.
pub(crate) const PREFIX: &str = "/api/v1/reporting/";

/// How the evaluation API behaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evaluation {
    /// Seconds by which the counts may lag behind the store; 0: never.
    pub delay_s: u64,
    /// Units of which nothing is counted yet: their counts are `null`.
    pub nulls: Vec<String>,
    /// Flag denominators as provisional.
    pub provisional: bool,
    /// Answer every call with this HTTP status, such as 403 or 429; 0: do not.
    pub refuse_with: u16,
    /// Answer the call with this number, from the start of the portal on, with HTTP 500.
    pub fail_call: Option<u64>,
}

/// What the API last counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    taken: Option<(Instant, u64, Arc<Cells>)>,
    calls: u64,
}

impl Counted {
    pub(crate) const fn calls(&self) -> u64 {
        self.calls
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Question {
    time_type: String,
    year: i32,
    quarter: u32,
    month: u32,
    root_department_id: String,
    formality_id: String,
    #[serde(rename = "formalityID")]
    formality_id_so_spelt: String,
    q: String,
    current_page: usize,
    page_size: usize,
}

/// The answer to a call below [`PREFIX`]: HTTP status and JSON.
pub(crate) fn answer(core: &Core, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let evaluation = lock(&core.evaluation).clone();
    let call = {
        let mut counted = lock(&core.counted);
        counted.calls += 1;
        counted.calls
    };
    if evaluation.fail_call == Some(call) {
        return (500, refusal("INTERNAL_ERROR", "Lỗi hệ thống"));
    }
    if evaluation.refuse_with != 0 {
        return (evaluation.refuse_with, refusal("FORBIDDEN", "Truy cập bị từ chối"));
    }
    let Ok(question) = serde_json::from_slice::<Question>(body) else {
        return (400, refusal("BAD_REQUEST", "Yêu cầu không hợp lệ"));
    };
    let group = path.strip_prefix(PREFIX).unwrap_or_default();
    if group == "formalities" {
        return (201, ok(&formalities(core, &question)));
    }
    let Some(group) = group.strip_prefix("evaluation/") else {
        return (404, refusal("NOT_FOUND", "Không tìm thấy"));
    };
    let cells = counted(core, &evaluation);
    let Some(view) = View::of(core, &cells, &question) else {
        return (400, refusal("BAD_REQUEST", "Kỳ báo cáo hoặc mã không hợp lệ"));
    };
    match group {
        "dvc-progress-tree" => (201, ok(&view.tree(&evaluation, progress))),
        "provide-online-tree" => (201, ok(&view.tree(&evaluation, online))),
        "formality-online-payment-tree" => (201, ok(&view.tree(&evaluation, payment))),
        "transparency" => (201, ok(&view.metrics(&evaluation, transparency))),
        "handling-satisfaction" => (201, ok(&view.metrics(&evaluation, satisfaction))),
        "dossier-digitized" => (201, ok(&view.metrics(&evaluation, digitised))),
        _ => (404, refusal("NOT_FOUND", "Không tìm thấy")),
    }
}

fn ok(data: &Value) -> Vec<u8> {
    json!({ "code": "OK", "data": data, "message": "Thành công" }).to_string().into_bytes()
}

fn refusal(code: &str, message: &str) -> Vec<u8> {
    json!({ "code": code, "data": null, "message": message }).to_string().into_bytes()
}

/// The portal's own id of an agency or procedure, which is not its code.
fn id(kind: &str, code: &str) -> String {
    format!("{:016x}", mix(0, &[kind, code]))
}

/// The counts as the API knows them: as old as the delay allows.
fn counted(core: &Core, evaluation: &Evaluation) -> Arc<Cells> {
    let mut store = lock(&core.store);
    let mut counted = lock(&core.counted);
    if let Some((at, version, cells)) = &counted.taken {
        let fresh = at.elapsed() < Duration::from_secs(evaluation.delay_s);
        if fresh || *version == store.version() {
            return Arc::clone(cells);
        }
    }
    let cells = Arc::new(store.cells(clock::wall(core.config.clock_ahead_s)));
    counted.taken = Some((Instant::now(), store.version(), Arc::clone(&cells)));
    cells
}

fn formalities(core: &Core, question: &Question) -> Value {
    let wanted = question.q.to_lowercase();
    let procedures = core.config.catalogue.procedures.iter();
    let found: Vec<Value> = procedures
        .filter(|it| it.code.contains(&wanted) || it.name.to_lowercase().contains(&wanted))
        .map(|it| {
            json!({ "id": id("formality", &it.code), "code": it.code, "name": it.name, "state": "PUBLISHED",
                "departmentId": id("department", "") })
        })
        .collect();
    let (page, pages) = paged(question, &found);
    json!({ "items": page, "currentPage": question.current_page.max(1), "totalPages": pages })
}

fn paged<'a>(question: &Question, all: &'a [Value]) -> (&'a [Value], usize) {
    let size = if question.page_size == 0 { 100 } else { question.page_size };
    let begin = question.current_page.saturating_sub(1).saturating_mul(size).min(all.len());
    let end = begin.saturating_add(size).min(all.len());
    (all.get(begin..end).unwrap_or_default(), all.len().div_ceil(size).max(1))
}

/// What a question is about: the sums of each unit.
struct View<'q> {
    question: &'q Question,
    units: BTreeMap<String, Cell>,
    names: BTreeMap<String, String>,
}

impl<'q> View<'q> {
    fn of(core: &Core, cells: &Cells, question: &'q Question) -> Option<Self> {
        let months = match question.time_type.as_str() {
            "year" => 1..=12,
            "quarter" if (1..=4).contains(&question.quarter) => {
                question.quarter * 3 - 2..=question.quarter * 3
            }
            "month" if (1..=12).contains(&question.month) => question.month..=question.month,
            // The one group that takes days in place of a period counts everything.
            "" => 0..=0,
            _ => return None,
        };
        let wanted = [&question.formality_id, &question.formality_id_so_spelt];
        let formality = wanted.into_iter().find(|it| !it.is_empty());
        let root = &question.root_department_id;
        let catalogue = &core.config.catalogue;
        let mut units: BTreeMap<String, Cell> = BTreeMap::new();
        let known: BTreeSet<&str> = cells.keys().map(|(unit, ..)| unit.as_str()).collect();
        for unit in catalogue.agencies.iter().map(|it| it.code.as_str()).chain(known) {
            let under = root.is_empty() || *root == id("department", unit) || root == unit;
            if under {
                units.entry(unit.to_owned()).or_default();
            }
        }
        if units.is_empty() {
            return None;
        }
        for ((unit, procedure, year, month), cell) in cells {
            let in_period = months.contains(&0) || (*year == question.year && months.contains(month));
            let of_formality =
                formality.is_none_or(|it| *it == id("formality", procedure) || it == procedure);
            if in_period
                && of_formality
                && let Some(sum) = units.get_mut(unit)
            {
                sum.add(cell);
            }
        }
        let names = catalogue.agencies.iter().map(|it| (it.code.clone(), it.name.clone())).collect();
        Some(Self { question, units, names })
    }

    fn department(&self, unit: &str, fields: Map<String, Value>) -> Value {
        let mut row = Map::new();
        row.insert("departmentId".to_owned(), id("department", unit).into());
        row.insert("departmentCode".to_owned(), unit.into());
        row.insert("departmentName".to_owned(), self.names.get(unit).cloned().unwrap_or_default().into());
        row.extend(fields);
        Value::Object(row)
    }

    fn total(&self) -> Cell {
        self.units.values().fold(Cell::default(), |mut sum, cell| {
            sum.add(cell);
            sum
        })
    }

    fn tree(&self, evaluation: &Evaluation, fields: fn(&Cell) -> Value) -> Value {
        let row = |unit: &str, cell: &Cell| {
            let Value::Object(mut fields) = fields(cell) else { return Value::Null };
            if evaluation.nulls.iter().any(|it| it == unit) {
                fields.values_mut().for_each(|value| *value = Value::Null);
            }
            self.department(unit, fields)
        };
        let children: Vec<Value> = self.units.iter().map(|(unit, cell)| row(unit, cell)).collect();
        let (page, pages) = paged(self.question, &children);
        json!({ "parent": row("", &self.total()), "children": page,
            "currentPage": self.question.current_page.max(1), "totalPages": pages })
    }

    fn metrics(&self, evaluation: &Evaluation, of: fn(&Cell) -> Vec<Metric>) -> Value {
        let told = |unit: &str, cell: &Cell| {
            let uncounted = evaluation.nulls.iter().any(|it| it == unit);
            let metrics: Vec<Value> =
                of(cell).into_iter().map(|metric| metric.told(uncounted, evaluation.provisional)).collect();
            Map::from_iter([("metrics".to_owned(), Value::Array(metrics))])
        };
        let rows: Vec<Value> =
            self.units.iter().map(|(unit, cell)| self.department(unit, told(unit, cell))).collect();
        let (page, pages) = paged(self.question, &rows);
        json!({ "overview": told("", &self.total()), "evaluation": page,
            "currentPage": self.question.current_page.max(1), "totalPages": pages })
    }
}

/// One metric: code, name, numerator, denominator, greatest score.
struct Metric(&'static str, &'static str, Option<u64>, Option<u64>, f64);

impl Metric {
    fn told(self, uncounted: bool, provisional: bool) -> Value {
        let Self(code, name, numerator, denominator, most) = self;
        let (numerator, denominator) = if uncounted { (None, None) } else { (numerator, denominator) };
        let ratio = match (numerator, denominator) {
            (Some(numerator), Some(denominator)) if denominator > 0 => Some(share(numerator, denominator)),
            _ => None,
        };
        let score = ratio.map(|ratio| (most * ratio).min(most));
        let mut metric = json!({ "code": code, "name": name, "numerator": numerator, "denominator": denominator,
            "ratio": ratio.map(|ratio| ratio * 100.0), "score": score, "maxScore": most });
        let flag = match (provisional, uncounted) {
            (_, true) => Some(("NO_NATIONAL_REPORT_DATA", "Chưa có số liệu báo cáo")),
            (true, false) => Some(("TEMP_NATIONAL_REPORT_DENOMINATOR", "Mẫu số tạm tính")),
            (false, false) => None,
        };
        if let (Some((status, message)), Some(fields)) = (flag, metric.as_object_mut()) {
            fields.insert("dataQualityStatus".to_owned(), status.into());
            fields.insert("dataQualityMessage".to_owned(), message.into());
        }
        metric
    }
}

fn share(part: u64, whole: u64) -> f64 {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    float(part) / float(whole)
}

fn progress(cell: &Cell) -> Value {
    let mean = (cell.completed > 0).then(|| share(cell.seconds, cell.completed) / 86_400.0);
    json!({ "totalReceived": cell.received, "totalOnTime": cell.received - cell.overdue.min(cell.received),
        "totalOverdue": cell.overdue, "totalCompleted": cell.completed, "avgProcessingDays": mean })
}

fn online(cell: &Cell) -> Value {
    json!({ "authorityCount": null, "partialCount": null, "fullCount": null,
        "onlineDossierCount": cell.online, "onlineServiceTotal": null, "channelOnlineSum": cell.online,
        "channelDirectSum": cell.direct, "channelPostalSum": cell.post,
        "channelTotalSum": cell.online + cell.direct + cell.post })
}

fn payment(cell: &Cell) -> Value {
    json!({ "totalDossierOnlinePaymentSuccess": cell.paid_online, "totalDossierFinancialObligation": cell.obliged,
        "totalDossierOnlineFormalityPaymentSuccess": cell.paid_online, "totalFeeDossierFormality": cell.obliged,
        "totalFeeFormality": cell.obliged })
}

fn transparency(cell: &Cell) -> Vec<Metric> {
    vec![
        Metric("PUBLISH_ON_TIME", "Công bố đúng hạn", None, None, 6.0),
        Metric("PUBLIC_UPDATE_ON_TIME", "Công khai đúng hạn", None, None, 4.0),
        Metric("PUBLIC_CONTENT_FULL", "Công khai đầy đủ", None, None, 2.0),
        Metric("DOSSIER_SYNC", "Hồ sơ đồng bộ", Some(cell.received), Some(cell.received), 6.0),
    ]
}

fn satisfaction(cell: &Cell) -> Vec<Metric> {
    let satisfied = cell.received - cell.overdue.min(cell.received);
    vec![
        Metric("DOSSIER_RECEIVING_SATISFACTION", "Hài lòng", Some(satisfied), Some(cell.received), 6.0),
        Metric("PETITION_PROCESSING_ON_TIME", "Xử lý kiến nghị đúng hạn", Some(0), Some(0), 6.0),
        Metric("PETITION_HANDLING_SATISFACTION", "Hài lòng xử lý kiến nghị", Some(0), Some(0), 6.0),
    ]
}

fn digitised(cell: &Cell) -> Vec<Metric> {
    let (received, completed) = (Some(cell.received), Some(cell.completed));
    vec![
        Metric("ORIGINAL_RESULT_AVAILABLE", "Có kết quả điện tử", Some(cell.with_result), completed, 6.0),
        Metric("SO_HOA_GIAY_TO_GIAI_QUYET", "Số hóa", Some(cell.digitised), received, 4.0),
        Metric("REUSED_DIGITIZED_DATA", "Tái sử dụng", Some(cell.reused), received, 2.0),
        Metric(
            "SYNCED_WITH_DVCQG_PERSONAL_STORAGE",
            "Kho dữ liệu cá nhân",
            Some(cell.from_store),
            received,
            4.0,
        ),
        Metric(
            "CITIZEN_DATA_CONNECTED_DOSSIER",
            "Kết nối dữ liệu dân cư",
            Some(cell.verified),
            received,
            2.0,
        ),
        Metric("CITIZEN_DATA_CONNECTED_FORMALITY", "Thủ tục kết nối dân cư", None, None, 2.0),
        Metric("ELECTRONIC_CERTIFIED_COPY", "Chứng thực điện tử", None, None, 2.0),
    ]
}
