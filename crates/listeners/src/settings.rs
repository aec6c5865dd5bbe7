//! `[listeners]`: the limits of every connection that is taken in.

use std::time::Duration;

use serde::Deserialize;

/// Fewer connections than this serve nobody well.
pub(crate) const FEWEST_CONNECTIONS: usize = 8;

/// The section `[listeners]`, for the pages, the portal's fetches of files and the control socket alike.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long a client may take to send a request's head.
    #[serde(with = "humantime_serde")]
    pub header_timeout: Duration,
    /// How long a connection may stay open between two requests.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// How long a client may take nothing of an answer.
    #[serde(with = "humantime_serde")]
    pub stall_timeout: Duration,
    /// Least bytes a second that a client takes of an answer, in the long run; 0 asks for none.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub least_rate: u64,
    /// Most connections of each listener.
    pub max_connections: usize,
}

/// The limits that hold at one listener.
pub type Limits = Settings;

impl Default for Settings {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(1),
            stall_timeout: Duration::from_secs(30),
            least_rate: 8 * 1024,
            max_connections: 200,
        }
    }
}

impl Settings {
    /// The rules that the values break, each in a sentence.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (key, duration) in [
            ("header_timeout", self.header_timeout),
            ("idle_timeout", self.idle_timeout),
            ("stall_timeout", self.stall_timeout),
        ] {
            if duration < Duration::from_millis(100) {
                wrong.push(format!("listeners.{key}: must be at least 100ms"));
            }
        }
        if self.max_connections < FEWEST_CONNECTIONS {
            wrong.push(format!("listeners.max_connections: must be at least {FEWEST_CONNECTIONS}"));
        }
        wrong
    }

    /// These limits where all listeners together may have `files` connections: as many for each as there is room for.
    #[must_use]
    pub fn within(&self, files: u64, listeners: u64) -> Self {
        let each = files.checked_div(listeners).and_then(|each| usize::try_from(each).ok());
        let max_connections = self.max_connections.min(each.unwrap_or(usize::MAX)).max(FEWEST_CONNECTIONS);
        Self { max_connections, ..self.clone() }
    }

    /// The shortest of the times, which says how closely connections have to be watched.
    pub(crate) fn shortest(&self) -> Duration {
        self.header_timeout.min(self.idle_timeout).min(self.stall_timeout)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Settings;

    #[test]
    fn limits_that_would_keep_everybody_out_are_refused() {
        assert!(Settings::default().validate().is_empty());
        let none = Settings {
            header_timeout: Duration::ZERO,
            idle_timeout: Duration::ZERO,
            stall_timeout: Duration::ZERO,
            least_rate: 0,
            max_connections: 0,
        };
        assert_eq!(none.validate().len(), 4);
    }

    #[test]
    fn where_files_are_few_each_listener_has_its_share_and_never_none() {
        let settings = Settings::default();
        for (files, each) in [(3_000, 200), (300, 100), (10, 8), (0, 8)] {
            assert_eq!(settings.within(files, 3).max_connections, each, "{files}");
        }
    }
}
