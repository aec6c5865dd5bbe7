//! Reading whole dossiers by their codes, each page out of one state of the database.

use std::collections::HashMap;

use serde::Deserialize as _;

use dongbo_model::{Detail, DossierCode, FindingKind, Lang};
use dongbo_settings::hint::nearest_hint;

use super::drafts::Drafts;
use super::observe::Observe;
use super::parts::Part;
use super::procedures::load;
use super::reading::ObservedReading;
use super::records::{
    DOCUMENT_COLUMNS, MOST_ROWS, Owner, RawAttachment, RawDatabase, RawDossier, RawFee, RawIdentity,
    RawPaper, RawResult, RawStep, RawSupplement, Record as _, TOO_MANY_ROWS, dossier_columns, owned_columns,
};
use super::unplaced::unplaced_files;
use crate::engines::{Arguments, Column, Layout, Readable, ResultRow, Room, Session as _};
use crate::error::SourceError;
use crate::mapping::{List, Mapping, Shape, Statement, Statements};
use crate::value::Value;

/// Reads at most some hundred dossiers, each reading in the place of its code.
pub(super) async fn page<D: Readable>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
    codes: &[&DossierCode],
    observe: Observe,
) -> Result<Vec<ObservedReading>, SourceError> {
    let head = &statements.dossiers;
    // Dossier and lists from one state: between two statements the counter may go on writing.
    database
        .in_time(head.name, async |snapshot| {
            let procedures = &mapping.tables.procedure;
            if let Some(table) = statements.procedures.as_ref().filter(|_| procedures.is_stale()) {
                load(snapshot, table, mapping).await?;
            }
            let read_heads = |rows: &[_]| {
                let mut drafts = Drafts::of(codes, mapping.key, observe);
                match mapping.shape {
                    Shape::Columns => heads(statements, rows, &mut drafts, mapping)?,
                    Shape::Json => documents(head, rows, &mut drafts, mapping)?,
                }
                Ok::<_, SourceError>(drafts)
            };
            let asked = Drafts::asked(codes);
            let room = Room::page();
            let arguments = Arguments::codes(&asked).within(&room);
            let rows = snapshot.rows(head, &arguments).await?;
            let mut drafts = read_heads(&rows)?;
            // A procedure may be as new as its first dossier.
            if let Some(table) = statements.procedures.as_ref().filter(|_| procedures.is_stale()) {
                load(snapshot, table, mapping).await?;
                drafts = read_heads(&rows)?;
            }
            let twins = drafts.twins();
            if !twins.is_empty() {
                let rows = snapshot.rows(head, &Arguments::codes(&twins).within(&room)).await?;
                find_twins(statements, &rows, &twins, &mut drafts, mapping)?;
            }
            if let Some(unfiltered) = statements.rows_of_codes() {
                let rows = snapshot.rows(unfiltered, &arguments).await?;
                count_rows(statements, &rows, &mut drafts, mapping)?;
            }
            let (keys, example) = (drafts.keys(), drafts.example_key());
            for (list, statement) in &statements.lists {
                let rows = match Owner::of(statement) {
                    Owner::Code => snapshot.rows(statement, &arguments).await?,
                    Owner::Key => {
                        snapshot.rows(statement, &Arguments::keys(&keys, &example).within(&room)).await?
                    }
                };
                parts(*list, statement, &rows, &mut drafts, mapping)?;
            }
            Ok(drafts.finish(codes))
        })
        .await
}

fn layout<R: ResultRow>(
    statement: &Statement,
    wanted: &[Column],
    rows: &[R],
    mapping: &Mapping,
) -> Result<Option<Layout>, SourceError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let found = first.found();
    if let Some(unplaced) = unplaced_files(statement.name, &found, mapping) {
        return Err(unplaced);
    }
    match Layout::resolve(statement.name, wanted, &found) {
        Ok(layout) => Ok(Some(layout)),
        Err(wrong) => SourceError::of(wrong).map_or(Ok(None), Err),
    }
}

fn heads<R: ResultRow>(
    statements: &Statements,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = dossier_layout(statements, rows, mapping)? else { return Ok(()) };
    let needs_keys = statements.need_keys();
    for row in rows {
        // The code is the first column, the key the last.
        let Some(place) = drafts.by_code(layout.value(row, 0)) else {
            drafts.note_otherwise(layout.value(row, 0));
            continue;
        };
        if let Some((code, draft)) = drafts.at(place) {
            draft.add_head(code, RawDossier::from_values(|place| layout.value(row, place)), mapping);
        }
        drafts.note_key(place, &layout.value(row, RawDossier::COLUMNS.len()), needs_keys);
    }
    Ok(())
}

fn dossier_layout<R: ResultRow>(
    statements: &Statements,
    rows: &[R],
    mapping: &Mapping,
) -> Result<Option<Layout>, SourceError> {
    let columns = dossier_columns(mapping, statements);
    layout(&statements.dossiers, &columns, rows, mapping)
}

/// Tells the drafts whose codes the database takes for one: asked only for `twins`, it gives rows of their siblings too.
fn find_twins<R: ResultRow>(
    statements: &Statements,
    rows: &[R],
    twins: &[&str],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = dossier_layout(statements, rows, mapping)? else { return Ok(()) };
    for row in rows {
        let is_asked = layout.value(row, 0).written().is_some_and(|code| twins.contains(&&*code));
        if !is_asked {
            drafts.note_twin(layout.value(row, 0));
        }
    }
    Ok(())
}

/// Counts the rows of each code that there are without the mapping's filter.
fn count_rows<R: ResultRow>(
    statements: &Statements,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = dossier_layout(statements, rows, mapping)? else { return Ok(()) };
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for row in rows {
        match drafts.by_code(layout.value(row, 0)) {
            Some(place) => *counts.entry(place).or_default() += 1,
            None => drafts.note_twin(layout.value(row, 0)),
        }
    }
    for (place, count) in counts {
        if let Some((_, draft)) = drafts.at(place) {
            draft.note_rows(count);
        }
    }
    Ok(())
}

fn documents<R: ResultRow>(
    statement: &Statement,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = layout(statement, &DOCUMENT_COLUMNS, rows, mapping)? else { return Ok(()) };
    for row in rows {
        let Some((code, draft)) = drafts.find(layout.value(row, 0)) else {
            drafts.note_otherwise(layout.value(row, 0));
            continue;
        };
        let text = match layout.value(row, 1) {
            Value::Text(text) => text,
            Value::NotUtf8 => {
                draft.add_unreadable(FindingKind::BadText, "dossiers.dossier", "");
                continue;
            }
            _ => {
                draft.add_unreadable(
                    FindingKind::BadValue,
                    "dossiers.dossier",
                    Detail::NoJson.text(Lang::En),
                );
                continue;
            }
        };
        // Programs put a mark of the byte order before what they write as a file.
        let mut json = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
        match RawDossier::deserialize(&mut json).and_then(|raw| json.end().map(|()| raw)) {
            Ok(raw) => draft.add_document(code, raw, mapping),
            Err(error) => {
                let (kind, detail) = json_fault(&error);
                draft.add_unreadable(kind, "dossiers.dossier", &detail);
            }
        }
    }
    Ok(())
}

/// The kind and place of the fault in a document, without a word of its content.
fn json_fault(error: &serde_json::Error) -> (FindingKind, String) {
    let place = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    if text.starts_with(TOO_MANY_ROWS) {
        (FindingKind::TooLarge, Detail::MoreRows.with(&[&MOST_ROWS]))
    } else if !error.is_data() {
        (FindingKind::BadValue, format!("no JSON at {place}"))
    } else if text.starts_with("unknown field") {
        let hint = nearest_hint(&text).map_or_else(String::new, |hint| format!(", {hint}"));
        (FindingKind::BadValue, format!("unknown key at {place}{hint}"))
    } else if text.starts_with("duplicate field") {
        // Only keys that we know can be met twice, so this is one of our own names.
        let key = text.split('`').nth(1).unwrap_or_default();
        (FindingKind::DuplicateRows, format!("key \"{key}\" stands twice, again at {place}"))
    } else {
        (FindingKind::BadValue, format!("another form than expected at {place}"))
    }
}

fn parts<R: ResultRow>(
    list: List,
    statement: &Statement,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    match list {
        List::Identities => fill::<RawIdentity<'_>, R>(statement, rows, drafts, mapping),
        List::Databases => fill::<RawDatabase<'_>, R>(statement, rows, drafts, mapping),
        List::Papers => fill::<RawPaper<'_>, R>(statement, rows, drafts, mapping),
        List::Results => fill::<RawResult<'_>, R>(statement, rows, drafts, mapping),
        List::Fees => fill::<RawFee<'_>, R>(statement, rows, drafts, mapping),
        List::Supplements => fill::<RawSupplement<'_>, R>(statement, rows, drafts, mapping),
        List::Attachments => fill::<RawAttachment<'_>, R>(statement, rows, drafts, mapping),
        List::Steps => fill::<RawStep<'_>, R>(statement, rows, drafts, mapping),
    }
}

fn fill<'r, P: Part<'r>, R: ResultRow>(
    statement: &Statement,
    rows: &'r [R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let owner = Owner::of(statement);
    let columns = owned_columns::<P>(owner, mapping.contract);
    let Some(layout) = layout(statement, &columns, rows, mapping)? else { return Ok(()) };
    for row in rows {
        let place = match (owner, layout.value(row, 0)) {
            (Owner::Code, code) => drafts.by_code(code),
            (Owner::Key, key) => drafts.by_key(&key),
        };
        match place.and_then(|place| drafts.at(place)) {
            Some((_, draft)) => draft.add_part(P::from_values(|place| layout.value(row, place + 1)), mapping),
            None if owner == Owner::Code => drafts.note_lost_row(P::TABLE, layout.value(row, 0)),
            None => {}
        }
    }
    Ok(())
}
