//! The one error of this crate.

/// Reasons why the test bed could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database refused.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// JSON could not be written or read.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// A file or a process could not be handled.
    #[error("{what}: {source}")]
    Io {
        /// The action that failed.
        what: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A program ended with a failure.
    #[error("{program} failed: {message}")]
    Program {
        /// The program.
        program: String,
        /// Its error output.
        message: String,
    },
    /// The engine cannot do this, or the dossier asked for is not there.
    #[error("{0}")]
    Unsupported(String),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
