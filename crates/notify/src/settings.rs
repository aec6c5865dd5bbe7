//! `[notify]`: when people are told of how things stand, by which ways, and of what.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::quiet::QuietHours;
use crate::way::Way;
use dongbo_model::schedule::Schedule;
use dongbo_model::{Lang, Owner};

/// Most ways: each is a connection of its own while something is told.
const MOST_WAYS: usize = 16;
/// The longest that one message may take. The worker is given more before it counts as hanging.
pub(crate) const LONGEST_TIMEOUT: Duration = Duration::from_secs(300);

/// The section `[notify]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// When the bulletin is sent: a cron expression with seconds, in Vietnamese time; empty for never.
    pub bulletin: String,
    /// The language of messages, unless a way has its own.
    pub lang: Lang,
    /// The name of this installation, which begins each subject.
    pub title: String,
    /// The address of the console as those who are told reach it, for links; empty for none.
    pub console_url: String,
    /// The hours in which no alert is sent, as `21:00-06:00`, unless a way has its own; empty for none.
    pub quiet_hours: String,
    /// Whether alerts of what nobody knows are sent in quiet hours all the same.
    pub urgent_in_quiet: bool,
    /// How long something has to stand before it is told.
    #[serde(with = "humantime_serde")]
    pub raise_after: Duration,
    /// How long it has to be gone before its end is told.
    #[serde(with = "humantime_serde")]
    pub over_after: Duration,
    /// The age of the oldest change that the portal has not accepted, from which it is told; 0 for never.
    #[serde(with = "humantime_serde")]
    pub unsent_after: Duration,
    /// The longest that one message may take.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// The ways by which people are told.
    #[serde(rename = "way")]
    pub ways: Vec<Way>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bulletin: "0 30 6 * * *".to_owned(),
            lang: Lang::Vi,
            title: "dongbo".to_owned(),
            console_url: String::new(),
            quiet_hours: String::new(),
            urgent_in_quiet: true,
            raise_after: Duration::from_secs(300),
            over_after: Duration::from_secs(600),
            unsent_after: Duration::from_secs(4 * 3_600),
            timeout: Duration::from_secs(30),
            ways: Vec::new(),
        }
    }
}

impl Settings {
    /// The schedule of the bulletin; `None` for never. It was checked with the configuration.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        if self.bulletin.trim().is_empty() { None } else { self.bulletin.parse().ok() }
    }

    /// The language of messages by `way`.
    #[must_use]
    pub fn lang_of(&self, way: &Way) -> Lang {
        way.lang.unwrap_or(self.lang)
    }

    /// The quiet hours of `way`.
    #[must_use]
    pub fn quiet_of(&self, way: &Way) -> Option<QuietHours> {
        QuietHours::parse(way.quiet_hours.as_ref().unwrap_or(&self.quiet_hours)).ok().flatten()
    }

    /// The files with secrets in them, each with its key.
    #[must_use]
    pub fn secret_files(&self) -> Vec<(String, &PathBuf)> {
        self.ways.iter().flat_map(Way::secret_files).collect()
    }

    /// The rules that the values break, each in a sentence.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.bulletin.trim().is_empty()
            && let Err(error) = self.bulletin.parse::<Schedule>()
        {
            wrong.push(format!("notify.bulletin: {error}"));
        }
        if let Err(error) = QuietHours::parse(&self.quiet_hours) {
            wrong.push(format!("notify.quiet_hours: {error}"));
        }
        let url = &self.console_url;
        let is_address = reqwest::Url::parse(url).is_ok_and(|url| {
            url.has_host() && matches!(url.scheme(), "http" | "https") && url.password().is_none()
        });
        if !url.is_empty() && !is_address {
            wrong.push(
                "notify.console_url is no address; an example is https://dongbo.example.gov.vn".to_owned(),
            );
        }
        if self.title.trim().is_empty() || self.title.chars().count() > 60 {
            wrong.push("notify.title must have 1 to 60 letters".to_owned());
        }
        if self.timeout < Duration::from_secs(1) || self.timeout > LONGEST_TIMEOUT {
            wrong.push("notify.timeout must lie between 1s and 5m".to_owned());
        }
        if self.ways.len() > MOST_WAYS {
            wrong.push(format!("notify.way: there are {}, and at most {MOST_WAYS} may be", self.ways.len()));
        }
        for (place, way) in self.ways.iter().enumerate() {
            if self.ways.iter().take(place).any(|before| before.name == way.name) {
                wrong.push(format!("notify.way: two have the name {:?}", way.name));
            }
            wrong.extend(way.validate());
        }
        wrong
    }
}

/// Everybody who may have to act: the alerts of a way that names none.
pub(crate) fn everybody() -> Vec<Owner> {
    Owner::ALL.iter().copied().filter(|owner| *owner != Owner::Nobody).collect()
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_defaults_are_right_and_tell_nobody() {
        let settings = Settings::default();
        assert_eq!(settings.validate(), Vec::<String>::new());
        assert!(settings.ways.is_empty() && settings.schedule().is_some());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_by_its_key() {
        let settings: Settings = toml::from_str(
            r#"
            bulletin = "early"
            console_url = "dongbo.example.vn"
            quiet_hours = "21-6"
            timeout = "0s"
            title = ""
            [[way]]
            name = "mail"
            kind = "email"
            [[way]]
            name = "mail"
            kind = "folder"
            folder = "/srv/dongbo"
            "#,
        )
        .unwrap();
        let wrong = settings.validate();
        for key in [
            "notify.bulletin",
            "notify.console_url",
            "notify.quiet_hours",
            "notify.timeout",
            "notify.title",
            "two have the name",
            "mail: server",
        ] {
            assert!(wrong.iter().any(|told| told.contains(key)), "{key}: {wrong:#?}");
        }
    }
}
