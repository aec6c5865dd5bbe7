//! Reading whole dossiers by their codes, each page out of one state of the database.

use std::collections::HashMap;

use serde::Deserialize as _;

use dongbo_model::{DossierCode, FindingKind, Text};
use dongbo_settings::hint::nearest_hint;

use super::draft::Draft;
use super::observe::Observe;
use super::parts::Part;
use super::reading::{ObservedReading, Reading};
use super::records::{
    DOCUMENT_COLUMNS, RawAttachment, RawDatabase, RawDossier, RawFee, RawIdentity, RawPaper, RawResult,
    RawStep, RawSupplement, Record as _, columns_with_code, dossier_columns,
};
use super::unplaced::unplaced_files;
use super::writing;
use crate::engines::{Arguments, Column, Database, Layout, ResultRow, Session as _, in_time};
use crate::error::SourceError;
use crate::mapping::{List, Mapping, Shape, Statement, Statements};
use crate::value::Value;

/// The drafts of one page of dossiers, by code.
struct Drafts<'c> {
    codes: Vec<&'c DossierCode>,
    places: HashMap<&'c str, usize>,
    /// Places by what all writings of a code have in common; empty until it is needed.
    writings: HashMap<String, Vec<usize>>,
    drafts: Vec<Draft>,
}

impl<'c> Drafts<'c> {
    fn of(codes: &[&'c DossierCode], observe: Observe) -> Self {
        let mut all = Self {
            codes: Vec::new(),
            places: HashMap::with_capacity(codes.len()),
            writings: HashMap::new(),
            drafts: Vec::new(),
        };
        for code in codes.iter().copied() {
            let next = all.codes.len();
            if *all.places.entry(code.as_str()).or_insert(next) == next {
                all.codes.push(code);
                all.drafts.push(Draft::observing(observe));
            }
        }
        all
    }

    /// The draft that a row with this code belongs to; `None` for a code that was not asked for.
    fn find(&mut self, code: Value<'_>) -> Option<(&'c DossierCode, &mut Draft)> {
        let written = code.written()?;
        let place = match self.places.get(&*written) {
            Some(place) => *place,
            // The database may compare more loosely than we do, and give the code as it has it.
            None => *self.places.get(Text::name_of_file(written).as_str())?,
        };
        self.codes.get(place).copied().zip(self.drafts.get_mut(place))
    }

    /// Tells the drafts whose code a main row has in another writing. No row is taken for another dossier's.
    fn note_otherwise(&mut self, code: Value<'_>) {
        let Some(written) = code.written().filter(|written| !written.trim().is_empty()) else { return };
        if self.writings.is_empty() {
            for (place, code) in self.codes.iter().enumerate() {
                self.writings.entry(writing::common(code.as_str())).or_default().push(place);
            }
        }
        for place in self.writings.get(&writing::common(&written)).into_iter().flatten() {
            if let Some((asked, draft)) = self.codes.get(*place).zip(self.drafts.get_mut(*place)) {
                draft.note_otherwise(writing::difference(asked.as_str(), &written));
            }
        }
    }

    /// The readings in the order of the codes that were asked for.
    fn finish(self, asked: &[&DossierCode]) -> Vec<ObservedReading> {
        let unique = self.codes.len();
        let readings: Vec<ObservedReading> =
            self.codes.into_iter().zip(self.drafts).map(|(code, draft)| draft.finish(code)).collect();
        if unique == asked.len() {
            return readings;
        }
        let reading = |code: &&DossierCode| {
            let place = self.places.get(code.as_str());
            place.and_then(|place| readings.get(*place)).cloned().unwrap_or(Reading::Absent.into())
        };
        asked.iter().map(reading).collect()
    }
}

/// Reads at most some hundred dossiers, each reading in the place of its code.
pub(super) async fn page<D: Database>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
    codes: &[&DossierCode],
    observe: Observe,
) -> Result<Vec<ObservedReading>, SourceError> {
    let head = &statements.dossiers;
    // Dossier and lists from one state: between two statements the counter may go on writing.
    in_time(database, head.name, async |snapshot| {
        let mut drafts = Drafts::of(codes, observe);
        let asked: Vec<&str> = drafts.codes.iter().map(|code| code.as_str()).collect();
        let arguments = Arguments::codes(&asked);
        let rows = snapshot.rows(head, &arguments).await?;
        match mapping.shape {
            Shape::Columns => heads(head, &rows, &mut drafts, mapping)?,
            Shape::Json => documents(head, &rows, &mut drafts, mapping)?,
        }
        for (list, statement) in &statements.lists {
            let rows = snapshot.rows(statement, &arguments).await?;
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
    statement: &Statement,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = layout(statement, &dossier_columns(Shape::Columns, mapping.contract), rows, mapping)?
    else {
        return Ok(());
    };
    for row in rows {
        // The code is the first column.
        if let Some((code, draft)) = drafts.find(layout.value(row, 0)) {
            draft.add_head(code, RawDossier::from_values(|place| layout.value(row, place)), mapping);
        } else {
            drafts.note_otherwise(layout.value(row, 0));
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
                draft.add_unreadable(FindingKind::BadValue, "dossiers.dossier", "no JSON document");
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
    if !error.is_data() {
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
    let Some(layout) = layout(statement, &columns_with_code::<P>(mapping.contract), rows, mapping)? else {
        return Ok(());
    };
    for row in rows {
        if let Some((_, draft)) = drafts.find(layout.value(row, 0)) {
            draft.add_part(P::from_values(|place| layout.value(row, place + 1)), mapping);
        }
    }
    Ok(())
}
