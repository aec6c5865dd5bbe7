//! Questions to the person at the terminal that are answered with yes or no.

use std::io::{self, IsTerminal as _};

use super::terminal;

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
