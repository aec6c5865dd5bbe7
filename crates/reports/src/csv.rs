//! The tables of a report as CSV: one after the other, for whoever reckons with them.
//!
//! Numbers have no marks between their thousands, which a spreadsheet of another country would take for decimals.

use dongbo_model::{Lang, csv};

use crate::document::{Report, Table};
use crate::figures::Figure;
use crate::text::plain;

/// Tells spreadsheets that the text is UTF-8.
const MARK: &str = "\u{feff}";

/// Writes the tables of `report`: a line with the caption, a line with the heads, and a line for each row.
pub(crate) fn written(report: &Report) -> String {
    let mut lines = Vec::new();
    for (caption, table) in report.tables() {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(row([caption]));
        let leads = table.columns.iter().any(|column| !column.source.is_empty());
        let heads = table.columns.iter().map(Table::full_head);
        let source =
            leads.then(|| report.lang.pick("Tham số của lệnh nguồn", "Options of the source").to_owned());
        lines.push(row(heads.chain(source)));
        for one in &table.rows {
            let cells = one.cells.iter().map(|figure| value(report.lang, figure));
            lines.push(row(cells.chain(leads.then(|| one.scope.clone().unwrap_or_default()))));
        }
    }
    let mut written = MARK.to_owned();
    for line in lines {
        written.push_str(&line);
        written.push_str("\r\n");
    }
    written
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| plain(&cell).into_owned()).collect();
    csv::row(cells.iter().map(String::as_str))
}

fn value(lang: Lang, figure: &Figure) -> String {
    match figure {
        Figure::Count(many) | Figure::Number(many) => many.to_string(),
        // Programs that take tables in read a number by its plain characters.
        figure => figure.shown(lang).replace('\u{a0}', " "),
    }
}
