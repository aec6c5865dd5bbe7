//! Dossiers behind a number of a report, as people read them.

use crate::cli::output::Output;
use crate::cli::table::{Cell, Side, Table};
use dongbo_model::{Lang, texts};

texts! {
    none(): "Không có hồ sơ nào như vậy.", "There is no such dossier.";
    more(shown): "Chỉ hiện {shown} hồ sơ đầu, còn nữa (--limit).", "Only the first {shown} dossiers are shown, there are more (--limit).";
}

/// Writes a table with a line for each of `rows`, and says when there is none, or when there are more of them.
pub(super) fn render<R>(
    out: &mut Output,
    heads: impl IntoIterator<Item = String>,
    rows: &[R],
    has_more: bool,
    cells: impl Fn(Lang, &R) -> Vec<Cell>,
) {
    let lang = out.lang();
    if rows.is_empty() {
        out.line(none(lang));
        return;
    }
    let mut table = Table::new(heads.into_iter().map(|head| (Side::Left, head)));
    for row in rows {
        table.row(cells(lang, row));
    }
    out.table(&table);
    if has_more {
        out.gap();
        out.line(more(lang, lang.count(u64::try_from(rows.len()).unwrap_or(u64::MAX))));
    }
}
