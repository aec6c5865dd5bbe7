//! Messages as e-mail.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::error::SendError;
use crate::markup::{page, plain};
use crate::message::Message;
use crate::way::{Security, Way};
use dongbo_model::ErrorClass;
use dongbo_portal::trust::causes;
use dongbo_settings::Secret;
use dongbo_settings::pem::certificates_in;

/// Letters of an encoded line, as mail wants them.
const LINE: usize = 76;
/// Bytes of text in one encoded word of a header, so that it is no longer than 75 letters.
const WORD: usize = 45;

/// Sends the message to all addresses of the way at once.
pub(super) async fn send(way: &Way, message: &Message, id: u64, within: Duration) -> Result<(), SendError> {
    let from = address(way, &way.from)?;
    let to = way.to.iter().map(|to| address(way, to)).collect::<Result<Vec<_>, _>>()?;
    let text = written(message, &from, &to, id);
    let envelope = Envelope::new(Some(from.clone()), to)
        .map_err(|_| SendError::config(format!("{} is empty", way.key("to"))))?;
    let sent = server(way, &from, within)?.send_raw(&envelope, text.as_bytes()).await;
    sent.map(drop).map_err(|error| fault(way, &error))
}

/// Logs in at the mail server of the way, and gives it no mail.
pub(super) async fn knock(way: &Way, within: Duration) -> Result<(), SendError> {
    let from = address(way, &way.from)?;
    match server(way, &from, within)?.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => {
            Err(SendError::transient(format!("the mail server {} cannot take mail now", way.server)))
        }
        Err(error) => Err(fault(way, &error)),
    }
}

/// Reads the files that the way needs.
pub(super) fn read(way: &Way) -> Result<(), SendError> {
    server(way, &address(way, &way.from)?, Duration::ZERO).map(drop)
}

fn address(way: &Way, text: &str) -> Result<Address, SendError> {
    text.parse().map_err(|_| SendError::config(format!("{} is no address", way.key("from or to"))))
}

/// The mail server of the way, with the log-in there.
fn server(
    way: &Way,
    from: &Address,
    within: Duration,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, SendError> {
    let (tls, usual) = match way.security {
        Security::StartTls => (Tls::Required(parameters(way)?), 587),
        Security::Tls => (Tls::Wrapper(parameters(way)?), 465),
        Security::None => (Tls::None, 25),
    };
    let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&way.server)
        .port(way.port.unwrap_or(usual))
        .tls(tls)
        .hello_name(ClientId::Domain(from.domain().to_owned()))
        .timeout(Some(within));
    if let Some(file) = &way.password_file {
        let password = Secret::from_file(file).map_err(|error| SendError::config(error.to_string()))?;
        server = server.credentials(Credentials::new(way.username.clone(), password.expose().to_owned()));
    }
    Ok(server.build())
}

fn parameters(way: &Way) -> Result<TlsParameters, SendError> {
    let mut builder = TlsParameters::builder(way.server.clone());
    if let Some(file) = &way.ca_file {
        let wrong = |error: String| SendError::config(format!("{} {error}", way.key("ca_file")));
        builder = builder.certificate_store(CertificateStore::None);
        for authority in certificates_in(file).map_err(wrong)? {
            let authority = Certificate::from_der(authority.to_vec())
                .map_err(|_| wrong("holds no certificate that can be used".to_owned()))?;
            builder = builder.add_root_certificate(authority);
        }
    }
    builder.build_rustls().map_err(|_| {
        SendError::config(format!(
            "no certificate authorities can be used: install ca-certificates, or set {}",
            way.key("ca_file")
        ))
    })
}

/// The meaning of an error. The server's own words are left out, as they may name people.
fn fault(way: &Way, error: &lettre::transport::smtp::Error) -> SendError {
    let untrusted = causes(error).any(|cause| cause.downcast_ref::<rustls::Error>().is_some());
    let told = |class, words: String| SendError::of(class, format!("the mail server {} {words}", way.server));
    if let Some(code) = error.status() {
        let number: u16 = code.into();
        return match number {
            530 | 534 | 535 | 538 => told(
                ErrorClass::Auth,
                format!("refuses the log-in (SMTP {number}): correct username or the file of password_file"),
            ),
            400..=499 => told(ErrorClass::Transient, format!("asks to wait (SMTP {number})")),
            _ => told(
                ErrorClass::Config,
                format!("refuses the message (SMTP {number}): correct from or to, or ask its operator"),
            ),
        };
    }
    if untrusted || error.is_tls() {
        told(
            ErrorClass::Config,
            "shows a certificate that is not trusted: correct server or ca_file".to_owned(),
        )
    } else if error.is_timeout() {
        told(ErrorClass::Transient, "does not answer in time".to_owned())
    } else if error.is_client() {
        told(
            ErrorClass::Config,
            "offers no encryption or no log-in as configured: correct port and security".to_owned(),
        )
    } else {
        told(ErrorClass::Transient, "cannot be reached, or answers as no mail server does".to_owned())
    }
}

/// The mail as it is sent: plain text and a page, each in lines that any server takes.
fn written(message: &Message, from: &Address, to: &[Address], id: u64) -> String {
    let to = to.iter().map(ToString::to_string).collect::<Vec<_>>().join(",\r\n ");
    let (subject, date) = (header(&message.subject), message.at.to_rfc2822());
    let name = format!("{}.{id:016x}", message.at.timestamp_micros());
    let boundary = format!("=_dongbo_{id:016x}");
    let part = |kind: &str, text: &str| {
        format!(
            "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines(text)
        )
    };
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <{name}@{}>\r\n\
         Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n{}{}--{boundary}--\r\n",
        from.domain(),
        part("plain", &plain(message)),
        part("html", &page(message)),
    )
}

/// A text in encoded words (RFC 2047), each of whole letters.
fn header(text: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for letter in text.chars() {
        if words.last().is_some_and(|word| word.len() + letter.len_utf8() > WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    let encoded = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

fn lines(text: &str) -> String {
    let mut encoded = STANDARD.encode(text.replace('\n', "\r\n"));
    let mut folded = String::with_capacity(encoded.len() + encoded.len() / LINE * 2);
    while encoded.len() > LINE {
        let rest = encoded.split_off(LINE);
        folded.push_str(&encoded);
        folded.push_str("\r\n");
        encoded = rest;
    }
    folded + &encoded
}

#[cfg(test)]
mod tests {
    use super::{header, lines};

    #[test]
    fn no_letter_is_divided_and_no_line_is_longer_than_mail_takes() {
        let subject = header(&"Cần người xử lý: 12 hồ sơ bị giữ ".repeat(8));
        assert!(subject.split("\r\n ").count() > 3 && subject.split("\r\n ").all(|word| word.len() <= 75));
        assert!(subject.is_ascii());
        let body = lines(&"hồ sơ\n".repeat(200));
        assert!(body.split("\r\n").all(|line| line.len() <= 76));
    }
}
