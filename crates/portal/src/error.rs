//! Errors of setting the portal up.

use std::path::PathBuf;

use dongbo_model::ErrorClass;
use dongbo_settings::SecretError;
use dongbo_settings::proxy::ProxyError;

/// The reason why the portal cannot be set up, which an operator has to put right.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// The account's password cannot be read.
    #[error("portal.password_file: {0}")]
    Password(#[source] SecretError),
    /// A certificate file cannot be read.
    #[error("portal.{key}: cannot read {}: check that it is there and readable for dongbo's user", path.display())]
    ReadPem {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A certificate file does not hold what it should.
    #[error("portal.{key}: {} does not hold {wanted} in PEM form", path.display())]
    BadPem {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The content that it should have.
        wanted: &'static str,
    },
    /// `adapter_url` and a path make no URL.
    #[error("portal.adapter_url with portal.{key} is not a URL")]
    BadUrl {
        /// The key that names the path.
        key: &'static str,
    },
    /// The routing code cannot go into a header.
    #[error("portal.dstcode cannot go into a header: only visible ASCII without blanks")]
    BadRoutingCode,
    /// The verdict rules compiled in cannot be read.
    #[error("the verdict rules compiled in cannot be read: please report this")]
    Rules(#[source] toml::de::Error),
    /// The trusted authorities or our certificate cannot be used.
    #[error(
        "TLS cannot be set up ({0}): check that the system has certificate authorities (package ca-certificates), or set \
         portal.ca_file, and that the private key in portal.client_certificate_file is that of its certificate"
    )]
    Trust(#[source] rustls::Error),
    /// The proxy cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The HTTP client cannot be built.
    #[error(
        "the HTTP client cannot be set up: check that the system has certificate authorities (package \
         ca-certificates), or set portal.ca_file"
    )]
    Client(#[source] reqwest::Error),
}

impl PortalError {
    /// The class: an operator has to act, except on rules that dongbo brings along.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Password(error) => error.class(),
            Self::ReadPem { .. }
            | Self::BadPem { .. }
            | Self::BadUrl { .. }
            | Self::BadRoutingCode
            | Self::Trust(_)
            | Self::Proxy(_)
            | Self::Client(_) => ErrorClass::Config,
            Self::Rules(_) => ErrorClass::Bug,
        }
    }
}
