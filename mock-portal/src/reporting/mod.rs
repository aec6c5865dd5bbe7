//! The evaluation API: counts of the portal's own store by agency, procedure and period, open to everybody.
//!
//! The counts are honest, and so are the points that are made of them. Like the real API it can lag behind, leave out units
//! that it has not counted (`null` is not 0), flag data that are not final, and publish no period before its end.

mod metrics;
mod period;
mod question;
mod scores;
mod sum;
mod view;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::core::Core;
use crate::facts::Cells;
use crate::sync::lock;
use period::Period;
use question::{Question, department_id, formality_id};
use view::View;

/// Path below which the API is served.
pub(crate) const PREFIX: &str = "/api/v1/reporting/";

/// The answer to a call below [`PREFIX`]: HTTP status and JSON.
pub(crate) fn answer(core: &Core, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let evaluation = lock(&core.evaluation).clone();
    let call = lock(&core.count_cache).count_call();
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
    let cells = cells(core, Duration::from_secs(evaluation.delay_s));
    let view = View {
        catalogue: &core.config.catalogue,
        cells: &cells,
        question: &question,
        evaluation: &evaluation,
        today: clock::wall(core.config.clock_ahead_s).date(),
    };
    let period = match group {
        "handling-satisfaction" => Period::by_days(&question),
        _ => Period::by_type(&question),
    };
    let Some(period) = period else {
        return (400, refusal("BAD_REQUEST", "Kỳ báo cáo không hợp lệ"));
    };
    if !view.is_published(period) {
        return (201, ok(&Value::Null));
    }
    let data = match group {
        "dvc-progress-tree" => view.tree(period, metrics::progress),
        "provide-online-tree" => view.tree(period, metrics::online),
        "formality-online-payment-tree" => view.tree(period, metrics::payment),
        "transparency" => view.metrics(period, metrics::disclosure),
        "handling-satisfaction" => view.metrics(period, metrics::satisfaction),
        "dossier-digitized" => view.metrics(period, metrics::digitisation),
        "service-results" => view.results(period),
        _ => return (404, refusal("NOT_FOUND", "Không tìm thấy")),
    };
    match data {
        Some(data) => (201, ok(&data)),
        None => (400, refusal("BAD_REQUEST", "Không có cơ quan này")),
    }
}

fn ok(data: &Value) -> Vec<u8> {
    json!({ "code": "OK", "data": data, "message": "Thành công" }).to_string().into_bytes()
}

fn refusal(code: &str, message: &str) -> Vec<u8> {
    json!({ "code": code, "data": null, "message": message }).to_string().into_bytes()
}

/// The counts as the API knows them: as old as the delay allows.
fn cells(core: &Core, delay: Duration) -> Arc<Cells> {
    let mut store = lock(&core.store);
    let mut cache = lock(&core.count_cache);
    if let Some(cells) = cache.get(store.version(), delay) {
        return cells;
    }
    let cells = Arc::new(store.cells());
    cache.set(store.version(), Arc::clone(&cells));
    cells
}

fn formalities(core: &Core, question: &Question) -> Value {
    let wanted = question.q.to_lowercase();
    let procedures = core.config.catalogue.procedures.iter();
    let found: Vec<Value> = procedures
        .filter(|procedure| {
            procedure.code.contains(&wanted) || procedure.name.to_lowercase().contains(&wanted)
        })
        .map(|procedure| {
            json!({ "id": formality_id(&procedure.code), "code": procedure.code, "name": procedure.name,
                "state": "PUBLISHED", "departmentId": department_id("") })
        })
        .collect();
    let (page, pages) = question.page(&found);
    json!({ "items": page, "currentPage": question.page_number(), "totalPages": pages })
}
