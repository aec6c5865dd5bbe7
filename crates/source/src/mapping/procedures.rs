//! The mapping's procedures: written in the file, asked of the local database, or left to the portal's catalogue.

use dongbo_model::locks::{read, write};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use tokio::time::Instant;

use dongbo_model::{Procedure, Text, invisible};

use super::engine_sql;
use super::local_keys::unmistakable;
use super::queries::QueryFile;
use crate::settings::Engine;

/// The time after which the table is asked for again.
const TABLE_LASTS: Duration = Duration::from_secs(60);
/// The most codes that are kept of dossiers whose procedures the catalogue knows; there are some thousand nationally.
const MOST_MET: usize = 20_000;

/// One entry of `[procedure]`: the national code and names of a local procedure.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcedureFile {
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    field_code: String,
    #[serde(default)]
    field_name: String,
}

/// The value of a key of `[procedure]`.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Entry(ProcedureFile),
    Query(String),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with the key code, or the text of a query behind the key of an engine")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written::Query(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                ProcedureFile::deserialize(MapAccessDeserializer::new(map)).map(Written::Entry)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// The table `[procedure]` as it is written.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct ProceduresFile(BTreeMap<String, Written>);

impl ProceduresFile {
    /// The query for the table, when it is one.
    pub(super) fn query(&self) -> Option<QueryFile> {
        let sql = |engine: Engine| match self.0.get(engine.name()) {
            Some(Written::Query(sql)) => Some(sql.clone()),
            _ => None,
        };
        let query = QueryFile::of(None, sql);
        query.is_written().then_some(query)
    }
}

/// A row of the query for procedures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcedureRow {
    /// The code that dossiers give.
    pub(crate) local: String,
    pub(crate) procedure: Procedure,
}

/// The procedures of one mapping. Cheap to clone; all clones know the same.
#[derive(Debug, Clone)]
pub struct Procedures(Arc<Kept>);

#[derive(Debug)]
enum Kept {
    /// Written in the file.
    Written(HashMap<String, Procedure>),
    /// As the local database had them last, and when; and whether one was asked for since that is not among them.
    Queried(RwLock<Option<(HashMap<String, Procedure>, Instant)>>, AtomicBool),
    /// Dossiers give national codes, of which the catalogue knows the rest: the codes that were met.
    National(RwLock<BTreeSet<Text>>),
}

impl Procedures {
    /// Reads `[procedure]` and adds what is wrong with it to `problems`. With a catalogue a procedure needs no more than its
    /// code, and the table may be left out.
    pub(super) fn check(
        written: Option<ProceduresFile>,
        has_catalogue: bool,
        problems: &mut Vec<String>,
    ) -> Self {
        let Some(ProceduresFile(written)) = written else {
            if !has_catalogue {
                problems.push(
                    "[procedure] is missing: write the procedures there, or a query for them, or turn \
                     catalogue.enabled on where dossiers give national codes"
                        .to_owned(),
                );
            }
            return Self(Arc::new(Kept::National(RwLock::default())));
        };
        unmistakable("procedure", &written, problems);
        let asked = written.values().any(|entry| matches!(entry, Written::Query(_)));
        let mut entries = HashMap::new();
        for (local, entry) in written {
            match entry {
                Written::Query(_) if Engine::from_name(&local).is_some() => {}
                Written::Entry(entry) if !asked => {
                    let procedure = entry.check(&local, has_catalogue, problems);
                    entries.insert(Text::new(local).as_str().to_owned(), procedure);
                }
                Written::Query(_) | Written::Entry(_) => problems.push(format!(
                    "[procedure] \"{local}\": the table holds either entries like {{ code = \"1.001193\" }}, or a query behind \
                     the keys of engines ({})",
                    engine_sql::keys()
                )),
            }
        }
        Self(Arc::new(if asked {
            Kept::Queried(RwLock::default(), AtomicBool::new(false))
        } else {
            Kept::Written(entries)
        }))
    }

    /// The national procedure behind a local one.
    pub(crate) fn get(&self, local: &str) -> Option<Procedure> {
        let entry = |entries: &HashMap<String, Procedure>| {
            entries.get(local).or_else(|| entries.get(Text::new(local).as_str())).cloned()
        };
        match &*self.0 {
            Kept::Written(entries) => entry(entries),
            Kept::Queried(kept, missed) => {
                let kept = read(kept);
                let found = kept.as_ref().and_then(|(entries, _)| entry(entries));
                missed.fetch_or(found.is_none(), Ordering::Relaxed);
                found
            }
            Kept::National(met) => {
                let code = Text::new(local);
                if !read(met).contains(&code) {
                    let mut met = write(met);
                    if met.len() < MOST_MET {
                        met.insert(code.clone());
                    }
                }
                Some(nameless(code))
            }
        }
    }

    /// Every national procedure that is in use, as far as it is known by now: fields that the catalogue is to fill in are
    /// empty.
    #[must_use]
    pub fn in_use(&self) -> Vec<Procedure> {
        match &*self.0 {
            Kept::Written(entries) => entries.values().cloned().collect(),
            Kept::Queried(kept, _) => {
                let kept = read(kept);
                kept.iter().flat_map(|(entries, _)| entries.values()).cloned().collect()
            }
            Kept::National(met) => read(met).iter().cloned().map(nameless).collect(),
        }
    }

    /// `true` when the local database has to be asked for the table: it is old, or lacks what was asked for.
    pub(crate) fn is_stale(&self) -> bool {
        let Kept::Queried(kept, missed) = &*self.0 else { return false };
        let kept = read(kept);
        missed.load(Ordering::Relaxed) || kept.as_ref().is_none_or(|(_, at)| at.elapsed() > TABLE_LASTS)
    }

    /// Takes the table over as the local database has it. Gives the local codes that stand there for several procedures:
    /// none of these is taken.
    pub(crate) fn replace(&self, rows: Vec<ProcedureRow>) -> Vec<String> {
        let Kept::Queried(kept, missed) = &*self.0 else { return Vec::new() };
        let mut entries: HashMap<String, Procedure> = HashMap::new();
        let mut ambiguous = BTreeSet::new();
        for ProcedureRow { local, procedure } in rows {
            let local = Text::new(local).as_str().to_owned();
            match entries.get(&local) {
                Some(known) if *known != procedure => drop(ambiguous.insert(local)),
                Some(_) => {}
                None => drop(entries.insert(local, procedure)),
            }
        }
        entries.retain(|local, _| !ambiguous.contains(local));
        *write(kept) = Some((entries, Instant::now()));
        missed.store(false, Ordering::Relaxed);
        ambiguous.into_iter().collect()
    }
}

impl From<Vec<Procedure>> for Procedures {
    /// Procedures whose local codes are the national ones.
    fn from(procedures: Vec<Procedure>) -> Self {
        let entries = procedures.into_iter().map(|known| (known.code.as_str().to_owned(), known));
        Self(Arc::new(Kept::Written(entries.collect())))
    }
}

impl ProcedureFile {
    fn check(self, local: &str, has_catalogue: bool, problems: &mut Vec<String>) -> Procedure {
        let parts = [&self.code, &self.name, &self.field_code, &self.field_name];
        if self.code.trim().is_empty() {
            problems.push(format!("[procedure] \"{}\": code must be filled in", invisible::shown(local)));
        } else if let Some(hidden) = invisible::find(&self.code) {
            let (local, hidden) = (invisible::shown(local), hidden.escape_unicode());
            problems
                .push(format!("[procedure] \"{local}\": its code holds the invisible character {hidden}"));
        } else if !has_catalogue && parts.iter().any(|part| part.trim().is_empty()) {
            problems.push(format!(
                "[procedure] \"{local}\": code, name, field_code and field_name must be filled in, unless \
                 catalogue.enabled is on"
            ));
        }
        Procedure {
            code: Text::new(self.code),
            name: Text::new(self.name),
            field_code: Text::new(self.field_code),
            field_name: Text::new(self.field_name),
        }
    }
}

fn nameless(code: Text) -> Procedure {
    Procedure { code, name: Text::new(""), field_code: Text::new(""), field_name: Text::new("") }
}
