//! Sections that a file may write several times, as `[[source]]`: each table of such a list is put under its name, as
//! `[sources.NAME]`, so that layers go over it key by key and each value keeps its origin.

use std::collections::BTreeSet;

use config::{Config, Map, Value, ValueKind};

use crate::layer::{Layer, Origin};

/// A section that there may be several of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The section when there is one.
    pub one: &'static str,
    /// The section that holds several, by name.
    pub many: &'static str,
    /// The key that says which comes first. In a list it is the place in it.
    pub order: &'static str,
}

/// The most letters of a name.
const LONGEST_NAME: usize = 40;

impl List {
    /// Puts what `layers` have of this list under its names, and says what is wrong with those. Returns the names, in the order in
    /// which they come.
    pub(crate) fn unfold(self, layers: &mut [Layer], problems: &mut Vec<String>) -> Vec<String> {
        let mut names = Vec::new();
        for layer in layers {
            let origin = layer.origin.clone();
            if let ValueKind::Table(table) = &mut layer.values.kind {
                self.unfold_one(table, &origin, &mut names, problems);
            }
        }
        names
    }

    fn unfold_one(
        self,
        table: &mut Map<String, Value>,
        origin: &Origin,
        names: &mut Vec<String>,
        problems: &mut Vec<String>,
    ) {
        let told = origin.to_string();
        let Self { one, many, order } = self;
        let is_list = table.get(one).is_some_and(|value| matches!(value.kind, ValueKind::Array(_)));
        let list = if is_list { table.remove(one) } else { None };
        if let Some(Value { kind: ValueKind::Array(mut items), .. }) = list {
            if let ([item], true) = (items.as_slice(), items.iter().all(|item| name_of(item).is_none())) {
                table.insert(one.to_owned(), item.clone());
                items.clear();
            }
            let mut here = BTreeSet::new();
            for item in items {
                let Some(name) = name_of(&item) else {
                    problems.push(format!("{told}: each [[{one}]] of several needs a name"));
                    continue;
                };
                if !here.insert(name.clone()) {
                    problems.push(format!("{told}: two [[{one}]] have the name {name}"));
                    continue;
                }
                let mut item = item;
                if !names.contains(&name)
                    && is_name(&name)
                    && let ValueKind::Table(keys) = &mut item.kind
                {
                    names.push(name.clone());
                    let place = i64::try_from(names.len()).unwrap_or(i64::MAX);
                    keys.entry(order.to_owned()).or_insert_with(|| Value::new(Some(&told), place));
                }
                let all = table
                    .entry(many.to_owned())
                    .or_insert_with(|| Value::new(Some(&told), Map::<String, Value>::new()));
                if let ValueKind::Table(all) = &mut all.kind {
                    all.insert(name, item);
                }
            }
        }
        if let Some(Value { kind: ValueKind::Table(all), .. }) = table.get_mut(many) {
            let mut written: Vec<String> = all.keys().cloned().collect();
            written.sort();
            for name in written {
                if !is_name(&name) {
                    problems.push(format!(
                        "{told}: {many}.{name} is no name: it has letters, digits and \"-\", begins with one of the former, and is \
                         at most {LONGEST_NAME} long"
                    ));
                    all.remove(&name);
                } else if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }

    /// The defaults of the sections `names`: those that one section has.
    pub(crate) fn defaults(self, names: &[String], defaults: &Config) -> Option<Layer> {
        let one: Value = defaults.get(self.one).ok().filter(|_| !names.is_empty())?;
        let told = Origin::Default.to_string();
        let all: Map<String, Value> = names.iter().map(|name| (name.clone(), one.clone())).collect();
        let values = Map::from_iter([(self.many.to_owned(), Value::new(Some(&told), all))]);
        Some(Layer { origin: Origin::Default, values: Value::new(Some(&told), values) })
    }

    /// The default of the key that `steps` lead to: of one of several that of the one section.
    pub(crate) fn default_of(lists: &[Self], steps: &[&str], defaults: &Config) -> Option<toml::Value> {
        defaults.get(&steps.join(".")).ok().or_else(|| {
            let (many, rest) = steps.split_first()?;
            let list = lists.iter().find(|list| list.many == *many)?;
            let (_, rest) = rest.split_first()?;
            defaults.get(&format!("{}.{}", list.one, rest.join("."))).ok()
        })
    }
}

fn name_of(item: &Value) -> Option<String> {
    match &item.kind {
        ValueKind::Table(keys) => {
            keys.get("name")?.clone().into_string().ok().filter(|name| !name.is_empty())
        }
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
