//! `[report]`: whose reports they are, and where they are kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use dongbo_model::schedule::Schedule;

use crate::document::Letterhead;
use crate::format::Format;
use crate::kinds::Kind;
use crate::letters::{Letters, LettersError};

/// The section `[report]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The agency above the one that issues reports.
    pub agency_above: String,
    /// The agency that issues reports.
    pub agency: String,
    /// Its place, before the day.
    pub place: String,
    /// What stands behind the number of a report.
    pub symbol: String,
    /// In whose name a report is signed.
    pub signs_for: String,
    /// The position of who signs.
    pub signer_position: String,
    /// The name of who signs.
    pub signer: String,
    /// Whom a report goes to, besides the files.
    pub recipients: Vec<String>,
    /// The names of units, each as `CODE = NAME`.
    pub unit_names: Vec<String>,
    /// The register of letters of apology; empty: there is none.
    pub apologies: PathBuf,
    /// The folder in which reports are kept, in a folder for each period.
    pub folder: PathBuf,
    /// When the daemon draws up reports: a cron expression with seconds, in Vietnamese time; empty for never.
    pub schedule: String,
    /// The kinds that it draws up.
    pub kinds: Vec<Kind>,
    /// The codes of the units of which it draws up reports of their own, besides those of all together.
    pub units: Vec<String>,
    /// The forms in which it writes them.
    pub formats: Vec<Format>,
    /// Whether it seals a period when all its reports are there.
    pub seal: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agency_above: String::new(),
            agency: String::new(),
            place: String::new(),
            symbol: "BC-UBND".to_owned(),
            signs_for: "TM. Ủy ban nhân dân".to_owned(),
            signer_position: "Chủ tịch".to_owned(),
            signer: String::new(),
            recipients: Vec::new(),
            unit_names: Vec::new(),
            apologies: PathBuf::new(),
            folder: PathBuf::from("/var/lib/dongbo/reports"),
            schedule: String::new(),
            kinds: Kind::ALL.to_vec(),
            units: Vec::new(),
            formats: Format::ALL.to_vec(),
            seal: false,
        }
    }
}

impl Settings {
    /// The rules that the values break, each in a sentence.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let flawed = self.unit_names.iter().filter(|line| named(line).is_none());
        let mut wrong: Vec<String> =
            flawed.map(|line| format!("report.unit_names: {line:?} is to be CODE = NAME")).collect();
        if self.folder.as_os_str().is_empty() {
            wrong.push("report.folder: must name a folder".to_owned());
        }
        if !self.schedule.trim().is_empty() {
            wrong.extend(
                self.schedule.parse::<Schedule>().err().map(|error| format!("report.schedule: {error}")),
            );
            for (key, is_empty) in
                [("report.kinds", self.kinds.is_empty()), ("report.formats", self.formats.is_empty())]
            {
                if is_empty {
                    wrong.push(format!(
                        "{key} is empty, and report.schedule is not: name some, or no schedule"
                    ));
                }
            }
        }
        wrong
    }

    /// The schedule; `None` when no report is drawn up by the daemon. It was checked with the configuration.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        if self.schedule.trim().is_empty() { None } else { self.schedule.parse().ok() }
    }

    /// The letterhead of every report.
    #[must_use]
    pub fn letterhead(&self) -> Letterhead {
        Letterhead {
            agency_above: self.agency_above.clone(),
            agency: self.agency.clone(),
            symbol: self.symbol.clone(),
            place: self.place.clone(),
            signs_for: self.signs_for.clone(),
            signer_position: self.signer_position.clone(),
            signer: self.signer.clone(),
            recipients: self.recipients.clone(),
        }
    }

    /// The register of letters of apology; `None` when there is none.
    ///
    /// # Errors
    /// It cannot be read, or is not what it should be.
    pub fn letters(&self) -> Result<Option<Letters>, LettersError> {
        let file = Some(&self.apologies).filter(|file| !file.as_os_str().is_empty());
        file.map(|file| Letters::read(file)).transpose()
    }

    /// The names of units by their codes.
    #[must_use]
    pub fn units(&self) -> BTreeMap<String, String> {
        let named = self.unit_names.iter().filter_map(|line| named(line));
        named.map(|(code, name)| (code.to_owned(), name.to_owned())).collect()
    }
}

/// The code and the name in a line of `unit_names`.
fn named(line: &str) -> Option<(&str, &str)> {
    let (code, name) = line.split_once('=')?;
    let (code, name) = (code.trim(), name.trim());
    (!code.is_empty() && !name.is_empty()).then_some((code, name))
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn names_of_units_are_read_by_code_and_what_is_none_is_told() {
        let unit_names = ["H48.57 = UBND xã Bờ Y", "H48.58=", "Sa Thầy"].map(str::to_owned).to_vec();
        let settings = Settings { unit_names, ..Settings::default() };
        assert_eq!(settings.validate().len(), 2);
        assert_eq!(settings.units()["H48.57"], "UBND xã Bờ Y");
        assert!(Settings::default().validate().is_empty() && Settings::default().schedule().is_none());
        let wrong = Settings { schedule: "monthly".to_owned(), kinds: Vec::new(), ..Settings::default() };
        assert_eq!(wrong.validate().len(), 2, "{:?}", wrong.validate());
    }
}
