//! `dongbo indicators list`: the dossiers behind a number.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side as Align, Table};
use super::asked::{Asked, parse_indicator, parse_view};
use super::words::{Foot, number, render_foot};
use dongbo_indicators::{FormulaSet, GapReason, Hundredths, Indicator, Verdict};
use dongbo_ledger::Side;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};
use dongbo_sync::views::{About, BehindView, ListPart, Listed, Wanted};

/// The most units, procedures or officers that are shown by the number of their dossiers.
const MOST_GROUPS: usize = 10;

texts! {
    total(many, indicator, part): "{many}: chỉ số {indicator}, {part}.", "{many}: indicator {indicator}, {part}.";
    only(shown): "Chỉ hiện {shown} dòng đầu (--limit).", "Only the first {shown} rows are shown (--limit).";
    head_code(): "Mã hồ sơ", "Code";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_officer(): "Cán bộ", "Officer";
    head_local(): "Một cửa", "Local system";
    head_portal(): "Cổng", "Portal";
    head_reason(): "Nguyên nhân khác nhau", "Reason of the difference";
    head_many(): "Hồ sơ", "Dossiers";
    head_points(): "Điểm", "Points";
    more(many): "… và {many} dòng nữa (--json)", "… and {many} more (--json)";
    effect(points): "Nếu Cổng tính đúng, chỉ số 2.1 tăng {points} điểm.", "If the portal judged these rightly, indicator 2.1 would have {points} points more.";
    not_there(): "chưa có", "not there";
    given_at(at): "Cổng đưa số công bố lúc {at}.", "The portal gave its published figures at {at}.";
    not_published(period): "Chưa có số Cổng công bố của chỉ số này trong kỳ {period}.", "There is no published figure of this indicator in {period}.";
}

/// The options of `dongbo indicators list`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ListArgs {
    /// The indicator.
    #[arg(value_name = "INDICATOR", value_parser = parse_indicator())]
    indicator: Indicator,
    #[command(flatten)]
    asked: Asked,
    /// Which of its dossiers.
    #[arg(long, value_name = "PART", default_value = "missing", value_parser = parse_part())]
    part: ListPart,
    /// The side whose number it is.
    #[arg(long, value_name = "SIDE", default_value = "portal", value_parser = parse_view())]
    view: Side,
    /// Show at most so many rows; JSON has all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

fn parse_part() -> impl TypedValueParser<Value = ListPart> {
    PossibleValuesParser::new(ListPart::NAMES)
        .map(|name| ListPart::from_name(&name).unwrap_or(ListPart::Missing))
}

#[derive(Debug, Clone, Serialize)]
struct ListView {
    indicator: Indicator,
    part: ListPart,
    view: Side,
    period: String,
    unit: Option<String>,
    set: FormulaSet,
    /// The number of dossiers.
    total: u64,
    /// Of `accepted-since`: when the portal gave the figures that it published.
    published_at: Option<DateTime<Utc>>,
    /// Points of 2.1 that hang on the falsely late ones.
    points: Option<Hundredths>,
    by_reason: BTreeMap<GapReason, u64>,
    by_unit: BTreeMap<String, u64>,
    by_procedure: BTreeMap<String, u64>,
    by_officer: BTreeMap<String, u64>,
    dossiers: Vec<BehindView>,
    #[serde(skip)]
    listed: Listed,
    #[serde(skip)]
    limit: usize,
    #[serde(skip)]
    foot: Foot,
}

/// Runs `dongbo indicators list`.
pub(super) async fn list(globals: &Globals, args: &ListArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let numbers = args.asked.open(globals, &clock).await?;
    let question = &numbers.question;
    let about = About { indicator: args.indicator, part: args.part, view: args.view, reason: None };
    let read = Listed::read(&numbers, about, Wanted::ALL).await;
    numbers.ledger.close().await;
    let mut listed = read?;
    let view = ListView {
        indicator: args.indicator,
        part: args.part,
        view: args.view,
        period: question.period.to_string(),
        unit: question.unit.clone(),
        set: question.set,
        total: listed.total,
        published_at: listed.published_at,
        points: listed.points,
        by_reason: std::mem::take(&mut listed.by_reason),
        by_unit: std::mem::take(&mut listed.by_unit),
        by_procedure: std::mem::take(&mut listed.by_procedure),
        by_officer: std::mem::take(&mut listed.by_officer),
        dossiers: std::mem::take(&mut listed.rows),
        listed,
        limit: args.limit,
        foot: Foot::of(&numbers),
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

fn render(view: &ListView, out: &mut Output) {
    let lang = out.lang();
    out.line(total(lang, lang.dossiers(view.total), view.indicator.name(), view.part.text(lang)));
    if view.part == ListPart::AcceptedSince {
        out.line(match view.published_at {
            Some(at) => given_at(lang, lang.moment(at)),
            None => out.paint(Role::Warn, &not_published(lang, &view.period)),
        });
    }
    if let Some(points) = view.points.filter(|points| points.0 > 0) {
        out.line(out.paint(Role::Bad, &effect(lang, number(lang, Some(points)))));
    }
    if !view.by_reason.is_empty() {
        let mut table = Table::new([(Align::Left, head_reason(lang)), (Align::Right, head_many(lang))]);
        for (one, many) in &view.by_reason {
            table.row([one.text(lang).into(), lang.count(*many).into()]);
        }
        out.table(&table);
        out.gap();
    }
    if matches!(view.part, ListPart::FalselyLate | ListPart::FalselyOnTime) {
        for (head, groups) in [
            (head_unit(lang), &view.by_unit),
            (head_procedure(lang), &view.by_procedure),
            (head_officer(lang), &view.by_officer),
        ] {
            render_groups(&head, groups, view, out);
        }
    }
    if !view.dossiers.is_empty() {
        let mut table = Table::new([
            (Align::Left, head_code(lang)),
            (Align::Left, head_unit(lang)),
            (Align::Left, head_procedure(lang)),
            (Align::Left, head_officer(lang)),
            (Align::Left, head_local(lang)),
            (Align::Left, head_portal(lang)),
            (Align::Left, head_reason(lang)),
        ]);
        for one in view.dossiers.iter().take(view.limit) {
            table.row([
                one.code.as_str().into(),
                one.unit.as_str().into(),
                one.procedure.as_str().into(),
                one.officer.clone().unwrap_or_default().into(),
                judged(lang, one.local_verdict).into(),
                judged(lang, one.portal_verdict).into(),
                reason(lang, one.reason).into(),
            ]);
        }
        out.table(&table);
    }
    if view.dossiers.len() > view.limit {
        out.line(only(lang, view.limit));
    }
    render_foot(&view.foot, out);
}

/// Those that most dossiers are of, with the points that hang on these.
fn render_groups(head: &str, groups: &BTreeMap<String, u64>, view: &ListView, out: &mut Output) {
    if groups.is_empty() {
        return;
    }
    let lang = out.lang();
    let mut most: Vec<(&String, u64)> = groups.iter().map(|(name, many)| (name, *many)).collect();
    most.sort_by_key(|(_, many)| std::cmp::Reverse(*many));
    let mut heads = vec![(Align::Left, head.to_owned()), (Align::Right, head_many(lang))];
    heads.extend(view.points.map(|_| (Align::Right, head_points(lang))));
    let mut table = Table::new(heads);
    for (name, many) in most.iter().take(MOST_GROUPS) {
        let mut cells = vec![Cell::from(name.as_str()), lang.count(*many).into()];
        cells.extend(view.points.map(|_| Cell::from(number(lang, view.listed.points_of(*many)))));
        table.row(cells);
    }
    out.table(&table);
    if most.len() > MOST_GROUPS {
        out.line(more(lang, most.len() - MOST_GROUPS));
    }
    out.gap();
}

fn judged(lang: Lang, verdict: Option<Verdict>) -> String {
    verdict.map_or_else(|| not_there(lang), |verdict| verdict.text(lang).to_owned())
}

fn reason(lang: Lang, reason: Option<GapReason>) -> String {
    reason.map_or_else(String::new, |reason| reason.text(lang).to_owned())
}
