//! All that the formulas need beside facts: the set, the calendar, procedures and their limits, plans.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use dongbo_ledger::CatalogueEntry;
use dongbo_settings::hint;
use serde::Deserialize;

use crate::calendar::{Calendar, CalendarError};
use crate::indicator::FormulaSet;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::targets::{Plan, PlanError};
use crate::verdict::{Limit, Rules};

/// The calendar that dongbo is built with.
const HOLIDAYS: &str = include_str!("../../../config/holidays.toml");

/// All that the formulas need beside facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// The set of formulas that is used where none is named.
    pub set: FormulaSet,
    /// The working calendar.
    pub calendar: Calendar,
    /// The plans that bind the office.
    pub plans: Vec<Plan>,
    roll_up: bool,
    form: String,
    limits: BTreeMap<String, Limit>,
    procedures: HashMap<String, CatalogueEntry>,
}

/// A file that the configuration names and that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {}: {why}", file.display())]
pub struct BookError {
    /// The key of the configuration that names it.
    pub key: &'static str,
    /// The file.
    pub file: PathBuf,
    /// The reason.
    pub why: FileFlaw,
}

/// The reason why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileFlaw {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is no calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// It is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It has no limits of procedures.
    #[error("{0}")]
    Limits(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    limit: BTreeMap<String, Limit>,
}

impl Book {
    /// The book of a configuration, with the catalogue of procedures as far as it is known.
    ///
    /// # Errors
    /// A file that the configuration names cannot be read, or is not what it should be.
    pub fn open(settings: &Settings, catalogue: Vec<CatalogueEntry>) -> Result<Self, BookError> {
        let holidays = match &settings.calendar {
            Some(file) => read("indicators.calendar", file)?,
            None => HOLIDAYS.to_owned(),
        };
        let calendar = Calendar::parse(&holidays)
            .map_err(|why| flaw("indicators.calendar", settings.calendar.as_deref(), why))?;
        let limits = match &settings.limits {
            Some(file) => limits(&read("indicators.limits", file)?)
                .map_err(|why| flaw("indicators.limits", Some(file), FileFlaw::Limits(why)))?,
            None => BTreeMap::new(),
        };
        let plan = |file: &PathBuf| {
            let text = read("indicators.targets", file)?;
            Plan::parse(&text).map_err(|why| flaw("indicators.targets", Some(file), why))
        };
        let plans = settings.targets.iter().map(plan).collect::<Result<_, _>>()?;
        let form = form(&limits, &holidays);
        let procedures = catalogue.into_iter().map(|entry| (entry.code.clone(), entry)).collect();
        let (set, roll_up) = (settings.set, settings.roll_up);
        Ok(Self { set, calendar, plans, roll_up, form, limits, procedures })
    }

    /// Knowledge of the procedure with this national code.
    #[must_use]
    pub fn rules(&self, procedure: &str) -> Rules {
        let listed = self.procedures.get(procedure);
        Rules {
            returns_paper: listed.and_then(|listed| listed.returns_paper),
            has_fee: listed.and_then(|listed| listed.has_fee),
            limit: self.limits.get(procedure).copied(),
        }
    }

    /// The catalogue's name of a procedure; empty when it is not known.
    #[must_use]
    pub fn name(&self, procedure: &str) -> &str {
        self.procedures.get(procedure).map_or("", |listed| listed.name.as_str())
    }

    /// The code and the name of a procedure's field; both empty when it is not known.
    #[must_use]
    pub fn field(&self, procedure: &str) -> (&str, &str) {
        let listed = self.procedures.get(procedure);
        listed.map_or(("", ""), |listed| (listed.field_code.as_str(), listed.field_name.as_str()))
    }

    /// The national codes of the procedures of a field.
    #[must_use]
    pub fn procedures_of(&self, field: &str) -> Vec<String> {
        let of = self.procedures.values().filter(|listed| listed.field_code == field);
        of.map(|listed| listed.code.clone()).collect()
    }

    /// The form of what is kept of a cell: what was summed up otherwise is summed up anew.
    #[must_use]
    pub fn form(&self) -> &str {
        &self.form
    }

    /// Whether the dossiers of `unit` are part of the numbers of `of`: it is that unit or, with `indicators.roll_up`, one below it.
    /// A code says what is above it: `H44` is above `H44.08`, and above `000.00.08.H44`, as codes were before 2025.
    #[must_use]
    pub fn is_within(&self, unit: &str, of: &str) -> bool {
        let rest = unit.strip_prefix(of).map(|rest| rest.starts_with('.'));
        let front = unit.strip_suffix(of).map(|front| front.ends_with('.'));
        unit == of || (self.roll_up && (rest == Some(true) || front == Some(true)))
    }
}

/// Durations and limits hang on both; without a limit neither matters. Another hash only has cells counted once more.
fn form(limits: &BTreeMap<String, Limit>, holidays: &str) -> String {
    if limits.is_empty() {
        return Tally::FORM.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    holidays.hash(&mut hasher);
    for (code, limit) in limits {
        (code, limit.count, limit.unit).hash(&mut hasher);
    }
    format!("{}-{:016x}", Tally::FORM, hasher.finish())
}

fn limits(text: &str) -> Result<BTreeMap<String, Limit>, String> {
    let read: Result<Limits, toml::de::Error> = toml::from_str(text);
    read.map(|limits| limits.limit).map_err(|error| {
        let hint = hint::nearest_hint(error.message()).map(|hint| format!("; {hint}"));
        format!("{}{}", error.to_string().trim_end(), hint.unwrap_or_default())
    })
}

fn read(key: &'static str, file: &Path) -> Result<String, BookError> {
    std::fs::read_to_string(file).map_err(|why| flaw(key, Some(file), why))
}

fn flaw(key: &'static str, file: Option<&Path>, why: impl Into<FileFlaw>) -> BookError {
    let file = file.unwrap_or(Path::new("config/holidays.toml")).to_owned();
    BookError { key, file, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::{Book, Settings};

    #[test]
    fn a_unit_has_those_below_it_whichever_end_of_a_code_tells_them() {
        let book = Book::open(&Settings::default(), Vec::new()).unwrap();
        for (unit, of, within) in [
            ("H44.08", "H44", true),
            ("000.00.08.H44", "H44", true),
            ("H44.08", "H44.08", true),
            ("H440.1", "H44", false),
            ("H44", "H44.08", false),
        ] {
            assert_eq!(book.is_within(unit, of), within, "{unit} {of}");
        }
        let alone = Book::open(&Settings { roll_up: false, ..Settings::default() }, Vec::new()).unwrap();
        assert!(!alone.is_within("H44.08", "H44") && alone.is_within("H44", "H44"));
    }

    #[test]
    fn limits_come_from_their_file_and_change_the_form_of_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("limits.toml");
        std::fs::write(&file, "[limit]\n\"1.001193\" = { count = 3, unit = \"working_days\" }\n").unwrap();
        let settings = Settings { limits: Some(file.clone()), ..Settings::default() };
        let book = Book::open(&settings, Vec::new()).unwrap();
        assert_eq!(book.rules("1.001193").limit.map(|limit| limit.count), Some(3));
        assert_ne!(book.form(), Book::open(&Settings::default(), Vec::new()).unwrap().form());
        std::fs::write(&file, "[limit]\n\"1.001193\" = { count = 3, unit = \"working_dais\" }\n").unwrap();
        let error = Book::open(&settings, Vec::new()).unwrap_err().to_string();
        assert!(
            error.contains("indicators.limits") && error.contains("did you mean `working_days`?"),
            "{error}"
        );
    }
}
