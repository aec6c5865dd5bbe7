//! One text for a statement on both engines.

use std::fmt::Write as _;
use std::sync::OnceLock;

/// What a text may hold that the engines write differently. Parameters are `$1`, `$2`, …; both know them.
///
/// - `{rows $1: code text, fence bigint}`: a table of the rows of a JSON array of arrays, with named and typed columns.
/// - `{texts $1}`: a table of the texts of a JSON array, in the column `value`.
/// - `{skip}`: at the end of a SELECT: lock its rows, and pass over those that somebody else has locked.
/// - `{lock}`: at the end of a SELECT: lock its rows, and wait for those that somebody else has locked.
/// - `LEAST(a, b)` and `GREATEST(a, b)`: the smaller and the greater of two values, neither of which is NULL.
///
/// SQLite has one writer, so there is nothing to be locked.
pub(crate) struct Sql {
    /// Names the statement in errors, and for whoever watches the server.
    pub(super) name: &'static str,
    text: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

/// Which engine a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Sql {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    pub(super) fn on(&'static self, engine: Engine) -> &'static str {
        let kept = match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        };
        kept.get_or_init(|| format!("-- {}\n{}", self.name, written(self.text, engine)))
    }
}

fn written(text: &str, engine: Engine) -> String {
    let mut pieces = text.split('{');
    let mut sql = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (special, rest) = piece.split_once('}').unwrap_or((piece, ""));
        let (word, more) = special.split_once(' ').unwrap_or((special, ""));
        match word {
            "rows" => sql.push_str(&rows(more, engine)),
            "texts" => sql.push_str(&match engine {
                Engine::Sqlite => format!("(SELECT value FROM json_each({more}))"),
                Engine::Postgres => {
                    format!("(SELECT value FROM jsonb_array_elements_text({more}::jsonb) AS given (value))")
                }
            }),
            "skip" if engine == Engine::Postgres => sql.push_str("FOR UPDATE SKIP LOCKED"),
            "lock" if engine == Engine::Postgres => sql.push_str("FOR UPDATE"),
            _ => {}
        }
        sql.push_str(rest);
    }
    match engine {
        Engine::Sqlite => sql.replace("LEAST(", "min(").replace("GREATEST(", "max("),
        Engine::Postgres => sql,
    }
}

/// `$1: code text, fence bigint`
fn rows(special: &str, engine: Engine) -> String {
    let (parameter, columns) = special.split_once(": ").unwrap_or((special, ""));
    let mut sql = String::from("(SELECT ");
    for (place, column) in columns.split(", ").enumerate() {
        let (name, kind) = column.split_once(' ').unwrap_or((column, "text"));
        let comma = if place == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = match engine {
            Engine::Sqlite => write!(sql, "{comma}value ->> {place} AS {name}"),
            Engine::Postgres if kind == "text" => write!(sql, "{comma}value ->> {place} AS {name}"),
            Engine::Postgres => write!(sql, "{comma}(value ->> {place})::{kind} AS {name}"),
        };
    }
    let from = match engine {
        Engine::Sqlite => format!(" FROM json_each({parameter}))"),
        Engine::Postgres => format!(" FROM jsonb_array_elements({parameter}::jsonb) AS given (value))"),
    };
    sql + &from
}

#[cfg(test)]
mod tests {
    use super::{Engine, Sql};

    #[test]
    fn one_text_is_written_for_each_engine() {
        static TAKE: Sql = Sql::new(
            "take",
            "SELECT one.code FROM {rows $1: code text, fence bigint} AS one WHERE one.code IN {texts $2} AND LEAST(a, b) = 1 {skip}",
        );
        assert_eq!(
            TAKE.on(Engine::Sqlite),
            "-- take\nSELECT one.code FROM (SELECT value ->> 0 AS code, value ->> 1 AS fence FROM json_each($1)) AS one \
             WHERE one.code IN (SELECT value FROM json_each($2)) AND min(a, b) = 1 "
        );
        assert_eq!(
            TAKE.on(Engine::Postgres),
            "-- take\nSELECT one.code FROM (SELECT value ->> 0 AS code, (value ->> 1)::bigint AS fence \
             FROM jsonb_array_elements($1::jsonb) AS given (value)) AS one WHERE one.code IN (SELECT value FROM \
             jsonb_array_elements_text($2::jsonb) AS given (value)) AND LEAST(a, b) = 1 FOR UPDATE SKIP LOCKED"
        );
    }
}
