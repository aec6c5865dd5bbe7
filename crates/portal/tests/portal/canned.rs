//! A server on a bare socket that answers with given bytes, or cuts, or stays silent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// The server's reaction to a call.
#[derive(Clone)]
pub(crate) enum Act {
    /// Writes these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Writes these bytes and closes.
    SendAndClose(Vec<u8>),
    /// Writes these bytes and then nothing more.
    SendAndHang(Vec<u8>),
}

/// A call as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The server. Log-ins succeed by themselves; other calls are answered from the list, the last of it for ever.
pub(crate) struct Canned {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Canned {
    pub(crate) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let log_in = json(r#"{"session":"tok-canary","error_code":0}"#);
        Self::with_log_in(log_in, acts).await
    }

    pub(crate) async fn with_log_in(log_in: Act, acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(Script { log_in, acts: acts.into_iter().collect() }));
        let log = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), log.clone()));
            }
        });
        Self { address, received }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls so far, log-ins left out.
    pub(crate) fn calls(&self) -> Vec<Received> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|call| !call.head.starts_with("POST /auth ")).cloned().collect()
    }

    pub(crate) fn log_ins(&self) -> Vec<Received> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|call| call.head.starts_with("POST /auth ")).cloned().collect()
    }
}

pub(crate) struct Script {
    pub(crate) log_in: Act,
    pub(crate) acts: VecDeque<Act>,
}

impl Script {
    fn next(&mut self, call: &Received) -> Act {
        if call.head.starts_with("POST /auth ") {
            return self.log_in.clone();
        }
        if self.acts.len() > 1 { self.acts.pop_front().unwrap() } else { self.acts.front().unwrap().clone() }
    }
}

pub(crate) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: Arc<Mutex<Script>>,
    log: Arc<Mutex<Vec<Received>>>,
) {
    while let Some(call) = receive(&mut stream).await {
        log.lock().unwrap().push(call.clone());
        let act = script.lock().unwrap().next(&call);
        let (bytes, go_on) = match &act {
            Act::Send(bytes) => (bytes, true),
            Act::SendAndClose(bytes) | Act::SendAndHang(bytes) => (bytes, false),
        };
        if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        if matches!(act, Act::SendAndHang(_)) {
            // Until the client goes away.
            let _ = stream.read(&mut [0]).await;
        }
        if !go_on {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
                })
                .map_or(0, |length| length.parse::<usize>().unwrap());
            let mut body = bytes.split_off(end + 4);
            let have = body.len();
            body.resize(length, 0);
            stream.read_exact(&mut body[have..]).await.ok()?;
            return Some(Received { head, body: String::from_utf8(body).unwrap() });
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer with this status, further header lines (each with its line end), and body.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Act {
    Act::Send(bytes(status, headers, body))
}

pub(crate) fn bytes(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

/// HTTP 200 with this JSON.
pub(crate) fn json(body: &str) -> Act {
    answer(200, "Content-Type: application/json\r\n", body)
}

/// HTTP 200 with this code and message.
pub(crate) fn says(code: &str, message: &str) -> Act {
    json(&serde_json::json!({ "error_code": code, "message": message, "result": [] }).to_string())
}
