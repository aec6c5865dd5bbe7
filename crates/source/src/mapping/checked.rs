//! One mapping file, read and checked as a whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::format::{Item, StrftimeItems};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use dongbo_model::clock::Clock;
use dongbo_model::{Catalogue, Contract};
use dongbo_settings::hint::nearest_hint;

use super::changes::{ChangedFiles, KeyType};
use super::code_tables::{AgencyForm, CodeTable, CodeTables, UnitFile, statuses, texts, units};
use super::dates::Dates;
use super::engine_sql;
use super::links::LinkRule;
use super::mergers::{MergerFile, Mergers};
use super::numbers::{Numbers, NumbersFile};
use super::over_http::{HttpFile, Written};
use super::plausible::{Plausible, PlausibleFile};
use super::procedures::{Procedures, ProceduresFile};
use super::queries::{List, Queries, QueryFile, Shape, Statements};
use super::requests::OverHttp;
use super::stores::{FilesConfig, FilesFile};
use super::unknown::{Unknown, UnknownFile};
use super::zones;
use crate::settings::Engine;

/// A mapping file that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mapping file {file}: {}", .problems.join("\n"))]
pub struct MappingError {
    /// The file.
    pub file: String,
    /// Sentences, each naming the table and key.
    pub problems: Vec<String>,
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
    plausible_dates: Option<PlausibleFile>,
    #[serde(default)]
    empty_dates: Vec<String>,
    numbers: Option<NumbersFile>,
    #[serde(default)]
    local_links: Vec<String>,
    http: Option<HttpFile>,
    changed: ChangedFiles,
    sweep: QueryFile,
    find: Option<QueryFile>,
    dossiers: QueryFile,
    eligible: Option<QueryFile>,
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
    procedure: Option<ProceduresFile>,
    status: Option<BTreeMap<String, String>>,
    unit: Option<BTreeMap<String, UnitFile>>,
    #[serde(default)]
    merged_units: Vec<MergerFile>,
    #[serde(default = "by_code")]
    agency: AgencyForm,
    #[serde(default)]
    unknown: UnknownFile,
    result_code: Option<BTreeMap<String, String>>,
    component_code: Option<BTreeMap<String, String>>,
    channel: Option<BTreeMap<String, String>>,
    applicant_kind: Option<BTreeMap<String, String>>,
    identity_kind: Option<BTreeMap<String, String>>,
    handover: Option<BTreeMap<String, String>>,
    submitted_to: Option<BTreeMap<String, String>>,
    online_payment: Option<BTreeMap<String, String>>,
    paper_reuse: Option<BTreeMap<String, String>>,
    fee_moment: Option<BTreeMap<String, String>>,
    fee_kind: Option<BTreeMap<String, String>>,
    flag: Option<BTreeMap<String, String>>,
}

/// The `timezone` of a system whose moments all carry their own.
const NO_ZONE: &str = "none";

fn vietnam() -> String {
    "Asia/Ho_Chi_Minh".to_owned()
}

fn plain_iso() -> String {
    "%Y-%m-%d %H:%M:%S%.6f".to_owned()
}

const fn one_second() -> Duration {
    Duration::from_secs(1)
}

const fn by_code() -> AgencyForm {
    AgencyForm::Code
}

const fn columns() -> Shape {
    Shape::Columns
}

/// A mapping file, read and checked for every engine that it serves.
#[derive(Debug, Clone)]
pub struct Mapping {
    name: String,
    digest: String,
    file: String,
    files: FilesConfig,
    statements: Vec<(Engine, Statements)>,
    http: Option<OverHttp>,
    pub(crate) key: KeyType,
    pub(crate) shape: Shape,
    pub(crate) changed_at_format: String,
    pub(crate) changed_at_granularity: Duration,
    pub(crate) dates: Dates,
    pub(crate) plausible: Plausible,
    pub(crate) numbers: Numbers,
    pub(crate) links: LinkRule,
    pub(crate) unknown: Unknown,
    pub(crate) tables: CodeTables,
    /// The units that were merged into others.
    pub(crate) mergers: Mergers,
    /// Fills in the fields that [procedure] leaves empty; `None` when it must not.
    pub(crate) catalogue: Option<Catalogue>,
    /// Decides which columns are needed.
    pub(crate) contract: Contract,
}

impl Mapping {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is no TOML, has unknown keys, or SQL or code tables that cannot be used. All problems
    /// that can be found at once are told at once.
    pub fn load(path: &Path) -> Result<Self, MappingError> {
        Self::load_with(path, None)
    }

    /// Loads the file as [`Mapping::load`] does; fields that it leaves empty of a procedure are taken from `catalogue` when
    /// a dossier is read.
    ///
    /// # Errors
    /// As [`Mapping::load`].
    pub fn load_with(path: &Path, catalogue: Option<Catalogue>) -> Result<Self, MappingError> {
        let file = path.display().to_string();
        match dongbo_settings::capped::read_text(path) {
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

    /// The mapping, read for what `contract` needs. Under another contract dossiers are others, so the digest is too.
    #[must_use]
    pub fn under(mut self, contract: Contract) -> Self {
        if self.contract != contract {
            self.contract = contract;
            self.digest = digest(&format!("{} {}", self.digest, contract.name()));
        }
        self
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

    /// The stores that hold the files of dossiers.
    #[must_use]
    pub fn files(&self) -> &FilesConfig {
        &self.files
    }

    /// The catalogue that fills in the fields that the file leaves empty.
    pub fn catalogue(&self) -> Option<Catalogue> {
        self.catalogue.clone()
    }

    /// The national procedures, as far as they are known by now.
    #[must_use]
    pub fn procedures(&self) -> Procedures {
        self.tables.procedure.clone()
    }

    /// This mapping, with `clock` to tell which dates lie ahead.
    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        let plausible = self.plausible.with_clock(clock.clone());
        Self { plausible, mergers: self.mergers.with_clock(clock), ..self }
    }

    /// The requests of a source that is read over HTTP.
    pub(crate) fn over_http(&self) -> Result<&OverHttp, MappingError> {
        self.http.as_ref().ok_or_else(|| MappingError {
            file: self.file.clone(),
            problems: vec![
                "it has no requests for a source over HTTP: add the key http to every query".to_owned(),
            ],
        })
    }

    /// The statements for `engine`.
    pub(crate) fn statements(&self, engine: Engine) -> Result<&Statements, MappingError> {
        let own =
            self.statements.iter().find(|(other, _)| *other == engine).map(|(_, statements)| statements);
        own.ok_or_else(|| MappingError {
            file: self.file.clone(),
            problems: vec![format!("it has no SQL for {0}: add the key {0} to every query", engine.name())],
        })
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl MappingFile {
    /// Checks the whole file and adds what is wrong with it to `problems`; `None` when nothing usable is left.
    fn check(
        mut self,
        file: &str,
        digest: String,
        catalogue: Option<Catalogue>,
        problems: &mut Vec<String>,
    ) -> Option<Mapping> {
        let dates = self.dates(problems);
        let empty = std::mem::take(&mut self.empty_dates);
        let plausible = Plausible::check(self.plausible_dates.take(), empty, problems);
        let numbers = NumbersFile::check(self.numbers.take(), problems);
        let unknown = std::mem::take(&mut self.unknown).check(problems);
        let links = LinkRule::check(&self.local_links, problems);
        let files = std::mem::take(&mut self.files).check(problems);
        self.changed.check(problems);
        let queries = self.queries(&files);
        let compiled = Engine::ALL.iter().filter_map(|engine| {
            Some((*engine, Statements::compile(&queries, self.shape, *engine, problems)?))
        });
        let statements: Vec<(Engine, Statements)> = compiled.collect();
        let http = self.over_http(&files, problems);
        if statements.is_empty() && http.is_none() && problems.is_empty() {
            problems.push(format!("[changed] has none of the keys {}", engine_sql::keys()));
        }
        let tables = self.code_tables(catalogue.is_some(), problems);
        let mergers = Mergers::check(std::mem::take(&mut self.merged_units), self.agency, problems);
        Some(Mapping {
            digest,
            name: self.name,
            file: file.to_owned(),
            files,
            statements,
            http,
            key: self.key,
            shape: self.shape,
            changed_at_format: self.changed_at_format,
            changed_at_granularity: self.changed_at_granularity,
            dates: dates?,
            plausible,
            numbers,
            links,
            unknown,
            tables,
            mergers,
            catalogue,
            contract: Contract::default(),
        })
    }

    fn dates(&mut self, problems: &mut Vec<String>) -> Option<Dates> {
        let needs_zone = self.timezone == NO_ZONE;
        let zone = zones::zone(if needs_zone { "Asia/Ho_Chi_Minh" } else { &self.timezone });
        if zone.is_none() {
            problems.push(format!("timezone: \"{}\" is not a time zone; examples are Asia/Ho_Chi_Minh, SE Asia Standard Time and +07:00", self.timezone));
        }
        for form in self.date_formats.iter().chain([&self.changed_at_format]) {
            if StrftimeItems::new(form).any(|item| matches!(item, Item::Error)) {
                problems.push(format!("\"{form}\" is not a date format; an example is %d/%m/%Y %H:%M"));
            }
        }
        Some(Dates { zone: zone?, needs_zone, formats: std::mem::take(&mut self.date_formats) })
    }

    fn over_http(&self, files: &FilesConfig, problems: &mut Vec<String>) -> Option<OverHttp> {
        let written = Written {
            http: self.http.as_ref(),
            changed: self.changed.0.iter().map(|query| query.http.as_ref()).collect(),
            sweep: self.sweep.http.as_ref(),
            find: self.find.as_ref().and_then(|query| query.http.as_ref()),
            dossiers: self.dossiers.http.as_ref(),
            lists: self.lists().into_iter().map(|(list, query)| (list, query.http.as_ref())).collect(),
            files,
        };
        let over_http = written.check(problems)?;
        if self.shape != Shape::Columns || self.key != KeyType::Text {
            problems.push("over HTTP there is no shape but \"columns\", and no key but \"text\"".to_owned());
        }
        Some(over_http)
    }

    /// The lists that are written.
    fn lists(&self) -> Vec<(List, &QueryFile)> {
        let lists = [
            (List::Identities, &self.identities),
            (List::Databases, &self.databases),
            (List::Papers, &self.papers),
            (List::Results, &self.results),
            (List::Fees, &self.fees),
            (List::Supplements, &self.supplements),
            (List::Attachments, &self.attachments),
            (List::Steps, &self.steps),
        ];
        lists.into_iter().filter_map(|(list, query)| Some((list, query.as_ref()?))).collect()
    }

    fn queries<'f>(&'f self, files: &'f FilesConfig) -> Queries<'f> {
        Queries {
            changed: &self.changed.0,
            key: self.key,
            sweep: &self.sweep,
            dossiers: &self.dossiers,
            eligible: self.eligible.as_ref(),
            lists: self.lists(),
            files,
            procedure: self.procedure.as_ref().and_then(ProceduresFile::query),
        }
    }

    /// The code tables, taken out of the file. With a catalogue a procedure needs no more than its code.
    fn code_tables(&mut self, has_catalogue: bool, problems: &mut Vec<String>) -> CodeTables {
        let (status, skipped) = statuses(self.status.take(), problems);
        CodeTables {
            procedure: Procedures::check(self.procedure.take(), has_catalogue, problems),
            unit: units(self.unit.take(), self.agency, problems),
            status,
            skipped,
            result_code: texts("result_code", self.result_code.take(), problems),
            component_code: texts("component_code", self.component_code.take(), problems),
            channel: CodeTable::check("channel", self.channel.take(), problems),
            applicant_kind: CodeTable::check("applicant_kind", self.applicant_kind.take(), problems),
            identity_kind: CodeTable::check("identity_kind", self.identity_kind.take(), problems),
            handover: CodeTable::check("handover", self.handover.take(), problems),
            submitted_to: CodeTable::check("submitted_to", self.submitted_to.take(), problems),
            online_payment: CodeTable::check("online_payment", self.online_payment.take(), problems),
            paper_reuse: CodeTable::check("paper_reuse", self.paper_reuse.take(), problems),
            fee_moment: CodeTable::check("fee_moment", self.fee_moment.take(), problems),
            fee_kind: CodeTable::check("fee_kind", self.fee_kind.take(), problems),
            flag: CodeTable::check("flag", self.flag.take(), problems),
        }
    }
}
