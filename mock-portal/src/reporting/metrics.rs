//! The figures and metrics of a cell in each group of the evaluation API.

use serde_json::{Value, json};

use crate::facts::Cell;

/// One metric of the evaluation API, with the share that is scored.
pub(super) struct Metric {
    code: &'static str,
    name: &'static str,
    numerator: Option<u64>,
    denominator: Option<u64>,
    /// The score for a share of one.
    max_score: f64,
}

impl Metric {
    const fn new(
        code: &'static str,
        name: &'static str,
        numerator: Option<u64>,
        denominator: Option<u64>,
        max_score: f64,
    ) -> Self {
        Self { code, name, numerator, denominator, max_score }
    }

    /// The metric as it is sent; of a unit that is not counted yet without numbers.
    pub(super) fn to_json(&self, uncounted: bool, provisional: bool) -> Value {
        let (numerator, denominator) =
            if uncounted { (None, None) } else { (self.numerator, self.denominator) };
        let ratio = match (numerator, denominator) {
            (Some(numerator), Some(denominator)) if denominator > 0 => Some(share(numerator, denominator)),
            _ => None,
        };
        let score = ratio.map(|ratio| (self.max_score * ratio).min(self.max_score));
        let mut metric = json!({ "code": self.code, "name": self.name, "numerator": numerator,
            "denominator": denominator, "ratio": ratio.map(|ratio| ratio * 100.0), "score": score,
            "maxScore": self.max_score });
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

pub(super) fn progress(cell: &Cell) -> Value {
    let mean = (cell.completed > 0).then(|| share(cell.seconds, cell.completed) / 86_400.0);
    json!({ "totalReceived": cell.received, "totalOnTime": cell.received - cell.overdue.min(cell.received),
        "totalOverdue": cell.overdue, "totalCompleted": cell.completed, "avgProcessingDays": mean })
}

pub(super) fn online(cell: &Cell) -> Value {
    json!({ "authorityCount": null, "partialCount": null, "fullCount": null,
        "onlineDossierCount": cell.online, "onlineServiceTotal": null, "channelOnlineSum": cell.online,
        "channelDirectSum": cell.direct, "channelPostalSum": cell.post,
        "channelTotalSum": cell.online + cell.direct + cell.post })
}

pub(super) fn payment(cell: &Cell) -> Value {
    json!({ "totalDossierOnlinePaymentSuccess": cell.paid_online, "totalDossierFinancialObligation": cell.obliged,
        "totalDossierOnlineFormalityPaymentSuccess": cell.paid_online, "totalFeeDossierFormality": cell.obliged,
        "totalFeeFormality": cell.obliged })
}

pub(super) fn transparency(cell: &Cell) -> Vec<Metric> {
    vec![
        Metric::new("PUBLISH_ON_TIME", "Công bố đúng hạn", None, None, 6.0),
        Metric::new("PUBLIC_UPDATE_ON_TIME", "Công khai đúng hạn", None, None, 4.0),
        Metric::new("PUBLIC_CONTENT_FULL", "Công khai đầy đủ", None, None, 2.0),
        Metric::new("DOSSIER_SYNC", "Hồ sơ đồng bộ", Some(cell.received), Some(cell.received), 6.0),
    ]
}

pub(super) fn satisfaction(cell: &Cell) -> Vec<Metric> {
    let satisfied = cell.received - cell.overdue.min(cell.received);
    vec![
        Metric::new("DOSSIER_RECEIVING_SATISFACTION", "Hài lòng", Some(satisfied), Some(cell.received), 6.0),
        Metric::new("PETITION_PROCESSING_ON_TIME", "Xử lý kiến nghị đúng hạn", Some(0), Some(0), 6.0),
        Metric::new("PETITION_HANDLING_SATISFACTION", "Hài lòng xử lý kiến nghị", Some(0), Some(0), 6.0),
    ]
}

pub(super) fn digitised(cell: &Cell) -> Vec<Metric> {
    let (received, completed) = (Some(cell.received), Some(cell.completed));
    vec![
        Metric::new(
            "ORIGINAL_RESULT_AVAILABLE",
            "Có kết quả điện tử",
            Some(cell.with_result),
            completed,
            6.0,
        ),
        Metric::new("SO_HOA_GIAY_TO_GIAI_QUYET", "Số hóa", Some(cell.digitised), received, 4.0),
        Metric::new("REUSED_DIGITIZED_DATA", "Tái sử dụng", Some(cell.reused), received, 2.0),
        Metric::new(
            "SYNCED_WITH_DVCQG_PERSONAL_STORAGE",
            "Kho dữ liệu cá nhân",
            Some(cell.from_store),
            received,
            4.0,
        ),
        Metric::new(
            "CITIZEN_DATA_CONNECTED_DOSSIER",
            "Kết nối dữ liệu dân cư",
            Some(cell.verified),
            received,
            2.0,
        ),
        Metric::new("CITIZEN_DATA_CONNECTED_FORMALITY", "Thủ tục kết nối dân cư", None, None, 2.0),
        Metric::new("ELECTRONIC_CERTIFIED_COPY", "Chứng thực điện tử", None, None, 2.0),
    ]
}
