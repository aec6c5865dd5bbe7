//! Everything that can be learned from here: from the daemon where one runs, from the ledger, and of the configuration file.
//! Socket and ledger path are enough.

use chrono::{DateTime, Utc};

use super::super::failure::Failure;
use super::super::globals::Globals;
use super::super::running;
use super::tables;
use super::view::{StatusView, Tables};
use crate::config::{Config, SettingsError};
use crate::control::{ClientError, Told};
use dongbo_ledger::Ledger;
use dongbo_model::texts;
use dongbo_sync::health::{Facts, Heard, LedgerFacts, LiveStatus, Standing};

texts! {
    and_more(fault, more): "{fault} (và {more} lỗi nữa)", "{fault} (and {more} more)";
}

/// One look: the facts, and the rest of what `status` shows.
struct Learned {
    facts: Facts,
    tables: Option<Tables>,
    daemon: Option<LiveStatus>,
}

/// Looks at how things stand at `now`; with the `tables` that are made from the ledger, when it can be read.
///
/// # Errors
/// When neither the daemon nor the ledger tells anything.
pub(super) async fn look(
    globals: &Globals,
    unit: Option<&str>,
    tables: bool,
    now: DateTime<Utc>,
) -> Result<StatusView, Failure> {
    let attempt = globals.attempt()?;
    let config = &attempt.loaded.config;
    let learned = match running::status(config).await {
        Ok(told) => of_daemon(told, config, unit, tables, now).await,
        Err(error) => of_ledger(error, config, unit, tables, now).await,
    };
    let Learned { mut facts, tables, daemon } = match learned {
        Ok(learned) => learned,
        Err(failure @ Failure::NoUnit(_)) => return Err(failure),
        // With a broken file it may be another daemon and another ledger that were looked for.
        Err(_) if !attempt.problems.is_empty() => {
            return Err(SettingsError { problems: attempt.problems, missing: attempt.missing }.into());
        }
        Err(failure) => return Err(failure),
    };
    facts.configuration = fault(globals, &attempt.problems);
    let health = facts.judge(now);
    Ok(StatusView {
        complete: health.standing == Standing::InStep,
        report: health.report(globals.lang),
        health,
        tables,
        daemon,
    })
}

/// The running daemon tells; the ledger is only read for the tables and for one unit's share, and may be out of reach.
async fn of_daemon(
    told: Told,
    config: &Config,
    unit: Option<&str>,
    tables: bool,
    now: DateTime<Utc>,
) -> Result<Learned, Failure> {
    let Told { status, mut facts } = told;
    let mut read = None;
    if unit.is_some() || tables {
        match (Ledger::read_only_of(&config.ledger).await, unit) {
            (Ok(ledger), Some(unit)) => {
                let of_unit = of_unit(&ledger, unit, now).await;
                ledger.close().await;
                facts.ledger = Ok(of_unit?);
            }
            (Ok(ledger), None) => {
                read = tables::read(&ledger, config, Some(&status), now).await.ok();
                ledger.close().await;
            }
            (Err(error), Some(_)) => return Err(error.into()),
            (Err(_), None) => {}
        }
    }
    Ok(Learned { facts, tables: read, daemon: Some(status) })
}

/// The ledger's counts of a unit that it knows.
async fn of_unit(ledger: &Ledger, unit: &str, now: DateTime<Utc>) -> Result<LedgerFacts, Failure> {
    let overview = ledger.overview_of(Some(unit), now).await?;
    if overview.dossiers == 0 {
        return Err(Failure::NoUnit(unit.to_owned()));
    }
    Ok(LedgerFacts::read(ledger, &overview, (Some(unit), now)).await?)
}

/// No daemon tells, because of `error`: the ledger alone does.
async fn of_ledger(
    error: ClientError,
    config: &Config,
    unit: Option<&str>,
    tables: bool,
    now: DateTime<Utc>,
) -> Result<Learned, Failure> {
    let ledger = match (Ledger::read_only_of(&config.ledger).await, error.is_none_running()) {
        (Ok(ledger), _) => ledger,
        (Err(unread), true) => return Err(unread.into()),
        (Err(_), false) => return Err(error.into()),
    };
    let read = async {
        if let Some(unit) = unit {
            return Ok((of_unit(&ledger, unit, now).await?, None));
        }
        let overview = ledger.overview(now).await?;
        let facts = LedgerFacts::read(&ledger, &overview, (None, now)).await?;
        let read = if tables { Some(tables::read(&ledger, config, None, now).await?) } else { None };
        Ok::<_, Failure>((facts, read))
    };
    let read = read.await;
    ledger.close().await;
    let (facts, tables) = read?;
    let facts = Facts { daemon: unheard(&error), ledger: Ok(facts), configuration: None };
    Ok(Learned { facts, tables, daemon: None })
}

fn unheard(error: &ClientError) -> Heard {
    match error {
        _ if error.is_none_running() => Heard::Nothing,
        _ if error.is_silence() => Heard::Silence,
        _ => Heard::Unasked(error.to_string()),
    }
}

/// The first fault of the configuration, and how many there are.
fn fault(globals: &Globals, problems: &[String]) -> Option<String> {
    let first = problems.first()?;
    let more = problems.len().saturating_sub(1);
    Some(if more == 0 { first.clone() } else { and_more(globals.lang, first, more) })
}
