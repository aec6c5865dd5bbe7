//! The local database as the rest of dongbo uses it.

mod hosted;

use dongbo_model::locks::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use dongbo_connections::{CallFate, DatabaseTrouble, SimulatedCalls};
use dongbo_model::clock::{Clock, earlier, later};
use dongbo_model::{DossierCode, FileRole};

use crate::dossiers::{self, Observe, ObservedReading, Reading, Stumbling};
use crate::engines::{
    Consistency, MysqlDatabase, Piece, PostgresDatabase, Session as _, SqlServerDatabase, SqliteDatabase,
    WakeUps, in_time,
};
use crate::error::SourceError;
use crate::file_column::{self, FileLookup};
use crate::http::Office;
use crate::left_out;
use crate::mapping::stores::FilesConfig;
use crate::mapping::{ChangesQuery, Mapping, Statements};
use crate::pages::Pages;
use crate::plan::FullScan;
use crate::probe;
use crate::rights::WriteRights;
use crate::scan::{Change, ChangeQuery, Scan, Sweep};
use crate::settings::{Engine, Settings};
use crate::times::Forms;

#[derive(Debug)]
enum Connected {
    Sqlite(SqliteDatabase),
    Postgres(Arc<PostgresDatabase>),
    Http(Arc<Office>),
    Mysql(MysqlDatabase),
    Sqlserver(SqlServerDatabase),
}

/// The local database, read through a mapping. Many tasks may use it at once.
#[derive(Debug)]
pub struct Source {
    config: Settings,
    mapping: Mapping,
    statements: Statements,
    database: Connected,
    clock: Clock,
    clock_offset: Mutex<Option<TimeDelta>>,
    /// The forms that times of changes were seen to have.
    forms: Mutex<BTreeMap<usize, Forms>>,
    stumbling: Stumbling,
    /// Only in a simulation.
    calls: Option<SimulatedCalls>,
}

/// Runs `$work` on the database of whichever make; in a simulation as its call named `$call`.
macro_rules! on {
    ($source:expr, $call:literal, $database:ident => $work:expr) => {
        match &$source.calls {
            None => on!($source, $database => $work),
            Some(calls) => match calls.fate($call) {
                CallFate::Made => calls.finish(async { on!($source, $database => $work) }),
                CallFate::Fails | CallFate::FailsAfterwards => {
                    Err(SourceError::Unreachable {
                        trouble: DatabaseTrouble::Away,
                        reason: "the simulation says so".to_owned(),
                    })
                }
            },
        }
    };
    // On the heap, or whatever awaits a reading would hold all of its layers, which are too many for the compiler.
    ($source:expr, $database:ident => $work:expr) => {
        Box::pin(async {
            match &$source.database {
                Connected::Sqlite($database) => $work,
                Connected::Postgres(postgres) => {
                    let $database = postgres.as_ref();
                    $work
                }
                // The walks go over its index.
                Connected::Http(office) => {
                    let $database = office.index();
                    $work
                }
                Connected::Mysql($database) => $work,
                Connected::Sqlserver($database) => $work,
            }
        })
        .await
    };
}

impl Source {
    /// Prepares to read. Connections are only made when something is read, so it succeeds with the database away.
    ///
    /// # Errors
    /// [`SourceError::Config`] or [`SourceError::Mapping`] when the URL cannot be read, or the mapping has no SQL for
    /// its engine; [`SourceError::Auth`] when the password file cannot be read.
    pub fn open(config: &Settings, mapping: Mapping, clock: Clock) -> Result<Self, SourceError> {
        if config.is_http() {
            return Self::open_http(config, mapping, clock);
        }
        let engine = config.engine().ok_or_else(|| {
            SourceError::Config(format!("source.url: {}", config.refused_url().unwrap_or_default()))
        })?;
        let statements = mapping.statements(engine)?.clone();
        let mapping = mapping.with_clock(clock.clone());
        let database = match engine {
            Engine::Sqlite => Connected::Sqlite(SqliteDatabase::new(config)),
            Engine::Postgres => Connected::Postgres(Arc::new(PostgresDatabase::new(config, &mapping)?)),
            Engine::Mysql => Connected::Mysql(MysqlDatabase::new(config, &mapping)?),
            Engine::Sqlserver => Connected::Sqlserver(SqlServerDatabase::new(config)?),
        };
        Ok(Self::new(config, mapping, statements, database, clock))
    }

    fn new(
        config: &Settings,
        mapping: Mapping,
        statements: Statements,
        database: Connected,
        clock: Clock,
    ) -> Self {
        Self {
            config: config.clone(),
            mapping,
            statements,
            database,
            clock,
            clock_offset: Mutex::new(None),
            forms: Mutex::default(),
            stumbling: Stumbling::default(),
            calls: None,
        }
    }

    /// This source in a simulation, in which every call goes through `calls`.
    #[must_use]
    pub fn simulated(self, calls: SimulatedCalls) -> Self {
        Self { calls: Some(calls), ..self }
    }

    /// Connects, proves every query against the live schema without reading a row, and measures the server's clock.
    ///
    /// # Errors
    /// All that is wrong with the mapping at once ([`SourceError::Several`]); `Unreachable` or `Protocol` when it cannot be
    /// proved.
    pub async fn probe(&self) -> Result<(), SourceError> {
        if let Some(office) = self.office() {
            return self.probe_http(office).await;
        }
        self.measure_clock().await?;
        on!(self, "probe", database => probe::probe(database, &self.statements, &self.mapping).await)
    }

    /// Rights of the server's account beyond reading; nothing for SQLite, where it is the file that has rights.
    ///
    /// # Errors
    /// As [`Source::changed`].
    pub async fn write_rights(&self) -> Result<WriteRights, SourceError> {
        on!(self, database => {
            in_time(database, "rights", async |connection| connection.write_rights().await).await
        })
    }

    /// What a reading of a dossier with its lists sees of changes that are made meanwhile; over HTTP it comes in several answers.
    ///
    /// # Errors
    /// As [`Source::changed`].
    pub async fn consistency(&self) -> Result<Consistency, SourceError> {
        if self.is_http() {
            return Ok(Consistency::Statement);
        }
        on!(self, database => {
            in_time(database, "consistency", async |connection| connection.consistency().await).await
        })
    }

    /// The next page of changes, at most `source.page_size`, in the order of change. A page may be empty before the end: see
    /// [`Scan::is_over`]. One dossier may come more than once. After an error the same page is asked for again.
    ///
    /// # Errors
    /// `Unreachable`, `Auth`, `Timeout` or `Protocol` of the database; a class for the operator when the query gives other
    /// columns than it must, no usable `key`, or a page that ends where it began.
    pub async fn changed(&self, scan: &mut Scan) -> Result<Vec<Change>, SourceError> {
        if let Some(office) = self.office()
            && !self.gather(office, scan).await?
        {
            return Ok(Vec::new());
        }
        let pages = self.pages();
        let page = on!(self, "changed", database => pages.changed(database, scan).await);
        hosted::hold_back(scan);
        page
    }

    /// The next page of all dossiers, at most `source.page_size`, in the database's order of codes. A page may be empty before
    /// the end: see [`Sweep::is_over`]. After an error the same page is asked for again.
    ///
    /// # Errors
    /// As [`Source::changed`].
    pub async fn sweep(&self, sweep: &mut Sweep) -> Result<Vec<Change>, SourceError> {
        if let Some(office) = self.office()
            && !sweep.gathered
        {
            sweep.gathered = office.read_all(sweep.last.is_empty()).await?;
            if !sweep.gathered {
                return Ok(Vec::new());
            }
        }
        let pages = self.pages();
        on!(self, "sweep", database => pages.sweep(database, sweep).await)
    }

    /// Reads dossiers from the first on, as many as there is room for and one at least; each reading stands in the place of its
    /// code, and the others are asked for next. Dossier and lists come from one state of the database, a few hundred dossiers at a
    /// time, and fewer while they are large.
    ///
    /// # Errors
    /// As [`Source::changed`]. A defect of a single dossier is no error: its reading tells of it.
    pub async fn read_some(&self, codes: &[DossierCode]) -> Result<Vec<Reading>, SourceError> {
        let read = self.observe_some(codes, Observe::Nothing).await?;
        Ok(read.into_iter().map(|observed| observed.reading).collect())
    }

    /// Reads dossiers, all of them: those who ask hold few.
    ///
    /// # Errors
    /// As [`Source::read_some`].
    pub async fn read(&self, codes: &[DossierCode]) -> Result<Vec<Reading>, SourceError> {
        let read = self.read_observing(codes, Observe::Nothing).await?;
        Ok(read.into_iter().map(|observed| observed.reading).collect())
    }

    /// Reads dossiers as [`Source::read`] does, and observes the columns that `observe` says.
    ///
    /// # Errors
    /// As [`Source::read_some`].
    pub async fn read_observing(
        &self,
        codes: &[DossierCode],
        observe: Observe,
    ) -> Result<Vec<ObservedReading>, SourceError> {
        let mut read = Vec::new();
        self.read_each(codes, observe, |_, observed| read.push(observed)).await?;
        Ok(read)
    }

    /// Reads dossiers and hands each to `take`, so that only some of them are held at a time.
    ///
    /// # Errors
    /// As [`Source::read_some`]; then only the first of them were handed over.
    pub async fn read_each(
        &self,
        codes: &[DossierCode],
        observe: Observe,
        mut take: impl FnMut(&DossierCode, ObservedReading),
    ) -> Result<(), SourceError> {
        let mut left = codes;
        while !left.is_empty() {
            let read = self.observe_some(left, observe).await?;
            let (these, others) = left.split_at(read.len().min(left.len()));
            these.iter().zip(read).for_each(|(code, observed)| take(code, observed));
            left = others;
        }
        Ok(())
    }

    async fn observe_some(
        &self,
        codes: &[DossierCode],
        observe: Observe,
    ) -> Result<Vec<ObservedReading>, SourceError> {
        let Self { statements, mapping, stumbling, .. } = self;
        if let Some(office) = self.office() {
            return dossiers::read(office, statements, mapping, stumbling, codes, observe).await;
        }
        on!(
            self,
            "read",
            database => dossiers::read(database, statements, mapping, stumbling, codes, observe).await
        )
    }

    /// The rows of `[sweep]` that the mapping's `[eligible]` leaves out; `None` when the mapping has no such filter, or counting
    /// takes longer than a statement may.
    ///
    /// # Errors
    /// As [`Source::changed`].
    pub async fn left_out(&self) -> Result<Option<u64>, SourceError> {
        on!(self, "left_out", database => left_out::left_out(database, &self.statements).await)
    }

    /// The stores that hold the files of dossiers, by the mapping.
    #[must_use]
    pub fn files(&self) -> &FilesConfig {
        self.mapping.files()
    }

    /// At most `length` bytes, from byte `start` (counted from 0) on, of the file which a column of this database holds
    /// under `key`. The key may be personal; no error repeats it.
    ///
    /// # Errors
    /// As [`Source::changed`]; [`SourceError::Data`] when the database refuses the key, [`SourceError::Config`] when the
    /// files of `role` do not stand in a column.
    pub async fn file_piece(
        &self,
        role: FileRole,
        key: &str,
        start: u64,
        length: u32,
    ) -> Result<FileLookup, SourceError> {
        if let Some(office) = self.office() {
            return office.file_piece(role, key, start, length).await;
        }
        let statement = self.statements.files(role).ok_or_else(|| {
            SourceError::Config(format!("files of role {} do not stand in a column", role.name()))
        })?;
        let start = i32::try_from(start.saturating_add(1)).unwrap_or(i32::MAX);
        let piece = Piece { key, start, length: i32::try_from(length).unwrap_or(i32::MAX) };
        on!(self, "file", database => file_column::read(database, statement, &self.mapping, piece).await)
    }

    /// Wake-ups by the database; `None` unless it is PostgreSQL and `source.notify_channel` is set.
    #[must_use]
    pub fn wake_ups(&self) -> Option<WakeUps> {
        match &self.database {
            Connected::Postgres(database) if !self.config.notify_channel.is_empty() => {
                let (database, channel) = (Arc::clone(database), self.config.notify_channel.clone());
                Some(WakeUps::new(database, channel, self.clock.clone()))
            }
            _ => None,
        }
    }

    /// The time by which the server's clock was ahead of ours at the last [`Source::probe`]; `None` before it, and for SQLite,
    /// which has no clock of its own.
    #[must_use]
    pub fn clock_offset(&self) -> Option<TimeDelta> {
        *lock(&self.clock_offset)
    }

    /// The large tables that the query for changes at `place` reads from end to end for each page, by the database's plan for
    /// the changes of the last hour.
    ///
    /// # Errors
    /// As [`Source::changed`].
    pub async fn full_scans(&self, place: usize) -> Result<Vec<FullScan>, SourceError> {
        if self.is_http() {
            return Ok(Vec::new());
        }
        let pages = Pages { place, ..self.pages() };
        on!(self, "plan", database => pages.full_scans(database).await)
    }

    /// Whether `[sweep]`, or `[changed]` at the moment `changed_at`, gives the dossier now.
    ///
    /// # Errors
    /// As [`Source::changed`].
    pub async fn still_gives(
        &self,
        code: &DossierCode,
        changed_at: DateTime<Utc>,
    ) -> Result<bool, SourceError> {
        if let Some(office) = self.office() {
            return office.gives(code.as_str()).await;
        }
        let is_it = |change: &Change| change.usable_code() == Some(code);
        // Behind what the code begins with, so that it stands on the first page.
        let mut beginning = code.as_str().to_owned();
        beginning.pop();
        if self.sweep(&mut Sweep::behind(&beginning)).await?.iter().any(is_it) {
            return Ok(true);
        }
        let step = self.granularity().saturating_add(Duration::from_secs(1));
        let mut walk = Scan::within(earlier(changed_at, step)..later(changed_at, step), None);
        while !walk.is_over() {
            if self.changed(&mut walk).await?.iter().any(is_it) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The moment of reading.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The queries for changes; a walk goes by one of them, by its place here.
    #[must_use]
    pub fn change_queries(&self) -> Vec<ChangeQuery> {
        let query = |query: &ChangesQuery| ChangeQuery { name: query.name.clone(), overlap: query.overlap };
        self.statements.changed.iter().map(query).collect()
    }

    /// The forms in which the local system writes the times of changes, when they are several and no times: their order is not
    /// that of the moments.
    #[must_use]
    pub fn mixed_times(&self) -> Vec<String> {
        let all = lock(&self.forms);
        all.values().flat_map(Forms::mixed).collect()
    }

    /// The smallest step of the local system's change times.
    #[must_use]
    pub fn granularity(&self) -> Duration {
        self.mapping.changed_at_granularity
    }

    /// The name of the mapping, for logs.
    #[must_use]
    pub fn name(&self) -> &str {
        self.mapping.name()
    }

    fn pages(&self) -> Pages<'_> {
        Pages {
            engine: match &self.database {
                Connected::Sqlite(_) | Connected::Http(_) => Engine::Sqlite,
                Connected::Postgres(_) => Engine::Postgres,
                Connected::Mysql(_) => Engine::Mysql,
                Connected::Sqlserver(_) => Engine::Sqlserver,
            },
            limit: self.config.page_size,
            mapping: &self.mapping,
            statements: &self.statements,
            forms: &self.forms,
            place: 0,
            now: self.clock.now(),
        }
    }

    async fn measure_clock(&self) -> Result<(), SourceError> {
        if matches!(self.database, Connected::Sqlite(_) | Connected::Http(_)) {
            return Ok(());
        }
        let offset = on!(self, database => {
            in_time(database, "clock", async |connection| {
                let before = self.clock.now();
                let server = connection.clock().await?;
                // Half of the way there and back.
                Ok(server.map(|server| server - (before + (self.clock.now() - before) / 2)))
            })
            .await
        })?;
        *lock(&self.clock_offset) = offset;
        Ok(())
    }
}
