//! Logging in to a PostgreSQL server, with a password and with trusted authorities that stand in files and may change while the
//! daemon runs.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::{Mutex, PoisonError};

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use dongbo_settings::{Secret, SecretError, is_this_machine, pem};

use crate::address::sslmodes;
use crate::tls::TlsSettings;

/// A file of the log-in that cannot be used; begins with its key, without the section.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The password's.
    #[error("password_file: {0}")]
    Password(#[from] SecretError),
    /// The authorities' cannot be read.
    #[error("tls.ca_file: {} cannot be read: {source}", path.display())]
    ReadAuthorities {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Nothing that could be trusted is in it.
    #[error(
        "tls.ca_file: {} holds no certificate in PEM form, or one that no server can be proven by; docs/databases.md tells how \
         to get it", path.display()
    )]
    NoAuthority {
        /// The file.
        path: PathBuf,
    },
}

/// The password and the authorities of the connections of a pool.
#[derive(Debug)]
pub struct PgLogin {
    password_file: Option<PathBuf>,
    tls: TlsSettings,
    known: Mutex<Known>,
}

/// The content of the files.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    password: Option<Secret>,
    authorities: Option<Vec<u8>>,
}

impl Known {
    fn read(password_file: Option<&PathBuf>, tls: &TlsSettings) -> Result<Self, LoginError> {
        let password = password_file.map(|file| Secret::from_file(file)).transpose()?;
        let Some(path) = &tls.ca_file else { return Ok(Self { password, authorities: None }) };
        let authorities = std::fs::read(path)
            .map_err(|source| LoginError::ReadAuthorities { path: path.clone(), source })?;
        if pem::authorities(&authorities).is_none() {
            return Err(LoginError::NoAuthority { path: path.clone() });
        }
        Ok(Self { password, authorities: Some(authorities) })
    }

    fn put_into(&self, options: PgConnectOptions) -> PgConnectOptions {
        let options = match &self.password {
            Some(password) => options.password(password.expose()),
            None => options,
        };
        match &self.authorities {
            Some(pem) => options.ssl_root_cert_from_pem(pem.clone()),
            None => options,
        }
    }
}

impl PgLogin {
    /// Reads the password from `password_file`, without which the server has to recognise the user by other means, and the
    /// authorities that `tls` names.
    pub fn new(password_file: Option<PathBuf>, tls: TlsSettings) -> Result<Self, LoginError> {
        let known = Mutex::new(Known::read(password_file.as_ref(), &tls)?);
        Ok(Self { password_file, tls, known })
    }

    /// Connection options of `url`, by which the server proves who it is before it learns of the password. `None` when it is no
    /// URL of PostgreSQL; the parser's error is dropped, because it may quote the URL, which may hold a password.
    pub fn options(&self, url: &str) -> Option<PgConnectOptions> {
        let options = parsed(url)?
            .application_name("dongbo")
            // A pooler refuses connections that ask for what it does not keep, and numbers come in binary form.
            .extra_float_digits(None);
        let options = match self.tls.demands_proof(is_here(&options)) {
            true => options.ssl_mode(PgSslMode::VerifyFull),
            false => options,
        };
        Some(self.known.lock().unwrap_or_else(PoisonError::into_inner).put_into(options))
    }

    /// Reads the files again, for later connections of `pool`; `true` when one has changed.
    pub fn renew(&self, pool: &PgPool) -> Result<bool, LoginError> {
        let fresh = Known::read(self.password_file.as_ref(), &self.tls)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if fresh == *known {
            return Ok(false);
        }
        pool.set_connect_options(fresh.put_into(pool.connect_options().as_ref().clone()));
        *known = fresh;
        Ok(true)
    }
}

/// Everything in `section` that keeps the server of the address `url` from proving who it is; empty when nothing does. Of the
/// address nothing is repeated but the word of its `sslmode`.
#[must_use]
pub fn refuse_unproven(section: &str, url: &str, tls: &TlsSettings) -> Vec<String> {
    let Some(options) = parsed(url) else { return Vec::new() };
    let mut wrong = Vec::new();
    let weaker = sslmodes(url).find(|mode| !mode.eq_ignore_ascii_case("verify-full"));
    if let Some(mode) = weaker.filter(|_| tls.demands_proof(is_here(&options))) {
        wrong.push(format!(
            "{section}.url: with sslmode={mode} a server on another host need not prove that it is the right one before it is \
             told the password. Leave sslmode out, and name the authority of its certificate in {section}.tls.ca_file \
             (docs/databases.md tells how to get it); only within a closed network set {section}.tls.allow_plain = true"
        ));
    }
    if tls.ca_file.is_some() && url.contains("sslrootcert=") {
        wrong.push(format!(
            "{section}.tls.ca_file is set, and {section}.url has an sslrootcert: keep the one or the other"
        ));
    }
    wrong
}

/// The host of the server of `url`, when it is another machine that need not prove who it is.
#[must_use]
pub fn unproven_host(url: &str, tls: &TlsSettings) -> Option<String> {
    let options = parsed(url)?;
    let proven = sslmodes(url).last().is_some_and(|mode| mode.eq_ignore_ascii_case("verify-full"));
    (!proven && !is_here(&options) && tls.allow_plain).then(|| options.get_host().to_owned())
}

fn parsed(url: &str) -> Option<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).ok()?;
    // A certificate has an address of version 6 without the brackets that a URL needs.
    let bare =
        options.get_host().strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::to_owned);
    Some(match bare {
        Some(bare) => options.host(&bare),
        None => options,
    })
}

/// Whether the server is on this machine: the password then crosses no network.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some() || host.starts_with('/') || is_this_machine(host)
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;

    use super::{PgLogin, refuse_unproven, unproven_host};
    use crate::tls::TlsSettings;

    const ALLOWED: TlsSettings = TlsSettings { ca_file: None, allow_plain: true };

    fn mode(url: &str, tls: &TlsSettings) -> String {
        let login = PgLogin::new(None, tls.clone()).unwrap();
        format!("{:?}", login.options(url).unwrap().get_ssl_mode())
    }

    #[test]
    fn a_server_elsewhere_proves_who_it_is_unless_that_is_allowed_by_name() {
        let full = format!("{:?}", PgSslMode::VerifyFull);
        let closed = TlsSettings::default();
        for host in ["db", "10.0.0.5", "[fd00::1]", "0.0.0.0", "db.localhost", "x/d?host=db&port=1"] {
            let url = format!("postgres://u:geheim@{host}");
            assert_eq!(mode(&url, &closed), full, "{url}");
            assert_ne!(mode(&url, &ALLOWED), full, "{url}");
            assert!(unproven_host(&url, &closed).is_none() && unproven_host(&url, &ALLOWED).is_some());
        }
        for host in
            ["localhost", "127.0.0.1:5433", "[::1]", "%2Frun%2Fpostgresql/d", "x/d?host=/run/postgresql"]
        {
            let url = format!("postgres://u@{host}");
            assert_ne!(mode(&url, &closed), full, "{url}");
            assert_eq!(unproven_host(&url, &ALLOWED), None, "{url}");
        }
        assert_eq!(mode("postgres://u@127.0.0.1/d?sslmode=verify-full", &closed), full);
        assert_eq!(mode("postgres://u@db/d?sslmode=verify-full", &ALLOWED), full);
        assert_eq!(unproven_host("postgres://u@db/d?sslmode=verify-full", &ALLOWED), None);
    }

    #[test]
    fn a_weaker_mode_in_the_address_is_refused_with_what_to_do() {
        let closed = TlsSettings::default();
        for mode in ["disable", "allow", "prefer", "Require", "verify-ca"] {
            for key in ["sslmode", "ssl-mode"] {
                let url = format!("postgres://u:geheim@db/d?{key}={mode}&application_name=x");
                let wrong = refuse_unproven("source", &url, &closed).join("\n");
                assert!(wrong.starts_with(&format!("source.url: with sslmode={mode} ")), "{wrong}");
                assert!(wrong.contains("source.tls.ca_file") && wrong.contains("source.tls.allow_plain"));
                assert!(!wrong.contains("geheim"), "{wrong}");
                assert_eq!(refuse_unproven("source", &url, &ALLOWED), Vec::<String>::new());
                assert_eq!(
                    refuse_unproven("source", &url.replace("@db", "@[::1]"), &closed),
                    Vec::<String>::new()
                );
            }
        }
        for url in ["postgres://u@db/d", "postgres://u@db/d?sslmode=verify-full", "no url"] {
            assert_eq!(refuse_unproven("source", url, &closed), Vec::<String>::new(), "{url}");
        }
        let both = TlsSettings { ca_file: Some("/ca.pem".into()), allow_plain: false };
        let wrong = refuse_unproven("ledger", "postgres://u@db/d?sslrootcert=/x.pem", &both).join("\n");
        assert!(wrong.starts_with("ledger.tls.ca_file is set"), "{wrong}");
    }

    #[test]
    fn a_file_of_authorities_that_holds_none_is_told_by_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let tls = TlsSettings { ca_file: Some(path.clone()), allow_plain: false };
        let told = |tls: &TlsSettings| PgLogin::new(None, tls.clone()).unwrap_err().to_string();
        assert!(told(&tls).contains("cannot be read"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(told(&tls).starts_with("tls.ca_file: ") && told(&tls).contains("holds no certificate"));
    }
}
