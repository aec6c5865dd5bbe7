//! The queries of a mapping file, and their statements for one engine.

use dongbo_model::{FileRole, vocabulary};

use super::changes::{ChangedFile, Changes, ChangesQuery, KeyType};
use super::engine_sql::EngineSql;
use super::over_http::{LIST_OWNER, RequestFile};
use super::param::{Param, Takes};
use super::scanner::ELIGIBLE;
use super::statement::{Statement, condition};
use super::stores::{FilesConfig, StoreConfig, StorePlace};
use crate::settings::Engine;

const PAGE: [Param; 3] = [Param::Since, Param::After, Param::Limit];
const SWEEP: [Param; 2] = [Param::After, Param::Limit];
const CODES: [Param; 1] = [Param::Codes];
/// A list finds its rows by the codes of dossiers, or by their keys.
const OWNERS: [Param; 2] = [Param::Codes, Param::Keys];
/// The queries over the index of a source that is read over HTTP.
const INDEX_CHANGED: &str = "SELECT key, code, unit, changed_at FROM listed \
    WHERE (changed_at, key) > (:since, :after) ORDER BY changed_at, key LIMIT :limit";
const INDEX_SWEEP: &str =
    "SELECT key, code, unit, changed_at FROM listed WHERE code > :after ORDER BY code LIMIT :limit";
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

/// One query as it is written, for each engine that the file serves.
pub(super) type QueryFile = EngineSql<RequestFile>;

/// The queries of one mapping file as they are written.
pub(super) struct Queries<'f> {
    pub(super) changed: &'f [ChangedFile],
    /// The type of the column `key` where a query says no other.
    pub(super) key: KeyType,
    pub(super) sweep: &'f QueryFile,
    pub(super) dossiers: &'f QueryFile,
    /// The filter that all queries share.
    pub(super) eligible: Option<&'f QueryFile>,
    pub(super) lists: Vec<(List, &'f QueryFile)>,
    pub(super) files: &'f FilesConfig,
    /// Where the local database has the table `[procedure]`.
    pub(super) procedure: Option<QueryFile>,
}

/// The queries without the filter of `[eligible]`, to tell what it leaves out.
#[derive(Debug, Clone)]
pub(crate) struct Unfiltered {
    /// Every row with one of the codes.
    pub(crate) dossiers: Statement,
    /// The number of rows of [sweep] that the filter lets through.
    pub(crate) eligible: Statement,
    /// The number of rows of [sweep] in all.
    pub(crate) all: Statement,
}

/// The statements of one mapping for one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    pub(crate) changed: Changes,
    pub(crate) sweep: Statement,
    pub(crate) dossiers: Statement,
    /// The lists that are mapped.
    pub(crate) lists: Vec<(List, Statement)>,
    /// Files of results and papers that stand in a column of this database.
    pub(crate) result_files: Option<Statement>,
    pub(crate) paper_files: Option<Statement>,
    /// Where the local database has the table `[procedure]`.
    pub(crate) procedures: Option<Statement>,
    /// Only with `[eligible]`.
    pub(crate) unfiltered: Option<Unfiltered>,
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
        queries.changed.iter().find_map(|query| query.sql(engine))?;
        let mut compiler = Compiler { engine, eligible: None, problems };
        compiler.eligible = compiler.condition(queries.eligible);
        let changed = compiler.changes(queries);
        let sweep = compiler.filtered("sweep", queries.sweep.sql(engine), &SWEEP);
        let dossiers = compiler.filtered("dossiers", queries.dossiers.sql(engine), &CODES);
        let lists = compiler.lists(queries, shape);
        let FilesConfig { results, papers } = queries.files;
        let result_files = compiler.files("files.results", results.as_ref());
        let paper_files = if papers == results {
            result_files.clone()
        } else {
            compiler.files("files.papers", papers.as_ref())
        };
        let (changed, sweep, dossiers) = (changed?, sweep?, dossiers?);
        let unfiltered = compiler.unfiltered(queries, &sweep);
        let procedure = queries.procedure.as_ref();
        let procedures =
            procedure.and_then(|query| compiler.compile("procedure", query.sql(engine), Takes::All(&[])));
        Some(Self { changed, sweep, dossiers, lists, result_files, paper_files, procedures, unfiltered })
    }

    /// The statements of a source that is read over HTTP: two of them read its index, the others have no SQL and stand for
    /// requests by their names.
    pub(super) fn over_http(lists: &[List], problems: &mut Vec<String>) -> Option<Self> {
        let mut compiler = Compiler { engine: Engine::Sqlite, eligible: None, problems };
        let changed = compiler.compile("changed", Some(INDEX_CHANGED), Takes::All(&PAGE))?;
        let sweep = compiler.compile("sweep", Some(INDEX_SWEEP), Takes::All(&SWEEP))?;
        let request = |name, params: &[Param]| Statement {
            name,
            sql: "".into(),
            params: params.to_vec(),
            filtered: false,
        };
        let changed =
            ChangesQuery { name: String::new(), statement: changed, key: KeyType::Text, overlap: None };
        Some(Self {
            changed: Changes::of(vec![changed])?,
            sweep,
            dossiers: request("dossiers", &CODES),
            lists: lists.iter().map(|list| (*list, request(list.name(), &LIST_OWNER))).collect(),
            result_files: None,
            paper_files: None,
            procedures: None,
            unfiltered: None,
        })
    }

    /// Whether a list finds its rows by the keys of dossiers, which [dossiers] must give then.
    pub(crate) fn need_keys(&self) -> bool {
        self.lists.iter().any(|(_, list)| list.params.contains(&Param::Keys))
    }

    /// Reads the rows of [dossiers] whether the filter lets them through or not; `None` unless a list finds its rows by a
    /// code that a row which the filter leaves out may have too.
    pub(crate) fn rows_of_codes(&self) -> Option<&Statement> {
        let by_code = |list: &Statement| !list.filtered && list.params.contains(&Param::Codes);
        let unfiltered = self.unfiltered.as_ref()?;
        self.lists.iter().any(|(_, list)| by_code(list)).then_some(&unfiltered.dossiers)
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
    /// The condition of `[eligible]`.
    eligible: Option<String>,
    problems: &'p mut Vec<String>,
}

impl Compiler<'_> {
    /// The condition of `[eligible]`; `None` when the file has none, or one that cannot be used.
    fn condition(&mut self, written: Option<&QueryFile>) -> Option<String> {
        let sql = written?.sql(self.engine);
        let sql = self.present("eligible", sql)?;
        condition(self.engine, sql).map_err(|wrong| self.problems.extend(wrong)).ok()
    }

    fn present<'s>(&mut self, name: &str, sql: Option<&'s str>) -> Option<&'s str> {
        if sql.is_none() {
            let key = self.engine.name();
            self.problems.push(format!("[{name}] lacks the key {key}, which [changed] has"));
        }
        sql
    }

    fn compile(&mut self, name: &'static str, sql: Option<&str>, takes: Takes<'_>) -> Option<Statement> {
        let sql = self.present(name, sql)?;
        let compiled = Statement::compile(name, self.engine, sql, takes, self.eligible.as_deref());
        compiled.map_err(|wrong| self.problems.extend(wrong)).ok()
    }

    /// A query that says which dossiers there are: it must not go beyond the filter, if there is one.
    fn filtered(&mut self, name: &'static str, sql: Option<&str>, takes: &[Param]) -> Option<Statement> {
        let statement = self.compile(name, sql, Takes::All(takes))?;
        if self.eligible.is_some() && !statement.filtered {
            let key = self.engine.name();
            self.problems.push(format!(
                "[{name}].{key}: {ELIGIBLE} is not used, so what [eligible] leaves out would come in here"
            ));
        }
        Some(statement)
    }

    /// The queries for changes; `None` when one of them cannot be used.
    fn changes(&mut self, queries: &Queries<'_>) -> Option<Changes> {
        let compiled: Vec<Option<ChangesQuery>> = queries
            .changed
            .iter()
            .map(|query| {
                let statement = self.filtered(query.label(), query.sql(self.engine), &PAGE)?;
                Some(ChangesQuery::of(query, statement, queries.key))
            })
            .collect();
        Changes::of(compiled.into_iter().collect::<Option<_>>()?)
    }

    fn lists(&mut self, queries: &Queries<'_>, shape: Shape) -> Vec<(List, Statement)> {
        let mut lists = Vec::new();
        for (list, query) in &queries.lists {
            let name = list.name();
            if shape == Shape::Columns {
                let statement = self.compile(name, query.sql(self.engine), Takes::OneOf(&OWNERS));
                lists.extend(statement.map(|statement| (*list, statement)));
            } else {
                let problem = format!("[{name}] does not belong to shape json: the list is in the document");
                self.problems.push(problem);
            }
        }
        lists
    }

    /// The statement of a store that is a column of the database.
    fn files(&mut self, name: &'static str, store: Option<&StoreConfig>) -> Option<Statement> {
        let StorePlace::Column(column) = &store?.place else { return None };
        self.compile(name, column.sql(self.engine), Takes::All(&PIECE))
    }

    fn unfiltered(&mut self, queries: &Queries<'_>, sweep: &Statement) -> Option<Unfiltered> {
        let condition = self.eligible.replace("(1 = 1)".to_owned())?;
        let dossiers = self.compile("dossiers", queries.dossiers.sql(self.engine), Takes::All(&CODES));
        let all = self.compile("sweep", queries.sweep.sql(self.engine), Takes::All(&SWEEP));
        self.eligible = Some(condition);
        Some(Unfiltered { dossiers: dossiers?, eligible: counted(sweep), all: counted(&all?) })
    }
}

/// The number of rows that `statement` gives.
fn counted(statement: &Statement) -> Statement {
    let sql = format!("SELECT count(*) AS counted FROM ({}\n) AS counted_rows", statement.sql).into();
    Statement { sql, ..statement.clone() }
}
