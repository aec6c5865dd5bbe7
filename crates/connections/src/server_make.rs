//! The makes of servers that are logged in to: how each is told what dongbo demands of a connection.

use std::str::FromStr as _;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{MySql, Postgres};

use dongbo_settings::is_this_machine;

/// A make of server.
pub trait ServerMake {
    /// The options of connections to it.
    type Options: Clone;

    /// Its name, for messages.
    const MAKE: &'static str;
    /// The value of `sslmode` in an address with which the server proves who it is.
    const PROVEN: &'static str;
    /// The parameters of an address that name trusted authorities.
    const AUTHORITIES: &'static [&'static str];

    /// Reads an address, with what dongbo asks of every connection. `None` when it is none of this make; the parser's error is
    /// dropped, because it may quote the address, which may hold a password.
    fn parse(url: &str) -> Option<Self::Options>;

    /// The host, and whether it is reached by a socket of this machine.
    fn host(options: &Self::Options) -> (&str, bool);

    /// Demands that the server proves who it is.
    fn proven(options: Self::Options) -> Self::Options;

    /// Tells the password.
    fn with_password(options: Self::Options, password: &str) -> Self::Options;

    /// Trusts these authorities, in PEM form.
    fn with_authorities(options: Self::Options, pem: Vec<u8>) -> Self::Options;

    /// Whether the server is on this machine: the password then crosses no network.
    fn is_here(options: &Self::Options) -> bool {
        let (host, by_socket) = Self::host(options);
        by_socket || host.starts_with('/') || is_this_machine(host)
    }
}

/// A certificate has an address of version 6 without the brackets that a URL needs.
fn without_brackets(host: &str) -> Option<String> {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::to_owned)
}

impl ServerMake for Postgres {
    type Options = PgConnectOptions;

    const MAKE: &'static str = "PostgreSQL";
    const PROVEN: &'static str = "verify-full";
    const AUTHORITIES: &'static [&'static str] = &["sslrootcert="];

    fn parse(url: &str) -> Option<PgConnectOptions> {
        let options = PgConnectOptions::from_str(url).ok()?;
        let options = match without_brackets(options.get_host()) {
            Some(bare) => options.host(&bare),
            None => options,
        };
        // A pooler refuses connections that ask for what it does not keep, and numbers come in binary form.
        Some(options.application_name("dongbo").extra_float_digits(None))
    }

    fn host(options: &PgConnectOptions) -> (&str, bool) {
        (options.get_host(), options.get_socket().is_some())
    }

    fn proven(options: PgConnectOptions) -> PgConnectOptions {
        options.ssl_mode(PgSslMode::VerifyFull)
    }

    fn with_password(options: PgConnectOptions, password: &str) -> PgConnectOptions {
        options.password(password)
    }

    fn with_authorities(options: PgConnectOptions, pem: Vec<u8>) -> PgConnectOptions {
        options.ssl_root_cert_from_pem(pem)
    }
}

impl ServerMake for MySql {
    type Options = MySqlConnectOptions;

    const MAKE: &'static str = "MySQL";
    const PROVEN: &'static str = "verify_identity";
    const AUTHORITIES: &'static [&'static str] = &["ssl-ca=", "sslca="];

    fn parse(url: &str) -> Option<MySqlConnectOptions> {
        let options = MySqlConnectOptions::from_str(url).ok()?;
        let options = match without_brackets(options.get_host()) {
            Some(bare) => options.host(&bare),
            None => options,
        };
        // What a session is set to is set with each transaction.
        Some(options.pipes_as_concat(false).no_engine_substitution(false).timezone(None))
    }

    fn host(options: &MySqlConnectOptions) -> (&str, bool) {
        (options.get_host(), options.get_socket().is_some())
    }

    fn proven(options: MySqlConnectOptions) -> MySqlConnectOptions {
        options.ssl_mode(MySqlSslMode::VerifyIdentity)
    }

    fn with_password(options: MySqlConnectOptions, password: &str) -> MySqlConnectOptions {
        options.password(password)
    }

    fn with_authorities(options: MySqlConnectOptions, pem: Vec<u8>) -> MySqlConnectOptions {
        options.ssl_ca_from_pem(pem)
    }
}
