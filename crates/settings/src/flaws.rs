//! The flaws of one layer: keys that are not known and values of a wrong form, all of them at once.

use config::{Config, ConfigError, Value, ValueKind};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::hint;
use crate::layer::{Layer, joined, leaves};

/// Something wrong in a layer.
pub(super) struct Flaw {
    /// The key path.
    pub(super) key: String,
    /// The complaint and the remedy, without the place.
    pub(super) text: String,
}

/// Takes out of `layer` every key that is not known and every value of a wrong form, and says what is wrong with each.
/// A list with a value of a wrong form goes as a whole, so only the first of these in it is told.
pub(super) fn take_out_flaws<C: DeserializeOwned>(
    layer: &mut Layer,
    defaults: &Config,
) -> Result<Vec<Flaw>, ConfigError> {
    let mut flaws = Vec::new();
    loop {
        // The layer alone over the defaults, so that a flaw is told although a later layer would cover it.
        let trial = Config::builder().add_source(defaults.clone()).add_source(layer.clone()).build()?;
        // As TOML, whose types are strict: `config` itself would take the number 48 for a text, and "9" for a number.
        let trial: toml::Table = trial.try_deserialize()?;
        let Err(error) = serde_path_to_error::deserialize::<_, C>(trial) else { return Ok(flaws) };
        let place: Vec<&Segment> = error.path().iter().collect();
        let text = error.inner().message();
        let unknown = text.starts_with("unknown field `");
        flaws.push(if unknown {
            unknown_key(&place, text, defaults)
        } else {
            wrong_form(&place, text, defaults)
        });
        if !take_out(&mut layer.values, &place, unknown) {
            layer.values = Value::new(None, config::Map::<String, Value>::new());
            return Ok(flaws);
        }
    }
}

/// Takes the value at `place` out of `values`; of a list, the key in one of its tables or else all of it.
fn take_out(values: &mut Value, place: &[&Segment], unknown: bool) -> bool {
    let Some((Segment::Map { key }, rest)) = place.split_first() else { return false };
    let ValueKind::Table(table) = &mut values.kind else { return false };
    let Some(value) = table.get_mut(key) else { return false };
    match (&mut value.kind, rest) {
        (ValueKind::Table(_), [_, ..]) => take_out(value, rest, unknown),
        (ValueKind::Array(items), [Segment::Seq { index }, rest @ ..]) if unknown => {
            items.get_mut(*index).is_some_and(|item| take_out(item, rest, unknown))
        }
        _ => table.remove(key).is_some(),
    }
}

fn unknown_key(place: &[&Segment], text: &str, defaults: &Config) -> Flaw {
    let key = path_of(place);
    let (above, name) = key.rsplit_once('.').unwrap_or(("", &key));
    let meant =
        hint::nearest_name(text).map(|name| joined(above, name)).or_else(|| elsewhere(name, defaults));
    let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    Flaw { text: format!("{key} is not known{hint}"), key }
}

/// The key path of another section's key of this `name`: its section was forgotten or mistaken.
fn elsewhere(name: &str, defaults: &Config) -> Option<String> {
    leaves(&defaults.cache).into_keys().find(|path| path.ends_with(&format!(".{name}")))
}

fn wrong_form(place: &[&Segment], text: &str, defaults: &Config) -> Flaw {
    let key = path_of(place);
    let default: Option<toml::Value> = defaults.get(&key).ok();
    let expected = text.rsplit_once("expected ").map(|(_, expected)| expected);
    let complaint = match (&default, expected) {
        (Some(toml::Value::Table(_)), _) => {
            return Flaw { text: format!("{key} is a section: its keys stand below [{key}]"), key };
        }
        (Some(toml::Value::Integer(_)), _) => "must be a whole number of 0 or more".to_owned(),
        (Some(toml::Value::Float(_)), _) => "must be a number".to_owned(),
        (Some(toml::Value::Boolean(_)), _) => "must be true or false".to_owned(),
        (_, Some("a duration")) => "must be a duration with its unit".to_owned(),
        (_, Some("path string")) => "must be a path".to_owned(),
        (_, Some("a sequence")) => "must be a list".to_owned(),
        (_, Some(expected)) => format!("must be {expected}"),
        // Only what quotes a value speaks of an expectation, so this text is safe.
        (_, None) => format!("is wrong ({text})"),
    };
    let like = if expected.is_some() { ", such as" } else { ": write it like" };
    let example = match &default {
        Some(toml::Value::Boolean(_)) | None => String::new(),
        Some(toml::Value::String(text)) if text.is_empty() => String::new(),
        Some(default) => format!("{like} {default}"),
    };
    let hint = hint::nearest_name(text).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
    Flaw { text: format!("{key} {complaint}{example}{hint}"), key }
}

fn path_of(place: &[&Segment]) -> String {
    place.iter().fold(String::new(), |path, segment| match segment {
        Segment::Seq { index } => format!("{path}[{index}]"),
        Segment::Map { key } => joined(&path, key),
        other => joined(&path, &other.to_string()),
    })
}
