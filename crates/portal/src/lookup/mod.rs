//! Comparison of a dossier with the portal's record of it, which a look-up returns.

mod bridge;
mod canonical;
mod comparison;
mod differences;
mod expected;
mod facts;
mod moment;
mod own_form;
mod papers;
mod rewriting;
mod steps;

pub use self::comparison::Seen;
pub(crate) use self::comparison::seen;
pub(crate) use self::expected::{Expected, step_template, template};
pub use self::own_form::OwnForm;
pub use self::steps::{Histories, StepsSeen};

use dongbo_settings::HashKey;

use crate::settings::{LookupSettings, Settings};

/// The way in which look-ups are compared.
pub(crate) struct Lookup {
    settings: LookupSettings,
    /// The key under which values that may be personal are hashed.
    key: HashKey,
}

impl Lookup {
    /// The way that `config` says.
    pub(crate) fn of(config: &Settings) -> Self {
        let key = config.hash_key.clone().unwrap_or_else(HashKey::random);
        Self { settings: config.lookup.clone(), key }
    }
}
