//! Reports from the ledger.
//!
//! Whoever wants a report, a command, a page or the daemon on schedule, says which as a [`Wanted`] and gets it as a document
//! ([`Wanted::report`]) or in a form ([`Wanted::rendered`]). Nothing is written: an [`Archive`](dongbo_reports::Archive) keeps files.

mod composed;
mod error;
mod handled;
mod index;
mod judged;
mod numbers;
mod placed;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dongbo_ledger::Ledger;
use dongbo_model::{Lang, Period, shell};
use dongbo_reports::{Format, Issue, Kind, Report};

pub use error::GatherError;
pub use judged::{Judged, Judgement, days_of, judged};

/// The settings of an office that its reports hang on.
#[derive(Debug, Clone, Copy)]
pub struct Office<'o> {
    /// Whose reports they are.
    pub report: &'o dongbo_reports::Settings,
    /// The reading of the indicators.
    pub indicators: &'o dongbo_indicators::Settings,
    /// Where its units stand among what the portal publishes.
    pub departments: &'o dongbo_indicators::fetched::Departments,
}

/// A report that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its kind.
    pub kind: Kind,
    /// Its period.
    pub period: Period,
    /// The code of the only unit that it is about; `None`: all.
    pub unit: Option<String>,
    /// Its language.
    pub lang: Lang,
}

impl Wanted {
    /// The name of its files without their endings: of one unit with its code, as far as a file's name can have it.
    #[must_use]
    pub fn stem(&self) -> String {
        match &self.unit {
            None => self.kind.file().to_owned(),
            Some(unit) => format!("{}-{}", self.kind.file(), as_file_name(unit)),
        }
    }

    /// Draws it up from the ledger as that is at `now`.
    ///
    /// # Errors
    /// The ledger cannot be read, or a file that the configuration names cannot be used.
    pub async fn report(
        &self,
        ledger: &Ledger,
        office: Office<'_>,
        now: DateTime<Utc>,
    ) -> Result<Report, GatherError> {
        let issue =
            Issue { lang: self.lang, letterhead: office.report.letterhead(), period: self.period, at: now };
        let gathering =
            Gathering { ledger, office, issue, unit: self.unit.as_deref(), names: office.report.units() };
        Ok(match self.kind {
            Kind::Sync => gathering.sync().await?.report(),
            Kind::Quality => gathering.quality().await?.report(),
            Kind::Publication => gathering.publication().await?.report(),
            Kind::Late => gathering.lateness().await?.report(),
            Kind::Quarterly => gathering.quarterly().await?.report(),
            Kind::HalfYear => gathering.half_year().await?.report(),
            Kind::Annex => gathering.annex().await?.report(),
        })
    }

    /// Draws it up in a form, as the bytes of a file.
    ///
    /// # Errors
    /// As [`Wanted::report`], and when its parts cannot be put together.
    pub async fn rendered(
        &self,
        ledger: &Ledger,
        office: Office<'_>,
        format: Format,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, GatherError> {
        Ok(format.write(&self.report(ledger, office, now).await?)?)
    }
}

/// A code as a file's name can have it.
#[must_use]
pub fn as_file_name(code: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' };
    code.chars().map(plain).collect()
}

/// A report whose figures are gathered.
struct Gathering<'g> {
    ledger: &'g Ledger,
    office: Office<'g>,
    issue: Issue,
    /// Only this unit.
    unit: Option<&'g str>,
    /// The names of units by their codes.
    names: BTreeMap<String, String>,
}

impl Gathering<'_> {
    /// The options that narrow a command to what the report is about.
    fn scope(&self) -> String {
        self.unit.map(of_unit).unwrap_or_default()
    }

    /// A unit's name with its code, or its code alone.
    fn name_of(&self, code: &str) -> String {
        self.names.get(code).map_or_else(|| code.to_owned(), |name| format!("{name} ({code})"))
    }
}

/// The option that narrows a command to a unit.
fn of_unit(code: &str) -> String {
    format!("--unit {}", shell::word(code))
}

/// A number of things.
fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use dongbo_model::{Lang, Period};
    use dongbo_reports::Kind;

    use super::Wanted;

    #[test]
    fn a_unit_cannot_lead_out_of_the_folder() {
        let stem = |kind, unit: Option<&str>| {
            let period = Period::Year(2026);
            Wanted { kind, period, unit: unit.map(str::to_owned), lang: Lang::Vi }.stem()
        };
        assert_eq!(stem(Kind::Sync, None), "dong-bo");
        assert_eq!(stem(Kind::Sync, Some("H48.57")), "dong-bo-H48.57");
        assert_eq!(stem(Kind::Quality, Some("../x/Bờ")), "chat-luong-du-lieu-.._x_B_");
    }
}
