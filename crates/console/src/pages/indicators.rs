//! The indicators of a period in three views side by side, the targets of plans, what is falsely late, and reports to download.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};

use super::behind;
use crate::asked::{Asked, Trouble, address};
use crate::counted::numbers;
use crate::frame::Place;
use crate::parts::{self, Tone, select, unit_choice};
use dongbo_gather::{GatherError, Office, Wanted};
use dongbo_indicators::{Indicator, Origin, Value, falsely_late};
use dongbo_ledger::Side;
use dongbo_model::{Lang, Month, NOT_APPLICABLE, Period, texts};
use dongbo_reports::{Format, Kind};
use dongbo_sync::telling::Role;
use dongbo_sync::views::words::{
    absent, difference, number, published_told, ratio_told, shows_counts, signed, told,
};
use dongbo_sync::views::{
    About, GroupView, ListPart, Numbers, RowView, TargetView, Whole, demand, exact_list, missing,
};

/// The address of reports.
pub(crate) const REPORT: &str = "/report";
/// Months that can be chosen.
const MONTHS: i64 = 13;

texts! {
    period(): "Kỳ", "Period";
    unit(): "Đơn vị", "Unit";
    apply(): "Xem", "Show";
    up_to(name, day, set): "Kỳ {name}, tính đến hết ngày {day}; bộ công thức {set}.", "Period {name}, judged up to the end of {day}; set of formulas {set}.";
    received(): "Tiếp nhận", "Received";
    by_local(): "một cửa", "locally";
    by_portal(): "Cổng đã nhận", "accepted by the portal";
    nothing_published(): "Chưa có số liệu Cổng công bố của kỳ này.", "The portal has not published figures of this period, or they were not fetched.";
    published_at(at): "Số Cổng công bố được đưa lúc {at}.", "The portal gave its published figures at {at}.";
    groups(): "Điểm theo nhóm", "Points by group";
    head_group(): "Nhóm", "Group";
    head_most(): "Tối đa", "Most";
    head_published(): "Cổng công bố", "Published";
    head_apart(): "Một cửa trừ Cổng đã nhận", "Local less accepted";
    head_published_apart(): "Cổng đã nhận trừ công bố", "Accepted less published";
    head_trend(): "So kỳ trước", "Since the period before";
    all_groups(): "Tổng", "Total";
    part(points, most): "{points} trên {most}", "{points} of {most}";
    head_indicator(): "Chỉ số", "Indicator";
    by_hand(at): "nhập tay {at}", "entered {at}";
    points(many): "{many} điểm", "{many} points";
    list_with(): "Lệnh trên máy chủ", "Commands on the host";
    differing(): "Hồ sơ hai bên tính khác", "Counted otherwise";
    since(): "Cổng nhận thêm sau đó", "Accepted since then";
    which(): "Từng hồ sơ, vì sao", "Each of them, and why";
    late(): "Trễ hạn ảo", "Falsely late";
    late_told(many): "{many} đúng hạn ở một cửa mà Cổng tính là trễ.", "{many} are on time locally and late on the portal.";
    late_none(): "Không có hồ sơ nào đúng hạn ở một cửa mà Cổng tính là trễ.", "No dossier is on time locally and late on the portal.";
    targets(): "Chỉ tiêu kế hoạch", "Targets of plans";
    head_target(): "Chỉ tiêu", "Target";
    head_demand(): "Yêu cầu", "Demand";
    head_now(): "Hiện có", "Now";
    head_left(): "Còn thiếu", "Missing";
    reports(): "Báo cáo", "Reports";
    head_report(): "Báo cáo", "Report";
    head_files(): "Tải về", "Download";
    not_drawn_up(): "Không lập được báo cáo", "The report cannot be drawn up";
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Indicators, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    // Whoever counts takes a turn, so that many who ask at once leave the ledger to everybody else.
    let _turn = asked.console.counting.acquire().await;
    let numbers = numbers(asked).await?;
    let question = &numbers.question;
    let whole = Whole::read(&numbers, true).await?;
    let late = falsely_late(&numbers.ledger, &numbers.book, question).await?;
    let (targets, _) = whole.targets(&numbers, Side::Portal);
    let day = question.cutoff().day.format(lang.pick("%d/%m/%Y", "%Y-%m-%d"));
    let sides = (whole.both.local.raw.received, whole.both.portal.raw.received);
    let content = html! {
        h1 { (Place::Indicators.text(lang)) }
        (unit_choice(asked))
        (choice(asked, question.period).await?)
        p.lead {
            (up_to(lang, question.period, day, question.set.text(lang))) " "
            (received(lang)) ": "
            (by_local(lang)) " " (received_link(lang, &numbers, Side::Local, sides.0)) ", "
            (by_portal(lang)) " " (received_link(lang, &numbers, Side::Portal, sides.1)) "."
        }
        p.note {
            @match whole.official.since() {
                Some(at) => (published_at(lang, lang.moment(at))),
                None => (nothing_published(lang)),
            }
        }
        section { h2 { (groups(lang)) } (group_table(lang, &whole.groups)) }
        section { h2 { (head_indicator(lang)) } (row_table(lang, &numbers, &whole)) }
        section { h2 { (self::late(lang)) } (late_part(lang, &numbers, late)) }
        @if !targets.is_empty() { section { h2 { (self::targets(lang)) } (target_table(lang, &numbers, &targets)) } }
        @if asked.visitor.units.is_none() {
            section { h2 { (reports(lang)) } (report_table(lang, question.period, question.unit.as_deref())) }
        }
    };
    Ok((Place::Indicators.text(lang).to_owned(), content))
}

/// The choice of a period, and of a unit for those who see them all.
async fn choice(asked: &Asked, chosen: Period) -> Result<Markup, Trouble> {
    let lang = asked.lang;
    let now = Month::of(asked.now);
    let months: Vec<Month> = (0..MONTHS).map(|back| Month(now.0 - back)).collect();
    let mut periods: Vec<Period> = months.iter().copied().map(Period::Month).collect();
    for month in months {
        for longer in [Period::quarter_of(month), Period::Year(month.year())] {
            if !periods.contains(&longer) {
                periods.push(longer);
            }
        }
    }
    if !periods.contains(&chosen) {
        periods.push(chosen);
    }
    let units = asked.console.units().await?;
    let units = units.keys().filter(|unit| !unit.is_empty() && asked.visitor.sees(unit));
    let units = units.map(|unit| (unit.clone(), unit.clone())).collect();
    Ok(html! {
        form.filters action=(Place::Indicators.path()) method="get" aria-label=(period(lang)) {
            div.field {
                label for="period" { (period(lang)) }
                select #period name="period" { @for one in &periods {
                    option value=(one) selected[*one == chosen] { (one) }
                } }
            }
            (select(lang, "unit", &unit(lang), units, asked.unit()))
            div.buttons { button type="submit" { (apply(lang)) } }
        }
    })
}

fn group_table(lang: Lang, groups: &[GroupView]) -> Markup {
    let heads = [
        ("", head_group(lang)),
        ("n", head_most(lang)),
        ("n", Side::Local.text(lang).to_owned()),
        ("n", Side::Portal.text(lang).to_owned()),
        ("n", head_apart(lang)),
        ("n", head_published(lang)),
        ("n", head_published_apart(lang)),
    ];
    let rows = html! { @for group in groups {
        tr.all[group.group.is_none()] {
            th scope="row" { @match group.group { Some(group) => (group.text(lang)), None => (all_groups(lang)) } }
            td.n { (group.most) }
            @for score in [&group.local, &group.portal] {
                @let shown = number(lang, Some(score.points));
                td.n { @if score.of == group.most { (shown) } @else { (part(lang, shown, score.of)) } }
            }
            (apart_cell(lang, None, group.apart, None))
            td.n { @match group.published { Some(points) => (number(lang, Some(points))), None => (absent()) } }
            (apart_cell(lang, None, group.published_apart, None))
        }
    } };
    parts::table(&self::groups(lang), &heads, &rows)
}

/// A difference, in the colour of what it costs, with the way to its dossiers.
fn apart_cell(lang: Lang, ratio: Option<f64>, points: Option<f64>, way: Option<Markup>) -> Markup {
    let (role, shown) = match ratio {
        Some(_) => difference(lang, ratio, points),
        None => (difference(lang, None, points).0, signed(lang, points)),
    };
    html! { td.n {
        @if role == Role::Bad { span.bad { (shown) } } @else { (shown) }
        @if let Some(way) = way { span.note { (way) } }
    } }
}

/// The way to the dossiers that both sides count otherwise.
fn apart_way(lang: Lang, numbers: &Numbers, row: &RowView) -> Option<Markup> {
    let differ = row.local != row.portal && row.origin != Origin::Sampled;
    let about = About { indicator: row.indicator, part: ListPart::Apart, view: Side::Portal, reason: None };
    differ.then(|| html! { a href=(behind::way(&numbers.question, about)) { (differing(lang)) } })
}

/// The way to the dossiers of which the portal accepted something after it gave its figures.
fn since_way(lang: Lang, numbers: &Numbers, row: &RowView) -> Option<Markup> {
    let apart = [row.published_ratio_apart, row.published_points_apart];
    let differ = apart.into_iter().flatten().any(|by| by != 0.0);
    let part = ListPart::AcceptedSince;
    let about = About { indicator: row.indicator, part, view: Side::Portal, reason: None };
    differ.then(|| html! { a href=(behind::way(&numbers.question, about)) { (since(lang)) } })
}

/// The dossiers received on one side, which are those that any share of the received ones is of.
fn received_link(lang: Lang, numbers: &Numbers, side: Side, many: u64) -> Markup {
    let (indicator, part) = (Indicator::Digitised, ListPart::Denominator);
    let about = About { indicator, part, view: side, reason: None };
    parts::count_link(lang, many, &behind::way(&numbers.question, about))
}

fn row_table(lang: Lang, numbers: &Numbers, whole: &Whole) -> Markup {
    let heads = [
        ("wide", head_indicator(lang)),
        ("n", Side::Local.text(lang).to_owned()),
        ("n", Side::Portal.text(lang).to_owned()),
        ("n", head_apart(lang)),
        ("n", head_published(lang)),
        ("n", head_published_apart(lang)),
        ("n", head_trend(lang)),
    ];
    let rows = html! { @for row in &whole.rows {
        tr {
            th scope="row" {
                (row.indicator.name()) " " (row.indicator.text(lang))
                @if !row.lists.is_empty() {
                    details { summary { (list_with(lang)) } @for list in &row.lists { code { (list) } } }
                }
            }
            @for (side, value) in [(Side::Local, row.local), (Side::Portal, row.portal)] {
                td.n { (value_told(lang, numbers, row, (side, value))) }
            }
            (apart_cell(lang, row.ratio_apart, row.points_apart, apart_way(lang, numbers, row)))
            td.n { @match &row.published {
                Some(value) => {
                    (published_told(lang, row.indicator, value))
                    @if let Some(remark) = &value.remark { span.note { (remark) } }
                },
                None => (absent()),
            } }
            (apart_cell(lang, row.published_ratio_apart, row.published_points_apart, since_way(lang, numbers, row)))
            td.n { (signed(lang, whole.trend(numbers, row))) }
        }
    } };
    parts::table(&head_indicator(lang), &heads, &rows)
}

/// A value of one side with its points; what people entered where nothing is computed.
fn value_told(
    lang: Lang,
    numbers: &Numbers,
    row: &RowView,
    (side, computed): (Side, Option<Value>),
) -> Markup {
    let entered = row.entered.as_ref().filter(|_| computed.is_none());
    let Some(value) = computed.or(entered.map(|entered| entered.value)) else {
        return html! { span.nil { (NOT_APPLICABLE) } };
    };
    html! {
        @if computed.is_some() { (counts_told(lang, numbers, (row.indicator, side), &value)) }
        @else { (told(lang, row.indicator, &value)) }
        @if row.indicator.points() > 0 && value.points.is_some() {
            span.note { (points(lang, number(lang, value.points))) }
        }
        @if let Some(entered) = entered { span.note { (by_hand(lang, lang.moment(entered.at))) } }
    }
}

/// A computed value, of which each count leads to the list that has just as many dossiers.
fn counts_told(lang: Lang, numbers: &Numbers, (indicator, side): (Indicator, Side), value: &Value) -> Markup {
    let Some(ratio) = value.ratio else { return html! { (NOT_APPLICABLE) } };
    let question = &numbers.question;
    let given = numbers.given(question.period, question.unit.as_deref());
    let count = |part: ListPart, many: u64| match exact_list((indicator, question.set), side, part, &given) {
        Some(about) if many > 0 => html! { a href=(behind::way(question, about)) { (lang.count(many)) } },
        _ => html! { (lang.count(many)) },
    };
    html! {
        (ratio_told(lang, indicator, ratio))
        @if shows_counts(indicator) {
            " (" (count(ListPart::Numerator, value.numerator)) "/" (count(ListPart::Denominator, value.denominator)) ")"
        }
    }
}

fn late_part(lang: Lang, numbers: &Numbers, late: u64) -> Markup {
    let (indicator, part) = (Indicator::OnTime, ListPart::FalselyLate);
    let about = About { indicator, part, view: Side::Portal, reason: None };
    html! {
        @if late == 0 { p { (late_none(lang)) } }
        @else {
            p { (late_told(lang, lang.dossiers(late))) " " a href=(behind::way(&numbers.question, about)) { (which(lang)) } }
        }
    }
}

fn target_table(lang: Lang, numbers: &Numbers, targets: &[TargetView]) -> Markup {
    let heads = [
        ("wide", head_target(lang)),
        ("", head_demand(lang)),
        ("n", head_now(lang)),
        ("", head_left(lang)),
        ("n", head_trend(lang)),
    ];
    let rows = html! { @for one in targets {
        @let (role, left) = missing(lang, one);
        tr {
            th scope="row" { (one.target.text) span.note { (one.plan) ", " (one.agency) } }
            td { (demand(lang, &one.target)) }
            td.n { @match (one.value, one.target.indicator) {
                (Some(value), Some(indicator)) if indicator.origin() != Origin::Entered => {
                    (counts_told(lang, numbers, (indicator, Side::Portal), &value))
                },
                (Some(value), Some(indicator)) => (told(lang, indicator, &value)),
                (Some(value), None) => (lang.count(value.numerator)),
                (None, _) => (NOT_APPLICABLE),
            } }
            td { span.(Tone::from(role).class()) { (left) } }
            td.n { (signed(lang, one.trend)) }
        }
    } };
    parts::table(&self::targets(lang), &heads, &rows)
}

fn report_table(lang: Lang, period: Period, unit: Option<&str>) -> Markup {
    let (named, heads) = (period.to_string(), [("wide", head_report(lang)), ("", head_files(lang))]);
    let path = |kind: Kind, format: Format| {
        let about = [("kind", kind.name()), ("period", named.as_str()), ("format", format.name())];
        address(REPORT, about.into_iter().chain(unit.map(|unit| ("unit", unit))))
    };
    let rows = html! { @for &kind in Kind::ALL {
        tr {
            th scope="row" { (kind.subject(lang)) }
            td { @for &format in Format::ALL { a href=(path(kind, format)) { (format.name().to_uppercase()) } " " } }
        }
    } };
    parts::table(&reports(lang), &heads, &rows)
}

/// A report as a file.
pub(crate) async fn report(asked: Asked) -> Response {
    match drawn_up(&asked).await {
        Ok(answer) => answer,
        Err(trouble) => asked.answer(Place::Indicators, Err(trouble)).await,
    }
}

async fn drawn_up(asked: &Asked) -> Result<Response, Trouble> {
    if asked.visitor.units.is_some() {
        return Err(Trouble::NotForYou);
    }
    let of = |name: &str| asked.parameter(name);
    let kind = of("kind").and_then(Kind::from_name).ok_or(Trouble::Nowhere)?;
    let period = of("period").and_then(Period::parse).ok_or(Trouble::Nowhere)?;
    let format = of("format").and_then(Format::from_name).ok_or(Trouble::Nowhere)?;
    let wanted = Wanted { kind, period, unit: asked.unit().map(str::to_owned), lang: asked.lang };
    let _turn = asked.console.counting.acquire().await;
    let in_force = asked.console.in_force();
    let office = Office {
        report: &in_force.report,
        indicators: &in_force.indicators,
        departments: &in_force.publishing.departments,
    };
    let drawn = wanted.rendered(&asked.console.ctx.ledger, office, format, asked.now).await;
    let bytes = drawn.map_err(|error| match error {
        GatherError::Ledger(error) => Trouble::Ledger(error),
        other => {
            tracing::error!(event = "console.report_failed", class = other.class().name(), "{other}");
            Trouble::Refused(not_drawn_up(asked.lang))
        }
    })?;
    let name = format!("attachment; filename=\"{}-{period}.{}\"", wanted.stem(), format.name());
    let heads =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((StatusCode::OK, heads, bytes).into_response())
}
