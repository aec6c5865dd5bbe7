//! The mapping file: one vendor's SQL and code tables.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use chrono::format::{Item, StrftimeItems};
use chrono_tz::Tz;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::settings::Engine;
use crate::stores::{FilesConfig, FilesFile, StoreConfig, StorePlace};
use dongbo_model::{Catalogue, FileRole, Procedure};
use dongbo_settings::hint::nearest_hint;

use super::date::Dates;
use super::statement::{Param, Statement};
use super::tables::{Tables, TablesFile};

/// A mapping file that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mapping file {file}: {}", .problems.join("\n"))]
pub struct MappingError {
    /// The file.
    pub file: String,
    /// Sentences, each naming the table and key.
    pub problems: Vec<String>,
}

/// Type of the column `key` by which changes of one moment are paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// A running number.
    Integer,
    /// Anything else; make it text in the SQL.
    Text,
}

/// How dossiers come out of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// One column a field, one query a list.
    Columns,
    /// One JSON document a dossier.
    Json,
}

/// The SQL of one query, for each engine that the file serves.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct QueryFile {
    sqlite: Option<String>,
    postgres: Option<String>,
}

impl QueryFile {
    fn sql(&self, engine: Engine) -> Option<&str> {
        match engine {
            Engine::Sqlite => self.sqlite.as_deref(),
            Engine::Postgres => self.postgres.as_deref(),
        }
    }
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    name: String,
    #[serde(default = "vietnam")]
    timezone: String,
    key: KeyType,
    #[serde(default = "plain_iso")]
    changed_at_format: String,
    #[serde(default = "one_second", with = "humantime_serde")]
    changed_at_granularity: Duration,
    #[serde(default = "columns")]
    shape: Shape,
    #[serde(default)]
    date_formats: Vec<String>,
    changed: QueryFile,
    sweep: QueryFile,
    dossiers: QueryFile,
    identities: Option<QueryFile>,
    databases: Option<QueryFile>,
    papers: Option<QueryFile>,
    results: Option<QueryFile>,
    fees: Option<QueryFile>,
    supplements: Option<QueryFile>,
    attachments: Option<QueryFile>,
    steps: Option<QueryFile>,
    #[serde(default)]
    files: FilesFile,
    procedure: HashMap<String, ProcedureFile>,
    status: Option<HashMap<String, String>>,
    unit: Option<HashMap<String, String>>,
    channel: Option<HashMap<String, String>>,
    applicant_kind: Option<HashMap<String, String>>,
    identity_kind: Option<HashMap<String, String>>,
    handover: Option<HashMap<String, String>>,
    submitted_to: Option<HashMap<String, String>>,
    online_payment: Option<HashMap<String, String>>,
    paper_reuse: Option<HashMap<String, String>>,
    fee_moment: Option<HashMap<String, String>>,
    fee_kind: Option<HashMap<String, String>>,
}

/// What the nation calls a local procedure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcedureFile {
    pub(super) code: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) field_code: String,
    #[serde(default)]
    pub(super) field_name: String,
}

fn vietnam() -> String {
    "Asia/Ho_Chi_Minh".to_owned()
}

fn plain_iso() -> String {
    "%Y-%m-%d %H:%M:%S%.6f".to_owned()
}

const fn one_second() -> Duration {
    Duration::from_secs(1)
}

const fn columns() -> Shape {
    Shape::Columns
}

/// The statements of one mapping for one engine.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    pub(super) changed: Statement,
    pub(super) sweep: Statement,
    pub(super) dossiers: Statement,
    /// The lists that are mapped, by the name of their table.
    pub(super) lists: Vec<Statement>,
    /// Files of results and papers that stand in a column of this database.
    pub(super) result_files: Option<Statement>,
    pub(super) paper_files: Option<Statement>,
}

impl Statements {
    /// What reads the files of `role`; `None` when they are elsewhere.
    pub(super) const fn files(&self, role: FileRole) -> Option<&Statement> {
        match role {
            FileRole::Result => self.result_files.as_ref(),
            FileRole::Paper => self.paper_files.as_ref(),
        }
    }
}

/// A mapping file, read and checked for every engine that it serves.
#[derive(Debug, Clone)]
pub struct Mapping {
    name: String,
    digest: String,
    file: String,
    files: FilesConfig,
    sqlite: Option<Statements>,
    postgres: Option<Statements>,
    pub(super) key: KeyType,
    pub(super) shape: Shape,
    pub(super) changed_at_format: String,
    pub(super) changed_at_granularity: Duration,
    pub(super) dates: Dates,
    pub(super) tables: Tables,
    /// Fills in what [procedure] leaves empty; `None` when it must not.
    pub(super) catalogue: Option<Catalogue>,
}

impl Mapping {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is no TOML, has unknown keys, or SQL or code tables that cannot be used; all
    /// that can be found at once is said at once.
    pub fn load(path: &Path) -> Result<Self, MappingError> {
        Self::load_with(path, None)
    }

    /// The same; with a catalogue, what a procedure lacks is read there when a dossier is.
    ///
    /// # Errors
    /// As [`Mapping::load`].
    pub fn load_with(path: &Path, catalogue: Option<Catalogue>) -> Result<Self, MappingError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse_with(&text, &file, catalogue),
            Err(error) => Err(MappingError { file, problems: vec![format!("cannot be read: {error}")] }),
        }
    }

    /// Checks the `text` of a mapping file which errors are to call `file`.
    ///
    /// # Errors
    /// As [`Mapping::load`].
    pub fn parse(text: &str, file: &str) -> Result<Self, MappingError> {
        Self::parse_with(text, file, None)
    }

    fn parse_with(text: &str, file: &str, catalogue: Option<Catalogue>) -> Result<Self, MappingError> {
        let written: MappingFile = toml::from_str(text).map_err(|error| {
            let mut problem = error.to_string().trim_end().to_owned();
            if let Some(hint) = nearest_hint(error.message()) {
                problem.push_str(&format!("\n{hint}"));
            }
            MappingError { file: file.to_owned(), problems: vec![problem] }
        })?;
        let mut problems = Vec::new();
        let mapping = written.check(file, digest(text), catalogue, &mut problems);
        match mapping {
            Some(mapping) if problems.is_empty() => Ok(mapping),
            _ => Err(MappingError { file: file.to_owned(), problems }),
        }
    }

    /// The name that logs show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SHA-256 of the file's text: another one means another mapping.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Where the files of dossiers are.
    #[must_use]
    pub fn files(&self) -> &FilesConfig {
        &self.files
    }

    /// The catalogue that fills in what the file leaves empty.
    pub fn catalogue(&self) -> Option<Catalogue> {
        self.catalogue.clone()
    }

    /// The national procedures as they are written: what the catalogue is to fill in is empty.
    #[must_use]
    pub fn procedures(&self) -> Vec<Procedure> {
        self.tables.procedures()
    }

    /// The statements for `engine`.
    pub(super) fn statements(&self, engine: Engine) -> Result<&Statements, MappingError> {
        let statements = match engine {
            Engine::Sqlite => self.sqlite.as_ref(),
            Engine::Postgres => self.postgres.as_ref(),
        };
        statements.ok_or_else(|| MappingError {
            file: self.file.clone(),
            problems: vec![format!("it has no SQL for {0}: add the key {0} to every query", engine.name())],
        })
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

const PAGE: [Param; 3] = [Param::Since, Param::After, Param::Limit];
const SWEEP: [Param; 2] = [Param::After, Param::Limit];
const CODES: [Param; 1] = [Param::Codes];
const PIECE: [Param; 3] = [Param::Key, Param::Start, Param::Length];

impl MappingFile {
    fn lists(&self) -> [(&'static str, Option<&QueryFile>); 8] {
        [
            ("identities", self.identities.as_ref()),
            ("databases", self.databases.as_ref()),
            ("papers", self.papers.as_ref()),
            ("results", self.results.as_ref()),
            ("fees", self.fees.as_ref()),
            ("supplements", self.supplements.as_ref()),
            ("attachments", self.attachments.as_ref()),
            ("steps", self.steps.as_ref()),
        ]
    }

    fn check(
        mut self,
        file: &str,
        digest: String,
        catalogue: Option<Catalogue>,
        problems: &mut Vec<String>,
    ) -> Option<Mapping> {
        let zone: Option<Tz> = self.timezone.parse().ok();
        if zone.is_none() {
            problems.push(format!("timezone: \"{}\" is no zone; one is Asia/Ho_Chi_Minh", self.timezone));
        }
        for form in self.date_formats.iter().chain([&self.changed_at_format]) {
            if StrftimeItems::new(form).any(|item| matches!(item, Item::Error)) {
                problems.push(format!("\"{form}\" is no date format; one is %d/%m/%Y %H:%M"));
            }
        }
        let files = std::mem::take(&mut self.files).check(problems);
        let sqlite = self.statements(Engine::Sqlite, &files, problems);
        let postgres = self.statements(Engine::Postgres, &files, problems);
        if sqlite.is_none() && postgres.is_none() && problems.is_empty() {
            problems.push("[changed] has neither the key sqlite nor the key postgres".to_owned());
        }
        let tables = Tables::check(
            TablesFile {
                procedure: self.procedure,
                status: self.status,
                unit: self.unit,
                channel: self.channel,
                applicant_kind: self.applicant_kind,
                identity_kind: self.identity_kind,
                handover: self.handover,
                submitted_to: self.submitted_to,
                online_payment: self.online_payment,
                paper_reuse: self.paper_reuse,
                fee_moment: self.fee_moment,
                fee_kind: self.fee_kind,
            },
            catalogue.is_some(),
            problems,
        );
        Some(Mapping {
            digest,
            name: self.name,
            file: file.to_owned(),
            files,
            sqlite,
            postgres,
            key: self.key,
            shape: self.shape,
            changed_at_format: self.changed_at_format,
            changed_at_granularity: self.changed_at_granularity,
            dates: Dates { zone: zone?, formats: self.date_formats },
            tables,
            catalogue,
        })
    }

    /// The statements for an engine that [changed] serves; the others must serve it too then, lest a list be
    /// left out in silence.
    fn statements(
        &self,
        engine: Engine,
        files: &FilesConfig,
        problems: &mut Vec<String>,
    ) -> Option<Statements> {
        self.changed.sql(engine)?;
        let mut compile = |name: &'static str, query: &QueryFile, needed: &[Param]| {
            let Some(sql) = query.sql(engine) else {
                problems.push(format!("[{name}] lacks the key {}, which [changed] has", engine.name()));
                return None;
            };
            Statement::compile(name, engine, sql, needed).map_err(|wrong| problems.extend(wrong)).ok()
        };
        let changed = compile("changed", &self.changed, &PAGE);
        let sweep = compile("sweep", &self.sweep, &SWEEP);
        let dossiers = compile("dossiers", &self.dossiers, &CODES);
        let written = self.lists().into_iter().filter_map(|(name, query)| Some((name, query?)));
        let (lists, stray): (Vec<_>, Vec<_>) = written.partition(|_| self.shape == Shape::Columns);
        let lists = lists.into_iter().filter_map(|(name, query)| compile(name, query, &CODES)).collect();
        for (name, _) in stray {
            problems.push(format!("[{name}] has no place in shape json: the list stands in the document"));
        }
        let result_files = files_statement("files.results", files.results.as_ref(), engine, problems);
        let paper_files = if files.papers == files.results {
            result_files.clone()
        } else {
            files_statement("files.papers", files.papers.as_ref(), engine, problems)
        };
        Some(Statements {
            changed: changed?,
            sweep: sweep?,
            dossiers: dossiers?,
            lists,
            result_files,
            paper_files,
        })
    }
}

/// The statement of a store that is a column of the database.
fn files_statement(
    name: &'static str,
    store: Option<&StoreConfig>,
    engine: Engine,
    problems: &mut Vec<String>,
) -> Option<Statement> {
    let StorePlace::Column(column) = &store?.place else { return None };
    let Some(sql) = column.sql(engine) else {
        problems.push(format!("[{name}] lacks the key {}, which [changed] has", engine.name()));
        return None;
    };
    Statement::compile(name, engine, sql, &PIECE).map_err(|wrong| problems.extend(wrong)).ok()
}
