//! The subject of the checks: a configuration as far as it can be had, and how far they go.

use std::path::{Path, PathBuf};

use crate::config::{Config, Entry};
use dongbo_model::Lang;
use dongbo_model::clock::Clock;

/// The extent of a run of all checks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    /// Ask neither the local database nor the portal.
    pub(crate) offline: bool,
    /// Most dossiers to read, in the order of their codes, to see whether they can be sent.
    pub(crate) sample: usize,
}

/// The things that every check is given.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) config: &'a Config,
    /// The source that a check is about.
    pub(super) source: &'a dongbo_source::Settings,
    pub(super) clock: &'a Clock,
    pub(super) lang: Lang,
}

/// A configuration as far as it can be had.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// The values; `None` when a file or variable that they come from cannot be read.
    pub(super) config: Option<Config>,
    /// The values for people to read, without secrets.
    pub(crate) entries: Vec<Entry>,
    /// Everything that is wrong with them.
    pub(super) problems: Vec<String>,
    /// Everything that works and should still be changed.
    pub(super) warnings: Vec<String>,
    /// The files that were read; a later one overrules an earlier one.
    pub(super) files: Vec<PathBuf>,
    /// The file of the configuration, when there is none and nothing else sets a value.
    pub(super) missing: Option<PathBuf>,
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
                missing: attempt.missing,
                entries: attempt.loaded.entries,
            },
            Err(error) => Self { problems: error.problems, ..Self::default() },
        }
    }
}
