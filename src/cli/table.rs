//! Tables of text whose columns line up under accents and colours.

use super::role::Role;
use super::wrap::{longest_word, width, wrapped};
use dongbo_model::invisible;

/// One cell: its text, and the role that colours it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(super) text: String,
    pub(super) role: Option<Role>,
}

impl Cell {
    /// A cell whose text is coloured by `role`.
    pub(crate) fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role: Some(role), ..Self::from(text) }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: invisible::on_one_line(&text.into()).into_owned(), role: None }
    }
}

/// The side of its column to which a cell is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// A word longer than this may stand out of its column.
const LONG_WORD: usize = 24;

/// A table with a head. Its columns are as wide as their widest cell.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    sides: Vec<Side>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these heads, which are faint; all empty for a table without any.
    pub(crate) fn new<H: Into<String>>(columns: impl IntoIterator<Item = (Side, H)>) -> Self {
        let (sides, heads): (Vec<Side>, Vec<Cell>) =
            columns.into_iter().map(|(side, head)| (side, Cell::new(Role::Faint, head))).unzip();
        let headless = heads.iter().all(|head| head.text.is_empty());
        Self { sides, rows: if headless { Vec::new() } else { vec![heads] } }
    }

    /// Adds a row; it has a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, each indented by two blanks and without blanks at its end; `paint` colours a cell that has a role. Where
    /// they would be longer than `columns`, the widest columns of words are made narrower and their cells broken between
    /// words; no cell is cut.
    pub(super) fn lines(&self, columns: Option<usize>, paint: impl Fn(Role, &str) -> String) -> Vec<String> {
        let widths = self.widths(columns);
        self.rows.iter().flat_map(|row| self.row_lines(row, &widths, &paint)).collect()
    }

    /// The width of each column.
    fn widths(&self, columns: Option<usize>) -> Vec<usize> {
        let widest = |of: fn(&str) -> usize| -> Vec<usize> {
            (0..self.sides.len())
                .map(|place| {
                    self.rows.iter().filter_map(|row| row.get(place)).map(|cell| of(&cell.text)).max()
                })
                .map(Option::unwrap_or_default)
                .collect()
        };
        let mut widths = widest(width);
        let Some(columns) = columns else { return widths };
        let least = widest(longest_word);
        self.narrow(&mut widths, columns, &least);
        // Where long words leave no room, only the rows that have them stand out.
        let least: Vec<usize> = least.into_iter().map(|least| least.min(LONG_WORD)).collect();
        self.narrow(&mut widths, columns, &least);
        widths
    }

    /// Makes the widest columns of words narrower until the table fits, none of them narrower than `least`.
    fn narrow(&self, widths: &mut [usize], columns: usize, least: &[usize]) {
        loop {
            let whole: usize = widths.iter().map(|width| width + 2).sum();
            let widest = widths
                .iter_mut()
                .zip(least)
                .zip(&self.sides)
                .filter(|((width, least), side)| **side == Side::Left && **width > **least)
                .map(|((width, _), _)| width)
                .max();
            match widest {
                Some(width) if whole > columns => *width -= 1,
                _ => return,
            }
        }
    }

    /// The lines of one row, of which a cell may take several.
    fn row_lines(
        &self,
        row: &[Cell],
        widths: &[usize],
        paint: &impl Fn(Role, &str) -> String,
    ) -> Vec<String> {
        let cells: Vec<Vec<String>> =
            row.iter().zip(widths).map(|(cell, wide)| wrapped(&cell.text, *wide, 0)).collect();
        let high = cells.iter().map(Vec::len).max().unwrap_or_default();
        (0..high)
            .map(|number| {
                let piece = |lines: &Vec<String>| lines.get(number).cloned().unwrap_or_default();
                let pieces =
                    row.iter().zip(&cells).map(|(cell, lines)| Cell { text: piece(lines), role: cell.role });
                self.line(&pieces.collect::<Vec<_>>(), widths, paint)
            })
            .collect()
    }

    fn line(&self, row: &[Cell], widths: &[usize], paint: &impl Fn(Role, &str) -> String) -> String {
        let mut line = String::new();
        let mut blanks = 0;
        for ((cell, side), wide) in row.iter().zip(&self.sides).zip(widths) {
            let fill = wide.saturating_sub(width(&cell.text));
            blanks += 2 + if *side == Side::Right { fill } else { 0 };
            if !cell.text.is_empty() {
                line.push_str(&" ".repeat(blanks));
                blanks = 0;
                match cell.role {
                    Some(role) => line.push_str(&paint(role, &cell.text)),
                    None => line.push_str(&cell.text),
                }
            }
            blanks += if *side == Side::Left { fill } else { 0 };
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Side, Table};
    use crate::cli::role::Role;

    #[test]
    fn columns_line_up_under_accents_colours_and_empty_cells() {
        let mut table =
            Table::new([(Side::Left, "Hạng mục"), (Side::Right, "Hồ sơ"), (Side::Left, "Ghi chú")]);
        table.row(["Đã có trên Cổng".into(), Cell::new(Role::Bad, "1.234"), "".into()]);
        table.row(["Bu\u{31b}\u{301}c".into(), "".into(), "mới".into()]);
        let paint = |_: Role, text: &str| text.to_owned();
        let expected = [
            "  Hạng mục         Hồ sơ  Ghi chú",
            "  Đã có trên Cổng  1.234",
            "  Bu\u{31b}\u{301}c                     mới",
        ];
        assert_eq!(table.lines(None, paint), expected);
        let painted = table.lines(None, |_, text| format!("<{text}>"));
        assert_eq!(painted[1], "  Đã có trên Cổng  <1.234>");
    }

    #[test]
    fn a_table_too_wide_is_broken_between_words_in_its_widest_columns_and_loses_nothing() {
        let mut table =
            Table::new([(Side::Left, "Mã hồ sơ"), (Side::Right, "Lần"), (Side::Left, "Nguyên nhân")]);
        let cause = "Thiếu trích yếu hồ sơ, đơn vị bổ sung rồi lưu lại ở hệ thống một cửa";
        table.row(["000.00.19.H26-220915-0001".into(), "3".into(), Cell::new(Role::Bad, cause)]);
        let lines = table.lines(Some(60), |_, text| text.to_owned());
        assert!(lines.iter().all(|line| crate::cli::wrap::width(line) <= 60), "{lines:#?}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let told = lines.iter().flat_map(|line| words(line)).collect::<Vec<_>>();
        assert_eq!(told, words(&format!("Mã hồ sơ Lần Nguyên nhân 000.00.19.H26-220915-0001 3 {cause}")));
        assert_eq!(table.lines(None, |_, text| text.to_owned()).len(), 2, "to a pipe nothing is broken");
        // A column of codes has one word only, which is never broken.
        let narrow = table.lines(Some(20), |_, text| text.to_owned());
        assert!(narrow.iter().any(|line| line.contains("000.00.19.H26-220915-0001")), "{narrow:#?}");
    }
}
