//! A ledger's server elsewhere proves who it is before it is told the password.

use std::time::Duration;

use dongbo_ledger::{DatabaseTrouble, Ledger, LedgerError, Settings};
use testbed::false_postgres::FalsePostgres;

const PASSWORD: &str = "mat-khau-that";

async fn refused(config: &Settings) -> Option<DatabaseTrouble> {
    let error: LedgerError = Ledger::of(config).await.unwrap_err();
    assert!(!error.to_string().contains(PASSWORD), "{error}");
    error.trouble()
}

#[tokio::test]
async fn a_false_server_never_learns_the_ledgers_password() {
    let folder = tempfile::tempdir().unwrap();
    let (password, ca_file) = (folder.path().join("password"), folder.path().join("ca.pem"));
    std::fs::write(&password, PASSWORD).unwrap();
    let plain = FalsePostgres::plain().await.unwrap();
    let (right, authority) = FalsePostgres::named("0.0.0.0").await.unwrap();
    let (other_name, its_authority) = FalsePostgres::named("sotheodoi.example.vn").await.unwrap();
    let config = |server: &FalsePostgres, trusted: &str| {
        std::fs::write(&ca_file, trusted).unwrap();
        let mut config = Settings { url: server.url("sotheodoi"), ..Settings::default() };
        config.password_file = Some(password.clone());
        config.connect_timeout = Duration::from_secs(5);
        config.tls.ca_file = Some(ca_file.clone());
        config
    };
    for (server, trusted, trouble) in [
        (&plain, &authority, DatabaseTrouble::NoTls),
        (&right, &its_authority, DatabaseTrouble::UnknownAuthority),
        (&other_name, &its_authority, DatabaseTrouble::OtherName),
    ] {
        assert_eq!(refused(&config(server, trusted)).await, Some(trouble));
        assert!(!server.heard("sotheodoi") && !server.heard(PASSWORD), "{trouble:?}: it learned something");
    }
    // So is it told where it may be: the right one, and one that is allowed by name.
    refused(&config(&right, &authority)).await;
    assert!(right.heard(PASSWORD));
    let mut allowed = config(&plain, &authority);
    allowed.tls.allow_plain = true;
    refused(&allowed).await;
    assert!(plain.heard(PASSWORD));
}
