//! What can go wrong when the mock portal is set up.

use std::net::SocketAddr;

/// A mistake in the configuration, or a port that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The configuration file cannot be read.
    #[error("cannot read {path}")]
    ReadConfig {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The configuration file is not valid TOML, or has a key that means nothing here.
    #[error("cannot parse {path}")]
    ParseConfig {
        /// The file.
        path: String,
        /// Where and why.
        source: toml::de::Error,
    },
    /// The file of accepted writes cannot be used.
    #[error("cannot keep accepted writes in {path}")]
    Keep {
        /// The file.
        path: String,
        /// What the system said, or what is wrong in it.
        source: std::io::Error,
    },
    /// Values that parse but make no sense; all of them at once.
    #[error("configuration is invalid: {}", .0.join("; "))]
    InvalidConfig(Vec<String>),
    /// A fault rule that could never be obeyed.
    #[error("fault rule is invalid: {0}")]
    InvalidRule(String),
    /// A damage order that does not fit the stored dossier.
    #[error("cannot damage the dossier: {0}")]
    InvalidDamage(String),
}
