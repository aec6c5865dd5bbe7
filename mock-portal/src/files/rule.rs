//! The rules of fetching: which way for which files.

use serde::{Deserialize, Serialize};

use super::file::Role;
use crate::chance;
use crate::error::Error;

/// A way to fetch a file. An attempt that failed is made again, up to `pull.attempts` in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PullKind {
    /// One GET for the whole.
    #[default]
    Once,
    /// The whole, and then the whole again.
    Twice,
    /// HEAD for the size, then ranges in an order that the seed decides.
    Ranges {
        /// Number of ranges, 1 to 1,000; fewer when the file has fewer bytes.
        parts: u64,
    },
    /// The connection is dropped after half of the bytes; later the rest is asked for by a range.
    Cut {
        /// Milliseconds until the rest is asked for.
        again_after_ms: u64,
    },
    /// One GET for the whole, but only after a delay. "Fetch now" does not wait for it.
    Late {
        /// Seconds after the link was announced.
        after_s: u64,
    },
    /// No request at all, until another rule says otherwise.
    Never,
    /// HEAD, then the whole; the size in the answer to HEAD must be true.
    HeadFirst,
    /// The whole, several times at the same time.
    Together {
        /// Number of times, 1 to 1,000.
        times: u64,
    },
}

/// A rule of fetching. Every condition given must hold; the first rule that fits a file decides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRule {
    /// Only files of this dossier.
    #[serde(default)]
    pub dossier: Option<String>,
    /// Only files of this role.
    #[serde(default)]
    pub role: Option<Role>,
    /// Only the file of this id.
    #[serde(default)]
    pub file: Option<String>,
    /// Only this percentage of the files, picked by the seeded hash: always the same ones.
    #[serde(default)]
    pub percent: Option<f64>,
    /// The way to fetch.
    pub kind: PullKind,
}

impl PullRule {
    /// A rule for every file.
    #[must_use]
    pub fn new(kind: PullKind) -> Self {
        Self { kind, ..Self::default() }
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let wrong = |reason: &str| Err(Error::InvalidRule(format!("pull: {reason}")));
        if self.percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
            return wrong("percent is not between 0 and 100");
        }
        match self.kind {
            PullKind::Ranges { parts: count } | PullKind::Together { times: count }
                if !(1..=1_000).contains(&count) =>
            {
                wrong("parts or times is not between 1 and 1000")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn fits(&self, seed: u64, dossier: &str, role: Role, file: &str) -> bool {
        self.dossier.as_deref().is_none_or(|wanted| wanted == dossier)
            && self.role.is_none_or(|wanted| wanted == role)
            && self.file.as_deref().is_none_or(|wanted| wanted == file)
            && self.percent.is_none_or(|percent| chance::is_chosen(seed, file, dossier, percent))
    }
}
