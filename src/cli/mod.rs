//! The command line.

mod run;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::class::ErrorClass;
use crate::config::{Config, ConfigError};
use crate::daemon::StartError;
use crate::engine::Died;
use crate::log::LogError;

/// Keeps the national public-service portal in step with a local one-stop system's dossier database.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Globals {
    /// Configuration file; without one, the compiled-in defaults and the environment hold.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Globals {
    /// The configuration in force.
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon until SIGTERM or SIGINT; SIGHUP makes it take over a changed configuration.
    Run,
    /// Print the documented default configuration.
    Defaults,
}

/// How a command ended; its number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Complete.
    Complete,
    /// It failed.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
}

impl Ended {
    const fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Usage => 2,
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Died(#[from] Died),
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
    #[error("cannot write to the terminal: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    fn ended(&self) -> Ended {
        match self {
            Self::Config(_) | Self::Log(LogError::Level(_)) => Ended::Usage,
            Self::Start(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::Log(_) | Self::Start(_) | Self::Died(_) | Self::Signals(_) | Self::Output(_) => {
                Ended::Failed
            }
        }
    }
}

/// Runs what the command line says, and gives the exit code: see [`Ended`].
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match dispatch(cli).await {
        Ok(ended) => ended,
        Err(failure) => {
            // The log may not be set up yet, and a person may have typed the command: this goes to the terminal. When
            // even that is gone, the exit code still tells.
            drop(writeln!(io::stderr(), "dongbo: {failure}"));
            failure.ended()
        }
    };
    ExitCode::from(ended.code())
}

async fn dispatch(cli: Cli) -> Result<Ended, Failure> {
    match cli.command {
        Command::Run => run::run(&cli.globals).await,
        Command::Defaults => {
            io::stdout().write_all(crate::config::DEFAULTS.as_bytes())?;
            Ok(Ended::Complete)
        }
    }
}
