//! `dongbo-rehearse`, which `dongbo rehearse` starts: a one-stop system, a mock portal and a dongbo between them, until Ctrl-C.
//!
//! The program that is installed is tried, as it is: this one shares no code with it, starts it as a process, and writes its
//! configuration by `dongbo init`.

#![expect(clippy::disallowed_methods, reason = "a program of its own, which prints its own words")]

mod failure;
mod options;
mod program;
mod stage;
mod texts;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use failure::Failure;
use options::Options;
use stage::Stage;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match rehearse(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Without a standard error there is nobody to tell.
            drop(writeln!(std::io::stderr(), "dongbo-rehearse: {}", failure.told(options.lang)));
            ExitCode::FAILURE
        }
    }
}

/// Sets the stage, says what to type, lets the local system change, and takes everything away again.
async fn rehearse(options: &Options) -> Result<(), Failure> {
    let mut stop = program::signals()?;
    say(&texts::setting(options.lang, u64::from(options.dossiers)))?;
    let mut stage = tokio::select! {
        stage = Stage::set(options) => stage?,
        _ = stop.recv() => return Ok(()),
    };
    say(&stage.what_to_type(options.lang))?;
    let ended = stage.play(&mut stop).await;
    stage.strike().await;
    say(&texts::struck(options.lang))?;
    ended
}

fn say(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").map_err(Failure::Output)
}
