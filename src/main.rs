//! The dongbo binary. Everything is in the library.

// All commands are parts of one future here, and some ask the ledger deep inside.
#![recursion_limit = "256"]

use std::io::Write as _;
use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "nothing else of the program runs yet")]
fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "dongbo: the system cannot start threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(dongbo::cli::main());
    // A name look-up that hangs cannot be broken off, and a stop shall not wait for it.
    runtime.shutdown_background();
    code
}
