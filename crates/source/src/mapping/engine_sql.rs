//! The SQL of one query, as it is written for each make of database.

use serde::Deserialize;

use crate::settings::Engine;

/// The SQL of one query, for each engine that the file serves, and what is asked in its place over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSql<H = String> {
    sqlite: Option<String>,
    postgres: Option<String>,
    mysql: Option<String>,
    sqlserver: Option<String>,
    pub(super) http: Option<H>,
}

impl<H> EngineSql<H> {
    /// The texts that `written` has, each for an engine.
    pub(super) fn of(http: Option<H>, mut written: impl FnMut(Engine) -> Option<String>) -> Self {
        Self {
            http,
            sqlite: written(Engine::Sqlite),
            postgres: written(Engine::Postgres),
            mysql: written(Engine::Mysql),
            sqlserver: written(Engine::Sqlserver),
        }
    }

    /// The SQL for `engine`.
    #[must_use]
    pub fn sql(&self, engine: Engine) -> Option<&str> {
        match engine {
            Engine::Sqlite => self.sqlite.as_deref(),
            Engine::Postgres => self.postgres.as_deref(),
            Engine::Mysql => self.mysql.as_deref(),
            Engine::Sqlserver => self.sqlserver.as_deref(),
        }
    }

    /// Whether it is written for any engine, or for HTTP.
    pub(super) fn is_written(&self) -> bool {
        self.http.is_some() || Engine::ALL.iter().any(|engine| self.sql(*engine).is_some())
    }
}

/// The keys of all engines and of HTTP, for messages.
pub(super) fn keys() -> String {
    Engine::ALL.iter().map(|engine| engine.name()).chain(["http"]).collect::<Vec<_>>().join(", ")
}
