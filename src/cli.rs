//! The command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::config::log::{LogConfig, LogFormat};
use crate::config::{Config, ConfigError};
use crate::daemon::{Daemon, Died, StartError};

/// The exit code for a configuration that cannot be used.
const USAGE: u8 = 2;

/// Keeps the national public-service portal in step with a local one-stop system's dossier database.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon until SIGTERM or SIGINT.
    Run {
        /// Configuration file; without one, the compiled-in defaults and the environment hold.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the documented default configuration.
    Defaults,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Died(#[from] Died),
    #[error("cannot wait for signals: {0}")]
    Signals(#[from] std::io::Error),
}

/// Runs what the command line says. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
pub async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run { config } => run(config.as_deref()).await,
        Command::Defaults => {
            use std::io::Write;
            std::io::stdout().write_all(crate::config::DEFAULTS.as_bytes()).map_err(Failure::from)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The log may not be set up yet, and a person may have typed the command: this goes to the terminal.
            #[expect(
                clippy::print_stderr,
                reason = "the one place that speaks to whoever started the command"
            )]
            {
                eprintln!("dongbo: {failure}");
            }
            match failure {
                Failure::Config(_) => ExitCode::from(USAGE),
                Failure::Start(error) if error.class() == crate::class::ErrorClass::Config => {
                    ExitCode::from(USAGE)
                }
                Failure::Start(_) | Failure::Died(_) | Failure::Signals(_) => ExitCode::FAILURE,
            }
        }
    }
}

async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(file)?;
    start_log(&config.log);
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let daemon = Daemon::prepare(&config, Clock::system(), rand::random()).await?;
    let on_signal = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(
            event = "daemon.stopping",
            "Stopping: finishing what is under way, giving back the rest"
        );
        on_signal.cancel();
    });
    if let Ok(address) = daemon.address() {
        tracing::info!(event = "http.listening", %address, "Metrics and health are served on http://{address}");
    }
    Ok(daemon.run(stop).await?)
}

fn start_log(config: &LogConfig) {
    // The level was checked with the rest of the configuration.
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text | LogFormat::Journald => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
