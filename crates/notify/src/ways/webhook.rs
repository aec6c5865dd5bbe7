//! Messages over HTTP: signed JSON, and the forms of Telegram, Zalo and Slack.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, Url, redirect};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::error::SendError;
use crate::markup::{plain, short, slack, telegram};
use crate::message::Message;
use crate::way::{Way, WayKind, address};
use dongbo_model::{ErrorClass, Lang};
use dongbo_portal::trust::trusting;
use dongbo_portal::{Obstacle, through};
use dongbo_settings::Secret;
use dongbo_settings::pem::certificates_in;
use dongbo_settings::proxy::{self, Proxies, Proxy};

/// Most bytes of an answer that are read.
const LARGEST: usize = 64 << 10;
/// The longest wait that the other side may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// Most letters of a message to each.
const TELEGRAM_LETTERS: usize = 4_000;
const ZALO_LETTERS: usize = 2_000;
const SLACK_LETTERS: usize = 30_000;

/// A request that is ready to be sent.
struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Sends the message.
pub(super) async fn send(way: &Way, message: &Message, id: u64, within: Duration) -> Result<(), SendError> {
    let (answer, host) = asked(way, ready(way, message, id)?, within).await?;
    judge(way, answer, &host).await
}

/// Asks the receiver for nothing: a bot who it is, and every other whether it answers at all.
pub(super) async fn knock(way: &Way, within: Duration) -> Result<(), SendError> {
    let (mut url, is_bot) = (base(way)?, way.kind == WayKind::Telegram);
    if is_bot {
        extend(&mut url, &[&format!("bot{}", token(way, secret(way)?.as_ref())?), "getMe"]);
    }
    let method = if is_bot { Method::GET } else { Method::HEAD };
    let request = Request { method, url, headers: HeaderMap::new(), body: Vec::new() };
    let (answer, host) = asked(way, request, within).await?;
    // One that takes messages need not take anything else.
    if is_bot || answer.status().is_server_error() || answer.status().is_redirection() {
        return judge(way, answer, &host).await;
    }
    Ok(())
}

/// Reads the files that the way needs.
pub(super) fn read(way: &Way) -> Result<(), SendError> {
    let (url, proxies) = (base(way)?, proxies(way)?);
    let secret = secret(way)?;
    if way.kind == WayKind::Zalo {
        hidden(way, token(way, secret.as_ref())?)?;
    }
    client(way, &url, &proxies, Duration::ZERO).map(drop)
}

fn proxies(way: &Way) -> Result<Proxies, SendError> {
    let credentials = way.proxy_credentials_file.as_deref();
    let proxies = Proxies::new(&way.key("proxy"), &way.proxy, credentials, proxy::variables());
    proxies.map_err(|error| SendError::config(error.to_string()))
}

/// The answer to a request, and the host that gave it.
async fn asked(way: &Way, request: Request, within: Duration) -> Result<(Response, String), SendError> {
    let Request { method, url, headers, body } = request;
    let proxies = proxies(way)?;
    let client = client(way, &url, &proxies, within)?;
    let (host, proxy) = (url.host_str().unwrap_or_default().to_owned(), proxies.of(&url));
    let answer = client.request(method, url).headers(headers).body(body).send().await;
    let answer = answer.map_err(|error| fault(way, &error, &host, proxy.as_ref()))?;
    Ok((answer, host))
}

/// A client for one request, which follows nobody elsewhere.
fn client(way: &Way, url: &Url, proxies: &Proxies, within: Duration) -> Result<Client, SendError> {
    let builder = Client::builder()
        .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(within);
    let builder = match through(proxies) {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    let authorities = way.ca_file.as_deref().map(certificates_in).transpose();
    let authorities =
        authorities.map_err(|error| SendError::config(format!("{} {error}", way.key("ca_file"))))?;
    let encrypted = url.scheme() != "http" || authorities.is_some();
    let unusable = || {
        SendError::config(format!(
            "no certificate authorities can be used: install ca-certificates, or set {}",
            way.key("ca_file")
        ))
    };
    let builder = trusting(builder, encrypted, authorities, None).map_err(|_| unusable())?;
    builder.build().map_err(|_| unusable())
}

fn secret(way: &Way) -> Result<Option<Secret>, SendError> {
    let read = way.secret_file.as_deref().map(Secret::from_file).transpose();
    read.map_err(|error| SendError::config(error.to_string()))
}

/// The address, which may be a secret itself.
fn base(way: &Way) -> Result<Url, SendError> {
    let url = match &way.url_file {
        Some(file) => {
            let text = Secret::from_file(file).map_err(|error| SendError::config(error.to_string()))?;
            address(text.expose())
        }
        None => address(way.written_url()),
    };
    url.ok_or_else(|| SendError::config(format!("{} holds no address of a web server", way.key("url"))))
}

/// The token of a bot or account.
fn token<'s>(way: &Way, secret: Option<&'s Secret>) -> Result<&'s str, SendError> {
    let key = way.key("secret_file");
    secret.map(Secret::expose).ok_or_else(|| SendError::config(format!("{key} is missing")))
}

fn ready(way: &Way, message: &Message, id: u64) -> Result<Request, SendError> {
    let (mut url, secret, mut headers) = (base(way)?, secret(way)?, HeaderMap::new());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let to = way.to.first().map(String::as_str).unwrap_or_default();
    let token = || token(way, secret.as_ref());
    let body = match way.kind {
        WayKind::Telegram => {
            extend(&mut url, &[&format!("bot{}", token()?), "sendMessage"]);
            json!({ "chat_id": to, "text": telegram(message, TELEGRAM_LETTERS), "parse_mode": "HTML",
                "link_preview_options": { "is_disabled": true } })
        }
        WayKind::Zalo => {
            extend(&mut url, &["v3.0", "oa", "message", "cs"]);
            headers.insert(HeaderName::from_static("access_token"), hidden(way, token()?)?);
            json!({ "recipient": { "user_id": to }, "message": { "text": short(message, ZALO_LETTERS) } })
        }
        WayKind::Slack => json!({ "text": slack(message, SLACK_LETTERS) }),
        WayKind::Webhook | WayKind::Email | WayKind::Folder => whole(message, id),
    };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    if let (WayKind::Webhook, Some(key)) = (way.kind, &secret) {
        let timestamp = message.at.timestamp().to_string();
        let signature = signature(key, &timestamp, &body);
        for (name, value) in
            [("dongbo-timestamp", timestamp), ("dongbo-signature", format!("v1={signature}"))]
        {
            headers.insert(HeaderName::from_static(name), hidden(way, &value)?);
        }
    }
    Ok(Request { method: Method::POST, url, headers, body })
}

/// The message for a program: all of it, and the whole text for one that only shows it.
fn whole(message: &Message, id: u64) -> Value {
    json!({
        "version": 1,
        "id": format!("{id:016x}"),
        "occasion": message.occasion,
        "at": message.at,
        "lang": message.lang,
        "subject": message.subject,
        "text": plain(message),
        "sections": message.sections,
        "data": message.data,
    })
}

/// The signature of a body: HMAC-SHA256 over the time, a point and the body, in hexadecimal digits.
fn signature(key: &Secret, timestamp: &str, body: &[u8]) -> String {
    // Every length of key is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else { return String::new() };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn hidden(way: &Way, value: &str) -> Result<HeaderValue, SendError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| SendError::config(format!("{} holds more than one line", way.key("secret_file"))))?;
    value.set_sensitive(true);
    Ok(value)
}

fn extend(url: &mut Url, parts: &[&str]) {
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
}

/// The meaning of an error of the client. Its own text holds the address, which may be a secret.
fn fault(way: &Way, error: &reqwest::Error, host: &str, proxy: Option<&Proxy>) -> SendError {
    if let Some(obstacle) = Obstacle::of(error, host, &way.key("ca_file"), proxy) {
        return SendError::of(obstacle.class, obstacle.text(Lang::En));
    }
    let what = if error.is_timeout() {
        "does not answer in time"
    } else if error.is_connect() {
        "cannot be reached"
    } else {
        "cuts the connection, or does not answer as a web server"
    };
    SendError::transient(format!("{host} {what}"))
}

/// The meaning of an answer.
async fn judge(way: &Way, answer: Response, host: &str) -> Result<(), SendError> {
    let status = answer.status().as_u16();
    let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let told = |class, what: &str| SendError::of(class, format!("{host} {what} (HTTP {status})"));
    let error = match status {
        200..=299 => return own_word(way, answer, host).await,
        300..=399 => {
            told(ErrorClass::Config, "leads elsewhere, where nothing is sent: name the address itself")
        }
        401 | 403 | 407 => told(ErrorClass::Auth, "refuses us: correct the file of secret_file"),
        404 if way.kind == WayKind::Telegram => {
            told(ErrorClass::Auth, "does not know the token of secret_file")
        }
        429 => told(ErrorClass::Throttled, "asks to wait"),
        500..=599 | 408 => told(ErrorClass::Transient, "cannot take it now"),
        _ => told(ErrorClass::Config, "refuses the message: correct the address or to"),
    };
    let retry_after = asked.map(Duration::from_secs).map(|wait| wait.min(LONGEST_WAIT));
    Err(SendError { retry_after, ..error })
}

/// What a service says in the body of an answer that is called a success.
async fn own_word(way: &Way, answer: Response, host: &str) -> Result<(), SendError> {
    let (key, good) = match way.kind {
        WayKind::Telegram => ("ok", json!(true)),
        WayKind::Zalo => ("error", json!(0)),
        WayKind::Webhook | WayKind::Slack | WayKind::Email | WayKind::Folder => return Ok(()),
    };
    let said: Option<Value> = serde_json::from_slice(&bytes(answer, host).await?).ok();
    match said {
        Some(said) if said.get(key) == Some(&good) => Ok(()),
        Some(said) => {
            // A number of theirs, and never their words.
            let code =
                ["error_code", "error"].iter().find_map(|key| said.get(key)?.as_i64()).unwrap_or_default();
            let words =
                format!("{host} refuses the message (error {code}): correct to, or the token of secret_file");
            Err(SendError::of(ErrorClass::Auth, words))
        }
        None => Err(SendError::transient(format!("{host} answers with what is not understood"))),
    }
}

async fn bytes(mut answer: Response, host: &str) -> Result<Vec<u8>, SendError> {
    let mut bytes = Vec::new();
    while bytes.len() < LARGEST {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return Err(SendError::transient(format!("{host} breaks its answer off"))),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::signature;
    use dongbo_settings::Secret;

    #[test]
    fn the_signature_is_one_that_any_tool_can_check() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac geheim
        let made = signature(&Secret::new("geheim"), "1700000000", br#"{"a":1}"#);
        assert_eq!(made, EXPECTED);
    }

    const EXPECTED: &str = "c2f0a59f12d0bcd3933234d85083c03b99e970604203fd059a320436bb602adf";
}
