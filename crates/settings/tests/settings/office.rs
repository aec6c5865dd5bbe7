//! A configuration of two sections, and a folder to read it from.

use std::path::PathBuf;
use std::time::Duration;

use dongbo_settings::{Layered, Loaded, SettingsError};
use serde::Deserialize;

/// A configuration that is whole without a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Office {
    pub(crate) portal: Portal,
    pub(crate) push: Push,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portal {
    pub(crate) unit_code: String,
    pub(crate) username: String,
    #[serde(with = "humantime_serde")]
    total_timeout: Duration,
    #[expect(dead_code, reason = "only its entry is looked at")]
    ca_file: Option<PathBuf>,
    #[expect(dead_code, reason = "only its entry is looked at")]
    lookup: Lookup,
    pub(crate) verdicts: Vec<Verdict>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its entry is looked at")]
pub(crate) struct Lookup {
    steps: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    pub(crate) code: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Push {
    #[serde(with = "humantime_serde")]
    pub(crate) lease: Duration,
    #[serde(with = "humantime_serde")]
    pub(crate) live_for: Duration,
    pub(crate) breaker_drift: u32,
    pub(crate) breaker_failures: u32,
    pub(crate) calls_per_second: u32,
    pub(crate) max_concurrency: u32,
    pub(crate) verify_share: f64,
}

impl Layered for Office {
    const DEFAULTS: &'static str = r#"
        [portal]
        unit_code = ""
        username = ""
        total_timeout = "20s"
        verdicts = []
        [portal.lookup]
        steps = true
        [push]
        lease = "60s"
        live_for = "5m"
        breaker_drift = 5
        breaker_failures = 5
        calls_per_second = 20
        max_concurrency = 8
        verify_share = 0.01
    "#;
    const FILE: &'static str = "/nowhere/dongbo.toml";

    fn validate(&self) -> Vec<String> {
        let short = self.push.lease < self.portal.total_timeout * 3;
        short
            .then(|| "push.lease must be at least 3 times portal.total_timeout".to_owned())
            .into_iter()
            .collect()
    }

    fn passwords(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A folder like `/etc/dongbo`.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new(main: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("dongbo.toml", main);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn load(&self, variables: &[(&str, &str)]) -> Result<Loaded<Office>, SettingsError> {
        Loaded::new(Some(&self.path("dongbo.toml")), variables.iter().copied())
    }

    /// Everything that is wrong, as if the folder were `/etc/dongbo`.
    pub(crate) fn problems(&self, variables: &[(&str, &str)]) -> Vec<String> {
        let here = self.0.path().display().to_string();
        let problems = self.load(variables).unwrap_err().problems;
        problems.iter().map(|problem| problem.replace(&here, "/etc/dongbo")).collect()
    }
}
