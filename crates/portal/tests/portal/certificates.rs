//! Each fault of a server's certificate in a sentence of its own, with what to do.

use dongbo_model::{ErrorClass, Lang};
use dongbo_portal::Outcome;
use dongbo_portal::trust::CertificateFault;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SigningKey as _,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::fixture::Client;
use crate::tls::{Authority, showing};

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// One element of DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut whole = vec![tag];
    match length {
        0..=127 => whole.push(u8::try_from(length).unwrap()),
        128..=255 => whole.extend([0x81, u8::try_from(length).unwrap()]),
        _ => whole.extend([0x82, u8::try_from(length >> 8).unwrap(), u8::try_from(length & 255).unwrap()]),
    }
    whole.extend_from_slice(content);
    whole
}

/// The elements within an element.
fn within(whole: &[u8]) -> Vec<Vec<u8>> {
    let head = |bytes: &[u8]| match bytes[1] {
        0x81 => (3, usize::from(bytes[2])),
        0x82 => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
        length => (2, usize::from(length)),
    };
    let mut left = &whole[head(whole).0..];
    let mut all = Vec::new();
    while !left.is_empty() {
        let (skip, length) = head(left);
        all.push(left[..skip + length].to_vec());
        left = &left[skip + length..];
    }
    all
}

/// A certificate whose fields are changed, signed again by `authority`.
fn changed(
    certificate: &CertificateDer<'_>,
    authority: &Authority,
    change: impl FnOnce(&mut Vec<Vec<u8>>, &mut Vec<u8>),
) -> CertificateDer<'static> {
    let parts = within(certificate);
    let (mut fields, mut algorithm) = (within(&parts[0]), parts[1].clone());
    change(&mut fields, &mut algorithm);
    let signed = element(0x30, &fields.concat());
    let signature = authority.issuer.key().sign(&signed).unwrap();
    let signature = element(0x03, &[&[0], signature.as_slice()].concat());
    element(0x30, &[signed, algorithm, signature].concat()).into()
}

struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: String,
}

/// A certificate of `authority` for this host, with what `change` does to it.
fn issued(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let (certificate, key) = authority.issue("localhost", change);
    Shown { chain: vec![der(&certificate)], key }
}

/// One that signs itself; an authority's when `is_authority` says so.
fn self_signed(is_authority: bool) -> Shown {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let certificate = params.self_signed(&key).unwrap();
    Shown { chain: vec![certificate.der().clone()], key: key.serialize_pem() }
}

/// One below an authority between it and `root`, which ends in `year`; the whole chain when `whole` says so.
fn below_another(root: &Authority, year: i32, whole: bool) -> Shown {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "between");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    let between = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &root.issuer).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let mut chain = vec![params.signed_by(&key, &between).unwrap().der().clone()];
    if whole {
        chain.push(between.der().clone());
    }
    Shown { chain, key: key.serialize_pem() }
}

/// `ecdsa-with-SHA1`.
const WITH_SHA1: [u8; 11] = [0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];

fn every_fault(root: &Authority, other: &Authority) -> Vec<(Shown, CertificateFault)> {
    let alter = |shown: Shown, change: fn(&mut Vec<Vec<u8>>, &mut Vec<u8>)| Shown {
        chain: vec![changed(&shown.chain[0], root, change)],
        key: shown.key,
    };
    let plain = || issued(root, |_| {});
    let from_other = issued(other, |_| {});
    let with_stranger =
        Shown { chain: vec![from_other.chain[0].clone(), other.issuer.der().clone()], ..from_other };
    vec![
        (self_signed(false), CertificateFault::SelfSigned),
        (self_signed(true), CertificateFault::AuthorityAsServer),
        (
            issued(root, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            CertificateFault::AuthorityAsServer,
        ),
        (
            issued(root, |params| {
                params.subject_alt_names.clear();
                params.distinguished_name.push(DnType::CommonName, "localhost");
            }),
            CertificateFault::NameOnlyInCommonName,
        ),
        (
            alter(plain(), |fields, _| {
                fields.remove(0);
                fields.pop();
            }),
            CertificateFault::OldVersion,
        ),
        (
            alter(plain(), |fields, algorithm| {
                fields[2] = WITH_SHA1.to_vec();
                *algorithm = WITH_SHA1.to_vec();
            }),
            CertificateFault::Sha1,
        ),
        (
            issued(root, |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1)),
            CertificateFault::Expired,
        ),
        (
            issued(root, |params| params.not_before = rcgen::date_time_ymd(2090, 1, 1)),
            CertificateFault::NotYetValid,
        ),
        (below_another(root, 2020, true), CertificateFault::ChainExpired),
        (below_another(root, 2090, false), CertificateFault::IssuerMissing),
        (with_stranger, CertificateFault::UnknownAuthority),
        (
            {
                let (certificate, key) = root.issue("elsewhere", |_| {});
                Shown { chain: vec![der(&certificate)], key }
            },
            CertificateFault::WrongName,
        ),
        (
            issued(root, |params| params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth)),
            CertificateFault::WrongPurpose,
        ),
        (
            {
                // An authority that was set up anew under its old name.
                let namesake = Authority::new("root");
                issued(&namesake, |_| {})
            },
            CertificateFault::BadSignature,
        ),
    ]
}

#[tokio::test]
async fn each_fault_of_a_certificate_is_a_matter_of_the_set_up_in_a_sentence_of_its_own() {
    let (root, other) = (Authority::new("root"), Authority::new("other"));
    for (shown, fault) in every_fault(&root, &other) {
        let url = showing(shown.chain, &shown.key).await;
        told(&url, &root, fault).await;
    }
    // The whole chain to a trusted root is in order.
    let shown = below_another(&root, 2090, true);
    let url = showing(shown.chain, &shown.key).await;
    let client = Client::with(&url, |config| config.ca_file = Some(root.ca_file()));
    assert_eq!(client.ndxp.log_in().await.outcome, Outcome::Delivered);
}

#[tokio::test]
async fn a_port_for_plain_http_is_told_as_that() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    told(&url, &Authority::new("root"), CertificateFault::PlainHttp).await;
}

/// Calls the portal, and sees that the fault is told as what it is, in both languages.
async fn told(url: &str, root: &Authority, fault: CertificateFault) {
    let client = Client::with(url, |config| config.ca_file = Some(root.ca_file()));
    let answer = client.ndxp.log_in().await;
    assert_eq!(answer.outcome, Outcome::Config, "{fault:?}: {answer:?}");
    let host = url.trim_start_matches("https://");
    assert_eq!(answer.message, fault.sentence(Lang::En, host, "portal.ca_file"), "{fault:?}");
    let record = &client.records()[0];
    let obstacle = record.obstacle.as_ref().unwrap();
    assert_eq!(obstacle.class, ErrorClass::Config);
    assert_eq!(obstacle.text(Lang::Vi), fault.sentence(Lang::Vi, host, "portal.ca_file"));
    assert!(!obstacle.text(Lang::Vi).contains('{'));
}
