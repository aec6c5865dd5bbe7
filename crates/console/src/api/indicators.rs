//! The indicators of Decision 766, as the local system has them and as the portal accepted them.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{PERIOD, Parameter, SET, UNIT};
use super::problem::{Problem, ProblemKind};
use crate::asked::Asked;
use dongbo_indicators::{
    Book, Both, FormulaSet, Indicator, Origin, Question, Split, Value, entries, sums, values,
};
use dongbo_model::{ErrorClass, Month, Period};

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
    /// As it was entered last.
    entered: Option<EnteredValue>,
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
}

/// `GET /api/v1/indicators`.
pub(super) struct Indicators;

impl Resource for Indicators {
    type Answer = IndicatorsAnswer;

    const PATH: &'static str = "/api/v1/indicators";
    const NAME: &'static str = "indicators";
    const SUMMARY: &'static str = "The indicators of a period, of all or of one unit with those below it: both sides' numbers of dongbo indicators show.";
    const PARAMETERS: &'static [Parameter] = &[PERIOD, UNIT, SET];

    async fn answer(asked: &Asked) -> Result<IndicatorsAnswer, Problem> {
        let ledger = &asked.console.ctx.ledger;
        // Whoever counts takes a turn, so that many who ask at once leave the ledger to everybody else.
        let _turn = asked.console.counting.acquire().await;
        let book = Book::open(&asked.console.in_force().indicators, ledger.catalogue().await?);
        let book = book.map_err(|error| {
            tracing::error!(
                event = "console.indicators_unreadable",
                class = ErrorClass::Config.name(),
                "{error}"
            );
            Problem::new(ProblemKind::Unavailable)
        })?;
        only_of_seen(asked, &book).await?;
        let question = Question {
            period: asked
                .parameter(PERIOD.name)
                .and_then(Period::parse)
                .unwrap_or(Period::Month(Month::of(asked.now))),
            unit: asked.unit().map(str::to_owned),
            procedures: None,
            set: asked.parameter(SET.name).and_then(FormulaSet::from_name).unwrap_or(book.set),
            now: asked.now,
        };
        let entered = ledger.entered_figures(None, None).await?;
        let both = sums(ledger, &book, &question, Split::Whole).await?.remove("");
        let both = both.unwrap_or_else(|| Both::of(&question));
        let unit = question.unit.as_deref().unwrap_or_default();
        let given = entries::given(&entered, question.period, unit);
        let row = |&indicator: &Indicator| {
            let (local, portal) = values(indicator, question.set, &both, question.period, &given).unzip();
            let newest = entries::newest(&entered, indicator.name(), question.period, unit);
            IndicatorRow {
                indicator,
                text: indicator.text(asked.lang).to_owned(),
                origin: indicator.origin(),
                local,
                portal,
                entered: newest.map(|one| EnteredValue {
                    value: entries::entered_value(Some(indicator), &one.figure),
                    at: one.entered_at,
                }),
            }
        };
        Ok(IndicatorsAnswer {
            period: question.period.to_string(),
            up_to: question.cutoff().day,
            received: Received { local: both.local.raw.received, portal: both.portal.raw.received },
            indicators: Indicator::ALL.iter().map(row).collect(),
            set: question.set,
            unit: question.unit,
        })
    }
}

/// A unit is counted with those below it, so one who does not see all of these does not see its numbers.
async fn only_of_seen(asked: &Asked, book: &Book) -> Result<(), Problem> {
    let Some(unit) = asked.unit().filter(|_| asked.visitor.units.is_some()) else { return Ok(()) };
    let known = asked.console.units().await?;
    let mut below = known.keys().filter(|other| book.is_within(other, unit));
    if below.all(|other| asked.visitor.sees(other)) {
        Ok(())
    } else {
        Err(Problem::new(ProblemKind::NotForYou))
    }
}
