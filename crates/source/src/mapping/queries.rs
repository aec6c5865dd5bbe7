//! The queries of a mapping file, and their statements for one engine.

use serde::Deserialize;

use dongbo_model::{FileRole, vocabulary};

use super::statement::{Param, Statement};
use super::stores::{FilesConfig, StoreConfig, StorePlace};
use crate::settings::Engine;

const PAGE: [Param; 3] = [Param::Since, Param::After, Param::Limit];
const SWEEP: [Param; 2] = [Param::After, Param::Limit];
const CODES: [Param; 1] = [Param::Codes];
const PIECE: [Param; 3] = [Param::Key, Param::Start, Param::Length];

vocabulary! {
    /// The form in which dossiers come out of the database.
    pub enum Shape {
        /// One column a field, one query a list.
        Columns = "columns";
        /// One JSON document a dossier.
        Json = "json";
    }
}

vocabulary! {
    /// A list that belongs to a dossier, by its table in the mapping file, which in shape `json` is its key in the document.
    pub(crate) enum List {
        Identities = "identities";
        Databases = "databases";
        Papers = "papers";
        Results = "results";
        Fees = "fees";
        Supplements = "supplements";
        Attachments = "attachments";
        Steps = "steps";
    }
}

/// The SQL of one query, for each engine that the file serves.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct QueryFile {
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

/// The queries of one mapping file as they are written.
pub(super) struct Queries<'f> {
    pub(super) changed: &'f QueryFile,
    pub(super) sweep: &'f QueryFile,
    pub(super) dossiers: &'f QueryFile,
    pub(super) lists: Vec<(List, &'f QueryFile)>,
    pub(super) files: &'f FilesConfig,
}

/// The statements of one mapping for one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    pub(crate) changed: Statement,
    pub(crate) sweep: Statement,
    pub(crate) dossiers: Statement,
    /// The lists that are mapped.
    pub(crate) lists: Vec<(List, Statement)>,
    /// Files of results and papers that stand in a column of this database.
    pub(crate) result_files: Option<Statement>,
    pub(crate) paper_files: Option<Statement>,
}

impl Statements {
    /// Compiles `queries` for an engine that [changed] serves; the others must serve it too then, lest a list be left out
    /// in silence.
    pub(super) fn compile(
        queries: &Queries<'_>,
        shape: Shape,
        engine: Engine,
        problems: &mut Vec<String>,
    ) -> Option<Self> {
        queries.changed.sql(engine)?;
        let mut compiler = Compiler { engine, problems };
        let changed = compiler.compile("changed", queries.changed.sql(engine), &PAGE);
        let sweep = compiler.compile("sweep", queries.sweep.sql(engine), &SWEEP);
        let dossiers = compiler.compile("dossiers", queries.dossiers.sql(engine), &CODES);
        let mut lists = Vec::new();
        if shape == Shape::Columns {
            for (list, query) in &queries.lists {
                let statement = compiler.compile(list.name(), query.sql(engine), &CODES);
                lists.extend(statement.map(|statement| (*list, statement)));
            }
        } else {
            for (list, _) in &queries.lists {
                let name = list.name();
                let problem = format!("[{name}] has no place in shape json: the list stands in the document");
                compiler.problems.push(problem);
            }
        }
        let FilesConfig { results, papers } = queries.files;
        let result_files = compiler.files("files.results", results.as_ref());
        let paper_files = if papers == results {
            result_files.clone()
        } else {
            compiler.files("files.papers", papers.as_ref())
        };
        Some(Self { changed: changed?, sweep: sweep?, dossiers: dossiers?, lists, result_files, paper_files })
    }

    /// The statement that reads the files of `role`; `None` when they are elsewhere.
    pub(crate) const fn files(&self, role: FileRole) -> Option<&Statement> {
        match role {
            FileRole::Result => self.result_files.as_ref(),
            FileRole::Paper => self.paper_files.as_ref(),
        }
    }
}

/// Compiles queries for one engine and gathers their problems.
struct Compiler<'p> {
    engine: Engine,
    problems: &'p mut Vec<String>,
}

impl Compiler<'_> {
    fn compile(&mut self, name: &'static str, sql: Option<&str>, needed: &[Param]) -> Option<Statement> {
        let Some(sql) = sql else {
            let key = self.engine.name();
            self.problems.push(format!("[{name}] lacks the key {key}, which [changed] has"));
            return None;
        };
        let compiled = Statement::compile(name, self.engine, sql, needed);
        compiled.map_err(|wrong| self.problems.extend(wrong)).ok()
    }

    /// The statement of a store that is a column of the database.
    fn files(&mut self, name: &'static str, store: Option<&StoreConfig>) -> Option<Statement> {
        let StorePlace::Column(column) = &store?.place else { return None };
        self.compile(name, column.sql(self.engine), &PIECE)
    }
}
