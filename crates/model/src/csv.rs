//! Cells of tables for spreadsheets.

use crate::invisible;

/// A cell of a row whose cells have commas between. One that a spreadsheet would take for a formula, whatever blanks stand before it,
/// is marked as text, and a row stays one line for whoever reads it line by line or on a terminal.
#[must_use]
pub fn cell(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let text = invisible::on_one_line(text);
    if formula || text.contains([',', '"']) {
        let mark = if formula { "'" } else { "" };
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

/// A row of these cells.
#[must_use]
pub fn row<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{cell, row};

    #[test]
    fn a_cell_that_would_break_its_row_or_run_in_a_spreadsheet_is_quoted() {
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("@H48/1.1"), "\"'@H48/1.1\"");
        assert_eq!(row(["H48.57", "a,b"]), "H48.57,\"a,b\"");
        for (text, quoted) in [
            ("a\r\nb", "a\\r\\nb"),
            ("\t=1+1", "\"'\\t=1+1\""),
            (" \r=cmd|'/c calc'!A1", "\"' \\r=cmd|'/c calc'!A1\""),
            ("＝1+1", "\"'＝1+1\""),
            ("a\u{1b}[2J\u{202e}", "a\\u{1b}[2J\\u{202e}"),
        ] {
            assert_eq!(cell(text), quoted, "{text:?}");
        }
    }
}
