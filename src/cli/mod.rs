//! The command line.

mod lang;
mod output;
mod run;
mod table;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory as _, Parser, Subcommand};

use crate::class::ErrorClass;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::daemon::StartError;
use crate::engine::Died;

use lang::Lang;
use output::Output;

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
    /// Language of what is shown.
    #[arg(long, global = true, value_enum, default_value_t, env = "DONGBO_LANG", hide_env_values = true)]
    lang: Lang,
    /// Show one JSON document in place of text.
    #[arg(long, global = true)]
    json: bool,
    /// When to colour the text; auto: on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

impl Globals {
    /// The configuration in force.
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref())
    }

    /// Where the command's result goes; relative times are told from the present of `clock`.
    fn output(&self, clock: &Clock) -> Output {
        Output::new(self.lang, self.json, self.color, clock.now())
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
    /// It did what it could, and something is left: not everything is in step, or somebody has to act.
    Partial,
}

impl Ended {
    const fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
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
            // Who read has seen enough: `dongbo held | head`.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ended::Complete,
            Self::Config(_) => Ended::Usage,
            Self::Start(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::Start(_) | Self::Died(_) | Self::Signals(_) | Self::Output(_) => Ended::Failed,
        }
    }
}

/// The command line as `clap` knows it: every command with its options.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs what the command line says, and gives the exit code: see [`Ended`].
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match dispatch(cli).await {
        Ok(ended) => ended,
        Err(failure) => {
            // The log may not be set up yet, and a person may have typed the command: this goes to the terminal. When
            // even that is gone, the exit code still tells.
            let ended = failure.ended();
            if ended != Ended::Complete {
                drop(writeln!(io::stderr(), "dongbo: {failure}"));
            }
            ended
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
