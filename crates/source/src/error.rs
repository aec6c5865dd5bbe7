//! Failures of reading the local database, each with the operator's remedy.

use dongbo_connections::{DatabaseKeys, DatabaseTrouble};
use dongbo_model::{ErrorClass, Lang};
use dongbo_settings::hint::nearest_few;

use crate::engines::{LARGEST_ROW, Room};
use crate::mapping::MappingError;

/// The keys that name the local database.
pub const SOURCE_KEYS: DatabaseKeys = DatabaseKeys { section: "source", address: "source.url" };

/// A failure of the source. No text of it holds a password, a connection URL or personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The database is down, restarting, away or full of connections.
    #[error(
        "local database cannot be reached, {}: {reason}. It is tried again; {}", trouble.text(Lang::En),
        trouble.remedy(Lang::En, SOURCE_KEYS)
    )]
    Unreachable {
        /// What keeps it from being reached.
        trouble: DatabaseTrouble,
        /// The reason, in the database's or driver's words.
        reason: String,
    },
    /// The log-in or a permission is refused.
    #[error("local database refuses access: {reason}. To do: {}", trouble.remedy(Lang::En, SOURCE_KEYS))]
    Auth {
        /// What is refused.
        trouble: DatabaseTrouble,
        /// The reason, in the database's or driver's words.
        reason: String,
    },
    /// The address leads to a server or folder, and to no database there.
    #[error("source.url: {reason}. To do: {}", trouble.remedy(Lang::En, SOURCE_KEYS))]
    Misaddressed {
        /// What is wrong with it.
        trouble: DatabaseTrouble,
        /// The reason, in the database's or driver's words.
        reason: String,
    },
    /// A query ran longer than `source.statement_timeout`.
    #[error(
        "query [{query}] did not end within source.statement_timeout. It is tried again; an index may be missing, or the \
         server is busy"
    )]
    Timeout {
        /// Table of the mapping file that holds the query.
        query: String,
    },
    /// A query waited for a lock that another program holds, and was given up.
    #[error(
        "query [{query}] did not get a lock that another program holds ({reason}). It is tried again; if it \
         lasts, look for a program that keeps a transaction open or changes the tables (PostgreSQL: pg_stat_activity; \
         MariaDB, MySQL: SHOW PROCESSLIST; SQL Server: sp_who2; SQLite: whoever writes the file)"
    )]
    Locked {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The reason, in the database's words.
        reason: String,
    },
    /// The tables of a query were changed since the server made its plan for it.
    #[error("the tables that query [{query}] reads have just been changed. It is tried again")]
    Outdated {
        /// Table of the mapping file that holds the query.
        query: String,
    },
    /// The one-stop system asks for fewer requests.
    #[error(
        "the one-stop system wants fewer requests ([{query}], status 429). It is tried again; lower source.http.calls_per_second if it \
         lasts"
    )]
    Throttled {
        /// Table of the mapping file that holds the request.
        query: String,
        /// The wait that it asks for.
        retry_after: Option<std::time::Duration>,
    },
    /// A query names a table which the database does not have.
    #[error("query [{query}]: the database has no table \"{table}\"{}. Correct the SQL in the mapping file", known(.table, .found, .hint))]
    MissingTable {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The name that was not found.
        table: String,
        /// The names that there are.
        found: Vec<String>,
        /// The nearest of those.
        hint: Option<String>,
    },
    /// A query gives or reads no such column.
    #[error("query [{query}]: no column \"{column}\"{}. Correct the SQL in the mapping file", known(.column, .found, .hint))]
    MissingColumn {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The name that was not found.
        column: String,
        /// The columns that there are.
        found: Vec<String>,
        /// The nearest of those.
        hint: Option<String>,
    },
    /// A query gives a column that dongbo does not know.
    #[error(
        "query [{query}] gives column \"{column}\", which dongbo does not know{}. Rename or remove it in the mapping \
         file", known(.column, .found, .hint)
    )]
    UnknownColumn {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The name that is not known.
        column: String,
        /// The names that would be.
        found: Vec<String>,
        /// The nearest of those.
        hint: Option<String>,
    },
    /// A column has a type that cannot be read.
    #[error(
        "query [{query}], column \"{column}\": type {type_name} cannot be read. CAST it AS text in the mapping file"
    )]
    ColumnType {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The column.
        column: String,
        /// The database's name of the type.
        type_name: String,
    },
    /// The database refuses a query, or the query's result cannot be used.
    #[error("query [{query}]: {reason}. Correct the SQL in the mapping file")]
    Query {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The reason, in the database's or driver's words.
        reason: String,
    },
    /// A query writes.
    #[error(
        "query [{query}] writes, itself or by a function. dongbo only reads: let it not write, in the mapping file"
    )]
    Writes {
        /// Table of the mapping file that holds the query.
        query: String,
    },
    /// A query fails on some row: on its value, or because the row is damaged.
    #[error(
        "query [{query}] fails on some row (code {code}: {words}). Correct the row; where the SQL casts or computes, \
         let it give the column as it is"
    )]
    Data {
        /// Table of the mapping file that holds the query.
        query: String,
        /// The database's error code.
        code: String,
        /// The database's words, without what they may quote of the row.
        words: String,
        /// `true` when what the database keeps is damaged.
        damage: bool,
    },
    /// A query gives more at once than there is room for.
    #[error(
        "query [{query}] gives more than dongbo reads at once ({} MiB, or one row of {} MiB). Let it give the columns that \
         dongbo takes and no more, and look for texts of unusual length in the local system", Room::mebibytes(),
        LARGEST_ROW >> 20
    )]
    TooLarge {
        /// Table of the mapping file that holds the query.
        query: String,
    },
    /// The mapping file is wrong.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The configuration of the source is wrong.
    #[error("{0}")]
    Config(String),
    /// The database or its driver answers in a way that dongbo does not know.
    #[error(
        "local database, query [{query}]: {reason}. dongbo does not know this answer and tries again; if it lasts, see \
         the database server's own log for the same moment"
    )]
    Protocol {
        /// Table of the mapping file that holds the query, or the name of another operation.
        query: String,
        /// The reason, in the database's or driver's words.
        reason: String,
    },
    /// Reading broke off inside dongbo or its driver.
    #[error(
        "query [{query}]: reading broke off inside dongbo or its driver; the log has the place (task.panicked). \
         Nothing of it was used. Please report it"
    )]
    Panicked {
        /// Table of the mapping file that holds the query, or the name of another operation.
        query: String,
    },
    /// Several of the above, all found by one probe.
    #[error("{}", lines(.0))]
    Several(Vec<Self>),
}

impl SourceError {
    /// The class, which says who has to act and whether waiting helps.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Locked { .. }
            | Self::Outdated { .. }
            | Self::Protocol { .. }
            // A file may also be in the middle of being restored.
            | Self::Data { damage: true, .. } => ErrorClass::Transient,
            Self::Throttled { .. } => ErrorClass::Throttled,
            Self::Auth { .. } => ErrorClass::Auth,
            Self::MissingTable { .. }
            | Self::MissingColumn { .. }
            | Self::UnknownColumn { .. }
            | Self::ColumnType { .. }
            | Self::Query { .. }
            | Self::Writes { .. }
            | Self::TooLarge { .. }
            | Self::Data { damage: false, .. }
            | Self::Misaddressed { .. }
            | Self::Mapping(_)
            | Self::Config(_) => ErrorClass::Config,
            Self::Panicked { .. } => ErrorClass::Bug,
            // An error that needs an operator outlives one that passes by itself.
            Self::Several(all) => all.iter().map(Self::class).max().unwrap_or(ErrorClass::Bug),
        }
    }

    /// `true` when a single row may have raised it, so that the others can be read without that one.
    pub(crate) const fn may_be_of_one_row(&self) -> bool {
        matches!(self, Self::Data { .. } | Self::TooLarge { .. } | Self::Panicked { .. })
    }

    /// The same error of making a connection, on which no row was read yet.
    pub(crate) fn of_connecting(self) -> Self {
        match self {
            Self::Data { code, words, damage: false, .. } if code.starts_with("22") => {
                Self::Config(format!("source.url: the server refuses the connection (code {code}: {words})"))
            }
            Self::Data { code, words, .. } => Self::damaged(&code, &words),
            Self::Protocol { reason, .. } => {
                Self::Unreachable { trouble: DatabaseTrouble::OtherService, reason }
            }
            other => other,
        }
    }

    fn damaged(code: &str, words: &str) -> Self {
        let trouble = DatabaseTrouble::NotADatabase;
        Self::Unreachable { trouble, reason: format!("code {code}: {words}") }
    }

    /// What keeps the database itself from being read; `None` when it is about a query, a row or the mapping, or about
    /// several things.
    #[must_use]
    pub fn trouble(&self) -> Option<DatabaseTrouble> {
        match self {
            Self::Unreachable { trouble, .. }
            | Self::Auth { trouble, .. }
            | Self::Misaddressed { trouble, .. } => Some(*trouble),
            Self::Locked { .. } => Some(DatabaseTrouble::Locked),
            Self::Data { damage: true, .. } => Some(DatabaseTrouble::NotADatabase),
            Self::Several(all) => {
                let first = all.first()?.trouble()?;
                all.iter().all(|error| error.trouble() == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// The reason in a line without its remedy, for where that stands beside it.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Unreachable { reason, .. }
            | Self::Auth { reason, .. }
            | Self::Misaddressed { reason, .. } => reason.clone(),
            other => other.to_string(),
        }
    }

    /// This error as that of an expression over a whole answer, which is no dossier's.
    pub(crate) fn of_whole_answer(self) -> Self {
        match self {
            Self::Data { query, words, .. } => Self::Protocol {
                query,
                reason: format!("the answer has another form than the mapping says: {words}"),
            },
            other => other,
        }
    }

    /// The same error, known to be raised whichever rows are asked for.
    pub(crate) fn whichever_row(self) -> Self {
        match self {
            Self::Data { code, words, damage: true, .. } => Self::damaged(&code, &words),
            Self::Data { query, code, words, damage: false } => Self::Query {
                query,
                reason: format!("it fails even where it finds no row (code {code}: {words})"),
            },
            Self::TooLarge { query } => Self::Query {
                query,
                reason: format!(
                    "it gives more than {} MiB even when no dossier is asked for; a condition is missing",
                    Room::mebibytes()
                ),
            },
            other => other,
        }
    }

    /// One error of many: the error itself when it is alone, `None` when there is none.
    pub(crate) fn of(mut all: Vec<Self>) -> Option<Self> {
        if all.len() > 1 { Some(Self::Several(all)) } else { all.pop() }
    }
}

/// The most names that a message lists; of more only the nearest help.
const MOST_NAMES: usize = 12;

fn known(wrong: &str, found: &[String], hint: &Option<String>) -> String {
    let mut text = String::new();
    if let Some(hint) = hint {
        text.push_str(&format!(", did you mean \"{hint}\"?"));
    }
    if found.len() > MOST_NAMES {
        let near = nearest_few(wrong, found.iter().map(String::as_str), MOST_NAMES);
        let more = found.len().saturating_sub(near.len());
        text.push_str(&format!(" (there are: {}, and {more} more)", near.join(", ")));
    } else if !found.is_empty() {
        text.push_str(&format!(" (there are: {})", found.join(", ")));
    }
    text
}

fn lines(all: &[SourceError]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::SourceError;

    #[test]
    fn of_many_names_only_the_nearest_are_told() {
        let mut found: Vec<String> = (0..200).map(|number| format!("cot_{number:03}")).collect();
        found.push("ngay_tiep_nhan".to_owned());
        let (query, column) = ("dossiers".to_owned(), "k.ngay_tiepnhan".to_owned());
        let told = SourceError::MissingColumn { query, column, found, hint: None }.to_string();
        assert!(told.contains("(there are: ngay_tiep_nhan, ") && told.contains(", and 189 more)"), "{told}");
    }
}
