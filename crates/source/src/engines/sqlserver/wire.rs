//! The way to a server of SQL Server: TCP, and TLS as its protocol has it, by our own rustls.
//!
//! The handshake of TLS goes in packets of the protocol, behind a first exchange about encryption (MS-TDS, 2.2.6.5 and 3.2.5.1). It
//! is held here, for the client's own way brings a second library of cryptography with it. What the client sends as its first
//! exchange is answered here too, and never leaves this machine.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use dongbo_connections::{DatabaseTrouble, SqlServerOptions, Trust};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::tls;

/// A packet's header: its kind, whether it is the last of its message, its length with the header.
const HEADER: usize = 8;
const PRELOGIN: u8 = 0x12;
const RESPONSE: u8 = 0x04;
const LAST: u8 = 1;
/// The most that a server's first message is let to have.
const LONGEST_FIRST: usize = 4_096;
/// The option of the first exchange that is about encryption, and its values.
const ENCRYPTION: u8 = 1;
const ENCRYPT_ON: u8 = 1;
const ENCRYPT_NONE: u8 = 2;
/// The end of the list of options.
const END: u8 = 0xff;
/// The options that we say: our version, encryption, no instance, no thread, no MARS.
const OPTIONS: [(u8, &[u8]); 5] = [(0, &[0; 6]), (ENCRYPTION, &[0]), (2, &[0]), (3, &[0; 4]), (4, &[0])];

/// The reason why no way was made.
#[derive(Debug)]
pub(super) struct NoWay {
    pub(super) trouble: DatabaseTrouble,
    pub(super) reason: String,
}

impl NoWay {
    fn new(trouble: DatabaseTrouble, reason: impl Into<String>) -> Self {
        Self { trouble, reason: reason.into() }
    }

    fn of_io(error: &io::Error) -> Self {
        let trouble = DatabaseTrouble::of_io(error);
        let is_of_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        Self::new(trouble, if is_of_tls { format!("TLS: {error}") } else { error.to_string() })
    }
}

/// A way to the server at `host` and `port`, with the proof and encryption that `options` ask for.
pub(super) async fn dial(options: &SqlServerOptions, host: &str, port: u16) -> Result<Wire, NoWay> {
    let of_io = |error: io::Error| NoWay::of_io(&error);
    let mut stream = TcpStream::connect((host, port)).await.map_err(of_io)?;
    stream.set_nodelay(true).map_err(of_io)?;
    let wanted = if options.trust == Trust::Plain { ENCRYPT_NONE } else { ENCRYPT_ON };
    stream.write_all(&first(PRELOGIN, wanted)).await.map_err(of_io)?;
    let answer = message(&mut stream).await.map_err(of_io)?;
    let other = || NoWay::new(DatabaseTrouble::OtherService, "it does not answer as SQL Server does");
    let offered = encryption(&answer).ok_or_else(other)?;
    let way = match (options.trust, offered) {
        (Trust::Any | Trust::Plain, ENCRYPT_NONE) => Way::Plain(stream),
        (_, ENCRYPT_NONE) => {
            return Err(NoWay::new(DatabaseTrouble::NoTls, "the server says that it does not encrypt"));
        }
        (Trust::Plain, _) => {
            return Err(NoWay::new(
                DatabaseTrouble::Tls,
                "the server demands encryption, which sslmode=disable forbids",
            ));
        }
        _ => {
            // A machine without authorities trusts nobody.
            let connector = tls::connector(options)
                .map_err(|error| NoWay::new(DatabaseTrouble::UnknownAuthority, format!("TLS: {error}")))?;
            let name = tls::name(host)
                .ok_or_else(|| NoWay::new(DatabaseTrouble::OtherName, "the host is no name"))?;
            let mut encrypted = connector.connect(name, Wrapped::new(stream)).await.map_err(of_io)?;
            encrypted.get_mut().0.handshake_is_over = true;
            Way::Encrypted(Box::new(encrypted))
        }
    };
    Ok(Wire { way, heard: Vec::new(), answer: Vec::new(), is_answered: false })
}

/// The first message of either side.
fn first(kind: u8, encryption: u8) -> Vec<u8> {
    let mut list = Vec::new();
    let mut values = Vec::new();
    let mut place = OPTIONS.len() * 5 + 1;
    let own = [encryption];
    for (option, value) in OPTIONS {
        let value = if option == ENCRYPTION { own.as_slice() } else { value };
        list.push(option);
        list.extend(u16::try_from(place).unwrap_or_default().to_be_bytes());
        list.extend(u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
        values.extend_from_slice(value);
        place += value.len();
    }
    list.push(END);
    list.append(&mut values);
    packet(kind, &list)
}

fn packet(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + HEADER).unwrap_or(u16::MAX).to_be_bytes();
    let [high, low] = length;
    let mut packet = vec![kind, LAST, high, low, 0, 0, 1, 0];
    packet.extend_from_slice(payload);
    packet
}

/// The payload of a message of the server's.
async fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut payload = Vec::new();
    loop {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).await?;
        let [kind, status, high, low, ..] = header;
        let length = usize::from(u16::from_be_bytes([high, low])).saturating_sub(HEADER);
        if kind != RESPONSE || length == 0 || payload.len() + length > LONGEST_FIRST {
            return Ok(Vec::new());
        }
        let begin = payload.len();
        payload.resize(begin + length, 0);
        stream.read_exact(payload.get_mut(begin..).unwrap_or_default()).await?;
        if status & LAST != 0 {
            return Ok(payload);
        }
    }
}

/// The value of the option about encryption in the payload of a first message.
fn encryption(payload: &[u8]) -> Option<u8> {
    let (options, _) = payload.as_chunks::<5>();
    let mut options = options.iter().take_while(|[option, ..]| *option != END);
    let [_, high, low, ..] = options.find(|[option, ..]| *option == ENCRYPTION)?;
    payload.get(usize::from(u16::from_be_bytes([*high, *low]))).copied()
}

/// A connection to the server, on which its client begins with an exchange that is over already.
#[derive(Debug)]
pub(super) struct Wire {
    way: Way,
    /// The client's first message, as far as it came.
    heard: Vec<u8>,
    /// The rest of the answer to it.
    answer: Vec<u8>,
    is_answered: bool,
}

#[derive(Debug)]
enum Way {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<Wrapped>>),
}

/// `$call` on the stream beneath.
macro_rules! beneath {
    ($wire:expr, $stream:ident => $call:expr) => {
        match &mut $wire.get_mut().way {
            Way::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            Way::Encrypted(stream) => {
                let $stream = Pin::new(stream.as_mut());
                $call
            }
        }
    };
}

impl Wire {
    /// Takes the client's first message, and answers it once it is whole.
    fn hear(&mut self, said: &[u8]) -> usize {
        let whole = match self.heard.get(2..4).and_then(|length| <[u8; 2]>::try_from(length).ok()) {
            Some(length) => usize::from(u16::from_be_bytes(length)).max(HEADER),
            None => HEADER / 2,
        };
        let taken = whole.saturating_sub(self.heard.len()).min(said.len());
        self.heard.extend_from_slice(said.get(..taken).unwrap_or_default());
        if whole >= HEADER && self.heard.len() >= whole {
            self.answer = first(RESPONSE, ENCRYPT_NONE);
            self.is_answered = true;
            self.heard = Vec::new();
        }
        taken
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.answer.is_empty() {
            let length = buf.remaining().min(self.answer.len());
            let rest = self.answer.split_off(length);
            buf.put_slice(&self.answer);
            self.answer = rest;
            return Poll::Ready(Ok(()));
        }
        beneath!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.is_answered {
            return Poll::Ready(Ok(self.hear(buf)));
        }
        beneath!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        beneath!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        beneath!(self, stream => stream.poll_shutdown(cx))
    }
}

/// A stream that puts all of the handshake into packets, and nothing after it.
#[derive(Debug)]
struct Wrapped {
    stream: TcpStream,
    handshake_is_over: bool,
    /// The header of the packet that comes, as far as it came.
    header: Vec<u8>,
    /// The rest of that packet, in bytes.
    left: usize,
    /// Bytes to be sent: collected until they are flushed, then a packet.
    collected: Vec<u8>,
    sending: Vec<u8>,
}

impl Wrapped {
    const fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            handshake_is_over: false,
            header: Vec::new(),
            left: 0,
            collected: Vec::new(),
            sending: Vec::new(),
        }
    }

    /// Reads on to the payload of a packet; `false` at the end of the stream.
    fn poll_header(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while self.left == 0 {
            let mut rest = [0; HEADER];
            let mut buf = ReadBuf::new(rest.get_mut(self.header.len()..).unwrap_or_default());
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.header.extend_from_slice(buf.filled());
            let Ok([kind, _, high, low, ..]) = <[u8; HEADER]>::try_from(self.header.as_slice()) else {
                continue;
            };
            let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(HEADER);
            match length.filter(|_| matches!(kind, PRELOGIN | RESPONSE)) {
                Some(length) => self.left = length,
                None => return Poll::Ready(Err(io::Error::other("it breaks off the handshake of TLS"))),
            }
            self.header.clear();
        }
        Poll::Ready(Ok(true))
    }
}

impl AsyncRead for Wrapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.handshake_is_over && self.left == 0 {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        if !ready!(self.poll_header(cx))? {
            return Poll::Ready(Ok(()));
        }
        let most = self.left.min(buf.remaining());
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let length = part.filled().len();
        buf.advance(length);
        self.left -= length;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wrapped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.handshake_is_over {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        }
        self.collected.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.collected.is_empty() {
            let payload = std::mem::take(&mut self.collected);
            let mut packet = packet(PRELOGIN, &payload);
            self.sending.append(&mut packet);
        }
        while !self.sending.is_empty() {
            let Self { stream, sending, .. } = self.as_mut().get_mut();
            let length = ready!(Pin::new(stream).poll_write(cx, sending))?;
            sending.drain(..length);
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
