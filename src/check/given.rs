//! The configuration that is checked, with what is wrong with it.

use std::path::{Path, PathBuf};

use crate::config::{Config, Entry};

/// A configuration as far as it can be had.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// The values; `None` when a place that they come from cannot be read.
    pub(super) config: Option<Config>,
    /// The same for people to read, without secrets.
    pub(crate) entries: Vec<Entry>,
    /// All that is wrong with them.
    pub(super) problems: Vec<String>,
    /// What is not wrong, but should not be so.
    pub(super) warnings: Vec<String>,
    /// The files that were read, the weakest first.
    pub(super) files: Vec<PathBuf>,
}

impl Given {
    /// Reads the layers as start-up does, with `main` as the main file.
    pub(crate) fn read(main: Option<&Path>) -> Self {
        match Config::try_layers(main, std::env::vars_os()) {
            Ok(attempt) => Self {
                problems: attempt.problems,
                warnings: crate::config::exposed_secrets(&attempt.loaded),
                files: attempt.loaded.files,
                config: attempt.all_was_read.then_some(attempt.loaded.config),
                entries: attempt.loaded.entries,
            },
            Err(error) => Self { problems: error.problems, ..Self::default() },
        }
    }
}
