//! The daemon's end of the control socket.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::acts::Control;
use super::protocol::{HEARD, LONGEST_REQUEST, Refusal, Reply};
use dongbo_listeners::{Door, Limits, Measured};
use dongbo_settings::ownership;

/// Read and write for owner and group.
const MODE: u32 = 0o660;

/// The reason why the socket could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another daemon answers there.
    #[error("another dongbo answers at control.socket = {}; stop it, or name another socket", .0.display())]
    Taken(PathBuf),
    /// A file that is no socket has the name.
    #[error("control.socket = {} is a file and no socket; remove it, or name another path", .0.display())]
    NoSocket(PathBuf),
    /// The system refused.
    #[error(
        "cannot listen on control.socket = {}: {source}; its directory must be writable by dongbo \
         (systemd makes it with RuntimeDirectory=dongbo)", path.display()
    )]
    Refused {
        /// The path of the socket.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// A socket that is bound and not yet served. Its file is removed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    _file: SocketFile,
}

/// The socket's file, which is removed when this is dropped.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// Device and inode of the file that this daemon made.
    made: Option<(u64, u64)>,
}

impl Socket {
    /// Binds `path`, whose directory is made when it is missing. A file left behind by a daemon that was killed is
    /// replaced.
    ///
    /// # Errors
    /// [`BindError`]: another daemon answers there, a file that is no socket is in the way, or the system refuses.
    pub async fn bind(path: &Path) -> Result<Self, BindError> {
        let refused = |source| BindError::Refused { path: path.to_owned(), source };
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            ownership::create_dir_all(directory).map_err(refused)?;
        }
        if let Ok(there) = std::fs::symlink_metadata(path) {
            if !there.file_type().is_socket() {
                return Err(BindError::NoSocket(path.to_owned()));
            }
            match UnixStream::connect(path).await {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path).map_err(refused)?;
                }
                Ok(_) => return Err(BindError::Taken(path.to_owned())),
                Err(source) => return Err(refused(source)),
            }
        }
        let listener = UnixListener::bind(path).map_err(refused)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE)).map_err(refused)?;
        let file = SocketFile { path: path.to_owned(), made: identity(path) };
        Ok(Self { listener, _file: file })
    }

    /// Answers requests until `stop`, which no client can delay.
    pub async fn serve(self, control: Control, limits: Limits, stop: CancellationToken) {
        let Self { listener, _file } = self;
        let control = Arc::new(control);
        let leave = stop.clone();
        let door = Door::new(listener, "control.socket", limits);
        door.open(stop, move |connection| {
            let (control, leave) = (Arc::clone(&control), leave.clone());
            async move {
                leave.run_until_cancelled(converse(connection, control)).await;
            }
        })
        .await;
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another daemon may have taken the name since; a file that stays is replaced at the next start.
        if self.made.is_some() && identity(&self.path) == self.made {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Reads one request and writes one reply. A client that is silent or gone is dropped without a word.
async fn converse(mut connection: Measured<UnixStream>, control: Arc<Control>) {
    let Ok(uid) = connection.stream().peer_cred().map(|peer| peer.uid()) else { return };
    let line = match read_line(&mut connection).await {
        Ok(line) => line,
        Err(_) => return,
    };
    connection.visit().asked();
    // One who has gone meanwhile was told that nothing is done.
    if connection.write_all(HEARD).await.is_err() {
        return;
    }
    let reply = match line {
        Some(line) => control.answer(&line, uid).await,
        None => Reply::Refused(Refusal::TooLong),
    };
    let Ok(mut line) = serde_json::to_vec(&reply) else { return };
    line.push(b'\n');
    drop(connection.write_all(&line).await);
}

/// Reads the bytes up to the end of the line; `None` when there are too many.
pub(super) async fn read_line(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let most = u64::try_from(LONGEST_REQUEST).unwrap_or(u64::MAX).saturating_add(1);
    BufReader::new(stream.take(most)).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((line.len() <= LONGEST_REQUEST).then_some(line))
}
