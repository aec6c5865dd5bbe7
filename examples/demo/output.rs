//! The one place that writes to the terminal.

use std::io::Write;

/// Prints a line.
pub(crate) fn say(line: &str) {
    // Who reads may have left (`| head`): that is no reason to stop, the dossiers still go through.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line where errors go.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
