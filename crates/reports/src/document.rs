//! An administrative document as data, laid out by Decree 30/2020/NĐ-CP wherever it is written.

use chrono::NaiveDate;
use dongbo_model::{Lang, texts};

use crate::chart::Chart;
use crate::figures::Figure;

texts! {
    table_of(number, title): "Bảng {number}. {title}", "Table {number}. {title}";
    chart_of(number, title): "Biểu đồ {number}. {title}", "Chart {number}. {title}";
    column_of(table, column): "{table}, cột “{column}”", "{table}, column “{column}”";
    unit_number(symbol): "Số:          /{symbol}", "No.          /{symbol}";
    place_and_day(place, day, month, year): "{place}, ngày {day} tháng {month} năm {year}", "{place}, {year}-{month}-{day}";
}

/// Most columns, and the most breadth of all of them, of a table in letters of full size.
const MOST_OF_FULL_SIZE: usize = 7;
const WIDEST_OF_FULL_SIZE: u32 = 150;
/// The country's name, in capitals as the decree has it.
pub(crate) const COUNTRY: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
/// The national motto.
pub(crate) const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";
/// A blank where the office has to write something by hand.
pub(crate) const BY_HAND: &str = "…………………";

/// A whole line to write on by hand.
pub(crate) const LINE_BY_HAND: &str = "………………………………………………………………………………";

/// A report as an administrative document.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The language of everything in it.
    pub lang: Lang,
    /// Whose it is.
    pub letterhead: Letterhead,
    /// The day on which it is drawn up.
    pub day: NaiveDate,
    /// Its subject in a few words, below its kind.
    pub subject: String,
    /// Its legal bases, each without the mark at its end.
    pub bases: Vec<String>,
    /// Its sections, which are numbered with Roman numerals.
    pub sections: Vec<Section>,
    /// Notes on how its figures come about.
    pub notes: Vec<String>,
}

/// The agency of a document, whom it goes to, and who signs it. What is empty is left for the office to write by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letterhead {
    /// The agency above.
    pub agency_above: String,
    /// The agency that issues it.
    pub agency: String,
    /// The kind of document and who drew it up, behind the number: `BC-UBND`.
    pub symbol: String,
    /// The place of the agency.
    pub place: String,
    /// In whose name it is signed: `TM. ỦY BAN NHÂN DÂN`.
    pub signs_for: String,
    /// The position of who signs: `CHỦ TỊCH`.
    pub signer_position: String,
    /// The name of who signs.
    pub signer: String,
    /// Whom it goes to.
    pub recipients: Vec<String>,
}

/// A section of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its heading, without its number.
    pub heading: String,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A paragraph.
    Paragraph(String),
    /// So many dotted lines to write on by hand.
    Lines(u8),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
}

/// A table whose rows have a cell for each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its title, without its number.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The common head of several columns side by side; empty for none.
    pub group: String,
    /// Its head.
    pub head: String,
    /// Its width in relation to the others.
    pub width: u32,
    /// The command that lists the dossiers behind its numbers; a row adds its own options. Empty where there are none.
    pub source: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its values.
    pub cells: Vec<Figure>,
    /// The options that narrow a column's command to this row, as a shell takes them; `None` when the row has no dossiers of its
    /// own.
    pub scope: Option<String>,
    /// Whether it is the sum of the others.
    pub is_total: bool,
}

/// A head that may go over several columns and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head<'t> {
    pub(crate) text: &'t str,
    /// The place of its first column.
    pub(crate) first: usize,
    pub(crate) columns: usize,
    pub(crate) lines: usize,
}

/// A line of the list of sources: where a number stands, and the command that lists its dossiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) place: String,
    pub(crate) command: String,
}

impl Column {
    /// A column for words.
    #[must_use]
    pub fn new(head: impl Into<String>, width: u32) -> Self {
        Self { group: String::new(), head: head.into(), width, source: String::new() }
    }

    /// The columns of these heads, each with its width.
    pub(crate) fn several(heads: impl IntoIterator<Item = (String, u32)>) -> Vec<Self> {
        heads.into_iter().map(|(head, width)| Self::new(head, width)).collect()
    }

    /// The column below a common head.
    #[must_use]
    pub fn under(self, group: impl Into<String>) -> Self {
        Self { group: group.into(), ..self }
    }

    /// The column with the command that lists the dossiers behind its numbers.
    #[must_use]
    pub fn listed_by(self, command: impl Into<String>) -> Self {
        Self { source: command.into(), ..self }
    }
}

impl Row {
    /// A row of words, without dossiers of its own.
    pub(crate) const fn plain(cells: Vec<Figure>) -> Self {
        Self { cells, scope: None, is_total: false }
    }
}

impl Table {
    /// Whether it has so many columns, or so many words beside each other, that it is set in smaller letters.
    pub(crate) fn is_dense(&self) -> bool {
        let width: u32 = self.columns.iter().map(|column| column.width).sum();
        self.columns.len() > MOST_OF_FULL_SIZE || width > WIDEST_OF_FULL_SIZE
    }

    /// The lines of its head: two where some columns have a common one.
    pub(crate) fn heads(&self) -> Vec<Vec<Head<'_>>> {
        let has_groups = self.columns.iter().any(|column| !column.group.is_empty());
        let lines = if has_groups { 2 } else { 1 };
        let (mut upper, mut lower) = (Vec::<Head<'_>>::new(), Vec::new());
        for (first, column) in self.columns.iter().enumerate() {
            let own = Head { text: &column.head, first, columns: 1, lines: 1 };
            if column.group.is_empty() {
                upper.push(Head { lines, ..own });
                continue;
            }
            lower.push(own);
            match upper.last_mut() {
                Some(last)
                    if last.lines == 1 && last.text == column.group && last.first + last.columns == first =>
                {
                    last.columns += 1;
                }
                _ => upper.push(Head { text: &column.group, ..own }),
            }
        }
        if has_groups { vec![upper, lower] } else { vec![upper] }
    }

    /// The command that lists the dossiers behind a number of `row` in `column`.
    pub(crate) fn source(column: &Column, row: &Row, figure: &Figure) -> Option<String> {
        let scope = row.scope.as_deref()?;
        let listed = !column.source.is_empty() && figure.leads();
        listed.then(|| [column.source.as_str(), scope].join(" ").trim_end().to_owned())
    }

    /// A column's head with the common one above it.
    pub(crate) fn full_head(column: &Column) -> String {
        if column.group.is_empty() {
            column.head.clone()
        } else {
            format!("{} – {}", column.group, column.head)
        }
    }
}

/// Numbers the tables and charts of a document, each in its own row.
#[derive(Debug)]
pub(crate) struct Captions {
    lang: Lang,
    tables: usize,
    charts: usize,
}

impl Captions {
    pub(crate) const fn new(lang: Lang) -> Self {
        Self { lang, tables: 0, charts: 0 }
    }

    /// The caption of the next table.
    pub(crate) fn table(&mut self, title: &str) -> String {
        self.tables += 1;
        table_of(self.lang, self.tables, title)
    }

    /// The caption of the next chart.
    pub(crate) fn chart(&mut self, title: &str) -> String {
        self.charts += 1;
        chart_of(self.lang, self.charts, title)
    }
}

impl Report {
    /// The kind of document, in capitals.
    pub(crate) const fn kind(&self) -> &'static str {
        self.lang.pick("BÁO CÁO", "REPORT")
    }

    /// The line with the number, which the office gives when it signs.
    pub(crate) fn number(&self) -> String {
        unit_number(self.lang, by_hand(&self.letterhead.symbol))
    }

    /// The line with place and day. A day below 10 and the first two months have a zero before them.
    pub(crate) fn place_and_day(&self) -> String {
        let (day, month, year) =
            (self.day.format("%d"), self.day.format("%m").to_string(), self.day.format("%Y"));
        let month = match (self.lang, month.as_str()) {
            (Lang::En, _) | (_, "01" | "02") => month.as_str(),
            _ => month.trim_start_matches('0'),
        };
        place_and_day(self.lang, by_hand(&self.letterhead.place), day, month, year)
    }

    /// Every table with its caption.
    pub(crate) fn tables(&self) -> Vec<(String, &Table)> {
        let mut captions = Captions::new(self.lang);
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks
            .filter_map(|block| match block {
                Block::Table(table) => Some((captions.table(&table.title), table)),
                Block::Paragraph(_) | Block::Lines(_) | Block::Chart(_) => None,
            })
            .collect()
    }

    /// The commands that list the dossiers behind the numbers, column by column; a row adds its own options.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let mut captions = Captions::new(self.lang);
        let mut sources = Vec::new();
        for (_, table) in self.tables() {
            let name = captions.table("");
            let name = name.trim_end_matches(['.', ' ']);
            for column in table.columns.iter().filter(|column| !column.source.is_empty()) {
                let place = column_of(self.lang, name, Table::full_head(column));
                sources.push(Source { place, command: column.source.clone() });
            }
        }
        sources
    }
}

/// `text`, or a dotted line where the office has to write it by hand.
pub(crate) fn by_hand(text: &str) -> &str {
    if text.trim().is_empty() { BY_HAND } else { text }
}

/// The Roman numeral of a section.
pub(crate) fn roman(number: usize) -> String {
    let mut rest = number;
    let mut numeral = String::new();
    for (worth, letters) in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")] {
        while rest >= worth {
            numeral.push_str(letters);
            rest -= worth;
        }
    }
    numeral
}

#[cfg(test)]
mod tests {
    use super::{Column, Figure, Head, Row, Table, roman};
    use crate::sample;

    #[test]
    fn columns_below_one_head_stand_under_it_and_the_others_go_over_both_lines() {
        let columns = vec![
            Column::new("TT", 1),
            Column::new("Số", 1).under("Các bước"),
            Column::new("%", 1).under("Các bước"),
            Column::new("Số", 1).under("Tệp"),
        ];
        let table = Table { title: String::new(), columns, rows: Vec::new() };
        let head = |text, first, columns, lines| Head { text, first, columns, lines };
        assert_eq!(
            table.heads(),
            [
                vec![head("TT", 0, 1, 2), head("Các bước", 1, 2, 1), head("Tệp", 3, 1, 1)],
                vec![head("Số", 1, 1, 1), head("%", 2, 1, 1), head("Số", 3, 1, 1)]
            ]
        );
        let plain = Table { title: String::new(), columns: vec![Column::new("TT", 1)], rows: Vec::new() };
        assert_eq!(plain.heads(), [[head("TT", 0, 1, 1)]]);
    }

    #[test]
    fn a_number_leads_to_the_command_of_its_column_narrowed_to_its_row() {
        let column = Column::new("Thiếu", 1).listed_by("dongbo report dossiers --period 2026-08");
        let row =
            |scope: Option<&str>| Row { cells: Vec::new(), scope: scope.map(str::to_owned), is_total: false };
        let source = |row: &Row, figure: &Figure| Table::source(&column, row, figure);
        let narrowed = source(&row(Some("--unit H48.57")), &Figure::Count(1));
        assert_eq!(narrowed.as_deref(), Some("dongbo report dossiers --period 2026-08 --unit H48.57"));
        assert_eq!(source(&row(Some("")), &Figure::Count(1)).as_deref(), Some(column.source.as_str()));
        assert_eq!(source(&row(Some("")), &Figure::text("x")), None);
        assert_eq!(source(&row(None), &Figure::Count(1)), None);
    }

    #[test]
    fn days_and_months_are_written_as_the_decree_has_them() {
        let mut report = sample::report();
        for (day, written) in [
            ("2026-09-05", "Bờ Y, ngày 05 tháng 9 năm 2026"),
            ("2026-02-14", "Bờ Y, ngày 14 tháng 02 năm 2026"),
            ("2026-10-30", "Bờ Y, ngày 30 tháng 10 năm 2026"),
        ] {
            report.day = day.parse().unwrap();
            assert_eq!(report.place_and_day(), written);
        }
        report.letterhead.place = " ".to_owned();
        assert!(report.place_and_day().starts_with("…"));
    }

    #[test]
    fn sections_have_roman_numerals() {
        let written: Vec<_> = [1, 3, 4, 5, 8, 9, 10, 14].into_iter().map(roman).collect();
        assert_eq!(written, ["I", "III", "IV", "V", "VIII", "IX", "X", "XIV"]);
    }
}
