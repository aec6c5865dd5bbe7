//! Logging in to a server, with a password and with trusted authorities that stand in files and may change while the daemon runs.

use dongbo_model::locks::lock;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Mutex;

use sqlx::{MySql, Postgres};

use dongbo_settings::{Secret, SecretError, pem};

use crate::address::{is_mysql_url, is_sqlserver_url, sslmodes};
use crate::server_make::ServerMake;
use crate::sqlserver::SqlServer;
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

/// The password and the authorities of the connections to a server of make `S`.
#[derive(Debug)]
pub struct Login<S> {
    password_file: Option<PathBuf>,
    tls: TlsSettings,
    known: Mutex<Known>,
    make: PhantomData<fn() -> S>,
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

    fn put_into<S: ServerMake>(&self, options: S::Options) -> S::Options {
        let options = match &self.password {
            Some(password) => S::with_password(options, password.expose()),
            None => options,
        };
        match &self.authorities {
            Some(pem) => S::with_authorities(options, pem.clone()),
            None => options,
        }
    }
}

impl<S: ServerMake> Login<S> {
    /// Reads the password from `password_file`, without which the server has to recognise the user by other means, and the
    /// authorities that `tls` names.
    pub fn new(password_file: Option<PathBuf>, tls: TlsSettings) -> Result<Self, LoginError> {
        let known = Mutex::new(Known::read(password_file.as_ref(), &tls)?);
        Ok(Self { password_file, tls, known, make: PhantomData })
    }

    /// Connection options of `url`, by which the server proves who it is before it learns of the password. `None` when it is no
    /// URL of such a server.
    pub fn options(&self, url: &str) -> Option<S::Options> {
        let options = S::parse(url)?;
        let options = match self.tls.demands_proof(S::is_here(&options)) {
            true => S::proven(options),
            false => options,
        };
        Some(lock(&self.known).put_into::<S>(options))
    }

    /// Reads the files again: the options for later connections, which now have `options`; `None` when no file has changed.
    pub fn renewed(&self, options: &S::Options) -> Result<Option<S::Options>, LoginError> {
        let fresh = Known::read(self.password_file.as_ref(), &self.tls)?;
        let mut known = lock(&self.known);
        if fresh == *known {
            return Ok(None);
        }
        let renewed = fresh.put_into::<S>(options.clone());
        *known = fresh;
        Ok(Some(renewed))
    }
}

/// Everything in `section` that keeps the server of the address `url` from proving who it is; empty when nothing does. Of the
/// address nothing is repeated but the word of its `sslmode`.
#[must_use]
pub fn refuse_unproven(section: &str, url: &str, tls: &TlsSettings) -> Vec<String> {
    match url {
        url if is_mysql_url(url) => unproven::<MySql>(section, url, tls),
        url if is_sqlserver_url(url) => unproven::<SqlServer>(section, url, tls),
        url => unproven::<Postgres>(section, url, tls),
    }
}

fn unproven<S: ServerMake>(section: &str, url: &str, tls: &TlsSettings) -> Vec<String> {
    let Some(options) = S::parse(url) else { return Vec::new() };
    let mut wrong = Vec::new();
    let weaker = sslmodes(url).find(|mode| !mode.eq_ignore_ascii_case(S::PROVEN));
    if let Some(mode) = weaker.filter(|_| tls.demands_proof(S::is_here(&options))) {
        wrong.push(format!(
            "{section}.url: with sslmode={mode} a server on another host need not prove that it is the right one before it is \
             told the password. Leave sslmode out, and name the authority of its certificate in {section}.tls.ca_file \
             (docs/databases.md tells how to get it); only within a closed network set {section}.tls.allow_plain = true"
        ));
    }
    let authorities = S::AUTHORITIES.iter().find(|parameter| url.contains(**parameter));
    if let Some(parameter) = authorities.filter(|_| tls.ca_file.is_some()) {
        wrong.push(format!(
            "{section}.tls.ca_file is set, and {section}.url has {parameter}: keep the one or the other"
        ));
    }
    wrong
}

/// The host of the server of `url`, when it is another machine that need not prove who it is.
#[must_use]
pub fn unproven_host(url: &str, tls: &TlsSettings) -> Option<String> {
    match url {
        url if is_mysql_url(url) => unproven_host_of::<MySql>(url, tls),
        url if is_sqlserver_url(url) => unproven_host_of::<SqlServer>(url, tls),
        url => unproven_host_of::<Postgres>(url, tls),
    }
}

fn unproven_host_of<S: ServerMake>(url: &str, tls: &TlsSettings) -> Option<String> {
    let options = S::parse(url)?;
    let proven = sslmodes(url).last().is_some_and(|mode| mode.eq_ignore_ascii_case(S::PROVEN));
    (!proven && !S::is_here(&options) && tls.allow_plain).then(|| S::host(&options).0.to_owned())
}

#[cfg(test)]
mod tests {
    use sqlx::Postgres;
    use sqlx::postgres::PgSslMode;

    use super::{Login, refuse_unproven, unproven_host};
    use crate::sqlserver::{SqlServer, Trust};
    use crate::tls::TlsSettings;

    const ALLOWED: TlsSettings = TlsSettings { ca_file: None, allow_plain: true };

    fn mode(url: &str, tls: &TlsSettings) -> String {
        let login = Login::<Postgres>::new(None, tls.clone()).unwrap();
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
    fn a_server_of_mysql_proves_who_it_is_by_the_same_rules() {
        let closed = TlsSettings::default();
        for (scheme, mode) in [("mysql", "REQUIRED"), ("mariadb", "verify_ca"), ("mysql", "Disabled")] {
            let url = format!("{scheme}://u:geheim@db/d?ssl-mode={mode}");
            let wrong = refuse_unproven("source", &url, &closed).join("\n");
            assert!(wrong.starts_with(&format!("source.url: with sslmode={mode} ")), "{wrong}");
            assert!(!wrong.contains("geheim"), "{wrong}");
            assert_eq!(unproven_host(&url, &ALLOWED).as_deref(), Some("db"));
            assert!(refuse_unproven("source", &url.replace("@db", "@127.0.0.1"), &closed).is_empty());
        }
        for url in ["mysql://u@db/d", "mariadb://u@db/d?ssl-mode=VERIFY_IDENTITY"] {
            assert_eq!(refuse_unproven("source", url, &closed), Vec::<String>::new(), "{url}");
        }
        assert_eq!(unproven_host("mysql://u@[::1]:3307/d", &ALLOWED), None);
        assert_eq!(unproven_host("mysql://u@db/d?socket=/run/mysqld/mysqld.sock", &ALLOWED), None);
        let login = Login::<sqlx::MySql>::new(None, closed).unwrap();
        assert!(format!("{:?}", login.options("mysql://u@db/d").unwrap()).contains("VerifyIdentity"));
    }

    #[test]
    fn a_server_of_sql_server_proves_who_it_is_by_the_same_rules() {
        let closed = TlsSettings::default();
        for mode in ["disable", "prefer", "require"] {
            let url = format!("sqlserver://u:geheim@db/d?sslmode={mode}");
            let wrong = refuse_unproven("source", &url, &closed).join("\n");
            assert!(wrong.starts_with(&format!("source.url: with sslmode={mode} ")), "{wrong}");
            assert!(!wrong.contains("geheim"), "{wrong}");
            assert_eq!(unproven_host(&url, &ALLOWED).as_deref(), Some("db"));
            assert!(refuse_unproven("source", &url.replace("@db", "@127.0.0.1"), &closed).is_empty());
        }
        let login = Login::<SqlServer>::new(None, closed).unwrap();
        assert_eq!(login.options("sqlserver://u@db/d").unwrap().trust, Trust::Proven);
        assert_eq!(login.options("sqlserver://u@[::1]/d").unwrap().trust, Trust::Any);
        assert_eq!(login.options("sqlserver://u@localhost/d?sslmode=disable").unwrap().trust, Trust::Plain);
    }

    #[test]
    fn a_file_of_authorities_that_holds_none_is_told_by_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let tls = TlsSettings { ca_file: Some(path.clone()), allow_plain: false };
        let told = |tls: &TlsSettings| Login::<Postgres>::new(None, tls.clone()).unwrap_err().to_string();
        assert!(told(&tls).contains("cannot be read"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(told(&tls).starts_with("tls.ca_file: ") && told(&tls).contains("holds no certificate"));
    }
}
