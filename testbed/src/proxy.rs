//! A TCP proxy that simulates network trouble: it stalls, cuts, slows, refuses, and switches to another server. It
//! never changes a byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::Error;
use crate::servers::lasting_port;

/// The time between two pieces that a slow line carries.
const TICK: Duration = Duration::from_millis(50);
const CHUNK: usize = 16 * 1_024;

/// The treatment of the bytes that arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// They pass.
    Pass,
    /// None passes, in no direction. Connections are accepted and stay open; they go on when the line passes again.
    Stall,
    /// This many answer bytes pass on each connection from now on, and then none: a stall in the middle of an answer.
    StallAfter(u64),
    /// This many bytes pass in a second, on each connection and in each direction.
    Slow(u64),
    /// Each connection is reset after so many answer bytes; 0 resets it as soon as it is accepted.
    CutAfter(u64),
}

/// The ways in which connections are ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In order, as by a server that closes.
    Close,
    /// By a reset, as by a machine or a firewall that has forgotten them.
    Reset,
    /// They stay open for both sides, and nothing passes any more: a firewall that drops what it has forgotten.
    Forget,
}

struct State {
    /// The treatment of bytes, and the number of times it was set: each time the count of a connection's bytes
    /// restarts.
    line: watch::Sender<(Line, u64)>,
    /// The way in which connections are to end, and the number of times that was ordered.
    cut: watch::Sender<(Cut, u64)>,
    target: watch::Sender<String>,
    accepted: AtomicU64,
}

/// A proxy before one server. Connections and listener end with it.
pub struct Proxy {
    state: Arc<State>,
    address: SocketAddr,
    listening: Mutex<Option<AbortHandle>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Proxy {
    /// Stands before `server` (`host:port`), on a port of the loopback that is still free after it refused for a while.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(server: impl Into<String>) -> Result<Self, Error> {
        let state = Arc::new(State {
            line: watch::Sender::new((Line::Pass, 0)),
            cut: watch::Sender::new((Cut::Close, 0)),
            target: watch::Sender::new(server.into()),
            accepted: AtomicU64::new(0),
        });
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], lasting_port()?)))?;
        let address = listener.local_addr().map_err(Error::io("read the proxy's address"))?;
        let proxy = Self { state, address, listening: Mutex::new(None), tasks: Mutex::new(JoinSet::new()) };
        proxy.listen(listener).await;
        Ok(proxy)
    }

    /// The address on which it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections that it has accepted. Refused ones never reach it.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.state.accepted.load(Ordering::Relaxed)
    }

    /// Sets the treatment of bytes on all connections from now on.
    pub fn set(&self, line: Line) {
        self.state.line.send_modify(|now| *now = (line, now.1.wrapping_add(1)));
    }

    /// Ends all connections that there are. New ones are not touched.
    pub fn cut(&self, how: Cut) {
        self.state.cut.send_modify(|now| *now = (how, now.1.wrapping_add(1)));
    }

    /// Goes over to another server (`host:port`): new connections go there, and those that there are end.
    pub fn switch(&self, server: impl Into<String>) {
        self.state.target.send_replace(server.into());
        self.cut(Cut::Reset);
    }

    /// Listens no more, as a server that is gone: the system refuses connections, and those that there are end.
    pub async fn refuse(&self) {
        if let Some(listening) = self.listening.lock().await.take() {
            listening.abort();
        }
        // The listener is closed when its task has been dropped, and not before.
        while tokio::time::timeout(TICK, TcpStream::connect(self.address)).await.is_ok_and(|met| met.is_ok())
        {
            tokio::task::yield_now().await;
        }
    }

    /// Listens again on the same port, after [`Proxy::refuse`].
    ///
    /// # Errors
    /// When somebody else has taken the port.
    pub async fn accept_again(&self) -> Result<(), Error> {
        let listener = bind(self.address)?;
        self.listen(listener).await;
        Ok(())
    }

    async fn listen(&self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        let task = self.tasks.lock().await.spawn(async move {
            let mut carried = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                state.accepted.fetch_add(1, Ordering::Relaxed);
                carried.spawn(carry(near, Arc::clone(&state)));
                while carried.try_join_next().is_some() {}
            }
        });
        if let Some(before) = self.listening.lock().await.replace(task) {
            before.abort();
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let io = || Error::io(format!("listen on {address}"));
    let socket = TcpSocket::new_v4().map_err(io())?;
    socket.set_reuseaddr(true).map_err(io())?;
    socket.bind(address).map_err(io())?;
    socket.listen(1_024).map_err(io())
}

/// Carries one connection until an end of it ends, or it is cut.
async fn carry(near: TcpStream, state: Arc<State>) {
    let mut cut = state.cut.subscribe();
    cut.mark_unchanged();
    let line = state.line.subscribe();
    if line.borrow().0 == Line::CutAfter(0) {
        end(&near, Cut::Reset);
        return;
    }
    let target = state.target.borrow().clone();
    let far = tokio::select! {
        far = TcpStream::connect(target) => far,
        _ = cut.changed() => return end(&near, cut.borrow().0),
    };
    let Ok(far) = far else { return end(&near, Cut::Reset) };
    // A small answer shall not wait for the next one.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (mut near, mut far) = (near, far);
    let how = {
        let (near_read, near_write) = near.split();
        let (far_read, far_write) = far.split();
        tokio::select! {
            () = pass(near_read, far_write, line.clone(), false) => Cut::Close,
            how = answers(far_read, near_write, line) => how,
            _ = cut.changed() => cut.borrow().0,
        }
    };
    if how == Cut::Forget {
        return std::future::pending().await;
    }
    end(&near, how);
    end(&far, how);
}

async fn answers(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    line: watch::Receiver<(Line, u64)>,
) -> Cut {
    let watched = line.clone();
    pass(from, to, line, true).await;
    if matches!(watched.borrow().0, Line::CutAfter(_)) { Cut::Reset } else { Cut::Close }
}

/// Passes bytes one way as the line says; ends with either side, or where an answer is to be cut.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut line: watch::Receiver<(Line, u64)>,
    is_answer: bool,
) {
    let mut buffer = vec![0; CHUNK];
    let mut carried = 0_u64;
    loop {
        let now = line.borrow_and_update().0;
        let room = match now {
            Line::Pass => CHUNK,
            Line::Stall => 0,
            Line::StallAfter(bytes) | Line::CutAfter(bytes) if is_answer => {
                least(bytes.saturating_sub(carried))
            }
            Line::StallAfter(_) | Line::CutAfter(_) => CHUNK,
            Line::Slow(a_second) => least((a_second / 20).max(1)),
        };
        if room == 0 {
            if matches!(now, Line::CutAfter(_)) {
                return;
            }
            if line.changed().await.is_err() {
                return;
            }
            carried = 0;
            continue;
        }
        let Some(place) = buffer.get_mut(..room.min(CHUNK)) else { return };
        let length = tokio::select! {
            read = from.read(place) => match read {
                Ok(length @ 1..) => length,
                _ => return,
            },
            changed = line.changed() => {
                if changed.is_err() {
                    return;
                }
                carried = 0;
                continue;
            }
        };
        let Some(bytes) = place.get(..length) else { return };
        if to.write_all(bytes).await.is_err() || to.flush().await.is_err() {
            return;
        }
        carried = carried.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        if let Line::Slow(a_second) = now {
            let between = if a_second < 20 { 1_000 / a_second.max(1) } else { 50 };
            tokio::time::sleep(Duration::from_millis(between)).await;
        }
    }
}

fn least(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(CHUNK).min(CHUNK)
}

/// Makes what follows, the drop of the stream, a reset or a close.
fn end(stream: &TcpStream, how: Cut) {
    if how == Cut::Reset {
        // Where it fails the connection ends in order, which is trouble enough.
        let _ = stream.set_zero_linger();
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::{Cut, Line, Proxy};

    /// Gives back what it gets, each time with this letter before it.
    async fn echo(letter: u8) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut bytes = [0; 1_024];
                    while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                        let answer = [&[letter], &bytes[..length]].concat();
                        stream.write_all(&answer).await.unwrap();
                    }
                });
            }
        });
        address.to_string()
    }

    async fn said(stream: &mut TcpStream, text: &str) -> std::io::Result<String> {
        stream.write_all(text.as_bytes()).await?;
        let mut answer = vec![0; text.len() + 1];
        stream.read_exact(&mut answer).await?;
        Ok(String::from_utf8(answer).unwrap())
    }

    #[tokio::test]
    async fn it_passes_stalls_goes_on_cuts_refuses_and_goes_over_to_another_server() {
        let proxy = Proxy::before(echo(b'a').await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(said(&mut stream, "one").await.unwrap(), "aone");

        proxy.set(Line::StallAfter(2));
        let moment = Duration::from_millis(100);
        assert!(tokio::time::timeout(moment, said(&mut stream, "two")).await.is_err());
        proxy.set(Line::Pass);
        let mut rest = [0; 2];
        stream.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"wo", "two bytes had passed, and none is lost");

        proxy.cut(Cut::Reset);
        let ended = said(&mut stream, "three").await.unwrap_err();
        assert!(matches!(ended.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{ended}");

        proxy.refuse().await;
        let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        proxy.accept_again().await.unwrap();
        proxy.switch(echo(b'b').await);
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(said(&mut stream, "four").await.unwrap(), "bfour");

        let before = proxy.accepted();
        proxy.set(Line::CutAfter(0));
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(said(&mut stream, "five").await.is_err());
        assert_eq!(proxy.accepted(), before + 1);
    }
}
