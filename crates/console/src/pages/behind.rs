//! The dossiers behind a number of the indicators: each with why it counts or does not, and what both sides say of it.

use axum::body::Body;
use axum::response::Response;
use maud::{Markup, html};

use crate::asked::{Asked, Trouble, address};
use crate::counted::numbers;
use crate::frame::Place;
use crate::parts::{self, Tone, badge, unit_choice};
use dongbo_indicators::{GapReason, Indicator, Part, Question, Verdict};
use dongbo_ledger::Side;
use dongbo_model::{Lang, csv, texts};
use dongbo_sync::views::words::number;
use dongbo_sync::views::{About, BehindView, ListPart, Listed, Numbers, Wanted};

/// The address of this page.
pub(crate) const PATH: &str = "/indicators/dossiers";
/// The address of the list as a table.
pub(crate) const TABLE: &str = "/indicators/dossiers.csv";
/// Dossiers on one page.
const PAGE: usize = 50;
/// Most rows of a table; `dongbo indicators list` has all.
const MOST_ROWS: usize = 100_000;

texts! {
    lead(many, part, side): "{many}: {part}, theo số của: {side}.", "{many}: {part}, by: {side}.";
    of_period(period, set): "Kỳ {period}; bộ công thức {set}.", "Period {period}; set of formulas {set}.";
    of_unit(unit): "Đơn vị {unit} và các đơn vị trực thuộc.", "Unit {unit} and those below it.";
    back(): "Về trang Chỉ số", "Back to the indicators";
    lists(): "Danh sách khác của chỉ số này", "Other lists of this indicator";
    formula(): "Cách tính", "How it is counted";
    numerator(): "Tử số", "Numerator";
    denominator(): "Mẫu số", "Denominator";
    exclusions(): "Không tính", "Left out";
    effect(points): "Nếu Cổng tính đúng, chỉ số 2.1 tăng {points} điểm.", "If the portal judged these rightly, indicator 2.1 would have {points} points more.";
    given_at(at): "Cổng đưa số công bố lúc {at}.", "The portal gave its published figures at {at}.";
    not_published(): "Chưa có số Cổng công bố của chỉ số này trong kỳ.", "There is no published figure of this indicator in the period.";
    reasons(): "Vì sao hai bên khác nhau", "Why both sides differ";
    many(): "Hồ sơ", "Dossiers";
    all_reasons(): "Mọi nguyên nhân", "All reasons";
    download(): "Tải danh sách (CSV)", "Download the list (CSV)";
    download_first(most): "Tải {most} dòng đầu (CSV)", "Download the first {most} rows (CSV)";
    code(): "Mã hồ sơ", "Code";
    unit(): "Đơn vị", "Unit";
    procedure(): "Thủ tục", "Procedure";
    officer(): "Cán bộ", "Officer";
    in_local(): "Một cửa tính", "Locally";
    in_portal(): "Cổng tính", "On the portal";
    on_time_local(): "Hạn, một cửa", "On time, locally";
    on_time_portal(): "Hạn, Cổng", "On time, portal";
    reason(): "Nguyên nhân khác", "Reason";
    counts(): "tính", "counts";
    is_in(): "chưa đạt", "does not count";
    left_out(): "không xét", "not considered";
    not_there(): "chưa có", "not there";
    none(): "Không có hồ sơ nào như vậy.", "There is no such dossier.";
    more(): "Trang tiếp", "Next page";
    first(): "Về trang đầu", "First page";
}

/// The address of a list of what `question` asks for.
pub(crate) fn way(question: &Question, about: About) -> String {
    let period = question.period.to_string();
    let fixed = [
        ("indicator", about.indicator.name()),
        ("part", about.part.name()),
        ("view", about.view.name()),
        ("period", period.as_str()),
        ("set", question.set.name()),
    ];
    let unit = question.unit.as_deref().map(|unit| ("unit", unit));
    address(PATH, fixed.into_iter().chain(unit))
}

/// The list that the address asks for: those that do not count on the portal, unless it says otherwise. `None` without an indicator.
pub(crate) fn about(asked: &Asked) -> Option<About> {
    let of = |name: &str| asked.parameter(name);
    Some(About {
        indicator: of("indicator").and_then(Indicator::from_name)?,
        part: of("part").and_then(ListPart::from_name).unwrap_or(ListPart::Missing),
        view: of("view").and_then(Side::from_name).unwrap_or(Side::Portal),
        reason: of("reason").and_then(GapReason::from_name),
    })
}

/// Reads a list in the turn of the one who asks, so that many who do at once leave the ledger to everybody else.
pub(crate) async fn read(
    asked: &Asked,
    about: About,
    wanted: Wanted<'_>,
) -> Result<(Numbers, Listed), Trouble> {
    let _turn = asked.console.counting.acquire().await;
    let numbers = numbers(asked).await?;
    let listed = Listed::read(&numbers, about, wanted).await?;
    Ok((numbers, listed))
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Indicators, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    let about = about(asked).ok_or(Trouble::Nowhere)?;
    let after = asked.given("after").unwrap_or_default();
    let (numbers, listed) = read(asked, about, Wanted { after, most: PAGE }).await?;
    let question = &numbers.question;
    let title = format!("{} {}", about.indicator.name(), about.indicator.text(lang));
    let content = html! {
        h1 { (title) }
        (unit_choice(asked))
        p.lead role="status" { (lead(lang, lang.dossiers(listed.total), about.part.text(lang), about.view.text(lang))) }
        p.note {
            (of_period(lang, question.period, question.set.text(lang))) " "
            @if let Some(unit) = &question.unit { (of_unit(lang, unit)) }
        }
        @if about.part == ListPart::AcceptedSince {
            p.note { @match listed.published_at {
                Some(at) => (given_at(lang, lang.moment(at))),
                None => (not_published(lang)),
            } }
        }
        @if let Some(points) = listed.points.filter(|points| points.0 > 0) {
            p { span.bad { (effect(lang, number(lang, Some(points)))) } }
        }
        (others(lang, question, about))
        (formula_of(lang, about.indicator))
        (reason_table(asked, about, &listed))
        @if listed.total > 0 { p { (table_link(asked, &listed)) } }
        (pages_of(asked, about, &listed))
    };
    Ok((title, content))
}

/// The ways back, and to the other lists of the indicator.
fn others(lang: Lang, question: &Question, about: About) -> Markup {
    let unit = question.unit.as_deref().map(|unit| ("unit", unit));
    let (period, set) = (question.period.to_string(), question.set.name());
    let back_to = [("period", period.as_str()), ("set", set)].into_iter().chain(unit);
    let lists =
        |view: Side| ListPart::ALL.iter().map(move |&part| About { part, view, reason: None, ..about });
    let is_of_side =
        |part: ListPart| matches!(part, ListPart::Numerator | ListPart::Denominator | ListPart::Missing);
    let of_sides = lists(Side::Local).filter(|one| is_of_side(one.part)).chain(lists(Side::Portal));
    html! {
        p { a href=(address(Place::Indicators.path(), back_to)) { (back(lang)) } }
        details {
            summary { (self::lists(lang)) }
            ul { @for one in of_sides { li {
                a href=(way(question, one)) aria-current=[(one == about).then_some("true")] {
                    (one.part.text(lang)) @if is_of_side(one.part) { " (" (one.view.text(lang)) ")" }
                }
            } } }
        }
    }
}

fn formula_of(lang: Lang, indicator: Indicator) -> Markup {
    let told = [
        (numerator(lang), indicator.numerator(lang)),
        (denominator(lang), indicator.denominator(lang)),
        (exclusions(lang), indicator.exclusions(lang)),
    ];
    let told = told.into_iter().filter(|(_, words)| !words.is_empty());
    html! { details {
        summary { (formula(lang)) }
        (parts::pairs(told.map(|(name, words)| (name, html! { (words) })).collect()))
    } }
}

/// Reasons with how many dossiers each has, which lead to these alone.
fn reason_table(asked: &Asked, about: About, listed: &Listed) -> Markup {
    let lang = asked.lang;
    let rows = html! { @for (one, many) in &listed.by_reason { tr {
        th scope="row" { (one.text(lang)) }
        td.n { (parts::count_link(lang, *many, &asked.address_with(&[("reason", one.name()), ("after", "")]))) }
    } } };
    html! {
        @if !listed.by_reason.is_empty() {
            (parts::table(&reasons(lang), &[("wide", reasons(lang)), ("n", many(lang))], &rows))
        }
        @if about.reason.is_some() {
            p { a href=(asked.address_with(&[("reason", ""), ("after", "")])) { (all_reasons(lang)) } }
        }
    }
}

fn table_link(asked: &Asked, listed: &Listed) -> Markup {
    let lang = asked.lang;
    let path = asked.address_with(&[("after", "")]).replacen(PATH, TABLE, 1);
    let most = u64::try_from(MOST_ROWS).unwrap_or(u64::MAX);
    html! { a.act href=(path) {
        @if listed.total > most { (download_first(lang, lang.count(most))) } @else { (download(lang)) }
    } }
}

fn pages_of(asked: &Asked, about: About, listed: &Listed) -> Markup {
    let lang = asked.lang;
    let paged = asked.parameter("after").is_some();
    let last = listed.rows.last().filter(|_| listed.has_more);
    html! {
        @if listed.rows.is_empty() { p.empty { (none(lang)) } }
        @else { (dossier_table(lang, about, &listed.rows)) }
        @if paged || last.is_some() {
            nav.pager aria-label=(many(lang)) {
                @if paged { a href=(asked.address_with(&[("after", "")])) { (first(lang)) } }
                @if let Some(last) = last {
                    a.next rel="next" href=(asked.address_with(&[("after", last.code.as_str())])) { (more(lang)) }
                }
            }
        }
    }
}

/// Whether the verdicts on time say anything about the list.
fn tells_verdicts(about: About) -> bool {
    matches!(about.indicator, Indicator::OnTime | Indicator::Satisfaction)
        || matches!(about.part, ListPart::FalselyLate | ListPart::FalselyOnTime)
}

fn dossier_table(lang: Lang, about: About, rows: &[BehindView]) -> Markup {
    let verdicts = tells_verdicts(about);
    let mut heads = vec![("", code(lang)), ("", unit(lang)), ("", procedure(lang)), ("", officer(lang))];
    heads.extend([("", in_local(lang)), ("", in_portal(lang))]);
    if verdicts {
        heads.extend([("", on_time_local(lang)), ("", on_time_portal(lang))]);
    }
    heads.push(("", reason(lang)));
    let body = html! { @for one in rows { tr {
        th scope="row" { a.code href=(address("/dossier", [("code", one.code.as_str())])) { (one.code) } }
        td { (one.unit) }
        td { (one.procedure) }
        td { @match &one.officer { Some(officer) => (officer), None => (parts::nothing(lang)) } }
        @for part in [one.local, one.portal] { td { (part_badge(lang, part)) } }
        @if verdicts { @for verdict in [one.local_verdict, one.portal_verdict] { td { (judged(lang, verdict)) } } }
        td { @match one.reason { Some(reason) => (reason.text(lang)), None => (parts::nothing(lang)) } }
    } } };
    parts::table(&many(lang), &heads, &body)
}

fn part_badge(lang: Lang, part: Part) -> Markup {
    let (tone, words) = part_told(lang, part);
    badge(tone, &words)
}

fn part_told(lang: Lang, part: Part) -> (Tone, String) {
    match part {
        Part { counts: true, .. } => (Tone::Good, counts(lang)),
        Part { is_in: true, .. } => (Tone::Bad, is_in(lang)),
        Part { .. } => (Tone::Quiet, left_out(lang)),
    }
}

fn judged(lang: Lang, verdict: Option<Verdict>) -> String {
    verdict.map_or_else(|| not_there(lang), |verdict| verdict.text(lang).to_owned())
}

/// The list as a table for a spreadsheet.
pub(crate) async fn table(asked: Asked) -> Response {
    match table_of(&asked).await {
        Ok(answer) => answer,
        Err(trouble) => asked.answer(Place::Indicators, Err(trouble)).await,
    }
}

async fn table_of(asked: &Asked) -> Result<Response, Trouble> {
    let lang = asked.lang;
    let about = about(asked).ok_or(Trouble::Nowhere)?;
    let (_, listed) = read(asked, about, Wanted { after: "", most: MOST_ROWS }).await?;
    let heads = [
        code(lang),
        unit(lang),
        procedure(lang),
        officer(lang),
        in_local(lang),
        in_portal(lang),
        on_time_local(lang),
        on_time_portal(lang),
        reason(lang),
    ];
    // By this a spreadsheet knows the encoding.
    let mut table = format!("\u{feff}{}\r\n", csv::row(heads.iter().map(String::as_str)));
    for one in &listed.rows {
        let (local, portal) = (part_told(lang, one.local).1, part_told(lang, one.portal).1);
        let (here, there) = (judged(lang, one.local_verdict), judged(lang, one.portal_verdict));
        let cells = [
            one.code.as_str(),
            &one.unit,
            &one.procedure,
            one.officer.as_deref().unwrap_or_default(),
            &local,
            &portal,
            &here,
            &there,
            one.reason.map(|reason| reason.text(lang)).unwrap_or_default(),
        ];
        table.push_str(&csv::row(cells));
        table.push_str("\r\n");
    }
    Ok(parts::csv("dongbo-indicator.csv", Body::from(table)))
}
