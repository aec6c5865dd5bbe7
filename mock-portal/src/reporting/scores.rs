//! The points of each group, and the ranking that they make.

use serde_json::{Value, json};

use super::metrics::{self, Metric, channel_total, rounded, share};
use super::period::Period;
use super::sum::Sum;
use super::view::View;

/// The groups: code, name, most points, and the points of a unit.
type Group = (&'static str, &'static str, f64, fn(&Sum) -> Option<f64>);

const GROUPS: [Group; 6] = [
    ("CKMB", "Công khai, minh bạch", 18.0, disclosure),
    ("TDGQ", "Tiến độ giải quyết", 20.0, progress),
    ("ONLINE_SERVICE", "Dịch vụ công trực tuyến", 12.0, online),
    ("TTTT", "Thanh toán trực tuyến", 10.0, payment),
    ("MDSH", "Số hóa hồ sơ", 22.0, digitisation),
    ("MDHL", "Mức độ hài lòng", 18.0, satisfaction),
];

/// The sum of what has points; `None` when nothing has.
fn points(metrics: &[Metric]) -> Option<f64> {
    metrics.iter().filter_map(Metric::score).reduce(|sum, score| sum + score)
}

fn disclosure(sum: &Sum) -> Option<f64> {
    points(&metrics::disclosure(sum))
}

fn digitisation(sum: &Sum) -> Option<f64> {
    points(&metrics::digitisation(sum))
}

fn satisfaction(sum: &Sum) -> Option<f64> {
    points(&metrics::satisfaction(sum))
}

fn progress(sum: &Sum) -> Option<f64> {
    share(sum.on_time, sum.received).map(|share| 20.0 * share)
}

fn online(sum: &Sum) -> Option<f64> {
    let offered = share(sum.services, sum.services)?;
    let used = share(sum.services_online, sum.services)?;
    let by_channel = share(sum.online, channel_total(sum)).unwrap_or(0.0);
    Some((2.0 * offered / 0.8).min(2.0) + 4.0 * used + (6.0 * by_channel / 0.5).min(6.0))
}

fn payment(sum: &Sum) -> Option<f64> {
    let part = |part: u64, whole: u64| share(part, whole).unwrap_or(0.0);
    let paid = part(sum.paid_online, sum.obliged);
    let services = part(sum.fee_services_paid, sum.fee_services);
    let seen = part(sum.fee_services_seen, sum.fee_services);
    Some((6.0 * paid + (2.5 * services).min(2.0) + 2.5 * seen).min(10.0))
}

/// The points of all groups together; `None` of a unit without dossiers.
fn total(sum: &Sum) -> Option<f64> {
    let groups = GROUPS.iter().filter_map(|(.., score)| score(sum));
    (sum.received > 0).then(|| groups.sum())
}

/// One row of `service-results` before it is compared with the others.
pub(super) struct Scored {
    pub(super) unit: String,
    group: &'static str,
    total: Option<f64>,
    row: Value,
}

/// The units whose sums are given for any period, each with the points of its groups in one and of the months before.
pub(super) fn scored(
    view: &View<'_>,
    period: Period,
    sums: impl Fn(Period) -> Vec<(String, Sum)>,
) -> Vec<Scored> {
    let units = sums(period);
    let before = period.before().map(&sums);
    let months: Vec<_> = period.year_up_to().map(|month| (month, sums(month))).collect();
    let total_of = |sums: &[(String, Sum)], unit: &str| {
        sums.iter().find(|(code, _)| code == unit).and_then(|(_, sum)| total(sum))
    };
    let scored = |(unit, sum): &(String, Sum)| {
        let uncounted = view.is_uncounted(unit);
        let total = total(sum).filter(|_| !uncounted);
        let radar: Vec<Value> = GROUPS
            .iter()
            .map(|(code, name, max, score)| {
                let score = score(sum).filter(|_| total.is_some()).map(rounded);
                json!({ "code": code, "name": name, "score": score, "maxScore": max })
            })
            .collect();
        let before = before.as_ref().and_then(|sums| total_of(sums, unit));
        let chart: Vec<Value> = months
            .iter()
            .map(|(month, sums)| month.chart_point(total_of(sums, unit).filter(|_| !uncounted).map(rounded)))
            .collect();
        let row = json!({ "totalScore": total.map(rounded), "radar": radar, "monthlyChart": chart,
            "scoreDelta": total.zip(before).map(|(now, before)| rounded(now - before)) });
        Scored { unit: unit.clone(), group: view.group(unit), total, row }
    };
    units.iter().map(scored).collect()
}

/// The rows of units below one department, each with the mean of its kind.
pub(super) fn of_units(view: &View<'_>, scored: Vec<Scored>) -> Vec<Value> {
    let mean = |group: &str| {
        let totals: Vec<f64> =
            scored.iter().filter(|one| one.group == group).filter_map(|one| one.total).collect();
        let many = u32::try_from(totals.len()).ok().filter(|many| *many > 0)?;
        Some(rounded(totals.iter().sum::<f64>() / f64::from(many)))
    };
    let means = ["AGENCY", "COMMUNE"].map(|group| (group, mean(group)));
    let row = |one: Scored| {
        let mean = means.iter().find(|(group, _)| *group == one.group).and_then(|(_, mean)| *mean);
        let more = json!({ "childGroup": one.group, "averageScore": mean });
        view.department(&one.unit, [one.row, more])
    };
    scored.into_iter().map(row).collect()
}

/// The rows of provinces, the best first; those without points have no place.
pub(super) fn of_provinces(view: &View<'_>, mut scored: Vec<Scored>) -> Vec<Value> {
    scored.sort_by(|one, other| {
        other
            .total
            .unwrap_or(-1.0)
            .total_cmp(&one.total.unwrap_or(-1.0))
            .then_with(|| one.unit.cmp(&other.unit))
    });
    let row = |(place, one): (usize, Scored)| {
        let more = json!({ "rank": one.total.map(|_| place + 1) });
        view.department(&one.unit, [one.row, more])
    };
    scored.into_iter().enumerate().map(row).collect()
}
