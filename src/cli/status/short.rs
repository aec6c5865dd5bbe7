//! The verdict in five lines that fit a terminal of 80 columns.

use super::super::output::Output;
use super::super::role::Role;
use super::super::table::Cell;
use super::super::wrap::{width, wrapped};
use super::view::StatusView;
use dongbo_model::{Lang, Owner, texts};
use dongbo_sync::health::{Health, ReasonKind, Standing};

/// The columns that a value may take beside the names of the lines.
const VALUE: usize = 64;

texts! {
    cause(): "Nguyên nhân", "Cause";
    proof(): "Căn cứ", "Proof";
    to_do(): "Việc cần làm", "What to do";
    held(): "Đang giữ", "Held";
    done(): "Dự kiến", "Done";
    nothing(): "không phải làm gì", "nothing";
    more(many): " (+{many}, xem --full)", " (+{many}, see --full)";
    by_whom(remedy, owner): "{remedy} ({owner})", "{remedy} ({owner})";
}

/// Writes the five lines, and what is worth knowing and changes nothing.
pub(super) fn render(view: &StatusView, out: &mut Output) {
    let (lang, health) = (out.lang(), &view.health);
    let verdict = health.headline(lang);
    out.line(out.paint(role_of(health.standing), &verdict));
    out.pairs(pairs(health, lang));
    for note in &health.notes {
        out.line(format!("  {}", out.paint(Role::Faint, &note.text(lang))));
    }
}

/// The four lines below the verdict, by their names.
fn pairs(health: &Health, lang: Lang) -> [(String, Cell); 4] {
    let first = health.first();
    let cause = match first {
        None => (proof(lang), Cell::from(cut(&health.cause(lang), VALUE))),
        Some(reason) => {
            let others = health.reasons.len().saturating_sub(1);
            let others = if others == 0 { String::new() } else { more(lang, others) };
            let text = cut(&health.cause(lang), VALUE.saturating_sub(width(&others)));
            (cause(lang), Cell::new(role_of(reason.standing()), format!("{text}{others}")))
        }
    };
    let remedy = first.map_or_else(
        || nothing(lang),
        |reason| match (reason.kind, reason.owner()) {
            // Whose the held ones are stands in a line of their own.
            (ReasonKind::DossiersHeld | ReasonKind::FilesHeld, _) | (_, Owner::Nobody) => reason.remedy(lang),
            (_, owner) => by_whom(lang, reason.remedy(lang), owner.text(lang)),
        },
    );
    [
        cause,
        (to_do(lang), cut(&remedy, VALUE).into()),
        (held(lang), cut(&health.held(lang), VALUE).into()),
        (done(lang), cut(&health.when(lang), VALUE).into()),
    ]
}

/// The colour of a verdict: red is for what keeps it from being known or done.
pub(super) const fn role_of(standing: Standing) -> Role {
    match standing {
        Standing::InStep => Role::Good,
        Standing::Working => Role::Warn,
        Standing::PersonNeeded | Standing::NotKnown => Role::Bad,
    }
}

/// The text in one line of at most `most` columns.
fn cut(text: &str, most: usize) -> String {
    // A share stays with its sign.
    let words = text.split(|c: char| c.is_whitespace() && c != '\u{a0}').filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    if width(&line) <= most {
        return line;
    }
    let mut short = wrapped(&line, most.saturating_sub(1), 0).into_iter().next().unwrap_or_default();
    while width(&short) >= most {
        short.pop();
    }
    format!("{short}…")
}
