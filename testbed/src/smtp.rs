//! A small mail server for tests: it takes mail in, encrypted when it is asked to, or refuses it as it is told.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::Error;
use crate::certified::acceptor;

/// The manners of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// It offers encryption and takes everything.
    #[default]
    Takes,
    /// It offers no encryption.
    InTheClear,
    /// It refuses every log-in.
    RefusesLogIn,
    /// It knows no recipient.
    RefusesRecipients,
    /// It asks to come again later.
    Busy,
    /// It says nothing.
    Silent,
    /// It says what no mail server says.
    Babbles,
}

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// The arguments of `MAIL FROM`.
    pub from: String,
    /// Those of each `RCPT TO`.
    pub to: Vec<String>,
    /// Head and body, without the dots that SMTP adds.
    pub text: String,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// The log-in before it, as it was sent; empty without one.
    pub log_in: String,
}

/// The server, on a free port of the loopback, which ends with this value.
pub struct MailServer {
    address: SocketAddr,
    authority: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    manner: Arc<Mutex<Manner>>,
    serving: AbortHandle,
}

impl MailServer {
    /// Starts one with a certificate for `localhost` by an authority of its own.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(manner: Manner) -> Result<Self, Error> {
        let (acceptor, authority) =
            acceptor("localhost").map_err(|error| Error::Unsupported(error.to_string()))?;
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen for a mail server"))?;
        let address = listener.local_addr().map_err(Error::io("read a mail server's address"))?;
        let (mails, manner) = (Arc::<Mutex<Vec<Mail>>>::default(), Arc::new(Mutex::new(manner)));
        let (noted, asked) = (Arc::clone(&mails), Arc::clone(&manner));
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, noted, manner) = (acceptor.clone(), Arc::clone(&noted), held(&asked));
                // Whoever hangs up sends nothing more.
                tokio::spawn(async move { drop(meet(client, acceptor, manner, &noted).await) });
            }
        })
        .abort_handle();
        Ok(Self { address, authority, mails, manner, serving })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate of its authority, in PEM form.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The mails that it took.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives it other manners from the next connection on.
    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn held(manner: &Mutex<Manner>) -> Manner {
    *manner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn meet(
    client: TcpStream,
    tls: TlsAcceptor,
    manner: Manner,
    noted: &Mutex<Vec<Mail>>,
) -> io::Result<()> {
    let mut client = BufReader::new(client);
    match manner {
        Manner::Silent => return std::future::pending().await,
        Manner::Babbles => {
            client.write_all(b"<html>I am a teapot</html>\r\n").await?;
            return client.shutdown().await;
        }
        _ => client.write_all(b"220 localhost ready\r\n").await?,
    }
    let mut talk = Talk { manner, encrypted: false, mail: Mail::default() };
    if talk.listen(&mut client, noted).await? == Turn::Encrypt {
        talk.encrypted = true;
        let mut client = BufReader::new(tls.accept(client.into_inner()).await?);
        talk.listen(&mut client, noted).await?;
    }
    Ok(())
}

/// How a part of a conversation ends.
#[derive(PartialEq, Eq)]
enum Turn {
    Encrypt,
    End,
}

struct Talk {
    manner: Manner,
    encrypted: bool,
    mail: Mail,
}

impl Talk {
    async fn listen(
        &mut self,
        client: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
        noted: &Mutex<Vec<Mail>>,
    ) -> io::Result<Turn> {
        let mut line = String::new();
        loop {
            line.clear();
            if client.read_line(&mut line).await? == 0 {
                return Ok(Turn::End);
            }
            let (word, rest) = line.trim_end().split_once([' ', ':']).unwrap_or((line.trim_end(), ""));
            let answer = match word.to_ascii_uppercase().as_str() {
                "EHLO" if !self.encrypted && self.manner != Manner::InTheClear => {
                    "250-localhost\r\n250 STARTTLS".to_owned()
                }
                "EHLO" => "250-localhost\r\n250 AUTH PLAIN LOGIN".to_owned(),
                "STARTTLS" => {
                    client.write_all(b"220 go on\r\n").await?;
                    return Ok(Turn::Encrypt);
                }
                "AUTH" if self.manner == Manner::RefusesLogIn => {
                    "535 5.7.8 lan@example.vn is not known".to_owned()
                }
                "AUTH" => {
                    rest.clone_into(&mut self.mail.log_in);
                    "235 welcome".to_owned()
                }
                "MAIL" if self.manner == Manner::Busy => "451 later".to_owned(),
                "MAIL" => {
                    rest.clone_into(&mut self.mail.from);
                    "250 ok".to_owned()
                }
                "RCPT" if self.manner == Manner::RefusesRecipients => "550 no such user".to_owned(),
                "RCPT" => {
                    self.mail.to.push(rest.to_owned());
                    "250 ok".to_owned()
                }
                "DATA" => {
                    client.write_all(b"354 go on\r\n").await?;
                    self.mail.text = text(client).await?;
                    self.mail.encrypted = self.encrypted;
                    noted.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.mail));
                    "250 taken".to_owned()
                }
                "QUIT" => {
                    client.write_all(b"221 bye\r\n").await?;
                    return Ok(Turn::End);
                }
                _ => "502 what?".to_owned(),
            };
            client.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
}

/// The lines up to the dot that stands alone.
async fn text(client: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if client.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
