//! The table of procedures, where the local database has it.

use dongbo_model::{Procedure, Text};

use super::records::{RawProcedure, Record as _};
use crate::engines::{Arguments, Layout, ResultRow as _, Session};
use crate::error::SourceError;
use crate::mapping::{Mapping, ProcedureRow, Statement};
use crate::value::Value;

/// Reads the table and lets `mapping` have it. Gives the local codes that stand there for several procedures.
pub(crate) async fn load<S: Session>(
    snapshot: &mut S,
    statement: &Statement,
    mapping: &Mapping,
) -> Result<Vec<String>, SourceError> {
    let rows = snapshot.rows(statement, &Arguments::codes(&[])).await?;
    let Some(first) = rows.first() else { return Ok(mapping.tables.procedure.replace(Vec::new())) };
    let layout = Layout::resolve(statement.name, RawProcedure::COLUMNS, &first.found())
        .map_err(SourceError::Several)?;
    let known =
        rows.iter().filter_map(|row| known(RawProcedure::from_values(|place| layout.value(row, place))));
    Ok(mapping.tables.procedure.replace(known.collect()))
}

/// The procedure of one row; `None` for one that has no national code.
fn known(raw: RawProcedure<'_>) -> Option<ProcedureRow> {
    let text = |value: Value<'_>| value.written().map(Text::new);
    let code = text(raw.code).filter(|code| !code.as_str().is_empty())?;
    let local = match text(raw.local) {
        Some(local) if !local.as_str().is_empty() => local.as_str().to_owned(),
        // Without a code of its own it goes by the national one.
        _ => code.as_str().to_owned(),
    };
    let procedure = Procedure {
        code,
        name: text(raw.name)?,
        field_code: text(raw.field_code)?,
        field_name: text(raw.field_name)?,
    };
    Some(ProcedureRow { local, procedure })
}
