//! The numbers that a command asks for, and what it needs to give them.

use std::collections::BTreeMap;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};

use super::super::failure::Failure;
use super::super::globals::Globals;
use super::super::speech::Advice;
use crate::config::{Config, SettingsError};
use dongbo_indicators::{
    Book, Both, FormulaSet, Given, Indicator, Question, Split, entries, owner_stores, sums,
};
use dongbo_ledger::{CatalogueEntry, EnteredFigure, Ledger, LedgerError, OwnerStoreCount, Side};
use dongbo_model::clock::Clock;
use dongbo_model::shell;
use dongbo_model::{Month, Period};

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

/// A ledger that is read, with everything that numbers need beside it.
pub(super) struct Numbers {
    pub(super) config: Config,
    pub(super) ledger: Ledger,
    pub(super) book: Book,
    pub(super) question: Question,
    pub(super) entered: Vec<EnteredFigure>,
    /// Dossiers whose owners' stores were looked into.
    owner_stores: Vec<OwnerStoreCount>,
    /// The options that narrow the dossiers to those of a field or procedure, as they are typed.
    procedures: String,
}

impl Numbers {
    /// Opens what `asked` needs.
    pub(super) async fn open(globals: &Globals, asked: &Asked, clock: &Clock) -> Result<Self, Failure> {
        let config = globals.load()?;
        let ledger = Ledger::read_only_of(&config.ledger).await?;
        let book = open_book(&config, ledger.catalogue().await?)?;
        let now = clock.now();
        let question = Question {
            period: asked.period.unwrap_or(Period::Month(Month::of(now))),
            unit: asked.unit.clone(),
            procedures: match (&asked.procedure, &asked.field) {
                (Some(procedure), _) => Some(vec![procedure.clone()]),
                (None, field) => field.as_ref().map(|field| book.procedures_of(field)),
            },
            set: asked.set.unwrap_or(book.set),
            now,
        };
        let entered = ledger.entered_figures(None, None).await?;
        let owner_stores = ledger.owner_store_counts().await?;
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!(" --{name} {}", shell::word(value))).unwrap_or_default()
        };
        let procedures = option("field", &asked.field) + &option("procedure", &asked.procedure);
        Ok(Self { config, ledger, book, question, entered, owner_stores, procedures })
    }

    /// The command that lists the dossiers of `part` behind an indicator; of the unit or the procedure `only` where numbers are taken
    /// apart by one.
    pub(super) fn list(&self, indicator: Indicator, only: Option<(Split, &str)>, part: &str) -> String {
        let Question { period, unit, set, .. } = &self.question;
        let unit = match only {
            Some((Split::Unit, unit)) => Some(unit),
            _ => unit.as_deref(),
        };
        let unit = unit.map(|unit| format!(" --unit {}", shell::word(unit))).unwrap_or_default();
        let (period, procedures) = match only {
            Some((Split::Procedure, code)) => {
                (period.to_string(), format!(" --procedure {}", shell::word(code)))
            }
            Some((Split::Month, month)) => (month.to_owned(), self.procedures.clone()),
            _ => (period.to_string(), self.procedures.clone()),
        };
        let (id, set) = (indicator.name(), set.name());
        format!("dongbo indicators list {id} --period {period}{unit}{procedures} --set {set} --part {part}")
    }

    /// The counts of both sides, in parts.
    pub(super) async fn sums(&self, split: Split) -> Result<BTreeMap<String, Both>, LedgerError> {
        sums(&self.ledger, &self.book, &self.question, split).await
    }

    /// The counts of both sides over `period`.
    pub(super) async fn whole(&self, period: Period) -> Result<Both, LedgerError> {
        let question = Question { period, ..self.question.clone() };
        let mut parts = sums(&self.ledger, &self.book, &question, Split::Whole).await?;
        Ok(parts.remove("").unwrap_or_else(|| Both::of(&question)))
    }

    /// The counts that people entered for a unit over `period`, and those of the sample. Figures are entered for whole units, so there are none for a part
    /// of their procedures.
    pub(super) fn given(&self, period: Period, unit: Option<&str>) -> Given {
        match self.question.procedures {
            Some(_) => Given::default(),
            None => Given {
                owner_stores: owner_stores(&self.book, &self.owner_stores, period, unit),
                ..entries::given(&self.entered, period, unit.unwrap_or_default())
            },
        }
    }
}
