//! A server that poses as PostgreSQL and asks for the password in the clear, to see who tells it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::Error;
use crate::certified::acceptor;

/// The code with which a client asks for encryption.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// A message by which a server asks for the password in the clear.
const CLEARTEXT_PASSWORD: [u8; 9] = [b'R', 0, 0, 0, 8, 0, 0, 0, 3];

/// A false server on a free port of every address of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct FalsePostgres {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    accepting: JoinHandle<()>,
}

impl FalsePostgres {
    /// A server without TLS.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn plain() -> Result<Self, Error> {
        Self::start(None).await
    }

    /// A server whose certificate is for the host `name`, and its authority's certificate as PEM.
    ///
    /// # Errors
    /// When no port is free, or `name` is none.
    pub async fn named(name: &str) -> Result<(Self, String), Error> {
        let (acceptor, authority) = acceptor(name).map_err(|error| Error::Unsupported(error.to_string()))?;
        Ok((Self::start(Some(acceptor)).await?, authority))
    }

    /// The URL of a database there, for which this is another machine: nobody but Linux knows that the address leads here.
    #[must_use]
    pub fn url(&self, user: &str) -> String {
        format!("postgres://{user}@0.0.0.0:{}/motcua", self.address.port())
    }

    /// Whether anybody told it this.
    #[must_use]
    pub fn heard(&self, told: &str) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.windows(told.len()).any(|window| window == told.as_bytes())
    }

    async fn start(acceptor: Option<TlsAcceptor>) -> Result<Self, Error> {
        let bound = async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            Ok((listener.local_addr()?, listener))
        };
        let failed = |source| Error::Io { what: "bind a port for the false server".to_owned(), source };
        let (address, listener) = bound.await.map_err(failed)?;
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let accepting = tokio::spawn({
            let heard = Arc::clone(&heard);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let (acceptor, heard) = (acceptor.clone(), Arc::clone(&heard));
                    // Whoever hangs up has told nothing more.
                    tokio::spawn(async move { serve(client, acceptor, &heard).await });
                }
            }
        });
        Ok(Self { address, heard, accepting })
    }
}

impl Drop for FalsePostgres {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut client: TcpStream,
    acceptor: Option<TlsAcceptor>,
    heard: &Mutex<Vec<u8>>,
) -> io::Result<()> {
    let mut first = [0; SSL_REQUEST.len()];
    client.read_exact(&mut first).await?;
    if first != SSL_REQUEST {
        note(heard, &first);
        return listen(client, heard).await;
    }
    match acceptor {
        None => {
            client.write_all(b"N").await?;
            listen(client, heard).await
        }
        Some(acceptor) => {
            client.write_all(b"S").await?;
            listen(acceptor.accept(client).await?, heard).await
        }
    }
}

/// Asks for the password after whatever is said first, and keeps all that is said.
async fn listen(mut client: impl AsyncRead + AsyncWrite + Unpin, heard: &Mutex<Vec<u8>>) -> io::Result<()> {
    let mut said = [0; 4096];
    loop {
        let length = client.read(&mut said).await?;
        note(heard, said.get(..length).unwrap_or_default());
        if length == 0 {
            return Ok(());
        }
        client.write_all(&CLEARTEXT_PASSWORD).await?;
        client.flush().await?;
    }
}

fn note(heard: &Mutex<Vec<u8>>, said: &[u8]) {
    heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(said);
}
