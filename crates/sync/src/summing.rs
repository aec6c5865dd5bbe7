//! Summing up the counts of the indicators by the leading daemon, so that whoever asks for a number need not count dossiers.

use std::time::Duration;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::vitals::{LONGEST_PIECE, Part};
use dongbo_indicators::{
    Book, BookError, Both, Given, Indicator, Question, Settings, Sides, Split, sum_up, sums, value,
};
use dongbo_ledger::{LedgerError, Side};
use dongbo_model::clock::later;
use dongbo_model::{Month, Period};

/// Changes that are summed up in one go: the ledger's one writer is held for some milliseconds.
const AT_ONCE: u32 = 500;
/// The pause between two goes, in which others have the ledger.
const PAUSE: Duration = Duration::from_millis(50);
/// The indicators that are shown as metrics: those that most points hang on.
pub(crate) const SHOWN: [Indicator; 6] = [
    Indicator::Synchronised,
    Indicator::OnTime,
    Indicator::OnlineShare,
    Indicator::PaidOnline,
    Indicator::ElectronicResult,
    Indicator::Digitised,
];

/// Keeps the sums fresh.
pub(crate) struct Summer {
    pub(crate) ctx: Ctx,
    pub(crate) config: Settings,
    /// The form of sums that the ledger was last made to have.
    pub(crate) form: String,
}

/// The reason why a round failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SumError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Book(#[from] BookError),
}

impl Worker for Summer {
    type Error = SumError;

    fn part(&self) -> Part {
        Part::Summing
    }

    fn first(&self) -> Again {
        Again::At(later(self.ctx.clock.now(), self.config.sum_every))
    }

    async fn once(&mut self) -> Result<Again, SumError> {
        if self.ctx.vitals.moments().leads {
            self.round().await?;
        } else {
            self.ctx.metrics.indicators(&[]);
        }
        Ok(Again::At(later(self.ctx.clock.now(), self.config.sum_every)))
    }

    fn failed(&mut self, error: &SumError, wait: Duration) {
        let class = match error {
            SumError::Ledger(error) => {
                self.ctx.ledger_failed(error);
                error.class().name()
            }
            SumError::Book(_) => "config",
        };
        tracing::error!(
            event = "indicators.not_summed",
            class,
            "The counts of the indicators could not be summed up; it is tried again in {wait:?}, and until then commands count by \
             themselves: {error}"
        );
    }

    fn longest(&self) -> Duration {
        LONGEST_PIECE
    }
}

impl Summer {
    /// Sums up all that has changed, and shows the present month.
    async fn round(&mut self) -> Result<(), SumError> {
        let ledger = &self.ctx.ledger;
        let book = Book::open(&self.config, ledger.catalogue().await?)?;
        if self.form != book.form() {
            ledger.leave_other_forms(book.form()).await?;
            book.form().clone_into(&mut self.form);
        }
        while sum_up(ledger, &book, AT_ONCE).await? > 0 {
            self.ctx.vitals.progressed(Part::Summing);
            self.ctx.clock.sleep(PAUSE).await;
            // Who leads now goes on.
            if !self.ctx.vitals.moments().leads {
                return Ok(());
            }
        }
        let now = self.ctx.clock.now();
        let period = Period::Month(Month::of(now));
        let question = Question { period, unit: None, procedures: None, set: book.set, now };
        let units = sums(ledger, &book, &question, Split::Unit).await?;
        let shown: Vec<_> = units.iter().flat_map(|(unit, both)| of_unit(&question, unit, both)).collect();
        self.ctx.metrics.indicators(&shown);
        Ok(())
    }
}

/// The metrics of a unit: its code, the indicator and the side, and the ratio.
fn of_unit(question: &Question, unit: &str, both: &Both) -> Vec<([String; 3], f64)> {
    let (local, portal) = (both.local.raw.received, both.portal.raw.received);
    let sides = [(Side::Local, &both.local, local), (Side::Portal, &both.portal, portal)];
    let each = sides.into_iter().flat_map(|(side, shown, portal_received)| {
        let sides = Sides { shown, local_received: local, portal_received, period: question.period };
        SHOWN.into_iter().filter_map(move |indicator| {
            let ratio = value(indicator, question.set, &sides, &Given::default())?.ratio?;
            let labels = [unit, indicator.name(), side.name()].map(str::to_owned);
            Some((labels, f64::from(ratio.0) / 10_000.0))
        })
    });
    each.collect()
}
