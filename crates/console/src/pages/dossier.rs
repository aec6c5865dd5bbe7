//! One dossier: what happens next, what to do and who, where both sides differ, and its whole history.

use axum::response::Response;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::orders::{self, Order};
use super::{dossiers, story};
use crate::asked::{Asked, Trouble, address};
use crate::frame::Place;
use crate::parts::{self, Tone, moment, moment_or_never, state_badge};
use dongbo_ledger::{CodeFound, Difference, Story};
use dongbo_model::{Age, FileRole, FindingKind, Lang, Mode, Remedy, texts};
use dongbo_sync::telling::{AttemptView, DossierView, FindingView, WaitingFile, words};

/// The newest calls, findings, files and differences of one dossier.
const NEWEST: u32 = 200;

texts! {
    title(code): "Hồ sơ {code}", "Dossier {code}";
    to_do(): "Việc cần làm", "What to do";
    who(owner): "Ai xử lý: {owner}", "Who acts: {owner}";
    since(at): "từ {at}", "since {at}";
    differences(): "Khác với Cổng, theo đối chiếu hai bên", "Differs from the portal, as reconciliation found";
    head_what(): "Khác biệt", "Difference";
    head_ours(): "Một cửa", "Ours";
    head_theirs(): "Cổng", "The portal's";
    head_cause(): "Nguyên nhân", "Cause";
    head_since(): "Bắt đầu lệch từ", "Differs since";
    head_who(): "Ai xử lý", "Who acts";
    nothing(): "không có", "none";
    stands(): "Tình trạng", "State";
    unit(): "Đơn vị", "Unit";
    source(): "Nguồn", "Source";
    status(): "Trạng thái Cổng đã nhận", "Status on the portal";
    steps(): "Bước Cổng đã nhận", "Steps on the portal";
    of(part, whole): "{part} trên {whole}", "{part} of {whole}";
    changed(): "Thay đổi ở một cửa", "Local change";
    unsent(): "Chưa gửi được từ", "Unsent since";
    seen(): "Tra cứu thấy đúng lúc", "Seen to be so";
    confirm(): "Xác nhận lại", "Confirmed again";
    delay(): "Độ trễ lần gần nhất", "Last delay";
    files(): "Tệp chưa đến Cổng", "Files that the portal does not have";
    head_file(): "Tệp", "File";
    head_state(): "Tình trạng", "State";
    head_due(): "Xem lại lúc", "Looked at again";
    head_remedy(): "Việc cần làm", "What to do";
    result(): "Kết quả", "Result";
    paper(): "Giấy tờ nộp", "Paper";
    history(): "Diễn biến hồ sơ", "History";
    newest(many, all): "Chỉ hiện {many} lần gọi Cổng gần nhất trên {all}.", "Only the newest {many} calls to the portal of {all}.";
    same(code): "Lệnh tương đương, có hỏi cả một cửa: dongbo why {code}", "The same as a command, which asks the local database too: dongbo why {code}";
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Dossiers, content).await
}

/// Everything that is told of one dossier.
pub(crate) struct Told {
    pub(crate) story: Story,
    pub(crate) mode: Mode,
    pub(crate) dossier: DossierView,
    /// Open and closed ones.
    pub(crate) differences: Vec<Difference>,
    pub(crate) attempts: Vec<AttemptView>,
    pub(crate) findings: Vec<FindingView>,
    pub(crate) files: Vec<WaitingFile>,
}

impl Told {
    fn open(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.closed_at.is_none())
    }
}

/// Reads what is told of the dossier that the address names.
pub(crate) async fn read(asked: &Asked) -> Result<Told, Trouble> {
    let typed = asked.parameter("code").ok_or(Trouble::Nowhere)?;
    let ledger = &asked.console.ctx.ledger;
    let story = ledger.story(typed, NEWEST, asked.now).await?;
    let Some(mut story) = story.filter(|story| asked.visitor.sees(&story.unit)) else {
        return Err(match dossiers::found_for(asked, typed).await? {
            CodeFound::Exact(code) | CodeFound::Meant(code) => Trouble::Meant(code),
            CodeFound::Several(_) | CodeFound::None(_) => {
                Trouble::NoDossier(typed.chars().take(200).collect())
            }
        });
    };
    let files = ledger.open_files(Some(&story.code), NEWEST).await?;
    let files: Vec<WaitingFile> = files.into_iter().filter_map(WaitingFile::of).collect();
    let differences = ledger.differences_of(&story.code, NEWEST).await?;
    let open: Vec<Difference> = differences.iter().filter(|one| one.closed_at.is_none()).cloned().collect();
    let mode = ledger.mode_of(&story.code).await?;
    let lands_within = asked.console.in_force().lands_within;
    let dossier = DossierView::of((&story, mode == Mode::Watch), &files, &open, lands_within);
    let attempts = std::mem::take(&mut story.attempts).into_iter().map(AttemptView::from).collect();
    let findings = std::mem::take(&mut story.findings).into_iter().map(FindingView::from).collect();
    Ok(Told { story, mode, dossier, differences, attempts, findings, files })
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let (lang, now) = (asked.lang, asked.now);
    let told = read(asked).await?;
    let (next, role) = told.dossier.next_in_words(lang, now);
    let tone = Tone::from(role);
    let shown = u64::try_from(told.attempts.len()).unwrap_or(u64::MAX);
    let content = html! {
        div.verdict.(tone.class()) {
            h1 { span.sign aria-hidden="true" { (tone.sign()) } (title(lang, &told.story.code)) }
            p.cause { (next) }
            @if let Some(remedy) = told.dossier.bridge_remedy(&told.story.code, lang) { p { (remedy) } }
            p.acts { (orders::link(asked, Order::Retry, &[("code", told.story.code.as_str()), ("unit", told.story.unit.as_str())])) }
        }
        (to_act(&told, lang, now))
        (differing(&told, lang, now))
        section { h2 { (stands(lang)) } (row(&told, lang, now)) }
        (file_part(&told.files, lang, now))
        section {
            h2 { (history(lang)) }
            @if shown < told.story.attempts_in_all {
                p.note { (newest(lang, lang.count(shown), lang.count(told.story.attempts_in_all))) }
            }
            (story::line((&told.dossier, &told.attempts), &told.findings, &told.differences, lang, now))
            p.note { (same(lang, &told.story.code)) }
        }
    };
    Ok((title(lang, &told.story.code), content))
}

/// The open findings with their remedies.
fn to_act(told: &Told, lang: Lang, now: DateTime<Utc>) -> Markup {
    let open: Vec<&FindingView> = told.findings.iter().filter(|found| found.closed_at.is_none()).collect();
    html! { @if !open.is_empty() { section {
        h2 { (to_do(lang)) }
        ul.tasks { @for found in open {
            li {
                h3 { (found.finding.line_about(lang, &found.subject)) }
                @let words = found.told(lang);
                @if !words.is_empty() { p { (words) } }
                p { (found.finding.explanation(lang)) }
                p.note { (who(lang, found.finding.owner().text(lang))) ", " (since(lang, lang.near(found.opened_at, now))) }
            }
        } }
    } } }
}

/// The values of both sides where they are not equal.
fn differing(told: &Told, lang: Lang, now: DateTime<Utc>) -> Markup {
    let side = |value: &str| if value.is_empty() { nothing(lang) } else { value.to_owned() };
    let heads = [
        head_what(lang),
        head_ours(lang),
        head_theirs(lang),
        head_cause(lang),
        head_since(lang),
        head_who(lang),
    ];
    let heads = heads.map(|head| ("", head));
    let rows = html! { @for one in told.open() {
        @let tone = if one.age == Age::Pending { Tone::Warn } else { Tone::Bad };
        @let remedy = Remedy::of(one.kind, &one.cause, one.age, one.mendable);
        tr {
            th scope="row" {
                (parts::badge(tone, one.age.text(lang))) " " (one.kind.text(lang))
                @if !one.subject.is_empty() { " (" (one.subject) ")" }
            }
            td { (side(&one.ours)) }
            td { (side(&one.theirs)) }
            td { (one.cause.text(lang)) }
            td { (moment(lang, one.since, now)) }
            td { (remedy.owner_of(lang, &one.cause)) }
        }
    } };
    html! { @if told.open().next().is_some() {
        section { h2 { (differences(lang)) } (parts::table(&differences(lang), &heads, &rows)) }
    } }
}

fn row(told: &Told, lang: Lang, now: DateTime<Utc>) -> Markup {
    let dossier = &told.dossier;
    let mut pairs = vec![
        (
            unit(lang),
            html! { a href=(address("/dossiers", [("unit", dossier.unit.as_str())])) { (dossier.unit) } },
        ),
        (source(lang), html! { (told.story.source) }),
    ];
    for view in &dossier.layers {
        let (layer, state) = view.of;
        pairs.push((layer.text(lang).to_owned(), state_badge(lang, state, Some(told.mode))));
    }
    pairs.extend(dossier.status.map(|known| (status(lang), html! { (words::status(lang, known)) })));
    // How many there are to be is not known of a dossier that could not be read.
    let steps_told = match dossier.steps_wanted {
        wanted if wanted == 0 || wanted < dossier.steps_accepted => dossier.steps_accepted.to_string(),
        wanted => of(lang, dossier.steps_accepted, wanted),
    };
    pairs.push((steps(lang), html! { (steps_told) }));
    pairs.push((changed(lang), moment(lang, dossier.changed_at, now)));
    pairs.extend(dossier.unsent_since.map(|at| (unsent(lang), moment(lang, at, now))));
    pairs.push((seen(lang), moment_or_never(lang, dossier.verified_at, now)));
    pairs
        .extend(dossier.confirm_at.or(dossier.confirmed_at).map(|at| (confirm(lang), moment(lang, at, now))));
    let last = dossier.delays.iter().find(|delay| delay.step.is_none());
    pairs.extend(last.map(|one| (delay(lang), html! { (words::delay(lang, one.took)) })));
    parts::pairs(pairs)
}

fn file_part(waiting: &[WaitingFile], lang: Lang, now: DateTime<Utc>) -> Markup {
    let heads = [head_file(lang), head_state(lang), head_due(lang), head_remedy(lang)].map(|head| ("", head));
    let rows = html! { @for file in waiting {
        @let tone = if file.is_held() { Tone::Bad } else { Tone::Warn };
        tr {
            th scope="row" { @if file.role == FileRole::Result.name() { (result(lang)) } @else { (paper(lang)) } }
            td { (parts::badge(tone, file.of.text(lang))) }
            td { @match file.due_at { Some(at) => { (moment(lang, at, now)) } None => { (parts::nothing(lang)) } } }
            td {
                @for kind in file.findings.iter().filter_map(|kind| FindingKind::from_name(kind)) { p { (kind.explanation(lang)) } }
                @if let Some(trouble) = &file.trouble { p { (trouble.words(lang)) } }
            }
        }
    } };
    html! { @if !waiting.is_empty() { section { h2 { (files(lang)) } (parts::table(&files(lang), &heads, &rows)) } } }
}
