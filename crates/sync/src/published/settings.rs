//! `[published]`: what is fetched of the figures that the portal publishes.

use std::time::Duration;

use serde::Deserialize;

use dongbo_model::schedule::Schedule;

/// Whether and when the portal's published figures are fetched, and how many are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// When they are fetched: a cron expression with seconds, in Vietnamese time; empty for never.
    pub fetch: String,
    /// How many months are fetched, back from the last one that is over, with the quarters and years among them.
    pub months: u32,
    /// How long after its end a period is fetched anew with each run, as the portal goes on counting.
    #[serde(with = "humantime_serde")]
    pub again_for: Duration,
    /// How many answers that differ are kept of each question.
    pub keep: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fetch: "0 30 5 * * *".to_owned(),
            months: 13,
            again_for: Duration::from_secs(62 * 86_400),
            keep: 12,
        }
    }
}

impl Settings {
    /// The schedule; `None` when nothing is to be fetched. It was checked with the configuration.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        if self.fetch.trim().is_empty() { None } else { self.fetch.parse().ok() }
    }

    /// The rules that these values break.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.fetch.trim().is_empty()
            && let Err(error) = self.fetch.parse::<Schedule>()
        {
            wrong.push(format!("published.fetch: {error}"));
        }
        if !(1..=120).contains(&self.months) {
            wrong.push("published.months must lie between 1 and 120".to_owned());
        }
        if self.keep == 0 {
            wrong.push("published.keep must be at least 1".to_owned());
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_defaults_are_right_and_what_is_wrong_is_named_all_at_once() {
        assert_eq!(Settings::default().validate(), Vec::<String>::new());
        let wrong = Settings { fetch: "daily".to_owned(), months: 0, keep: 0, ..Settings::default() };
        assert_eq!(wrong.validate().len(), 3, "{:?}", wrong.validate());
        assert!(Settings { fetch: " ".to_owned(), ..Settings::default() }.schedule().is_none());
    }
}
