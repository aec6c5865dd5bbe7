//! A document store behind TLS.

use std::sync::Arc;

use dongbo_sync::files::store::StoreError;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::kit::{clock, read, silent, store, try_store};

/// A store on the loopback that gives five bytes for everything, and the certificate of its authority.
async fn started() -> (u16, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nbytes";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, authority.pem())
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named_and_not_otherwise() {
    let (port, pem) = started().await;
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, pem).unwrap();
    let section = |host: &str, ca_file: &std::path::Path| {
        let ca_file = ca_file.display();
        format!(
            "kind = 'http'\nbase_url = 'https://{host}:{port}/'\nallow_private = ['127.0.0.0/8']\nca_file = '{ca_file}'"
        )
    };
    let trusted = store(&section("localhost", &ca_file), &clock());
    assert_eq!(read(&trusted, "a", None).await.unwrap().1, b"bytes");

    // The certificate is not one for the number, nor one of another authority.
    let (_, other) = started().await;
    let other_file = folder.path().join("other.pem");
    std::fs::write(&other_file, other).unwrap();
    for section in [section("127.0.0.1", &ca_file), section("localhost", &other_file)] {
        let error = silent(store(&section, &clock()).stat("a").await);
        let StoreError::Obstacle { class, told } = &error else { panic!("{error:?}") };
        assert_eq!(*class, dongbo_model::ErrorClass::Config);
        assert!(told.contains("the certificate of") && told.contains(&port.to_string()), "{told}");
    }

    std::fs::write(&other_file, "no certificate").unwrap();
    for ca_file in [other_file, folder.path().join("missing.pem")] {
        assert!(matches!(try_store(&section("localhost", &ca_file), &clock()), Err(StoreError::Config(_))));
    }
}
