//! TLS of the client: its files of certificates, and a peer that refuses ours.

use std::path::Path;

use reqwest::ClientBuilder;
use rustls::AlertDescription;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::PortalError;
use crate::settings::Settings;
use crate::trust::{ClientIdentity, trusting};
use dongbo_settings::pem;

/// Sets the trusted authorities and the client's certificate.
pub(crate) fn configure(
    builder: ClientBuilder,
    config: &Settings,
    encrypted: bool,
) -> Result<ClientBuilder, PortalError> {
    let authorities = config.ca_file.as_deref().map(authorities).transpose()?;
    let identity = config.client_certificate_file.as_deref().map(identity).transpose()?;
    trusting(builder, encrypted, authorities, identity).map_err(PortalError::Trust)
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, PortalError> {
    let key = "ca_file";
    let bad = || PortalError::BadPem {
        key,
        path: path.to_owned(),
        wanted: "a certificate authority's certificate",
    };
    pem::authorities(&read(key, path)?).ok_or_else(bad)
}

fn identity(path: &Path) -> Result<ClientIdentity, PortalError> {
    let key = "client_certificate_file";
    let held = read(key, path)?;
    let found = pem::certificates(&held).zip(PrivateKeyDer::from_pem_slice(&held).ok());
    found.ok_or_else(|| PortalError::BadPem {
        key,
        path: path.to_owned(),
        wanted: "a certificate and its private key",
    })
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, PortalError> {
    dongbo_settings::capped::read(path).map_err(|source| PortalError::ReadPem {
        key,
        path: path.to_owned(),
        source,
    })
}

/// A TLS error that says nothing about the peer's certificate, in plain words.
pub(crate) fn explain(error: &rustls::Error, host: &str) -> String {
    match error {
        rustls::Error::AlertReceived(alert) if refuses_us(error) => format!(
            "{host} refuses our client certificate ({alert:?}): renew it or register it there, and check \
             portal.client_certificate_file"
        ),
        other => format!("TLS with {host} failed: {other}"),
    }
}

/// Whether the peer refuses our certificate. It says so after our side of the handshake is done, so the request may be
/// on its way already; but the peer ended the connection without taking it in.
pub(crate) fn refuses_us(error: &rustls::Error) -> bool {
    let rustls::Error::AlertReceived(alert) = error else { return false };
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, Error};

    use super::{explain, refuses_us};

    #[test]
    fn a_peer_that_refuses_us_is_told_with_the_key_of_our_certificate() {
        let refused = Error::AlertReceived(AlertDescription::CertificateExpired);
        assert!(explain(&refused, "adapter.vn:443").contains("portal.client_certificate_file"));
        assert!(refuses_us(&refused));
        assert!(!refuses_us(&Error::AlertReceived(AlertDescription::InternalError)));
    }
}
