//! Listeners of both kinds: those of addresses and those of sockets in the file system.

use std::future::Future;
use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// A bound listener.
pub trait Accept: Send + 'static {
    /// Its connections.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// The address of the client at the other end; `None` where it has none.
    fn peer(stream: &Self::Stream) -> Option<IpAddr>;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = Self::accept(self).await?;
        // The last piece of an answer must not wait until the others have been acknowledged. Where that cannot be set it
        // comes all the same, only later.
        drop(stream.set_nodelay(true));
        Ok(stream)
    }

    fn peer(stream: &TcpStream) -> Option<IpAddr> {
        stream.peer_addr().ok().map(|address| address.ip().to_canonical())
    }
}

impl Accept for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<UnixStream> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }

    fn peer(_: &UnixStream) -> Option<IpAddr> {
        None
    }
}
