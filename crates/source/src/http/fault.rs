//! Failures between us and a one-stop system that is read over HTTP, in the crate's own terms.

use std::error::Error as StdError;
use std::time::Duration;

use dongbo_connections::DatabaseTrouble;

use crate::error::SourceError;

/// A request over HTTP that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The status of the answer, where there was one.
    pub(crate) status: Option<u16>,
    /// Whether the same request may work when it is sent again.
    pub(crate) passes: bool,
    /// Whether the answer was longer than is read, so that a request for less may work.
    pub(crate) too_long: bool,
    /// The meaning for the request as a whole.
    pub(crate) error: SourceError,
}

impl From<Fault> for SourceError {
    fn from(fault: Fault) -> Self {
        fault.error
    }
}

impl Fault {
    pub(crate) const fn lasting(error: SourceError) -> Self {
        Self { status: None, passes: false, too_long: false, error }
    }

    /// The meaning of a status that is no success.
    pub(crate) fn of_status(query: &str, status: u16, retry_after: Option<Duration>) -> Self {
        let query = query.to_owned();
        let away = |trouble, reason: String| SourceError::Unreachable { trouble, reason };
        let (passes, error) = match status {
            300..=399 => (
                false,
                SourceError::Misaddressed {
                    trouble: DatabaseTrouble::Redirects,
                    reason: format!("request [{query}] is sent to another host or port (status {status})"),
                },
            ),
            401 => (
                false,
                SourceError::Auth {
                    trouble: DatabaseTrouble::SignIn,
                    reason: format!("request [{query}] is refused right after signing in (status 401)"),
                },
            ),
            403 => (
                false,
                SourceError::Auth {
                    trouble: DatabaseTrouble::NoAccess,
                    reason: format!("request [{query}] is not allowed (status 403)"),
                },
            ),
            407 => (
                false,
                away(
                    DatabaseTrouble::ServiceAway,
                    "a proxy on the way asks for credentials (status 407)".to_owned(),
                ),
            ),
            429 => (true, SourceError::Throttled { query, retry_after }),
            408 | 500..=599 => (
                true,
                away(
                    DatabaseTrouble::ServiceFails,
                    format!("request [{query}] is answered with status {status}"),
                ),
            ),
            _ => (
                false,
                SourceError::Query {
                    query,
                    reason: format!("the one-stop system refuses the request (status {status})"),
                },
            ),
        };
        Self { status: Some(status), passes, too_long: false, error }
    }

    /// The meaning of an error of the client. Its own text holds the address, so it is not told.
    pub(crate) fn of_client(query: &str, error: &reqwest::Error, limit: Duration) -> Self {
        let tls = cause::<rustls::Error>(error);
        let io = cause::<std::io::Error>(error);
        let (trouble, reason) = if let Some(tls) = tls {
            (DatabaseTrouble::of_tls(tls), format!("TLS with it fails ({tls})"))
        } else if error.is_timeout() {
            (DatabaseTrouble::ServiceAway, format!("request [{query}] is not answered within {limit:?}"))
        } else if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
            (DatabaseTrouble::ServiceAway, "nothing listens at its port".to_owned())
        } else if error.is_connect() {
            (DatabaseTrouble::ServiceAway, "no connection comes about (name, network or firewall)".to_owned())
        } else {
            (DatabaseTrouble::ServiceAway, format!("the connection broke off within request [{query}]"))
        };
        let passes = !trouble.is_of_certificate();
        Self { status: None, passes, too_long: false, error: SourceError::Unreachable { trouble, reason } }
    }

    /// The meaning of an answer that is no JSON.
    pub(crate) fn no_json(query: &str, media_type: &str, bytes: usize) -> Self {
        let media_type = if media_type.is_empty() { "no media type" } else { media_type };
        let reason = format!("the answer is no JSON ({media_type}, {bytes} bytes)");
        Self {
            status: Some(200),
            passes: false,
            too_long: false,
            error: SourceError::Protocol { query: query.to_owned(), reason },
        }
    }

    /// The meaning of an answer without an end.
    pub(crate) fn too_long(query: &str, most: usize) -> Self {
        let reason = format!("the answer is longer than {most} bytes (source.http.max_response_bytes)");
        Self {
            status: Some(200),
            passes: false,
            too_long: true,
            error: SourceError::Protocol { query: query.to_owned(), reason },
        }
    }

    /// The meaning where the request of `query` was about few dossiers: what the system answers about them is theirs alone, and keeps
    /// nobody from reading the others.
    pub(crate) fn of_some(self, query: &str) -> SourceError {
        let of_one = |code: String, words: &str| SourceError::Data {
            query: query.to_owned(),
            code,
            words: words.to_owned(),
            damage: false,
        };
        match (self.status, self.error) {
            (Some(_), SourceError::Protocol { reason, .. }) => of_one("HTTP".to_owned(), &reason),
            (Some(status), error) if !matches!(status, 300..=399 | 401 | 403 | 407 | 429) => match error {
                SourceError::Query { .. } | SourceError::Unreachable { .. } => {
                    of_one(format!("HTTP {status}"), "the one-stop system does not give this dossier")
                }
                error => error,
            },
            (_, error) => error,
        }
    }
}

/// The cause of this type behind an error. One that is wrapped in an error of the system hides among its causes.
fn cause<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
