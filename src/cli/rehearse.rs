//! `dongbo rehearse`: hands over to the program for trials, which lies beside this one. It brings a mock portal and an imaginary
//! one-stop system, and the daemon ships with neither.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::failure::{Ended, Failure};
use super::globals::Globals;

/// The name of the program for trials.
const COMPANION: &str = "dongbo-rehearse";

/// The options of `dongbo rehearse`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RehearseArgs {
    /// Dossiers in the one-stop system.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    dossiers: u32,
    /// Have the mock portal fail in every way it knows.
    #[arg(long)]
    nasty: bool,
}

/// Becomes the program for trials; returns only when there is none.
pub(super) fn rehearse(globals: &Globals, args: &RehearseArgs) -> Result<Ended, Failure> {
    let program = std::env::current_exe()?.with_file_name(COMPANION);
    let mut command = Command::new(&program);
    command.args(["--dossiers", &args.dossiers.to_string(), "--lang", globals.lang.name()]);
    if args.nasty {
        command.arg("--nasty");
    }
    let error = command.exec();
    if error.kind() == ErrorKind::NotFound { Err(Failure::NoCompanion(program)) } else { Err(error.into()) }
}
