//! A small interface over HTTP for tests: it answers as it is told, writes down what it was asked, and may be encrypted or say nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
    BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::Error;
use crate::certified::acceptor;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// `GET` and the like.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The header `Authorization`; empty without one.
    pub authorization: String,
    /// Every header, its name in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// JSON with status 200.
    Json(Value),
    /// A status, headers (a line each) and a body.
    Plain(u16, Vec<String>, String),
    /// These bytes, which need be no answer, and the end of the connection.
    Raw(&'static [u8]),
    /// None, and the connection stays open.
    Silence,
}

impl Asked {
    /// The value of a header by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

type Answer = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The interface, on a free port of the loopback, which ends with this value.
pub struct Interface {
    scheme: &'static str,
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: AbortHandle,
}

impl Interface {
    /// Starts one without encryption.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Result<Self, Error> {
        Self::serve(None, Arc::new(answer)).await
    }

    /// Starts one with a certificate for `127.0.0.1` by an authority of its own, whose certificate it returns as PEM.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn encrypted(
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Result<(Self, String), Error> {
        let (acceptor, authority) =
            acceptor("127.0.0.1").map_err(|error| Error::Unsupported(error.to_string()))?;
        Ok((Self::serve(Some(acceptor), Arc::new(answer)).await?, authority))
    }

    /// The address below which it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}/", self.scheme, self.address)
    }

    /// The requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn serve(tls: Option<TlsAcceptor>, answer: Answer) -> Result<Self, Error> {
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen for an interface"))?;
        let address = listener.local_addr().map_err(Error::io("read an interface's address"))?;
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let noted = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (tls, answer, noted) = (tls.clone(), Arc::clone(&answer), Arc::clone(&noted));
                // Whoever hangs up has asked nothing more.
                tokio::spawn(async move { drop(meet(client, tls, &answer, &noted).await) });
            }
        })
        .abort_handle();
        Ok(Self { scheme, address, asked, serving })
    }
}

impl Drop for Interface {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn meet(
    client: TcpStream,
    tls: Option<TlsAcceptor>,
    answer: &Answer,
    noted: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    match tls {
        Some(tls) => one(tls.accept(client).await?, answer, noted).await,
        None => one(client, answer, noted).await,
    }
}

/// Answers one request, and hangs up.
async fn one(
    client: impl AsyncRead + AsyncWrite + Unpin,
    answer: &Answer,
    noted: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let asked = read(&mut client).await?;
    noted.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let (status, headers, body) = match answer(&asked) {
        Reply::Json(json) => (200, vec!["Content-Type: application/json".to_owned()], json.to_string()),
        Reply::Plain(status, headers, body) => (status, headers, body),
        Reply::Raw(bytes) => {
            client.write_all(bytes).await?;
            return client.shutdown().await;
        }
        Reply::Silence => return std::future::pending().await,
    };
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let body = if asked.method == "HEAD" { "" } else { &body };
    let head =
        format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    client.write_all(head.as_bytes()).await?;
    client.write_all(body.as_bytes()).await?;
    client.shutdown().await
}

async fn read(client: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Asked> {
    let mut asked = Asked::default();
    let mut line = String::new();
    client.read_line(&mut line).await?;
    let mut words = line.split_whitespace().map(str::to_owned);
    asked.method = words.next().unwrap_or_default();
    asked.target = words.next().unwrap_or_default();
    let mut length = 0;
    loop {
        line.clear();
        client.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut asked.authorization),
            "content-length" => length = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    let mut body = Vec::new();
    client.take(length).read_to_end(&mut body).await?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Ok(asked)
}
