//! The table of docs/health.md is that of the program, in both directions.

use std::fmt::Write as _;

use dongbo_model::Lang;
use dongbo_sync::health::{ReasonKind, Standing};

use crate::pages::page;

const BEGIN: &str = "<!-- Generated from crates/sync/src/health/kinds.rs: DONGBO_WRITE_DOCS=1 cargo test --test docs health -->\n";
const END: &str = "<!-- End of what is generated. -->\n";

/// The part of the page that comes from the table.
fn generated() -> String {
    let mut text = String::from(
        "| reason | standing | meaning | whose | remedy | blinds |\n|---|---|---|---|---|---|\n",
    );
    for kind in ReasonKind::ALL {
        let both = |of: fn(ReasonKind, Lang) -> &'static str| {
            format!("{}<br>*{}*", of(*kind, Lang::En), of(*kind, Lang::Vi)).replace("{}", "N")
        };
        writeln!(
            text,
            "| `{}` | `{}` | {} | {} | {} | {} |",
            kind.name(),
            kind.standing().name(),
            both(ReasonKind::text),
            kind.owner().text(Lang::En),
            both(ReasonKind::remedy),
            if kind.blinds() { "yes" } else { "" }
        )
        .unwrap();
    }
    text
}

#[test]
fn the_table_of_reasons_is_the_programs() {
    let page = page("docs/health.md");
    let before = page.hold_generated(BEGIN, END, &generated(), "health");
    for standing in Standing::ALL {
        assert!(before.contains(&format!("| `{}` |", standing.name())), "{} is not told", standing.name());
    }
}
