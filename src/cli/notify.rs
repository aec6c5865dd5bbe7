//! `dongbo notify`: the bulletin as it would be sent now, and trials of the ways by which people are told.

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use futures_util::future::join_all;
use serde::Serialize;

use super::as_service;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::status;
use crate::config::Config;
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;
use dongbo_model::{ErrorClass, texts};
use dongbo_notify::{Bulletin, Message, Numbers, Teller, Way, WayKind, plain, send};

texts! {
    taken(way): "{way}: đã nhận", "{way}: taken";
    not_taken(way, why): "{way}: chưa gửi được: {why}", "{way}: not taken: {why}";
}

/// The acts on what people are told.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum NotifyCommand {
    /// Show the bulletin as it would be sent now.
    Show(ShowArgs),
    /// Send a test message by every way, or by one.
    Test(TestArgs),
}

/// The options of `dongbo notify show`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ShowArgs {
    /// In the language of this way; otherwise in that of --lang.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    way: Option<String>,
}

/// The options of `dongbo notify test`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct TestArgs {
    /// Only by this way.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    way: Option<String>,
}

/// Runs `dongbo notify`.
pub(super) async fn notify(globals: &Globals, command: &NotifyCommand) -> Result<Ended, Failure> {
    match command {
        NotifyCommand::Show(args) => show(globals, args.way.as_deref()).await,
        NotifyCommand::Test(args) => test(globals, args.way.as_deref()).await,
    }
}

/// The ways that are meant by `name`, all without one.
fn ways<'c>(config: &'c Config, name: Option<&str>) -> Result<Vec<&'c Way>, Failure> {
    let all = &config.notify.ways;
    let meant: Vec<&Way> = all.iter().filter(|way| name.is_none_or(|name| way.name == name)).collect();
    if meant.is_empty() {
        let ways = all.iter().map(|way| way.name.clone()).collect();
        return Err(Failure::NoWay { name: name.map(str::to_owned), ways });
    }
    Ok(meant)
}

async fn show(globals: &Globals, name: Option<&str>) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let lang = match name {
        Some(_) => ways(&config, name)?.first().map_or(globals.lang, |way| config.notify.lang_of(way)),
        None => globals.lang,
    };
    let clock = Clock::system();
    let health = status::health(globals, clock.now()).await?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let numbers = Numbers::gather(&ledger, &config.basis(), clock.now()).await;
    ledger.close().await;
    let bulletin = Bulletin { health, numbers: Some(numbers?) };
    let message = Teller::new(&config.notify, lang).bulletin(&bulletin);
    globals.output(&clock).show(&message, |message: &Message, out| {
        for line in plain(message).lines() {
            out.line(line);
        }
    })?;
    Ok(Ended::Complete)
}

#[derive(Debug, Clone, Serialize)]
struct TestView {
    ways: Vec<WayView>,
}

#[derive(Debug, Clone, Serialize)]
struct WayView {
    way: String,
    kind: WayKind,
    taken: bool,
    class: Option<ErrorClass>,
    error: Option<String>,
}

async fn test(globals: &Globals, name: Option<&str>) -> Result<Ended, Failure> {
    if let Some(ended) = as_service::again(globals) {
        return Ok(ended);
    }
    let config = globals.load()?;
    let clock = Clock::system();
    let tried = ways(&config, name)?.into_iter().map(|way| tried(&config, way, &clock));
    let view = TestView { ways: join_all(tried).await };
    globals.output(&clock).show(&view, render)?;
    Ok(if view.ways.iter().all(|way| way.taken) { Ended::Complete } else { Ended::Failed })
}

/// Tries one way.
async fn tried(config: &Config, way: &Way, clock: &Clock) -> WayView {
    let now = clock.now();
    let message = Teller::new(&config.notify, config.notify.lang_of(way)).test(&way.name, now);
    // Nobody else sends by this way in this microsecond.
    let id = now.timestamp_micros().unsigned_abs();
    let error = send(&config.notify, way, &message, id).await.err();
    WayView {
        way: way.name.clone(),
        kind: way.kind,
        taken: error.is_none(),
        class: error.as_ref().map(|error| error.class),
        error: error.map(|error| error.words),
    }
}

fn render(view: &TestView, out: &mut Output) {
    let lang = out.lang();
    for one in &view.ways {
        let (role, words) = match &one.error {
            None => (Role::Good, taken(lang, &one.way)),
            Some(error) => (Role::Bad, not_taken(lang, &one.way, error)),
        };
        out.line(out.paint(role, &words));
    }
}
