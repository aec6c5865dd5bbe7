//! The number of rows that the mapping's filter leaves out.

use crate::engines::{Arguments, Column, Database, Layout, Mark, ResultRow as _, Session, in_time};
use crate::error::SourceError;
use crate::mapping::{Statement, Statements};
use crate::value::Value;

/// The only column of a statement that counts.
const COLUMNS: [Column; 1] = [Column { name: "counted", required: true }];

/// The rows of [sweep] that `[eligible]` leaves out; `None` without such a filter, or when counting takes too long.
pub(crate) async fn left_out<D: Database>(
    database: &D,
    statements: &Statements,
) -> Result<Option<u64>, SourceError> {
    let Some(unfiltered) = &statements.unfiltered else { return Ok(None) };
    let counted = in_time(database, unfiltered.all.name, async |connection| {
        let all = count(connection, &unfiltered.all).await?;
        Ok(all.saturating_sub(count(connection, &unfiltered.eligible).await?))
    });
    match counted.await {
        Ok(left_out) => Ok(Some(left_out)),
        Err(SourceError::Timeout { .. } | SourceError::Locked { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn count<S: Session>(connection: &mut S, statement: &Statement) -> Result<u64, SourceError> {
    let first = Mark::Text(String::new());
    let everything = Arguments { limit: i64::MAX, ..Arguments::page(&first, &first, 0) };
    let rows = connection.rows(statement, &everything).await?;
    let counted = rows.first().and_then(|row| {
        let layout = Layout::resolve(statement.name, &COLUMNS, &row.found()).ok()?;
        match layout.value(row, 0) {
            Value::Int(number) => u64::try_from(number).ok(),
            _ => None,
        }
    });
    counted.ok_or_else(|| SourceError::Query {
        query: statement.name.to_owned(),
        reason: "its rows cannot be counted".to_owned(),
    })
}
