//! Requests of the portal that did not give the file: told in the log once a minute at most, and to the ledger for each
//! file, so that it is announced again soon and its dossier tells why it waits.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::tally::Tally;
use crate::ctx::Ctx;
use crate::files::delivery::Delivery;
use dongbo_ledger::{FileNews, Unserved};
use dongbo_model::{DossierCode, FileTrouble, Lang};

/// Requests that are noted at once; more than these are only counted.
const MOST_NOTING: usize = 8;

/// Notes requests that did not give the file.
pub(super) struct UnservedBook {
    ctx: Ctx,
    delivery: Arc<Delivery>,
    news: mpsc::Sender<FileNews>,
    noting: Arc<Semaphore>,
    per_second: u32,
    throttled: Tally,
}

impl UnservedBook {
    pub(super) fn new(
        ctx: &Ctx,
        delivery: &Arc<Delivery>,
        news: mpsc::Sender<FileNews>,
        per_second: u32,
    ) -> Self {
        let (ctx, delivery) = (ctx.clone(), Arc::clone(delivery));
        let throttled = Tally::new(ctx.clock.clone());
        let noting = Arc::new(Semaphore::new(MOST_NOTING));
        Self { ctx, delivery, news, noting, per_second, throttled }
    }

    /// A request for the file of this dossier behind this link that did not give it.
    pub(super) fn of(
        &self,
        code: DossierCode,
        link_id: String,
        trouble: FileTrouble,
        detail: &str,
    ) -> Unserved {
        let now = self.ctx.clock.now();
        let again_at = self.delivery.after_trouble(0, now).unwrap_or(now);
        Unserved { code, link_id, trouble, detail: detail.to_owned(), again_at }
    }

    /// Notes that the good link called `name` gave no file.
    pub(super) fn note(self: &Arc<Self>, name: Option<&str>, trouble: FileTrouble, detail: &str) {
        if trouble == FileTrouble::ServingLimit {
            self.tell(detail);
        }
        let Some((link_id, _)) = name.and_then(|name| name.split_once('.')) else { return };
        let (book, link_id, detail) = (Arc::clone(self), link_id.to_owned(), detail.to_owned());
        // The answer to the portal waits neither for the ledger nor for room among the news.
        let Ok(permit) = Arc::clone(&self.noting).try_acquire_owned() else { return };
        let Ok(place) = self.news.clone().try_reserve_owned() else { return };
        tokio::spawn(async move {
            let _permit = permit;
            let Ok(Some(linked)) = book.ctx.ledger.linked(&link_id).await else { return };
            let unserved = book.of(linked.code, link_id, trouble, &detail);
            drop(place.send(FileNews::Unserved(unserved)));
        });
    }

    fn tell(&self, limit: &str) {
        let Some(since) = self.throttled.count() else { return };
        tracing::warn!(
            event = "files.throttled",
            limit,
            requests = since,
            "The portal comes for files faster than they are served ({} a second at most): {since} requests were asked \
             to come again. {}",
            self.per_second,
            FileTrouble::ServingLimit.remedy(Lang::En)
        );
    }
}
