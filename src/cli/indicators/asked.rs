//! The numbers that a command asks for, and what it needs to give them.

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};

use super::super::failure::Failure;
use super::super::globals::Globals;
use super::super::speech::Advice;
use crate::config::{Config, SettingsError};
use dongbo_indicators::{Book, FormulaSet, Indicator, Question};
use dongbo_ledger::{CatalogueEntry, Ledger, Side};
use dongbo_model::clock::Clock;
use dongbo_model::shell;
use dongbo_model::{Month, Period};
pub(super) use dongbo_sync::views::Numbers;

/// The options of every command that shows numbers.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Asked {
    /// The month, quarter, half-year or year, as 2026-08, 2026-Q3, 2026-H1 or 2026; otherwise the present month.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Option<Period>,
    /// Only dossiers of this unit and of those below it.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Only dossiers of the procedures of this field, by its code in the portal's catalogue.
    #[arg(long, value_name = "FIELD", conflicts_with = "procedure", value_parser = NonEmptyStringValueParser::new())]
    field: Option<String>,
    /// Only dossiers of this procedure, by its national code.
    #[arg(long, value_name = "PROCEDURE", value_parser = NonEmptyStringValueParser::new())]
    procedure: Option<String>,
    /// The set of formulas; otherwise that of the configuration.
    #[arg(long, value_name = "SET", value_parser = parse_set())]
    set: Option<FormulaSet>,
}

/// Reads a period.
pub(super) fn parse_period(typed: &str) -> Result<Period, Advice> {
    Period::parse(typed).ok_or_else(|| {
        Advice::new(
            "hãy ghi như 2026-08, 2026-Q3, 2026-H1 hoặc 2026",
            "write as 2026-08, 2026-Q3, 2026-H1 or 2026",
        )
    })
}

fn parse_set() -> impl TypedValueParser<Value = FormulaSet> {
    PossibleValuesParser::new(FormulaSet::NAMES).map(|name| FormulaSet::from_name(&name).unwrap_or_default())
}

/// The parser of an indicator's name.
pub(super) fn parse_indicator() -> impl TypedValueParser<Value = Indicator> {
    PossibleValuesParser::new(Indicator::NAMES)
        .map(|name| Indicator::from_name(&name).unwrap_or(Indicator::Synchronised))
}

/// The parser of a side's name.
pub(super) fn parse_view() -> impl TypedValueParser<Value = Side> {
    PossibleValuesParser::new(Side::NAMES).map(|name| Side::from_name(&name).unwrap_or(Side::Portal))
}

/// Opens the book of the configuration.
pub(super) fn open_book(config: &Config, catalogue: Vec<CatalogueEntry>) -> Result<Book, Failure> {
    Book::open(&config.indicators, catalogue)
        .map_err(|error| Failure::Config(SettingsError { problems: vec![error.to_string()], missing: None }))
}

impl Asked {
    /// Opens what these options ask for.
    pub(super) async fn open(&self, globals: &Globals, clock: &Clock) -> Result<Numbers, Failure> {
        let config = globals.load()?;
        let ledger = Ledger::read_only_of(&config.ledger).await?;
        let book = open_book(&config, ledger.catalogue().await?)?;
        let now = clock.now();
        let question = Question {
            period: self.period.unwrap_or(Period::Month(Month::of(now))),
            unit: self.unit.clone(),
            procedures: match (&self.procedure, &self.field) {
                (Some(procedure), _) => Some(vec![procedure.clone()]),
                (None, field) => field.as_ref().map(|field| book.procedures_of(field)),
            },
            set: self.set.unwrap_or(book.set),
            now,
        };
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!(" --{name} {}", shell::word(value))).unwrap_or_default()
        };
        let procedures = option("field", &self.field) + &option("procedure", &self.procedure);
        Ok(Numbers::new((ledger, config.publishing()), book, question, procedures).await?)
    }
}
