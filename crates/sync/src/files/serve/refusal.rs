//! Requests that get no file: the reasons, and the answers to the portal.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::files::links::BadLink;
use crate::files::store::StoreError;
use crate::metrics::FileOutcome;
use dongbo_ledger::LedgerError;
use dongbo_model::{ErrorClass, FileTrouble};
use dongbo_source::SourceError;

/// When a portal that came too often may come again.
const COME_BACK_S: u64 = 5;
/// When it may come again for a file whose store holds something else than was announced.
const READ_ANEW_S: u64 = 60;

/// Reasons why a request gets no file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// More requests came than are answered in a second.
    #[error("too many requests came")]
    TooMany {
        /// When the next one may come.
        come_back_s: u64,
    },
    /// As many files are given already as may be at once.
    #[error("too many files are given at once")]
    Busy,
    /// What was found out about files is not written down fast enough.
    #[error("the ledger is behind")]
    Behind,
    /// The link is not ours, or was good once.
    #[error("the link is not honoured")]
    Link(BadLink),
    /// The link leads to no file that its dossier lists.
    #[error("the link leads to no file")]
    Unknown,
    /// The file has no such part.
    #[error("the file has no such part")]
    Outside {
        /// Its size in bytes.
        size: u64,
    },
    /// The store holds something else than was announced.
    #[error("the store holds something else than was announced")]
    Changed,
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The local database cannot be asked where the file is.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store does not give the file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal {
    /// The end of the request, for metrics.
    pub(super) const fn outcome(&self) -> FileOutcome {
        match self {
            Self::TooMany { .. } | Self::Busy | Self::Behind => FileOutcome::Busy,
            Self::Link(BadLink::Forged) => FileOutcome::Forged,
            Self::Link(BadLink::Expired) => FileOutcome::Expired,
            Self::Unknown => FileOutcome::Unknown,
            Self::Outside { .. } => FileOutcome::BadRange,
            Self::Changed => FileOutcome::Changed,
            Self::Ledger(_) | Self::Source(_) | Self::Store(_) => FileOutcome::Failed,
        }
    }

    /// The class of the failure, when it is our side that failed.
    pub(super) fn failure(&self) -> Option<ErrorClass> {
        match self {
            Self::Ledger(error) => Some(error.class()),
            Self::Source(error) => Some(error.class()),
            Self::Store(error) => Some(error.class()),
            _ => None,
        }
    }
}

impl Refusal {
    /// The trouble that keeps the file from the portal, when it is our side that cannot give it now, with codes that say more.
    pub(super) fn trouble(&self) -> Option<(FileTrouble, String)> {
        let not_given = |class: ErrorClass| Some((FileTrouble::NotGiven, class.name().to_owned()));
        match self {
            Self::TooMany { .. } => Some((FileTrouble::ServingLimit, "serve_per_second".to_owned())),
            Self::Busy => Some((FileTrouble::ServingLimit, "serve_concurrency".to_owned())),
            Self::Behind => Some((FileTrouble::NotGiven, "ledger".to_owned())),
            Self::Ledger(error) => not_given(error.class()),
            Self::Source(error) => not_given(error.class()),
            Self::Store(error) => Some((FileTrouble::NotGiven, error.brief())),
            Self::Link(_) | Self::Unknown | Self::Outside { .. } | Self::Changed => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let later = |status: StatusCode, seconds: u64| {
            (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        };
        match self {
            Self::TooMany { come_back_s } => later(StatusCode::TOO_MANY_REQUESTS, come_back_s),
            Self::Busy | Self::Behind | Self::Ledger(_) | Self::Source(_) | Self::Store(_) => {
                later(StatusCode::SERVICE_UNAVAILABLE, COME_BACK_S)
            }
            Self::Changed => later(StatusCode::SERVICE_UNAVAILABLE, READ_ANEW_S),
            Self::Link(BadLink::Expired) => StatusCode::GONE.into_response(),
            Self::Link(BadLink::Forged) | Self::Unknown => StatusCode::NOT_FOUND.into_response(),
            Self::Outside { size } => {
                let whole = format!("bytes */{size}");
                (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)]).into_response()
            }
        }
    }
}
