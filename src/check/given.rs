//! The configuration that is checked, with what is wrong with it.

use std::path::PathBuf;

use crate::config::Config;

/// A configuration as far as it can be had.
#[derive(Debug)]
pub(crate) struct Given {
    /// The values; `None` when a place that they come from cannot be read.
    pub(crate) config: Option<Config>,
    /// All that is wrong with them.
    pub(crate) problems: Vec<String>,
    /// What is not wrong, but should not be so.
    pub(crate) warnings: Vec<String>,
    /// The files that were read, the weakest first.
    pub(crate) files: Vec<PathBuf>,
}
