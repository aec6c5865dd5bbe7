//! Sending many dossiers again: a pasted list or a choice of what differs or is held, a preview, and the job with its progress.

mod wanted;

use axum::Extension;
use axum::body::Body;
use axum::response::{IntoResponse as _, Redirect, Response};
use futures_util::stream;
use maud::{Markup, html};

use crate::access::Form;
use crate::asked::{Asked, Trouble, address};
use crate::frame::{self, Place};
use crate::parts::{self, Tone, badge, moment, select, unit_choice};
use dongbo_ledger::{Act, ActWay, LedgerError, ResendState, ResentState};
use dongbo_model::{DifferenceKind, FindingKind, Lang, texts};
use dongbo_sync::resend::{HEADING, Progress, ResultRow};
use wanted::{Done, Wanted};

/// The address of this page.
pub(crate) const PATH: &str = "/resend";
/// Results that are read at once.
const AT_ONCE: u32 = 1_000;
texts! {
    title(): "Gửi lại hàng loạt", "Send many again";
    lead(): "Hồ sơ của nguồn mà dongbo gửi được tra cứu trên Cổng, thiếu gì gửi nấy; của nguồn chỉ theo dõi thì nhờ cầu nối gửi lại rồi tra cứu. Trước khi làm, trang cho xem trước số lượng.", "Dossiers that dongbo sends are looked up, and what the portal lacks is sent; of watched sources the bridge is asked, and a look-up follows. The counts are shown before anything is done.";
    last_job(): "Việc gửi lại gần nhất", "The last job";
    no_job(): "Chưa có việc gửi lại nào.", "Nothing was ever sent again.";
    ordered(by): "{by} yêu cầu", "Ordered by {by}";
    ordered_by_somebody(): "Được yêu cầu", "Ordered";
    pace_told(many): "nhịp {many} hồ sơ một phút", "at {many} dossiers a minute";
    why(words): "Lý do dừng: {words}", "It waits because: {words}";
    download(): "Tải kết quả từng hồ sơ (CSV)", "Download each dossier's result (CSV)";
    pause(): "Tạm dừng", "Pause";
    go_on(): "Chạy tiếp", "Go on";
    end(): "Dừng hẳn…", "End it…";
    end_now(): "Dừng hẳn việc gửi lại", "End the job";
    back(): "Không, quay lại", "No, go back";
    end_means(): "Hồ sơ chưa đến lượt thì không gửi lại nữa; hồ sơ đã đến lượt vẫn được làm nốt.", "Dossiers that have not had their turn are left alone; those that have had it are finished.";
    paste(): "Dán danh sách", "Paste a list";
    list(): "Mã hồ sơ, mỗi dòng một hồ sơ", "Dossiers' codes, one a line";
    list_hint(): "Dán nguyên từ bảng tính cũng được: có cột tên, dấu cách, ngoặc kép hay tiêu đề đều hiểu. Nhiều nhất 20.000 dòng một lần.", "Pasted from a spreadsheet as it is: names beside, blanks, quotes and a heading are understood. At most 20,000 lines at once.";
    choose(): "Hoặc chọn theo tình trạng", "Or choose by what is wrong";
    kind(): "Khác biệt hoặc nguyên nhân", "Difference or cause";
    unit(): "Đơn vị", "Unit";
    preview(): "Xem trước", "Preview";
    turned(state): "Việc gửi lại: {state}.", "The job: {state}.";
    not_turned(): "Không có việc gửi lại nào đang mở.", "No job is open.";
    failed(): "bị giữ, bị từ chối hoặc không có trả lời", "held, refused or without an answer";
    for_operators(): "Tài khoản này chỉ xem được. Người có vai trò vận hành gửi lại được ở đây; trên máy chủ: dongbo resend.", "This account only looks. An operator orders this here; on the host: dongbo resend.";
}

/// The page with the last job, and the ways to choose dossiers or the preview of those that the address chooses.
pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Work, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    let job = job(asked).await?;
    let operates = asked.visitor.operates();
    let is_chosen = asked.given("kind").is_some();
    let ends = asked.parameter("end").is_some();
    let content = html! {
        h1 { (title(lang)) }
        (unit_choice(asked))
        @if ends && operates { (ending(asked)) }
        @else if is_chosen && operates { (Wanted::of_address(asked)?.preview(asked).await?) }
        @else {
            p.lead { (lead(lang)) }
            section #job { (job) }
            @if operates { (list_form(asked)) (choice_form(asked).await?) }
            @else { p.note { (for_operators(lang)) } }
        }
    };
    Ok((title(lang), content))
}

/// Shows what a form chooses, orders it, or turns the job.
pub(crate) async fn carry_out(Extension(sent): Extension<Form>, asked: Asked) -> Response {
    let asked = match sent.field("unit") {
        Some(unit) => asked.with("unit", unit),
        None => asked,
    };
    match done(&asked, &sent).await {
        Ok(Done::Page(content)) => asked.answer(Place::Work, Ok((title(asked.lang), content))).await,
        Ok(Done::Told(told)) => {
            asked.console.access().tell(&asked.visitor, told);
            Redirect::to(PATH).into_response()
        }
        Ok(Done::Table(table)) => parts::csv("dongbo-list.csv", Body::from(table)),
        Err(trouble) => asked.answer(Place::Work, Err(trouble)).await,
    }
}

/// The results of the last job, as a table for a spreadsheet.
pub(crate) async fn results(asked: Asked) -> Response {
    let unit = asked.unit().map(str::to_owned);
    let ledger = asked.console.ctx.ledger;
    let pages = stream::unfold(Some((0, HEADING.to_owned())), move |at| {
        let (ledger, unit) = (ledger.clone(), unit.clone());
        async move {
            let (skip, mut table) = at?;
            let rows = match ledger.resends(unit.as_deref(), skip, AT_ONCE).await {
                Ok(rows) => rows,
                Err(error) => return Some((Err::<String, LedgerError>(error), None)),
            };
            let read = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            table.extend(rows.into_iter().map(|row| ResultRow::from(row).line()));
            Some((Ok(table), (read == AT_ONCE).then(|| (skip.saturating_add(read), String::new()))))
        }
    });
    parts::csv("dongbo-resend.csv", Body::from_stream(pages))
}

/// The way to this page.
pub(super) fn way(lang: Lang) -> Markup {
    html! { a.act href=(PATH) { (title(lang)) } }
}

/// The way to the preview of dossiers that are open in this way, for those who may have them sent again.
pub(super) fn link(asked: &Asked, kind: &str, subject: Option<&str>, unit: Option<&str>) -> Markup {
    let named = [("kind", Some(kind)), ("subject", subject), ("unit", unit)];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
    html! { @if asked.visitor.operates() { a.act href=(address(PATH, named)) { (title(asked.lang)) "…" } } }
}

/// The last job as it stands now.
pub(crate) async fn job(asked: &Asked) -> Result<Markup, LedgerError> {
    let lang = asked.lang;
    let Some(job) = Progress::read(&asked.console.ctx.ledger, asked.unit()).await? else {
        return Ok(html! { h2 { (last_job(lang)) } p { (no_job(lang)) } });
    };
    let (order, counts) = (&job.order, job.counts);
    let tone = match order.state {
        ResendState::Running => Tone::Warn,
        ResendState::Paused => Tone::Bad,
        ResendState::Done if counts.failed + counts.lacking == 0 => Tone::Good,
        ResendState::Done => Tone::Warn,
        ResendState::Cancelled => Tone::Quiet,
    };
    let states = [
        (counts.waiting, ResentState::Waiting.text(lang).to_owned()),
        (counts.asked, ResentState::Asked.text(lang).to_owned()),
        (counts.arrived, ResentState::Arrived.text(lang).to_owned()),
        (counts.lacking, ResentState::Lacking.text(lang).to_owned()),
        (counts.failed, failed(lang)),
    ];
    let states = states.map(|(many, text)| (text, html! { (lang.count(many)) }));
    let knows_who = asked.visitor.sees_the_daemon() || order.by == asked.visitor.name;
    Ok(html! {
        h2 { (last_job(lang)) }
        p {
            (badge(tone, order.state.text(lang))) " "
            @if knows_who { (ordered(lang, &order.by)) } @else { (ordered_by_somebody(lang)) }
            " " (moment(lang, order.started_at, asked.now))
            @if order.per_minute > 0 { ", " (pace_told(lang, lang.count(order.per_minute.into()))) }
        }
        @if !order.reason.is_empty() { p.said { (why(lang, &order.reason)) } }
        div.progress.(tone.class()) {
            p { (job.line(&asked.console.in_force().bridge, lang)) }
            (parts::bar(job.ended(), counts.all()))
        }
        (parts::pairs(states.into()))
        p.acts { a.act href=(result_path(asked)) { (download(lang)) } }
        @if !job.is_over() && may_turn(asked, &job) { (turns(asked, order.state)) }
    })
}

fn result_path(asked: &Asked) -> String {
    address("/resend/result.csv", asked.unit().map(|unit| ("unit", unit)))
}

/// Whether the visitor may have the job wait, go on or end: one who sees some units may turn only what is the visitor's own.
fn may_turn(asked: &Asked, job: &Progress) -> bool {
    asked.visitor.operates_all() || (asked.visitor.operates() && job.order.by == asked.visitor.name)
}

fn turns(asked: &Asked, state: ResendState) -> Markup {
    let lang = asked.lang;
    let (step, words) = match state {
        ResendState::Paused => (ResendState::Running, go_on(lang)),
        _ => (ResendState::Paused, pause(lang)),
    };
    html! {
        form.buttons action=(PATH) method="post" {
            (frame::token(&asked.visitor))
            button type="submit" name="turn" value=(step.name()) { (words) }
            a href=(address(PATH, [("end", "yes")])) { (end(lang)) }
        }
    }
}

/// The page on which the end of the job is confirmed.
fn ending(asked: &Asked) -> Markup {
    let lang = asked.lang;
    html! {
        section.order {
            h2 { (end_now(lang)) }
            p { (end_means(lang)) }
            form action=(PATH) method="post" {
                (frame::token(&asked.visitor))
                div.buttons {
                    button type="submit" name="turn" value=(ResendState::Cancelled.name()) { (end_now(lang)) }
                    a href=(PATH) { (back(lang)) }
                }
            }
        }
    }
}

/// Does what a form asks for.
async fn done(asked: &Asked, sent: &Form) -> Result<Done, Trouble> {
    if !asked.visitor.operates() {
        return Err(Trouble::NotForYou);
    }
    match sent.field("turn").map(ResendState::from_name) {
        Some(Some(state)) => turn(asked, state).await,
        Some(None) => Err(Trouble::Nowhere),
        None => Wanted::of_form(asked, sent)?.carry_out(asked, sent).await,
    }
}

/// Has the open job wait, go on or end.
async fn turn(asked: &Asked, state: ResendState) -> Result<Done, Trouble> {
    let lang = asked.lang;
    let console = &asked.console;
    let Some(job) = Progress::read(&console.ctx.ledger, None).await?.filter(|job| !job.is_over()) else {
        return Ok(Done::Told(not_turned(lang)));
    };
    if !may_turn(asked, &job) || state == ResendState::Done {
        return Err(Trouble::NotForYou);
    }
    let noted = console.acts.note(&asked.visitor.name, ActWay::Page, Act::TurnResend, state.name()).await?;
    console.acts.turn_resend(&noted, state).await.map_err(|error| super::orders::trouble(lang, error))?;
    Ok(Done::Told(turned(lang, state.text(lang))))
}

fn list_form(asked: &Asked) -> Markup {
    let lang = asked.lang;
    html! {
        section.order {
            h2 { (paste(lang)) }
            form action=(PATH) method="post" {
                (frame::token(&asked.visitor))
                div.field {
                    label for="list" { (list(lang)) }
                    textarea #list name="list" rows="8" spellcheck="false" autocomplete="off" aria-describedby="list-hint" {}
                    p.note #list-hint { (list_hint(lang)) }
                }
                div.buttons { button type="submit" { (preview(lang)) } }
            }
        }
    }
}

async fn choice_form(asked: &Asked) -> Result<Markup, Trouble> {
    let lang = asked.lang;
    let units = asked.console.units().await?;
    let units = units.keys().filter(|unit| !unit.is_empty() && asked.visitor.sees(unit));
    let units = units.map(|unit| (unit.clone(), unit.clone())).collect();
    let differing = DifferenceKind::ALL.iter().map(|one| (one.name().to_owned(), one.text(lang).to_owned()));
    let held = FindingKind::ALL.iter().filter(|one| one.holds());
    let held = held.map(|one| (one.name().to_owned(), one.line_about(lang, "")));
    Ok(html! {
        section.order {
            h2 { (choose(lang)) }
            form action=(PATH) method="get" {
                div.field { (select(lang, "kind", &kind(lang), differing.chain(held).collect(), None)) }
                div.field { (select(lang, "unit", &unit(lang), units, asked.unit())) }
                div.buttons { button type="submit" { (preview(lang)) } }
            }
        }
    })
}
