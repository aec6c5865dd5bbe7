//! HTTP on a listener with limits.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;

use crate::accept::Accept;
use crate::door::Door;
use crate::visit::Visit;

/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// The address of the client that sent a request, among the extensions of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Serves the pages of `router` at `door` until `stop`, and then to the end what has been asked for.
pub async fn serve_http<L: Accept + Sync>(door: Door<L>, router: Router, stop: CancellationToken) {
    let leave = stop.clone();
    door.open(stop, move |connection| {
        let (visit, peer) = (Arc::clone(connection.visit()), L::peer(connection.stream()));
        serve(connection, (visit, peer), router.clone(), leave.clone())
    })
    .await;
}

/// Serves them over TLS. The time in which a client has to send the head of a request holds for its greeting as well.
pub async fn serve_https<L: Accept + Sync>(
    door: Door<L>,
    tls: Arc<ServerConfig>,
    router: Router,
    stop: CancellationToken,
) {
    let leave = stop.clone();
    let tls = TlsAcceptor::from(tls);
    door.open(stop, move |connection| {
        let (visit, peer) = (Arc::clone(connection.visit()), L::peer(connection.stream()));
        let (greeting, router, leave) = (tls.accept(connection), router.clone(), leave.clone());
        async move {
            // A client that does not speak TLS has nothing to be told.
            if let Some(Ok(stream)) = leave.run_until_cancelled(greeting).await {
                serve(stream, (visit, peer), router, leave).await;
            }
        }
    })
    .await;
}

/// Answers the requests of one connection.
async fn serve<S>(
    connection: S,
    (visit, peer): (Arc<Visit>, Option<IpAddr>),
    router: Router,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let pages = TowerToHyperService::new(router);
    let answer = service_fn(move |request: Request<Incoming>| {
        visit.asked();
        let over = Over(Arc::clone(&visit));
        let mut request = request.map(Body::new);
        if let Some(peer) = peer {
            request.extensions_mut().insert(Peer(peer));
        }
        let answer = pages.call(request);
        async move {
            let answer: Result<Response<Body>, Infallible> = answer.await;
            answer.map(|answer| answer.map(|body| Watched { body, _over: over }))
        }
    });
    let serving =
        http1::Builder::new().max_buf_size(LONGEST_HEAD).serve_connection(TokioIo::new(connection), answer);
    tokio::pin!(serving);
    tokio::select! {
        // A client that goes away, or does not speak HTTP, has nothing to be told.
        served = serving.as_mut() => drop(served),
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            drop(serving.await);
        }
    }
}

/// Tells when the answer is over, whatever ends it.
struct Over(Arc<Visit>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// The body of an answer.
struct Watched {
    body: Body,
    _over: Over,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
