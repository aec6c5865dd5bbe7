//! The command line.

mod ask;
mod backfill;
mod catalogue;
mod check;
mod files;
mod held;
mod init;
mod ledger;
mod level;
mod mapping;
mod output;
mod pages;
mod pause;
mod reconcile;
mod reload;
mod retry;
mod run;
mod status;
mod table;
mod why;
mod words;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ColorChoice, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::{Config, SettingsError};
use crate::control::{ClientError, Refusal};
use crate::daemon::StartError;
use crate::log::LogError;
use dongbo_ledger::LedgerError;
use dongbo_model::clock::Clock;
use dongbo_model::{ErrorClass, Lang};
use dongbo_source::SourceError;
use dongbo_sync::engine::Died;

use output::Output;

const EXIT_CODES: &str = "Exit codes: 0 complete, 1 failed, 2 the command line or the configuration is wrong, \
    3 in part: something is left to do, or a person has to act.";

/// Keeps the national public-service portal in step with a local one-stop system's dossier database.
#[derive(Debug, Parser)]
#[command(name = "dongbo", version, about, after_help = EXIT_CODES)]
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
    #[arg(
        long, global = true, value_parser = languages(), default_value = Lang::Vi.name(), env = "DONGBO_LANG",
        hide_env_values = true
    )]
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
    fn load(&self) -> Result<Config, SettingsError> {
        Config::load(self.config.as_deref())
    }

    /// Where the command's result goes; relative times are told from the present of `clock`.
    fn output(&self, clock: &Clock) -> Output {
        Output::new(self.lang, self.json, self.color, clock.now())
    }
}

/// Reads the name of a language; `--help` lists them.
fn languages() -> impl TypedValueParser<Value = Lang> {
    let listed = Lang::ALL.iter().map(|lang| PossibleValue::new(lang.name()).help(lang.itself()));
    PossibleValuesParser::new(listed).map(|name| Lang::from_name(&name).unwrap_or_default())
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon until SIGTERM or SIGINT; SIGHUP makes it take over a changed configuration.
    Run,
    /// Check everything that the daemon needs, all errors at once, without changing anything.
    Check(check::Options),
    /// Write a configuration and a mapping to begin with.
    Init(init::Options),
    /// Show where everything stands: layers, lanes, the portal, what is held.
    Status,
    /// Tell one dossier's whole story, and what happens next.
    Why(why::WhyArgs),
    /// Show what a person has to see to, by cause.
    Held(held::HeldArgs),
    /// Show the files that the portal does not have, those first that a person has to act on.
    Files(files::FilesArgs),
    /// Try dossiers again that are held or wait: by code, cause or unit. Shows how many, asks, and keeps to a pace.
    Retry(retry::RetryArgs),
    /// Send nothing until told to go on; also over a restart.
    Pause(pause::PauseArgs),
    /// Go on sending after a pause.
    Resume,
    /// Compare once more what changed locally in a range of time, or show how the last such backfill stands.
    Backfill(backfill::BackfillArgs),
    /// Compare both sides, show what differs, and have it put right.
    Reconcile(reconcile::ReconcileArgs),
    /// Have the running daemon take over a changed configuration.
    Reload,
    /// Show or change what the running daemon logs.
    LogLevel(level::LevelArgs),
    /// Show how the local database's columns and codes become the portal's.
    #[command(subcommand)]
    Mapping(mapping::MappingCommand),
    /// Show the portal's catalogue of procedures, or have it fetched now.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Move the ledger from a file to a server that many daemons share.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Print the documented default configuration.
    Defaults,
    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the manual page of the program or of one of its commands.
    Man(pages::ManArgs),
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
    Config(#[from] SettingsError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Died(#[from] Died),
    #[error(transparent)]
    Init(#[from] init::InitError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("both sides cannot be compared: {0}")]
    Compare(String),
    #[error("nobody can be asked here: say --yes to go ahead, or --dry-run to see what would be done")]
    NobodyToAsk,
    #[error("there is no command {0}; dongbo --help lists them")]
    NoCommand(String),
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
            Self::Config(_) | Self::Log(LogError::Level(_)) => Ended::Usage,
            Self::Init(error) => error.ended(),
            Self::Start(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::Source(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::NoCommand(_)
            | Self::NobodyToAsk
            | Self::Client(ClientError::Refused(Refusal::EmptyRange)) => Ended::Usage,
            Self::Log(_)
            | Self::Start(_)
            | Self::Died(_)
            | Self::Ledger(_)
            | Self::Client(_)
            | Self::Source(_)
            | Self::Compare(_)
            | Self::Signals(_)
            | Self::Output(_) => Ended::Failed,
        }
    }

    /// What to tell the operator. Failures that a newcomer meets first are told in both languages.
    fn told(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Ledger(LedgerError::Absent { path }), Lang::Vi) => format!(
                "dongbo chưa chạy lần nào ở đây: không có sổ cái {path}; hãy chỉ tệp cấu hình của dongbo bằng --config"
            ),
            (Self::Ledger(LedgerError::Read { path, source }), Lang::Vi) => format!(
                "không đọc được sổ cái {path}: {source}; hãy chạy lệnh này bằng root hoặc bằng người dùng của dongbo: khi \
                 dongbo không chạy, người đọc cũng cần quyền ghi ở thư mục của sổ cái"
            ),
            (Self::Client(error), _) => ask::told(lang, error),
            (Self::NobodyToAsk, Lang::Vi) => {
                "không có ai để hỏi ở đây: thêm --yes để làm luôn, hoặc --dry-run để chỉ xem".to_owned()
            }
            _ => self.to_string(),
        }
    }
}

/// The command line as `clap` knows it: every command with its options.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs what the command line says, and gives the exit code: see `Ended`.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    let lang = cli.globals.lang;
    let ended = match dispatch(cli).await {
        Ok(ended) => ended,
        Err(failure) => {
            // The log may not be set up yet, and a person may have typed the command: this goes to the terminal. When
            // even that is gone, the exit code still tells.
            let ended = failure.ended();
            if ended != Ended::Complete {
                drop(writeln!(io::stderr(), "dongbo: {}", failure.told(lang)));
            }
            ended
        }
    };
    ExitCode::from(ended.code())
}

async fn dispatch(cli: Cli) -> Result<Ended, Failure> {
    match cli.command {
        Command::Run => run::run(&cli.globals).await,
        Command::Check(options) => check::run(&cli.globals, &options).await,
        Command::Init(options) => init::run(&cli.globals, &options),
        Command::Status => status::status(&cli.globals, ask::live(&cli.globals).await?).await,
        Command::Why(args) => why::why(&cli.globals, &args).await,
        Command::Held(args) => held::held(&cli.globals, &args).await,
        Command::Files(args) => files::files(&cli.globals, &args).await,
        Command::Retry(args) => retry::retry(&cli.globals, &args).await,
        Command::Pause(args) => pause::pause(&cli.globals, &args).await,
        Command::Resume => pause::resume(&cli.globals).await,
        Command::Backfill(args) => backfill::backfill(&cli.globals, &args).await,
        Command::Reconcile(args) => reconcile::reconcile(&cli.globals, &args).await,
        Command::Reload => reload::reload(&cli.globals).await,
        Command::LogLevel(args) => level::level(&cli.globals, &args).await,
        Command::Mapping(command) => mapping::mapping(&cli.globals, &command).await,
        Command::Catalogue(command) => catalogue::catalogue(&cli.globals, &command).await,
        Command::Ledger(command) => ledger::ledger(&cli.globals, &command).await,
        Command::Defaults => {
            io::stdout().write_all(crate::config::DEFAULTS.as_bytes())?;
            Ok(Ended::Complete)
        }
        Command::Completions { shell } => pages::completions(shell),
        Command::Man(args) => pages::man(&args),
    }
}
