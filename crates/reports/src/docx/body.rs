//! The text of a DOCX document.

use dongbo_model::Lang;

use super::{DECLARATION, OFFICE};
use crate::chart::Chart;
use crate::document::{
    Block, COUNTRY, Captions, Column, LINE_BY_HAND, MOTTO, Report, Row, Table, by_hand, roman,
};
use crate::figures::Figure;
use crate::html::{Frame, bases, recipients};
use crate::text::{bound, escaped};

/// The breadth of the text on an A4 page between its margins, in twentieths of a point.
const TEXT: u32 = 9_071;
/// The breadth of the two halves of the letterhead.
const HALVES: [u32; 2] = [3_700, 5_371];
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const DRAWING: &str = "http://schemas.openxmlformats.org/drawingml/2006";
/// A4, margins of 20, 20, 20 and 30 mm, and no number on the first page.
const PAGE: &str = "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"header\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
    <w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1701\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/>\
    <w:titlePg/></w:sectPr>";
const NO_BORDERS: &str = "<w:tblBorders><w:top w:val=\"nil\"/><w:left w:val=\"nil\"/><w:bottom w:val=\"nil\"/><w:right w:val=\"nil\"/>\
    <w:insideH w:val=\"nil\"/><w:insideV w:val=\"nil\"/></w:tblBorders>";
const BORDERS: &str = "<w:tblBorders><w:top w:val=\"single\" w:sz=\"4\"/><w:left w:val=\"single\" w:sz=\"4\"/>\
    <w:bottom w:val=\"single\" w:sz=\"4\"/><w:right w:val=\"single\" w:sz=\"4\"/><w:insideH w:val=\"single\" w:sz=\"4\"/>\
    <w:insideV w:val=\"single\" w:sz=\"4\"/></w:tblBorders><w:tblLayout w:type=\"fixed\"/>\
    <w:tblCellMar><w:top w:w=\"30\" w:type=\"dxa\"/><w:left w:w=\"40\" w:type=\"dxa\"/><w:bottom w:w=\"30\" w:type=\"dxa\"/><w:right w:w=\"40\" w:type=\"dxa\"/></w:tblCellMar>";

/// The looks of letters.
#[derive(Clone, Copy, Default)]
struct Letters {
    bold: bool,
    italic: bool,
    /// In half points; 0 for the style's own.
    size: u32,
}

impl Letters {
    const BOLD: Self = Self { bold: true, italic: false, size: 0 };
    const ITALIC: Self = Self { bold: false, italic: true, size: 0 };

    const fn sized(self, size: u32) -> Self {
        Self { size, ..self }
    }

    fn written(self) -> String {
        let mut written = String::new();
        if self.bold {
            written.push_str("<w:b/><w:bCs/>");
        }
        if self.italic {
            written.push_str("<w:i/><w:iCs/>");
        }
        if self.size > 0 {
            written.push_str(&format!("<w:sz w:val=\"{0}\"/><w:szCs w:val=\"{0}\"/>", self.size));
        }
        written
    }
}

/// Writes the part `word/document.xml`.
pub(super) fn written(report: &Report) -> String {
    let mut body = String::new();
    letterhead(&mut body, report);
    title(&mut body, report);
    for base in bases(report) {
        body.push_str(&paragraph(&style("BodyText"), Letters::ITALIC, &base));
    }
    let mut captions = Captions::new(report.lang);
    let mut charts = 0;
    for (place, section) in report.sections.iter().enumerate() {
        let heading = format!("{}. {}", roman(place + 1), section.heading);
        body.push_str(&paragraph(&style("Heading1"), Letters::default(), &heading));
        for block in &section.blocks {
            match block {
                Block::Paragraph(text) => {
                    body.push_str(&paragraph(&style("BodyText"), Letters::default(), &bound(text)))
                }
                Block::Lines(many) => {
                    for _ in 0..*many {
                        body.push_str(&paragraph("", Letters::default(), LINE_BY_HAND));
                    }
                }
                Block::Table(table) => {
                    body.push_str(&paragraph(
                        &style("Caption"),
                        Letters::default(),
                        &captions.table(&table.title),
                    ));
                    drawn_table(&mut body, report.lang, table);
                }
                Block::Chart(chart) => {
                    charts += 1;
                    figure(&mut body, report.lang, chart, charts);
                    let caption = format!("{} ({})", captions.chart(chart.title()), chart.unit());
                    body.push_str(&paragraph(
                        "<w:spacing w:before=\"80\" w:after=\"160\"/><w:jc w:val=\"center\"/>",
                        Letters::BOLD.sized(24),
                        &caption,
                    ));
                }
            }
        }
    }
    ending(&mut body, report);
    format!(
        "{DECLARATION}<w:document xmlns:w=\"{WORD}\" xmlns:r=\"{OFFICE}\" xmlns:wp=\"{DRAWING}/wordprocessingDrawing\" \
         xmlns:a=\"{DRAWING}/main\" xmlns:c=\"{DRAWING}/chart\"><w:body>{body}{PAGE}</w:body></w:document>"
    )
}

fn style(name: &str) -> String {
    format!("<w:pStyle w:val=\"{name}\"/>")
}

/// A paragraph with one run of text; `looks` are its properties in the order that the schema has.
fn paragraph(looks: &str, letters: Letters, text: &str) -> String {
    let (letters, text) = (letters.written(), escaped(text));
    format!(
        "<w:p><w:pPr>{looks}</w:pPr><w:r><w:rPr>{letters}</w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>"
    )
}

fn centred(letters: Letters, text: &str) -> String {
    paragraph("<w:jc w:val=\"center\"/>", letters, text)
}

/// A line of the given length in the middle of something `wide`.
fn line(wide: u32, long: u32) -> String {
    let aside = wide.saturating_sub(long) / 2;
    format!(
        "<w:p><w:pPr><w:pBdr><w:top w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"000000\"/></w:pBdr>\
         <w:spacing w:before=\"60\" w:line=\"120\" w:lineRule=\"exact\"/><w:ind w:left=\"{aside}\" w:right=\"{aside}\"/></w:pPr></w:p>"
    )
}

/// A table without borders that has one row of two cells.
fn side_by_side(widths: [u32; 2], cells: [String; 2]) -> String {
    let grid: String = widths.iter().map(|wide| format!("<w:gridCol w:w=\"{wide}\"/>")).collect();
    let cells: String = widths
        .iter()
        .zip(&cells)
        .map(|(wide, cell)| {
            format!("<w:tc><w:tcPr><w:tcW w:w=\"{wide}\" w:type=\"dxa\"/></w:tcPr>{cell}</w:tc>")
        })
        .collect();
    format!(
        "<w:tbl><w:tblPr><w:tblW w:w=\"{TEXT}\" w:type=\"dxa\"/>{NO_BORDERS}<w:tblLayout w:type=\"fixed\"/></w:tblPr>\
         <w:tblGrid>{grid}</w:tblGrid><w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr></w:tbl>"
    )
}

fn letterhead(body: &mut String, report: &Report) {
    let head = &report.letterhead;
    // A cell has 108 of margin on either side.
    let [left, right] = HALVES.map(|wide| wide - 216);
    let mut agency = String::new();
    if !head.agency_above.trim().is_empty() {
        agency.push_str(&centred(Letters::default().sized(24), &head.agency_above.to_uppercase()));
    }
    agency.push_str(&centred(Letters::BOLD.sized(24), &by_hand(&head.agency).to_uppercase()));
    agency.push_str(&line(left, 1_400));
    agency.push_str(&centred(Letters::default(), &report.number()));
    let mut state = centred(Letters::BOLD.sized(24), COUNTRY);
    state.push_str(&centred(Letters::BOLD, MOTTO));
    state.push_str(&line(right, 3_050));
    state.push_str(&centred(Letters::ITALIC, &report.place_and_day()));
    body.push_str(&side_by_side(HALVES, [agency, state]));
}

fn title(body: &mut String, report: &Report) {
    let above = format!("{}<w:spacing w:before=\"280\"/>", style("Title"));
    body.push_str(&paragraph(&above, Letters::default(), report.kind()));
    body.push_str(&paragraph(&style("Title"), Letters::default(), &report.subject));
    body.push_str(&line(TEXT, 1_700));
    body.push_str("<w:p><w:pPr><w:spacing w:line=\"120\" w:lineRule=\"exact\"/></w:pPr></w:p>");
}

/// The breadth of each column, which add up to that of the text.
fn widths(columns: &[Column]) -> Vec<u32> {
    let whole = columns.iter().map(|column| column.width).sum::<u32>().max(1);
    columns.iter().map(|column| TEXT * column.width / whole).collect()
}

fn drawn_table(body: &mut String, lang: Lang, table: &Table) {
    let widths = widths(&table.columns);
    let size = match table.columns.len() {
        0..=10 if table.is_dense() => 18,
        0..=10 => 22,
        _ => 16,
    };
    let grid: String = widths.iter().map(|wide| format!("<w:gridCol w:w=\"{wide}\"/>")).collect();
    body.push_str(&format!(
        "<w:tbl><w:tblPr><w:tblW w:w=\"{TEXT}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/>{BORDERS}</w:tblPr>\
         <w:tblGrid>{grid}</w:tblGrid>"
    ));
    head_rows(body, table, &widths, size);
    for row in &table.rows {
        body_row(body, lang, row, &widths, size);
    }
    // Between a table and what follows it.
    body.push_str("</w:tbl><w:p><w:pPr><w:spacing w:line=\"160\" w:lineRule=\"exact\"/></w:pPr></w:p>");
}

fn head_rows(body: &mut String, table: &Table, widths: &[u32], size: u32) {
    let heads = table.heads();
    for (number, line) in heads.iter().enumerate() {
        body.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        let mut place = 0;
        while place < widths.len() {
            // What goes over both lines is merged downwards: the second line has an empty cell there.
            let head = line.iter().find(|head| head.first == place);
            let columns = head.map_or(1, |head| head.columns);
            let merged = match head {
                None => "<w:vMerge/>",
                Some(head) if head.lines > 1 && number == 0 => "<w:vMerge w:val=\"restart\"/>",
                Some(_) => "",
            };
            let wide: u32 = widths.iter().skip(place).take(columns).sum();
            let text = centred(Letters::BOLD.sized(size), head.map_or("", |head| head.text));
            body.push_str(&format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{wide}\" w:type=\"dxa\"/><w:gridSpan w:val=\"{columns}\"/>{merged}\
                 <w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"EEEEEE\"/><w:vAlign w:val=\"center\"/></w:tcPr>{text}</w:tc>"
            ));
            place += columns;
        }
        body.push_str("</w:tr>");
    }
}

fn body_row(body: &mut String, lang: Lang, row: &Row, widths: &[u32], size: u32) {
    body.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
    for (wide, figure) in widths.iter().zip(&row.cells) {
        let side = match figure {
            figure if figure.is_number() => "right",
            figure if figure.is_short() => "center",
            _ => "left",
        };
        let letters = Letters { bold: row.is_total, italic: false, size };
        let text = paragraph(&format!("<w:jc w:val=\"{side}\"/>"), letters, &bound(&figure.shown(lang)));
        body.push_str(&format!(
            "<w:tc><w:tcPr><w:tcW w:w=\"{wide}\" w:type=\"dxa\"/><w:vAlign w:val=\"center\"/></w:tcPr>{text}</w:tc>"
        ));
    }
    body.push_str("</w:tr>");
}

/// The place of a chart, as broad as the text.
fn figure(body: &mut String, lang: Lang, chart: &Chart, number: usize) {
    let (title, told) = (escaped(chart.title()), escaped(&chart.told(lang)));
    body.push_str(&format!(
        "<w:p><w:pPr><w:keepNext/><w:jc w:val=\"center\"/></w:pPr><w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">\
         <wp:extent cx=\"5760000\" cy=\"2700000\"/><wp:docPr id=\"{number}\" name=\"{title}\" descr=\"{told}\"/><wp:cNvGraphicFramePr/>\
         <a:graphic><a:graphicData uri=\"{DRAWING}/chart\"><c:chart r:id=\"chart{number}\"/></a:graphicData></a:graphic>\
         </wp:inline></w:drawing></w:r></w:p>"
    ));
}

fn ending(body: &mut String, report: &Report) {
    let frame = Frame::new(report.lang);
    let head = &report.letterhead;
    if !report.notes.is_empty() {
        let above = "<w:keepNext/><w:spacing w:before=\"120\"/>";
        body.push_str(&paragraph(above, Letters::BOLD.sized(23), &frame.notes));
        for (place, note) in report.notes.iter().enumerate() {
            let note = format!("{}. {note}", place + 1);
            // The signature does not stand alone on a page.
            let kept = if place + 1 == report.notes.len() { "<w:keepNext/>" } else { "" };
            let looks = format!("{kept}<w:jc w:val=\"both\"/>");
            body.push_str(&paragraph(&looks, Letters::default().sized(23), &note));
        }
    }
    body.push_str("<w:p><w:pPr><w:keepNext/><w:spacing w:before=\"120\"/></w:pPr></w:p>");
    let mut to = paragraph("", Letters { bold: true, italic: true, size: 24 }, &frame.recipients);
    for line in recipients(report) {
        to.push_str(&paragraph("", Letters::default().sized(22), &line));
    }
    let mut signature = String::new();
    for line in [&head.signs_for, &head.signer_position] {
        signature.push_str(&centred(Letters::BOLD, &line.to_uppercase()));
    }
    let room = "<w:spacing w:before=\"1300\"/><w:jc w:val=\"center\"/>";
    signature.push_str(&paragraph(room, Letters::BOLD, &head.signer));
    body.push_str(&side_by_side([TEXT / 2, TEXT / 2], [to, signature]));
    sources(body, report, &frame);
    // A document may not end with a table.
    body.push_str("<w:p/>");
}

fn sources(body: &mut String, report: &Report, frame: &Frame) {
    let sources = report.sources();
    if sources.is_empty() {
        return;
    }
    let next_page = format!("{}<w:pageBreakBefore/><w:jc w:val=\"center\"/>", style("Heading1"));
    body.push_str(&paragraph(&next_page, Letters::default(), &frame.sources));
    body.push_str(&paragraph(&style("BodyText"), Letters::default(), &frame.sources_words));
    let row = |source: crate::document::Source| Row {
        cells: vec![Figure::Text(source.place), Figure::Text(source.command)],
        scope: None,
        is_total: false,
    };
    let table = Table {
        title: String::new(),
        columns: vec![Column::new(&frame.place, 2), Column::new(&frame.command, 3)],
        rows: sources.into_iter().map(row).collect(),
    };
    drawn_table(body, report.lang, &table);
}
