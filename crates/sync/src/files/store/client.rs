//! The HTTP client of the stores behind HTTP and S3, and the meaning of its errors.

use std::error::Error as StdError;

use reqwest::{Certificate, Client, Url, redirect};

use super::addresses::{Guard, NotPublic};
use super::error::StoreError;
use dongbo_source::stores::Reach;

/// A client that connects to no other address than the guard admits, and follows no redirect by itself.
pub(super) fn guarded(guard: &Guard, reach: &Reach, base: &Url) -> Result<Client, StoreError> {
    // One provider serves the process. The error only says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A proxy would connect in our place, to whatever it likes.
        .no_proxy()
        .dns_resolver(guard.clone());
    if let Some(path) = &reach.ca_file {
        let told = |what: &str| StoreError::Config(format!("ca_file {} {what}", path.display()));
        let pem = std::fs::read(path).map_err(|error| told(&format!("cannot be read: {error}")))?;
        let found = Certificate::from_pem_bundle(&pem).ok().filter(|found| !found.is_empty());
        builder = builder.tls_certs_only(found.ok_or_else(|| told("holds no certificate"))?);
    } else if base.scheme() == "http" {
        // No TLS, no need for the system's authorities, which a small container may not have.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|_| {
        StoreError::Config(
            "no certificate authorities are found on this machine: install ca-certificates, or name ca_file"
                .to_owned(),
        )
    })
}

/// The meaning of an error of the client. Its own text holds the address, which may be personal.
pub(super) fn fault(error: &(dyn StdError + 'static)) -> StoreError {
    let mut text = "the connection was cut";
    for cause in causes(error) {
        if cause.downcast_ref::<NotPublic>().is_some() {
            return StoreError::Address;
        }
        if cause.downcast_ref::<rustls::Error>().is_some() {
            text = "TLS with it failed; see its certificate, or name ca_file in the mapping file";
        } else if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            if error.kind() == std::io::ErrorKind::ConnectionRefused {
                text = "nothing listens there";
            }
        } else if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
            if error.is_dns() {
                text = "its name cannot be looked up (DNS)";
            } else if error.is_connect() {
                text = "no connection comes about";
            }
        }
    }
    StoreError::unreachable(text)
}

/// An error and all that lies below it. An `io::Error` hides the error that it wraps from `source`.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn StdError + 'static)).or_else(move || cause.source())
    })
}
