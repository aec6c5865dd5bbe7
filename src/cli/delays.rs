//! `dongbo delays`: how long local changes took until the portal had them, by unit and month.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::{Globals, source_named};
use super::output::Output;
use super::role::Role;
use super::speech::Advice;
use super::table::{Cell, Side, Table};
use crate::config::Config;
use dongbo_ledger::{DelaySpread, Delays, DelaysIn, KnownSource, Ledger};
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Month, texts};
use dongbo_sync::telling::words;

texts! {
    never(): "Chưa theo dõi hệ thống một cửa, nên chưa có độ trễ nào.", "The one-stop system is not followed yet, so there are no delays.";
    none(): "Chưa có thay đổi nào trong khoảng này.", "There was no change in this time.";
    since(at): "Tính các thay đổi từ {at}, khi dongbo bắt đầu theo dõi; hồ sơ cũ hơn không tính.", "Counted are changes from {at} on, when dongbo began to follow; older dossiers are not.";
    exactness(): "Số đo không thấp hơn thực tế và cao hơn nhiều nhất 1/16.", "What is told is no less than the truth, and at most 1/16 more.";
    left_out(many): "{many} hồ sơ có thay đổi chưa đến Cổng, chưa nằm trong các số trên.", "{many} dossiers have a change that the portal does not have yet; the numbers above are without them.";
    head_month(): "Tháng", "Month";
    head_source(): "Nguồn", "Source";
    head_unit(): "Đơn vị", "Unit";
    head_of(): "Độ trễ của", "Delay of";
    head_many(): "Số lần", "Number";
    head_half(): "50 %", "50 %";
    head_most(): "90 %", "90 %";
    head_nearly_all(): "99 %", "99 %";
    head_longest(): "Lâu nhất", "Longest";
    head_waiting(): "Chưa đến Cổng", "Not there yet";
    every_unit(): "Tất cả", "All";
    changes(): "thay đổi", "changes";
    steps(): "bước xử lý", "steps";
}

/// The options of `dongbo delays`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct DelaysArgs {
    /// Only changes of this month, as 2026-11.
    #[arg(long, value_name = "MONTH", value_parser = parse_month)]
    month: Option<Month>,
    /// Changes of so many months, this one included.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=120), conflicts_with = "month")]
    months: u8,
    /// Only changes of this unit.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Only changes of this source, where the configuration has several.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    source: Option<String>,
}

fn parse_month(typed: &str) -> Result<Month, Advice> {
    Month::parse(typed).ok_or_else(|| Advice::new("hãy ghi như 2026-11", "write as 2026-11"))
}

#[derive(Debug, Clone, Serialize)]
struct DelaysView {
    /// When the ledger began to follow the local system: what changed before is not counted.
    following_since: Option<DateTime<Utc>>,
    /// By how much of itself a duration may be told too long.
    most_above: f64,
    /// Each month: all of it, each source where there are several, and each unit. A name is `null` where the row is of all.
    rows: Vec<RowView>,
    /// The one that was asked for.
    #[serde(skip)]
    only_source: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct RowView {
    month: String,
    source: Option<String>,
    unit: Option<String>,
    changes: SpreadView,
    steps: SpreadView,
    /// Dossiers with a change of that month that the portal does not have yet.
    waiting: u64,
    waiting_since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct SpreadView {
    many: u64,
    p50_s: Option<f64>,
    p90_s: Option<f64>,
    p99_s: Option<f64>,
    longest_s: Option<f64>,
}

/// Runs `dongbo delays`.
pub(super) async fn delays(globals: &Globals, args: &DelaysArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let present = Month::of(clock.now()).0;
    let months: Vec<Month> = match args.month {
        Some(month) => vec![month],
        None => (0..i64::from(args.months)).map(|back| Month(present - back)).collect(),
    };
    let sources = sources(&config, &ledger, args.source.as_deref()).await?;
    let unit = args.unit.as_deref();
    let found = match (&args.source, sources.first()) {
        (None, _) => ledger.delays(&months, unit, None).await?,
        (Some(_), Some(one)) => ledger.delays(&months, unit, Some(one.id)).await?,
        (Some(_), None) => DelaysIn::new(),
    };
    let mut by_source = Vec::new();
    for source in sources.iter().filter(|_| args.source.is_none() && sources.len() > 1) {
        let found = ledger.delays(&months, unit, Some(source.id)).await?;
        by_source.push((source.name.as_str(), by_month(&found)));
    }
    let following_since = ledger.following_since().await?;
    ledger.close().await;
    let view = DelaysView {
        following_since,
        most_above: 0.0625,
        rows: rows(args, &found, &by_source),
        only_source: args.source.clone(),
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

/// The latest month first; in it everything together, each source, and each unit.
fn rows(args: &DelaysArgs, found: &DelaysIn, by_source: &[(&str, BTreeMap<Month, Delays>)]) -> Vec<RowView> {
    let mut rows = Vec::new();
    for (month, of_all) in by_month(found).iter().rev() {
        if args.unit.is_none() {
            rows.push(row(*month, (args.source.clone(), None), of_all));
        }
        let of_sources = by_source.iter().filter_map(|(name, months)| Some((*name, months.get(month)?)));
        rows.extend(of_sources.map(|(name, delays)| {
            let place = (Some(name.to_owned()), args.unit.clone());
            row(*month, place, delays)
        }));
        let of_units = found.iter().filter(|((of, _), _)| of == month);
        rows.extend(of_units.map(|((_, unit), delays)| {
            let place = (args.source.clone(), Some(unit.clone()));
            row(*month, place, delays)
        }));
    }
    rows
}

/// The source that is called so, or all that the ledger knows.
async fn sources(config: &Config, ledger: &Ledger, name: Option<&str>) -> Result<Vec<KnownSource>, Failure> {
    let mut sources = ledger.sources().await?;
    sources.retain(|source| name.is_none_or(|name| source.name == name));
    if sources.is_empty() {
        // One that is new has no delays yet.
        source_named(config, name)?;
    }
    Ok(sources)
}

fn by_month(found: &DelaysIn) -> BTreeMap<Month, Delays> {
    let mut all: BTreeMap<Month, Delays> = BTreeMap::new();
    for ((month, _), delays) in found {
        all.entry(*month).or_default().add(delays);
    }
    all
}

fn row(month: Month, (source, unit): (Option<String>, Option<String>), delays: &Delays) -> RowView {
    RowView {
        month: month.to_string(),
        source,
        unit,
        changes: spread(&delays.changes),
        steps: spread(&delays.steps),
        waiting: delays.waiting,
        waiting_since: delays.waiting_since,
    }
}

fn spread(of: &DelaySpread) -> SpreadView {
    let at = |hundredths| of.percentile(hundredths).map(|delay| delay.as_secs_f64());
    SpreadView {
        many: of.many(),
        p50_s: at(5_000),
        p90_s: at(9_000),
        p99_s: at(9_900),
        longest_s: at(10_000),
    }
}

fn render(view: &DelaysView, out: &mut Output) {
    let lang = out.lang();
    let Some(following_since) = view.following_since else {
        out.line(never(lang));
        return;
    };
    if view.rows.is_empty() {
        out.line(none(lang));
        return;
    }
    let by_source = view.rows.iter().any(|row| row.source.is_some());
    let mut heads = vec![
        (Side::Left, head_month(lang)),
        (Side::Left, head_unit(lang)),
        (Side::Left, head_of(lang)),
        (Side::Right, head_many(lang)),
        (Side::Right, head_half(lang)),
        (Side::Right, head_most(lang)),
        (Side::Right, head_nearly_all(lang)),
        (Side::Right, head_longest(lang)),
        (Side::Right, head_waiting(lang)),
    ];
    if by_source {
        heads.insert(1, (Side::Left, head_source(lang)));
    }
    let mut table = Table::new(heads);
    for row in &view.rows {
        let [source, unit] =
            [&row.source, &row.unit].map(|name| name.clone().unwrap_or_else(|| every_unit(lang)));
        let there = [(changes(lang), row.changes, row.waiting), (steps(lang), row.steps, 0)];
        for (of, spread, waiting) in
            there.into_iter().filter(|(_, spread, waiting)| spread.many + waiting > 0)
        {
            let time = |seconds: Option<f64>| Cell::from(told(lang, seconds));
            let waits = match waiting {
                0 => Cell::from(String::new()),
                many => Cell::new(Role::Warn, lang.count(many)),
            };
            let mut cells: Vec<Cell> = vec![
                row.month.clone().into(),
                unit.clone().into(),
                of.into(),
                lang.count(spread.many).into(),
                time(spread.p50_s),
                time(spread.p90_s),
                time(spread.p99_s),
                time(spread.longest_s),
                waits,
            ];
            if by_source {
                cells.insert(1, source.clone().into());
            }
            table.row(cells);
        }
    }
    out.table(&table);
    out.gap();
    out.line(since(lang, lang.moment(following_since)));
    out.line(exactness(lang));
    let is_of_one = |row: &&RowView| row.unit.is_some() && row.source == view.only_source;
    let waiting: u64 = view.rows.iter().filter(is_of_one).map(|row| row.waiting).sum();
    if waiting > 0 {
        out.line(out.paint(Role::Warn, &left_out(lang, lang.count(waiting))));
    }
}

/// A duration in words.
fn told(lang: Lang, seconds: Option<f64>) -> String {
    match seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(delay) => words::delay(lang, delay),
        None => "–".to_owned(),
    }
}
