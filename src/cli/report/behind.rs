//! The numbers of reports that are made of indicators: what is asked for, and the book that answers.

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::parse_period;
use crate::cli::failure::{Ended, Failure};
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use crate::config::Config;
use dongbo_gather::GatherError;
use dongbo_indicators::{Book, Question};
use dongbo_ledger::Ledger;
use dongbo_model::Period;
use dongbo_model::clock::Clock;

/// The options of commands that list the dossiers behind such numbers.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct BehindArgs {
    /// The period of the report, as 2026-08, 2026-Q3, 2026-H1 or 2026.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Period,
    /// Only dossiers of this unit and of those below it.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Only dossiers of this procedure.
    #[arg(long, value_name = "CODE")]
    procedure: Option<String>,
    /// Show at most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// A question about such dossiers, and what is needed to answer it.
pub(super) struct Behind {
    pub(super) config: Config,
    pub(super) ledger: Ledger,
    pub(super) book: Book,
    pub(super) question: Question,
    /// The most rows that are shown.
    pub(super) limit: usize,
}

/// The dossiers that are shown.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown<R> {
    /// Whether there are more than are shown.
    pub(super) more: bool,
    pub(super) rows: Vec<R>,
}

/// Opens what `args` ask for, and shows the dossiers that are `found` behind it.
pub(super) async fn list<R: Serialize>(
    globals: &Globals,
    args: &BehindArgs,
    found: impl AsyncFnOnce(&Behind) -> Result<Shown<R>, Failure>,
    render: impl FnOnce(&Shown<R>, &mut Output),
) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let behind = Behind::open(globals, args, &clock).await?;
    let shown = found(&behind).await;
    behind.ledger.close().await;
    globals.output(&clock).show(&shown?, render)?;
    Ok(Ended::Complete)
}

impl Behind {
    /// Opens all that the answer needs.
    async fn open(globals: &Globals, args: &BehindArgs, clock: &Clock) -> Result<Self, Failure> {
        let config = globals.load()?;
        let ledger = Ledger::read_only_of(&config.ledger).await?;
        let book = Book::open(&config.indicators, ledger.catalogue().await?).map_err(GatherError::from)?;
        let question = Question {
            period: args.period,
            unit: args.unit.clone(),
            procedures: args.procedure.as_ref().map(|procedure| vec![procedure.clone()]),
            set: book.set,
            now: clock.now(),
        };
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        Ok(Self { config, ledger, book, question, limit })
    }
}
