//! Layers of configuration, whatever the sections: where each value comes from, and everything that is wrong at once.
//! Also what sections are made of: secrets, sizes, and hints at the name that was meant.

pub mod hint;
mod layers;
mod loaded;
mod origin;
mod secret;
pub mod size;
mod tables;

use serde::de::DeserializeOwned;

pub use loaded::{Attempt, Loaded, Row};
pub use origin::Origin;
pub use secret::{Secret, SecretError};

/// A configuration that is read in layers.
pub trait Layered: DeserializeOwned {
    /// The defaults of every key, as TOML.
    const DEFAULTS: &'static str;
    /// The file that is read when none is named, if it exists.
    const FILE: &'static str;

    /// The rules that the values break, by themselves and together, each in a sentence that names its keys.
    fn validate(&self) -> Vec<String>;

    /// The sections whose `password_file` may be a credential of the systemd unit.
    fn passwords(&self) -> Vec<&'static str>;
}

/// A configuration that cannot be used. Every problem names the place, the key and the remedy, and quotes no value that
/// may hold a secret.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong:\n  - {}", .problems.join("\n  - "))]
pub struct SettingsError {
    /// Everything that is wrong, never empty.
    pub problems: Vec<String>,
}
