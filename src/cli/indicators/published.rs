//! `dongbo indicators published`: what the portal has published, as it came.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use super::asked::parse_period;
use super::words::absent;
use crate::config::Config;
use dongbo_indicators::fetched::{Departments, Kept, Question, kept};
use dongbo_ledger::{Ledger, LedgerError, PublicationKey, PublicationOutcome, PublicationState};
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Period, texts};
use dongbo_portal::{Figures, Metric, Odd, PublishedRow, Topic, UnitScore};
use dongbo_sync::published::questions;

texts! {
    off(): "Không tải số liệu Cổng công bố: reconcile.evaluation_url hoặc published.fetch đang trống.", "Published figures are not fetched: reconcile.evaluation_url or published.fetch is empty.";
    never(): "Chưa tải được số liệu nào Cổng công bố.", "No published figures were fetched yet.";
    head_period(): "Kỳ", "Period";
    head_answered(): "Cổng trả lời lần cuối", "Last answer with figures";
    head_missing(): "Cổng chưa công bố", "Not published";
    head_failed(): "Không tải được", "Not fetched";
    head_waiting(): "Chưa hỏi", "Not asked yet";
    why_failed(period, topic, why): "{period}, {topic}: {why}", "{period}, {topic}: {why}";
    given(first, last): "Cổng đưa số liệu này lúc {first}, lần gần nhất lúc {last}.", "The portal gave these figures at {first}, and last at {last}.";
    earlier(many): "Trước đó còn {many} bản khác.", "Before that it gave {many} others.";
    none_of_unit(unit): "Cổng không có số liệu của đơn vị {unit}.", "The portal has no figures of unit {unit}.";
    none_of_whole(): "Cổng không có số liệu chung.", "The portal has no figures of all together.";
    head_code(): "Mã", "Code";
    head_name(): "Tên", "Name";
    head_numerator(): "Tử số", "Numerator";
    head_denominator(): "Mẫu số", "Denominator";
    head_ratio(): "Tỷ lệ %", "Share %";
    head_score(): "Điểm", "Points";
    head_most(): "Tối đa", "Most";
    head_quality(): "Ghi chú của Cổng", "The portal's remark";
    head_figure(): "Số liệu", "Figure";
    head_value(): "Giá trị", "Value";
    total(score, delta, average): "Tổng điểm {score}; so với kỳ trước {delta}; trung bình {average}.", "Points in all {score}; against the period before {delta}; mean {average}.";
    rank(place): "Xếp thứ {place}.", "Place {place}.";
    not_known(what): "dongbo chưa biết: {what}.", "Not known to dongbo: {what}.";
}

/// The options of `dongbo indicators published`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct PublishedArgs {
    /// Show the figures of this period: a month as 2026-08, a quarter as 2026-Q3, a year as 2026.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Option<Period>,
    /// The figures of this unit, by its code; without it those of all together.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new(), requires = "period")]
    unit: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct PublishedView {
    /// Whether anything is to be fetched.
    enabled: bool,
    /// The department below which the portal is asked; empty for its root.
    root: String,
    /// The periods that are over, the newest first.
    periods: Vec<PeriodView>,
    /// The figures of the period that was asked for.
    figures: Vec<FiguresView>,
}

#[derive(Debug, Clone, Serialize)]
struct PeriodView {
    period: String,
    /// When an answer had figures last.
    answered_at: Option<DateTime<Utc>>,
    /// Topics of which nothing is published.
    missing: Vec<Topic>,
    /// Topics of which the last answer failed.
    failed: Vec<FailedView>,
    /// Topics that were never asked about.
    waiting: Vec<Topic>,
}

#[derive(Debug, Clone, Serialize)]
struct FailedView {
    topic: Topic,
    asked_at: DateTime<Utc>,
    failures: u32,
    why: String,
}

#[derive(Debug, Clone, Serialize)]
struct FiguresView {
    topic: Topic,
    /// When the portal gave them first, and last.
    fetched_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    /// Answers before this one that are kept.
    earlier: usize,
    /// The unit that was asked for.
    unit: Option<String>,
    row: Option<PublishedRow>,
    /// Codes and fields in the whole answer that dongbo does not know.
    odd: Vec<Odd>,
}

/// Runs `dongbo indicators published`.
pub(super) async fn published(globals: &Globals, args: &PublishedArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let view = view(&config, &ledger, args, clock.now()).await;
    ledger.close().await;
    let view = view?;
    let whole = |period: &PeriodView| {
        period.missing.is_empty() && period.failed.is_empty() && period.waiting.is_empty()
    };
    let ended = if view.enabled && view.periods.iter().all(whole) { Ended::Complete } else { Ended::Partial };
    globals.output(&clock).show(&view, render)?;
    Ok(ended)
}

async fn view(
    config: &Config,
    ledger: &Ledger,
    args: &PublishedArgs,
    now: DateTime<Utc>,
) -> Result<PublishedView, LedgerError> {
    let departments = config.departments();
    let root = &departments.root;
    let states: BTreeMap<PublicationKey, PublicationState> =
        ledger.publications().await?.into_iter().map(|state| (state.key.clone(), state)).collect();
    let mut periods: Vec<Period> = match args.period {
        Some(period) => vec![period],
        None => {
            let asked = states.keys().filter_map(|key| Period::parse(&key.period));
            let wanted = questions(&config.published, now).into_iter().map(|question| question.period);
            wanted.chain(asked).collect::<BTreeSet<_>>().into_iter().collect()
        }
    };
    // Of those that end together the shortest comes first.
    periods.sort_by_key(|period| (Reverse(period.ends()), Reverse(*period.months().start())));
    let mut figures = Vec::new();
    if let Some(period) = args.period {
        for &topic in Topic::ALL {
            let question = Question { topic, period };
            figures.extend(figures_of(&departments, ledger, question, args.unit.as_deref()).await?);
        }
    }
    Ok(PublishedView {
        enabled: !config.reconcile.evaluation_url.is_empty() && config.published.schedule().is_some(),
        root: root.clone(),
        periods: periods.into_iter().map(|period| period_view(&states, root, period)).collect(),
        figures,
    })
}

fn period_view(
    states: &BTreeMap<PublicationKey, PublicationState>,
    root: &str,
    period: Period,
) -> PeriodView {
    let mut view = PeriodView {
        period: period.to_string(),
        answered_at: None,
        missing: Vec::new(),
        failed: Vec::new(),
        waiting: Vec::new(),
    };
    for &topic in Topic::ALL {
        let Some(state) = states.get(&Question { topic, period }.key(root)) else {
            view.waiting.push(topic);
            continue;
        };
        view.answered_at = view.answered_at.max(state.answered_at);
        match state.outcome {
            PublicationOutcome::Published => {}
            PublicationOutcome::Missing => view.missing.push(topic),
            PublicationOutcome::Failed => view.failed.push(FailedView {
                topic,
                asked_at: state.asked_at,
                failures: state.failures,
                why: state.detail.clone(),
            }),
        }
    }
    view
}

/// The figures of one topic; `None` while none were fetched. What was kept and cannot be read any longer has no row.
async fn figures_of(
    departments: &Departments,
    ledger: &Ledger,
    question: Question,
    unit: Option<&str>,
) -> Result<Option<FiguresView>, LedgerError> {
    let kept = kept(ledger, question, &departments.root, departments.keep).await?;
    let Some(Kept { fetched_at, seen_at, earlier, published }) = kept else { return Ok(None) };
    Ok(Some(FiguresView {
        topic: question.topic,
        fetched_at,
        seen_at,
        earlier,
        unit: unit.map(str::to_owned),
        row: departments.row_of(&published, unit).cloned(),
        odd: published.odd,
    }))
}

fn render(view: &PublishedView, out: &mut Output) {
    let lang = out.lang();
    if !view.enabled {
        out.line(out.paint(Role::Warn, &off(lang)));
    }
    if view.periods.iter().all(|period| period.answered_at.is_none()) {
        out.line(out.paint(Role::Warn, &never(lang)));
    }
    let heads =
        [head_period(lang), head_answered(lang), head_missing(lang), head_failed(lang), head_waiting(lang)];
    let mut table = Table::new(heads.map(|head| (Side::Left, head)));
    for period in &view.periods {
        let failed: Vec<Topic> = period.failed.iter().map(|failed| failed.topic).collect();
        table.row([
            period.period.as_str().into(),
            period.answered_at.map(|at| lang.moment(at)).unwrap_or_default().into(),
            Cell::new(Role::Warn, named(lang, &period.missing)),
            Cell::new(Role::Bad, named(lang, &failed)),
            named(lang, &period.waiting).into(),
        ]);
    }
    out.table(&table);
    for period in &view.periods {
        for failed in &period.failed {
            let line = why_failed(lang, &period.period, failed.topic.text(lang), &failed.why);
            out.line(out.paint(Role::Bad, &line));
        }
    }
    for figures in &view.figures {
        render_figures(figures, out);
    }
}

pub(super) fn named(lang: Lang, topics: &[Topic]) -> String {
    topics.iter().map(|topic| topic.text(lang)).collect::<Vec<_>>().join(", ")
}

fn render_figures(view: &FiguresView, out: &mut Output) {
    let lang = out.lang();
    out.heading(view.topic.text(lang));
    out.line(given(lang, lang.moment(view.fetched_at), lang.moment(view.seen_at)));
    if view.earlier > 0 {
        out.line(earlier(lang, view.earlier));
    }
    match (&view.row, &view.unit) {
        (Some(row), _) => match &row.figures {
            Figures::Metrics(metrics) => render_metrics(metrics, out),
            Figures::Tree(tree) => render_tree(tree, out),
            Figures::Score(score) => render_score(score, out),
        },
        (None, Some(unit)) => out.line(out.paint(Role::Warn, &none_of_unit(lang, unit))),
        (None, None) => out.line(none_of_whole(lang)),
    }
    for odd in &view.odd {
        let what = format!("{} {} ({})", odd.kind.text(lang), odd.name, lang.count(odd.many));
        out.line(out.paint(Role::Warn, &not_known(lang, what)));
    }
}

fn render_metrics(metrics: &[Metric], out: &mut Output) {
    let lang = out.lang();
    let mut table = Table::new([
        (Side::Left, head_code(lang)),
        (Side::Left, head_name(lang)),
        (Side::Right, head_numerator(lang)),
        (Side::Right, head_denominator(lang)),
        (Side::Right, head_ratio(lang)),
        (Side::Right, head_score(lang)),
        (Side::Right, head_most(lang)),
        (Side::Left, head_quality(lang)),
    ]);
    for metric in metrics {
        let count = |many: Option<u64>| Cell::from(many.map_or_else(absent, |many| lang.count(many)));
        let quality = metric.data_quality.clone().unwrap_or_default();
        table.row([
            metric.code.as_str().into(),
            metric.name.clone().unwrap_or_default().into(),
            count(metric.numerator),
            count(metric.denominator),
            number(lang, metric.ratio).into(),
            number(lang, metric.score).into(),
            number(lang, metric.max_score).into(),
            Cell::new(Role::Warn, quality),
        ]);
    }
    out.table(&table);
}

fn render_tree(tree: &BTreeMap<String, Option<f64>>, out: &mut Output) {
    let lang = out.lang();
    let mut table = Table::new([(Side::Left, head_figure(lang)), (Side::Right, head_value(lang))]);
    for (name, value) in tree {
        table.row([name.as_str().into(), number(lang, *value).into()]);
    }
    out.table(&table);
}

fn render_score(score: &UnitScore, out: &mut Output) {
    let lang = out.lang();
    out.line(total(lang, number(lang, score.total), number(lang, score.delta), number(lang, score.average)));
    if let Some(place) = score.rank {
        out.line(rank(lang, place));
    }
    let heads =
        [(Side::Left, head_code(lang)), (Side::Right, head_score(lang)), (Side::Right, head_most(lang))];
    let mut table = Table::new(heads);
    for axis in &score.radar {
        table.row([
            axis.code.as_str().into(),
            number(lang, axis.score).into(),
            number(lang, axis.max_score).into(),
        ]);
    }
    out.table(&table);
}

/// A number with two decimals at most.
fn number(lang: Lang, value: Option<f64>) -> String {
    let Some(value) = value else { return absent() };
    let text = format!("{value:.2}");
    lang.decimal(text.trim_end_matches('0').trim_end_matches('.'))
}
