//! The console's certificate: new files are taken over while it runs.

use dongbo_model::locks::lock;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::settings::Settings;
use dongbo_model::ErrorClass;
use dongbo_settings::{capped, pem};

/// The time between two looks whether the files are other ones.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How people come to the console: its settings, and its TLS where it speaks that.
#[derive(Debug, Clone)]
pub struct Entrance {
    pub(crate) settings: Settings,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the console's certificate cannot be used: {0} (console.certificate_file, console.key_file)")]
pub struct TlsError(String);

impl Entrance {
    /// The way in by these settings, which are valid.
    ///
    /// # Errors
    /// When the certificate or its key cannot be read, or do not belong together.
    pub fn new(settings: &Settings) -> Result<Self, TlsError> {
        let files = settings.certificate_file.clone().zip(settings.key_file.clone());
        let tls = files.map(|(chain, key)| {
            let provider = Arc::new(ring::default_provider());
            let certificate = Files { chain, key };
            let (looked, marks) = (Instant::now(), certificate.marks());
            let current = Arc::new(certificate.read()?);
            let resolver =
                Certificate { files: certificate, last: Mutex::new(Last { looked, marks, current }) };
            let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let config = config.map_err(|error| TlsError(error.to_string()))?;
            let mut config = config.with_no_client_auth().with_cert_resolver(Arc::new(resolver));
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok::<_, TlsError>(Arc::new(config))
        });
        Ok(Self { settings: settings.clone(), tls: tls.transpose()? })
    }

    /// Whether the console speaks TLS itself.
    #[must_use]
    pub const fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }
}

#[derive(Debug)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn read(&self) -> Result<CertifiedKey, TlsError> {
        let chain = pem::certificates_in(&self.chain).map_err(TlsError)?;
        let unread = |error: &dyn std::fmt::Display| {
            TlsError(format!("{} holds no private key that can be read: {error}", self.key.display()))
        };
        let text = capped::read(&self.key).map_err(|error| unread(&error))?;
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| unread(&error))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| {
            TlsError(format!("{} and {}: {error}", self.chain.display(), self.key.display()))
        })
    }

    /// Marks by which the files show that they are other ones; `None` where one is away.
    fn marks(&self) -> Option<[std::time::SystemTime; 2]> {
        let modified = |path: &PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        Some([modified(&self.chain)?, modified(&self.key)?])
    }
}

/// The certificate as its files have it.
#[derive(Debug)]
struct Certificate {
    files: Files,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    looked: Instant,
    marks: Option<[std::time::SystemTime; 2]>,
    current: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Certificate {
    /// Those who renew certificates only replace the files. What cannot be read leaves the one before in use.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut last = lock(&self.last);
        if last.looked.elapsed() >= LOOK_EVERY {
            last.looked = Instant::now();
            let marks = self.files.marks();
            if marks.is_some() && last.marks != marks {
                match self.files.read() {
                    Ok(new) => last.current = Arc::new(new),
                    Err(error) => tracing::error!(
                        event = "console.certificate_failed",
                        class = ErrorClass::Config.name(),
                        "{error}; the one before stays in use"
                    ),
                }
            }
            last.marks = marks.or(last.marks);
        }
        Some(Arc::clone(&last.current))
    }
}
