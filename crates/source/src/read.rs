//! Reading whole dossiers by their codes, each page out of one state of the database.

use std::collections::HashMap;

use serde::Deserialize as _;
use sqlx::{AssertSqlSafe, Connection as _};

use dongbo_model::{DossierCode, Finding, FindingKind, Text};
use dongbo_settings::hint::nearest_hint;

use super::build::{Draft, Part, Reading};
use super::error::SourceError;
use super::mapping::{Mapping, Shape, Statements};
use super::met::{Met, Watch};
use super::raw::{
    CODE, Column, DOCUMENT, RawAttachment, RawDatabase, RawDossier, RawFee, RawIdentity, RawPaper, RawResult,
    RawStep, RawSupplement, Record as _,
};
use super::row::{Layout, RawRow, list_columns};
use super::session::{Database, Given, Mark, Piece, Session, in_time};
use super::statement::Statement;
use super::value::Value;

/// How many dossiers one transaction reads: enough that the queries' overhead does not count, few enough that the
/// transaction is short.
const PAGE: usize = 500;

/// The columns of [dossiers] in shape `json`.
pub(super) const DOCUMENT_COLUMNS: [Column; 2] =
    [Column { name: CODE, required: true }, Column { name: DOCUMENT, required: true }];

/// A reading, and what was met on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// What came of reading the dossier.
    pub reading: Reading,
    /// What was asked to be kept, in the order in which it was met.
    pub met: Vec<Met>,
}

impl From<Reading> for Watched {
    fn from(reading: Reading) -> Self {
        Self { reading, met: Vec::new() }
    }
}

/// Reads the dossiers, each reading in the place of its code.
pub(super) async fn read<D: Database>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
    codes: &[DossierCode],
    watch: Watch,
) -> Result<Vec<Watched>, SourceError> {
    let mut readings = Vec::with_capacity(codes.len());
    let mut open: Vec<&[DossierCode]> = codes.chunks(PAGE).rev().collect();
    while let Some(part) = open.pop() {
        match page(database, statements, mapping, part, watch).await {
            Ok(done) => readings.extend(done),
            // The database stumbles over some row's value: halving finds the one, and the others are read.
            Err(SourceError::Data { .. }) if part.len() > 1 => {
                let (left, right) = part.split_at(part.len() / 2);
                open.push(right);
                open.push(left);
            }
            Err(SourceError::Data { query, code }) => {
                let detail = format!("the database cannot read it (code {code})");
                let finding = Finding::new(FindingKind::BadValue, query, detail);
                readings.push(Reading::Defective(vec![finding]).into());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(readings)
}

/// The dossiers of one page, by code.
struct Drafts<'c> {
    codes: Vec<&'c DossierCode>,
    places: HashMap<&'c str, usize>,
    drafts: Vec<Draft>,
}

impl<'c> Drafts<'c> {
    fn of(codes: &'c [DossierCode], watch: Watch) -> Self {
        let mut all =
            Self { codes: Vec::new(), places: HashMap::with_capacity(codes.len()), drafts: Vec::new() };
        for code in codes {
            let next = all.codes.len();
            if *all.places.entry(code.as_str()).or_insert(next) == next {
                all.codes.push(code);
                all.drafts.push(Draft::watching(watch));
            }
        }
        all
    }

    /// The dossier that a row with this code belongs to; `None` for one that nobody asked for.
    fn find(&mut self, code: Value<'_>) -> Option<(&'c DossierCode, &mut Draft)> {
        let written = code.written()?;
        let place = match self.places.get(&*written) {
            Some(place) => *place,
            // The database may compare more loosely than we do, and give the code as it has it.
            None => *self.places.get(Text::new(written).as_str())?,
        };
        self.codes.get(place).copied().zip(self.drafts.get_mut(place))
    }

    /// The readings in the order of the codes that were asked for.
    fn finish(self, asked: &[DossierCode]) -> Vec<Watched> {
        let unique = self.codes.len();
        let readings: Vec<Watched> =
            self.codes.into_iter().zip(self.drafts).map(|(code, draft)| draft.finish(code)).collect();
        if unique == asked.len() {
            return readings;
        }
        let reading = |code: &DossierCode| {
            let place = self.places.get(code.as_str());
            place.and_then(|place| readings.get(*place)).cloned().unwrap_or(Reading::Absent.into())
        };
        asked.iter().map(reading).collect()
    }
}

async fn page<D: Database>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
    codes: &[DossierCode],
    watch: Watch,
) -> Result<Vec<Watched>, SourceError> {
    let head = &statements.dossiers;
    let mut drafts = Drafts::of(codes, watch);
    let asked: Vec<&str> = drafts.codes.iter().map(|code| code.as_str()).collect();
    let given = Given {
        since: &Mark::Int(0),
        after: &Mark::Int(0),
        limit: 0,
        codes: &asked,
        piece: Piece::default(),
    };
    in_time(database, head.name, async |connection| {
        let fault = |error| D::fault(head.name, error);
        // Dossier and lists from one state: between two statements the counter may go on writing. The text is owned
        // because a future that holds a `&'static str` here is not seen to be Send.
        let mut snapshot = connection.begin_with(AssertSqlSafe(D::BEGIN.to_owned())).await.map_err(fault)?;
        let rows = snapshot.rows(head, &given).await?;
        match mapping.shape {
            Shape::Columns => heads(head, &rows, &mut drafts, mapping)?,
            Shape::Json => documents(head, &rows, &mut drafts, mapping)?,
        }
        for list in &statements.lists {
            let rows = snapshot.rows(list, &given).await?;
            parts(list, &rows, &mut drafts, mapping)?;
        }
        snapshot.commit().await.map_err(fault)
    })
    .await?;
    Ok(drafts.finish(codes))
}

fn layout<R: RawRow>(
    statement: &Statement,
    wanted: &[Column],
    rows: &[R],
) -> Result<Option<Layout>, SourceError> {
    let Some(first) = rows.first() else { return Ok(None) };
    match Layout::resolve(statement.name, wanted, &first.found()) {
        Ok(layout) => Ok(Some(layout)),
        Err(wrong) => SourceError::of(wrong).map_or(Ok(None), Err),
    }
}

fn heads<R: RawRow>(
    statement: &Statement,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = layout(statement, RawDossier::COLUMNS, rows)? else { return Ok(()) };
    for row in rows {
        // The code is the first column.
        if let Some((code, draft)) = drafts.find(layout.value(row, 0)) {
            draft.add_head(code, RawDossier::from_values(|place| layout.value(row, place)), mapping);
        }
    }
    Ok(())
}

fn documents<R: RawRow>(
    statement: &Statement,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = layout(statement, &DOCUMENT_COLUMNS, rows)? else { return Ok(()) };
    for row in rows {
        let Some((code, draft)) = drafts.find(layout.value(row, 0)) else { continue };
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
        let mut json = serde_json::Deserializer::from_str(&text);
        match RawDossier::deserialize(&mut json).and_then(|raw| json.end().map(|()| raw)) {
            Ok(raw) => draft.add_document(code, raw, mapping),
            Err(error) => {
                draft.add_unreadable(FindingKind::BadValue, "dossiers.dossier", &json_fault(&error));
            }
        }
    }
    Ok(())
}

/// Where a document goes wrong, without a word of what stands in it.
fn json_fault(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    if !error.is_data() {
        format!("no JSON at {place}")
    } else if text.starts_with("unknown field") {
        nearest_hint(&text)
            .map_or(format!("unknown key at {place}"), |hint| format!("unknown key at {place}, {hint}"))
    } else {
        format!("another form than expected at {place}")
    }
}

fn parts<R: RawRow>(
    statement: &Statement,
    rows: &[R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    match statement.name {
        RawIdentity::LIST => fill::<RawIdentity<'_>, R>(statement, rows, drafts, mapping),
        RawDatabase::LIST => fill::<RawDatabase<'_>, R>(statement, rows, drafts, mapping),
        RawPaper::LIST => fill::<RawPaper<'_>, R>(statement, rows, drafts, mapping),
        RawResult::LIST => fill::<RawResult<'_>, R>(statement, rows, drafts, mapping),
        RawFee::LIST => fill::<RawFee<'_>, R>(statement, rows, drafts, mapping),
        RawSupplement::LIST => fill::<RawSupplement<'_>, R>(statement, rows, drafts, mapping),
        RawAttachment::LIST => fill::<RawAttachment<'_>, R>(statement, rows, drafts, mapping),
        _ => fill::<RawStep<'_>, R>(statement, rows, drafts, mapping),
    }
}

fn fill<'r, P: Part<'r>, R: RawRow>(
    statement: &Statement,
    rows: &'r [R],
    drafts: &mut Drafts<'_>,
    mapping: &Mapping,
) -> Result<(), SourceError> {
    let Some(layout) = layout(statement, &list_columns::<P>(), rows)? else { return Ok(()) };
    for row in rows {
        if let Some((_, draft)) = drafts.find(layout.value(row, 0)) {
            P::from_values(|place| layout.value(row, place + 1)).add(draft, mapping);
        }
    }
    Ok(())
}

/// The columns that the query called `name` may give.
pub(super) fn columns_of(name: &str, shape: Shape) -> Vec<Column> {
    match name {
        RawDossier::LIST if shape == Shape::Json => DOCUMENT_COLUMNS.to_vec(),
        RawDossier::LIST => RawDossier::COLUMNS.to_vec(),
        RawIdentity::LIST => list_columns::<RawIdentity<'_>>(),
        RawDatabase::LIST => list_columns::<RawDatabase<'_>>(),
        RawPaper::LIST => list_columns::<RawPaper<'_>>(),
        RawResult::LIST => list_columns::<RawResult<'_>>(),
        RawFee::LIST => list_columns::<RawFee<'_>>(),
        RawSupplement::LIST => list_columns::<RawSupplement<'_>>(),
        RawAttachment::LIST => list_columns::<RawAttachment<'_>>(),
        RawStep::LIST => list_columns::<RawStep<'_>>(),
        _ => super::raw::RawChange::COLUMNS.to_vec(),
    }
}
