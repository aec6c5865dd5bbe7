//! What was met in the columns while dossiers were read, for explaining a mapping and for measuring its coverage.

use chrono::{DateTime, Utc};

/// What is kept of the columns while dossiers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Watch {
    /// Nothing: dossiers are read to be sent.
    #[default]
    Nothing,
    /// Values that a code table translates.
    Codes,
    /// Every column.
    Everything,
}

/// One column of one row. It never holds what a citizen wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Table of the mapping file which holds the query.
    pub list: &'static str,
    /// Rows of one dossier have different numbers.
    pub row: usize,
    /// Our name of the column.
    pub column: &'static str,
    /// What stood there.
    pub what: What,
}

/// What stood in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Nothing.
    Empty,
    /// A local code and what it stands for.
    Code {
        /// The code table of the mapping file.
        table: &'static str,
        /// The local code, withheld where it looks like a number of a person.
        local: String,
        /// The national code; `None` when the table does not have the local one.
        national: Option<String>,
    },
    /// A moment.
    Moment(DateTime<Utc>),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(u64),
    /// Text, which may be personal: only how long it is.
    Text {
        /// Its length in characters.
        chars: usize,
    },
    /// Something that cannot be read; a finding says why.
    Unreadable,
}

/// What stands for text that is withheld.
pub const WITHHELD: &str = "•••";
/// More of a local code helps nobody.
const LOCAL_CHARS: usize = 60;
/// From so many digits on a value may be a number of a person: the shortest identity number has nine.
const PERSONAL_DIGITS: usize = 9;

impl What {
    /// A local code of `table`. Codes of procedures, statuses and units are shown as they are, as in findings; another
    /// column may hold by a slip in the mapping what is none of our business.
    pub(super) fn code(table: &'static str, local: &str, national: Option<String>) -> Self {
        let digits = local.chars().filter(char::is_ascii_digit).count();
        let known = national.is_some() || matches!(table, "procedure" | "status" | "unit");
        let local = if !known && (digits >= PERSONAL_DIGITS || local.contains('@')) {
            WITHHELD.to_owned()
        } else {
            local.chars().take(LOCAL_CHARS).collect()
        };
        Self::Code { table, local, national }
    }
}

/// What has been met of one dossier so far.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) watch: Watch,
    pub(super) met: Vec<Met>,
    row: usize,
}

impl Notes {
    pub(super) fn new(watch: Watch) -> Self {
        Self { watch, met: Vec::new(), row: 0 }
    }

    /// What follows is another row.
    pub(super) fn next_row(&mut self) {
        self.row += 1;
    }

    /// Keeps what `what` gives when it is watched for.
    pub(super) fn keep(&mut self, list: &'static str, column: &'static str, what: impl FnOnce() -> What) {
        if self.watch == Watch::Everything {
            self.met.push(Met { list, row: self.row, column, what: what() });
        }
    }

    /// The same for a value of a code table.
    pub(super) fn keep_code(
        &mut self,
        list: &'static str,
        column: &'static str,
        what: impl FnOnce() -> What,
    ) {
        if self.watch != Watch::Nothing {
            self.met.push(Met { list, row: self.row, column, what: what() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WITHHELD, What};

    #[test]
    fn what_may_be_a_persons_number_is_withheld_unless_it_is_a_code_that_is_known() {
        let local = |table, local: &str, national: Option<&str>| match What::code(
            table,
            local,
            national.map(str::to_owned),
        ) {
            What::Code { local, .. } => local,
            other => panic!("{other:?}"),
        };
        assert_eq!(local("channel", "TRUC_TIEP", None), "TRUC_TIEP");
        assert_eq!(local("channel", "062199001234", None), WITHHELD);
        assert_eq!(local("channel", "a@example.vn", None), WITHHELD);
        assert_eq!(local("unit", "000.00.16.H48", None), "000.00.16.H48");
        assert_eq!(local("status", &"x".repeat(100), None).len(), 60);
    }
}
