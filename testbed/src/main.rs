//! `testbed postgres -- <command…>`: runs a command with a private PostgreSQL server, whose URL it finds in
//! `DONGBO_TEST_POSTGRES_URL`, and ends with the command's status.
//! `testbed onestop <URL> <dossiers>`: makes a one-stop system of a year in an empty database.

#![expect(clippy::disallowed_methods, reason = "a tool for tests, which prints its own errors")]

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode};

use testbed::onestop::{SimConfig, Simulator};
use testbed::servers::{POSTGRES_URL_VARIABLE, PrivatePostgres};
use testbed::{Db, Error};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: testbed postgres -- <command> [argument…] | testbed onestop <URL> <dossiers>";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [server, dashes, program, rest @ ..] if server == "postgres" && dashes == "--" => {
            with_postgres(program, rest).await
        }
        [system, url, dossiers] if system == "onestop" => one_stop(url, dossiers).await,
        _ => Err(Error::Unsupported(USAGE.to_owned())),
    };
    outcome.unwrap_or_else(|error| {
        // Without a standard error there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "testbed: {error}");
        ExitCode::from(125)
    })
}

async fn one_stop(url: &str, dossiers: &str) -> Result<ExitCode, Error> {
    let dossiers = dossiers.parse().map_err(|_| Error::Unsupported(USAGE.to_owned()))?;
    let mut system = Simulator::create(Db::server(url).await?, SimConfig::default()).await?;
    system.create_year(testbed::day::machine(), dossiers).await?;
    system.db().close().await;
    Ok(ExitCode::SUCCESS)
}

/// The server lives until this returns. An interrupt or a termination is passed on to the command, which ends and
/// so ends us; the server's own watcher stops it even if we are killed.
async fn with_postgres(program: &str, arguments: &[String]) -> Result<ExitCode, Error> {
    let io = |source| Error::Io { what: format!("run {program}"), source };
    let mut interrupted = signal(SignalKind::interrupt()).map_err(io)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(io)?;
    let server = PrivatePostgres::start()?;
    let mut child =
        Command::new(program).args(arguments).env(POSTGRES_URL_VARIABLE, server.url()).spawn().map_err(io)?;
    let process = child.id().to_string();
    let mut waiting = tokio::task::spawn_blocking(move || child.wait());
    let status = loop {
        let signal = tokio::select! {
            ended = &mut waiting => break ended.map_err(std::io::Error::other).flatten().map_err(io)?,
            _ = interrupted.recv() => "-INT",
            _ = terminated.recv() => "-TERM",
        };
        Command::new("kill").args([signal, &process]).status().map_err(io)?;
    };
    let code = status.code().or_else(|| status.signal().map(|number| 128 + number)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
