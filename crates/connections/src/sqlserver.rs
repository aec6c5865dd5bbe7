//! SQL Server as a make of server. Its client takes the parts of an address one by one, so the address is read here.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use dongbo_settings::Secret;

use crate::address::sslmodes;
use crate::server_make::ServerMake;

/// The port of an instance without a name.
const PORT: u16 = 1433;

/// SQL Server.
#[derive(Debug)]
pub enum SqlServer {}

/// The proof that a server of SQL Server has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// A certificate of a trusted authority for the name in the address (`verify-full`).
    Proven,
    /// Encryption, whoever the server is (`require`).
    Encrypted,
    /// Encryption where the server has it (`prefer`, and what holds when nothing is said).
    Any,
    /// None, in the clear (`disable`).
    Plain,
}

/// The options of connections to SQL Server.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlServerOptions {
    /// The host, an address of version 6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The account.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The proof that the server has to give.
    pub trust: Trust,
    /// Authorities that are trusted besides the system's, in PEM form.
    pub authorities: Option<Vec<u8>>,
}

impl fmt::Debug for SqlServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlServerOptions")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

impl ServerMake for SqlServer {
    type Options = SqlServerOptions;

    const MAKE: &'static str = "SQL Server";
    const PROVEN: &'static str = "verify-full";
    const AUTHORITIES: &'static [&'static str] = &[];

    fn parse(url: &str) -> Option<SqlServerOptions> {
        let read = Url::parse(url).ok().filter(|read| read.scheme() == "sqlserver")?;
        let text = |part: &str| Some(percent_decode_str(part).decode_utf8().ok()?.into_owned());
        let trust = match sslmodes(url).last() {
            None | Some("prefer") => Trust::Any,
            Some("disable") => Trust::Plain,
            Some("require") => Trust::Encrypted,
            Some("verify-full") => Trust::Proven,
            Some(_) => return None,
        };
        let options = SqlServerOptions {
            host: text(read.host_str()?.trim_start_matches('[').trim_end_matches(']'))?,
            port: read.port().unwrap_or(PORT),
            database: text(read.path().trim_start_matches('/'))?,
            user: text(read.username())?,
            password: Secret::new(text(read.password().unwrap_or_default())?),
            trust,
            authorities: None,
        };
        // A named instance, which no name server knows of.
        let is_named = options.host.contains('\\');
        let is_whole = !options.host.is_empty() && !options.database.is_empty() && !options.user.is_empty();
        (is_whole && !is_named).then_some(options)
    }

    fn host(options: &SqlServerOptions) -> (&str, bool) {
        (&options.host, false)
    }

    fn proven(options: SqlServerOptions) -> SqlServerOptions {
        SqlServerOptions { trust: Trust::Proven, ..options }
    }

    fn with_password(options: SqlServerOptions, password: &str) -> SqlServerOptions {
        SqlServerOptions { password: Secret::new(password), ..options }
    }

    fn with_authorities(options: SqlServerOptions, pem: Vec<u8>) -> SqlServerOptions {
        SqlServerOptions { authorities: Some(pem), ..options }
    }
}
