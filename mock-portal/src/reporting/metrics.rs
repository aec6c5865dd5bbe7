//! The figures and scored metrics of each group of the evaluation API.

use serde_json::{Value, json};

use super::sum::Sum;
use crate::evaluation::Evaluation;

/// The rule by which a share becomes points.
#[derive(Debug, Clone, Copy)]
enum Scoring {
    /// As many points as the share has; none without a denominator.
    Share,
    /// All points from this share on; none without a denominator.
    FullFrom(f64),
    /// Likewise, and no point when nobody answered.
    Answered(f64),
    /// All points when there was nothing to be dealt with.
    FullWithout,
}

/// One metric of the evaluation API.
pub(super) struct Metric {
    code: &'static str,
    name: &'static str,
    numerator: Option<u64>,
    denominator: Option<u64>,
    max_score: f64,
    scoring: Scoring,
}

/// The metrics of a group.
pub(super) type MetricsOf = fn(&Sum) -> Vec<Metric>;

impl Metric {
    const fn new(
        (code, name): (&'static str, &'static str),
        (numerator, denominator): (u64, u64),
        max_score: f64,
        scoring: Scoring,
    ) -> Self {
        Self { code, name, numerator: Some(numerator), denominator: Some(denominator), max_score, scoring }
    }

    /// A metric of another system, of which this portal has nothing.
    const fn unknown(code: &'static str, name: &'static str, max_score: f64) -> Self {
        Self { code, name, numerator: None, denominator: None, max_score, scoring: Scoring::Share }
    }

    fn share(&self) -> Option<f64> {
        share(self.numerator?, self.denominator?)
    }

    /// The points; `None` is not 0.
    pub(super) fn score(&self) -> Option<f64> {
        let max = self.max_score;
        let scored = |full: f64| self.share().map(|share| (max * share / full).min(max));
        match self.scoring {
            Scoring::Share => scored(1.0),
            Scoring::FullFrom(full) => scored(full),
            Scoring::Answered(full) => self.denominator.map(|_| scored(full).unwrap_or(0.0)),
            Scoring::FullWithout => self.denominator.map(|_| scored(1.0).unwrap_or(max)),
        }
    }

    /// The metric as it is sent; of a unit that is not counted yet without numbers.
    fn to_json(&self, uncounted: bool, provisional: bool) -> Value {
        let known = |value: Option<f64>| value.filter(|_| !uncounted).map(rounded);
        let counted = |value: Option<u64>| value.filter(|_| !uncounted);
        let mut metric = json!({ "code": self.code, "name": self.name, "numerator": counted(self.numerator),
            "denominator": counted(self.denominator), "ratio": known(self.share().map(|share| share * 100.0)),
            "score": known(self.score()), "maxScore": self.max_score });
        let flag = match (uncounted, provisional) {
            (true, _) => Some(("NO_NATIONAL_REPORT_DATA", "Chưa có số liệu báo cáo")),
            (false, true) => Some(("TEMP_NATIONAL_REPORT_DENOMINATOR", "Mẫu số tạm tính")),
            (false, false) => None,
        };
        let flag = flag.filter(|_| self.code == "DOSSIER_SYNC");
        if let (Some((status, message)), Some(fields)) = (flag, metric.as_object_mut()) {
            fields.insert("dataQualityStatus".to_owned(), status.into());
            fields.insert("dataQualityMessage".to_owned(), message.into());
        }
        metric
    }
}

/// The metrics of a row as they are sent.
pub(super) fn list(metrics: &[Metric], uncounted: bool, settings: &Evaluation) -> Value {
    let mut list: Vec<Value> =
        metrics.iter().map(|metric| metric.to_json(uncounted, settings.provisional)).collect();
    if settings.news {
        list.push(json!({ "code": "AI_SUPPORTED_DOSSIER", "name": "Hồ sơ có trợ lý ảo", "numerator": 1,
            "denominator": 2, "ratio": 50.0, "score": 1.0, "maxScore": 2.0, "weight": 1 }));
    }
    list.into()
}

/// A share; `None` of nothing.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    (whole > 0).then(|| float(part) / float(whole))
}

/// To two decimals, as every number is published.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

pub(super) fn progress(sum: &Sum) -> Value {
    let mean = share(sum.seconds, sum.completed).map(|seconds| rounded(seconds / 86_400.0));
    json!({ "totalReceived": sum.received, "totalOnTime": sum.on_time,
        "totalOverdue": sum.received.saturating_sub(sum.on_time + sum.running), "totalCompleted": sum.completed,
        "avgProcessingDays": mean })
}

pub(super) fn online(sum: &Sum) -> Value {
    json!({ "authorityCount": sum.services, "partialCount": sum.services - sum.full, "fullCount": sum.full,
        "onlineDossierCount": sum.services_online, "onlineServiceTotal": sum.services,
        "channelOnlineSum": sum.online, "channelDirectSum": sum.direct, "channelPostalSum": sum.post,
        "channelTotalSum": channel_total(sum) })
}

pub(super) fn payment(sum: &Sum) -> Value {
    json!({ "totalDossierOnlinePaymentSuccess": sum.paid_online,
        "totalDossierFinancialObligation": sum.obliged,
        "totalDossierOnlineFormalityPaymentSuccess": sum.fee_services_paid,
        "totalFeeDossierFormality": sum.fee_services_seen, "totalFeeFormality": sum.fee_services })
}

/// An online dossier whose result is still missing is in none of the channels.
pub(super) const fn channel_total(sum: &Sum) -> u64 {
    sum.online + sum.direct + sum.post
}

pub(super) fn disclosure(sum: &Sum) -> Vec<Metric> {
    let received = (sum.received, sum.received);
    vec![
        Metric::unknown("PUBLISH_ON_TIME", "Công bố đúng hạn", 6.0),
        Metric::unknown("PUBLIC_UPDATE_ON_TIME", "Công khai đúng hạn", 4.0),
        Metric::unknown("PUBLIC_CONTENT_FULL", "Công khai đầy đủ", 2.0),
        Metric::new(("DOSSIER_SYNC", "Hồ sơ đồng bộ"), received, 6.0, Scoring::Share),
    ]
}

pub(super) fn satisfaction(sum: &Sum) -> Vec<Metric> {
    let on_time = ("PETITION_PROCESSING_ON_TIME", "Xử lý kiến nghị đúng hạn");
    let handling = ("PETITION_HANDLING_SATISFACTION", "Hài lòng xử lý kiến nghị");
    let receiving = ("DOSSIER_RECEIVING_SATISFACTION", "Hài lòng");
    vec![
        Metric::new(receiving, (sum.on_time, sum.received), 6.0, Scoring::Answered(0.9)),
        Metric::new(on_time, (0, 0), 6.0, Scoring::FullWithout),
        Metric::new(handling, (0, 0), 6.0, Scoring::FullWithout),
    ]
}

/// All that was received is the denominator, of results too.
pub(super) fn digitisation(sum: &Sum) -> Vec<Metric> {
    let of_received =
        |code, name, part, max, scoring| Metric::new((code, name), (part, sum.received), max, scoring);
    let share = Scoring::Share;
    vec![
        of_received("ORIGINAL_RESULT_AVAILABLE", "Có kết quả điện tử", sum.with_result, 6.0, share),
        of_received("SO_HOA_GIAY_TO_GIAI_QUYET", "Số hóa", sum.digitised, 4.0, share),
        of_received("REUSED_DIGITIZED_DATA", "Tái sử dụng", sum.reused, 2.0, Scoring::FullFrom(0.8)),
        of_received("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", "Kho dữ liệu cá nhân", sum.from_store, 4.0, share),
        of_received("CITIZEN_DATA_CONNECTED_DOSSIER", "Kết nối dữ liệu dân cư", sum.confirmed, 2.0, share),
        Metric::new(
            ("CITIZEN_DATA_CONNECTED_FORMALITY", "Thủ tục kết nối dân cư"),
            (sum.citizen_services_confirmed, sum.citizen_services),
            2.0,
            share,
        ),
        Metric::unknown("ELECTRONIC_CERTIFIED_COPY", "Chứng thực điện tử", 2.0),
    ]
}
