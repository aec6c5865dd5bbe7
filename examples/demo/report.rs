//! The report at the end.

use std::time::Duration;

use dongbo_ledger::{Layer, LayerState, Overview};
use mock_portal::Counters;
use testbed::expect::{Expectation, Report, compare};

use crate::failure::Failure;
use crate::lang::{Lang, ratio};
use crate::output::say;
use crate::rates::seconds;
use crate::stage::Stage;

/// Most differences that are shown.
const SHOWN: usize = 5;
/// Most characters of a value that differs.
const VALUE_SHOWN: usize = 160;

/// Tells everything; whether the portal equals the local database and did nothing twice.
pub(crate) async fn tell(
    stage: &Stage,
    lang: Lang,
    overview: &Overview,
    took: Duration,
) -> Result<bool, Failure> {
    stage.mock.settle().await;
    let counters = stage.mock.counters();
    let changes = stage.local().map_or(0, |local| local.changes_made());
    say("");
    say(&lang.done(lang.count(overview.dossiers), lang.decimal(seconds(took), 1), lang.count(changes)));
    layers(lang, overview);
    faults(lang, &counters);
    calls(lang, &counters, overview.dossiers);
    let own = own_counters(lang, &counters);
    let equal = comparison(stage, lang).await?;
    say("");
    say(&lang.ledger_is(stage.folder.join("ledger.sqlite").display()));
    say(&lang.log_is(stage.folder.join("dongbo.log").display()));
    Ok(own && equal)
}

fn layers(lang: Lang, overview: &Overview) {
    say("");
    let mut rows = vec![vec![
        lang.head_layer(),
        lang.head_dossiers(),
        lang.head_synced(),
        lang.head_held(),
        lang.head_share(),
    ]];
    for &layer in Layer::ALL {
        let counts = overview.counts.of(layer);
        rows.push(vec![
            lang.layer(layer),
            lang.count(overview.dossiers),
            lang.count(counts.of(LayerState::Synced)),
            lang.count(counts.of(LayerState::Held)),
            overview.completeness(layer).map_or_else(String::new, |share| lang.percent(share)),
        ]);
    }
    table(&rows).iter().for_each(|line| say(line));
    say(&format!("  {}", lang.files_row()));
}

fn faults(lang: Lang, counters: &Counters) {
    let mut kinds: Vec<(&String, &u64)> = counters.faults_by_kind.iter().collect();
    kinds.sort_by_key(|(name, many)| (std::cmp::Reverse(**many), name.as_str()));
    let met = counters.faults_by_kind.values().sum();
    say("");
    say(&lang.faults_met(lang.count(met), lang.count(counters.calls.values().sum())));
    let rows: Vec<Vec<String>> =
        kinds.into_iter().map(|(name, many)| vec![lang.fault(name), lang.count(*many)]).collect();
    table(&rows).iter().for_each(|line| say(line));
}

fn calls(lang: Lang, counters: &Counters, dossiers: u64) {
    let all = counters.calls.values().sum();
    let changes = counters.creates + counters.updates + counters.steps;
    let per = |whole| lang.decimal(ratio(all, whole), 2);
    say("");
    say(&lang.calls_made());
    let mut rows: Vec<Vec<String>> =
        counters.calls.iter().map(|(name, many)| vec![lang.service(name), lang.count(*many)]).collect();
    rows.push(vec![lang.all_calls(), lang.count(all)]);
    table(&rows).iter().for_each(|line| say(line));
    say(&format!("  {}", lang.calls_per(per(dossiers), per(changes), lang.count(changes))));
}

/// The portal's counts of dongbo's calls, and whether anything was done twice, out of order or backwards.
fn own_counters(lang: Lang, counters: &Counters) -> bool {
    let wrongs = [
        (lang.created_twice(), counters.created_twice),
        (lang.steps_twice(), counters.duplicate_steps),
        (lang.steps_out_of_order(), counters.steps_out_of_order),
        (lang.backward(), counters.backward_moves),
    ];
    say("");
    say(&lang.portal_counted());
    let rows: Vec<Vec<String>> =
        wrongs.iter().map(|(name, many)| vec![name.clone(), lang.count(*many)]).collect();
    table(&rows).iter().for_each(|line| say(line));
    wrongs.iter().all(|(_, many)| *many == 0)
}

/// Compares field by field by code that knows nothing of dongbo.
async fn comparison(stage: &Stage, lang: Lang) -> Result<bool, Failure> {
    let Some(local) = stage.local() else { return Ok(false) };
    let expectation = Expectation::read(local.db()).await.map_err(Failure::Local)?;
    let portal = stage
        .mock
        .dossiers()
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(Failure::Compare)?;
    let found = compare(&expectation, &portal);
    let size = |many: usize| lang.count(u64::try_from(many).unwrap_or(u64::MAX));
    let wanted = expectation.dossiers.len() + expectation.held.len();
    say("");
    say(&lang.compared());
    say(&format!("  {}", lang.equal(size(found.equal), size(wanted))));
    let clean = found.is_clean() && found.equal == wanted;
    if !clean {
        differences(lang, &found, &size);
    }
    Ok(clean)
}

fn differences(lang: Lang, found: &Report, size: &dyn Fn(usize) -> String) {
    let sorts = [
        ("missing", &found.missing),
        ("unexpected", &found.unexpected),
        ("steps_missing", &found.steps_missing),
        ("steps_twice", &found.steps_twice),
        ("steps_unexpected", &found.steps_unexpected),
        ("steps_out_of_order", &found.steps_out_of_order),
        ("created_twice", &found.created_twice),
    ];
    for (name, listed) in sorts.into_iter().filter(|(_, listed)| listed.total > 0) {
        let first: Vec<&str> = listed.first.iter().take(SHOWN).map(String::as_str).collect();
        say(&format!("  {name} {}: {}", size(listed.total), first.join(", ")));
    }
    if found.different.total > 0 {
        say(&format!("  {}", lang.fields_differ(size(found.different.total))));
    }
    for one in found.different.first.iter().take(SHOWN) {
        say(&format!("    {} {}: {} / {}", one.code, one.field, short(&one.expected), short(&one.found)));
    }
}

/// The beginning of a long value.
fn short(value: &str) -> String {
    let mut text: String = value.chars().take(VALUE_SHOWN).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    text
}

/// Lays rows out: the first column to the left, the others to the right, two blanks in front of each row.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
        if place == 0 {
            text.push_str(&format!("  {cell:<width$}"));
        } else {
            text.push_str(&format!("  {cell:>width$}"));
        }
    }
    text.trim_end().to_owned()
}
