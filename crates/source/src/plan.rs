//! The database's plan for a page of changes: one that reads a large table from end to end for each page is told, with the index
//! that it lacks.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::engines::{Arguments, Database, Mark, ResultRow, Session, in_time};
use crate::error::SourceError;
use crate::mapping::Statement;
use crate::settings::Engine;
use crate::value::Value;

/// A table with more rows is large.
const LARGE: usize = 20_000;

/// A table that is read from end to end for each page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullScan {
    /// Table of the mapping file that holds the query.
    pub query: String,
    /// The table of the database, as the plan names it.
    pub table: String,
    /// The columns that an index of it needs: those that the query sorts by.
    pub columns: String,
}

/// The large tables that `statement` reads from end to end for the page behind `from`, or reads along an index from its start as
/// its plan for the page behind `start`, the first, shows; none where the database will not say.
pub(crate) async fn full_scans<D: Database>(
    database: &D,
    engine: Engine,
    statement: &Statement,
    [from, start]: [&(Mark, Mark); 2],
    limit: u32,
) -> Result<Vec<FullScan>, SourceError> {
    let steps = steps(database, engine, statement, from, limit).await?;
    let tables: BTreeSet<String> = match engine {
        Engine::Sqlite => {
            let scanned = steps.iter().filter_map(|step| scanned(step));
            scanned
                .filter_map(|name| table_called(name, &statement.sql))
                .map(|name| quoted(name, '"'))
                .collect()
        }
        Engine::Mysql => {
            let names = steps.iter().filter_map(|name| table_called(name, &statement.sql));
            let whole =
                |name: &str| name.split('.').map(|part| quoted(part, '`')).collect::<Vec<_>>().join(".");
            names.map(whole).collect()
        }
        Engine::Postgres => {
            let first = self::steps(database, engine, statement, start, limit).await?;
            let whole = steps.iter().flat_map(|plan| scanned_by(plan, Whole::Any));
            whole.chain(first.iter().flat_map(|plan| scanned_by(plan, Whole::AlongAnIndex))).collect()
        }
        Engine::Sqlserver => BTreeSet::new(),
    };
    let mut found = Vec::new();
    for table in tables {
        if is_large(database, statement, &table).await {
            let (query, columns) = (statement.name.to_owned(), sorted_by(&statement.sql));
            found.push(FullScan { query, table, columns });
        }
    }
    Ok(found)
}

/// The plan for a page: its steps in SQLite, one document in PostgreSQL; in MySQL what it calls the tables that it reads whole.
async fn steps<D: Database>(
    database: &D,
    engine: Engine,
    statement: &Statement,
    from: &(Mark, Mark),
    limit: u32,
) -> Result<Vec<String>, SourceError> {
    let explain = match engine {
        Engine::Sqlite => "EXPLAIN QUERY PLAN",
        Engine::Postgres => "EXPLAIN (VERBOSE, FORMAT JSON)",
        Engine::Mysql => "EXPLAIN",
        // It tells its plans only to those who have a right of their own to ask for them.
        Engine::Sqlserver => return Ok(Vec::new()),
    };
    let explained = with_sql(statement, format!("{explain} {}", statement.sql));
    let asked = in_time(database, statement.name, async |connection| {
        let rows = connection.rows(&explained, &Arguments::page(&from.0, &from.1, limit)).await?;
        // Along an index means along all of it.
        let is_whole = |row: &&_| matches!(text(*row, "type").as_str(), "ALL" | "index");
        Ok(match engine {
            Engine::Mysql => rows.iter().filter(is_whole).map(|row| text(row, "table")).collect(),
            Engine::Sqlite | Engine::Postgres | Engine::Sqlserver => {
                rows.iter().map(|row| text(row, "detail")).collect::<Vec<_>>()
            }
        })
    });
    match asked.await {
        Err(error @ SourceError::Unreachable { .. }) => Err(error),
        // There is a plan or there is none: the query itself is proved elsewhere.
        plan => Ok(plan.unwrap_or_default()),
    }
}

/// The ways of reading a table from end to end that are looked for in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Any,
    /// Along an index, with a condition that is no part of it. A plan for all rows may well read other tables whole.
    AlongAnIndex,
}

fn with_sql(statement: &Statement, sql: String) -> Statement {
    Statement { sql: sql.into(), ..statement.clone() }
}

/// The text of the column of that name, or of the only one.
fn text(row: &impl ResultRow, name: &str) -> String {
    let found = row.found();
    let place = found.iter().position(|column| column.name == name).unwrap_or_default();
    let kind = found.get(place).and_then(|column| column.kind);
    match kind.map(|kind| row.value(place, kind)) {
        Some(Value::Text(text)) => text.into_owned(),
        _ => String::new(),
    }
}

async fn is_large<D: Database>(database: &D, statement: &Statement, table: &str) -> bool {
    let counting = Statement {
        params: Vec::new(),
        ..with_sql(statement, format!("SELECT 1 FROM {table} LIMIT {}", LARGE + 1))
    };
    let counted = in_time(database, statement.name, async |connection| {
        Ok(connection.rows(&counting, &Arguments::codes(&[])).await?.len())
    });
    // What cannot be counted, as a name that only the query knows, is not told of.
    counted.await.is_ok_and(|rows| rows > LARGE)
}

/// The name that a step of SQLite's plan has for the table that it reads from end to end.
fn scanned(step: &str) -> Option<&str> {
    step.strip_prefix("SCAN ")?.split_whitespace().next()
}

/// The table that a plan calls `name`, as it calls them by their short names.
fn table_called<'s>(name: &'s str, sql: &'s str) -> Option<&'s str> {
    let words: Vec<&'s str> = sql
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'))
        .filter(|word| !word.is_empty())
        .collect();
    let place = words.iter().position(|word| *word == name);
    let before = |back: usize| words.get(place?.checked_sub(back)?).copied();
    let is = |word: Option<&str>, wanted: &[&str]| {
        word.is_some_and(|word| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
    };
    let table = if is(before(1), &["FROM", "JOIN"]) {
        name
    } else if is(before(1), &["AS"]) {
        before(2)?
    } else {
        before(1)?
    };
    Some(table.trim_matches(['"', '`']))
}

/// The tables that a plan of PostgreSQL reads from end to end: without an index, or along one from its start.
fn scanned_by(plan: &str, way: Whole) -> Vec<String> {
    let mut open: Vec<Json> = serde_json::from_str(plan).into_iter().collect();
    let mut tables = Vec::new();
    while let Some(node) = open.pop() {
        match node {
            Json::Array(nodes) => open.extend(nodes),
            Json::Object(mut node) => {
                let field = |name: &str| node.get(name).and_then(Json::as_str);
                let whole = match field("Node Type") {
                    Some("Seq Scan") => way == Whole::Any,
                    Some("Index Scan" | "Index Only Scan") => {
                        field("Index Cond").is_none() && (way == Whole::Any || field("Filter").is_some())
                    }
                    _ => false,
                };
                if let Some(table) = field("Relation Name").filter(|_| whole) {
                    let schema = field("Schema").map(|schema| format!("{}.", quoted(schema, '"')));
                    tables.push(format!("{}{}", schema.unwrap_or_default(), quoted(table, '"')));
                }
                open.extend(["Plan", "Plans"].into_iter().filter_map(|name| node.remove(name)));
            }
            _ => {}
        }
    }
    tables
}

fn quoted(name: &str, quote: char) -> String {
    format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
}

/// What the query sorts by in the end, as it is written.
fn sorted_by(sql: &str) -> String {
    let upper = sql.to_ascii_uppercase();
    let rest = upper.rfind("ORDER BY").and_then(|at| sql.get(at + "ORDER BY".len()..)).unwrap_or_default();
    let end = rest.to_ascii_uppercase().find("LIMIT").unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Whole, scanned, scanned_by, sorted_by, table_called};

    #[test]
    fn what_is_read_from_end_to_end_is_told_by_its_table() {
        let sql =
            "SELECT h.id AS key FROM ho_so AS h JOIN buoc b ON b.id = h.id ORDER BY h.luc,\n h.id LIMIT ?1";
        assert_eq!(scanned("SCAN h USING INDEX x").and_then(|name| table_called(name, sql)), Some("ho_so"));
        assert_eq!(scanned("SCAN b").and_then(|name| table_called(name, sql)), Some("buoc"));
        assert_eq!(scanned("SEARCH h USING INDEX x (luc>?)"), None);
        assert_eq!(sorted_by(sql), "h.luc, h.id");
        let plan = |node: &str| format!("[{{\"Plan\": {{\"Node Type\": \"Limit\", \"Plans\": [{node}]}}}}]");
        let seq = r#"{"Node Type": "Seq Scan", "Relation Name": "ho_so", "Schema": "public"}"#;
        assert_eq!(scanned_by(&plan(seq), Whole::Any), ["\"public\".\"ho_so\""]);
        let start = r#"{"Node Type": "Index Scan", "Relation Name": "ho_so", "Filter": "x"}"#;
        assert_eq!(scanned_by(&plan(start), Whole::AlongAnIndex), ["\"ho_so\""]);
        assert!(scanned_by(&plan(seq), Whole::AlongAnIndex).is_empty());
        let place = r#"{"Node Type": "Index Scan", "Relation Name": "ho_so", "Index Cond": "x"}"#;
        assert!(scanned_by(&plan(place), Whole::Any).is_empty());
    }
}
