//! Messages in packets, at first in the clear, then within TLS, whose handshake goes in packets too.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(super) const BATCH: u8 = 0x01;
pub(super) const RPC: u8 = 0x03;
pub(super) const ANSWER: u8 = 0x04;
pub(super) const ATTENTION: u8 = 0x06;
pub(super) const LOGIN: u8 = 0x10;
pub(super) const PRELOGIN: u8 = 0x12;

const HEADER: usize = 8;
const LAST: u8 = 1;
/// The payload of a full packet of the size that is agreed on when nothing is said.
const PAYLOAD: usize = 4_096 - HEADER;

/// A connection with a client.
pub(super) struct Channel {
    stream: TcpStream,
    tls: Option<ServerConnection>,
}

impl Channel {
    pub(super) const fn new(stream: TcpStream) -> Self {
        Self { stream, tls: None }
    }

    /// The next message: its kind and its payload.
    pub(super) async fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut payload = Vec::new();
        loop {
            let mut header = [0; HEADER];
            self.read_exact(&mut header).await?;
            let [kind, status, high, low, ..] = header;
            let length = usize::from(u16::from_be_bytes([high, low])).saturating_sub(HEADER);
            let mut part = vec![0; length];
            self.read_exact(&mut part).await?;
            payload.append(&mut part);
            if status & LAST != 0 {
                return Ok((kind, payload));
            }
        }
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let mut parts: Vec<&[u8]> = payload.chunks(PAYLOAD).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        let last = parts.len() - 1;
        let mut bytes = Vec::with_capacity(payload.len() + parts.len() * HEADER);
        for (place, part) in parts.into_iter().enumerate() {
            let [high, low] = u16::try_from(part.len() + HEADER).unwrap_or(u16::MAX).to_be_bytes();
            bytes.extend([kind, u8::from(place == last), high, low, 0, 0, 1, 0]);
            bytes.extend_from_slice(part);
        }
        self.write(&bytes).await
    }

    /// Shakes hands: what both sides say about TLS goes in packets of the first exchange until it is done.
    pub(super) async fn encrypt(&mut self, config: Arc<ServerConfig>) -> io::Result<()> {
        let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            let (kind, said) = self.message().await?;
            if kind != PRELOGIN {
                return Err(io::Error::other("no handshake"));
            }
            let mut rest = said.as_slice();
            while !rest.is_empty() {
                tls.read_tls(&mut rest)?;
                let understood = tls.process_new_packets();
                let mut answer = Vec::new();
                while tls.wants_write() {
                    tls.write_tls(&mut answer)?;
                }
                if !answer.is_empty() {
                    self.send(PRELOGIN, &answer).await?;
                }
                understood.map_err(io::Error::other)?;
            }
        }
        self.tls = Some(tls);
        Ok(())
    }

    async fn read_exact(&mut self, mut into: &mut [u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return self.stream.read_exact(into).await.map(drop) };
        while !into.is_empty() {
            match tls.reader().read(into) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => into = into.get_mut(length..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut raw = vec![0; 16 << 10];
                    let length = self.stream.read(&mut raw).await?;
                    if length == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    let mut rest = raw.get(..length).unwrap_or_default();
                    while !rest.is_empty() {
                        tls.read_tls(&mut rest)?;
                        tls.process_new_packets().map_err(io::Error::other)?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            self.stream.write_all(bytes).await?;
            return self.stream.flush().await;
        };
        while !bytes.is_empty() {
            let length = tls.writer().write(bytes)?;
            bytes = bytes.get(length..).unwrap_or_default();
            let mut raw = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut raw)?;
            }
            self.stream.write_all(&raw).await?;
        }
        self.stream.flush().await
    }
}
