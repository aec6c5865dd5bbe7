//! A year of one commune in a minute: 12,000 dossiers in a local database, a portal that misbehaves in every way it
//! knows, and dongbo between them in this same process. Type `cargo run --release --example demo`.

mod drain;
mod failure;
mod keep;
mod lang;
mod live;
mod options;
mod output;
mod rates;
mod report;
mod screen;
mod stage;
mod texts;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use failure::Failure;
use options::Options;
use screen::Screen;
use stage::Stage;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match play(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            output::complain(&failure.sentence(options.lang));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// The whole demo; whether the portal equals the local database at its end.
async fn play(options: &Options) -> Result<bool, Failure> {
    let lang = options.lang;
    let folder = stage::folder(options)?;
    stage::start_log(&folder);
    output::say(&lang.welcome(lang.count(options.dossiers_wanted())));
    output::say(&lang.preparing(folder.display()));
    let mut stage = Stage::set(options, &folder).await?;
    output::say(&lang.begins(stage.mock.faults().len(), lang.decimal(options::LIVE_PER_SECOND, 0)));
    output::say("");
    let began = Instant::now();
    let mut screen = Screen::new(lang);
    let shown = tokio::select! {
        drained = drain::drain(&mut stage, &mut screen, options.dossiers_wanted()) => drained,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    let took = began.elapsed();
    screen.close();
    let clean = match shown {
        Ok(overview) => report::tell(&stage, lang, &overview, took).await,
        Err(failure) => Err(failure),
    };
    let kept = match clean {
        Ok(_) if options.keep => keep::keep(&mut stage, lang).await,
        _ => Ok(()),
    };
    let closed = stage.close().await;
    let clean = clean?;
    kept.and(closed)?;
    Ok(clean)
}
