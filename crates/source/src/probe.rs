//! Proving the mapping against the live database before anything depends on it.

use dongbo_settings::hint::nearest;

use super::error::SourceError;
use super::file;
use super::mapping::{KeyType, Mapping, Statements};
use super::read::columns_of;
use super::row::Layout;
use super::session::{Database, Given, Mark, Piece, Session, in_time};
use super::statement::Statement;

/// Runs every statement over nothing, and gives all that is wrong at once.
pub(super) async fn probe<D: Database>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let mut wrong = Vec::new();
    let files = [&statements.result_files, &statements.paper_files];
    let single = [&statements.changed, &statements.sweep, &statements.dossiers];
    let files = files.into_iter().flatten().map(|statement| (statement, true));
    let rows = single.into_iter().chain(&statements.lists).map(|statement| (statement, false));
    for (statement, gives_files) in rows.chain(files) {
        let outcome = in_time(database, statement.name, async |connection| {
            if gives_files {
                return Ok(file::prove(connection, statement).await);
            }
            Ok(prove(connection, statement, mapping).await)
        })
        .await?;
        for error in outcome {
            match error {
                // With these nothing else can be proved either.
                SourceError::Unreachable { .. } | SourceError::Protocol { .. } => return Err(error),
                other => wrong.push(other),
            }
        }
    }
    SourceError::of(wrong).map_or(Ok(()), Err)
}

async fn prove<S: Session>(connection: &mut S, statement: &Statement, mapping: &Mapping) -> Vec<SourceError> {
    // The sweep pages by code, the other by key.
    let textual = statement.name == "sweep" || mapping.key == KeyType::Text;
    let after = if textual { Mark::Text(String::new()) } else { Mark::Int(0) };
    let found = match connection.columns(statement, &after).await {
        Ok(found) => found,
        Err(error) => return vec![hinted(connection, statement, error).await],
    };
    let mut wrong = Layout::resolve(statement.name, &columns_of(statement.name, mapping.shape), &found)
        .err()
        .unwrap_or_default();
    // Only running it shows whether the rights suffice. A year that every engine can cast, and that text columns hold nothing after.
    let since = Mark::Text("9999-12-31 00:00:00".to_owned());
    let given = Given { since: &since, after: &after, limit: 0, codes: &[], piece: Piece::default() };
    wrong.extend(connection.rows(statement, &given).await.err());
    wrong
}

/// Adds to the database's "no such" what there is instead.
pub(super) async fn hinted<S: Session>(
    connection: &mut S,
    statement: &Statement,
    error: SourceError,
) -> SourceError {
    let names = connection.names(&statement.sql).await;
    let near = |wrong: &str, known: &[String]| {
        // What stands before the last point is the table or its short name.
        let bare = wrong.rsplit('.').next().unwrap_or(wrong);
        nearest(bare, known.iter().map(String::as_str)).map(str::to_owned)
    };
    match error {
        SourceError::MissingTable { query, table, .. } => {
            let hint = near(&table, &names.tables);
            SourceError::MissingTable { query, table, found: names.tables, hint }
        }
        SourceError::MissingColumn { query, column, .. } => {
            let hint = near(&column, &names.columns);
            SourceError::MissingColumn { query, column, found: names.columns, hint }
        }
        other => other,
    }
}
