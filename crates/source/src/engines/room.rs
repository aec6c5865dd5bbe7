//! The room for what is read at once: rows are counted while they come, so that no query, row or text fills the memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::layout::FoundColumn;

/// The room for the rows that one page is made of, in bytes. Five hundred dossiers of an ordinary office have some four MiB.
const PAGE: usize = 8 << 20;
/// The largest row that a server is let to send, and the largest value that is taken out of a file. A piece of a file has two MiB, and no dossier that is read has as much.
pub(crate) const LARGEST_ROW: usize = 4 << 20;
/// The memory that a row takes beside its values, and a value beside its bytes.
const PER_ROW: usize = 100;
const PER_VALUE: usize = 24;

/// The query `sql` with each of its columns as `written` writes that of `q`, so that the database itself keeps back a value that is too
/// large. It is left as it is where a name cannot be written, or two columns have one: what is wrong with their names is told when
/// they are looked at.
pub(super) fn guarded(
    sql: &str,
    columns: &[FoundColumn],
    can_be_written: impl Fn(&str) -> bool,
    written: impl Fn(&FoundColumn) -> String,
) -> String {
    let is_named_alone = |column: &FoundColumn| {
        let others = columns.iter().filter(|other| other.name.eq_ignore_ascii_case(&column.name));
        !column.name.is_empty() && can_be_written(&column.name) && others.count() == 1
    };
    if !columns.iter().all(is_named_alone) {
        return sql.to_owned();
    }
    let values: Vec<String> = columns.iter().map(written).collect();
    format!("SELECT {} FROM ({sql}\n) AS q", values.join(", "))
}

/// The room that is left. All queries of one page share it.
#[derive(Debug)]
pub(crate) struct Room(AtomicUsize);

impl Room {
    /// The room for one page.
    pub(crate) const fn page() -> Self {
        Self(AtomicUsize::new(PAGE))
    }

    /// The room of a page, in MiB, for messages.
    pub(crate) const fn mebibytes() -> usize {
        PAGE >> 20
    }

    /// Takes the room of a row with `values` values of so many `bytes` together; `false` when there is not so much.
    pub(crate) fn take(&self, values: usize, bytes: usize) -> bool {
        let row = values.saturating_mul(PER_VALUE).saturating_add(PER_ROW).saturating_add(bytes);
        let less = |left: usize| left.checked_sub(row);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, Room};

    #[test]
    fn many_small_rows_fill_it_as_one_large_one_does() {
        let room = Room::page();
        assert!(!room.take(1, PAGE));
        assert!(room.take(1, PAGE / 2) && !room.take(1, PAGE / 2));
        let rows = (0..).take_while(|_| room.take(0, 0)).count();
        assert!(rows < PAGE / 100, "{rows}");
    }
}
