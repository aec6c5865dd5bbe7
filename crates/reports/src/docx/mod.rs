//! A report as a DOCX document, which an office can go on writing in.
//!
//! The parts of the package are written here and put together by `zip`: of the libraries that are kept, none repeats the head of a
//! table on every page or draws a native chart (docs/decisions/0018-documents-of-reports.md).

mod body;
mod chart;

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::chart::Chart;
use crate::document::{Block, Report};
use crate::text::escaped;

/// The declaration at the top of each part.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const WORD_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const CHART_TYPE: &str = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml";
/// Times New Roman of 13 points, as the decree has it.
const STYLES: &str = include_str!("styles.xml");
/// The number of the page in the middle of its top margin.
const HEADER: &str = include_str!("header.xml");
const SETTINGS: &str = include_str!("settings.xml");

/// Writes `report` as a DOCX document.
///
/// # Errors
/// When its parts cannot be put together, which the memory alone could cause.
pub(crate) fn written(report: &Report) -> zip::result::ZipResult<Vec<u8>> {
    let charts: Vec<&Chart> = report
        .sections
        .iter()
        .flat_map(|section| &section.blocks)
        .filter_map(|block| match block {
            Block::Chart(chart) => Some(chart),
            Block::Paragraph(_) | Block::Lines(_) | Block::Table(_) => None,
        })
        .collect();
    // The time of a part is always the first that ZIP knows, so that equal reports are equal files.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, content: &str| {
        package.start_file(name, options)?;
        package.write_all(content.as_bytes()).map_err(zip::result::ZipError::from)
    };
    part("[Content_Types].xml", &content_types(charts.len()))?;
    part("_rels/.rels", &package_relations())?;
    part("docProps/core.xml", &properties(report))?;
    part("word/document.xml", &body::written(report))?;
    part("word/_rels/document.xml.rels", &relations(charts.len()))?;
    part("word/styles.xml", STYLES)?;
    part("word/settings.xml", SETTINGS)?;
    part("word/header1.xml", HEADER)?;
    for (place, chart) in charts.iter().enumerate() {
        part(&format!("word/charts/chart{}.xml", place + 1), &chart::written(chart, report.lang))?;
    }
    Ok(package.finish()?.into_inner())
}

fn content_types(charts: usize) -> String {
    let mut parts = String::new();
    for (name, kind) in
        [("document", "document.main"), ("styles", "styles"), ("settings", "settings"), ("header1", "header")]
    {
        parts.push_str(&format!(
            "<Override PartName=\"/word/{name}.xml\" ContentType=\"{WORD_TYPE}.{kind}+xml\"/>"
        ));
    }
    for chart in 1..=charts {
        parts.push_str(&format!(
            "<Override PartName=\"/word/charts/chart{chart}.xml\" ContentType=\"{CHART_TYPE}\"/>"
        ));
    }
    format!(
        "{DECLARATION}<Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>{parts}\
         <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>"
    )
}

fn package_relations() -> String {
    format!(
        "{DECLARATION}<Relationships xmlns=\"{PACKAGE}/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"word/document.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{PACKAGE}/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>"
    )
}

fn relations(charts: usize) -> String {
    let mut relations = String::new();
    for (id, kind, target) in [
        ("styles", "styles", "styles.xml"),
        ("settings", "settings", "settings.xml"),
        ("header", "header", "header1.xml"),
    ] {
        relations
            .push_str(&format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>"));
    }
    for chart in 1..=charts {
        relations.push_str(&format!(
            "<Relationship Id=\"chart{chart}\" Type=\"{OFFICE}/chart\" Target=\"charts/chart{chart}.xml\"/>"
        ));
    }
    format!("{DECLARATION}<Relationships xmlns=\"{PACKAGE}/relationships\">{relations}</Relationships>")
}

fn properties(report: &Report) -> String {
    let title = escaped(&format!("{} {}", report.kind(), report.subject));
    let (creator, day) = (escaped(&report.letterhead.agency), report.day.format("%Y-%m-%d"));
    format!(
        "{DECLARATION}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{title}</dc:title>\
         <dc:creator>{creator}</dc:creator><dc:language>{}</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{day}T00:00:00Z</dcterms:created></cp:coreProperties>",
        report.lang.name()
    )
}
