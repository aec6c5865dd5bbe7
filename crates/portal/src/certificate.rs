//! The ends of certificates.

use std::path::Path;

use chrono::{DateTime, Utc};
use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode as _, SliceReader, Tag, Tagged as _};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};

/// The moment after which the X.509 certificate `der` is refused; `None` when it is no certificate. Everything else of it
/// is checked in the TLS handshake.
#[must_use]
pub fn certificate_end(der: &[u8]) -> Option<DateTime<Utc>> {
    not_after(der).ok().flatten()
}

/// The ends of all certificates in the PEM file at `path`, in their order there: of a client's certificate with its chain
/// the first is its own. Empty when the file holds none.
///
/// # Errors
/// The file cannot be read, or something in it is no PEM or no certificate.
pub fn certificate_ends(path: &Path) -> std::io::Result<Vec<DateTime<Utc>>> {
    let unreadable = |error: PemError| match error {
        PemError::Io(error) => error,
        other => std::io::Error::other(other.to_string()),
    };
    CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .map(|certificate| {
            let certificate = certificate.map_err(unreadable)?;
            certificate_end(&certificate).ok_or_else(|| std::io::Error::other("no certificate"))
        })
        .collect()
}

fn not_after(der: &[u8]) -> der::Result<Option<DateTime<Utc>>> {
    let mut certificate = inside(&mut SliceReader::new(der)?)?;
    let mut fields = inside(&mut certificate)?;
    // The version may be left out; serial number, algorithm and issuer may not.
    if matches!(Tag::peek(&fields)?, Tag::ContextSpecific { .. }) {
        AnyRef::decode(&mut fields)?;
    }
    for _ in 0..3 {
        AnyRef::decode(&mut fields)?;
    }
    let mut validity = inside(&mut fields)?;
    AnyRef::decode(&mut validity)?;
    moment_of(&AnyRef::decode(&mut validity)?)
}

/// The moment that a time in a certificate is.
pub(crate) fn moment_of(time: &AnyRef<'_>) -> der::Result<Option<DateTime<Utc>>> {
    let since_epoch = match time.tag() {
        Tag::UtcTime => time.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => time.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(moment(since_epoch.as_secs()))
}

/// A reader of the content of the next sequence.
pub(crate) fn inside<'d>(reader: &mut SliceReader<'d>) -> der::Result<SliceReader<'d>> {
    let sequence = AnyRef::decode(reader)?;
    sequence.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(sequence.value())
}

/// The moment so many seconds after 1970.
pub(crate) fn moment(seconds: u64) -> Option<DateTime<Utc>> {
    i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::{certificate_end, certificate_ends};

    fn ending(year: i32) -> rcgen::Certificate {
        let mut params = CertificateParams::new(vec!["x.vn".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 3, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn the_end_is_read_in_both_forms_of_time_that_certificates_have() {
        for (year, end) in [(2049, "2049-03-01T00:00:00+00:00"), (2051, "2051-03-01T00:00:00+00:00")] {
            assert_eq!(certificate_end(ending(year).der()).unwrap().to_rfc3339(), end);
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let whole = ending(2040);
        for length in 0..whole.der().len() {
            assert!(certificate_end(&whole.der()[..length]).is_none(), "cut at {length}");
        }
        assert_eq!(certificate_end(b"-----BEGIN CERTIFICATE-----"), None);
    }

    #[test]
    fn a_file_gives_the_ends_of_all_its_certificates() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{}{}", ending(2030).pem(), ending(2031).pem())).unwrap();
        let ends = certificate_ends(file.path()).unwrap();
        assert_eq!(ends.iter().map(|end| end.format("%Y").to_string()).collect::<Vec<_>>(), ["2030", "2031"]);
        std::fs::write(file.path(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            .unwrap();
        assert!(certificate_ends(file.path()).is_err());
    }
}
