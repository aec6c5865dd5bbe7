//! `[metrics]`: the file of metrics, for hosts that no Prometheus scrapes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

/// Metrics as a file, which node_exporter's textfile collector reads. The page `/metrics` is served regardless.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The `.prom` file that is written anew each time; empty for none. See [`Settings::file`].
    pub textfile: PathBuf,
    /// Time between two writings.
    #[serde(with = "humantime_serde")]
    pub textfile_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { textfile: PathBuf::new(), textfile_every: Duration::from_secs(60) }
    }
}

impl Settings {
    /// The file to write; `None` when none is wanted.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        (!self.textfile.as_os_str().is_empty()).then_some(self.textfile.as_path())
    }

    /// The rules that these values break.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.file().is_some_and(|file| file.extension().is_none_or(|extension| extension != "prom")) {
            wrong.push("metrics.textfile must end in .prom, or node_exporter passes it over".to_owned());
        }
        if self.textfile_every.is_zero() {
            wrong.push("metrics.textfile_every must be longer than 0s".to_owned());
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::Settings;

    #[test]
    fn no_file_is_written_unless_one_is_named() {
        let off = Settings::default();
        assert_eq!((off.file(), off.validate()), (None, Vec::new()));
        let on = Settings { textfile: "/var/lib/node/dongbo.prom".into(), ..off };
        assert_eq!((on.file(), on.validate()), (Some(Path::new("/var/lib/node/dongbo.prom")), Vec::new()));
    }

    #[test]
    fn a_file_that_nobody_would_read_is_refused() {
        let wrong = Settings { textfile: "dongbo.txt".into(), textfile_every: Duration::ZERO }.validate();
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}
