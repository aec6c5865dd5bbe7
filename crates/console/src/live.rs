//! The verdict, the flow of today and the layers as they change, or the job of sending again, for pages that stay open.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use tokio::sync::OwnedSemaphorePermit;

use crate::asked::Asked;
use crate::pages::{overview, resend};

/// The time between two looks: the ledger is read for all pages at once.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The time after which a page that heard nothing hears that it is still heard.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// A page that is kept up to date.
struct Open {
    asked: Asked,
    _place: OwnedSemaphorePermit,
    shown: Vec<String>,
    wait: Duration,
}

/// Sends each part of the page again when it has changed. Where too many pages are open already, this one stays as it is.
pub(crate) async fn answer(asked: Asked) -> Response {
    let Ok(place) = Arc::clone(&asked.console.live).try_acquire_owned() else {
        // A browser tries no more after this.
        return StatusCode::NO_CONTENT.into_response();
    };
    let open = Open { asked, _place: place, shown: Vec::new(), wait: Duration::ZERO };
    let events = stream::unfold(open, async |mut open| {
        let stop = open.asked.console.stop.clone();
        stop.run_until_cancelled(tokio::time::sleep(open.wait)).await?;
        open.wait = LOOK_EVERY;
        let changed = stop.run_until_cancelled(open.look()).await??;
        Some((stream::iter(changed), open))
    });
    Sse::new(events.flatten()).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)).into_response()
}

impl Open {
    /// The parts that have changed since they were sent; `None` when the session is over.
    async fn look(&mut self) -> Option<Vec<Result<Event, Infallible>>> {
        self.asked.now = self.asked.console.ctx.clock.now();
        if !self.asked.console.access().still(&self.asked.visitor, self.asked.now) {
            return None;
        }
        let parts = match self.asked.parameter("part") {
            Some("job") => vec![("job", resend::job(&self.asked).await.unwrap_or_default())],
            _ => vec![
                ("verdict", overview::verdict(&self.asked).await),
                ("flow", overview::flow(&self.asked).await),
                ("layers", overview::layers_now(&self.asked).await),
            ],
        };
        self.shown.resize(parts.len(), String::new());
        let mut changed = Vec::new();
        for ((name, part), shown) in parts.into_iter().zip(&mut self.shown) {
            let part = part.into_string();
            if part != *shown {
                changed.push(Ok(Event::default().event(name).data(&part)));
                *shown = part;
            }
        }
        Some(changed)
    }
}
