//! Summing up the counts of the indicators by the leading daemon, so that whoever asks for a number need not count dossiers; and what
//! follows from them: the order of what waits, and the numbers that metrics show.

use std::time::Duration;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::ranking::rank;
use crate::vitals::{LONGEST_PIECE, Part};
use dongbo_indicators::{
    Book, BookError, Both, Given, Indicator, Question, Settings, Split, Value, entries, owner_stores, sum_up,
    sums, target_value, values,
};
use dongbo_ledger::{LedgerError, Side};
use dongbo_model::clock::{Mark, later};
use dongbo_model::{Month, Period};

/// Cells that are looked for at once: all marks are read for it.
const FOUND_AT_ONCE: u32 = 20_000;
/// Cells that are summed up in one go: the ledger's one writer is held for some milliseconds.
const AT_ONCE: usize = 500;
/// The pause between two goes, in which others have the ledger.
const PAUSE: Duration = Duration::from_millis(50);
/// The time between two looks at how the targets of a year stand.
const TARGETS_EVERY: Duration = Duration::from_secs(600);

/// Keeps the sums fresh.
pub(crate) struct Summer {
    pub(crate) ctx: Ctx,
    pub(crate) config: Settings,
    /// The form of sums that the ledger was last made to have.
    pub(crate) form: String,
    /// How long a change counts as live: what waits longer is ranked.
    pub(crate) live_for: Duration,
    /// When the targets were shown last.
    pub(crate) targets_at: Option<Mark>,
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
            self.show_nothing();
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
    /// Another daemon leads, and shows the numbers.
    fn show_nothing(&mut self) {
        let metrics = &self.ctx.metrics;
        metrics.indicators(&[]);
        metrics.points_apart(&[]);
        metrics.periods_end(&[]);
        metrics.targets(&[]);
        self.targets_at = None;
    }

    /// Sums up all that has changed, and shows the present month.
    async fn round(&mut self) -> Result<(), SumError> {
        let ledger = &self.ctx.ledger;
        let book = Book::open(&self.config, ledger.catalogue().await?)?;
        if self.form != book.form() {
            ledger.leave_other_forms(book.form()).await?;
            book.form().clone_into(&mut self.form);
        }
        if !self.sum_up(&book).await? {
            return Ok(());
        }
        if self.config.points_first {
            rank(&self.ctx, &book, self.live_for).await?;
        }
        self.show_month(&book).await?;
        self.show_targets(&book).await
    }

    /// Sums up the cells that have changed. Gives whether that came to its end: a daemon that leads no more leaves it to the one that does.
    async fn sum_up(&self, book: &Book) -> Result<bool, SumError> {
        let Ctx { ledger, vitals, clock, .. } = &self.ctx;
        loop {
            let dirty = ledger.dirty_cells(FOUND_AT_ONCE).await?;
            let mut written = 0;
            for cells in dirty.chunks(AT_ONCE) {
                written += sum_up(ledger, book, cells).await?;
                vitals.progressed(Part::Summing);
                clock.sleep(PAUSE).await;
                if !vitals.moments().leads {
                    return Ok(false);
                }
            }
            if written == 0 {
                return Ok(true);
            }
        }
    }

    /// Shows the present month.
    async fn show_month(&self, book: &Book) -> Result<(), SumError> {
        let (ctx, now) = (&self.ctx, self.ctx.clock.now());
        let month = Month::of(now);
        let period = Period::Month(month);
        let question = Question { period, unit: None, procedures: None, set: book.set, now };
        let units = sums(&ctx.ledger, book, &question, Split::Unit).await?;
        let shown: Vec<_> = units.iter().flat_map(|(unit, both)| of_unit(&question, unit, both)).collect();
        ctx.metrics.indicators(&shown);
        let whole = sums(&ctx.ledger, book, &question, Split::Whole).await?;
        let whole = whole.into_values().next().unwrap_or_else(|| Both::of(&question));
        ctx.metrics.points_apart(&points_apart(&question, &whole));
        let quarter = Period::quarter_of(month).ends();
        let ends =
            [("month", period.ends()), ("quarter", quarter), ("year", Period::Year(month.year()).ends())];
        ctx.metrics.periods_end(&ends);
        Ok(())
    }

    /// Shows how the targets of the present year stand; now and then, for a year has many cells.
    async fn show_targets(&mut self, book: &Book) -> Result<(), SumError> {
        let (ctx, now) = (&self.ctx, self.ctx.clock.now());
        if book.plans.is_empty() || self.targets_at.is_some_and(|at| ctx.clock.since(at) < TARGETS_EVERY) {
            return Ok(());
        }
        let year = Month::of(now).year();
        let period = Period::Year(year);
        let question = Question { period, unit: None, procedures: None, set: book.set, now };
        let whole = sums(&ctx.ledger, book, &question, Split::Whole).await?;
        let whole = whole.into_values().next().unwrap_or_else(|| Both::of(&question));
        let entered = ctx.ledger.entered_figures(None, None).await?;
        let owner_stores = owner_stores(book, &ctx.ledger.owner_store_counts().await?, period, None);
        let given = Given { owner_stores, ..entries::given(&entered, period, "") };
        let mut shown = Vec::new();
        for (file, plan) in self.config.targets.iter().zip(&book.plans) {
            let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            for target in plan.targets.iter().filter(|target| target.year == year) {
                let side = (&whole, Side::Portal);
                let value = target_value(target, book.set, side, (period, None), &given, &entered);
                let goal = target.indicator.map(Indicator::name).or(target.figure.as_deref());
                let ratios = goal.zip(target.at_least.zip(value.and_then(|value| value.ratio)));
                let Some((goal, (asked, now))) = ratios else { continue };
                for (number, ratio) in [("now", now), ("asked", asked)] {
                    let labels = [name.as_str(), goal, number].map(str::to_owned);
                    shown.push((labels, f64::from(ratio.0) / 10_000.0));
                }
            }
        }
        ctx.metrics.targets(&shown);
        self.targets_at = Some(ctx.clock.mark());
        Ok(())
    }
}

/// Points by the local facts less those by what the portal accepted.
fn points_apart(question: &Question, whole: &Both) -> Vec<(&'static str, f64)> {
    let apart = |indicator: Indicator| {
        let (local, portal) = values(indicator, question.set, whole, question.period, &Given::default())?;
        let (local, portal) = local.points.zip(portal.points)?;
        let hundredths = i32::try_from(i64::from(local.0) - i64::from(portal.0)).ok()?;
        Some((indicator.name(), f64::from(hundredths) / 100.0))
    };
    Indicator::MAIN.into_iter().filter_map(apart).collect()
}

/// The metrics of a unit: its code, the indicator and the side, and the ratio.
fn of_unit(question: &Question, unit: &str, both: &Both) -> Vec<([String; 3], f64)> {
    let each = Indicator::MAIN.into_iter().filter_map(|indicator| {
        let (local, portal) = values(indicator, question.set, both, question.period, &Given::default())?;
        Some((indicator, [(Side::Local, local), (Side::Portal, portal)]))
    });
    let of = |(indicator, sides): (Indicator, [(Side, Value); 2])| {
        sides.into_iter().filter_map(move |(side, value)| {
            let labels = [unit, indicator.name(), side.name()].map(str::to_owned);
            Some((labels, f64::from(value.ratio?.0) / 10_000.0))
        })
    };
    each.flat_map(of).collect()
}
