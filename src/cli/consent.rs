//! Questions to the person at the terminal that are answered with yes or no.

use std::io::{self, IsTerminal as _};

use super::failure::Failure;
use super::output::Output;
use super::terminal;

/// Whether a command that acts has to ask first: unless it was told `yes`, or only shows what it would do.
///
/// # Errors
/// When it has to ask and nobody is there to be asked.
pub(super) fn is_asked_for(out: &Output, yes: bool, dry_run: bool) -> Result<bool, Failure> {
    let asks = !yes && !dry_run;
    if asks && (out.json() || !can_be_asked()) {
        return Err(Failure::NobodyToAsk);
    }
    Ok(asks)
}

/// Whether somebody is there to be asked.
pub(super) fn can_be_asked() -> bool {
    io::stdin().is_terminal() && terminal::is_errors()
}

/// Asks `question` and waits for the answer.
pub(super) fn is_given(question: &str) -> io::Result<bool> {
    terminal::ask(question)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

/// Whether an answer says yes, in either language; anything else is no.
pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "c" | "có" | "co" | "y" | "yes")
}
