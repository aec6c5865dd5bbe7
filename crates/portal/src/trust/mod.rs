//! Trust in the servers that are called: the authorities, the verdict on a certificate, and what is wrong with one that is
//! not trusted, in a sentence for whoever has to act.

mod facts;
mod fault;
mod verifier;

use std::error::Error as StdError;
use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

pub use fault::{CertificateFault, Untrusted};
use verifier::Explaining;

/// A certificate with its chain, and its private key.
pub type ClientIdentity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The TLS of a client that trusts `authorities`, or the system's when there are none, and shows `identity`.
///
/// # Errors
/// When no authority can be used, or the private key does not fit the certificate.
fn client_config(
    authorities: Option<Vec<CertificateDer<'static>>>,
    identity: Option<ClientIdentity>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner: Arc<dyn ServerCertVerifier> = match authorities {
        Some(certificates) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                roots.add(certificate)?;
            }
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?
        }
        None => Arc::new(rustls_platform_verifier::Verifier::new(Arc::clone(&provider))?),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Explaining(inner)));
    match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key),
        None => Ok(builder.with_no_client_auth()),
    }
}

/// The builder of a client that trusts `authorities`, or the system's when there are none, and shows `identity`. One that is not
/// `encrypted` has no need for the system's authorities, which a small container may not have.
///
/// # Errors
/// When no authority can be used, or the private key does not fit the certificate.
pub fn trusting(
    builder: ClientBuilder,
    encrypted: bool,
    authorities: Option<Vec<CertificateDer<'static>>>,
    identity: Option<ClientIdentity>,
) -> Result<ClientBuilder, rustls::Error> {
    // One provider serves the process. The error only says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !encrypted {
        return Ok(builder.tls_certs_only([]));
    }
    Ok(builder.tls_backend_preconfigured(client_config(authorities, identity)?))
}

/// An error and its causes. An `io::Error` hides the error that it wraps from `source`.
pub fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn StdError + 'static)).or_else(move || cause.source())
    })
}
