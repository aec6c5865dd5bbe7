//! Certificates in files.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::capped;

/// The certificates in `pem`; `None` when there is none, or one cannot be read.
#[must_use]
pub fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

/// The certificates in the file at `path`.
///
/// # Errors
/// When there is none, or one cannot be read; in words that begin with the path.
pub fn certificates_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = capped::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    certificates(&pem).ok_or_else(|| format!("{} holds no certificate", path.display()))
}

/// The certificates in `pem`, each of which can be trusted as an authority: one that was skipped now would be missed at the
/// first call.
#[must_use]
pub fn authorities(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found = certificates(pem)?;
    let mut roots = RootCertStore::empty();
    found.iter().all(|certificate| roots.add(certificate.clone()).is_ok()).then_some(found)
}
