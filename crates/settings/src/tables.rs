//! Layers laid over one another as tables, with the origin of each value and everything that is wrong in a layer.

use std::collections::BTreeMap;

use serde_path_to_error::Segment;
use toml::{Table, Value};

use crate::hint;
use crate::origin::{Layer, Origin};
use crate::{Layered, SettingsError};

/// The compiled-in defaults and what was laid over them.
pub(super) struct Merged {
    pub(super) table: Table,
    /// The origins of the values that are not defaults, by key path.
    pub(super) origins: BTreeMap<String, Origin>,
}

/// Something wrong in a layer.
pub(super) struct Flaw {
    /// The key path.
    pub(super) key: String,
    /// What is wrong and what to do, without the place.
    pub(super) text: String,
}

/// The compiled-in defaults as a table.
pub(super) fn defaults<C: Layered>() -> Result<Table, SettingsError> {
    C::DEFAULTS.parse().map_err(|error: toml::de::Error| SettingsError {
        problems: vec![format!("the compiled-in defaults: {}", error.message())],
    })
}

impl Merged {
    pub(super) fn new(defaults: Table) -> Self {
        Self { table: defaults, origins: BTreeMap::new() }
    }

    /// Lays `layer` over what is there, key by key; a list replaces the one below as a whole.
    pub(super) fn lay(&mut self, layer: &Layer) {
        overlay(&mut self.table, &layer.table, "", &mut |key| {
            self.origins.insert(key, layer.origin.clone());
        });
    }

    /// The configuration that the table says.
    pub(super) fn config<C: Layered>(&self) -> Result<C, SettingsError> {
        // Each layer was read by itself, and a layer lies over another key by key: what is left can be read.
        self.table.clone().try_into().map_err(|_: toml::de::Error| SettingsError {
            problems: vec!["the layers are right each, but not together: please report this".to_owned()],
        })
    }

    /// Every value with its key path, in the order of the paths.
    pub(super) fn leaves(&self) -> Vec<(String, &Value)> {
        let mut leaves = Vec::new();
        gather_leaves(&self.table, "", &mut leaves);
        leaves
    }
}

fn gather_leaves<'t>(table: &'t Table, above: &str, leaves: &mut Vec<(String, &'t Value)>) {
    for (key, value) in table {
        match value {
            Value::Table(below) => gather_leaves(below, &joined(above, key), leaves),
            leaf => leaves.push((joined(above, key), leaf)),
        }
    }
}

fn overlay(base: &mut Table, over: &Table, above: &str, note: &mut impl FnMut(String)) {
    for (key, value) in over {
        let path = joined(above, key);
        match (base.get_mut(key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => overlay(base, over, &path, note),
            _ => {
                base.insert(key.clone(), value.clone());
                note(path);
            }
        }
    }
}

fn joined(above: &str, key: &str) -> String {
    if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }
}

/// Takes out of `layer` every key that is not known and every value of a wrong form, and says what is wrong with each.
/// A list with a value of a wrong form goes as a whole, so only the first of these in it is told.
pub(super) fn take_out_flaws<C: Layered>(layer: &mut Layer, defaults: &Table) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    loop {
        // The layer alone over the defaults, so that a flaw is told although a later layer would cover it.
        let mut trial = defaults.clone();
        overlay(&mut trial, &layer.table, "", &mut |_| {});
        let Err(error) = serde_path_to_error::deserialize::<_, C>(trial) else { return flaws };
        let place: Vec<&Segment> = error.path().iter().collect();
        let text = error.inner().message();
        let unknown = text.starts_with("unknown field `");
        flaws.push(if unknown {
            unknown_key(&place, text, defaults)
        } else {
            wrong_form(&place, text, defaults)
        });
        if !take_out(&mut layer.table, &place, unknown) {
            layer.table.clear();
            return flaws;
        }
    }
}

/// Takes the value at `place` out of `table`; of a list, the key in one of its tables or else all of it.
fn take_out(table: &mut Table, place: &[&Segment], unknown: bool) -> bool {
    let Some((Segment::Map { key }, rest)) = place.split_first() else { return false };
    match (table.get_mut(key), rest) {
        (Some(Value::Table(below)), [_, ..]) => take_out(below, rest, unknown),
        (Some(Value::Array(items)), [Segment::Seq { index }, rest @ ..]) if unknown => {
            let item = items.get_mut(*index).and_then(Value::as_table_mut);
            item.is_some_and(|item| take_out(item, rest, unknown))
        }
        _ => table.remove(key).is_some(),
    }
}

fn unknown_key(place: &[&Segment], text: &str, defaults: &Table) -> Flaw {
    let key = path_of(place);
    let (above, name) = key.rsplit_once('.').unwrap_or(("", &key));
    let meant =
        hint::nearest_name(text).map(|name| joined(above, name)).or_else(|| elsewhere(name, defaults));
    let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    Flaw { text: format!("{key} is not known{hint}"), key }
}

/// The key path of another section's key of this `name`: its section was forgotten or mistaken.
fn elsewhere(name: &str, defaults: &Table) -> Option<String> {
    let mut leaves = Vec::new();
    gather_leaves(defaults, "", &mut leaves);
    leaves.into_iter().map(|(path, _)| path).find(|path| path.ends_with(&format!(".{name}")))
}

fn wrong_form(place: &[&Segment], text: &str, defaults: &Table) -> Flaw {
    let key = path_of(place);
    let default = default_at(place, defaults);
    let expected = text.rsplit_once("expected ").map(|(_, expected)| expected);
    let complaint = match (default, expected) {
        (Some(Value::Table(_)), _) => {
            return Flaw { text: format!("{key} is a section: its keys stand below [{key}]"), key };
        }
        (Some(Value::Integer(_)), _) => "must be a whole number of 0 or more".to_owned(),
        (Some(Value::Float(_)), _) => "must be a number".to_owned(),
        (Some(Value::Boolean(_)), _) => "must be true or false".to_owned(),
        (_, Some("a duration")) => "must be a duration with its unit".to_owned(),
        (_, Some("path string")) => "must be a path".to_owned(),
        (_, Some("a sequence")) => "must be a list".to_owned(),
        (_, Some(expected)) => format!("must be {expected}"),
        // Only what quotes a value speaks of an expectation, so this text is safe.
        (_, None) => format!("is wrong ({text})"),
    };
    let like = if expected.is_some() { ", such as" } else { ": write it like" };
    let example = match default {
        Some(Value::Boolean(_)) | None => String::new(),
        Some(Value::String(text)) if text.is_empty() => String::new(),
        Some(default) => format!("{like} {default}"),
    };
    let hint = hint::nearest_name(text).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
    Flaw { text: format!("{key} {complaint}{example}{hint}"), key }
}

fn default_at<'t>(place: &[&Segment], defaults: &'t Table) -> Option<&'t Value> {
    let (Segment::Map { key }, rest) = place.split_first()? else { return None };
    let value = defaults.get(key)?;
    if rest.is_empty() { Some(value) } else { default_at(rest, value.as_table()?) }
}

fn path_of(place: &[&Segment]) -> String {
    place.iter().fold(String::new(), |path, segment| match segment {
        Segment::Seq { index } => format!("{path}[{index}]"),
        Segment::Map { key } => joined(&path, key),
        other => joined(&path, &other.to_string()),
    })
}
