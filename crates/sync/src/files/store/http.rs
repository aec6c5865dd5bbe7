//! A document store behind HTTP: a file is what GET gives for its key behind the base address.

use std::ops::Range;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use futures_util::stream::{StreamExt as _, empty, try_unfold};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, HeaderValue,
    LAST_MODIFIED, LOCATION, RANGE,
};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::addresses::Guard;
use super::blocks::Blocks;
use super::client;
use super::error::{KeyFault, StoreError};
use super::key;
use super::stat::{Stat, clamped};
use dongbo_model::Lang;
use dongbo_portal::ProxyFault;
use dongbo_settings::Secret;
use dongbo_settings::proxy::Proxies;
use dongbo_source::stores::HttpPlace;

/// A store sends from an old address to the new one, and perhaps on to a name with or without `www`.
const MOST_REDIRECTS: usize = 3;

/// All that a path may not hold as itself; the percent sign is a letter of the key like any other.
const LETTERS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[derive(Debug)]
pub(super) struct HttpStore {
    client: Client,
    guard: Guard,
    proxies: Proxies,
    place: HttpPlace,
    header: Option<(HeaderName, HeaderValue)>,
    /// The most bytes of one file, beyond which those of unknown length are not counted.
    max_bytes: u64,
}

impl HttpStore {
    pub(super) fn new(place: &HttpPlace, max_bytes: u64) -> Result<Self, StoreError> {
        let proxies = client::proxies(&place.reach)?;
        let guard = Guard::new(&place.reach.allow_private, proxies.hosts());
        let client = client::guarded(&guard, &place.reach, &proxies, &place.base_url)?;
        let header = place.header_file.as_deref().map(header_in).transpose()?;
        Ok(Self { client, guard, proxies, place: place.clone(), header, max_bytes })
    }

    pub(super) async fn stat(&self, key: &str) -> Result<Stat, StoreError> {
        let url = self.url(key)?;
        // What a server says to HEAD is believed when it gives a length; many refuse it, or answer it in some way of theirs.
        let head = self.ask(Method::HEAD, url.clone(), None).await.and_then(checked);
        if let Ok(response) = head
            && let Some(stat) = whole(&response).filter(|stat| stat.size > 0)
        {
            return Ok(stat);
        }
        // The first byte tells of how many it is one.
        let response = checked(self.ask(Method::GET, url, Some(&(0..1))).await?)?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return nothing_there(&response);
        }
        if response.status() == StatusCode::PARTIAL_CONTENT {
            part(&response).map(|(stat, _)| stat)
        } else {
            match whole(&response) {
                Some(stat) => Ok(stat),
                None => self.counted(response).await,
            }
        }
    }

    pub(super) async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<(Stat, u64, Blocks), StoreError> {
        let range = range.filter(|range| range.start > 0 || range.end < u64::MAX);
        if range.as_ref().is_some_and(|range| range.end <= range.start) {
            return Ok((self.stat(key).await?, 0, empty().boxed()));
        }
        let url = self.url(key)?;
        let mut response = checked(self.ask(Method::GET, url.clone(), range.as_ref()).await?)?;
        match (range, response.status()) {
            (Some(_), StatusCode::RANGE_NOT_SATISFIABLE) => {
                Ok((nothing_there(&response)?, 0, empty().boxed()))
            }
            (Some(range), StatusCode::PARTIAL_CONTENT) => {
                let (stat, given) = part(&response)?;
                if given != clamped(Some(range), stat.size) {
                    return Err(StoreError::answer("it gives another part of the file than asked for"));
                }
                Ok((stat, given.end - given.start, body(response, 0, given.end - given.start)))
            }
            // A store that knows no parts gives the whole file.
            (range, StatusCode::OK) => {
                let stat = match whole(&response) {
                    Some(stat) => stat,
                    // Counted first and then read, because it is never whole in memory.
                    None => {
                        let stat = self.counted(response).await?;
                        response = checked(self.ask(Method::GET, url, None).await?)?;
                        if response.status() != StatusCode::OK {
                            return Err(StoreError::Changed);
                        }
                        stat
                    }
                };
                let range = clamped(range, stat.size);
                let length = range.end - range.start;
                let blocks = body(response, range.start, length);
                Ok((stat, length, blocks))
            }
            (_, status) => Err(StoreError::answer(format!("status {} without being asked", status.as_u16()))),
        }
    }

    /// The store's word on a file whose length it does not tell: its bytes are counted, no further than one more than is
    /// taken.
    async fn counted(&self, response: Response) -> Result<Stat, StoreError> {
        let mut stat = stat_of(&response, 0);
        let most = self.max_bytes.saturating_add(1);
        let mut blocks = body(response, 0, most);
        while let Some(block) = blocks.try_next().await? {
            stat.size = stat.size.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        }
        Ok(stat)
    }

    /// The address of a key: behind the base, or an address that lies below it already.
    fn url(&self, key: &str) -> Result<Url, StoreError> {
        if !key.contains("://") {
            key::check_path(key)?;
            let path = format!("{}{}", self.place.base_url.path(), utf8_percent_encode(key, LETTERS));
            let mut url = self.place.base_url.clone();
            url.set_path(&path);
            return Ok(url);
        }
        key::check_value(key)?;
        if key.contains('\\') {
            return Err(KeyFault::Backslash.into());
        }
        // Reading it as an address takes the steps out of the path, so they are looked for before.
        if key::is_encoded(key) {
            return Err(KeyFault::Encoded.into());
        }
        if key.split(['/', '?', '#']).any(|step| matches!(step, "." | "..")) {
            return Err(KeyFault::Climbs.into());
        }
        let url = Url::parse(key).map_err(|_| KeyFault::Scheme)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(KeyFault::Scheme.into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(KeyFault::Credentials.into());
        }
        if !self.is_below_base(&url) {
            return Err(KeyFault::Elsewhere.into());
        }
        Ok(url)
    }

    /// Asks, and goes where the store sends us as far as that is allowed.
    async fn ask(
        &self,
        method: Method,
        mut url: Url,
        range: Option<&Range<u64>>,
    ) -> Result<Response, StoreError> {
        for _ in 0..=MOST_REDIRECTS {
            self.guard.check(&url)?;
            let mut request =
                self.client.request(method.clone(), url.clone()).header(ACCEPT_ENCODING, "identity");
            if let Some((name, value)) = &self.header
                && self.is_below_base(&url)
            {
                request = request.header(name, value);
            }
            if let Some(range) = range {
                let last = range.end.saturating_sub(1);
                request = request.header(RANGE, format!("bytes={}-{last}", range.start));
            }
            let response = request.send().await.map_err(|error| {
                client::fault(&error, &client::host(&url), self.proxies.of(&url).as_ref())
            })?;
            if response.status().as_u16() == 407
                && let Some(proxy) = self.proxies.of(&url)
            {
                let told = ProxyFault::Credentials.at(&proxy, &client::host(&url));
                return Err(StoreError::Obstacle { class: told.class, told: told.text(Lang::En).to_owned() });
            }
            match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => url = self.next(&url, &response)?,
                _ => return Ok(response),
            }
        }
        Err(StoreError::Redirect { reason: "in circles" })
    }

    fn next(&self, from: &Url, response: &Response) -> Result<Url, StoreError> {
        let refused = |reason| Err(StoreError::Redirect { reason });
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(to) = location.and_then(|location| from.join(location).ok()) else {
            return refused("to no address");
        };
        let base = &self.place.base_url;
        if to.scheme() != base.scheme() {
            return refused("to another scheme");
        }
        if !to.username().is_empty() || to.password().is_some() {
            return refused("to an address with a user or password in it");
        }
        let known = self.place.redirect_hosts.iter().any(|known| known.origin() == to.origin());
        if to.origin() != base.origin() && !known {
            return refused("to another host or port");
        }
        Ok(to)
    }

    /// Whether the address lies below the base, however its path is decoded there. Beside it may be another's door on the same
    /// server, who is not to know how the store knows us.
    fn is_below_base(&self, url: &Url) -> bool {
        let base = &self.place.base_url;
        url.origin() == base.origin()
            && url.path().strip_prefix(base.path()).is_some_and(|below| !key::is_encoded(below))
    }
}

/// The header `Name: value` that a file holds.
fn header_in(path: &std::path::Path) -> Result<(HeaderName, HeaderValue), StoreError> {
    let line = Secret::from_file(path)?;
    let parsed = line.expose().split_once(':').and_then(|(name, value)| {
        Some((name.trim().parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?))
    });
    let (name, mut value) = parsed.ok_or_else(|| {
        let told = "must hold one line of the form Name: value, as Authorization: Bearer ...";
        StoreError::Config(format!("header_file {} {told}", path.display()))
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The answer when it has to do with the file, or the error that its status means.
fn checked(response: Response) -> Result<Response, StoreError> {
    let status = response.status().as_u16();
    match status {
        200 | 206 | 416 => {
            let coding = response.headers().get(CONTENT_ENCODING);
            if coding.is_some_and(|coding| coding != "identity") {
                return Err(StoreError::answer("it compresses, though it was asked not to"));
            }
            Ok(response)
        }
        _ => Err(of_status(status)),
    }
}

/// The error that a status without a file means.
pub(super) fn of_status(status: u16) -> StoreError {
    match status {
        404 | 410 => StoreError::NotFound,
        401 | 403 => StoreError::Denied { reason: format!("status {status}") },
        407 => StoreError::unreachable("a proxy on the way asks for credentials (status 407)"),
        408 => StoreError::unreachable("status 408"),
        429 => StoreError::Throttled,
        500.. => StoreError::unreachable(format!("status {status}")),
        _ => StoreError::answer(format!("status {status}")),
    }
}

fn text<'r>(response: &'r Response, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok().map(str::trim)
}

fn stat_of(response: &Response, size: u64) -> Stat {
    let changed = text(response, &LAST_MODIFIED).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let changed = changed.map(|date| date.with_timezone(&Utc));
    Stat { size, changed, tag: text(response, &ETAG).unwrap_or_default().to_owned() }
}

/// The store's word on a whole file; `None` when it does not tell how long it is.
fn whole(response: &Response) -> Option<Stat> {
    let size = text(response, &CONTENT_LENGTH).and_then(|length| length.parse().ok());
    size.map(|size| stat_of(response, size))
}

/// The part that is given, and the file that it is of: `Content-Range: bytes 0-9/100`.
fn part(response: &Response) -> Result<(Stat, Range<u64>), StoreError> {
    let parse = |text: &str| {
        let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last, size) = (first.parse().ok()?, last.parse::<u64>().ok()?, size.parse().ok()?);
        let end = last.checked_add(1)?;
        (first <= last && end <= size).then_some((size, first..end))
    };
    text(response, &CONTENT_RANGE)
        .and_then(parse)
        .map(|(size, range)| (stat_of(response, size), range))
        .ok_or_else(|| StoreError::answer("it does not say which part of the file it gives (Content-Range)"))
}

/// An asked-for part lies behind the end: `Content-Range: bytes */100`.
fn nothing_there(response: &Response) -> Result<Stat, StoreError> {
    text(response, &CONTENT_RANGE)
        .and_then(|text| text.strip_prefix("bytes */")?.parse().ok())
        .map(|size| stat_of(response, size))
        .ok_or_else(|| StoreError::answer("it does not say how long the file is (Content-Range)"))
}

/// `length` bytes of the body after the first `skip`. What stands behind them is not waited for.
fn body(response: Response, skip: u64, length: u64) -> Blocks {
    let state = (response, skip, length);
    try_unfold(state, |(mut response, mut skip, mut left)| async move {
        loop {
            if left == 0 && skip == 0 {
                return Ok(None);
            }
            // It has begun to answer, so that it is up: it stumbles over this file.
            let came = response.chunk().await.map_err(|_| StoreError::CutShort)?;
            let Some(mut chunk) = came else { return Ok(None) };
            let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            let passed = skip.min(length);
            skip -= passed;
            let _ = chunk.split_to(usize::try_from(passed).unwrap_or(usize::MAX));
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            if !chunk.is_empty() {
                left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                return Ok(Some((chunk, (response, skip, left))));
            }
        }
    })
    .boxed()
}
