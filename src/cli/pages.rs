//! `dongbo completions` and `dongbo man`: what a package installs beside the program.

use std::io::{self, Write as _};

use clap_complete::Shell;

use super::{Ended, Failure};

/// What `dongbo man` takes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ManArgs {
    /// A command, such as `held` or `mapping explain`; without one, the page of the program.
    command: Vec<String>,
}

/// Prints the completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<Ended, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "dongbo", &mut script);
    print(&script)
}

/// Prints the manual page of the program or of one of its commands.
pub(super) fn man(args: &ManArgs) -> Result<Ended, Failure> {
    let mut program = super::command();
    // Only then do the commands know what they inherit.
    program.build();
    let mut page = program;
    for name in &args.command {
        page = page.find_subcommand(name).cloned().ok_or_else(|| Failure::NoCommand(name.clone()))?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    print(&text)
}

fn print(bytes: &[u8]) -> Result<Ended, Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(Ended::Complete)
}
