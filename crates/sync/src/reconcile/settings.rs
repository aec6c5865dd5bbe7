//! `[reconcile]`: how both sides are compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use dongbo_indicators::fetched::Departments;
use dongbo_model::schedule::{Schedule, ScheduleError};

/// How both sides are compared, and what is done about what differs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Base address of the portal's evaluation API; empty when its counts are not to be compared.
    pub evaluation_url: String,
    /// The department under which the evaluation API is asked, by the portal's own id; empty for its root.
    pub root_department: String,
    /// The evaluation API's id or code of each unit code that it calls otherwise.
    pub departments: BTreeMap<String, String>,
    /// When counts are compared; empty for never.
    pub counts: String,
    /// When dossiers are looked up; empty for never.
    pub look_ups: String,
    /// When the portal's list of procedures is read; empty for never.
    pub catalogue: String,
    /// How many months are counted, back from the present one.
    pub months: u32,
    /// Whether finished dossiers with a result are counted as well.
    pub count_results: bool,
    /// Most calls to the evaluation API a minute.
    pub counts_per_minute: u32,
    /// How far the portal's counts may lag behind what it accepted.
    #[serde(with = "humantime_serde")]
    pub counts_lag: Duration,
    /// Most look-ups in one run.
    pub look_ups_per_run: u32,
    /// Most look-ups a minute; 0 sets no limit.
    pub look_ups_per_minute: u32,
    /// Dossiers that are looked up by chance in each run, to bound the share of unseen differences.
    pub sample: u32,
    /// Age from which a difference is late.
    #[serde(with = "humantime_serde")]
    pub late_after: Duration,
    /// Age from which it is a mismatch.
    #[serde(with = "humantime_serde")]
    pub mismatch_after: Duration,
    /// Whether runs of the schedule put right what they find.
    pub repair: bool,
    /// Share of a month's dossiers above which nothing of it is put right without a person's word.
    pub repair_share: f64,
    /// How many runs are kept, with their files.
    pub keep_runs: u32,
    /// Where the files of runs go; empty for the folder `reconcile` beside the ledger's file.
    pub directory: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            evaluation_url: String::new(),
            root_department: String::new(),
            departments: BTreeMap::new(),
            counts: "0 30 3 * * *".to_owned(),
            look_ups: "0 0 4 * * *".to_owned(),
            catalogue: "0 0 3 * * SUN".to_owned(),
            months: 13,
            count_results: true,
            counts_per_minute: 30,
            counts_lag: Duration::from_secs(86_400),
            look_ups_per_run: 5_000,
            look_ups_per_minute: 120,
            sample: 300,
            late_after: Duration::from_secs(3_600),
            mismatch_after: Duration::from_secs(86_400),
            repair: false,
            repair_share: 0.05,
            keep_runs: 30,
            directory: PathBuf::new(),
        }
    }
}

impl Settings {
    /// The schedules by their keys; `None` for one that is switched off.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn schedule(expression: &str) -> Result<Option<Schedule>, ScheduleError> {
        if expression.trim().is_empty() { Ok(None) } else { expression.parse().map(Some) }
    }

    /// Where the files of runs go, beside a ledger at `ledger`.
    #[must_use]
    pub fn folder(&self, ledger: &Path) -> PathBuf {
        if self.directory.as_os_str().is_empty() {
            ledger.with_file_name("reconcile")
        } else {
            self.directory.clone()
        }
    }

    /// Where the figures of our units stand among those that the portal publishes, of which at most `keep` answers are kept.
    #[must_use]
    pub fn departments(&self, keep: u32) -> Departments {
        Departments { root: self.root_department.clone(), called: self.departments.clone(), keep }
    }

    /// The time between two look-ups by the budget of a minute; none without one.
    #[must_use]
    pub fn pace(&self) -> Duration {
        Duration::from_secs(60).checked_div(self.look_ups_per_minute).unwrap_or_default()
    }

    /// The rules that these values break.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (key, expression) in
            [("counts", &self.counts), ("look_ups", &self.look_ups), ("catalogue", &self.catalogue)]
        {
            if let Err(error) = Self::schedule(expression) {
                wrong.push(format!("reconcile.{key}: {error}"));
            }
        }
        let mut check = |fine: bool, text: &str| {
            if !fine {
                wrong.push(text.to_owned());
            }
        };
        let url = Url::parse(&self.evaluation_url);
        check(
            self.evaluation_url.is_empty() || url.is_ok_and(|url| url.has_host()),
            "reconcile.evaluation_url must be empty or an address such as \"https://dichvucong.gov.vn\"",
        );
        check((1..=120).contains(&self.months), "reconcile.months must lie between 1 and 120");
        check(self.counts_per_minute > 0, "reconcile.counts_per_minute must be at least 1");
        check(self.look_ups_per_run > 0, "reconcile.look_ups_per_run must be at least 1");
        check(
            self.late_after <= self.mismatch_after,
            "reconcile.late_after must not be longer than reconcile.mismatch_after",
        );
        check((0.0..=1.0).contains(&self.repair_share), "reconcile.repair_share must lie between 0 and 1");
        check(self.keep_runs > 0, "reconcile.keep_runs must be at least 1");
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_defaults_are_right_and_what_is_wrong_is_named_all_at_once() {
        assert!(Settings::default().validate().is_empty());
        let wrong = Settings {
            counts: "every night".to_owned(),
            evaluation_url: "portal".to_owned(),
            months: 0,
            repair_share: 2.0,
            ..Settings::default()
        };
        assert_eq!(wrong.validate().len(), 4, "{:?}", wrong.validate());
        assert!(Settings::schedule(" ").unwrap().is_none());
    }

    #[test]
    fn files_lie_beside_the_ledger_unless_another_folder_is_named() {
        let mut config = Settings::default();
        let ledger = std::path::Path::new("/var/lib/dongbo/ledger.sqlite");
        assert_eq!(config.folder(ledger), std::path::Path::new("/var/lib/dongbo/reconcile"));
        config.directory = "/elsewhere".into();
        assert_eq!(config.folder(ledger), std::path::Path::new("/elsewhere"));
    }
}
