//! The queries for changes: one, or several, each with a walk of its own.

use dongbo_model::locks::lock;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use dongbo_model::vocabulary;

use super::over_http::RequestFile;
use super::statement::Statement;
use crate::settings::Engine;

vocabulary! {
    /// The type of the column `key`, by which changes of one moment are paged.
    pub enum KeyType {
        /// A running number.
        Integer = "integer";
        /// Any other type; the SQL makes it text.
        Text = "text";
        /// A `uuid`.
        Uuid = "uuid";
    }
}

/// The longest name of a query.
const LONGEST_NAME: usize = 40;

/// One query for changes as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedFile {
    name: Option<String>,
    key: Option<KeyType>,
    #[serde(default, with = "humantime_serde::option")]
    overlap: Option<Duration>,
    sqlite: Option<String>,
    postgres: Option<String>,
    mysql: Option<String>,
    sqlserver: Option<String>,
    pub(super) http: Option<RequestFile>,
}

impl ChangedFile {
    pub(super) fn sql(&self, engine: Engine) -> Option<&str> {
        match engine {
            Engine::Sqlite => self.sqlite.as_deref(),
            Engine::Postgres => self.postgres.as_deref(),
            Engine::Mysql => self.mysql.as_deref(),
            Engine::Sqlserver => self.sqlserver.as_deref(),
        }
    }

    /// The name in messages.
    pub(super) fn label(&self) -> &'static str {
        self.name.as_ref().map_or("changed", |name| label(name))
    }
}

/// `[changed]`, or several `[[changed]]`.
#[derive(Debug)]
pub(super) struct ChangedFiles(pub(super) Vec<ChangedFile>);

impl ChangedFiles {
    /// Adds what is wrong with the names to `problems`.
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if self.0.is_empty() {
            problems.push("[changed] is missing".to_owned());
        }
        let mut names = BTreeSet::new();
        for query in &self.0 {
            match &query.name {
                None if self.0.len() > 1 => {
                    problems.push("[[changed]]: of several queries each needs a name of its own".to_owned());
                }
                None => {}
                Some(name) if !is_name(name) => problems.push(format!(
                    "[[changed]]: name {name:?} is none: up to {LONGEST_NAME} small letters, digits and underscores"
                )),
                Some(name) if !names.insert(name) => {
                    problems.push(format!("[[changed]]: two queries have the name {name}"));
                }
                Some(_) => {}
            }
            if query.overlap.is_some_and(|overlap| overlap.is_zero()) {
                problems.push(format!(
                    "[{}].overlap must be more than 0s, or late commits are missed",
                    query.label()
                ));
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(fits)
}

impl<'de> Deserialize<'de> for ChangedFiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChangedVisitor)
    }
}

struct ChangedVisitor;

impl<'de> Visitor<'de> for ChangedVisitor {
    type Value = ChangedFiles;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table [changed], or several [[changed]]")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ChangedFiles, A::Error> {
        Ok(ChangedFiles(vec![ChangedFile::deserialize(MapAccessDeserializer::new(map))?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<ChangedFiles, A::Error> {
        let mut queries = Vec::new();
        while let Some(query) = all.next_element()? {
            queries.push(query);
        }
        Ok(ChangedFiles(queries))
    }
}

/// One query for changes, for one engine.
#[derive(Debug, Clone)]
pub(crate) struct ChangesQuery {
    /// Its name; empty when the file gives it none.
    pub(crate) name: String,
    pub(crate) statement: Statement,
    pub(crate) key: KeyType,
    /// What the file says in place of `source.overlap`.
    pub(crate) overlap: Option<Duration>,
}

impl ChangesQuery {
    pub(super) fn of(file: &ChangedFile, statement: Statement, key: KeyType) -> Self {
        Self {
            name: file.name.clone().unwrap_or_default(),
            statement,
            key: file.key.unwrap_or(key),
            overlap: file.overlap,
        }
    }
}

/// The queries for changes. There is always a first.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    first: ChangesQuery,
    further: Vec<ChangesQuery>,
}

impl Changes {
    /// `None` when there is none.
    pub(super) fn of(mut queries: Vec<ChangesQuery>) -> Option<Self> {
        let further = queries.split_off(queries.len().min(1));
        Some(Self { first: queries.pop()?, further })
    }

    /// The query at `place`; the first where there is none.
    pub(crate) fn at(&self, place: usize) -> &ChangesQuery {
        place.checked_sub(1).and_then(|place| self.further.get(place)).unwrap_or(&self.first)
    }

    /// Whether the query at `place` is the last.
    pub(crate) const fn is_last(&self, place: usize) -> bool {
        place >= self.further.len()
    }

    /// All queries, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ChangesQuery> {
        std::iter::once(&self.first).chain(&self.further)
    }
}

/// The name of a query in messages. Each is kept for as long as the program runs: there are as many as mapping files name.
fn label(name: &str) -> &'static str {
    static LABELS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let label = format!("changed.{name}");
    let mut known = lock(&LABELS);
    match known.get(label.as_str()) {
        Some(label) => label,
        None => {
            let label: &'static str = label.leak();
            known.insert(label);
            label
        }
    }
}
