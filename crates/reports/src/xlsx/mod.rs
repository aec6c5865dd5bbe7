//! A report as an XLSX workbook: a sheet with its text, a sheet for each table with real numbers, and the sources of the figures.

mod charts;
mod looks;

use chrono::NaiveDate;
use dongbo_model::{Lang, NOT_APPLICABLE};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::chart::Chart;
use crate::document::{
    Block, COUNTRY, Captions, Column, LINE_BY_HAND, MOTTO, Report, Row, Table, by_hand, roman,
};
use crate::figures::{Figure, ratio};
use crate::html::{Frame, bases, recipients};
use crate::text::{plain, real};
use looks::Looks;

/// The paper size A4.
const A4: u8 = 9;
/// The number of columns of the sheet with the text, over which a paragraph goes.
const ACROSS: u16 = 6;
/// The letters that fit on a line of that sheet, for the height of its rows: nothing breaks lines of merged cells by itself.
const LETTERS: usize = 88;
/// The height of a line, in points.
const LINE: f64 = 17.0;
/// The longest text that a cell takes.
const LONGEST: usize = 32_000;
/// The day before the first that a spreadsheet knows.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Writes `report` as a workbook.
///
/// # Errors
/// When its parts cannot be put together, which the memory alone could cause.
pub(crate) fn written(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let looks = Looks::new(report.lang);
    let mut workbook = Workbook::new();
    let title = format!("{} {}", report.kind(), report.subject);
    // A workbook has a time in it, which is always the day of the report, so that equal reports are equal files.
    let properties = DocProperties::new()
        .set_title(&*text(&title))
        .set_author(&*text(&report.letterhead.agency))
        .set_creation_datetime(&ExcelDateTime::from_serial_datetime(serial(report.day))?);
    workbook.set_properties(&properties);
    cover(workbook.add_worksheet(), report, &looks)?;
    for (number, (caption, table)) in report.tables().into_iter().enumerate() {
        let sheet = workbook.add_worksheet();
        sheet.set_name(format!("{} {}", report.lang.pick("Bảng", "Table"), number + 1))?;
        table_sheet(sheet, report, &caption, table, &looks)?;
    }
    let mut captions = Captions::new(report.lang);
    let blocks = report.sections.iter().flat_map(|section| &section.blocks);
    let drawn: Vec<(String, &Chart)> = blocks
        .filter_map(|block| match block {
            Block::Chart(chart) => Some((captions.chart(chart.title()), chart)),
            Block::Paragraph(_) | Block::Lines(_) | Block::Table(_) => None,
        })
        .collect();
    if !drawn.is_empty() {
        charts::sheet(workbook.add_worksheet(), &drawn, report.lang, &looks)?;
    }
    sources(&mut workbook, report, &looks)?;
    workbook.save_to_buffer()
}

/// A text as a cell takes it. It is never a formula, for it is written as a text.
fn text(raw: &str) -> String {
    plain(raw).chars().take(LONGEST).collect()
}

/// The serial number of a day.
fn serial(day: NaiveDate) -> f64 {
    i32::try_from((day - EPOCH).num_days()).map_or(0.0, f64::from).max(0.0)
}

/// A count, exact as long as a spreadsheet can hold it.
fn exact(many: u64) -> f64 {
    let half = |bits: u64| f64::from(u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default());
    half(many >> 32) * 4_294_967_296.0 + half(many)
}

/// Sets up a page of paper.
fn page(sheet: &mut Worksheet, is_wide: bool) {
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_margins(0.79, 0.59, 0.79, 0.79, 0.4, 0.4);
    sheet.set_footer("&C&\"Times New Roman\"&P/&N");
    if is_wide {
        sheet.set_landscape();
    }
}

/// Writes the sheet with the letterhead, the text and the signature.
fn cover(sheet: &mut Worksheet, report: &Report, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(report.lang.pick("Báo cáo", "Report"))?;
    page(sheet, false);
    sheet.set_screen_gridlines(false);
    sheet.set_column_range_width(0, ACROSS - 1, 15)?;
    let head = &report.letterhead;
    let mut pen = Pen { sheet, row: 0 };
    let agency = by_hand(&head.agency).to_uppercase();
    pen.halves([&head.agency_above.to_uppercase(), COUNTRY], [&looks.centred, &looks.centred_bold])?;
    pen.halves([&agency, MOTTO], [&looks.centred_bold, &looks.centred_bold])?;
    pen.halves([&report.number(), &report.place_and_day()], [&looks.centred, &looks.centred_italic])?;
    pen.gap();
    pen.across(report.kind(), &looks.title)?;
    pen.across(&report.subject, &looks.title)?;
    pen.gap();
    for base in bases(report) {
        pen.across(&base, &looks.italic)?;
    }
    let mut captions = Captions::new(report.lang);
    for (place, section) in report.sections.iter().enumerate() {
        pen.across(&format!("{}. {}", roman(place + 1), section.heading), &looks.bold)?;
        for block in &section.blocks {
            match block {
                Block::Paragraph(words) => pen.across(words, &looks.words)?,
                Block::Lines(many) => {
                    for _ in 0..*many {
                        pen.across(LINE_BY_HAND, &looks.words)?;
                    }
                }
                // These have sheets of their own.
                Block::Table(table) => {
                    pen.across(&format!("→ {}", captions.table(&table.title)), &looks.italic)?
                }
                Block::Chart(chart) => {
                    pen.across(&format!("→ {}", captions.chart(chart.title())), &looks.italic)?
                }
            }
        }
    }
    let frame = Frame::new(report.lang);
    if !report.notes.is_empty() {
        pen.across(&frame.notes, &looks.bold)?;
    }
    for (place, note) in report.notes.iter().enumerate() {
        pen.across(&format!("{}. {note}", place + 1), &looks.words)?;
    }
    pen.gap();
    let to = recipients(report);
    pen.halves(
        [&frame.recipients, &head.signs_for.to_uppercase()],
        [&looks.bold_italic, &looks.centred_bold],
    )?;
    let first = to.first().map_or("", String::as_str);
    pen.halves([first, &head.signer_position.to_uppercase()], [&looks.words, &looks.centred_bold])?;
    for line in to.iter().skip(1) {
        pen.halves([line, ""], [&looks.words, &looks.centred_bold])?;
    }
    pen.gap();
    pen.gap();
    pen.halves(["", &head.signer], [&looks.words, &looks.centred_bold])
}

/// Writes the sheet with the text row by row.
struct Pen<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
}

impl Pen<'_> {
    const fn gap(&mut self) {
        self.row += 1;
    }

    /// A text over the whole breadth.
    fn across(&mut self, words: &str, format: &Format) -> Result<(), XlsxError> {
        let words = text(words);
        self.height(&words, LETTERS)?;
        self.sheet.merge_range(self.row, 0, self.row, ACROSS - 1, &words, format)?;
        self.row += 1;
        Ok(())
    }

    /// Two texts side by side.
    fn halves(&mut self, words: [&str; 2], formats: [&Format; 2]) -> Result<(), XlsxError> {
        let half = ACROSS / 2;
        let [left, right] = words.map(text);
        let longer = if left.chars().count() > right.chars().count() { &left } else { &right };
        self.height(longer, LETTERS / 2)?;
        let [of_left, of_right] = formats;
        self.sheet.merge_range(self.row, 0, self.row, half - 1, &left, of_left)?;
        self.sheet.merge_range(self.row, half, self.row, ACROSS - 1, &right, of_right)?;
        self.row += 1;
        Ok(())
    }

    fn height(&mut self, words: &str, letters: usize) -> Result<(), XlsxError> {
        let lines = words.chars().count().div_ceil(letters).clamp(1, 20);
        self.sheet.set_row_height(self.row, LINE * real(lines))?;
        Ok(())
    }
}

/// The place of a column.
fn column_at(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

/// The place of a row.
fn row_at(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Writes a table with its head frozen and repeated on each page, and beside each row the options that narrow a source to it.
fn table_sheet(
    sheet: &mut Worksheet,
    report: &Report,
    caption: &str,
    table: &Table,
    looks: &Looks,
) -> Result<(), XlsxError> {
    page(sheet, table.columns.len() > 6);
    let behind = column_at(table.columns.len());
    let leads = table.columns.iter().any(|column| !column.source.is_empty());
    if behind > 1 {
        sheet.merge_range(0, 0, 0, behind - 1, &text(caption), &looks.title)?;
    } else {
        sheet.write_string_with_format(0, 0, text(caption), &looks.title)?;
    }
    let heads = table.heads();
    let whole: u32 = table.columns.iter().map(|column| column.width).sum();
    for (place, column) in table.columns.iter().enumerate() {
        sheet.set_column_width(column_at(place), breadth(column, whole))?;
    }
    for (line, heads) in heads.iter().enumerate() {
        let row = row_at(line + 1);
        sheet.set_row_height(row, 2.0 * LINE)?;
        for head in heads {
            let (first, last) = (column_at(head.first), column_at(head.first + head.columns - 1));
            let lowest = row + row_at(head.lines - 1);
            if (first, row) == (last, lowest) {
                sheet.write_string_with_format(row, first, text(head.text), &looks.head)?;
            } else {
                sheet.merge_range(row, first, lowest, last, &text(head.text), &looks.head)?;
            }
        }
    }
    let below = row_at(heads.len() + 1);
    if leads {
        let frame = Frame::new(report.lang);
        let head = report.lang.pick("Tham số của lệnh nguồn", "Options of the source");
        sheet.write_string_with_format(below - 1, behind, head, &looks.head)?;
        sheet.set_column_width(behind, 44)?;
        sheet.insert_note(
            below - 1,
            behind,
            &rust_xlsxwriter::Note::new(text(&frame.sources_words)).add_author_prefix(false),
        )?;
    }
    sheet.set_freeze_panes(below, 0)?;
    sheet.set_repeat_rows(1, below - 1)?;
    for (place, row) in table.rows.iter().enumerate() {
        let at = below + row_at(place);
        sheet.set_row_height(at, LINE * real(lines(table, row, report.lang)))?;
        table_row(sheet, at, row, looks, report)?;
        if let (true, Some(scope)) = (leads, &row.scope) {
            sheet.write_string_with_format(at, behind, text(scope), &looks.code)?;
        }
    }
    Ok(())
}

/// The breadth of a column, in letters, where all together have the width `whole`.
fn breadth(column: &Column, whole: u32) -> f64 {
    (f64::from(column.width) / f64::from(whole.max(1)) * 120.0).clamp(7.0, 60.0)
}

/// The lines of a row whose words are broken: not every program makes room for them by itself.
fn lines(table: &Table, row: &Row, lang: Lang) -> usize {
    let whole: u32 = table.columns.iter().map(|column| column.width).sum();
    let needed = table.columns.iter().zip(&row.cells).map(|(column, figure)| {
        let (letters, fit) = (figure.shown(lang).chars().count(), breadth(column, whole));
        (1..=20).find(|lines| real(letters) <= fit * 0.9 * real(*lines)).unwrap_or(20)
    });
    needed.max().unwrap_or(1)
}

fn table_row(
    sheet: &mut Worksheet,
    at: u32,
    row: &Row,
    looks: &Looks,
    report: &Report,
) -> Result<(), XlsxError> {
    let looks = looks.of_row(row.is_total);
    for (place, figure) in row.cells.iter().enumerate() {
        let column = column_at(place);
        match figure {
            Figure::Count(many) | Figure::Number(many) => {
                sheet.write_number_with_format(at, column, exact(*many), &looks.count)?
            }
            Figure::Share { part, whole } => match ratio(*part, *whole) {
                Some(share) => sheet.write_number_with_format(at, column, share, &looks.share)?,
                None => sheet.write_string_with_format(at, column, NOT_APPLICABLE, &looks.none)?,
            },
            Figure::Percent(Some(hundredths)) => {
                sheet.write_number_with_format(at, column, f64::from(*hundredths) / 10_000.0, &looks.share)?
            }
            Figure::Decimal(Some(hundredths)) => {
                sheet.write_number_with_format(at, column, f64::from(*hundredths) / 100.0, &looks.decimal)?
            }
            Figure::Day(day) => sheet.write_number_with_format(at, column, serial(*day), &looks.day)?,
            Figure::Span(Some(length)) => {
                sheet.write_number_with_format(at, column, length.as_secs_f64() / 86_400.0, &looks.span)?
            }
            Figure::Span(None) | Figure::Percent(None) | Figure::Decimal(None) => {
                sheet.write_string_with_format(at, column, NOT_APPLICABLE, &looks.none)?
            }
            Figure::Text(_) | Figure::Empty => {
                sheet.write_string_with_format(at, column, text(&figure.shown(report.lang)), &looks.text)?
            }
        };
    }
    Ok(())
}

fn sources(workbook: &mut Workbook, report: &Report, looks: &Looks) -> Result<(), XlsxError> {
    let sources = report.sources();
    if sources.is_empty() {
        return Ok(());
    }
    let frame = Frame::new(report.lang);
    let sheet = workbook.add_worksheet();
    sheet.set_name(report.lang.pick("Nguồn số liệu", "Sources"))?;
    page(sheet, true);
    sheet.set_column_width(0, 50)?.set_column_width(1, 90)?;
    sheet.set_row_height(0, 2.0 * LINE)?;
    sheet.merge_range(0, 0, 0, 1, &text(&frame.sources_words), &looks.words)?;
    for (column, head) in [(0, &frame.place), (1, &frame.command)] {
        sheet.write_string_with_format(1, column, text(head), &looks.head)?;
    }
    sheet.set_freeze_panes(2, 0)?;
    sheet.set_repeat_rows(1, 1)?;
    for (place, source) in sources.iter().enumerate() {
        let row = row_at(place + 2);
        sheet.write_string_with_format(row, 0, text(&source.place), &looks.of_row(false).text)?;
        sheet.write_string_with_format(row, 1, text(&source.command), &looks.code)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{exact, serial};

    #[test]
    fn counts_and_days_are_the_numbers_that_a_spreadsheet_has_for_them() {
        for (many, real) in [
            (0, 0.0),
            (7, 7.0),
            (4_294_967_295, 4_294_967_295.0),
            (4_294_967_296, 4_294_967_296.0),
            (1 << 52, 4_503_599_627_370_496.0),
        ] {
            assert!((exact(many) - real).abs() < 0.5, "{many}");
        }
        assert!((serial("2026-08-31".parse().unwrap()) - 46_265.0).abs() < 0.5);
    }
}
