//! The report on the quality of data: what waits for a person, by who can put it right.

use std::collections::BTreeMap;

use dongbo_model::{Owner, texts};

use super::causes::{self, HeldFor};
use super::{Issue, Kind, with};
use crate::document::{Block, Column, Report, Row, Section, Table};
use crate::figures::Figure;

texts! {
    heading_whole(): "TÌNH HÌNH CHUNG", "OVERVIEW";
    heading_units(): "KẾT QUẢ THEO ĐƠN VỊ", "BY UNIT";
    heading_causes(): "NGUYÊN NHÂN VÀ CÁCH XỬ LÝ", "CAUSES AND REMEDIES";
    whole(dossiers, files, causes):
        "Đến hết kỳ báo cáo còn {dossiers} và {files} chưa lên được Cổng Dịch vụ công quốc gia vì dữ liệu, do {causes}.",
        "At the end of the period {dossiers} and {files} are kept from the national portal by their data, for {causes}.";
    none(): "Không có hồ sơ, tệp nào chưa lên được Cổng vì dữ liệu.", "No dossier and no file is kept from the portal by its data.";
    most(owner, dossiers, share): "Nhiều nhất thuộc trách nhiệm của {owner}: {dossiers} ({share}).", "Most wait for {owner}: {dossiers} ({share}).";
    table_owners(): "Hồ sơ, tệp chờ xử lý theo trách nhiệm", "What waits, by who has to act";
    table_units(): "Hồ sơ chờ xử lý theo đơn vị và trách nhiệm", "Dossiers that wait, by unit and who has to act";
    head_number(): "TT", "No.";
    head_owner(): "Trách nhiệm xử lý", "Responsible";
    head_causes(): "Số nguyên nhân", "Causes";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_files(): "Tệp", "Files";
    head_share(): "Tỷ lệ hồ sơ", "Share of dossiers";
    head_oldest(): "Chờ lâu nhất (ngày)", "Longest wait (days)";
    head_unit(): "Đơn vị", "Unit";
    head_all(): "Tổng số", "In all";
    waits_for(): "Trách nhiệm xử lý", "Responsible";
    total(): "Tổng cộng", "Total";
    note_open():
        "Tính các phát hiện mở trước khi hết kỳ và còn mở khi lập báo cáo.",
        "Counted are findings that were opened before the end of the period and are open when the report is drawn up.";
    note_several():
        "Một hồ sơ có nhiều nguyên nhân được tính ở từng nguyên nhân và từng trách nhiệm, nhưng một lần trong tổng số.",
        "A dossier with several causes counts for each cause and each person, but once in the total.";
    note_changed():
        "Hồ sơ tự được gửi khi đơn vị sửa ở hệ thống một cửa, hoặc khi quản trị sửa tệp ánh xạ; không cần thao tác thêm.",
        "A dossier goes by itself when the unit corrects it in the one-stop system or the operator corrects the mapping.";
}

/// The figures of a report on the quality of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityFigures {
    /// The parts of every report.
    pub issue: Issue,
    /// The options that narrow its commands to what it is about, `--unit` of one unit; empty for all.
    pub scope: String,
    /// Dossiers that wait, by cause.
    pub causes: Vec<HeldFor>,
    /// Dossiers that wait, by unit.
    pub units: Vec<UnitQuality>,
}

/// Dossiers that wait in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitQuality {
    /// The unit's name.
    pub name: String,
    /// The options that narrow a command to it.
    pub scope: String,
    /// Its dossiers that wait, or a file of which waits, each once.
    pub dossiers: u64,
    /// Its files that wait.
    pub files: u64,
    /// Of the dossiers, those that wait for each owner.
    pub by_owner: BTreeMap<Owner, u64>,
}

impl UnitQuality {
    fn sum(units: &[Self]) -> Self {
        let mut sum = Self::default();
        for unit in units {
            sum.dossiers += unit.dossiers;
            sum.files += unit.files;
            for (owner, many) in &unit.by_owner {
                *sum.by_owner.entry(*owner).or_default() += many;
            }
        }
        sum
    }
}

impl QualityFigures {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let lang = self.issue.lang;
        let sum = UnitQuality::sum(&self.units);
        let mut sections = vec![self.whole(&sum)];
        if self.units.len() > 1 {
            let blocks = vec![Block::Table(self.by_unit(&sum))];
            sections.push(Section { heading: heading_units(lang), blocks });
        }
        if !self.causes.is_empty() {
            let blocks = vec![Block::Table(causes::table(&self.issue, &self.causes, &self.scope))];
            sections.push(Section { heading: heading_causes(lang), blocks });
        }
        let notes = vec![note_open(lang), note_several(lang), note_changed(lang)];
        Report { sections, notes, ..self.issue.begun(Kind::Quality) }
    }

    fn listed(&self) -> String {
        with("dongbo held --list", &self.scope)
    }

    fn whole(&self, sum: &UnitQuality) -> Section {
        let lang = self.issue.lang;
        let heading = heading_whole(lang);
        if self.causes.is_empty() {
            return Section { heading, blocks: vec![Block::Paragraph(none(lang))] };
        }
        let many = u64::try_from(self.causes.len()).unwrap_or(u64::MAX);
        let in_all = lang.many(many, "nguyên nhân", "cause", "causes");
        let files = lang.many(sum.files, "tệp", "file", "files");
        let mut words = whole(lang, lang.dossiers(sum.dossiers), files, in_all);
        if let Some((owner, waiting)) = sum.by_owner.iter().max_by_key(|(_, many)| **many) {
            let share = Figure::Share { part: *waiting, whole: sum.dossiers }.shown(lang);
            words.push(' ');
            words.push_str(&most(lang, owner.text(lang), lang.dossiers(*waiting), share));
        }
        Section { heading, blocks: vec![Block::Paragraph(words), Block::Table(self.by_owner(sum))] }
    }

    fn by_owner(&self, sum: &UnitQuality) -> Table {
        let lang = self.issue.lang;
        let listed = self.listed();
        let columns = vec![
            Column::new(head_number(lang), 6),
            Column::new(head_owner(lang), 40),
            Column::new(head_causes(lang), 16),
            Column::new(head_dossiers(lang), 14).listed_by(&listed),
            Column::new(head_share(lang), 16).listed_by(&listed),
            Column::new(head_files(lang), 12).listed_by(&listed),
            Column::new(head_oldest(lang), 18).listed_by(&listed),
        ];
        let mut rows = Vec::new();
        for owner in Owner::ALL {
            let its_own: Vec<&HeldFor> = self.causes.iter().filter(|held| held.owner == *owner).collect();
            let Some(since) = its_own.iter().map(|held| held.since).min() else { continue };
            let dossiers = sum.by_owner.get(owner).copied().unwrap_or_default();
            rows.push(Row {
                cells: vec![
                    Figure::text((rows.len() + 1).to_string()),
                    Figure::text(owner.text(lang)),
                    Figure::text(its_own.len().to_string()),
                    Figure::Count(dossiers),
                    Figure::Share { part: dossiers, whole: sum.dossiers },
                    Figure::Count(its_own.iter().map(|held| held.files).sum()),
                    Figure::Count(self.issue.days_since(since)),
                ],
                scope: Some(format!("--owner {}", owner.name())),
                is_total: false,
            });
        }
        Table { title: table_owners(lang), columns, rows }
    }

    fn by_unit(&self, sum: &UnitQuality) -> Table {
        let lang = self.issue.lang;
        let listed = self.listed();
        let mut columns = vec![
            Column::new(head_number(lang), 7),
            Column::new(head_unit(lang), 40),
            Column::new(head_all(lang), 14).listed_by(&listed),
        ];
        for owner in sum.by_owner.keys() {
            let command = with(&listed, &format!("--owner {}", owner.name()));
            columns.push(Column::new(owner.text(lang), 20).under(waits_for(lang)).listed_by(command));
        }
        columns.push(Column::new(head_files(lang), 12).listed_by(&listed));
        let row = |number: String, name: String, unit: &UnitQuality, is_total| {
            let mut cells = vec![Figure::Text(number), Figure::Text(name), Figure::Count(unit.dossiers)];
            let owners = sum.by_owner.keys();
            cells.extend(
                owners.map(|owner| Figure::Count(unit.by_owner.get(owner).copied().unwrap_or_default())),
            );
            cells.push(Figure::Count(unit.files));
            Row { cells, scope: Some(unit.scope.clone()), is_total }
        };
        let numbered = self.units.iter().enumerate();
        let mut rows: Vec<Row> = numbered
            .map(|(place, unit)| row((place + 1).to_string(), unit.name.clone(), unit, false))
            .collect();
        rows.push(row(String::new(), total(lang), sum, true));
        Table { title: table_units(lang), columns, rows }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dongbo_model::Owner;

    use super::{QualityFigures, UnitQuality};
    use crate::document::Block;
    use crate::figures::Figure;
    use crate::kinds::HeldFor;
    use crate::sample;

    #[test]
    fn what_waits_stands_by_owner_and_unit_and_a_dossier_counts_once_in_the_total() {
        let sync = sample::sync();
        let [refused] = &sync.held[..] else { panic!("one cause") };
        let causes = vec![
            refused.clone(),
            HeldFor {
                cause: "Chưa có ánh xạ".to_owned(),
                owner: Owner::Operator,
                dossiers: 2,
                ..refused.clone()
            },
        ];
        let unit = |name: &str, dossiers, owners: &[(Owner, u64)]| UnitQuality {
            name: name.to_owned(),
            scope: format!("--unit {name}"),
            dossiers,
            files: 1,
            by_owner: BTreeMap::from_iter(owners.iter().copied()),
        };
        let units = vec![
            unit("57", 3, &[(Owner::Unit, 3), (Owner::Operator, 1)]),
            unit("58", 2, &[(Owner::Unit, 1), (Owner::Operator, 1)]),
        ];
        let report = QualityFigures { issue: sync.issue, scope: String::new(), causes, units }.report();
        let tables = report.tables();
        let total = tables[1].1.rows.last().unwrap();
        assert_eq!(total.cells[2..], [5, 4, 2, 2].map(Figure::Count));
        let owner = &tables[0].1.rows[0];
        assert_eq!(
            owner.cells[3..],
            [Figure::Count(4), Figure::Share { part: 4, whole: 5 }, Figure::Count(0), Figure::Count(15)]
        );
        let Block::Paragraph(words) = &report.sections[0].blocks[0] else { panic!("words") };
        assert!(
            words.contains("5 hồ sơ và 2 tệp")
                && words
                    .contains("Nhiều nhất thuộc trách nhiệm của đơn vị xử lý hồ sơ: 4 hồ sơ (80,00\u{a0}%)"),
            "{words}"
        );
    }
}
