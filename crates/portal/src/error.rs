//! Why the portal cannot be set up.

use std::path::PathBuf;

use dongbo_model::ErrorClass;
use dongbo_settings::SecretError;

/// Why [`super::Ndxp::new`] failed: all of it is for an operator to put right.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// The account's password cannot be had.
    #[error("portal.password_file: {0}")]
    Password(#[source] SecretError),
    /// A certificate file cannot be read.
    #[error("portal.{key}: cannot read {}: check that it is there and readable for dongbo's user", path.display())]
    ReadPem {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A certificate file does not hold what it should.
    #[error("portal.{key}: {} does not hold {wanted} in PEM form", path.display())]
    BadPem {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// An address cannot be made of `adapter_url` and a path.
    #[error("portal.adapter_url with portal.{key} is no URL")]
    BadUrl {
        /// The key that names the path.
        key: &'static str,
    },
    /// The routing code cannot go into a header.
    #[error("portal.dstcode cannot go into a header: only visible ASCII without blanks")]
    BadRoutingCode,
    /// The rules compiled in cannot be read.
    #[error("the verdict rules compiled in cannot be read")]
    Rules(#[source] toml::de::Error),
    /// The HTTP client cannot be built.
    #[error(
        "the HTTP client cannot be set up: check that the system has certificate authorities (package \
         ca-certificates), or set portal.ca_file"
    )]
    Client(#[source] reqwest::Error),
}

impl PortalError {
    /// Who has to act.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Password(error) => error.class(),
            Self::ReadPem { .. }
            | Self::BadPem { .. }
            | Self::BadUrl { .. }
            | Self::BadRoutingCode
            | Self::Client(_) => ErrorClass::Config,
            Self::Rules(_) => ErrorClass::Bug,
        }
    }
}
