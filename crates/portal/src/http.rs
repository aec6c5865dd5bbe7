//! The transport over HTTP: timeouts, a capped body, no redirects, and failures in plain words.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response, Url, redirect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::PortalError;
use crate::obstacle::{Obstacle, ProxyFault};
use crate::proxies::through;
use crate::settings::{Dialect, Settings};
use crate::transport::{Body, Fault, NoAnswer, Reply, Request, Transport};
use crate::trust::{Untrusted, causes};
use crate::unpack::{NotUnpacked, may_grow, unpacked};
use crate::{certificate, charset, tls};
use dongbo_model::clock::{Clock, ahead_by_date};
use dongbo_settings::proxy::Proxy;

/// Answers up to this size are read side by side, as many as there are calls. An ordinary one has some thousand bytes.
const LARGE: usize = 128 * 1024;
/// Larger answers that are in memory at one time; each may grow to `portal.max_response_bytes`. Others wait, within their time.
const LARGE_AT_ONCE: usize = 2;

/// The transport over HTTP.
pub(crate) struct Http {
    client: Client,
    /// A client without a limit on silence, because the portal is silent while it takes a file in.
    patient: Client,
    clock: Clock,
    /// The routing code, where the dialect has one.
    dstcode: Option<HeaderValue>,
    /// `host:port`, for messages.
    host: String,
    /// The proxy on the way there.
    proxy: Option<Proxy>,
    connect_timeout: Duration,
    max_body: usize,
    /// The room for large answers.
    large: Arc<Semaphore>,
}

/// The bytes of a body as they come, with the room that they take when they are many.
#[derive(Default)]
struct Growing {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Http {
    pub(crate) fn new(config: &Settings, base: &Url, clock: Clock) -> Result<Self, PortalError> {
        let mut dstcode = match config.dialect {
            // A province's proxy needs none.
            Dialect::Ndxp if config.dstcode.is_empty() => None,
            Dialect::Ndxp => {
                Some(HeaderValue::from_str(&config.dstcode).map_err(|_| PortalError::BadRoutingCode)?)
            }
            Dialect::Rest => None,
        };
        dstcode.iter_mut().for_each(|code| code.set_sensitive(true));
        let proxies = config.proxies()?;
        let builder = || {
            let builder = Client::builder()
                .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .tls_info(true)
                .http1_allow_spaces_after_header_name_in_responses(true)
                .http1_allow_obsolete_multiline_headers_in_responses(true)
                .http1_ignore_invalid_headers_in_responses(true)
                .no_proxy()
                .connect_timeout(config.connect_timeout)
                .timeout(config.total_timeout)
                .pool_idle_timeout(config.idle_timeout)
                .pool_max_idle_per_host(config.max_idle_connections);
            let builder = match through(&proxies) {
                Some(proxy) => builder.proxy(proxy),
                None => builder,
            };
            tls::configure(builder, config, base.scheme() == "https")
        };
        let client = builder()?.read_timeout(config.read_timeout).build().map_err(PortalError::Client)?;
        let patient = builder()?.build().map_err(PortalError::Client)?;
        let port = base.port_or_known_default().unwrap_or_default();
        let host = format!("{}:{port}", base.host_str().unwrap_or_default());
        let connect_timeout = config.connect_timeout;
        Ok(Self {
            client,
            patient,
            clock,
            dstcode,
            host,
            proxy: proxies.of(base),
            connect_timeout,
            max_body: config.max_response_bytes,
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
        })
    }

    /// The transport to an address that is open to everybody: neither our certificate nor the routing code goes there,
    /// and the system's authorities are trusted.
    pub(crate) fn public(config: &Settings, base: &Url, clock: Clock) -> Result<Self, PortalError> {
        // This dialect has no routing code.
        let config = Settings {
            dialect: Dialect::Rest,
            ca_file: None,
            client_certificate_file: None,
            ..config.clone()
        };
        Self::new(&config, base, clock)
    }

    async fn exchange(&self, request: Request<'_>) -> Result<Reply, NoAnswer> {
        let mut builder = match request.body {
            Body::Json(body) => self
                .client
                .post(request.url.clone())
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .body(body),
            Body::Form(form) => self
                .patient
                .post(request.url.clone())
                .header(CONTENT_TYPE, form.media_type)
                .header(CONTENT_LENGTH, form.length)
                .timeout(form.within)
                .body(reqwest::Body::wrap_stream(form.content)),
        };
        if let Some(code) = &self.dstcode {
            builder = builder.header(HeaderName::from_static("dstcode"), code.clone());
        }
        if let Some(token) = request.token {
            builder = builder.bearer_auth(token.expose());
        }
        let sent = builder.send().await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let certificate_end = untrusted(&error).and_then(|untrusted| untrusted.end);
                return Err(NoAnswer { fault: self.fault(&error), certificate_end });
            }
        };
        if let Some(proxy) = self.proxy.as_ref().filter(|_| response.status().as_u16() == 407) {
            let obstacle = ProxyFault::Credentials.at(proxy, &self.host);
            return Err(NoAnswer { fault: Fault::Blocked(obstacle), certificate_end: None });
        }
        let now = self.clock.now();
        let headers = response.headers();
        let tls = response.extensions().get::<TlsInfo>();
        let certificate_end = tls.and_then(TlsInfo::peer_certificate).and_then(certificate::certificate_end);
        let clock_offset = http_date(headers, &DATE).map(|date| ahead_by_date(date, now));
        let (status, retry_after, media_type) =
            (response.status().as_u16(), retry_after(headers, now), media_type(headers));
        let mut large = None;
        let body = self.text(response, &mut large).await;
        Ok(Reply { status, retry_after, clock_offset, certificate_end, media_type, body, large })
    }

    /// The body as text in UTF-8.
    async fn text(
        &self,
        response: Response,
        large: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<Vec<u8>, String> {
        let codings = text(response.headers(), &CONTENT_ENCODING).unwrap_or_default().to_owned();
        let label = charset_label(response.headers());
        let Growing { bytes, room } = self.read(response).await?;
        *large = room;
        // Nobody asked for it, so it is rare.
        if large.is_none() && may_grow(&bytes, &codings) {
            *large = self.room().await;
        }
        let host = &self.host;
        let bytes = unpacked(bytes, &codings, self.max_body).map_err(|why| match why {
            NotUnpacked::TooLong => self.too_long(),
            NotUnpacked::Broken(coding) => {
                format!("the answer of {host} is packed with {coding} and cannot be unpacked: it is broken or cut")
            }
            NotUnpacked::UnknownCoding(coding) => {
                format!("the answer of {host} is packed with {coding}, which dongbo cannot unpack and did not ask for")
            }
        })?;
        Ok(charset::text(bytes, &label))
    }

    fn too_long(&self) -> String {
        format!("the answer of {} is longer than {} bytes", self.host, self.max_body)
    }

    /// A share of the room for large answers, when there is one free. Waiting for it ends with the call.
    async fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.large).acquire_owned().await.ok()
    }

    async fn read(&self, mut response: Response) -> Result<Growing, String> {
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > self.max_body) {
            return Err(self.too_long());
        }
        // The announced length is only a hint from outside: it may not make us set aside the whole cap.
        let mut body = Growing::default();
        body.bytes.reserve(announced.unwrap_or_default().min(64 * 1024));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.bytes.len().saturating_add(chunk.len()) > self.max_body => {
                    return Err(self.too_long());
                }
                Ok(Some(chunk)) => {
                    body.bytes.extend_from_slice(&chunk);
                    if body.room.is_none() && body.bytes.len() > LARGE {
                        body.room = self.room().await;
                    }
                }
                Ok(None) => return Ok(body),
                // A length that was announced wrong; what was to come has come.
                Err(_) if is_whole(&body.bytes) => return Ok(body),
                Err(error) if error.is_timeout() => {
                    return Err(format!("{} stopped in the middle of its answer", self.host));
                }
                Err(_) => {
                    return Err(format!("the connection to {} was cut within the answer", self.host));
                }
            }
        }
    }

    fn fault(&self, error: &reqwest::Error) -> Fault {
        let host = &self.host;
        if let Some(obstacle) = Obstacle::of(error, host, "portal.ca_file", self.proxy.as_ref()) {
            return Fault::Blocked(obstacle);
        }
        if let Some(tls) = tls_error(error) {
            let text = tls::explain(tls, host);
            return match (tls::refuses_us(tls), error.is_connect()) {
                (true, _) => Fault::Refused(text),
                (false, true) => Fault::NotSent(text),
                (false, false) => Fault::Lost(text),
            };
        }
        if let Some(why) = causes(error).find_map(not_http) {
            return Fault::Lost(format!("the answer of {host} is not HTTP as dongbo understands it ({why})"));
        }
        if !error.is_connect() {
            return Fault::Lost(if error.is_timeout() {
                format!("{host} did not answer in time")
            } else {
                format!("the connection to {host} was cut before an answer came")
            });
        }
        let refused = causes(error)
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .any(|cause| cause.kind() == io::ErrorKind::ConnectionRefused);
        Fault::NotSent(if error.is_timeout() {
            format!("no connection to {host} within {:?}", self.connect_timeout)
        } else if error.is_dns() {
            format!("the name of {host} cannot be looked up (DNS)")
        } else if refused {
            format!("{host} refuses connections: nothing listens there")
        } else {
            format!("no connection to {host}")
        })
    }
}

impl Transport for Http {
    fn post<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, NoAnswer>> {
        Box::pin(self.exchange(request))
    }
}

/// The certificate that was not trusted.
fn untrusted(error: &reqwest::Error) -> Option<&Untrusted> {
    let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) = tls_error(error)
    else {
        return None;
    };
    other.0.downcast_ref()
}

fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The way in which an answer's head is no HTTP; it has nothing of the head's content.
fn not_http(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let error: &hyper::Error = error.downcast_ref()?;
    error.is_parse().then(|| error.to_string())
}

/// Whether a body is a whole JSON object.
fn is_whole(body: &[u8]) -> bool {
    body.trim_ascii().starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn http_date(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    // The one form of an HTTP date that is still sent is also one of RFC 2822.
    DateTime::parse_from_rfc2822(text(headers, name)?).ok().map(|date| date.to_utc())
}

/// `Retry-After` in seconds or as a date. A date in the past asks for no wait.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text(headers, &RETRY_AFTER)?.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = http_date(headers, &RETRY_AFTER)?;
    Some((date - now).to_std().unwrap_or(Duration::ZERO))
}

fn media_type(headers: &HeaderMap) -> String {
    let full = text(headers, &CONTENT_TYPE).unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphabetic() || "/+-.".contains(*c);
    full.chars().take_while(plain).take(60).collect()
}

/// The encoding that the media type names; empty when it names none.
fn charset_label(headers: &HeaderMap) -> String {
    let full = text(headers, &CONTENT_TYPE).unwrap_or_default();
    let mut parameters = full.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charset.map(|(_, label)| label.trim_matches([' ', '"', '\'']).to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, Utc};
    use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{charset_label, media_type, retry_after};

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: DateTime<Utc> = "1994-11-06T08:49:07Z".parse().unwrap();
        for (value, wait) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
            assert_eq!(retry_after(&headers, now), wait.map(Duration::from_secs), "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn a_media_type_carries_nothing_else() {
        for (value, kept) in [("text/html; charset=utf-8", "text/html"), ("079123456789", "")] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(media_type(&headers), kept);
        }
    }

    #[test]
    fn the_charset_is_found_in_the_media_type() {
        for (value, label) in [
            ("application/json; charset=windows-1258", "windows-1258"),
            ("application/json;Charset = \"UTF-16\"", "UTF-16"),
            ("text/html; boundary=x; charset='utf-8'", "utf-8"),
            ("application/json", ""),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(charset_label(&headers), label);
        }
    }
}
