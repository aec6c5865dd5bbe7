//! Finding dossiers: by a code as people type it, or by how they stand.

use axum::response::Response;
use chrono::TimeDelta;
use maud::{Markup, html};

use crate::asked::{Asked, Trouble, address};
use crate::frame::Place;
use crate::parts::{self, age, select, state_badge, unit_choice};
use dongbo_ledger::{
    CodeFound, KnownSource, LayerState, ListCause, ListFilter, ListState, ListedDossier, ListedRow, Overview,
};
use dongbo_model::{FindingKind, Lang, Layer, Mode, texts, vocabulary};

/// Dossiers on one page.
const PAGE: u32 = 50;
/// Nobody types a code longer than this.
const LONGEST_CODE: usize = 200;

texts! {
    search(): "Mã hồ sơ", "Code";
    search_hint(): "Không cần đúng chữ hoa, dấu chấm, khoảng trắng hay số 0 ở đầu.", "Case, dots, blanks and leading zeros do not matter.";
    go(): "Tìm", "Find";
    filters(): "Lọc hồ sơ", "Filter dossiers";
    unit(): "Đơn vị", "Unit";
    state(): "Tình trạng", "State";
    lacks(): "Hạng mục chưa khớp", "Layer that lacks something";
    cause(): "Nguyên nhân", "Cause";
    waits(): "Chưa gửi từ", "Unsent for";
    apply(): "Lọc", "Filter";
    clear(): "Bỏ lọc", "No filter";
    caption(): "Hồ sơ", "Dossiers";
    head_changed(): "Thay đổi", "Changed";
    head_unsent(): "Chưa gửi từ", "Unsent since";
    none(): "Không có hồ sơ nào như vậy.", "There is no such dossier.";
    too_long(): "Mã quá dài: không mã hồ sơ nào dài như vậy.", "The code is too long: no dossier has one like it.";
    several(): "Nhiều mã giống như vậy:", "Several codes are like it:";
    nearest(code): "Sổ theo dõi không có mã {code}. Có phải là:", "The ledger does not know the code {code}. Did you mean:";
    unknown(code): "Sổ theo dõi không có mã {code}.", "The ledger does not know the code {code}.";
    shown(many): "{many} trên trang này", "{many} on this page";
    more(): "Trang tiếp", "Next page";
    first(): "Về trang đầu", "First page";
    one_cause(cause): "Chỉ nguyên nhân: {cause}", "Only this cause: {cause}";
    only_finding(): "chỉ có phát hiện, chưa có hồ sơ", "a finding only, no dossier yet";
}

vocabulary! {
    /// How long a change has waited at least.
    pub(crate) enum Waited
    texts {
        /// The name for people.
        text
    }
    columns {
        /// The time.
        hours: i64
    }
    {
        /// An hour.
        Hour = "1h", ["hơn 1 giờ", "over an hour"] => 1;
        /// A day.
        Day = "1d", ["hơn 1 ngày", "over a day"] => 24;
        /// Three days.
        Days = "3d", ["hơn 3 ngày", "over 3 days"] => 72;
        /// A week.
        Week = "7d", ["hơn 7 ngày", "over 7 days"] => 168;
    }
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Dossiers, content).await
}

/// The selection that the address asks for. Values that mean nothing select nothing less.
pub(crate) fn filter(asked: &Asked) -> ListFilter {
    let kind = asked.parameter("kind").and_then(FindingKind::from_name);
    let waited = asked.parameter("age").and_then(Waited::from_name);
    ListFilter {
        unit: asked.unit().map(str::to_owned),
        state: asked.parameter("state").and_then(ListState::from_name).unwrap_or_default(),
        lacks: asked.parameter("lacks").and_then(Layer::from_name),
        unsent_before: waited.map(|waited| asked.now - TimeDelta::hours(waited.hours())),
        cause: kind.map(|kind| ListCause {
            kind,
            subject: asked.given("subject").map(str::to_owned),
            form: asked.given("words").map(str::to_owned),
        }),
    }
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    let filter = filter(asked);
    let ledger = &asked.console.ctx.ledger;
    let mode = mode_of(&ledger.sources().await?);
    let result = match asked.parameter("q") {
        Some(typed) => found(asked, typed, mode).await?,
        None => {
            let seen = asked.console.lookout.look().await;
            let overview =
                seen.counted.map_or_else(|_| Overview::default(), |counted| counted.overview.clone());
            let after = asked.given("after").unwrap_or_default();
            let mut rows = ledger.list(&filter, after, PAGE + 1, &overview, asked.now).await?;
            let is_last = rows.len() <= usize::try_from(PAGE).unwrap_or(usize::MAX);
            rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
            listing(asked, &rows, is_last, mode)
        }
    };
    let units = asked.console.units().await?;
    let units = units.keys().map(String::as_str).filter(|unit| asked.visitor.sees(unit));
    let content = html! {
        h1 { (Place::Dossiers.text(lang)) }
        (unit_choice(asked))
        (search_form(asked))
        (filter_form(asked, &filter, units))
        @if let Some(cause) = &filter.cause { p.chosen { (cause_told(lang, cause)) } }
        (result)
    };
    Ok((Place::Dossiers.text(lang).to_owned(), content))
}

fn cause_told(lang: Lang, cause: &ListCause) -> String {
    one_cause(lang, cause.kind.line_about(lang, cause.subject.as_deref().unwrap_or_default()))
}

/// What is done for the dossiers of all sources that are read; `None` where some are sent and others only watched.
fn mode_of(sources: &[KnownSource]) -> Option<Mode> {
    let mut modes = sources.iter().filter(|source| source.left_at.is_none()).map(|source| source.mode);
    let Some(first) = modes.next() else { return Some(Mode::Push) };
    modes.all(|mode| mode == first).then_some(first)
}

/// The dossier that is meant by the typed code; several, or the nearest, where it is not clear.
async fn found(asked: &Asked, typed: &str, mode: Option<Mode>) -> Result<Markup, Trouble> {
    let lang = asked.lang;
    if typed.chars().count() > LONGEST_CODE {
        return Ok(html! { p.empty role="status" { (too_long(lang)) } });
    }
    let ledger = &asked.console.ctx.ledger;
    let (words, codes) = match found_for(asked, typed).await? {
        CodeFound::Exact(code) | CodeFound::Meant(code) => {
            return Err(Trouble::Meant(code));
        }
        CodeFound::Several(codes) => (several(lang), codes),
        CodeFound::None(codes) if codes.is_empty() => (unknown(lang, typed), codes),
        CodeFound::None(codes) => (nearest(lang, typed), codes),
    };
    let rows = ledger.listed(&codes, asked.now).await?;
    Ok(html! {
        p.empty role="status" { (words) }
        @if !rows.is_empty() { (table(asked, &rows, mode)) }
    })
}

/// The dossier that is meant by a typed code, among those that the visitor sees: of others not even the code is told.
pub(super) async fn found_for(asked: &Asked, typed: &str) -> Result<CodeFound, Trouble> {
    let ledger = &asked.console.ctx.ledger;
    let found = ledger.find_code(typed).await?;
    if asked.visitor.units.is_none() {
        return Ok(found);
    }
    let codes = match &found {
        CodeFound::Exact(code) | CodeFound::Meant(code) => std::slice::from_ref(code),
        CodeFound::Several(codes) | CodeFound::None(codes) => codes,
    };
    let listed = ledger.listed(codes, asked.now).await?;
    let seen = |one: &ListedDossier| one.row.as_ref().is_some_and(|row| asked.visitor.sees(&row.unit));
    let mut own: Vec<String> = listed.iter().filter(|one| seen(one)).map(|one| one.code.clone()).collect();
    Ok(match found {
        CodeFound::None(_) => CodeFound::None(own),
        found if own.len() == codes.len() => found,
        _ => match (own.len(), own.pop()) {
            (1, Some(code)) => CodeFound::Meant(code),
            (_, Some(last)) => {
                own.push(last);
                CodeFound::Several(own)
            }
            (_, None) => CodeFound::None(Vec::new()),
        },
    })
}

fn search_form(asked: &Asked) -> Markup {
    let lang = asked.lang;
    html! {
        form.search action="/dossiers" method="get" role="search" {
            label for="q" { (search(lang)) }
            div.line {
                input #q name="q" type="search" maxlength=(LONGEST_CODE) autocomplete="off" spellcheck="false"
                    aria-describedby="q-hint" value=(asked.parameter("q").map(cut).unwrap_or_default());
                button type="submit" { (go(lang)) }
            }
            p.note #q-hint { (search_hint(lang)) }
        }
    }
}

/// A typed code as it is shown again.
fn cut(typed: &str) -> String {
    typed.chars().take(LONGEST_CODE).collect()
}

fn filter_form<'a>(asked: &Asked, filter: &ListFilter, units: impl Iterator<Item = &'a str>) -> Markup {
    let lang = asked.lang;
    let units: Vec<(String, String)> =
        units.filter(|unit| !unit.is_empty()).map(|unit| (unit.to_owned(), unit.to_owned())).collect();
    let states = ListState::ALL.iter().skip(1).map(|one| (one.name().to_owned(), one.text(lang).to_owned()));
    let layers = Layer::ALL.iter().map(|one| (one.name().to_owned(), one.text(lang).to_owned()));
    let kinds = FindingKind::ALL.iter().filter(|kind| kind.holds() || kind.is_of_file());
    let kinds = kinds.map(|one| (one.name().to_owned(), one.line_about(lang, "")));
    let ages = Waited::ALL.iter().map(|one| (one.name().to_owned(), one.text(lang).to_owned()));
    let chosen_kind = filter.cause.as_ref().map(|cause| cause.kind.name());
    html! {
        form.filters action="/dossiers" method="get" aria-label=(filters(lang)) {
            (select(lang, "unit", &unit(lang), units, filter.unit.as_deref()))
            (select(lang, "state", &state(lang), states.collect(), Some(filter.state.name())))
            (select(lang, "lacks", &lacks(lang), layers.collect(), filter.lacks.map(Layer::name)))
            (select(lang, "kind", &cause(lang), kinds.collect(), chosen_kind))
            (select(lang, "age", &waits(lang), ages.collect(), asked.parameter("age")))
            div.buttons {
                button type="submit" { (apply(lang)) }
                a href="/dossiers" { (clear(lang)) }
            }
        }
    }
}

fn listing(asked: &Asked, rows: &[ListedDossier], is_last: bool, mode: Option<Mode>) -> Markup {
    let lang = asked.lang;
    let many = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let paged = asked.parameter("after").is_some();
    html! {
        @if rows.is_empty() { p.empty role="status" { (none(lang)) } }
        @else {
            p.note role="status" { @if is_last && !paged { (lang.dossiers(many)) } @else { (shown(lang, lang.dossiers(many))) } }
            (table(asked, rows, mode))
        }
        @let last = rows.last().filter(|_| !is_last);
        @if paged || last.is_some() {
            nav.pager aria-label=(caption(lang)) {
                @if paged { a href=(asked.address_with(&[("after", "")])) { (first(lang)) } }
                @if let Some(last) = last {
                    a.next rel="next" href=(asked.address_with(&[("after", last.code.as_str())])) { (more(lang)) }
                }
            }
        }
    }
}

fn table(asked: &Asked, rows: &[ListedDossier], mode: Option<Mode>) -> Markup {
    let lang = asked.lang;
    let mut heads = vec![("", search(lang)), ("", unit(lang)), ("", state(lang))];
    heads.extend(Layer::ALL.iter().map(|layer| ("mark", layer.text(lang).to_owned())));
    heads.extend([("", cause(lang)), ("", head_unsent(lang)), ("", head_changed(lang))]);
    let body = html! {
        @for listed in rows {
            tr {
                th scope="row" { a.code href=(address("/dossier", [("code", listed.code.as_str())])) { (listed.code) } }
                @match &listed.row {
                    Some(row) => { (cells(asked, row, listed.finding, mode)) }
                    None => { td colspan=(heads.len() - 1) { (only_finding(lang)) } }
                }
            }
        }
    };
    parts::table(&caption(lang), &heads, &body)
}

fn cells(asked: &Asked, row: &ListedRow, finding: Option<FindingKind>, mode: Option<Mode>) -> Markup {
    let lang = asked.lang;
    html! {
        td { (row.unit) }
        td { (state_badge(lang, row.state, mode)) }
        @for &(layer, state) in &row.layers { td.mark { (mark(lang, layer, state, mode)) } }
        td { @match finding {
            Some(kind) => { (kind.line_about(lang, "")) }
            None => { (parts::nothing(lang)) }
        } }
        td { @match row.unsent_since {
            Some(at) => { (age(lang, at, asked.now)) }
            None => { (parts::nothing(lang)) }
        } }
        td { (age(lang, row.changed_at, asked.now)) }
    }
}

/// A layer in one sign, with its words for those who do not see it.
fn mark(lang: Lang, layer: Layer, state: LayerState, mode: Option<Mode>) -> Markup {
    let tone = parts::of_state(state);
    let words = format!("{}: {}", layer.text(lang), state.text_in(mode, lang).to_lowercase());
    html! { span.dot.(tone.class()) role="img" aria-label=(words) title=(words) { (tone.sign()) } }
}
