//! How things stand: the verdict with what to do, the layers of each unit, today's flow, the last comparison.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::asked::{Asked, Trouble, address};
use crate::frame::Place;
use crate::parts::{self, Tone, age, moment, moment_or_never, of_standing, unit_choice};
use dongbo_ledger::{LayerState, Overview};
use dongbo_model::{Lang, Layer, texts};
use dongbo_sync::health::{Health, ReasonKind, Standing};
use dongbo_sync::reconcile::Summary;
use dongbo_sync::telling::comparing;

/// The address of the wall screen.
pub(crate) const WALL: &str = "/wall";
/// The parameter by which what a wall screen asks for is known.
pub(crate) const ON_WALL: &str = "wall";
/// Units on a wall screen, which nobody scrolls.
const MOST_ON_WALL: usize = 12;

texts! {
    to_do(): "Việc cần làm", "What to do";
    nothing(): "không phải làm gì", "nothing";
    by_whom(owner): "Ai xử lý: {owner}", "Who acts: {owner}";
    held(): "Đang giữ", "Held";
    done(): "Dự kiến", "Done";
    read(): "Đọc một cửa", "Local database read";
    compared(): "Đối chiếu hai bên", "Reconciliation";
    all_reasons(many): "Mọi nguyên nhân ({many})", "All reasons ({many})";
    oldest(): "Thay đổi cũ nhất chưa gửi", "Oldest unsent change";
    none_unsent(): "không có", "none";
    last_run(): "Đối chiếu hai bên lần cuối", "Last reconciliation";
    never_compared(): "Chưa lần nào đối chiếu hai bên, nên chưa biết hai bên có khớp hay không.", "Both sides were never compared, so nobody knows whether they are equal.";
    next_run(): "Lần tới", "Next";
    flow_head(): "Cổng nhận hôm nay", "Accepted by the portal today";
    layers_head(): "Mức độ khớp", "Completeness";
    layers_note(): "Tỷ lệ khớp của từng hạng mục. Màu xám: chưa rõ. Không có màu xanh khi chưa có căn cứ.", "The share in step of each layer. Grey: not known. Nothing is green without proof.";
    head_unit(): "Đơn vị", "Unit";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_held(): "Bị giữ", "Held";
    head_oldest(): "Chưa gửi từ", "Unsent since";
    all_units(): "Tất cả đơn vị", "All units";
    no_unit(): "(chưa rõ đơn vị)", "(no unit)";
    no_such_unit(unit): "Sổ theo dõi chưa có hồ sơ nào của đơn vị {unit}.", "The ledger knows no dossier of unit {unit} yet.";
    wall_link(): "Xem trên màn hình lớn", "Show on a wall screen";
    unreadable(): "Không đọc được sổ theo dõi, nên chưa có số liệu.", "The ledger cannot be read, so there are no numbers.";
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::Overview, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    let lang = asked.lang;
    let health = asked.health().await;
    let all = all_of(asked).await;
    let content = html! {
        (unit_choice(asked))
        section #verdict aria-live="polite" { (verdict(asked).await) }
        div.cards {
            (unsent_card(asked, all.as_ref()))
            (run_card(asked, &health).await)
        }
        section { h2 { (flow_head(lang)) } div #flow { (flow(asked).await) } }
        section {
            h2 { (layers_head(lang)) }
            p.note { (layers_note(lang)) }
            div #layers { (layers_now(asked).await) }
        }
        p.note { a href=(wall_of(asked)) { (wall_link(lang)) } }
    };
    Ok((Place::Overview.text(lang).to_owned(), content))
}

/// The wall screen of the unit that is shown.
fn wall_of(asked: &Asked) -> String {
    let own = asked.unit().filter(|_| asked.visitor.units.is_some());
    address(WALL, own.map(|unit| ("unit", unit)))
}

/// The wall screen: how things stand, to be read from across the room. It stays up to date by itself.
pub(crate) async fn wall(asked: Asked) -> Response {
    let lang = asked.lang;
    let content = html! {
        div.wall {
            section #verdict aria-live="polite" { (verdict(&asked).await) }
            section { h2 { (flow_head(lang)) } div #flow { (flow(&asked).await) } }
            section { h2 { (layers_head(lang)) } div #layers { (layers_now(&asked).await) } }
        }
    };
    asked.alone(StatusCode::OK, Place::Overview.text(lang), &content)
}

/// The counts of all that the visitor sees; `None` while they cannot be read.
async fn all_of(asked: &Asked) -> Option<Overview> {
    asked.counts_of(asked.unit().filter(|_| asked.visitor.units.is_some())).await
}

/// The layers of all and of each unit as they are now; a wall screen shows only the units with the most to do.
pub(crate) async fn layers_now(asked: &Asked) -> Markup {
    let most =
        if asked.path == WALL || asked.parameter(ON_WALL).is_some() { MOST_ON_WALL } else { usize::MAX };
    let health = asked.health().await;
    match (all_of(asked).await, asked.console.units().await) {
        (Some(all), Ok(units)) => {
            let seen = units.iter().filter(|(unit, _)| asked.visitor.sees(unit));
            layers(asked, &all, seen.map(|(unit, overview)| (unit.as_str(), overview)), (&health, most))
        }
        _ => html! { p.unknown { (unreadable(asked.lang)) } },
    }
}

/// The verdict as it is now, on what the visitor sees.
pub(crate) async fn verdict(asked: &Asked) -> Markup {
    let own = asked.unit().filter(|_| asked.visitor.units.is_some());
    if let (Some(own), Ok(units)) = (own, asked.console.units().await)
        && !units.contains_key(own)
    {
        // A unit that nobody knows is in step with nothing.
        let tone = Tone::Unknown;
        return html! { div.verdict.(tone.class()) {
            h1 { span.sign aria-hidden="true" { (tone.sign()) } (no_such_unit(asked.lang, own)) }
        } };
    }
    verdict_of(&asked.health().await, asked.lang)
}

fn verdict_of(health: &Health, lang: Lang) -> Markup {
    let tone = of_standing(health.standing);
    let first = health.first();
    html! {
        div.verdict.(tone.class()) {
            h1 { span.sign aria-hidden="true" { (tone.sign()) } (health.headline(lang)) }
            p.cause { (health.cause(lang)) }
            p.remedy {
                strong { (to_do(lang)) ": " }
                @match first {
                    // Whose the held ones are stands beside them.
                    Some(reason) if matches!(reason.kind, ReasonKind::DossiersHeld | ReasonKind::FilesHeld) => {
                        a href=(Place::Work.path()) { (reason.remedy(lang)) }
                    }
                    Some(reason) => { (reason.remedy(lang)) " " span.owner { (by_whom(lang, reason.owner().text(lang))) } }
                    None => { (nothing(lang)) }
                }
            }
            (parts::pairs(vec![
                (held(lang), html! { (health.held(lang)) }),
                (done(lang), html! { (health.when(lang)) }),
                (read(lang), moment_or_never(lang, health.proof.last_poll.map(|at| at.min(health.at)), health.at)),
                (compared(lang), moment_or_never(lang, health.proof.last_comparison, health.at)),
            ]))
            @if health.reasons.len() > 1 {
                details {
                    summary { (all_reasons(lang, health.reasons.len())) }
                    ol.reasons { @for reason in &health.reasons {
                        li.(of_standing(reason.standing()).class()) {
                            p { (reason.text(lang, health.at)) }
                            p.note { (reason.remedy(lang)) " " (by_whom(lang, reason.owner().text(lang))) }
                        }
                    } }
                }
            }
            @for note in &health.notes { p.note { (note.text(lang)) } }
        }
    }
}

/// The flow of today as it is now.
pub(crate) async fn flow(asked: &Asked) -> Markup {
    let own = asked.unit().filter(|_| asked.visitor.units.is_some());
    match asked.console.flow(own).await {
        Ok(flow) => flow.chart(asked.lang),
        Err(_) => html! { p.unknown { (unreadable(asked.lang)) } },
    }
}

fn unsent_card(asked: &Asked, counted: Option<&Overview>) -> Markup {
    let lang = asked.lang;
    let (tone, words) = match counted.map(|overview| overview.oldest_unsent) {
        None => (Tone::Unknown, html! { (unreadable(lang)) }),
        Some(None) => (Tone::Quiet, html! { (none_unsent(lang)) }),
        Some(Some(since)) => (
            Tone::Warn,
            html! {
                a href=(address("/dossiers", [("state", "unsent")])) { (asked.lang.relative(since, asked.now)) }
                p.note { (lang.moment(since)) }
            },
        ),
    };
    card(tone, &oldest(lang), &words)
}

fn card(tone: Tone, title: &str, content: &Markup) -> Markup {
    html! { section.card.(tone.class()) { h2 { (title) } div.figure { (content) } } }
}

async fn run_card(asked: &Asked, health: &Health) -> Markup {
    let (lang, now) = (asked.lang, asked.now);
    let last = match asked.console.ctx.ledger.runs(1).await {
        Err(_) => return card(Tone::Unknown, &last_run(lang), &html! { (unreadable(lang)) }),
        Ok(runs) => runs.into_iter().next(),
    };
    let next = health
        .proof
        .next_comparison
        .map(|at| html! { p.note { (next_run(lang)) ": " (moment(lang, at, now)) } });
    let Some(run) = last else {
        let words = html! { (never_compared(lang)) @if let Some(next) = &next { (next) } };
        return card(Tone::Unknown, &last_run(lang), &words);
    };
    let meant = serde_json::from_str::<Summary>(&run.summary).ok();
    let (words, role) = match meant {
        Some(run) => comparing::meaning(lang, run.meaning()),
        None => (run.id.clone(), dongbo_sync::telling::Role::Faint),
    };
    let tone = if health.standing == Standing::NotKnown { Tone::Unknown } else { role.into() };
    card(
        tone,
        &last_run(lang),
        &html! {
            // Its words are about all units.
            @if asked.visitor.units.is_none() { a href="/comparison" { (words) } }
            @else { a href="/comparison" { (Place::Comparison.text(lang)) } }
            p.note { (moment(lang, run.ended_at, now)) }
            @if let Some(next) = &next { (next) }
        },
    )
}

/// The layers of all and of each unit, those first of which most are held.
fn layers<'a>(
    asked: &Asked,
    all: &'a Overview,
    units: impl Iterator<Item = (&'a str, &'a Overview)>,
    (health, most): (&Health, usize),
) -> Markup {
    let lang = asked.lang;
    let known = health.standing != Standing::NotKnown;
    let mut units: Vec<_> = units.collect();
    units.sort_by_key(|(unit, overview)| (std::cmp::Reverse(overview.held), *unit));
    units.truncate(most);
    let mut heads = vec![("", head_unit(lang)), ("n", head_dossiers(lang))];
    heads.extend(Layer::ALL.iter().map(|layer| ("n", layer.text(lang).to_owned())));
    heads.extend([("n", head_held(lang)), ("", head_oldest(lang))]);
    let row = |name: Markup, unit: Option<&str>, overview: &Overview| {
        let list = |name: &'static str, value: &'static str| {
            let chosen = [(name, value), ("unit", unit.unwrap_or_default())];
            address("/dossiers", chosen.into_iter().filter(|(_, value)| !value.is_empty()))
        };
        // There is no list of those without a unit.
        let way = |name, value, shown: Markup| {
            html! {
                @if unit == Some("") { (shown) } @else { a href=(list(name, value)) { (shown) } }
            }
        };
        let count = |state, many: u64| {
            html! {
                @if many == 0 { span.nil { "0" } } @else { (way("state", state, html! { (lang.count(many)) })) }
            }
        };
        html! {
            th scope="row" { (name) }
            td.n { (count("all", overview.dossiers)) }
            @for &layer in Layer::ALL { td.n {
                @let share = parts::share(lang, overview, layer, known);
                @let states = overview.counts.of(layer);
                // Nothing is known to lack where the rest is not proved.
                @if states.of(LayerState::Synced) + states.of(LayerState::Unproved) == overview.wanted(layer) { (share) }
                @else { (way("lacks", layer.name(), share)) }
            } }
            td.n { (count("held", overview.held)) }
            td { @match overview.oldest_unsent {
                Some(at) => { (way("state", "unsent", age(lang, at, asked.now))) }
                None => { (parts::nothing(lang)) }
            } }
        }
    };
    let rows = html! {
        @if asked.visitor.units.is_none() { tr.all { (row(html! { (all_units(lang)) }, None, all)) } }
        @for (unit, overview) in &units {
            @let name = html! {
                @if unit.is_empty() { (no_unit(lang)) }
                @else { a href=(address("/dossiers", [("unit", *unit)])) { (unit) } }
            };
            tr { (row(name, Some(unit), overview)) }
        }
    };
    parts::table(&layers_head(lang), &heads, &rows)
}
