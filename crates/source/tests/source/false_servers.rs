//! A server elsewhere proves who it is before it is told the password.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dongbo_source::{DatabaseTrouble, Settings, Source, SourceError};
use testbed::false_postgres::FalsePostgres;

use crate::support::{config, example, open};

const PASSWORD: &str = "mat-khau-that";

fn settings(folder: &Path, server: &FalsePostgres, authority: Option<&str>) -> Settings {
    let file = |name: &str, content: &str| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let mut settings = config(&server.url("dongbo"));
    // It never lets anybody in.
    settings.connect_timeout = Duration::from_secs(1);
    settings.password_file = Some(file("password", PASSWORD));
    settings.tls.ca_file = authority.map(|pem| file("ca.pem", pem));
    settings
}

async fn refused(source: &Source) -> Option<DatabaseTrouble> {
    let error = source.probe().await.unwrap_err();
    assert!(!error.to_string().contains(PASSWORD), "{error}");
    match error {
        SourceError::Unreachable { trouble, .. } => Some(trouble),
        other => other.trouble(),
    }
}

#[tokio::test]
async fn a_false_server_never_learns_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let plain = FalsePostgres::plain().await.unwrap();
    let (right, authority) = FalsePostgres::named("0.0.0.0").await.unwrap();
    let (other_name, its_authority) = FalsePostgres::named("motcua.example.vn").await.unwrap();
    for (server, trusted, trouble) in [
        (&plain, Some(authority.as_str()), DatabaseTrouble::NoTls),
        (&right, None, DatabaseTrouble::UnknownAuthority),
        (&right, Some(its_authority.as_str()), DatabaseTrouble::UnknownAuthority),
        (&other_name, Some(its_authority.as_str()), DatabaseTrouble::OtherName),
    ] {
        let source = open(&settings(folder.path(), server, trusted), &example());
        assert_eq!(refused(&source).await, Some(trouble));
        assert!(!server.heard("dongbo") && !server.heard(PASSWORD), "{trouble:?}: it learned something");
    }
    // The listener for wake-ups makes a connection of its own.
    let mut listening = settings(folder.path(), &plain, None);
    listening.notify_channel = "doi".to_owned();
    let source = open(&listening, &example());
    let mut waking = source.wake_ups().unwrap();
    let waits = waking.next();
    tokio::select! {
        () = waits => panic!("nobody wakes"),
        trouble = refused(&source) => assert_eq!(trouble, Some(DatabaseTrouble::NoTls)),
    }
    assert!(!plain.heard("dongbo"));

    // So is it told where it may be: the right one, and one that is allowed by name.
    let source = open(&settings(folder.path(), &right, Some(&authority)), &example());
    refused(&source).await;
    assert!(right.heard(PASSWORD));
    let mut allowed = settings(folder.path(), &plain, None);
    allowed.tls.allow_plain = true;
    refused(&open(&allowed, &example())).await;
    assert!(plain.heard(PASSWORD));
}

#[tokio::test]
async fn an_authority_that_was_replaced_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (server, authority) = FalsePostgres::named("0.0.0.0").await.unwrap();
    let (_, old) = FalsePostgres::named("0.0.0.0").await.unwrap();
    let source = open(&settings(folder.path(), &server, Some(&old)), &example());
    assert_eq!(refused(&source).await, Some(DatabaseTrouble::UnknownAuthority));
    assert!(!server.heard(PASSWORD));
    std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
    refused(&source).await;
    assert!(server.heard(PASSWORD));
}
