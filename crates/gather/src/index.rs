//! The index of a period: indicators on both sides, groups, sets of formulas, targets, units and months.

use dongbo_indicators::fetched::OfPeriod;
use dongbo_indicators::{
    Both, FormulaSet, Group, GroupScore, Hundredths, Indicator, OfficialValue, Origin, Plan, Question, Split,
    Target, Value, sums,
};
use dongbo_ledger::LedgerError;
use dongbo_model::{Lang, Month, Period, texts};
use dongbo_reports::{
    Aim, BySet, Figure, GroupPoints, Index, Measure, Measured, Points, Publication, PublishedMeasure,
    UnitMeasured, twelve_months,
};

use crate::numbers::{Numbers, OnBothSides};
use crate::{GatherError, Gathering, of_unit};

texts! {
    at_least(percent): "từ {percent}", "at least {percent}";
    at_least_count(many): "từ {many}", "at least {many}";
    at_most_count(many): "nhiều nhất {many}", "at most {many}";
    days(number): "{number} ngày", "{number} days";
}

/// Whether an indicator stands in the index: those of plans stand among the targets, and ways to compare with one in the annex.
fn is_in_index(indicator: Indicator) -> bool {
    !matches!(indicator.origin(), Origin::Plan | Origin::Sampled)
        && !matches!(
            indicator,
            Indicator::ReusedByFlag | Indicator::ReusedByPaper | Indicator::OldResultsDigitised
        )
}

/// The indicators of the index, in order.
fn indicators() -> impl Iterator<Item = Indicator> {
    Indicator::ALL.iter().copied().filter(|indicator| is_in_index(*indicator))
}

impl Gathering<'_> {
    /// The figures of the monthly publication.
    pub(crate) async fn publication(self) -> Result<Publication, GatherError> {
        let numbers = self.numbers().await?;
        let whole = numbers.whole(self.issue.period, numbers.question.set, self.unit).await?;
        let received = (whole.local.raw.received, whole.portal.raw.received);
        let index = self.index(&numbers, &whole).await?;
        Ok(Publication { received, index, issue: self.issue })
    }

    /// The index, where `whole` are the counts of the period.
    pub(crate) async fn index(&self, numbers: &Numbers<'_>, whole: &Both) -> Result<Index, GatherError> {
        let (lang, set, period) = (self.issue.lang, numbers.question.set, self.issue.period);
        let of = |indicator| numbers.value(indicator, set, whole, period, self.unit);
        let published = OfPeriod::read(self.ledger, self.office.departments, period).await?;
        // Where all dossiers are of one unit, its figures are meant.
        let official = published.of(self.unit.or_else(|| whole.local.only_unit()));
        Ok(Index {
            scope: self.scope(),
            set: (set.name().to_owned(), set.text(lang).to_owned()),
            indicators: indicators()
                .map(|one| measured(lang, set, one, of(one), official.value(one)))
                .collect(),
            published_at: published.since(),
            groups: Group::ALL
                .iter()
                .map(|group| points(lang, *group, &of, official.group(*group)))
                .collect(),
            published_total: hundredths(official.total),
            by_set: self.by_set(numbers).await?,
            targets: aims(lang, numbers, whole),
            chosen: Indicator::MAIN.iter().map(|one| one.name().to_owned()).collect(),
            units: self.units(numbers).await?,
            months: self.months(numbers).await?,
        })
    }

    async fn by_set(&self, numbers: &Numbers<'_>) -> Result<BySet, LedgerError> {
        let mut columns = Vec::new();
        for &set in FormulaSet::ALL {
            let whole = numbers.whole(self.issue.period, set, self.unit).await?;
            let value = |one| numbers.value(one, set, &whole, self.issue.period, self.unit).portal.ratio;
            columns.push(indicators().map(value).collect::<Vec<_>>());
        }
        let row = |place: usize| {
            columns.iter().map(|column| hundredths(column.get(place).copied().flatten())).collect()
        };
        Ok(BySet {
            sets: FormulaSet::NAMES.iter().map(|name| (*name).to_owned()).collect(),
            values: (0..indicators().count()).map(row).collect(),
        })
    }

    /// The main indicators by unit; those of a unit have those of the units below it in them, as its command lists them.
    async fn units(&self, numbers: &Numbers<'_>) -> Result<Vec<UnitMeasured>, LedgerError> {
        let Question { period, set, .. } = numbers.question;
        let parts = sums(numbers.ledger, &numbers.book, &numbers.question, Split::Unit).await?;
        let mut units = Vec::new();
        for (code, own) in &parts {
            let is_above = parts.keys().any(|other| other != code && numbers.book.is_within(other, code));
            let rolled = if is_above { Some(numbers.whole(period, set, Some(code)).await?) } else { None };
            let both = rolled.as_ref().unwrap_or(own);
            let value =
                |one: &Indicator| hundredths(numbers.value(*one, set, both, period, Some(code)).portal.ratio);
            units.push(UnitMeasured {
                name: self.name_of(code),
                scope: of_unit(code),
                received: both.local.raw.received,
                values: Indicator::MAIN.iter().map(value).collect(),
            });
        }
        Ok(units)
    }

    /// The indicators of the twelve months that end with the period.
    async fn months(&self, numbers: &Numbers<'_>) -> Result<Vec<(Month, Vec<Option<u32>>)>, LedgerError> {
        let mut months = Vec::new();
        for month in twelve_months(self.issue.period) {
            let (period, set) = (Period::Month(month), numbers.question.set);
            let whole = numbers.whole(period, set, self.unit).await?;
            let value = |one| hundredths(numbers.value(one, set, &whole, period, self.unit).portal.ratio);
            months.push((month, indicators().map(value).collect()));
        }
        Ok(months)
    }
}

fn hundredths(number: Option<Hundredths>) -> Option<u32> {
    number.map(|number| number.0)
}

fn measured(
    lang: Lang,
    set: FormulaSet,
    indicator: Indicator,
    of: OnBothSides,
    official: Option<&OfficialValue>,
) -> Measured {
    let side = |value: Value| Measure {
        numerator: value.numerator,
        denominator: value.denominator,
        value: hundredths(value.ratio),
        points: hundredths(value.points),
    };
    Measured {
        id: indicator.name().to_owned(),
        number: indicator.number().to_owned(),
        name: indicator.text(lang).to_owned(),
        is_entered: of.is_entered,
        is_days: indicator == Indicator::MeanTime,
        is_listed: is_listed(indicator, set),
        portal: side(of.portal),
        local: side(of.local),
        published: official.map_or_else(PublishedMeasure::default, |official| PublishedMeasure {
            value: hundredths(official.ratio),
            points: hundredths(official.points),
            remark: official.remark.clone(),
        }),
    }
}

/// Whether the numerator and the denominator are as many dossiers as a command lists.
fn is_listed(indicator: Indicator, set: FormulaSet) -> (bool, bool) {
    match indicator {
        Indicator::MeanTime => (false, true),
        // Complaints are entered.
        Indicator::Satisfaction => (false, true),
        // Other sets divide by entered counts.
        Indicator::Synchronised => (true, set == FormulaSet::P202609),
        other => (other.counts_dossiers(), other.counts_dossiers()),
    }
}

/// The number of an indicator, or its name where the index gives it none.
fn called(lang: Lang, indicator: Indicator) -> &'static str {
    let number = indicator.number();
    if number.is_empty() { indicator.text(lang) } else { number }
}

fn points(
    lang: Lang,
    group: Group,
    of: &impl Fn(Indicator) -> OnBothSides,
    published: Option<Hundredths>,
) -> GroupPoints {
    let score = |side: fn(OnBothSides) -> Value| {
        GroupScore::of(group.indicators(), |indicator| Some(side(of(indicator))))
    };
    let (portal, local) = (score(|both| both.portal), score(|both| both.local));
    let given = |score: &GroupScore| Points { points: score.points.0, of: score.of };
    GroupPoints {
        name: group.text(lang).to_owned(),
        most: group.points(),
        portal: given(&portal),
        local: given(&local),
        published: hundredths(published),
        without: portal.without.iter().map(|one| called(lang, *one).to_owned()).collect(),
    }
}

/// The targets of the period's year that bind the unit.
fn aims(lang: Lang, numbers: &Numbers<'_>, whole: &Both) -> Vec<Aim> {
    let Question { period, unit, .. } = &numbers.question;
    let year = period.months().end().year();
    let binding = numbers.book.plans.iter().filter(|plan| plan.binds(unit.as_deref()));
    let of_plan = binding.flat_map(|plan| plan.targets.iter().map(move |target| (plan, target)));
    let of_year = of_plan.filter(|(_, target)| target.year == year);
    of_year.map(|(plan, target)| aim(lang, plan, target, numbers.of_target(target, whole))).collect()
}

fn aim(lang: Lang, plan: &Plan, target: &Target, value: Option<Value>) -> Aim {
    let number = |number: Hundredths| lang.decimal(&number.to_string());
    let ratio = value.and_then(|value| value.ratio);
    let is_days = target.indicator == Some(Indicator::MeanTime);
    let shown = match (target.at_least, value) {
        (None, Some(value)) => Figure::Number(value.numerator),
        (Some(_), Some(Value { ratio: Some(ratio), .. })) if is_days => {
            Figure::text(days(lang, number(ratio)))
        }
        _ => Figure::Percent(hundredths(ratio)),
    };
    Aim {
        plan: plan.plan.clone(),
        words: target.text.clone(),
        wanted: match (target.at_least, target.at_least_count, target.at_most_count) {
            (Some(percent), _, _) => at_least(lang, lang.percentage(percent)),
            (None, Some(many), _) => at_least_count(lang, lang.count(many)),
            (None, None, Some(many)) => at_most_count(lang, lang.count(many)),
            (None, None, None) => String::new(),
        },
        percent: hundredths(target.at_least),
        value: shown,
        stands_at: target.at_least.and(hundredths(ratio)),
        is_met: value.and_then(|value| target.standing(&value).met),
    }
}
