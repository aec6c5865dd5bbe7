//! Observation of the columns while dossiers are read, for explaining a mapping and for measuring its coverage.

use chrono::{DateTime, Utc};

use dongbo_model::invisible;

/// The columns that are observed while dossiers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Observe {
    /// None: dossiers are read to be sent.
    #[default]
    Nothing,
    /// Those whose values a code table translates.
    Codes,
    /// All.
    Everything,
}

/// One column of one row. It never holds text that a citizen wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Table of the mapping file which holds the query.
    pub list: &'static str,
    /// Rows of one dossier have different numbers.
    pub row: usize,
    /// Our name of the column.
    pub column: &'static str,
    /// Its value.
    pub value: ObservedValue,
}

/// The value of an observed column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedValue {
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
    Moment {
        /// As the local database writes it.
        raw: String,
        /// The moment that is sent.
        at: DateTime<Utc>,
    },
    /// Yes or no.
    Flag {
        /// As the local database writes it.
        raw: String,
        /// The answer that is sent.
        yes: bool,
    },
    /// A number.
    Number {
        /// As the local database writes it.
        raw: String,
        /// The number that is sent.
        number: u64,
    },
    /// Text, which may be personal: only how long it is.
    Text {
        /// Its length in characters.
        chars: usize,
    },
    /// Something that cannot be read; a finding says why.
    Unreadable,
}

/// The mark in place of text that is withheld.
pub const WITHHELD: &str = "•••";
/// The most characters of a local code that are kept.
const LOCAL_CHARS: usize = 60;
/// From so many digits on a value may be a number of a person: the shortest identity number has nine.
const PERSONAL_DIGITS: usize = 9;

impl ObservedValue {
    /// A local code of `table`. Codes of procedures, statuses and units are kept as they are, as in findings; another
    /// column may hold personal data by a slip in the mapping.
    pub(crate) fn code(table: &'static str, local: &str, national: Option<String>) -> Self {
        let digits = local.chars().filter(char::is_ascii_digit).count();
        let known = national.is_some() || matches!(table, "procedure" | "status" | "unit");
        let local = if !known && (digits >= PERSONAL_DIGITS || local.contains('@')) {
            WITHHELD.to_owned()
        } else {
            invisible::shown(local).chars().take(LOCAL_CHARS).collect()
        };
        Self::Code { table, local, national }
    }
}

/// The observations of one dossier so far.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    observe: Observe,
    all: Vec<Observation>,
    row: usize,
}

impl Observations {
    pub(crate) fn new(observe: Observe) -> Self {
        Self { observe, all: Vec::new(), row: 0 }
    }

    /// Every observation, in the order in which they were made.
    pub(crate) fn into_all(self) -> Vec<Observation> {
        self.all
    }

    /// Begins another row.
    pub(crate) fn next_row(&mut self) {
        self.row += 1;
    }

    /// Keeps the value of a column that no code table translates, when it is observed.
    pub(crate) fn keep(
        &mut self,
        list: &'static str,
        column: &'static str,
        value: impl FnOnce() -> ObservedValue,
    ) {
        if self.observe == Observe::Everything {
            self.all.push(Observation { list, row: self.row, column, value: value() });
        }
    }

    /// Keeps the value of a column that a code table translates, when it is observed.
    pub(crate) fn keep_code(
        &mut self,
        list: &'static str,
        column: &'static str,
        value: impl FnOnce() -> ObservedValue,
    ) {
        if self.observe != Observe::Nothing {
            self.all.push(Observation { list, row: self.row, column, value: value() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ObservedValue, WITHHELD};

    #[test]
    fn what_may_be_a_persons_number_is_withheld_unless_it_is_a_code_that_is_known() {
        let local = |table, local: &str, national: Option<&str>| match ObservedValue::code(
            table,
            local,
            national.map(str::to_owned),
        ) {
            ObservedValue::Code { local, .. } => local,
            other => panic!("{other:?}"),
        };
        assert_eq!(local("channel", "TRUC_TIEP", None), "TRUC_TIEP");
        assert_eq!(local("channel", "062199001234", None), WITHHELD);
        assert_eq!(local("channel", "a@example.vn", None), WITHHELD);
        assert_eq!(local("unit", "000.00.16.H48", None), "000.00.16.H48");
        assert_eq!(local("status", &"x".repeat(100), None).len(), 60);
    }
}
