//! Reconciliation: its runs, what differs by cause, and the single differences.

use axum::response::Response;
use maud::{Markup, html};

use super::orders::{self, Order};
use crate::asked::{Asked, Trouble, address};
use crate::frame::Place;
use crate::parts::{self, Tone, count_link, moment, unit_choice};
use dongbo_ledger::{Difference, DifferenceGroup, Ledger, LedgerError, RunRecord};
use dongbo_model::{Age, DifferenceKind, Lang, Remedy, texts};
use dongbo_sync::reconcile::{Progress, Summary};
use dongbo_sync::telling::comparing;

/// Differences on one page, and a few more where one dossier has several.
const PAGE: usize = 100;
/// Differences that are read at once.
const READ_AT_ONCE: u32 = 1_000;

texts! {
    never(): "Chưa đối chiếu hai bên lần nào, nên chưa biết hai bên có khớp hay không. Đối chiếu ngay: dongbo reconcile", "Both sides were never compared, so nobody knows whether they are equal. To compare now: dongbo reconcile";
    running(job, share): "Đang chạy: {job}, xong {share}", "Under way: {job}, {share} done";
    next_head(): "Lịch chạy", "Schedule";
    runs(): "Các lần đã chạy", "Runs";
    head_run(): "Lần", "Run";
    head_when(): "Lúc", "When";
    head_length(): "Trong", "Within";
    head_by(): "Theo lệnh của", "By";
    head_looked(): "Đã tra cứu", "Looked up";
    head_new(): "Mới", "New";
    head_gone(): "Đã hết", "Gone";
    head_meaning(): "Kết quả", "Result";
    foreign(): "của phiên bản khác", "of another version";
    by_cause(): "Khác biệt theo nguyên nhân", "Differences by cause";
    none(): "Không có khác biệt nào.", "Nothing differs.";
    head_kind(): "Khác biệt", "Difference";
    head_many(): "Số", "Number";
    head_cause(): "Nguyên nhân", "Cause";
    head_since(): "Từ lúc", "Since";
    head_again(): "Gửi lại", "Sent again";
    head_who(): "Ai xử lý", "Who acts";
    single(): "Từng khác biệt", "Single differences";
    head_code(): "Hồ sơ", "Dossier";
    head_ours(): "Một cửa", "Ours";
    head_theirs(): "Cổng", "The portal's";
    more(): "Trang tiếp", "Next page";
    first(): "Về trang đầu", "First page";
    all(): "Mọi khác biệt", "All differences";
    nothing(): "không có", "none";
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Comparison, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    let ledger = &asked.console.ctx.ledger;
    let kept = ledger.runs(asked.console.in_force().keep_runs.max(1)).await?;
    let groups = ledger.difference_causes_of(asked.unit()).await?;
    let chosen = Chosen::of(asked);
    let after = asked.given("after").unwrap_or_default();
    let (rows, next) = chosen.page(ledger, after, PAGE).await?;
    let content = html! {
        h1 { (Place::Comparison.text(lang)) }
        (unit_choice(asked))
        @if kept.is_empty() { p.unknown role="status" { (never(lang)) } }
        @if let Some(progress) = asked.console.board.progress() { p.lead role="status" { (under_way(lang, &progress)) } }
        p.acts {
            (orders::link(asked, Order::Compare, &[]))
            @if !asked.console.only_watches().await? { (orders::link(asked, Order::Repair, &[])) }
            @if asked.console.board.progress().is_some() { (orders::link(asked, Order::Cancel, &[])) }
        }
        section { h2 { (by_cause(lang)) } (group_part(asked, &groups, !kept.is_empty())) }
        @if !rows.is_empty() { section #single {
            h2 { (single(lang)) }
            @if chosen.is_narrow() { p { a href="/comparison#single" { (all(lang)) } } }
            (row_table(asked, &rows))
            nav.pager aria-label=(single(lang)) {
                @if !after.is_empty() { a href=(asked.address_with(&[("after", "")])) { (first(lang)) } }
                @if let Some(next) = &next { a.next rel="next" href=(asked.address_with(&[("after", next)])) { (more(lang)) } }
            }
        } }
        // What a run found is told of all units.
        @if asked.visitor.units.is_none() && !kept.is_empty() { section { h2 { (runs(lang)) } (run_table(asked, &kept)) } }
        (schedule(asked))
    };
    Ok((Place::Comparison.text(lang).to_owned(), content))
}

fn under_way(lang: Lang, progress: &Progress) -> String {
    running(lang, progress.job.text(lang), lang.percent(progress.done, progress.of))
}

/// The differences that the address asks for.
pub(crate) struct Chosen {
    kind: Option<DifferenceKind>,
    cause: Option<String>,
    age: Option<Age>,
    mendable: Option<bool>,
    /// The unit of which alone they are read.
    unit: Option<String>,
}

/// The address of the list that has exactly the differences of `group`, of one unit or of all.
pub(super) fn list_of(group: &DifferenceGroup, unit: Option<&str>) -> String {
    let cause = group.cause.to_string();
    let mut parameters = vec![
        ("kind", group.kind.name()),
        ("cause", cause.as_str()),
        ("age", group.age.name()),
        ("mendable", if group.mendable { "yes" } else { "no" }),
    ];
    parameters.extend(unit.map(|unit| ("unit", unit)));
    format!("{}#single", address("/comparison", parameters))
}

impl Chosen {
    pub(crate) fn of(asked: &Asked) -> Self {
        Self {
            kind: asked.parameter("kind").and_then(DifferenceKind::from_name),
            cause: asked.parameter("cause").map(str::to_owned),
            age: asked.parameter("age").and_then(Age::from_name),
            mendable: asked.parameter("mendable").map(|mendable| mendable == "yes"),
            unit: asked.unit().map(str::to_owned),
        }
    }

    const fn is_narrow(&self) -> bool {
        self.kind.is_some() || self.cause.is_some() || self.age.is_some() || self.mendable.is_some()
    }

    fn has(&self, one: &Difference) -> bool {
        self.kind.is_none_or(|kind| kind == one.kind)
            && self.age.is_none_or(|age| age == one.age)
            && self.mendable.is_none_or(|mendable| mendable == one.mendable)
            && self.cause.as_ref().is_none_or(|cause| *cause == one.cause.to_string())
    }

    /// A page of about `most` behind the code `after`, and the code behind which the next begins. Those of one code stay together.
    pub(crate) async fn page(
        &self,
        ledger: &Ledger,
        after: &str,
        most: usize,
    ) -> Result<(Vec<Difference>, Option<String>), LedgerError> {
        let mut after = after.to_owned();
        let mut rows: Vec<Difference> = Vec::new();
        loop {
            let mut read =
                ledger.open_differences_of(self.unit.as_deref(), None, &after, READ_AT_ONCE).await?;
            let is_last = read.len() < usize::try_from(READ_AT_ONCE).unwrap_or(usize::MAX);
            if let (false, Some(cut)) = (is_last, read.last().map(|one| one.code.clone())) {
                // Some of this code's may be left behind.
                read.retain(|one| one.code != cut);
            }
            let Some(end) = read.last().map(|one| one.code.clone()) else { return Ok((rows, None)) };
            for one in read.into_iter().filter(|one| self.has(one)) {
                match rows.last() {
                    Some(last) if rows.len() >= most && last.code != one.code => {
                        let next = last.code.clone();
                        return Ok((rows, Some(next)));
                    }
                    _ => rows.push(one),
                }
            }
            if is_last {
                return Ok((rows, None));
            }
            after = end;
        }
    }
}

fn group_part(asked: &Asked, groups: &[DifferenceGroup], compared: bool) -> Markup {
    let (lang, now) = (asked.lang, asked.now);
    let heads = [
        ("", head_kind(lang)),
        ("n", head_many(lang)),
        ("", head_cause(lang)),
        ("", head_since(lang)),
        ("", head_again(lang)),
        ("wide", head_who(lang)),
    ];
    let rows = html! { @for group in groups {
        @let tone = Tone::from(comparing::age_role(group.age));
        @let remedy = Remedy::of(group.kind, &group.cause, group.age, group.mendable);
        tr {
            th scope="row" { (parts::badge(tone, group.age.text(lang))) " " (group.kind.text(lang)) }
            td.n { (count_link(lang, group.many, &list_of(group, asked.unit()))) }
            td { (group.cause.text(lang)) }
            td { (moment(lang, group.since, now)) }
            td { (comparing::sent_again(lang, group.sent_again, group.unmended)) }
            td.wide { (remedy.owner_of(lang, &group.cause)) }
        }
    } };
    html! {
        @if !groups.is_empty() { (parts::table(&by_cause(lang), &heads, &rows)) }
        @else if compared { p { (none(lang)) } }
        @else { p.unknown { (never(lang)) } }
    }
}

fn row_table(asked: &Asked, rows: &[Difference]) -> Markup {
    let lang = asked.lang;
    let side = |value: &str| if value.is_empty() { nothing(lang) } else { value.to_owned() };
    let heads = [head_code(lang), head_kind(lang), head_ours(lang), head_theirs(lang), head_cause(lang)];
    let heads = heads.map(|head| ("", head));
    let body = html! { @for one in rows {
        tr {
            th scope="row" {
                // A cell of the portal's counts is no dossier.
                @if one.code.starts_with('@') { (one.code) }
                @else { a.code href=(address("/dossier", [("code", one.code.as_str())])) { (one.code) } }
            }
            td {
                (parts::badge(comparing::age_role(one.age).into(), one.age.text(lang))) " " (one.kind.text(lang))
                @if !one.subject.is_empty() { " (" (one.subject) ")" }
            }
            td { (side(&one.ours)) }
            td { (side(&one.theirs)) }
            td { (one.cause.text(lang)) }
        }
    } };
    parts::table(&single(lang), &heads, &body)
}

fn run_table(asked: &Asked, kept: &[RunRecord]) -> Markup {
    let lang = asked.lang;
    let heads = [
        ("", head_when(lang)),
        ("", head_meaning(lang)),
        ("n", head_looked(lang)),
        ("n", head_new(lang)),
        ("n", head_gone(lang)),
        ("n", head_length(lang)),
        ("", head_by(lang)),
        ("", head_run(lang)),
    ];
    let rows = html! { @for run in kept {
        tr {
            th scope="row" { (moment(lang, run.started_at, asked.now)) }
            (run_cells(lang, run))
            td { code { (run.id) } }
        }
    } };
    parts::table(&runs(lang), &heads, &rows)
}

fn run_cells(lang: Lang, run: &RunRecord) -> Markup {
    let Ok(summary) = serde_json::from_str::<Summary>(&run.summary) else {
        return html! { td colspan="6" { (foreign(lang)) } };
    };
    let (words, role) = comparing::meaning(lang, summary.meaning());
    let length = (run.ended_at - run.started_at).to_std().unwrap_or_default();
    html! {
        td { span.(Tone::from(role).class()) { (words) } @for note in &summary.notes { span.note { (note.text(lang)) } } }
        td.n { (lang.count(summary.looked_up)) }
        td.n { (lang.count(summary.opened)) }
        td.n { (lang.count(summary.closed)) }
        td.n { (lang.span(length)) }
        td { (summary.by) }
    }
}

fn schedule(asked: &Asked) -> Markup {
    let lang = asked.lang;
    let next = asked.console.board.jobs().next;
    let pairs = next.iter().map(|(job, at)| (job.text(lang).to_owned(), moment(lang, *at, asked.now)));
    let pairs: Vec<_> = pairs.collect();
    html! { @if !pairs.is_empty() { section { h2 { (next_head(lang)) } (parts::pairs(pairs)) } } }
}
