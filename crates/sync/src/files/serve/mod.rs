//! The pages from which the portal fetches files: only by links that we made, while they last, and at a bounded rate. A
//! request is admitted, its file located, opened, and given in a response.
//!
//! A file counts as fetched when all its bytes have been handed to the connection, in one answer or in ranges. A peer that
//! goes away with bytes still in its buffers cannot be told from one that has read them; look-ups that show hashes can.

mod body;
mod line;
mod locate;
mod open;
mod range;
mod refusal;
mod respond;
mod tally;
mod unserved;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::delivery::Delivery;
use super::links::{BadLink, Links, Signature};
use super::settings::Settings;
use super::store::AllStores;
use crate::ctx::Ctx;
use crate::sources::Sources;
use dongbo_ledger::FileNews;
use dongbo_listeners::{Door, Limits, serve_http};
use dongbo_model::ErrorClass;
use dongbo_model::backoff::{LONGEST_RETRY, retry_waits};
pub(super) use line::{LONGEST_WAIT, Line};
use locate::Locator;
use open::Opener;
use range::PartlyFetched;
use refusal::Refusal;
use respond::Responder;
use tally::Tally;
use unserved::UnservedBook;

/// Requests without a good link that are answered a second before whoever makes them has to connect for each.
const FORGED_PER_SECOND: u64 = 10;

/// Serves files to the portal. Cheap to clone.
#[derive(Clone)]
pub(super) struct FileServer(Arc<Inner>);

struct Inner {
    links: Arc<Links>,
    line: Arc<Line>,
    locator: Locator,
    opener: Opener,
    responder: Responder,
    /// The requests without a good link that are answered on a connection which may go on.
    forged: Budget,
    forgeries: Tally,
}

impl FileServer {
    /// A server of the files that `links` lead to.
    #[must_use]
    pub(super) fn new(
        config: &Settings,
        links: Arc<Links>,
        delivery: &Arc<Delivery>,
        ctx: &Ctx,
        sources: &Sources,
        stores: AllStores,
        news: mpsc::Sender<FileNews>,
    ) -> Self {
        let clock = &ctx.clock;
        let bytes = u64::try_from(config.serve_bytes_per_second).unwrap_or(u64::MAX);
        let unserved = UnservedBook::new(ctx, delivery, news.clone(), config.serve_per_second);
        Self(Arc::new(Inner {
            links,
            line: Arc::new(Line::new(config, clock.clone())),
            locator: Locator { ledger: ctx.ledger.clone(), sources: sources.clone(), stores },
            opener: Opener { clock: clock.clone(), news },
            responder: Responder {
                bytes: Arc::new(Budget::new(bytes, clock.clone())),
                partly: Arc::new(PartlyFetched::default()),
                unserved: Arc::new(unserved),
                clock: clock.clone(),
                metrics: Arc::clone(&ctx.metrics),
            },
            forged: Budget::new(FORGED_PER_SECOND, clock.clone()),
            forgeries: Tally::new(clock.clone()),
        }))
    }

    /// The line in which the portal's requests wait.
    pub(super) fn line(&self) -> &Arc<Line> {
        &self.0.line
    }

    /// Listens at `address` and serves until `stop`. An address that is taken is tried again.
    pub(super) async fn run(self, address: SocketAddr, limits: Limits, stop: CancellationToken) {
        let mut waits = retry_waits();
        let listener = loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(error) => {
                    let wait = waits.next().unwrap_or(LONGEST_RETRY);
                    tracing::error!(
                        event = "files.not_listening",
                        class = ErrorClass::Config.name(),
                        retry_in_s = wait.as_secs_f64(),
                        "The portal cannot fetch files: files.listen {address}: {error}; free the port or name another"
                    );
                    if stop.run_until_cancelled(self.0.responder.clock.sleep(wait)).await.is_none() {
                        return;
                    }
                }
            }
        };
        let door = Door::new(listener, "files.listen", limits);
        serve_http(door, Router::new().fallback(fetch).with_state(self), stop).await;
    }
}

async fn fetch(
    State(FileServer(server)): State<FileServer>,
    method: Method,
    uri: Uri,
    signature: Result<Query<Signature>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let head = method == Method::HEAD;
    if !head && method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    // What carries no good signature takes nobody's turn.
    let name = match server.honoured(&uri, signature) {
        Ok(name) => name,
        Err(refusal) => return server.turn_away(refusal).await,
    };
    let answered = async {
        let place = server.line.turn().await?;
        server.give(name, head, &headers, place).await
    };
    match answered.await {
        Ok(response) => response,
        Err(refusal) => server.refuse(refusal, Some(name)),
    }
}

impl Inner {
    async fn give(
        &self,
        name: &str,
        head: bool,
        headers: &HeaderMap,
        place: OwnedSemaphorePermit,
    ) -> Result<Response, Refusal> {
        let file = self.locator.locate(name).await?;
        let opened = self.opener.open(file, head, headers, place).await?;
        Ok(self.responder.respond(opened))
    }

    /// The name in a link that we made and that is still good.
    fn honoured<'u>(
        &self,
        uri: &'u Uri,
        signature: Result<Query<Signature>, QueryRejection>,
    ) -> Result<&'u str, Refusal> {
        // A proxy may have taken away what stands before the name in files.public_url.
        let name = uri.path().rsplit('/').next().unwrap_or_default();
        let Query(signature) = signature.map_err(|_| Refusal::Link(BadLink::Forged))?;
        let now = self.responder.clock.now();
        self.links.check(name, &signature, now).map_err(Refusal::Link)?;
        Ok(name)
    }

    /// The answer to a request without a good link. Who guesses at links has to connect anew for each guess.
    async fn turn_away(&self, refusal: Refusal) -> Response {
        let forged = matches!(refusal, Refusal::Link(BadLink::Forged));
        let mut response = self.refuse(refusal, None);
        if forged && self.forged.spend_within(1, Duration::ZERO).await.is_err() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            if let Some(requests) = self.forgeries.count() {
                tracing::warn!(
                    event = "files.forged",
                    requests,
                    "Links that dongbo did not make are tried at files.listen more often than {FORGED_PER_SECOND} times a \
                     second: {requests} were refused. See who connects there (the proxy's log), and let only the portal \
                     through"
                );
            }
        }
        response
    }

    /// The answer without a file; `name` is that of a good link.
    fn refuse(&self, refusal: Refusal, name: Option<&str>) -> Response {
        if let Some((trouble, detail)) = refusal.trouble() {
            self.responder.unserved.note(name, trouble, &detail);
        }
        if let Some(class) = refusal.failure() {
            tracing::warn!(
                event = "files.not_served",
                class = class.name(),
                "A file that the portal asked for could not be given: {refusal}"
            );
        }
        self.responder.metrics.file_asked(refusal.outcome());
        refusal.into_response()
    }
}
