//! One row of the queries that find dossiers: its place in their order, and what is wrong with it.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use dongbo_model::{Detail, DossierCode, Finding, FindingKind, Lang, invisible};

use crate::dossiers::RawChange;
use crate::engines::{Mark, Moment};
use crate::key;
use crate::mapping::{KeyType, Mapping, postgres_text};
use crate::scan::Change;
use crate::times::{self, Form};
use crate::value::Value;

/// The longest key, in bytes, that is written as it is.
const LONGEST_KEY: usize = 100;
/// The longest unit, in characters, that is taken over when the mapping does not know it.
const LONGEST_UNIT: usize = 100;

/// A row, and its place.
pub(crate) struct Placed {
    pub(crate) change: Change,
    pub(crate) place: Place,
}

/// The place of a row in its query's order, as far as its values can be compared.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The key as errors show it.
    pub(crate) shown: String,
    pub(crate) mark: Option<Mark>,
    pub(crate) key: Option<Mark>,
    /// The time as a number, for columns that hold times.
    pub(crate) exact: Option<i64>,
    pub(crate) moment: Option<DateTime<Utc>>,
    /// The form in which the time is written, for columns that hold none.
    pub(crate) form: Option<Form>,
}

/// The query that rows come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'q> {
    pub(crate) query: &'q str,
    /// The type of its keys.
    pub(crate) key: KeyType,
    /// What tells its keys from those of other queries; empty for keys of the dossiers' own.
    pub(crate) owner: &'q str,
}

/// Reads the `raw` row of a query, whose time is `exact` where its database tells it more finely.
pub(crate) fn placed(
    mapping: &Mapping,
    from: Reading<'_>,
    raw: RawChange<'_>,
    exact: Option<Moment>,
    now: DateTime<Utc>,
) -> Placed {
    let Reading { query, owner, .. } = from;
    let (mark, number) = match exact {
        Some(Moment { text, number }) => (Some(Mark::Text(text)), Some(number)),
        None => (mark(mapping, &raw.changed_at), None),
    };
    let key = key(from.key, &raw.key);
    let shown = match &key {
        Ok(key) => written(key),
        Err(_) => format!("?{}", mark.as_ref().map(written).unwrap_or_default()),
    };
    let written_key = if owner.is_empty() { shown } else { format!("{owner}:{shown}") };
    let moment = times::read(&raw.changed_at, &mapping.dates);
    let (code, written_code, code_finding) = code(raw.code, &written_key);
    let row_finding = |kind, column: &str, detail: &str| {
        Finding::new(kind, format!("{query}.{column}"), format!("{detail}key {written_key}"))
    };
    let key_finding = || {
        let wrong = key.as_ref().err()?;
        Some(row_finding(FindingKind::BadRow, "key", &format!("{wrong}; ")))
    };
    let moment = moment.ok().flatten();
    let undated = moment.is_none();
    let date_finding = || undated.then(|| row_finding(FindingKind::BadDate, "changed_at", ""));
    let change = Change {
        code,
        written_code,
        unit: unit(mapping, raw.unit),
        changed_at: moment.unwrap_or(now),
        finding: code_finding.or_else(date_finding).or_else(key_finding),
        key: written_key.clone(),
    };
    let own = &mapping.changed_at_format;
    let place = Place {
        form: moment.and_then(|moment| Form::of(&raw.changed_at, moment, &mapping.dates, own)),
        exact: number.or(match raw.changed_at {
            Value::Instant(number) | Value::Local(number) => Some(number),
            Value::Date(days) => Some(days.into()),
            _ => None,
        }),
        shown: written_key,
        mark,
        key: key.ok(),
        moment,
    };
    Placed { change, place }
}

/// The key as a parameter that finds the same place again, or the fault of it.
fn key(kind: KeyType, value: &Value<'_>) -> Result<Mark, String> {
    let mark = match value {
        Value::Null => return Err(Detail::EmptyKey.with(&[])),
        Value::NotUtf8 => return Err(Detail::KeyNotUtf8.with(&[])),
        value => key::mark(kind, value),
    };
    mark.ok_or_else(|| Detail::KeyType.with(&[&kind.name()]))
}

/// A place in a form that logs and every ledger can hold: one that is long, or has characters that are not seen, is cut and told
/// by its hash.
fn written(mark: &Mark) -> String {
    let text = key::written(mark);
    if text.len() <= LONGEST_KEY && !text.chars().any(is_unseen) {
        return text;
    }
    let mut short: String = text.chars().filter(|c| !is_unseen(*c)).take(LONGEST_KEY / 4).collect();
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    short.push('…');
    short.push_str(hash.get(..8).unwrap_or_default());
    short
}

fn is_unseen(c: char) -> bool {
    c.is_control() || invisible::is_invisible(c)
}

fn unit(mapping: &Mapping, raw: Value<'_>) -> String {
    let unit = raw.written().unwrap_or_default();
    match mapping.tables.unit(unit.trim()) {
        Some(known) => mapping.mergers.now(known).code.as_str().to_owned(),
        None => unit.trim().chars().filter(|c| !is_unseen(*c)).take(LONGEST_UNIT).collect(),
    }
}

/// The raw value as a parameter that finds the same place again.
fn mark(mapping: &Mapping, value: &Value<'_>) -> Option<Mark> {
    let day = |days: i32| i64::from(days).saturating_mul(86_400_000_000);
    match value {
        Value::Text(text) | Value::Decimal(text) => Some(Mark::Text(text.clone().into_owned())),
        Value::Int(number) => Some(Mark::Int(*number)),
        Value::Real(number) => Some(Mark::Real(*number)),
        Value::Instant(micros) => Some(Mark::Text(postgres_text(*micros, Some(mapping.dates.zone)))),
        Value::Local(micros) => Some(Mark::Text(postgres_text(*micros, None))),
        Value::Date(i32::MAX) => Some(Mark::Text("infinity".to_owned())),
        Value::Date(i32::MIN) => Some(Mark::Text("-infinity".to_owned())),
        Value::Date(days) => Some(Mark::Text(postgres_text(day(*days), None))),
        Value::Null | Value::Bool(_) | Value::NotUtf8 | Value::Other => None,
    }
}

/// The dossier's code, the code as it is written, and its defect.
fn code(raw: Value<'_>, key: &str) -> (Option<DossierCode>, Option<String>, Option<Finding>) {
    let finding =
        |kind, detail: &str| Some(Finding::new(kind, "dossiers.code", format!("{detail}key {key}")));
    let Some(written) = raw.written() else {
        return (None, None, finding(FindingKind::BadText, ""));
    };
    let written = written.into_owned();
    if written.trim().is_empty() {
        return (None, Some(written), finding(FindingKind::MissingCode, ""));
    }
    match DossierCode::local(&written) {
        Err(flaw) => {
            let finding = finding(FindingKind::BadValue, &format!("{flaw}; "));
            (None, Some(written), finding)
        }
        // The dossier is read by its code, and the database takes another spelling for another code.
        Ok(code) if code.as_str() != written => {
            let finding =
                finding(FindingKind::BadValue, &format!("{}; ", Detail::NotCanonical.text(Lang::En)));
            (Some(code), Some(written), finding)
        }
        Ok(code) => (Some(code), Some(written), None),
    }
}
