//! `dongbo defaults`, `dongbo completions` and `dongbo man`: the program's own documentation.

use std::io;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use dongbo_model::Lang;

use super::failure::{Ended, Failure};
use super::speech;
use super::terminal;
use crate::config::DEFAULTS;

/// The options of `dongbo man`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ManArgs {
    /// A command, such as `held` or `mapping explain`; without one, the page of the program.
    command: Vec<String>,
    /// Write the pages of the program and of all its commands into this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    dir: Option<PathBuf>,
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

/// Prints the manual page of `program` or of one of its commands, or writes all of them into a folder.
pub(super) fn man(mut program: Command, args: &ManArgs, lang: Lang) -> Result<Ended, Failure> {
    // Only then do the commands know what they inherit.
    program.build();
    if let Some(folder) = &args.dir {
        write_all(&program, folder, lang)
            .map_err(|source| Failure::Write { path: folder.clone(), source })?;
        return Ok(Ended::Complete);
    }
    let mut page = program;
    for name in &args.command {
        page = page.find_subcommand(name).cloned().ok_or_else(|| Failure::NoCommand(name.clone()))?;
    }
    print(&speech::man(page, lang)?)
}

/// Writes the pages of `command` and of those below it, named as `man` looks for them.
fn write_all(command: &Command, folder: &Path, lang: Lang) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    std::fs::write(folder.join(format!("{name}.1")), speech::man(command.clone(), lang)?)?;
    let below = command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
    below.into_iter().try_for_each(|inner| write_all(inner, folder, lang))
}

fn print(bytes: &[u8]) -> Result<Ended, Failure> {
    terminal::print_document(bytes)?;
    Ok(Ended::Complete)
}
