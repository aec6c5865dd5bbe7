//! A certificate for a server, by an authority of its own.

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

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
