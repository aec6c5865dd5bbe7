//! TLS: the authorities that are trusted, the certificate that is shown, and failures in plain words.

use std::path::Path;

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::{AlertDescription, CertificateError};

use crate::error::PortalError;
use crate::settings::Settings;

/// Sets the trusted authorities and the client's certificate.
pub(crate) fn configure(
    mut builder: ClientBuilder,
    config: &Settings,
    encrypted: bool,
) -> Result<ClientBuilder, PortalError> {
    // One provider serves the process. The error only says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let Some(path) = &config.ca_file {
        builder = builder.tls_certs_only(authorities(path)?);
    } else if !encrypted {
        // No TLS, no need for the system's authorities, which a small container may not have.
        builder = builder.tls_certs_only([]);
    }
    if let Some(path) = &config.client_certificate_file {
        let key = "client_certificate_file";
        let identity = Identity::from_pem(&read(key, path)?).map_err(|_| PortalError::BadPem {
            key,
            path: path.clone(),
            wanted: "a certificate and its private key",
        })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, PortalError> {
    let key = "ca_file";
    let pem = read(key, path)?;
    Certificate::from_pem_bundle(&pem).ok().filter(|found| !found.is_empty()).ok_or_else(|| {
        PortalError::BadPem { key, path: path.to_owned(), wanted: "a certificate authority's certificate" }
    })
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, PortalError> {
    std::fs::read(path).map_err(|source| PortalError::ReadPem { key, path: path.to_owned(), source })
}

/// A TLS error in plain words, with what to do about it.
pub(crate) fn explain(error: &rustls::Error, host: &str) -> String {
    match error {
        rustls::Error::InvalidCertificate(bad) => explain_certificate(bad, host),
        rustls::Error::AlertReceived(alert) if refuses_us(error) => format!(
            "{host} refuses our client certificate ({alert:?}): renew it or register it there, and check \
             portal.client_certificate_file"
        ),
        other => format!("TLS with {host} failed: {other}"),
    }
}

fn explain_certificate(error: &CertificateError, host: &str) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "the certificate of {host} has expired: its operator has to renew it, unless this machine's clock is \
             wrong"
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid yet: check this machine's clock")
        }
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} was issued by an authority that is not trusted here: set portal.ca_file to \
             that authority's certificate"
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate of {host} was issued for another name: check portal.adapter_url")
        }
        CertificateError::Revoked => format!("the certificate of {host} has been revoked: ask its operator"),
        other => format!("the certificate of {host} cannot be trusted: {other}"),
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
    use rustls::{AlertDescription, CertificateError, Error};

    use super::{explain, refuses_us};

    #[test]
    fn certificate_trouble_says_what_to_do() {
        for (error, hint) in [
            (CertificateError::Expired, "renew"),
            (CertificateError::NotValidYet, "clock"),
            (CertificateError::UnknownIssuer, "portal.ca_file"),
            (CertificateError::NotValidForName, "portal.adapter_url"),
            (CertificateError::Revoked, "operator"),
        ] {
            let text = explain(&Error::InvalidCertificate(error), "adapter.vn:443");
            assert!(text.contains(hint) && text.contains("adapter.vn:443"), "{text}");
        }
        let refused = Error::AlertReceived(AlertDescription::CertificateExpired);
        assert!(explain(&refused, "adapter.vn:443").contains("portal.client_certificate_file"));
        assert!(refuses_us(&refused));
        assert!(!refuses_us(&Error::AlertReceived(AlertDescription::InternalError)));
    }
}
