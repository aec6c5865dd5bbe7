//! The indicators of Decision 766, as the local system has them, as the portal accepted them and as it published them.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{PERIOD, Parameter, SET, UNIT};
use super::problem::Problem;
use crate::asked::Asked;
use crate::counted::numbers;
use dongbo_indicators::{FormulaSet, Hundredths, Indicator, Origin, Value};
use dongbo_ledger::Side;
use dongbo_model::Lang;
use dongbo_sync::views::{GroupView, RowView, TargetView, Whole, demand, missing};

/// One indicator.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct IndicatorRow {
    /// Its stable name.
    indicator: Indicator,
    /// Its name.
    text: String,
    /// Whether it is computed or entered by people.
    origin: Origin,
    /// As it would be if the portal had all that the local system has; `null` where people enter it.
    local: Option<Value>,
    /// By what the portal accepted; `null` where people enter it.
    portal: Option<Value>,
    /// As the portal published it; `null` where it did not.
    published: Option<PublishedValue>,
    /// Percentage points (of a mean time days) of `local` less `portal`.
    ratio_apart: Option<f64>,
    /// Points of `local` less `portal`.
    points_apart: Option<f64>,
    /// Percentage points (of a mean time days) of `portal` less `published`.
    published_ratio_apart: Option<f64>,
    /// Points of `portal` less `published`.
    published_points_apart: Option<f64>,
    /// As it was entered last.
    entered: Option<EnteredValue>,
}

/// A value that the portal published. What it left out is `null`.
#[derive(Debug, Serialize, JsonSchema)]
struct PublishedValue {
    /// The numerator.
    numerator: Option<u64>,
    /// The denominator.
    denominator: Option<u64>,
    /// Percent, or days for a mean time.
    ratio: Option<Hundredths>,
    /// Points.
    points: Option<Hundredths>,
    /// The portal's remark on its data.
    remark: Option<String>,
}

/// The points of a group, or of all together.
#[derive(Debug, Serialize, JsonSchema)]
struct GroupRow {
    /// The group's code; `null` for all together.
    group: Option<String>,
    /// Its name; empty for all together.
    text: String,
    /// The most points that it has.
    most: u32,
    /// By the local facts.
    local: Hundredths,
    /// By what the portal accepted.
    portal: Hundredths,
    /// As the portal published them.
    published: Option<Hundredths>,
    /// The most that those parts give which have points by the portal; below `most` some have none.
    of: u32,
}

/// A target of a plan, and how it stands by what the portal accepted.
#[derive(Debug, Serialize, JsonSchema)]
struct TargetRow {
    /// The plan.
    plan: String,
    /// Whose plan it is.
    agency: String,
    /// The plan's words.
    text: String,
    /// The indicator or the figure that it is about.
    about: String,
    /// What it asks for, in words.
    demand: String,
    /// The number that it is about; `null` while nobody knows it.
    value: Option<Value>,
    /// Whether it is reached; `null` while there is no number.
    met: Option<bool>,
    /// What is missing, in words.
    missing: String,
    /// Percentage points more than in the period before.
    trend: Option<f64>,
}

/// A value that was entered.
#[derive(Debug, Serialize, JsonSchema)]
struct EnteredValue {
    /// The value.
    value: Value,
    /// When it was entered.
    at: DateTime<Utc>,
}

/// Received dossiers by each side.
#[derive(Debug, Serialize, JsonSchema)]
struct Received {
    /// As the local system has them.
    local: u64,
    /// As the portal accepted them.
    portal: u64,
}

/// The indicators of a period.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct IndicatorsAnswer {
    /// The period.
    period: String,
    /// The last day that is counted.
    up_to: NaiveDate,
    /// The unit, with those below it; `null` for all.
    unit: Option<String>,
    /// The set of formulas.
    set: FormulaSet,
    /// Received dossiers.
    received: Received,
    /// The indicators.
    indicators: Vec<IndicatorRow>,
    /// When the portal first gave the oldest of the published figures; `null` when none were fetched.
    published_at: Option<DateTime<Utc>>,
    /// The points of each group, and last of all together.
    groups: Vec<GroupRow>,
    /// The targets of the period's year that bind the unit.
    targets: Vec<TargetRow>,
}

/// `GET /api/v1/indicators`.
pub(super) struct Indicators;

impl Resource for Indicators {
    type Answer = IndicatorsAnswer;

    const PATH: &'static str = "/api/v1/indicators";
    const NAME: &'static str = "indicators";
    const SUMMARY: &'static str = "The indicators of a period, of all or of one unit with those below it: the numbers of both sides and those that the portal published, the points of groups and the standing of targets, as dongbo indicators show.";
    const PARAMETERS: &'static [Parameter] = &[PERIOD, UNIT, SET];

    async fn answer(asked: &Asked) -> Result<IndicatorsAnswer, Problem> {
        // Whoever counts takes a turn, so that many who ask at once leave the ledger to everybody else.
        let _turn = asked.console.counting.acquire().await;
        let numbers = numbers(asked).await?;
        let whole = Whole::read(&numbers, !numbers.book.plans.is_empty()).await?;
        let (targets, _) = whole.targets(&numbers, Side::Portal);
        let question = numbers.question;
        Ok(IndicatorsAnswer {
            period: question.period.to_string(),
            up_to: question.cutoff().day,
            received: Received {
                local: whole.both.local.raw.received,
                portal: whole.both.portal.raw.received,
            },
            published_at: whole.official.since(),
            indicators: whole.rows.into_iter().map(|row| indicator_row(asked.lang, row)).collect(),
            groups: whole.groups.into_iter().map(|group| group_row(asked.lang, group)).collect(),
            targets: targets.into_iter().map(|target| target_row(asked.lang, target)).collect(),
            set: question.set,
            unit: question.unit,
        })
    }
}

fn indicator_row(lang: Lang, row: RowView) -> IndicatorRow {
    IndicatorRow {
        indicator: row.indicator,
        text: row.indicator.text(lang).to_owned(),
        origin: row.origin,
        local: row.local,
        portal: row.portal,
        published: row.published.map(|value| PublishedValue {
            numerator: value.numerator,
            denominator: value.denominator,
            ratio: value.ratio,
            points: value.points,
            remark: value.remark,
        }),
        ratio_apart: row.ratio_apart,
        points_apart: row.points_apart,
        published_ratio_apart: row.published_ratio_apart,
        published_points_apart: row.published_points_apart,
        entered: row.entered.map(|entered| EnteredValue { value: entered.value, at: entered.at }),
    }
}

fn group_row(lang: Lang, group: GroupView) -> GroupRow {
    GroupRow {
        group: group.group.map(|group| group.name().to_owned()),
        text: group.group.map_or_else(String::new, |group| group.text(lang).to_owned()),
        most: group.most,
        local: group.local.points,
        portal: group.portal.points,
        published: group.published,
        of: group.portal.of,
    }
}

fn target_row(lang: Lang, one: TargetView) -> TargetRow {
    let (_, missing) = missing(lang, &one);
    let TargetView { plan, agency, target, value, standing, trend } = one;
    let about = target.indicator.map(|indicator| indicator.name().to_owned());
    TargetRow {
        plan,
        agency,
        demand: demand(lang, &target),
        text: target.text,
        about: about.or(target.figure).unwrap_or_default(),
        value,
        met: standing.met,
        missing,
        trend,
    }
}
