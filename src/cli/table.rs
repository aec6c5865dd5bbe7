//! Tables of text whose columns line up under accents and colours.

use unicode_normalization::char::is_combining_mark;

use super::role::Role;

/// One cell: its text, and the role that colours it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(super) text: String,
    pub(super) role: Option<Role>,
}

impl Cell {
    /// A cell whose text is coloured by `role`.
    pub(crate) fn new(role: Role, text: impl Into<String>) -> Self {
        Self { text: text.into(), role: Some(role) }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), role: None }
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

    /// The lines, each indented by two blanks and without blanks at its end; `paint` colours a cell that has a role.
    pub(super) fn lines(&self, paint: impl Fn(Role, &str) -> String) -> Vec<String> {
        let widths: Vec<usize> = (0..self.sides.len())
            .map(|place| {
                self.rows.iter().filter_map(|row| row.get(place)).map(|cell| width(&cell.text)).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        self.rows.iter().map(|row| self.line(row, &widths, &paint)).collect()
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

/// The columns of a terminal that `text` takes: a letter takes one, a combining mark none.
pub(super) fn width(text: &str) -> usize {
    text.chars().filter(|c| !is_combining_mark(*c)).count()
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
            "  Hạng mục        Hồ sơ  Ghi chú",
            "  Đã có trên Cổng  1.234",
            "  Bu\u{31b}\u{301}c                    mới",
        ];
        assert_eq!(table.lines(paint), expected);
        let painted = table.lines(|_, text| format!("<{text}>"));
        assert_eq!(painted[1], "  Đã có trên Cổng  <1.234>");
    }
}
