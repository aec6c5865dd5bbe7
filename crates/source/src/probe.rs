//! Proving the mapping against the live database before anything depends on it.

use dongbo_settings::hint::nearest;

use crate::dossiers::{
    Owner, RawChange, RawProcedure, Record as _, dossier_columns, list_columns, load_procedures,
    unplaced_files,
};
use crate::engines::{Arguments, Column, Database, LEAST_UUID, Layout, Mark, Names, Piece, Session, in_time};
use crate::error::SourceError;
use crate::file_column;
use crate::mapping::{KeyType, Mapping, Statement, Statements};

/// Runs every statement over nothing, and gives all that is wrong at once.
pub(crate) async fn probe<D: Database>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let before_all = Mark::Text(String::new());
    let first = |key: KeyType| match key {
        KeyType::Text => before_all.clone(),
        KeyType::Integer => Mark::Int(0),
        KeyType::Uuid => Mark::Uuid(LEAST_UUID.to_owned()),
    };
    let key = first(mapping.key);
    let Statements { changed, sweep, dossiers, lists, .. } = statements;
    let mut queries: Vec<(&Statement, Vec<Column>, Mark)> = changed
        .iter()
        .map(|query| (&query.statement, RawChange::COLUMNS.to_vec(), first(query.key)))
        .collect();
    queries.extend([
        // The sweep pages by code, the others by key.
        (sweep, RawChange::COLUMNS.to_vec(), before_all.clone()),
        (dossiers, dossier_columns(mapping, statements), key.clone()),
    ]);
    queries.extend(lists.iter().map(|(list, statement)| {
        (statement, list_columns(*list, Owner::of(statement), mapping.contract), key.clone())
    }));
    let mut wrong = Vec::new();
    for (statement, columns, after) in queries {
        let found = in_time(database, statement.name, async |connection| {
            Ok(prove(connection, statement, &columns, &after, mapping).await)
        });
        note(hinted(database, statement, found.await?).await, &mut wrong)?;
    }
    for statement in [&statements.result_files, &statements.paper_files].into_iter().flatten() {
        let found =
            in_time(
                database,
                statement.name,
                async |connection| Ok(prove_files(connection, statement).await),
            );
        note(hinted(database, statement, found.await?).await, &mut wrong)?;
    }
    if let Some(statement) = &statements.procedures {
        let found = in_time(database, statement.name, async |connection| {
            Ok(prove_procedures(connection, statement, mapping).await)
        });
        note(hinted(database, statement, found.await?).await, &mut wrong)?;
    }
    SourceError::of(wrong).map_or(Ok(()), Err)
}

/// All that is wrong with the query for procedures on the live schema, and with the table itself.
async fn prove_procedures<S: Session>(
    connection: &mut S,
    statement: &Statement,
    mapping: &Mapping,
) -> Vec<SourceError> {
    let found = match connection.columns(statement, &Mark::Int(0)).await {
        Ok(found) => found,
        Err(error) => return vec![error],
    };
    if let Err(wrong) = Layout::resolve(statement.name, RawProcedure::COLUMNS, &found) {
        return wrong;
    }
    match load_procedures(connection, statement, mapping).await {
        Ok(ambiguous) if ambiguous.is_empty() => Vec::new(),
        Ok(ambiguous) => {
            let reason = format!("local codes stand for several procedures: {}", ambiguous.join(", "));
            vec![SourceError::Query { query: statement.name.to_owned(), reason }]
        }
        Err(error) => vec![error],
    }
}

/// Adds `found` to `wrong`; fails with an error after which nothing else can be proved either.
fn note(found: Vec<SourceError>, wrong: &mut Vec<SourceError>) -> Result<(), SourceError> {
    for error in found {
        match error {
            SourceError::Unreachable { .. } | SourceError::Protocol { .. } => return Err(error),
            other => wrong.push(other),
        }
    }
    Ok(())
}

/// All that is wrong with a query for rows on the live schema.
async fn prove<S: Session>(
    connection: &mut S,
    statement: &Statement,
    columns: &[Column],
    after: &Mark,
    mapping: &Mapping,
) -> Vec<SourceError> {
    let found = match connection.columns(statement, after).await {
        Ok(found) => found,
        Err(error) => return vec![error],
    };
    let mut wrong = Layout::resolve(statement.name, columns, &found).err().unwrap_or_default();
    wrong.extend(unplaced_files(statement.name, &found, mapping));
    // Only running it shows whether the rights suffice. A year that every type of every engine can be cast to, and that text
    // columns hold nothing after.
    let since = Mark::Text("2079-01-01 00:00:00".to_owned());
    wrong.extend(connection.rows(statement, &Arguments::page(&since, after, 0)).await.err());
    wrong
}

/// All that is wrong with a query for files on the live schema.
async fn prove_files<S: Session>(connection: &mut S, statement: &Statement) -> Vec<SourceError> {
    let found = match connection.columns(statement, &Mark::Int(0)).await {
        Ok(found) => found,
        Err(error) => return vec![error],
    };
    let mut wrong = match file_column::resolve(statement.name, found) {
        Ok(_) => Vec::new(),
        Err(SourceError::Several(wrong)) => wrong,
        Err(error) => vec![error],
    };
    // Only running it shows whether the rights suffice. What is made of the empty key may be refused, as by a cast to
    // a number: that says nothing about the query.
    match connection.rows(statement, &Arguments::piece(Piece { key: "", start: 1, length: 0 })).await {
        Ok(_) | Err(SourceError::Data { .. }) => {}
        Err(error) => wrong.push(error),
    }
    wrong
}

/// Adds the names that there are to errors about a missing table or column.
async fn hinted<D: Database>(
    database: &D,
    statement: &Statement,
    wrong: Vec<SourceError>,
) -> Vec<SourceError> {
    let nameless = |error: &SourceError| match error {
        SourceError::MissingTable { found, .. } | SourceError::MissingColumn { found, .. } => {
            found.is_empty()
        }
        _ => false,
    };
    if !wrong.iter().any(nameless) {
        return wrong;
    }
    // In a transaction of its own: the one in which something was missing gives no further answer.
    let names =
        in_time(database, statement.name, async |connection| Ok(connection.names(&statement.sql).await))
            .await
            .unwrap_or_default();
    let hint = |error| if nameless(&error) { with_names(error, names.clone()) } else { error };
    wrong.into_iter().map(hint).collect()
}

fn with_names(error: SourceError, names: Names) -> SourceError {
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
