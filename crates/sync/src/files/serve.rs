//! The pages from which the portal fetches files: only by links that we made, while they last, and at a bounded rate.
//!
//! A file counts as fetched when all its bytes have been handed to the connection, in one answer or in ranges. A peer that
//! goes away with bytes still in its buffers cannot be told from one that has read them; look-ups that show hashes can.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::fetch::{Broken, Ended, Fetch};
use super::links::{BadLink, Links, Signature};
use super::range::{Asked, Had, asked};
use super::store::{Stat, StoreError, Stores};
use crate::ctx::Ctx;
use crate::files::Settings;
use crate::metrics::FileOutcome as Outcome;
use dongbo_ledger::{FileNews, LedgerError, Linked, ReadMark};
use dongbo_model::ErrorClass;
use dongbo_model::clock::retry_waits;
use dongbo_model::{FileKind, Text};
use dongbo_source::{Reading, Source, SourceError};

/// Files that were fetched in part, of which this much is remembered; a portal that fetches more at once fetches again.
const MOST_PARTLY_FETCHED: usize = 4_096;
/// When a portal that came too often may come again.
const COME_BACK_S: u64 = 5;
/// When it may come again for a file whose store holds something else than was announced.
const READ_ANEW_S: u64 = 60;

/// Why a file is not given.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The local database cannot be asked where the file is.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store does not give the file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ServeError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Source(error) => error.class(),
            Self::Store(error) => error.class(),
        }
    }
}

/// Serves files to the portal. Cheap to clone.
#[derive(Clone)]
pub(super) struct FileServer(Arc<Inner>);

struct Inner {
    links: Arc<Links>,
    ctx: Ctx,
    /// Where it is handed in what came of files.
    news: mpsc::Sender<FileNews>,
    source: Arc<Source>,
    stores: Stores,
    permits: Arc<Semaphore>,
    requests: Budget,
    bytes: Arc<Budget>,
    partly: Mutex<HashMap<String, Had>>,
}

impl FileServer {
    /// A server of the files that `links` lead to.
    #[must_use]
    pub(super) fn new(
        config: &Settings,
        links: Arc<Links>,
        ctx: &Ctx,
        source: &Arc<Source>,
        stores: Stores,
        news: mpsc::Sender<FileNews>,
    ) -> Self {
        let clock = &ctx.clock;
        let bytes = u64::try_from(config.serve_bytes_per_second).unwrap_or(u64::MAX);
        Self(Arc::new(Inner {
            links,
            ctx: ctx.clone(),
            news,
            source: Arc::clone(source),
            stores,
            permits: Arc::new(Semaphore::new(config.serve_concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            requests: Budget::new(config.serve_per_second.into(), clock.clone()),
            bytes: Arc::new(Budget::new(bytes, clock.clone())),
            partly: Mutex::default(),
        }))
    }

    /// Listens at `address` and serves until `stop`. An address that is taken is tried again.
    pub(super) async fn run(self, address: SocketAddr, stop: CancellationToken) {
        let mut waits = retry_waits();
        let listener = loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(error) => {
                    let wait = waits.next().unwrap_or(dongbo_model::clock::LONGEST_RETRY);
                    tracing::error!(
                        event = "files.not_listening",
                        class = ErrorClass::Config.name(),
                        retry_in_s = wait.as_secs_f64(),
                        "The portal cannot fetch files: files.listen {address}: {error}; free the port or name another"
                    );
                    if stop.run_until_cancelled(self.0.ctx.clock.sleep(wait)).await.is_none() {
                        return;
                    }
                }
            }
        };
        self.serve(listener, stop).await;
    }

    /// Serves on a listener that is bound already, until `stop`.
    async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let router = Router::new().fallback(fetch).with_state(self);
        let served =
            axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(
                event = "files.stopped",
                class = ErrorClass::Bug.name(),
                "Files are served no more: {error}; restart dongbo"
            );
        }
    }
}

async fn fetch(
    State(server): State<FileServer>,
    method: Method,
    uri: Uri,
    signature: Result<Query<Signature>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let inner = &server.0;
    if let Err(wait) = inner.requests.try_spend(1) {
        return inner.refuse(Outcome::Busy, StatusCode::TOO_MANY_REQUESTS, Some(wait.as_secs().max(1)));
    }
    let head = method == Method::HEAD;
    if !head && method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    // A proxy may have taken away what stands before the name in files.public_url.
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let Ok(Query(signature)) = signature else {
        return inner.refuse(Outcome::Forged, StatusCode::NOT_FOUND, None);
    };
    match inner.links.check(name, &signature, inner.ctx.clock.now()) {
        Ok(()) => {}
        Err(BadLink::Forged) => return inner.refuse(Outcome::Forged, StatusCode::NOT_FOUND, None),
        Err(BadLink::Expired) => return inner.refuse(Outcome::Expired, StatusCode::GONE, None),
    }
    let answered = Inner::answer(&server, name, head, &headers).await;
    answered.unwrap_or_else(|error| {
        tracing::warn!(
            event = "files.not_served",
            class = error.class().name(),
            "A file that the portal asked for could not be given: {error}"
        );
        inner.refuse(Outcome::Failed, StatusCode::SERVICE_UNAVAILABLE, Some(COME_BACK_S))
    })
}

impl Inner {
    fn refuse(&self, outcome: Outcome, status: StatusCode, come_back_s: Option<u64>) -> Response {
        self.ctx.metrics.file_asked(outcome);
        match come_back_s {
            Some(seconds) => (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response(),
            None => status.into_response(),
        }
    }

    /// The answer to a link that we made and that is still good.
    async fn answer(
        server: &FileServer,
        name: &str,
        head: bool,
        headers: &HeaderMap,
    ) -> Result<Response, ServeError> {
        let inner = &server.0;
        let unknown = || Ok(inner.refuse(Outcome::Unknown, StatusCode::NOT_FOUND, None));
        let Some((link_id, announcement)) = name.split_once('.') else { return unknown() };
        let Some(linked) = inner.ctx.ledger.linked(link_id).await? else { return unknown() };
        if announcement.parse::<i64>().is_ok_and(|announcement| announcement > linked.announcement) {
            return unknown();
        }
        let Some((key, kind)) = inner.key(&linked).await? else { return unknown() };
        let Some(store) = inner.stores.of(linked.place.role) else { return unknown() };
        let Ok(permit) = Arc::clone(&inner.permits).try_acquire_owned() else {
            return Ok(inner.refuse(Outcome::Busy, StatusCode::SERVICE_UNAVAILABLE, Some(COME_BACK_S)));
        };
        // Whatever is found out about the file can be told then, however long the ledger is away.
        let Ok(place) = inner.news.clone().try_reserve_owned() else {
            return Ok(inner.refuse(Outcome::Busy, StatusCode::SERVICE_UNAVAILABLE, Some(COME_BACK_S)));
        };
        let mark = &linked.mark;
        let tag = format!("\"{}\"", mark.sha256);
        let range = match asked(range_header(headers, &tag), mark.size) {
            Asked::Outside => {
                let size = format!("bytes */{}", mark.size);
                let refused = inner.refuse(Outcome::BadRange, StatusCode::RANGE_NOT_SATISFIABLE, None);
                return Ok((([(header::CONTENT_RANGE, size)]), refused).into_response());
            }
            Asked::Whole => None,
            Asked::Part(range) => Some(range),
        };
        let (stat, blocks) = if head {
            (store.stat(key.as_str()).await, None)
        } else {
            match store.read(key.as_str(), range.clone()).await {
                Ok((stat, blocks)) => (Ok(stat), Some(blocks)),
                Err(error) => (Err(error), None),
            }
        };
        let stat = match stat {
            Ok(stat) if same(&stat, mark) => stat,
            Ok(_) | Err(StoreError::NotFound | StoreError::Changed) => {
                drop(place.send(FileNews::Questioned(linked.code, link_id.to_owned())));
                return Ok(inner.refuse(
                    Outcome::Changed,
                    StatusCode::SERVICE_UNAVAILABLE,
                    Some(READ_ANEW_S),
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let part = range.clone().unwrap_or(0..stat.size);
        let mut response = match blocks {
            None => {
                inner.ctx.metrics.file_asked(Outcome::Head);
                Response::new(Body::empty())
            }
            Some(blocks) => {
                let ended = server.ending(&linked, link_id, range.is_none(), place);
                let sha256 = range.is_none().then(|| mark.sha256.clone());
                let budget = Arc::clone(&inner.bytes);
                let fetch = Fetch { blocks, range: part.clone(), sha256, budget, permit, ended };
                Response::new(Body::from_stream(fetch.body()))
            }
        };
        if range.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        let length = part.end.saturating_sub(part.start);
        let content_range = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), stat.size);
        for (name, value, given) in [
            (header::CONTENT_LENGTH, length.to_string(), true),
            (header::CONTENT_TYPE, media_type(kind).to_owned(), true),
            (header::ETAG, tag, true),
            (header::ACCEPT_RANGES, "bytes".to_owned(), true),
            (header::CACHE_CONTROL, "private, no-store".to_owned(), true),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned(), true),
            (header::CONTENT_RANGE, content_range, range.is_some()),
        ] {
            if let (true, Ok(value)) = (given, HeaderValue::from_str(&value)) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }

    /// The file's key as the local database has it now, and the kind that its name says; `None` when its dossier does not
    /// list it any more.
    async fn key(&self, linked: &Linked) -> Result<Option<(Text, Option<FileKind>)>, ServeError> {
        let readings = self.source.read(std::slice::from_ref(&linked.code)).await?;
        let Some(Reading::Dossier(dossier)) = readings.into_iter().next() else { return Ok(None) };
        let found = dossier.file_at(linked.place);
        Ok(found.map(|(key, _)| (key.clone(), FileKind::promised_by(key.as_str()))))
    }
}

impl FileServer {
    /// What is done when an answer has ended: the arrival is handed in once the portal has had every byte.
    fn ending(
        &self,
        linked: &Linked,
        link_id: &str,
        whole: bool,
        place: mpsc::OwnedPermit<FileNews>,
    ) -> Ended {
        let (server, link_id) = (self.clone(), link_id.to_owned());
        let (code, role, size) = (linked.code.clone(), linked.place.role, linked.mark.size);
        let began = server.0.ctx.clock.now();
        Box::new(move |ended| {
            let inner = &server.0;
            let took = (inner.ctx.clock.now() - began).to_std().unwrap_or_default();
            let outcome = match &ended {
                Ok(_) if whole => Outcome::Whole,
                Ok(_) => Outcome::Part,
                Err(Broken::Content) => Outcome::Changed,
                Err(Broken::Store) => Outcome::Failed,
                Err(Broken::Peer) => Outcome::Broken,
            };
            inner.ctx.metrics.file_asked(outcome);
            let outcome = outcome.name();
            let bytes = ended.as_ref().map_or(0, |range| range.end.saturating_sub(range.start));
            inner.ctx.metrics.file_bytes("served", bytes);
            tracing::info!(
                event = "files.served",
                %code,
                role = role.name(),
                outcome,
                bytes,
                took_s = took.as_secs_f64(),
                "The portal fetched a file of {code} ({outcome}, {bytes} bytes)"
            );
            if ended.as_ref().is_ok_and(|range| inner.had_all(&link_id, range.clone(), size)) {
                drop(place.send(FileNews::Arrived(code, link_id)));
            } else if ended == Err(Broken::Content) {
                drop(place.send(FileNews::Questioned(code, link_id)));
            }
        })
    }
}

impl Inner {
    /// Whether the portal has had every byte of the file, now that it had these too.
    fn had_all(&self, link_id: &str, range: Range<u64>, size: u64) -> bool {
        let mut partly = self.partly.lock().unwrap_or_else(PoisonError::into_inner);
        if range.start == 0 && range.end >= size {
            partly.remove(link_id);
            return true;
        }
        if partly.len() >= MOST_PARTLY_FETCHED && !partly.contains_key(link_id) {
            partly.clear();
        }
        let had = partly.entry(link_id.to_owned()).or_default();
        had.add(range);
        let whole = had.is_whole(size);
        if whole {
            partly.remove(link_id);
        }
        whole
    }
}

/// The `Range` header, unless `If-Range` says that it is meant for another version.
fn range_header<'h>(headers: &'h HeaderMap, tag: &str) -> Option<&'h str> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match text(header::IF_RANGE) {
        Some(version) if version != tag => None,
        _ => text(header::RANGE),
    }
}

/// Whether the store still holds what was proved.
pub(super) fn same(stat: &Stat, mark: &ReadMark) -> bool {
    stat.size == mark.size
        && super::changed_mark(stat) == mark.changed_at
        && super::tag_mark(&stat.tag) == mark.tag
}

const fn media_type(kind: Option<FileKind>) -> &'static str {
    match kind {
        Some(FileKind::Pdf) => "application/pdf",
        Some(FileKind::Jpeg) => "image/jpeg",
        Some(FileKind::Png) => "image/png",
        Some(FileKind::Tiff) => "image/tiff",
        Some(FileKind::Gif) => "image/gif",
        Some(FileKind::Xml) => "application/xml",
        Some(FileKind::Zip | FileKind::Other) | None => "application/octet-stream",
    }
}
