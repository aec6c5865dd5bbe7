//! `dongbo indicators list`: the dossiers behind a number.

use std::collections::{BTreeMap, HashSet};

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
use dongbo_indicators::{Behind, Exact, FormulaSet, GapReason, Hundredths, Indicator, Verdict, behind};
use dongbo_ledger::Side;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts, vocabulary};
use dongbo_sync::views::OfPeriod;

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

vocabulary! {
    /// The dossiers of a number that are listed.
    enum ListPart
    texts {
        /// Its name.
        text
    }
    {
        /// Those in the numerator.
        Numerator = "numerator", ["hồ sơ ở tử số", "in the numerator"];
        /// Those in the denominator.
        Denominator = "denominator", ["hồ sơ ở mẫu số", "in the denominator"];
        /// Those in the denominator and not in the numerator.
        Missing = "missing", ["hồ sơ ở mẫu số mà không ở tử số", "in the denominator and not in the numerator"];
        /// Those that count otherwise on each side.
        Apart = "apart", ["hồ sơ hai bên tính khác nhau", "counted otherwise on each side"];
        /// Those on the portal of which it accepted something after it gave the figures that it published.
        AcceptedSince = "accepted-since", ["hồ sơ Cổng còn nhận thêm sau khi đưa số công bố", "changed on the portal after it gave its published figures"];
        /// Those locally on time and late on the portal.
        FalselyLate = "falsely-late", ["hồ sơ trễ hạn ảo: một cửa đúng hạn, Cổng tính trễ", "falsely late: locally on time, on the portal late"];
        /// Those locally late and not on the portal.
        FalselyOnTime = "falsely-on-time", ["một cửa trễ hạn, Cổng tính đúng hạn", "locally late, on the portal on time"];
    }
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
    by_reason: BTreeMap<&'static str, u64>,
    by_unit: BTreeMap<String, u64>,
    by_procedure: BTreeMap<String, u64>,
    by_officer: BTreeMap<String, u64>,
    /// Received dossiers, of which 2.1 is a share.
    #[serde(skip)]
    received: u64,
    dossiers: Vec<DossierView>,
    #[serde(skip)]
    limit: usize,
    #[serde(skip)]
    foot: Foot,
}

#[derive(Debug, Clone, Serialize)]
struct DossierView {
    code: String,
    unit: String,
    procedure: String,
    /// The officer's code, or a keyed hash of the name, which begins with `#`.
    officer: Option<String>,
    local_verdict: Option<Verdict>,
    portal_verdict: Option<Verdict>,
    reason: Option<GapReason>,
}

/// Runs `dongbo indicators list`.
pub(super) async fn list(globals: &Globals, args: &ListArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let numbers = args.asked.open(globals, &clock).await?;
    let question = &numbers.question;
    let all = behind(&numbers.ledger, &numbers.book, question, args.indicator).await?;
    let published_at = match args.part {
        ListPart::AcceptedSince => OfPeriod::read(&numbers).await?.given_at(args.indicator),
        _ => None,
    };
    let since = match published_at {
        Some(at) => numbers.ledger.accepted_since(at).await?,
        None => HashSet::new(),
    };
    numbers.ledger.close().await;
    let received = u64::try_from(all.iter().filter(|one| one.portal.is_in).count()).unwrap_or(u64::MAX);
    let is_listed = |one: &Behind| is_listed(one, args.part, args.view, &since);
    let chosen: Vec<Behind> = all.into_iter().filter(is_listed).collect();
    let total = u64::try_from(chosen.len()).unwrap_or(u64::MAX);
    let points = (args.part == ListPart::FalselyLate && args.indicator == Indicator::OnTime)
        .then(|| points_of(total, received))
        .flatten();
    let view = ListView {
        indicator: args.indicator,
        part: args.part,
        view: args.view,
        period: question.period.to_string(),
        unit: question.unit.clone(),
        set: question.set,
        total,
        published_at,
        points,
        by_reason: counts(&chosen, |one| one.reason.map(GapReason::name)),
        by_unit: counts(&chosen, |one| Some(one.unit.clone())),
        by_procedure: counts(&chosen, |one| Some(one.procedure.clone())),
        by_officer: counts(&chosen, |one| one.officer.as_ref().map(ToString::to_string)),
        received,
        dossiers: chosen.into_iter().map(dossier).collect(),
        limit: args.limit,
        foot: Foot::of(&numbers),
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

fn is_listed(one: &Behind, part: ListPart, view: Side, since: &HashSet<String>) -> bool {
    let on = if view == Side::Local { one.local } else { one.portal };
    match part {
        ListPart::Numerator => on.counts,
        ListPart::Denominator => on.is_in,
        ListPart::Missing => on.is_in && !on.counts,
        ListPart::Apart => one.local != one.portal,
        ListPart::AcceptedSince => one.portal.is_in && since.contains(&one.code),
        ListPart::FalselyLate => one.gap.is_some_and(|gap| gap.is_falsely_late()),
        ListPart::FalselyOnTime => one.gap.is_some_and(|gap| gap.is_falsely_on_time()),
    }
}

/// The points of 2.1 that hang on so many of the received dossiers.
fn points_of(many: u64, received: u64) -> Option<Hundredths> {
    Exact::ratio(many, received).map(|share| share.times(Indicator::OnTime.points(), 1).hundredths())
}

fn counts<K: Ord>(chosen: &[Behind], of: impl Fn(&Behind) -> Option<K>) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    for key in chosen.iter().filter_map(of) {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn dossier(one: Behind) -> DossierView {
    DossierView {
        code: one.code,
        unit: one.unit,
        procedure: one.procedure,
        officer: one.officer.as_ref().map(ToString::to_string),
        local_verdict: one.gap.map(|gap| gap.local),
        portal_verdict: one.gap.and_then(|gap| gap.portal),
        reason: one.reason,
    }
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
        for (name, many) in &view.by_reason {
            table.row([reason(lang, GapReason::from_name(name)).into(), lang.count(*many).into()]);
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
        cells.extend(view.points.map(|_| Cell::from(number(lang, points_of(*many, view.received)))));
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
