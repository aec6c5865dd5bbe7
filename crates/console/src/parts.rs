//! The pieces that pages are made of.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::asked::Asked;
use dongbo_ledger::{LayerState, Overview};
use dongbo_model::{Lang, Layer, Mode, texts};
use dongbo_sync::health::Standing;
use dongbo_sync::telling::{Role, words};

texts! {
    any(): "Tất cả", "Any";
    your_units(): "Đơn vị của bạn", "Your units";
    never(): "chưa lần nào", "never";
    none(): "–", "–";
    share_of(share, synced, wanted): "{share}, {synced} trên {wanted}", "{share}, {synced} of {wanted}";
    rest(): "không có hồ sơ nào", "no dossiers";
}

/// How far what is shown can be relied on, and so its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warn,
    Bad,
    /// Nobody knows.
    Unknown,
    /// Beside the point.
    Quiet,
}

impl Tone {
    /// Its class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
            Self::Quiet => "quiet",
        }
    }

    /// A sign for those who do not see the colour.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Warn => "…",
            Self::Bad => "!",
            Self::Unknown => "?",
            Self::Quiet => "–",
        }
    }
}

impl From<Role> for Tone {
    fn from(role: Role) -> Self {
        match role {
            Role::Good => Self::Good,
            Role::Warn => Self::Warn,
            Role::Bad => Self::Bad,
            Role::Faint | Role::Strong => Self::Quiet,
        }
    }
}

/// The colour of a verdict: grey where nobody knows.
pub(crate) const fn of_standing(standing: Standing) -> Tone {
    match standing {
        Standing::InStep => Tone::Good,
        Standing::Working => Tone::Warn,
        Standing::PersonNeeded => Tone::Bad,
        Standing::NotKnown => Tone::Unknown,
    }
}

/// A moment by the clocks of Vietnam, to the second.
pub(crate) fn clock(lang: Lang, at: DateTime<Utc>) -> String {
    lang.second(at)
}

/// A moment and how far it lies from `now`.
pub(crate) fn moment(lang: Lang, at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.format("%Y-%m-%dT%H:%M:%SZ").to_string()) { (lang.near(at, now)) } }
}

/// A moment and how far it lies from `now`, if there was one.
pub(crate) fn moment_or_never(lang: Lang, at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Markup {
    match at {
        Some(at) => moment(lang, at, now),
        None => html! { span.unknown { (never(lang)) } },
    }
}

/// How long ago something was, for narrow cells; the moment itself is told beside it.
pub(crate) fn age(lang: Lang, at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    let iso = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    html! { time datetime=(iso) title=(lang.second(at)) { (lang.relative(at, now)) } }
}

/// A word with its colour and its sign.
pub(crate) fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge.(tone.class()) { span.sign aria-hidden="true" { (tone.sign()) } (text) } }
}

/// The colour of a layer's state: grey for what nothing proves.
pub(crate) fn of_state(state: LayerState) -> Tone {
    match state {
        LayerState::Unproved => Tone::Unknown,
        _ => words::state_role(state).into(),
    }
}

/// The state of a layer, where dongbo sends or only watches; without a mode it does both.
pub(crate) fn state_badge(lang: Lang, state: LayerState, mode: Option<Mode>) -> Markup {
    badge(of_state(state), state.text_in(mode, lang))
}

/// A count that leads to the list that has exactly so many rows; one of nothing leads nowhere.
pub(crate) fn count_link(lang: Lang, many: u64, address: &str) -> Markup {
    html! {
        @if many == 0 { span.nil { "0" } } @else { a href=(address) { (lang.count(many)) } }
    }
}

/// The share of a layer that is synced: never green while its counts are only the last known.
pub(crate) fn share(lang: Lang, overview: &Overview, layer: Layer, known: bool) -> Markup {
    let (synced, wanted) = (overview.counts.of(layer).of(LayerState::Synced), overview.wanted(layer));
    let percent = lang.percent(synced, wanted);
    let unproved = overview.counts.of(layer).of(LayerState::Unproved);
    let tone = match (known, synced == wanted) {
        _ if wanted == 0 => Tone::Quiet,
        (false, _) => Tone::Unknown,
        (true, true) => Tone::Good,
        (true, false) if synced + unproved == wanted => Tone::Unknown,
        (true, false) => Tone::Warn,
    };
    let told = if wanted == 0 {
        rest(lang)
    } else {
        share_of(lang, &percent, lang.count(synced), lang.count(wanted))
    };
    html! {
        span.share.(tone.class()) title=(told) {
            span.percent { (percent) }
            (bar(synced, wanted))
        }
    }
}

/// A bar of which so much is filled.
pub(crate) fn bar(part: u64, whole: u64) -> Markup {
    let permille = (u128::from(part) * 1_000).checked_div(u128::from(whole)).unwrap_or_default().min(1_000);
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.rail width="1000" height="10" {}
            rect.fill width=(permille) height="10" {}
        }
    }
}

/// Names and values.
pub(crate) fn pairs(of: Vec<(String, Markup)>) -> Markup {
    html! { dl.pairs { @for (name, value) in &of { div { dt { (name) } dd { (value) } } } } }
}

/// A table that can be scrolled sideways by keyboard where the screen is narrow.
pub(crate) fn table(caption: &str, heads: &[(&str, String)], rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for (class, head) in heads { th scope="col" class=(class) { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// The unit that is shown, and the way to the others, for one who sees some units only.
pub(crate) fn unit_choice(asked: &Asked) -> Markup {
    let lang = asked.lang;
    html! { @if let Some(units) = &asked.visitor.units {
        nav.units aria-label=(your_units(lang)) {
            span { (your_units(lang)) ":" }
            @for unit in units {
                a href=(asked.address_with(&[("unit", unit), ("after", "")]))
                    aria-current=[(asked.unit() == Some(unit.as_str())).then_some("true")] { (unit) }
            }
        }
    } }
}

/// A table for a spreadsheet, as a file with this name.
pub(crate) fn csv(name: &str, body: Body) -> Response {
    let heads = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (heads, body).into_response()
}

/// A dash where there is nothing to say.
pub(crate) fn nothing(lang: Lang) -> Markup {
    html! { span.nil { (none(lang)) } }
}

/// A choice among values and their words, of which the first is any of them.
pub(crate) fn select(
    lang: Lang,
    name: &str,
    label: &str,
    options: Vec<(String, String)>,
    chosen: Option<&str>,
) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { (any(lang)) }
                @for (value, text) in &options {
                    option value=(value) selected[chosen == Some(value.as_str())] { (text) }
                }
            }
        }
    }
}
