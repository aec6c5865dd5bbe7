//! `dongbo why <code>`: one dossier's whole story, and what happens next.

mod differences;
mod files;
mod local;
mod render;
mod view;

use clap::builder::NonEmptyStringValueParser;

use super::codes;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use crate::config::Config;
use dongbo_ledger::{Difference, Ledger, OpenFile, Story};
use dongbo_model::clock::Clock;
use dongbo_model::schedule::Schedule;
use dongbo_model::{DossierCode, Mode, Text};
use dongbo_sync::intake::SWEEP_CURSOR;

use dongbo_sync::telling::{AttemptView, DossierView, FindingView, NextView, WaitingFile};
use view::WhyView;

/// The options of `dongbo why`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WhyArgs {
    /// The dossier's code; '#' and the local key for a row without one.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    code: String,
    /// Do not ask the local database.
    #[arg(long)]
    offline: bool,
    /// Show at most so many of the newest attempts and findings.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Runs `dongbo why`.
pub(super) async fn why(globals: &Globals, args: &WhyArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let found = codes::meant(&ledger, &args.code).await?;
    let story = match &found {
        Ok(code) => ledger.story(code, args.limit, clock.now()).await?,
        Err(_) => None,
    };
    let view = match (story, found) {
        (Some(story), _) => {
            let files = ledger.open_files(Some(&story.code), args.limit).await?;
            let mut differences = ledger.differences_of(&story.code, args.limit).await?;
            differences.retain(|difference| difference.closed_at.is_none());
            let watches = ledger.mode_of(&story.code).await? == Mode::Watch;
            known((story, watches), files, differences, &config, &clock, args.offline).await
        }
        (None, found) => {
            let code = Text::new(args.code.clone()).as_str().to_owned();
            let similar = found.err().unwrap_or_default();
            unknown(code, similar, &ledger, &config, &clock, args.offline).await?
        }
    };
    ledger.close().await;
    globals.output(&clock).show(&view, render::render)?;
    Ok(match &view.dossier {
        None => Ended::Failed,
        Some(dossier) if dossier.next == NextView::Nothing => Ended::Complete,
        Some(_) => Ended::Partial,
    })
}

async fn known(
    (story, watches): (Story, bool),
    files: Vec<OpenFile>,
    differences: Vec<Difference>,
    config: &Config,
    clock: &Clock,
    offline: bool,
) -> WhyView {
    let code = DossierCode::new(&story.code);
    let local = match code {
        Some(code) if !offline => {
            Some(local::look(config, clock, &code, Some(&story.source), Some(&story)).await)
        }
        _ => None,
    };
    let files: Vec<WaitingFile> = files.into_iter().filter_map(WaitingFile::of).collect();
    let dossier = DossierView::of((&story, watches), &files, &differences, config.push.lands_within);
    WhyView {
        code: story.code,
        known: true,
        dossier: Some(dossier),
        differences,
        attempts_in_all: story.attempts_in_all,
        attempts: story.attempts.into_iter().map(AttemptView::from).collect(),
        findings: story.findings.into_iter().map(FindingView::from).collect(),
        files,
        local,
        similar: Vec::new(),
        next_sweep: None,
    }
}

async fn unknown(
    code: String,
    similar: Vec<String>,
    ledger: &Ledger,
    config: &Config,
    clock: &Clock,
    offline: bool,
) -> Result<WhyView, Failure> {
    let local = match DossierCode::new(&code) {
        Some(code) if !offline => Some(local::look(config, clock, &code, None, None).await),
        _ => None,
    };
    let last_sweep = ledger.cursor(SWEEP_CURSOR).await?;
    let now = clock.now();
    let next = |source: dongbo_source::Settings| {
        source.sweep.parse::<Schedule>().ok()?.next(last_sweep.unwrap_or(now))
    };
    let next_sweep = config.all_sources().into_iter().filter_map(next).min();
    Ok(WhyView {
        similar,
        code,
        known: false,
        dossier: None,
        differences: Vec::new(),
        attempts_in_all: 0,
        attempts: Vec::new(),
        findings: Vec::new(),
        files: Vec::new(),
        local,
        next_sweep: next_sweep.map(|next| next.max(now)),
    })
}
