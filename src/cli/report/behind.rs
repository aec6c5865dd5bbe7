//! The numbers of reports that are made of indicators: what is asked for, and the book that answers.

use clap::builder::NonEmptyStringValueParser;

use super::parse_period;
use crate::cli::failure::Failure;
use crate::cli::globals::Globals;
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

/// What answers it.
pub(super) struct Behind {
    pub(super) config: Config,
    pub(super) ledger: Ledger,
    pub(super) book: Book,
    pub(super) question: Question,
    /// The most rows that are shown.
    pub(super) limit: usize,
}

impl Behind {
    /// Opens all that the answer needs.
    pub(super) async fn open(globals: &Globals, args: &BehindArgs, clock: &Clock) -> Result<Self, Failure> {
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
