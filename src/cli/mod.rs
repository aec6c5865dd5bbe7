//! The command line: every command, and the way from what is typed to an exit code.

mod accept_steps;
mod as_service;
mod audit;
mod backfill;
mod catalogue;
mod check;
mod codes;
mod consent;
mod delays;
mod failure;
mod failure_report;
mod files;
mod globals;
mod held;
mod indicators;
mod init;
mod ledger;
mod let_go;
mod log_level;
mod manuals;
mod mapping;
mod notify;
mod output;
mod pause;
mod reconcile;
mod rehearse;
mod reload;
mod report;
mod resend;
mod retry;
mod role;
mod run;
mod running;
mod speech;
mod status;
mod switch;
mod table;
mod terminal;
mod user;
mod why;
mod wrap;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;
use dongbo_model::Lang;

use failure::{Ended, Failure};
use globals::Globals;

const EXIT_CODES: &str = "Exit codes: 0 complete, 1 failed, 2 the command line or the configuration is wrong, \
    3 in part: something is left to do, or a person has to act, 4 not known how things stand.";

/// Keeps the national public-service portal in step with a local one-stop system's dossier database.
#[derive(Debug, Parser)]
#[command(name = "dongbo", version, about, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon until SIGTERM or SIGINT; SIGHUP makes it take over a changed configuration.
    Run,
    /// Check everything that the daemon needs, all errors at once, without changing anything.
    Check(check::Options),
    /// Write a configuration and a mapping to begin with.
    Init(init::Options),
    /// Show in five lines whether the portal has everything, and what is to be done if not.
    Status(status::StatusArgs),
    /// Tell one dossier's history, and what happens next.
    Why(why::WhyArgs),
    /// Show what waits for a person, by cause.
    Held(held::HeldArgs),
    /// Show the files that the portal does not have, those first that a person has to act on.
    Files(files::FilesArgs),
    /// Show how long local changes took until the portal had them, by unit and month.
    Delays(delays::DelaysArgs),
    /// Show the indicators of Decision 766 and the targets of plans, what is behind each number, or enter figures.
    #[command(subcommand)]
    Indicators(indicators::IndicatorsCommand),
    /// Try dossiers again that are held or wait: by code, cause or unit. Shows how many, asks, and keeps to a pace.
    Retry(retry::RetryArgs),
    /// Have dossiers sent again: what the portal lacks of them, or by the vendor's bridge where dongbo only watches.
    Resend(resend::ResendArgs),
    /// Show what dongbo would send if it sent instead of only watching; nothing is sent or changed.
    Switch(switch::SwitchArgs),
    /// Accept the portal's steps of a dossier as they are, where they differ and only the portal could change them. Shows them and asks.
    AcceptSteps(accept_steps::AcceptStepsArgs),
    /// Accept that a source was taken out of the configuration before all that it had was sent.
    LetGo(let_go::LetGoArgs),
    /// Send nothing until told to go on; also over a restart.
    Pause(pause::PauseArgs),
    /// Go on sending after a pause.
    Resume,
    /// Compare once more what changed locally in a range of time, or show how the last such backfill stands.
    Backfill(backfill::BackfillArgs),
    /// Compare both sides, show what differs, and have it put right.
    Reconcile(reconcile::ReconcileArgs),
    /// Write reports that an office can sign, list the dossiers behind their numbers, and seal them month by month.
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Try dongbo beside whatever is installed: an imaginary one-stop system and a mock portal, until Ctrl-C.
    Rehearse(rehearse::RehearseArgs),
    /// Have the running daemon take over a changed configuration.
    Reload,
    /// Show or change what the running daemon logs.
    LogLevel(log_level::LogLevelArgs),
    /// Show how the local database's columns and codes become the portal's.
    #[command(subcommand)]
    Mapping(mapping::MappingCommand),
    /// Show the portal's catalogue of procedures, or have it fetched now.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Show the bulletin that people are sent, or try the ways by which they are told.
    #[command(subcommand)]
    Notify(notify::NotifyCommand),
    /// Move the ledger from a file to a server that many daemons share.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Say who may log in at the console, and what they may do.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Show who logged in and who ordered what, or check that the log of it is whole.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Print the documented default configuration.
    Defaults,
    /// Print the completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page of the program or of one of its commands.
    Man(manuals::ManArgs),
}

/// The command line as `clap` knows it: every command with its options.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command that was typed, and returns its exit code: see `Ended`.
pub async fn main() -> ExitCode {
    let typed = std::env::args_os().collect::<Vec<_>>();
    let (lang, json) = (speech::language(&typed), speech::wants_json(&typed));
    let mut program = speech::spoken(Cli::command(), lang);
    let read = program.try_get_matches_from_mut(typed).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match read {
        Ok(cli) => cli,
        Err(error) => return unread(&error, lang, json),
    };
    let ended = match dispatch(cli).await {
        Ok(ended) => ended,
        Err(failure) => {
            // The log may not be set up yet, and a person may have typed the command: this goes to the terminal. When
            // even that is gone, the exit code still tells.
            let ended = failure.ended();
            if ended != Ended::Complete {
                drop(if json {
                    terminal::tell_json(&failure_report::json(&failure, lang))
                } else {
                    terminal::tell(&format!("dongbo: {}", failure.told(lang)))
                });
            }
            ended
        }
    };
    ExitCode::from(ended.code())
}

/// Says what is wrong with a command line, in the language that it asks for, and returns the exit code. It is for programs
/// beside dongbo; dongbo itself does so in [`main`].
pub fn refuse(error: &clap::Error) -> ExitCode {
    let typed = std::env::args_os().collect::<Vec<_>>();
    unread(error, speech::language(&typed), speech::wants_json(&typed))
}

/// The end of a command line that asks for help, or that cannot be read.
fn unread(error: &clap::Error, lang: Lang, json: bool) -> ExitCode {
    let shows_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.use_stderr() && (json || !shows_help) {
        let told = speech::refused(error, lang);
        drop(if json {
            terminal::tell_json(&failure_report::unread(&told, &speech::meant(error)))
        } else {
            terminal::tell(&told)
        });
        return ExitCode::from(Ended::Usage.code());
    }
    drop(error.print());
    ExitCode::from(if error.use_stderr() { Ended::Usage.code() } else { Ended::Complete.code() })
}

async fn dispatch(cli: Cli) -> Result<Ended, Failure> {
    let lang = cli.globals.lang;
    match cli.command {
        Command::Run => run::run(&cli.globals).await,
        Command::Check(options) => check::run(&cli.globals, &options).await,
        Command::Init(options) => init::run(&cli.globals, &options),
        Command::Status(args) => status::status(&cli.globals, &args).await,
        Command::Why(args) => why::why(&cli.globals, &args).await,
        Command::Held(args) => held::held(&cli.globals, &args).await,
        Command::Files(args) => files::files(&cli.globals, &args).await,
        Command::Delays(args) => delays::delays(&cli.globals, &args).await,
        Command::Retry(args) => retry::retry(&cli.globals, &args).await,
        Command::Resend(args) => resend::resend(&cli.globals, &args).await,
        Command::Switch(args) => switch::switch(&cli.globals, &args).await,
        Command::AcceptSteps(args) => accept_steps::accept_steps(&cli.globals, &args).await,
        Command::LetGo(args) => let_go::let_go(&cli.globals, &args).await,
        Command::Pause(args) => pause::pause(&cli.globals, &args).await,
        Command::Resume => pause::resume(&cli.globals).await,
        Command::Backfill(args) => backfill::backfill(&cli.globals, &args).await,
        Command::Reconcile(args) => reconcile::reconcile(&cli.globals, &args).await,
        Command::Report(command) => report::report(&cli.globals, &command).await,
        Command::Rehearse(args) => rehearse::rehearse(&cli.globals, &args),
        Command::Reload => reload::reload(&cli.globals).await,
        Command::LogLevel(args) => log_level::log_level(&cli.globals, &args).await,
        Command::Mapping(command) => mapping::mapping(&cli.globals, &command).await,
        Command::Catalogue(command) => catalogue::catalogue(&cli.globals, &command).await,
        Command::Indicators(command) => indicators::indicators(&cli.globals, &command).await,
        Command::Notify(command) => notify::notify(&cli.globals, &command).await,
        Command::Ledger(command) => ledger::ledger(&cli.globals, &command).await,
        Command::User(command) => user::user(&cli.globals, &command),
        Command::Audit(command) => audit::audit(&cli.globals, &command).await,
        Command::Defaults => manuals::defaults(),
        Command::Completions { shell } => manuals::completions(speech::spoken(command(), lang), shell),
        Command::Man(args) => manuals::man(speech::spoken(command(), lang), &args, lang),
    }
}
