//! The standing of the targets that bind an office.

use serde::Serialize;

use super::numbers::Numbers;
use super::words::{apart, number};
use crate::telling::Role;
use dongbo_indicators::{Both, Every, Indicator, Plan, Standing, Target, Value, period_before, target_value};
use dongbo_ledger::Side;
use dongbo_model::{Lang, Period, texts};

texts! {
    met(): "đạt", "reached";
    not_known(): "chưa có số liệu", "no number yet";
    lacking(many, day, percent): "còn {many} hồ sơ phải đạt trước ngày {day} để được {percent}", "{many} more dossiers must count by {day} to stand at {percent}";
    lacking_portal(many, day, percent): "còn {many} hồ sơ phải lên Cổng trước ngày {day} để được {percent}", "{many} more dossiers must reach the portal by {day} to stand at {percent}";
    short_by(points): "thiếu {points} điểm phần trăm", "{points} percentage points short";
    short_of(many): "thiếu {many}", "{many} short";
    too_many(): "vượt mức cho phép", "more than may be";
    at_least(percent): "từ {percent}", "at least {percent}";
    at_least_count(many): "từ {many}", "at least {many}";
    at_most_count(many): "nhiều nhất {many}", "at most {many}";
}

/// A task of a plan: the plan, the task, and how often it is to be done.
pub type Work = (String, String, Every);

/// A target of a plan, and how it stands.
#[derive(Debug, Clone, Serialize)]
pub struct TargetView {
    /// The plan.
    pub plan: String,
    /// Whose plan it is.
    pub agency: String,
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// The number that it is about; `None` while nobody knows it.
    pub value: Option<Value>,
    /// How far it is.
    #[serde(flatten)]
    pub standing: Standing,
    /// Percentage points more than in the period before.
    pub trend: Option<f64>,
}

/// The standing of every target of the period's year that binds the unit, and the tasks beside them.
pub(super) fn standings(
    numbers: &Numbers,
    whole: &Both,
    before: Option<&Both>,
    side: Side,
) -> (Vec<TargetView>, Vec<Work>) {
    let period = numbers.question.period;
    let unit = numbers.question.unit.as_deref();
    let year = period.months().end().year();
    let binding: Vec<&Plan> = numbers.book.plans.iter().filter(|plan| plan.binds(unit)).collect();
    let view = |plan: &Plan, target: &Target| {
        let now = value_of(numbers, target, whole, period, side);
        let earlier =
            before.and_then(|before| value_of(numbers, target, before, period_before(period), side));
        let unknown = Standing { met: None, distance: None, lacking: None };
        TargetView {
            plan: plan.plan.clone(),
            agency: plan.agency.clone(),
            target: target.clone(),
            value: now,
            standing: now.map_or(unknown, |now| target.standing(&now)),
            trend: apart(now.and_then(|now| now.ratio), earlier.and_then(|earlier| earlier.ratio)),
        }
    };
    let targets = binding.iter().flat_map(|plan| {
        plan.targets.iter().filter(|target| target.year == year).map(|target| view(plan, target))
    });
    let tasks = binding.iter().flat_map(|plan| {
        let of_year = plan.tasks.iter().filter(|task| task.year == year);
        of_year.map(|task| (plan.plan.clone(), task.text.clone(), task.every))
    });
    (targets.collect(), tasks.collect())
}

fn value_of(numbers: &Numbers, target: &Target, both: &Both, period: Period, side: Side) -> Option<Value> {
    let (unit, set) = (numbers.question.unit.as_deref(), numbers.question.set);
    let given = numbers.given(period, unit);
    target_value(target, set, (both, side), (period, unit), &given, &numbers.entered)
}

/// The demand of a target.
#[must_use]
pub fn demand(lang: Lang, target: &Target) -> String {
    match (target.at_least, target.at_least_count, target.at_most_count) {
        (Some(percent), _, _) => at_least(lang, lang.percentage(percent)),
        (None, Some(count), _) => at_least_count(lang, lang.count(count)),
        (None, None, Some(count)) => at_most_count(lang, lang.count(count)),
        (None, None, None) => String::new(),
    }
}

/// The distance to a target, in words.
#[must_use]
pub fn missing(lang: Lang, one: &TargetView) -> (Role, String) {
    let target = &one.target;
    let day = lang.pick("31/12/", "").to_owned() + &target.year.to_string() + lang.pick("", "-12-31");
    match (one.standing.met, target.at_least, one.standing.lacking) {
        (None, ..) => (Role::Warn, not_known(lang)),
        (Some(true), ..) => (Role::Good, met(lang)),
        (Some(false), Some(percent), Some(many))
            if target.indicator.is_some_and(Indicator::counts_dossiers) =>
        {
            let percent = lang.percentage(percent);
            let many = lang.count(many);
            (
                Role::Bad,
                match target.indicator {
                    Some(Indicator::Synchronised) => lacking_portal(lang, many, day, percent),
                    _ => lacking(lang, many, day, percent),
                },
            )
        }
        (Some(false), Some(_), _) => (Role::Bad, short_by(lang, number(lang, one.standing.distance))),
        (Some(false), None, Some(many)) if many > 0 => (Role::Bad, short_of(lang, lang.count(many))),
        (Some(false), None, _) => (Role::Bad, too_many(lang)),
    }
}
