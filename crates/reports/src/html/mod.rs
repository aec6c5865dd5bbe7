//! A report as one HTML file that needs nothing else, and that prints as A4 pages.

mod svg;

use dongbo_model::{Lang, texts};

use crate::chart::Chart;
use crate::document::{Block, COUNTRY, Captions, LINE_BY_HAND, MOTTO, Report, Row, Table, by_hand, roman};
use crate::text::{bound, escaped};

texts! {
    notes_head(): "Ghi chú", "Notes";
    recipients_head(): "Nơi nhận:", "Recipients:";
    sources_head(): "Phụ lục. Nguồn số liệu", "Annex. Sources of the figures";
    sources_words():
        "Mỗi lệnh dưới đây liệt kê các hồ sơ đằng sau số liệu của một cột; thêm --unit, --procedure để chỉ lấy một dòng.",
        "Each command lists the dossiers behind the figures of a column; --unit and --procedure narrow it to a row.";
    place_head(): "Số liệu", "Figures";
    command_head(): "Lệnh", "Command";
    unit_of(unit): "Đơn vị tính: {unit}", "Unit: {unit}";
}

/// Its looks, on the screen and on paper.
const STYLE: &str = include_str!("report.css");

/// The texts around the body of a report, which every form has.
pub(crate) struct Frame {
    pub(crate) notes: String,
    pub(crate) recipients: String,
    pub(crate) sources: String,
    pub(crate) sources_words: String,
    pub(crate) place: String,
    pub(crate) command: String,
}

impl Frame {
    pub(crate) fn new(lang: Lang) -> Self {
        Self {
            notes: notes_head(lang),
            recipients: recipients_head(lang),
            sources: sources_head(lang),
            sources_words: sources_words(lang),
            place: place_head(lang),
            command: command_head(lang),
        }
    }
}

/// Writes `report` as an HTML document, which is well-formed XML too.
pub(crate) fn written(report: &Report) -> String {
    let lang = report.lang;
    let title = escaped(&format!("{} {}", report.kind(), report.subject));
    let mut body = String::new();
    letterhead(&mut body, report);
    for base in bases(report) {
        element(&mut body, "p class=\"base\"", &base);
    }
    let mut captions = Captions::new(lang);
    let mut charts = 0;
    for (place, section) in report.sections.iter().enumerate() {
        element(&mut body, "h2", &format!("{}. {}", roman(place + 1), section.heading));
        for block in &section.blocks {
            match block {
                Block::Paragraph(text) => element(&mut body, "p", &bound(text)),
                Block::Lines(many) => {
                    for _ in 0..*many {
                        element(&mut body, "p class=\"by-hand\"", LINE_BY_HAND);
                    }
                }
                Block::Table(table) => drawn_table(&mut body, lang, &captions.table(&table.title), table),
                Block::Chart(chart) => {
                    charts += 1;
                    figure(&mut body, lang, &captions.chart(chart.title()), chart, charts);
                }
            }
        }
    }
    ending(&mut body, report);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        lang.name()
    )
}

/// The legal bases, each with the mark that a list of them has.
pub(crate) fn bases(report: &Report) -> Vec<String> {
    let last = report.bases.len();
    let mark = |place| if place + 1 == last { "." } else { ";" };
    report.bases.iter().enumerate().map(|(place, base)| format!("{base}{}", mark(place))).collect()
}

/// The recipients, each with the mark that a list of them has; a copy always stays in the files.
pub(crate) fn recipients(report: &Report) -> Vec<String> {
    let kept = report.lang.pick("Lưu: VT.", "Files.").to_owned();
    let others = report.letterhead.recipients.iter().map(|one| format!("{one};"));
    others.chain([kept]).map(|one| format!("- {one}")).collect()
}

fn letterhead(body: &mut String, report: &Report) {
    let head = &report.letterhead;
    body.push_str("<header>\n<div class=\"agency\">");
    if !head.agency_above.trim().is_empty() {
        element(body, "p class=\"above\"", &head.agency_above.to_uppercase());
    }
    element(body, "p class=\"own\"", &by_hand(&head.agency).to_uppercase());
    body.push_str("<hr class=\"short\"/>");
    element(body, "p class=\"number\"", &report.number());
    body.push_str("</div>\n<div class=\"state\" lang=\"vi\">");
    element(body, "p class=\"country\"", COUNTRY);
    element(body, "p class=\"motto\"", MOTTO);
    body.push_str("<hr class=\"motto-line\"/>");
    element(body, "p class=\"place\"", &report.place_and_day());
    body.push_str("</div>\n</header>\n");
    element(body, "h1", report.kind());
    element(body, "p class=\"subject\"", &report.subject);
    body.push_str("<hr class=\"short\"/>\n");
}

/// Writes one element; `tag` is its name with its attributes.
fn element(body: &mut String, tag: &str, text: &str) {
    let name = tag.split(' ').next().unwrap_or(tag);
    body.push_str(&format!("<{tag}>{}</{name}>\n", escaped(text)));
}

fn drawn_table(body: &mut String, lang: Lang, caption: &str, table: &Table) {
    let width = if table.is_dense() { "table class=\"wide\"" } else { "table" };
    body.push_str(&format!("<{width}>\n<caption>{}</caption>\n<colgroup>", escaped(caption)));
    let whole: u32 = table.columns.iter().map(|column| column.width).sum();
    for column in &table.columns {
        let share = f64::from(column.width) / f64::from(whole.max(1)) * 100.0;
        body.push_str(&format!("<col style=\"width:{share:.2}%\"/>"));
    }
    body.push_str("</colgroup>\n<thead>\n");
    for line in table.heads() {
        body.push_str("<tr>");
        for head in line {
            let scope = if head.columns > 1 { "colgroup" } else { "col" };
            let (over, down) = (head.columns, head.lines);
            let text = escaped(head.text);
            body.push_str(&format!(
                "<th scope=\"{scope}\" colspan=\"{over}\" rowspan=\"{down}\">{text}</th>"
            ));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</thead>\n<tbody>\n");
    for row in &table.rows {
        table_row(body, lang, table, row);
    }
    body.push_str("</tbody>\n</table>\n");
}

fn table_row(body: &mut String, lang: Lang, table: &Table, row: &Row) {
    body.push_str(if row.is_total { "<tr class=\"total\">" } else { "<tr>" });
    for (column, figure) in table.columns.iter().zip(&row.cells) {
        let class = match figure {
            figure if figure.is_number() => " class=\"number\"",
            figure if figure.is_short() => " class=\"day\"",
            _ => "",
        };
        let source = Table::source(column, row, figure).map(|command| {
            let command = escaped(&command);
            format!(" data-source=\"{command}\" title=\"{command}\"")
        });
        let text = escaped(&figure.shown(lang));
        body.push_str(&format!("<td{class}{}>{text}</td>", source.unwrap_or_default()));
    }
    body.push_str("</tr>\n");
}

fn figure(body: &mut String, lang: Lang, caption: &str, chart: &Chart, place: usize) {
    body.push_str(&format!("<figure>\n{}\n", svg::drawn(chart, place, lang)));
    let unit = unit_of(lang, chart.unit());
    element(body, "figcaption", &format!("{caption} ({unit})"));
    body.push_str("</figure>\n");
}

fn ending(body: &mut String, report: &Report) {
    let frame = Frame::new(report.lang);
    let head = &report.letterhead;
    if !report.notes.is_empty() {
        body.push_str("<section class=\"notes\">\n");
        element(body, "h3", &frame.notes);
        body.push_str("<ol>\n");
        report.notes.iter().for_each(|note| element(body, "li", note));
        body.push_str("</ol>\n</section>\n");
    }
    body.push_str("<footer>\n<div class=\"recipients\">");
    element(body, "p class=\"head\"", &frame.recipients);
    recipients(report).iter().for_each(|line| element(body, "p", line));
    body.push_str("</div>\n<div class=\"signature\">");
    for line in [&head.signs_for, &head.signer_position] {
        if !line.trim().is_empty() {
            element(body, "p", &line.to_uppercase());
        }
    }
    element(body, "p class=\"signer\"", &head.signer);
    body.push_str("</div>\n</footer>\n");
    let sources = report.sources();
    if sources.is_empty() {
        return;
    }
    body.push_str("<section class=\"sources\">\n");
    element(body, "h2", &frame.sources);
    element(body, "p", &frame.sources_words);
    body.push_str(
        "<table>\n<colgroup><col style=\"width:42%\"/><col style=\"width:58%\"/></colgroup>\n<thead><tr>",
    );
    element(body, "th scope=\"col\"", &frame.place);
    element(body, "th scope=\"col\"", &frame.command);
    body.push_str("</tr></thead>\n<tbody>\n");
    for source in sources {
        let place = escaped(&source.place);
        // Each word stays whole, or a line would end behind the first mark of an option.
        let words = source.command.split(' ').map(|word| format!("<span>{}</span>", escaped(word)));
        let command = words.collect::<Vec<_>>().join(" ");
        body.push_str(&format!("<tr><td>{place}</td><td><code>{command}</code></td></tr>\n"));
    }
    body.push_str("</tbody>\n</table>\n</section>\n");
}
