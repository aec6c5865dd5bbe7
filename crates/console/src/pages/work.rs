//! The work list: what waits for a person, by who has to act and by cause.

use axum::response::Response;
use maud::{Markup, html};

use super::orders::{self, Order};
use super::resend;
use crate::asked::{Asked, Trouble};
use crate::frame::Place;
use crate::parts::{self, Tone, count_link, moment, unit_choice};
use dongbo_ledger::{DifferenceGroup, HeldCause, HeldFilter};
use dongbo_model::{Age, FindingKind, Owner, Remedy, texts};
use dongbo_sync::telling::held_list;

/// Most causes of one kind of list; more are hardly read.
const MOST: u32 = 500;

texts! {
    nothing(): "Không có việc nào chờ người xử lý.", "Nothing waits for a person.";
    total(what, causes): "Bị giữ: {what}, vì {causes}.", "Held: {what}, for {causes}.";
    head_cause(): "Nguyên nhân", "Cause";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_files(): "Tệp", "Files";
    head_units(): "Đơn vị", "Units";
    head_since(): "Từ lúc", "Since";
    head_remedy(): "Cách xử lý", "Remedy";
    portal_said(words): "Cổng trả lời: {words}", "The portal's words: {words}";
    differences(): "Khác biệt giữa hai bên", "Differences between both sides";
    head_many(): "Số", "Number";
    head_difference(): "Khác biệt", "Difference";
    head_who(): "Ai xử lý", "Who acts";
    held_by(owner): "Việc của {owner}", "For {owner}";
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Work, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    let ledger = &asked.console.ctx.ledger;
    let filter = HeldFilter { unit: asked.unit().map(str::to_owned), ..HeldFilter::default() };
    let totals = ledger.held_totals(&filter).await?;
    let mut causes = ledger.held_causes(&filter, MOST).await?;
    causes.extend(others(asked, &filter).await?);
    let groups = ledger.difference_causes_of(filter.unit.as_deref()).await?;
    let differing: Vec<&DifferenceGroup> = groups.iter().filter(|group| group.age != Age::Pending).collect();
    let in_all = lang.many(totals.causes, "nguyên nhân", "cause", "causes");
    let what = match (totals.dossiers, totals.files) {
        (dossiers, 0) => lang.dossiers(dossiers),
        (dossiers, files) => {
            format!("{}, {}", lang.dossiers(dossiers), lang.many(files, "tệp", "file", "files"))
        }
    };
    let content = html! {
        h1 { (Place::Work.text(lang)) }
        (unit_choice(asked))
        p.acts { (resend::way(lang)) }
        @if totals.causes > 0 { p.lead { (total(lang, what, in_all)) } }
        @if causes.is_empty() && differing.is_empty() { p.empty role="status" { (nothing(lang)) } }
        @for &owner in Owner::ALL {
            @let own: Vec<&HeldCause> = causes.iter().filter(|cause| cause.kind.owner() == owner).collect();
            @if !own.is_empty() { (cause_table(asked, owner, &own, filter.unit.as_deref())) }
        }
        @if !differing.is_empty() { (difference_table(asked, &differing)) }
    };
    Ok((Place::Work.text(lang).to_owned(), content))
}

/// The causes that hold nothing and yet ask for a person.
async fn others(asked: &Asked, filter: &HeldFilter) -> Result<Vec<HeldCause>, Trouble> {
    let seen = asked.console.lookout.look().await;
    let found = seen.counted.map_or_else(|_| Vec::new(), |counted| counted.overview.findings.clone());
    let kinds =
        found.iter().filter(|(_, many)| *many > 0).filter_map(|(kind, _)| FindingKind::from_name(kind));
    let kinds = kinds.filter(|kind| !kind.holds() && !kind.is_of_file() && kind.owner() != Owner::Nobody);
    let mut causes = Vec::new();
    for kind in kinds {
        let of_kind = HeldFilter { kind: Some(kind), ..filter.clone() };
        causes.extend(asked.console.ctx.ledger.held_causes(&of_kind, MOST).await?);
    }
    Ok(causes)
}

/// The address of the list that has exactly the dossiers of `cause`.
fn list_of(cause: &HeldCause, unit: Option<&str>) -> String {
    held_list(cause.kind, &cause.subject, cause.form().as_deref(), unit)
}

/// The parameters that name a cause, of one unit or of all.
fn of_cause<'c>(cause: &'c HeldCause, unit: Option<&'c str>) -> Vec<(&'static str, &'c str)> {
    let named = [("kind", cause.kind.name()), ("subject", cause.subject.as_str())];
    named.into_iter().chain(unit.map(|unit| ("unit", unit))).collect()
}

fn cause_table(asked: &Asked, owner: Owner, causes: &[&HeldCause], unit: Option<&str>) -> Markup {
    let lang = asked.lang;
    let heads = [
        ("", head_cause(lang)),
        ("n", head_dossiers(lang)),
        ("n", head_files(lang)),
        ("n", head_units(lang)),
        ("", head_since(lang)),
        ("wide", head_remedy(lang)),
    ];
    let rows = html! { @for cause in causes {
        tr {
            th scope="row" {
                (cause.kind.line_about(lang, &cause.subject))
                @if !cause.words.is_empty() { span.note { (portal_said(lang, &cause.words)) } }
            }
            td.n { (count_link(lang, cause.dossiers, &list_of(cause, unit))) }
            td.n { @if cause.files > 0 { (lang.count(cause.files)) } @else { (parts::nothing(lang)) } }
            td.n { (lang.count(cause.units)) }
            td { (moment(lang, cause.since, asked.now)) }
            td.wide {
                (cause.kind.remedy(lang))
                @if cause.kind.holds() {
                    div { (orders::link(asked, Order::Retry, &of_cause(cause, unit))) }
                }
            }
        }
    } };
    let caption = held_by(lang, owner.text(lang));
    html! { section { h2 { (caption) } (parts::table(&caption, &heads, &rows)) } }
}

fn difference_table(asked: &Asked, groups: &[&DifferenceGroup]) -> Markup {
    let lang = asked.lang;
    let heads = [
        ("", head_difference(lang)),
        ("n", head_many(lang)),
        ("", head_cause(lang)),
        ("", head_since(lang)),
        ("wide", head_who(lang)),
    ];
    let rows = html! { @for group in groups {
        @let remedy = Remedy::of(group.kind, &group.cause, group.age, group.mendable);
        @let list = super::comparison::list_of(group, asked.unit());
        tr {
            th scope="row" { (parts::badge(Tone::from(dongbo_sync::telling::comparing::age_role(group.age)), group.age.text(lang))) " " (group.kind.text(lang)) }
            td.n { (count_link(lang, group.many, &list)) }
            td { (group.cause.text(lang)) }
            td { (moment(lang, group.since, asked.now)) }
            td.wide {
                (remedy.owner_of(lang, &group.cause))
                @if matches!(remedy, Remedy::Repair | Remedy::Resend) { div { (resend::link(asked, group.kind.name(), None, asked.unit())) } }
            }
        }
    } };
    html! { section { h2 { (differences(lang)) } (parts::table(&differences(lang), &heads, &rows)) } }
}
