//! HTTP on a listener with limits.

use std::convert::Infallible;
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
use tokio_util::sync::CancellationToken;

use crate::accept::Accept;
use crate::door::Door;
use crate::measured::Measured;
use crate::visit::Visit;

/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// Serves the pages of `router` at `door` until `stop`, and then to the end what has been asked for.
pub async fn serve_http<L: Accept + Sync>(door: Door<L>, router: Router, stop: CancellationToken) {
    let leave = stop.clone();
    door.open(stop, move |connection| serve(connection, router.clone(), leave.clone())).await;
}

/// Answers the requests of one connection.
async fn serve<S>(connection: Measured<S>, router: Router, stop: CancellationToken)
where
    Measured<S>: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let visit = Arc::clone(connection.visit());
    let pages = TowerToHyperService::new(router);
    let answer = service_fn(move |request: Request<Incoming>| {
        visit.asked();
        let over = Over(Arc::clone(&visit));
        let answer = pages.call(request.map(Body::new));
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
