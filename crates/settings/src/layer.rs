//! One layer of values, and several laid over one another. The crate `config` reads and merges them, and each value
//! keeps its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use config::{Config, ConfigError, FileFormat, Format as _, Map, Source, Value, ValueKind};
use serde::{Serialize, Serializer};
use toml::Table;

/// The place that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The compiled-in default.
    Default,
    /// This file.
    File(PathBuf),
    /// This environment variable.
    Variable(String),
    /// A credential that systemd handed to the unit.
    Credential,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => f.write_str(name),
            Self::Credential => f.write_str("systemd credential"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The values of one place.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) origin: Origin,
    /// A table.
    pub(super) values: Value,
}

impl Layer {
    /// Reads TOML. A mistake in it is told by its place and never by quoting the line: a password may stand in it.
    pub(super) fn from_toml(origin: Origin, text: &str) -> Result<Self, String> {
        let told = origin.to_string();
        match FileFormat::Toml.parse(Some(&told), text) {
            Ok(values) => Ok(Self { origin, values: Value::new(Some(&told), values) }),
            Err(_) => Err(format!("{told}{}", slip(text))),
        }
    }

    /// A layer with one value, whose key path is `steps`.
    pub(super) fn single(origin: Origin, steps: &[&str], value: impl Into<ValueKind>) -> Self {
        let told = origin.to_string();
        let value = Value::new(Some(&told), value);
        let values = steps.iter().rev().fold(value, |value, step| {
            Value::new(Some(&told), Map::from_iter([((*step).to_owned(), value)]))
        });
        Self { origin, values }
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        self.values.clone().into_table()
    }
}

/// The first mistake of TOML in `text`, by its line and column.
fn slip(text: &str) -> String {
    let Err(error) = text.parse::<Table>() else { return ": a number is out of range".to_owned() };
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(", line {line}, column {column}: {}", error.message())
}

/// Lays `layers` over one another, key by key; a list replaces the one below as a whole.
pub(super) fn merge(layers: &[Layer]) -> Result<Config, ConfigError> {
    Config::builder().add_source(layers.to_vec()).build()
}

/// Every value of `values` by its key path.
pub(super) fn leaves(values: &Value) -> BTreeMap<String, &Value> {
    fn gather<'v>(value: &'v Value, path: &str, leaves: &mut BTreeMap<String, &'v Value>) {
        match &value.kind {
            ValueKind::Table(table) => {
                table.iter().for_each(|(key, value)| gather(value, &joined(path, key), leaves));
            }
            _ => drop(leaves.insert(path.to_owned(), value)),
        }
    }
    let mut leaves = BTreeMap::new();
    gather(values, "", &mut leaves);
    leaves
}

/// The path of `key` below the path `above`.
pub(super) fn joined(above: &str, key: &str) -> String {
    if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Layer, Origin};

    #[test]
    fn a_slip_in_toml_is_told_by_line_and_column() {
        let parse = |text| Layer::from_toml(Origin::File(Path::new("x.toml").to_owned()), text).unwrap_err();
        let problem = parse("[push]\nlease = \"60s\"\nđợi = geheim\n");
        assert!(problem.starts_with("x.toml, line 3, column "), "{problem}");
        assert!(!problem.contains("geheim"), "{problem}");
        let problem = parse("a = 1\nb = 99999999999999999999");
        assert!(problem.starts_with("x.toml, line 2, column 5: "), "{problem}");
    }
}
