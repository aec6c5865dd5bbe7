//! A private authority, and a certificate of our own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use dongbo_portal::{Answer, Outcome};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WantsServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::canned::{Script, json, serve};
use crate::fixture::{Client, minimal};

/// An authority and the files that it fills.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(&self, name: &str, pem: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.file("ca.pem", &self.issuer.pem())
    }

    /// A certificate for `name` and its key, in PEM.
    pub(crate) fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    fn client_file(&self) -> PathBuf {
        let (certificate, key) = self.issue("dongbo", |_| {});
        self.file("client.pem", &format!("{certificate}{key}"))
    }
}

/// A portal behind TLS; asks for a certificate of `clients`, if given.
async fn start(
    (certificate, key): (String, String),
    clients: Option<&Authority>,
    version: &'static SupportedProtocolVersion,
) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[version]).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    serving(builder, chain, &key).await
}

/// A portal that shows `chain`, whatever it is like, with the key in PEM.
pub(crate) async fn showing(chain: Vec<CertificateDer<'static>>, key: &str) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    serving(builder.with_no_client_auth(), chain, key).await
}

async fn serving(
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    chain: Vec<CertificateDer<'static>>,
    key: &str,
) -> String {
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    // Not `with_single_cert`, which looks at the certificate.
    let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key));
    let mut config = builder.with_cert_resolver(Arc::new(shown));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = json(r#"{"session":"s","error_code":0}"#);
    let script = Arc::new(Mutex::new(Script { log_in: answer.clone(), acts: [answer].into() }));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream, script.clone(), Arc::default()));
            }
        }
    });
    format!("https://localhost:{port}")
}

async fn create(url: &str, ca_file: Option<PathBuf>, client_file: Option<PathBuf>) -> Answer {
    let client = Client::with(url, |config| {
        config.ca_file = ca_file;
        config.client_certificate_file = client_file;
    });
    client.ndxp.create(&[&minimal("H48-1")]).await
}

const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

#[tokio::test]
async fn a_private_authority_and_a_certificate_of_ours_are_enough() {
    let authority = Authority::new("ours");
    for version in VERSIONS {
        let url = start(authority.issue("localhost", |_| {}), Some(&authority), version).await;
        let answer = create(&url, Some(authority.ca_file()), Some(authority.client_file())).await;
        assert_eq!(answer.outcome, Outcome::Delivered, "{answer:?}");
    }
}

#[tokio::test]
async fn a_portal_that_cannot_be_trusted_is_not_talked_to() {
    let (authority, other) = (Authority::new("ours"), Authority::new("other"));
    let expired = |params: &mut CertificateParams| params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let early = |params: &mut CertificateParams| params.not_before = rcgen::date_time_ymd(2090, 1, 1);
    for (certificate, ca_file, hint) in [
        (authority.issue("localhost", expired), authority.ca_file(), "has expired"),
        (authority.issue("localhost", early), authority.ca_file(), "not valid yet"),
        (authority.issue("elsewhere", |_| {}), authority.ca_file(), "for another name"),
        (authority.issue("localhost", |_| {}), other.ca_file(), "set portal.ca_file"),
    ] {
        let url = start(certificate, None, &rustls::version::TLS13).await;
        let answer = create(&url, Some(ca_file), None).await;
        assert_eq!(answer.outcome, Outcome::Config, "{answer:?}");
        assert!(answer.message.contains(hint) && answer.message.contains("localhost:"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_portal_that_does_not_take_our_certificate_is_an_auth_failure() {
    let (authority, other) = (Authority::new("ours"), Authority::new("other"));
    for version in VERSIONS {
        let url = start(authority.issue("localhost", |_| {}), Some(&authority), version).await;
        for client_file in [None, Some(other.client_file())] {
            let answer = create(&url, Some(authority.ca_file()), client_file).await;
            assert_eq!(answer.outcome, Outcome::Auth, "{answer:?}");
            assert!(answer.message.contains("portal.client_certificate_file"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn every_call_tells_when_the_portals_certificate_ends_also_one_that_failed_for_it() {
    let authority = Authority::new("ours");
    let ending =
        |year| move |params: &mut CertificateParams| params.not_after = rcgen::date_time_ymd(year, 7, 8);
    for (year, outcome) in [(2060, Outcome::Delivered), (2020, Outcome::Config)] {
        let url = start(authority.issue("localhost", ending(year)), None, &rustls::version::TLS13).await;
        let client = Client::with(&url, |config| config.ca_file = Some(authority.ca_file()));
        assert_eq!(client.ndxp.log_in().await.outcome, outcome);
        let end = client.records()[0].certificate_end.unwrap();
        assert_eq!(end.to_rfc3339(), format!("{year}-07-08T00:00:00+00:00"));
    }
}
