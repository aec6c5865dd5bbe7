//! The errors of setting the mock portal up and of ordering it about.

use std::net::SocketAddr;

/// A mistake in the configuration, or a port that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The configuration file cannot be read.
    #[error("cannot read {path}")]
    ReadConfig {
        /// The file.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The configuration file is not valid TOML, or has an unknown key.
    #[error("cannot parse {path}")]
    ParseConfig {
        /// The file.
        path: String,
        /// The place and the reason.
        source: toml::de::Error,
    },
    /// The file of accepted writes cannot be used.
    #[error("cannot keep accepted writes in {path}")]
    Keep {
        /// The file.
        path: String,
        /// The error of the system, or of a line in the file.
        source: std::io::Error,
    },
    /// Values that parse but make no sense; all of them at once.
    #[error("configuration is invalid: {}", .0.join("; "))]
    InvalidConfig(Vec<String>),
    /// A contract that cannot be checked by.
    #[error("contract {contract}: {reason}")]
    InvalidContract {
        /// Its name or file.
        contract: String,
        /// The place and the reason.
        reason: String,
    },
    /// A rule of faults or of fetching that could never be obeyed.
    #[error("fault rule is invalid: {0}")]
    InvalidRule(String),
    /// A damage order that does not fit the stored dossier.
    #[error("cannot damage the dossier: {0}")]
    InvalidDamage(String),
}
