use std::io::{Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Format;
use crate::document::Report;
use crate::sample::{self, HOSTILE};

/// The parts of a package by their names.
fn parts(package: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(package)).unwrap();
    (0..zip.len())
        .map(|place| {
            let mut part = zip.by_index(place).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            (part.name().unwrap().into_owned(), text)
        })
        .collect()
}

fn part<'p>(parts: &'p [(String, String)], name: &str) -> &'p str {
    &parts.iter().find(|(of, _)| of == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// The names of the elements of well-formed XML in their order, and its text between them.
fn parsed(xml: &str) -> (Vec<String>, String) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut names, mut text, mut open) = (Vec::new(), String::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open += 1;
                names.push(String::from_utf8(tag.name().0.to_vec()).unwrap());
            }
            Event::Empty(tag) => names.push(String::from_utf8(tag.name().0.to_vec()).unwrap()),
            Event::End(_) => open -= 1,
            Event::Text(piece) => text.push_str(&piece.decode().unwrap()),
            Event::GeneralRef(entity) => {
                let entity = entity.decode().unwrap().into_owned();
                let known =
                    [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"'), ("#39", '\''), ("apos", '\'')];
                text.push(
                    known.iter().find(|(name, _)| *name == entity).unwrap_or_else(|| panic!("{entity}")).1,
                );
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0);
    (names, text)
}

fn many(names: &[String], name: &str) -> usize {
    names.iter().filter(|one| *one == name).count()
}

/// What a person reads of the hostile name.
const SHOWN: &str = "=HYPERLINK(\"http://x\")<script>alert('1')</script>&amp;\\u{202e}\\u{1b}[2J\u{fffd}";

#[test]
fn a_page_is_whole_has_the_decrees_parts_and_runs_nothing_that_a_name_says() {
    let page = String::from_utf8(Format::Html.write(&sample::report()).unwrap()).unwrap();
    let (names, text) = parsed(&page);
    for said in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN XÃ BỜ Y",
        "Bờ Y, ngày 05 tháng 9 năm 2026",
        "TM. ỦY BAN NHÂN DÂN",
        "Nơi nhận:",
        "- Lưu: VT.",
        "98,40\u{a0}%",
        "1.234",
        SHOWN,
    ] {
        assert!(text.contains(said), "{said} is not in the page");
    }
    assert_eq!((many(&names, "script"), many(&names, "svg"), many(&names, "title")), (0, 2, 3));
    assert_eq!((many(&names, "table"), many(&names, "h2"), many(&names, "img")), (6, 6, 0));
    assert!(!page.contains("http://x\"") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(!page.contains("url(") && !page.contains("<link"), "it needs nothing else");
    let source =
        "data-source=\"dongbo report dossiers --period 2026-08 --layer steps --state lacking --unit H48.57\"";
    assert!(page.contains(source), "a number leads back to its dossiers");
    assert!(page.contains("<desc id=\"chart1-words\">Đã có trên Cổng: 99,7\u{a0}% (chỉ tiêu 100\u{a0}%)"));
}

#[test]
fn a_workbook_has_numbers_that_can_be_reckoned_with_and_no_formula() {
    let parts = parts(&Format::Xlsx.write(&sample::report()).unwrap());
    for (name, xml) in parts.iter().filter(|(name, _)| name.ends_with(".xml") || name.ends_with(".rels")) {
        let (names, _) = parsed(xml);
        // Charts have references to cells, which are called the same.
        assert!(name.contains("chart") || many(&names, "f") == 0, "a formula in {name}");
    }
    let units = part(&parts, "xl/worksheets/sheet3.xml");
    for held in
        ["<v>1234</v>", "<v>0.9967</v>", "state=\"frozen\"", "paperSize=\"9\"", "orientation=\"landscape\""]
    {
        assert!(units.contains(held), "{held} is not in {units}");
    }
    let (_, strings) = parsed(part(&parts, "xl/sharedStrings.xml"));
    assert!(strings.contains(SHOWN) && strings.contains("--unit H48.57"), "{strings}");
    let (_, workbook) = parsed(part(&parts, "xl/workbook.xml"));
    assert!(workbook.contains("'Bảng 2'!$2:$3"), "the head is repeated on each page: {workbook}");
    let drawn = part(&parts, "xl/drawings/drawing1.xml");
    let words: Vec<&str> = drawn.split(" descr=\"").skip(1).collect();
    assert_eq!(
        words.len(),
        drawn.matches("<xdr:graphicFrame").count(),
        "each chart is told in words: {drawn}"
    );
    assert!(words.iter().any(|told| told.contains("…\"")), "a long one as far as Excel takes it: {drawn}");
}

#[test]
fn a_document_has_tables_whose_heads_repeat_and_native_charts() {
    let parts = parts(&Format::Docx.write(&sample::report()).unwrap());
    for (_, xml) in &parts {
        parsed(xml);
    }
    let (names, text) = parsed(part(&parts, "word/document.xml"));
    assert!(text.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") && text.contains(SHOWN));
    assert_eq!((many(&names, "c:chart"), many(&names, "w:titlePg")), (2, 1));
    assert_eq!(many(&names, "w:tblHeader"), 8, "six tables, two of whose heads have two lines");
    let rows = names.iter().position(|name| name == "w:tblHeader").unwrap();
    assert!(names[..rows].iter().any(|name| name == "w:tblGrid"));
    for number in [1, 2] {
        let chart = part(&parts, &format!("word/charts/chart{number}.xml"));
        assert!(chart.contains("<c:ptCount val="), "{chart}");
        assert!(part(&parts, "[Content_Types].xml").contains(&format!("/word/charts/chart{number}.xml")));
        assert!(part(&parts, "word/_rels/document.xml.rels").contains(&format!("charts/chart{number}.xml")));
    }
}

#[test]
fn every_row_of_a_documents_table_is_as_broad_as_its_grid() {
    let parts = parts(&Format::Docx.write(&sample::report()).unwrap());
    let document = part(&parts, "word/document.xml");
    for table in document.split("<w:tbl>").skip(1) {
        let table = table.split("</w:tbl>").next().unwrap();
        let columns = table.matches("<w:gridCol ").count();
        for row in table.split("<w:tr>").skip(1) {
            let spans = row.split("<w:gridSpan w:val=\"").skip(1);
            let spanned: usize =
                spans.clone().map(|span| span.split('"').next().unwrap().parse::<usize>().unwrap()).sum();
            let single = row.matches("<w:tc>").count() - spans.count();
            assert_eq!(spanned + single, columns, "{row}");
        }
    }
}

#[test]
fn a_csv_file_has_a_row_for_each_row_and_no_formula() {
    let text = String::from_utf8(Format::Csv.write(&sample::report()).unwrap()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}Bảng 1."), "{}", lines[0]);
    let unit = lines.iter().find(|line| line.contains("UBND xã Bờ Y")).unwrap();
    assert!(
        unit.starts_with("1,UBND xã Bờ Y,1234,0,100 %,4,\"99,67 %\",")
            && unit.ends_with("\"'--unit H48.57\""),
        "{unit}"
    );
    let hostile = lines.iter().find(|line| line.contains("HYPERLINK")).unwrap();
    assert!(hostile.contains("\"'=HYPERLINK(\"\"http://x\"\")<script>"), "{hostile}");
    assert_eq!(text.matches('\u{1b}').count(), 0, "{HOSTILE:?}");
}

#[test]
fn equal_reports_are_equal_files() {
    for format in Format::ALL {
        let [one, other] = [(); 2].map(|()| format.write(&sample::report()).unwrap());
        assert_eq!(one, other, "{}", format.name());
        let mut another = sample::report();
        another.subject.push('!');
        assert!(*format == Format::Csv || format.write(&another).unwrap() != one);
    }
}

#[test]
fn every_kind_is_a_sound_file_in_every_form_and_holds_no_name_as_it_came() {
    for report in sample::every_kind() {
        let page = String::from_utf8(Format::Html.write(&report).unwrap()).unwrap();
        let (names, text) = parsed(&page);
        assert_eq!(many(&names, "script"), 0, "{}", report.subject);
        assert!(text.contains(SHOWN) && !page.contains('\u{202e}'), "{}", report.subject);
        for format in [Format::Xlsx, Format::Docx] {
            for (name, xml) in parts(&format.write(&report).unwrap()) {
                let (names, _) = parsed(&xml);
                assert!(name.contains("chart") || many(&names, "f") == 0, "a formula in {name}");
            }
        }
        for (_, table) in report.tables() {
            for row in &table.rows {
                assert_eq!(row.cells.len(), table.columns.len(), "{}: {}", report.subject, table.title);
            }
        }
    }
}

#[test]
fn a_number_of_every_kind_names_its_command_and_one_that_nothing_lists_names_none() {
    let leads = |report: &Report, command: &str| {
        let page = String::from_utf8(Format::Html.write(report).unwrap()).unwrap();
        assert!(page.contains(&format!("data-source=\"{command}\"")), "{command} is not in {page}");
    };
    let [_, publication, late, quarterly, ..] = &sample::every_kind()[..] else { panic!("six kinds") };
    let list = "dongbo indicators list --period 2026-08 --set p-2026-09 --part";
    leads(publication, &format!("{list} numerator --view portal 2.1"));
    leads(publication, &format!("{list} denominator --view local 2.1 --unit H48.58"));
    leads(late, "dongbo report judged --period 2026-08 --verdict falsely-late --officer CB-07");
    leads(late, "dongbo report judged --period 2026-08 --verdict late --letter missing --unit H48.57");
    leads(quarterly, "dongbo report handled --period 2026-08 --exit early,on-time,late --field HT");
    let page = String::from_utf8(Format::Html.write(publication).unwrap()).unwrap();
    assert!(!page.contains("--view portal 1.1"), "an entered figure has no dossiers");
}
