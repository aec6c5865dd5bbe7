//! The command's end of the control socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::peer::group_of;
use super::protocol::{HEARD, Refusal, Reply, Request, Told};

/// Most bytes of a reply that are read.
const LONGEST_REPLY: u64 = 4 << 20;
/// Time in which the daemon has to say that it has read the request. One that hangs does not.
const HEARD_WITHIN: Duration = Duration::from_secs(3);
/// Time in which it has to answer then; a reload asks the portal and the local database first.
const PATIENCE: Duration = Duration::from_secs(180);
/// Time in which it has to say how things stand, which only reads the ledger.
const STATUS_WITHIN: Duration = Duration::from_secs(10);

/// The reason why the daemon could not be asked, or did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No daemon runs.
    #[error("the daemon does not run: nobody answers at {}; start it (systemctl start dongbo)", .0.display())]
    NotRunning(PathBuf),
    /// A daemon runs, and this user may not talk to it.
    #[error(
        "this user may not talk to the daemon at {}; act as root, or join its group: \
         sudo usermod -aG {} $USER, then log in again", path.display(), group.as_deref().unwrap_or("dongbo")
    )]
    NotPermitted {
        /// The socket.
        path: PathBuf,
        /// The group whose members may, where it can be found out.
        group: Option<String>,
    },
    /// The connection failed.
    #[error("the daemon at {} cannot be asked: {source}", path.display())]
    Connection {
        /// The socket.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The daemon runs and does not answer.
    #[error(
        "the daemon at {} runs and does not answer: it took nothing in within {} s, so nothing was done; look at it \
         (systemctl status dongbo, journalctl -u dongbo), or restart it (systemctl restart dongbo)", path.display(),
        HEARD_WITHIN.as_secs()
    )]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// The daemon took the request in and gave no answer in time.
    #[error(
        "the daemon at {} took the request in and did not answer in time; whether it was done is not known", path.display()
    )]
    Unanswered {
        /// The socket.
        path: PathBuf,
    },
    /// This version does not know the daemon's answer.
    #[error(
        "the daemon's answer is not understood ({0}); do the daemon and the command have the same version?"
    )]
    NotUnderstood(String),
    /// The daemon refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// A connection to the running daemon, good for one request.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    path: PathBuf,
}

impl Client {
    /// Connects to the daemon whose socket is at `path`.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] when no daemon runs, [`ClientError::NotPermitted`] when one does and this user may
    /// not talk to it.
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        let path = path.to_owned();
        match UnixStream::connect(&path).await {
            Ok(stream) => Ok(Self { stream, path }),
            Err(source) => Err(match source.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ClientError::NotRunning(path),
                io::ErrorKind::PermissionDenied => {
                    let group = group_of(&path);
                    ClientError::NotPermitted { path, group }
                }
                _ => ClientError::Connection { path, source },
            }),
        }
    }

    /// Asks for the daemon's status.
    ///
    /// # Errors
    /// When the daemon cannot be asked.
    pub async fn status(self) -> Result<Told, ClientError> {
        match self.ask(&Request::Status).await? {
            Reply::Status(told) => Ok(*told),
            other => Err(ClientError::unexpected(&other)),
        }
    }

    /// Sends a request and waits for the reply.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the daemon refuses; the other kinds when it cannot be asked.
    pub async fn ask(self, request: &Request) -> Result<Reply, ClientError> {
        let mut line =
            serde_json::to_vec(request).map_err(|error| ClientError::NotUnderstood(error.to_string()))?;
        line.push(b'\n');
        let patience = if matches!(request, Request::Status) { STATUS_WITHIN } else { PATIENCE };
        let Self { mut stream, path } = self;
        let first = async {
            // A request that was refused unread gets a reply with the reason, so a failed write does not matter.
            drop(stream.write_all(&line).await);
            let mut answers = BufReader::new(stream.take(LONGEST_REPLY));
            let mut first = Vec::new();
            answers.read_until(b'\n', &mut first).await.map(|_| (answers, first))
        };
        let failed = |source| ClientError::Connection { path: path.clone(), source };
        let first = tokio::time::timeout(HEARD_WITHIN, first).await;
        let (mut answers, mut answer) =
            first.map_err(|_| ClientError::Silent { path: path.clone() })?.map_err(failed)?;
        if answer == HEARD {
            answer.clear();
            let reply = tokio::time::timeout(patience, answers.read_until(b'\n', &mut answer)).await;
            reply.map_err(|_| ClientError::Unanswered { path: path.clone() })?.map_err(failed)?;
        }
        if answer.is_empty() {
            let source = io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection");
            return Err(failed(source));
        }
        match serde_json::from_slice(&answer) {
            Ok(Reply::Refused(refusal)) => Err(refusal.into()),
            Ok(reply) => Ok(reply),
            Err(error) => Err(ClientError::NotUnderstood(error.to_string())),
        }
    }
}

impl ClientError {
    /// Whether no daemon runs.
    #[must_use]
    pub const fn is_none_running(&self) -> bool {
        matches!(self, Self::NotRunning(_))
    }

    /// Whether a daemon runs that gives no answer.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Silent { .. } | Self::Unanswered { .. })
    }

    /// The error for a reply that answers another request.
    #[must_use]
    pub fn unexpected(reply: &Reply) -> Self {
        let text = serde_json::to_string(reply).unwrap_or_default();
        Self::NotUnderstood(text.chars().take(200).collect())
    }
}
