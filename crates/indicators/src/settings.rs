//! Section `[indicators]`: the reading of the indicators, and the files that they need.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::indicator::FormulaSet;

/// The reading of the indicators, and the files that they need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The set of formulas that is used where none is named.
    pub set: FormulaSet,
    /// The file with hours of work and holidays; `None`: the one that dongbo was built with.
    #[serde(deserialize_with = "path")]
    pub calendar: Option<PathBuf>,
    /// The file with the limits of procedures; `None`: none is known.
    #[serde(deserialize_with = "path")]
    pub limits: Option<PathBuf>,
    /// The files of the plans that bind the office.
    pub targets: Vec<PathBuf>,
    /// Whether the numbers of a unit have those of the units below it in them.
    pub roll_up: bool,
    /// Time between two rounds in which the daemon sums up what has changed.
    #[serde(with = "humantime_serde")]
    pub sum_every: Duration,
    /// Whether what has waited to be sent is put in the order of the points that hang on it.
    pub points_first: bool,
}

/// An empty path is none.
fn path<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    PathBuf::deserialize(deserializer).map(|path| Some(path).filter(|path| !path.as_os_str().is_empty()))
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            set: FormulaSet::default(),
            calendar: None,
            limits: None,
            targets: Vec::new(),
            roll_up: true,
            sum_every: Duration::from_secs(30),
            points_first: true,
        }
    }
}

impl Settings {
    /// The mistakes in these values by themselves, each in a sentence that names the key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let idle = self.sum_every < Duration::from_secs(1);
        idle.then(|| "indicators.sum_every must be at least 1s".to_owned()).into_iter().collect()
    }
}
