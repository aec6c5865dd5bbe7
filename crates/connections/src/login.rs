//! Logging in to a PostgreSQL server with a password that stands in a file and may change while the daemon runs.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::{Mutex, PoisonError};

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use dongbo_settings::{Secret, SecretError};

/// The password that the connections of a pool log in with.
#[derive(Debug)]
pub struct PgLogin {
    file: Option<PathBuf>,
    known: Mutex<Option<Secret>>,
}

impl PgLogin {
    /// Reads the password from `file`. Without a file there is none: the server has to recognise the user by other means.
    pub fn new(file: Option<PathBuf>) -> Result<Self, SecretError> {
        let known = Mutex::new(file.as_deref().map(Secret::from_file).transpose()?);
        Ok(Self { file, known })
    }

    /// Connection options of `url` with the password. `None` when it is no URL of PostgreSQL; the parser's error is
    /// dropped, because it may quote the URL, which may hold a password.
    pub fn options(&self, url: &str) -> Option<PgConnectOptions> {
        let options = PgConnectOptions::from_str(url)
            .ok()?
            .application_name("dongbo")
            // A pooler refuses connections that ask for what it does not keep, and numbers come in binary form.
            .extra_float_digits(None);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Some(match &*known {
            Some(password) => options.password(password.expose()),
            None => options,
        })
    }

    /// Reads the password from its file again, for later connections of `pool`; `true` when it has changed.
    pub fn renew(&self, pool: &PgPool) -> Result<bool, SecretError> {
        let fresh = self.file.as_deref().map(Secret::from_file).transpose()?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(password) = fresh.as_ref().filter(|_| fresh != *known) else { return Ok(false) };
        pool.set_connect_options(pool.connect_options().as_ref().clone().password(password.expose()));
        *known = fresh;
        Ok(true)
    }
}
