//! One text for a statement on both engines.

use std::fmt::Write as _;
use std::sync::OnceLock;

use super::record::Record;

/// A statement, with placeholders for what the engines write differently. Parameters are `$1`, `$2`, …; both know them.
///
/// - `{rows $1: Settled}`: a table of the rows of a JSON array of arrays, with the columns of the record of this name.
/// - `{columns Settled}`: the names of these columns, with commas between.
/// - `{texts $1}`: a table of the texts of a JSON array, in the column `value`.
/// - `{list}(x)`: a JSON array of the values of x in all rows; `{array}(x, y)`: one of these values; `{json}(x)`: x, which is JSON,
///   as a value of such an array.
/// - `{elements}(x) AS a {value}`: a table of the elements of a JSON array, in the column `value`; those of each row before it.
/// - `{skip}`: at the end of a SELECT: lock its rows, and pass over those that somebody else has locked.
/// - `{adds}`: at the end of an INSERT into a tally: a server adds up its rows when they are read, a file when they are written.
/// - `{lock}`: at the end of a SELECT: lock its rows, and wait for those that somebody else has locked.
/// - `LIMIT $1`: SQLite is given `LIMIT +$1`, or it would prepare the statement anew for each number.
/// - `LEAST(a, b)` and `GREATEST(a, b)`: the smaller and the greater of two values, neither of which is NULL.
///
/// SQLite has one writer, so there is nothing to be locked.
pub(crate) struct Sql {
    /// Names the statement in errors, and for whoever watches the server.
    pub(super) name: &'static str,
    text: &'static str,
    /// The records that the text names.
    records: &'static [Record],
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

/// The SQL that an engine reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SqlDialect {
    Sqlite,
    Postgres,
}

impl Sql {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self::of(name, text, &[])
    }

    /// A statement whose text names these records.
    pub(crate) const fn of(name: &'static str, text: &'static str, records: &'static [Record]) -> Self {
        Self { name, text, records, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The statement that asks SQLite for its plan of this one.
    #[cfg(test)]
    pub(crate) fn explained(&self) -> &'static Self {
        let text = Box::leak(format!("EXPLAIN QUERY PLAN {}", self.text).into_boxed_str());
        Box::leak(Box::new(Self::of("plan", text, self.records)))
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn on(&'static self, engine: SqlDialect) -> &'static str {
        let kept = match engine {
            SqlDialect::Sqlite => &self.sqlite,
            SqlDialect::Postgres => &self.postgres,
        };
        kept.get_or_init(|| format!("-- {}\n{}", self.name, self.written(engine)))
    }

    fn written(&self, engine: SqlDialect) -> String {
        let mut pieces = self.text.split('{');
        let mut sql = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (special, rest) = piece.split_once('}').unwrap_or((piece, ""));
            let (word, more) = special.split_once(' ').unwrap_or((special, ""));
            match word {
                "rows" => {
                    let (parameter, record) = more.split_once(": ").unwrap_or((more, ""));
                    sql.push_str(&rows(parameter, self.columns(record), engine));
                }
                "columns" => {
                    let names: Vec<&str> = self.columns(more).iter().map(|(name, _)| *name).collect();
                    sql.push_str(&names.join(", "));
                }
                "texts" => sql.push_str(&match engine {
                    SqlDialect::Sqlite => format!("(SELECT value FROM json_each({more}))"),
                    SqlDialect::Postgres => {
                        format!(
                            "(SELECT value FROM jsonb_array_elements_text({more}::jsonb) AS given (value))"
                        )
                    }
                }),
                "list" if engine == SqlDialect::Postgres => sql.push_str("jsonb_agg"),
                "list" => sql.push_str("json_group_array"),
                "array" if engine == SqlDialect::Postgres => sql.push_str("jsonb_build_array"),
                "array" => sql.push_str("json_array"),
                "json" if engine == SqlDialect::Sqlite => sql.push_str("json"),
                "elements" if engine == SqlDialect::Postgres => sql.push_str("jsonb_array_elements"),
                "elements" => sql.push_str("json_each"),
                "value" if engine == SqlDialect::Postgres => sql.push_str("(value)"),
                "skip" if engine == SqlDialect::Postgres => sql.push_str("FOR UPDATE SKIP LOCKED"),
                "adds" if engine == SqlDialect::Sqlite => {
                    sql.push_str("ON CONFLICT DO UPDATE SET many = many + excluded.many");
                }
                "lock" if engine == SqlDialect::Postgres => sql.push_str("FOR UPDATE"),
                _ => {}
            }
            sql.push_str(rest);
        }
        match engine {
            SqlDialect::Sqlite => {
                sql.replace("LEAST(", "min(").replace("GREATEST(", "max(").replace("LIMIT $", "LIMIT +$")
            }
            SqlDialect::Postgres => sql,
        }
    }

    fn columns(&self, record: &str) -> &'static [(&'static str, &'static str)] {
        self.records.iter().find(|known| known.name == record).map_or(&[], |known| known.columns)
    }
}

fn rows(parameter: &str, columns: &[(&str, &str)], engine: SqlDialect) -> String {
    let mut sql = String::from("(SELECT ");
    for (place, (name, kind)) in columns.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = match engine {
            SqlDialect::Sqlite => write!(sql, "{comma}value ->> {place} AS {name}"),
            SqlDialect::Postgres if *kind == "text" => write!(sql, "{comma}value ->> {place} AS {name}"),
            SqlDialect::Postgres => write!(sql, "{comma}(value ->> {place})::{kind} AS {name}"),
        };
    }
    let from = match engine {
        // Rows stay in binary form: `json_each` would write each as text, and each column would read that again.
        SqlDialect::Sqlite => format!(" FROM jsonb_each({parameter}))"),
        SqlDialect::Postgres => format!(" FROM jsonb_array_elements({parameter}::jsonb) AS given (value))"),
    };
    sql + &from
}

#[cfg(test)]
mod tests {
    use super::{Sql, SqlDialect};
    use crate::store::Fenced;

    #[test]
    fn one_text_is_written_for_each_engine() {
        static TAKE: Sql = Sql::of(
            "take",
            "SELECT {columns Fenced} FROM {rows $1: Fenced} AS one WHERE one.code IN {texts $2} AND LEAST(a, b) = 1 \
             LIMIT $3 {skip}",
            &[Fenced::RECORD],
        );
        assert_eq!(
            TAKE.on(SqlDialect::Sqlite),
            "-- take\nSELECT code, fence FROM (SELECT value ->> 0 AS code, value ->> 1 AS fence FROM jsonb_each($1)) AS one \
             WHERE one.code IN (SELECT value FROM json_each($2)) AND min(a, b) = 1 LIMIT +$3 "
        );
        assert_eq!(
            TAKE.on(SqlDialect::Postgres),
            "-- take\nSELECT code, fence FROM (SELECT value ->> 0 AS code, (value ->> 1)::bigint AS fence \
             FROM jsonb_array_elements($1::jsonb) AS given (value)) AS one WHERE one.code IN (SELECT value FROM \
             jsonb_array_elements_text($2::jsonb) AS given (value)) AND LEAST(a, b) = 1 LIMIT $3 FOR UPDATE SKIP LOCKED"
        );
    }
}
