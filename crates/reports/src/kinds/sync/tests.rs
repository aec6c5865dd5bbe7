use dongbo_model::Lang;

use super::SyncFigures;
use crate::document::{Block, Report};
use crate::figures::Figure;
use crate::sample;

fn words(report: &Report) -> String {
    let blocks = report.sections.iter().flat_map(|section| &section.blocks);
    let texts = blocks.filter_map(|block| match block {
        Block::Paragraph(text) => Some(text.as_str()),
        Block::Lines(_) | Block::Table(_) | Block::Chart(_) => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_lacks_is_told_in_words_and_the_sum_is_that_of_its_rows() {
    let report = sample::report();
    let words = words(&report);
    assert!(
        words.starts_with(
            "Tính đến 08 giờ 15 ngày 05/09/2026, trong 2.000 hồ sơ tiếp nhận trong tháng 8 năm 2026"
        ),
        "{words}"
    );
    assert!(
        words.contains("đã có 1.994, đạt 99,70\u{a0}%. Còn thiếu ở hạng mục “Đã có trên Cổng” 6 hồ sơ;"),
        "{words}"
    );
    let tables = report.tables();
    for (caption, table) in &tables[1..3] {
        let total = table.rows.last().unwrap();
        assert!(total.is_total, "{caption}");
        for (place, cell) in total.cells.iter().enumerate() {
            let Figure::Count(sum) = cell else { continue };
            let counted = table.rows.iter().filter(|row| !row.is_total).map(|row| match row.cells[place] {
                Figure::Count(many) => many,
                _ => 0,
            });
            assert_eq!(counted.sum::<u64>(), *sum, "{caption}, column {place}");
        }
    }
}

#[test]
fn a_month_without_dossiers_says_so_and_has_no_shares() {
    let sync = SyncFigures {
        units: Vec::new(),
        procedures: Vec::new(),
        held: Vec::new(),
        delays: Vec::new(),
        ..sample::sync()
    };
    let report = sync.report();
    let words = words(&report);
    assert!(words.contains("không có hồ sơ nào tiếp nhận trong tháng 8 năm 2026"), "{words}");
    assert!(report.tables().is_empty());
}

#[test]
fn one_unit_has_no_table_of_units_and_its_commands_say_which() {
    let mut sync = sample::sync();
    sync.scope = "--unit H48.57".to_owned();
    sync.units.truncate(1);
    sync.issue.lang = Lang::En;
    let report = sync.report();
    assert!(report.tables().iter().all(|(caption, _)| !caption.contains("by unit")));
    assert!(report.sources().iter().all(|source| source.command.contains("--unit H48.57")));
}
