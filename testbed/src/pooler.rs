//! A pooler before a PostgreSQL server that shares out transactions, as PgBouncer does with `pool_mode = transaction`: a
//! client's next transaction runs in another session than its last, and settings of the start that a pooler does not keep
//! are refused.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::Error;

/// What a client may ask for at the start.
const KEPT: [&str; 6] = ["user", "database", "client_encoding", "datestyle", "timezone", "application_name"];
/// The code with which a client asks for encryption.
const SSL_REQUEST: [u8; 4] = [4, 210, 22, 47];

/// A pooler on a free port. It ends when it is dropped.
#[derive(Debug)]
pub struct Pooler {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    /// Sessions that are logged in and in no transaction, each with its number.
    idle: Mutex<VecDeque<(u64, TcpStream)>>,
    sessions: AtomicU64,
    moves: AtomicU64,
}

impl Pooler {
    /// Starts a pooler before the server at this address.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn before(server: impl Into<String>) -> Result<Self, Error> {
        let bound = async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            Ok((listener.local_addr()?, listener))
        };
        let failed = |source| Error::Io { what: "bind a port for the pooler".to_owned(), source };
        let (address, listener) = bound.await.map_err(failed)?;
        let shared = Arc::new(Shared {
            server: server.into(),
            idle: Mutex::default(),
            sessions: AtomicU64::new(0),
            moves: AtomicU64::new(0),
        });
        let accepting = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move { shared.serve(client).await });
                }
            }
        });
        Ok(Self { address, shared, accepting })
    }

    /// The address that clients connect to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often a client's transaction ran in another session than its last one.
    #[must_use]
    pub fn moves(&self) -> u64 {
        self.shared.moves.load(Ordering::Relaxed)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    /// Serves a client until it goes.
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        // Messages are passed on one by one; each would wait for the other side to say that it has the one before.
        client.set_nodelay(true)?;
        let start = loop {
            let start = packet(&mut client).await?;
            if start.get(4..8) != Some(&SSL_REQUEST) {
                break start;
            }
            client.write_all(b"N").await?;
        };
        if let Some(name) = unkept(&start) {
            let text = format!("SFATAL\0C08P01\0Munsupported startup parameter: {name}\0\0");
            return client.write_all(&message(b'E', text.as_bytes())).await;
        }
        let mut session = TcpStream::connect(&self.server).await?;
        session.set_nodelay(true)?;
        session.write_all(&start).await?;
        log_in(&mut client, &mut session).await?;
        let mut last = self.sessions.fetch_add(1, Ordering::Relaxed);
        self.idle.lock().await.push_back((last, session));
        loop {
            let first = frame(&mut client).await?;
            if first.first() == Some(&b'X') {
                return Ok(());
            }
            let (number, session) = self.session(last).await;
            if number != last {
                self.moves.fetch_add(1, Ordering::Relaxed);
            }
            last = number;
            let session = transaction(&mut client, session, first).await?;
            self.idle.lock().await.push_back((number, session));
        }
    }

    /// A session that is in no transaction, another than `last` where there is one.
    async fn session(&self, last: u64) -> (u64, TcpStream) {
        loop {
            let mut idle = self.idle.lock().await;
            let other = idle.iter().position(|(number, _)| *number != last).unwrap_or(0);
            if let Some(session) = idle.remove(other) {
                return session;
            }
            drop(idle);
            tokio::task::yield_now().await;
        }
    }
}

/// Passes on what the log-in needs, until the server is ready.
async fn log_in(client: &mut TcpStream, session: &mut TcpStream) -> io::Result<()> {
    loop {
        let told = frame(session).await?;
        client.write_all(&told).await?;
        match told.first() {
            Some(b'Z') => return Ok(()),
            Some(b'E') => return Err(io::ErrorKind::PermissionDenied.into()),
            // All but "you are in" and the end of SCRAM want an answer.
            Some(b'R') if !matches!(told.get(5..9), Some([0, 0, 0, 0 | 12])) => {
                let answer = frame(client).await?;
                session.write_all(&answer).await?;
            }
            _ => {}
        }
    }
}

/// Passes messages to and fro until the session is in no transaction any more.
async fn transaction(
    client: &mut TcpStream,
    mut session: TcpStream,
    first: Vec<u8>,
) -> io::Result<TcpStream> {
    let mut next = first;
    loop {
        session.write_all(&next).await?;
        if matches!(next.first(), Some(b'Q' | b'S')) {
            loop {
                let told = frame(&mut session).await?;
                client.write_all(&told).await?;
                match (told.first(), told.get(5)) {
                    (Some(b'Z'), Some(b'I')) => return Ok(session),
                    (Some(b'Z'), _) => break,
                    _ => {}
                }
            }
        }
        next = frame(client).await?;
        if next.first() == Some(&b'X') {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
}

/// The first setting of the start that a pooler does not keep.
fn unkept(start: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(start.get(8..).unwrap_or_default()).into_owned();
    let mut names = text.split('\0').step_by(2).filter(|name| !name.is_empty());
    names.find(|name| !KEPT.contains(&name.to_lowercase().as_str())).map(str::to_owned)
}

/// A message with its kind before its length.
async fn frame(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let kind = from.read_u8().await?;
    let mut whole = vec![kind];
    whole.extend(packet(from).await?);
    Ok(whole)
}

/// A message that begins with its length.
async fn packet(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut whole = length.to_be_bytes().to_vec();
    let rest = usize::try_from(length).unwrap_or(0).saturating_sub(4);
    whole.resize(4 + rest, 0);
    from.read_exact(whole.get_mut(4..).unwrap_or_default()).await?;
    Ok(whole)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut whole = vec![kind];
    whole.extend(length.to_be_bytes());
    whole.extend(body);
    whole
}
