//! A certificate for a server, by an authority of its own.

use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// A server's certificate and key, and the authority that issued it, in PEM form.
pub(crate) struct Certified {
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
    pub(crate) authority: String,
}

impl Certified {
    /// For the server of this name or address.
    pub(crate) fn named(name: &str) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &authority)?;
        Ok(Self { certificate, key, authority: authority.pem() })
    }
}

/// The side of a server of this name in TLS, and the authority that issued its certificate, in PEM form.
pub(crate) fn acceptor(name: &str) -> Result<(TlsAcceptor, String), Box<dyn std::error::Error>> {
    let Certified { certificate, key, authority } = Certified::named(name)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der())?)?;
    Ok((TlsAcceptor::from(Arc::new(config)), authority))
}
