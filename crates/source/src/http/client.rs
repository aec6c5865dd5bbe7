//! The client of a source that is read over HTTP: signed in, paced, with limits on time and size.

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jaq_json::Val;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, LINK, RANGE, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use dongbo_model::clock::{Clock, ahead_by_date};
use dongbo_settings::is_this_machine;

use super::fault::Fault;
use super::settings::{base_url, service_url};
use super::sign_in::{Account, SignedIn};
use crate::error::SourceError;
use crate::mapping::SignIn;
use crate::settings::Settings;

/// How often a request is sent before it is given up for now.
pub(crate) const ATTEMPTS: u32 = 4;
/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait that an answer may ask for before the request is given up for now.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The most redirects within the same host.
const MOST_REDIRECTS: usize = 3;

/// The attempts at one request so far.
struct Tried {
    times: u32,
    /// The wait before the next one.
    wait: Duration,
}

impl Default for Tried {
    fn default() -> Self {
        Self { times: 0, wait: FIRST_WAIT }
    }
}

/// An answer in JSON.
pub(super) struct Answer {
    pub(super) json: Val,
    /// Its length in bytes.
    pub(super) bytes: usize,
    /// The address of the next page, as the header `Link` says.
    pub(super) next: Option<String>,
}

/// The client, and what all requests share.
pub(super) struct HttpClient {
    pub(super) base: Url,
    client: Client,
    pub(super) account: Arc<SignedIn>,
    clock: Clock,
    /// When the next request may be sent.
    next: tokio::sync::Mutex<Instant>,
    apart: Duration,
    at_once: Semaphore,
    within: Duration,
    max_body: usize,
    clock_offset: Mutex<Option<TimeDelta>>,
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").finish_non_exhaustive()
    }
}

impl HttpClient {
    pub(super) fn new(config: &Settings, way: SignIn, clock: Clock) -> Result<Self, SourceError> {
        let wrong = |key: &str, reason: String| SourceError::Config(format!("{key}: {reason}"));
        let base = base_url(&config.url).map_err(|reason| wrong("source.url", reason))?;
        let token_url = match config.http.token_url.as_str() {
            "" => None,
            text => Some(service_url(text).map_err(|reason| wrong("source.http.token_url", reason))?),
        };
        let client = client(config, [Some(&base), token_url.as_ref()])?;
        let account = Account {
            way,
            base: base.clone(),
            token_url,
            user: config.http.user.clone(),
            client_id: config.http.client_id.clone(),
            password_file: config.password_file.clone(),
            password_key: "source.password_file",
            client_secret_file: config.http.client_secret_file.clone(),
            within: config.statement_timeout,
        };
        Ok(Self {
            base,
            account: Arc::new(SignedIn::new(account, client.clone(), clock.clone())),
            client,
            clock,
            next: tokio::sync::Mutex::new(Instant::now()),
            apart: Duration::from_secs(1) / config.http.calls_per_second.max(1),
            at_once: Semaphore::new(usize::try_from(config.max_connections).unwrap_or(1)),
            within: config.statement_timeout,
            max_body: config.http.max_response_bytes,
            clock_offset: Mutex::new(None),
        })
    }

    /// The time by which the system's clock was ahead of ours when it last answered.
    pub(super) fn clock_offset(&self) -> Option<TimeDelta> {
        *lock(&self.clock_offset)
    }

    /// The JSON at `url`, for `query`.
    pub(super) async fn json(&self, query: &str, url: &Url) -> Result<Answer, Fault> {
        let _permit = self.at_once.acquire().await;
        let mut tried = Tried::default();
        loop {
            match self.answer(query, url).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => self.wait_after(fault, &mut tried).await?,
            }
        }
    }

    /// The head of the answer to a request for some bytes of a file.
    pub(super) async fn bytes(&self, query: &str, url: &Url, range: (u64, u64)) -> Result<Response, Fault> {
        let _permit = self.at_once.acquire().await;
        let mut tried = Tried::default();
        loop {
            match self.send(query, url, Some(range)).await {
                Ok(response) => return Ok(response),
                Err(fault) => self.wait_after(fault, &mut tried).await?,
            }
        }
    }

    /// Waits before the next attempt; gives `fault` back when it does not pass, or was met often enough.
    async fn wait_after(&self, fault: Fault, tried: &mut Tried) -> Result<(), Fault> {
        tried.times = tried.times.saturating_add(1);
        if tried.times >= ATTEMPTS || !fault.passes {
            return Err(fault);
        }
        if let SourceError::Throttled { retry_after: Some(asked), .. } = &fault.error {
            if *asked > LONGEST_WAIT {
                return Err(fault);
            }
            tried.wait = tried.wait.max(*asked);
            self.hold_back(tried.wait).await;
        }
        tokio::time::sleep(tried.wait).await;
        tried.wait = tried.wait.saturating_mul(2);
        Ok(())
    }

    async fn answer(&self, query: &str, url: &Url) -> Result<Answer, Fault> {
        let response = self.send(query, url, None).await?;
        let media_type = media_type(&response);
        let next = next_link(&response);
        let bytes = body(query, response, self.max_body, self.within).await?;
        let json =
            serde_json::from_slice(&bytes).map_err(|_| Fault::no_json(query, &media_type, bytes.len()))?;
        Ok(Answer { json, bytes: bytes.len(), next })
    }

    /// The head of the answer to one request; the sign-in is renewed once when it is refused. `range` of bytes is asked for, where
    /// one is given.
    async fn send(&self, query: &str, url: &Url, range: Option<(u64, u64)>) -> Result<Response, Fault> {
        let once = |header: Option<HeaderValue>| async move {
            self.wait_for_turn().await;
            let mut request = self.client.get(url.clone());
            if let Some(header) = header {
                request = request.header(AUTHORIZATION, header);
            }
            if let Some((first, last)) = range {
                request = request.header(RANGE, format!("bytes={first}-{last}"));
            }
            let response =
                request.send().await.map_err(|error| Fault::of_client(query, &error, self.within))?;
            self.note_clock(&response);
            Ok::<_, Fault>(response)
        };
        let response = self.account.carry(once).await?;
        match response.status().as_u16() {
            200 | 206 => Ok(response),
            status => Err(Fault::of_status(query, status, retry_after(&response, self.clock.now()))),
        }
    }

    /// Waits for the next of the moments at which requests may be sent.
    async fn wait_for_turn(&self) {
        let turn = {
            let mut next = self.next.lock().await;
            let turn = (*next).max(Instant::now());
            *next = turn.checked_add(self.apart).unwrap_or(turn);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }

    /// Lets nobody send for so long.
    async fn hold_back(&self, wait: Duration) {
        let mut next = self.next.lock().await;
        let until = Instant::now().checked_add(wait);
        *next = until.map_or(*next, |until| until.max(*next));
    }

    fn note_clock(&self, response: &Response) {
        let date = header(response, &DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if let Some(date) = date {
            *lock(&self.clock_offset) = Some(ahead_by_date(date.to_utc(), self.clock.now()));
        }
    }
}

/// The client for the hosts of `urls`: it goes to no other, and trusts the authorities of `source.tls.ca_file` besides the system's.
fn client(config: &Settings, urls: [Option<&Url>; 2]) -> Result<Client, SourceError> {
    // One provider serves the process. The error only says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let same_place = redirect::Policy::custom(|attempt| {
        let first = attempt.previous().first();
        let stays = first.is_some_and(|first| first.origin() == attempt.url().origin());
        if stays && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
    });
    let mut builder = Client::builder()
        .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
        .redirect(same_place)
        .retry(reqwest::retry::never())
        .connect_timeout(config.connect_timeout)
        .timeout(config.statement_timeout);
    let is_here = |url: &Url| is_this_machine(url.host_str().unwrap_or_default());
    if urls.into_iter().flatten().all(is_here) {
        // No proxy leads to this machine, whatever the environment says.
        builder = builder.no_proxy();
    }
    if !urls.into_iter().flatten().any(|url| url.scheme() == "https") {
        // No TLS, no need for the system's authorities, which a small container may not have.
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &config.tls.ca_file {
        let told = |what: &str| SourceError::Config(format!("source.tls.ca_file {}: {what}", path.display()));
        let pem = dongbo_settings::capped::read(path).map_err(|error| told(&error.to_string()))?;
        let authorities = dongbo_settings::pem::authorities(&pem)
            .ok_or_else(|| told("it holds no authority's certificate"))?;
        let authorities: Result<Vec<_>, _> =
            authorities.iter().map(|authority| reqwest::Certificate::from_der(authority)).collect();
        builder =
            builder.tls_certs_merge(authorities.map_err(|_| told("it holds no authority's certificate"))?);
    }
    builder.build().map_err(|_| {
        SourceError::Config(
            "source.url: the HTTP client cannot be set up; are ca-certificates installed?".to_owned(),
        )
    })
}

/// The body of an answer, as far as `most` bytes.
pub(super) async fn body(
    query: &str,
    mut response: Response,
    most: usize,
    within: Duration,
) -> Result<Vec<u8>, Fault> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Fault::too_long(query, most));
    }
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default().min(64 << 10));
    while let Some(chunk) = response.chunk().await.map_err(|error| Fault::of_client(query, &error, within))? {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(Fault::too_long(query, most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

pub(super) fn header<'r>(response: &'r Response, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok().map(str::trim)
}

fn media_type(response: &Response) -> String {
    let full = header(response, &CONTENT_TYPE).unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphabetic() || "/+-.".contains(*c);
    full.chars().take_while(plain).take(60).collect()
}

/// `Retry-After` in seconds or as a date.
fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<Duration> {
    let text = header(response, &RETRY_AFTER)?;
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().ok(),
    }
}

/// The address behind `rel="next"` in the header `Link`.
fn next_link(response: &Response) -> Option<String> {
    let links = header(response, &LINK)?;
    let next = links.split(',').find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
    Some(next.split_once('<')?.1.split_once('>')?.0.to_owned())
}
