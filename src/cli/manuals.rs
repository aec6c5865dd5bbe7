//! `dongbo defaults`, `dongbo completions` and `dongbo man`: the program's own documentation.

use std::io::{self, Write as _};

use clap::Command;
use clap_complete::Shell;
use dongbo_model::Lang;

use super::failure::{Ended, Failure};
use super::speech;
use crate::config::DEFAULTS;

/// The options of `dongbo man`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ManArgs {
    /// A command, such as `held` or `mapping explain`; without one, the page of the program.
    command: Vec<String>,
}

/// Prints the documented default configuration.
pub(super) fn defaults() -> Result<Ended, Failure> {
    print(DEFAULTS.as_bytes())
}

/// Prints the completions of `program` for a shell.
pub(super) fn completions(mut program: Command, shell: Shell) -> Result<Ended, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "dongbo", &mut script);
    print(&script)
}

/// Prints the manual page of `program` or of one of its commands.
pub(super) fn man(mut program: Command, args: &ManArgs, lang: Lang) -> Result<Ended, Failure> {
    // Only then do the commands know what they inherit.
    program.build();
    let mut page = program;
    for name in &args.command {
        page = page.find_subcommand(name).cloned().ok_or_else(|| Failure::NoCommand(name.clone()))?;
    }
    print(&speech::man(page, lang)?)
}

fn print(bytes: &[u8]) -> Result<Ended, Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(Ended::Complete)
}
