//! The numbers of the indicators that a request asks for, for pages and the API alike.

use crate::asked::{Asked, Trouble};
use dongbo_indicators::{Book, FormulaSet, Question};
use dongbo_model::{ErrorClass, Month, Period};
use dongbo_sync::views::Numbers;

/// The numbers of the period (otherwise the present month), unit and set of formulas that the address asks for.
pub(crate) async fn numbers(asked: &Asked) -> Result<Numbers, Trouble> {
    let console = &asked.console;
    let ledger = &console.ctx.ledger;
    let in_force = console.in_force();
    let book = Book::open(&in_force.indicators, ledger.catalogue().await?).map_err(|error| {
        tracing::error!(
            event = "console.indicators_unreadable",
            class = ErrorClass::Config.name(),
            "{error}"
        );
        Trouble::Unavailable
    })?;
    only_of_seen(asked, &book).await?;
    let period = asked.parameter("period").and_then(Period::parse);
    let question = Question {
        period: period.unwrap_or(Period::Month(Month::of(asked.now))),
        unit: asked.unit().map(str::to_owned),
        procedures: None,
        set: asked.parameter("set").and_then(FormulaSet::from_name).unwrap_or(book.set),
        now: asked.now,
    };
    let read = (ledger.clone(), in_force.publishing);
    Ok(Numbers::new(read, book, question, String::new()).await?)
}

/// A unit is counted with those below it, so one who does not see all of these does not see its numbers.
async fn only_of_seen(asked: &Asked, book: &Book) -> Result<(), Trouble> {
    let Some(unit) = asked.unit().filter(|_| asked.visitor.units.is_some()) else { return Ok(()) };
    let known = asked.console.units().await?;
    let mut below = known.keys().filter(|other| book.is_within(other, unit));
    if below.all(|other| asked.visitor.sees(other)) { Ok(()) } else { Err(Trouble::NotForYou) }
}
