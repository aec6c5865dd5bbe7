//! The part of the engine that brings files to the portal, put together from the configuration.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::courier::FileCourier;
use super::delivery::Delivery;
use super::lane::FileLane;
use super::links::LinkKeyError;
use super::pace::Pace;
use super::prove::Prover;
use super::serve::FileServer;
use super::settler::{NEWS_WAITING, News};
use super::store::{AllStores, StoreError};
use super::upload::Uploader;
use crate::crew::{Crew, Post, STOP_WITHIN};
use crate::ctx::Ctx;
use crate::settings::Settings;
use crate::settler::settle;
use crate::sources::Sources;
use crate::vitals::{LONGEST_PIECE, Part};
use dongbo_ledger::FileNews;
use dongbo_listeners::Limits;
use dongbo_model::ErrorClass;
use dongbo_model::backoff::Backoff;
use dongbo_portal::Portal;

/// The writer of news. Answers under way outlast a stop, and so does what writes down their ends.
const SETTLING: Post = Post {
    part: Part::FileSettling,
    longest: LONGEST_PIECE,
    stop_within: Duration::from_secs(2),
    may_outlast: true,
};

/// The lane. Every block of a file is a piece of work; the longest is the answer to an upload, or to a question to a store.
const LOOKING: Post =
    Post { part: Part::Files, longest: LONGEST_PIECE, stop_within: STOP_WITHIN, may_outlast: false };

/// The server.
const SERVING: Post =
    Post { part: Part::Serving, longest: LONGEST_PIECE, stop_within: STOP_WITHIN, may_outlast: false };

/// Files cannot be brought to the portal as they are configured.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A store that the mapping names cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Links cannot be made.
    #[error(transparent)]
    Links(#[from] LinkKeyError),
}

impl FilesError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(error) => error.class(),
            Self::Links(error) => error.class(),
        }
    }
}

/// Everything that brings files to the portal.
pub struct Files {
    delivery: Arc<Delivery>,
    stores: AllStores,
    lane: FileLane,
    server: Option<(FileServer, SocketAddr, Limits)>,
    settler: News,
    handed_in: mpsc::Receiver<FileNews>,
}

impl Files {
    /// Assembles the part; `None` when no mapping says where files are.
    ///
    /// # Errors
    /// When a store or the keys of links cannot be used.
    pub fn new(
        config: &Settings,
        backoff: Backoff,
        ctx: &Ctx,
        sources: &Sources,
        portal: &Portal,
        owner: &str,
        chance: impl FnOnce() -> StdRng,
    ) -> Result<Option<Self>, FilesError> {
        let (files, limits) = (&config.files, &config.listeners);
        let stores = AllStores::open(sources, &ctx.clock)?;
        // An answer to the portal holds a place while it lasts, so that its end never waits for one.
        let room = NEWS_WAITING.saturating_add(files.serve_concurrency).min(Semaphore::MAX_PERMITS);
        let (news, handed_in) = mpsc::channel(room);
        let Some(delivery) = Delivery::open(files, sources, portal)? else { return Ok(None) };
        let server = delivery.links().map(|links| {
            let stores = stores.clone();
            let server = FileServer::new(files, links, &delivery, ctx, sources, stores, news.clone());
            (server, files.listen, limits.clone())
        });
        let pace = server.as_ref().map(|(server, ..)| Pace::new(ctx, server.line(), files.serve_per_second));
        let uploads = portal.uploads();
        let per_second = u64::try_from(files.bytes_per_second).unwrap_or(u64::MAX);
        let budget = || Budget::new(per_second, ctx.clock.clone());
        let uploader = uploads.map(|rest| Uploader { rest, budget: Arc::new(budget()), ctx: ctx.clone() });
        let courier = FileCourier {
            ctx: ctx.clone(),
            stores: stores.clone(),
            prover: Prover { reading: budget(), ctx: ctx.clone() },
            delivery: Arc::clone(&delivery),
            uploader,
            pace,
            config: files.clone(),
            backoff,
        };
        let settled = Arc::new(Notify::new());
        let settler = News { settled: Arc::clone(&settled) };
        let lane = FileLane {
            ctx: ctx.clone(),
            news,
            settled,
            sources: sources.clone(),
            courier: Arc::new(courier),
            concurrency: usize::try_from(files.concurrency).unwrap_or(1),
            owner: owner.to_owned(),
            chance: chance(),
        };
        Ok(Some(Self { delivery, stores, lane, server, settler, handed_in }))
    }

    /// The way of files to the portal, which readers of dossiers have to know.
    #[must_use]
    pub fn delivery(&self) -> Arc<Delivery> {
        Arc::clone(&self.delivery)
    }

    /// Asks every store whether it can be read.
    ///
    /// # Errors
    /// The error of the first store that does not answer.
    pub async fn probe(&self) -> Result<(), StoreError> {
        for store in self.stores.iter() {
            store.probe().await?;
        }
        Ok(())
    }

    /// Joins `crew`, which works until `stop`. All that was handed in by then is written.
    pub(crate) fn join(self, crew: &mut Crew, stop: &CancellationToken) {
        let Self { lane, server, settler, handed_in, .. } = self;
        let ctx = lane.ctx.clone();
        crew.hire_stream(SETTLING, settle(ctx.clone(), settler, handed_in));
        crew.hire_stream(LOOKING, lane.run(stop.clone()));
        if let Some((server, address, limits)) = server {
            let stop = stop.clone();
            crew.hire_stream(SERVING, async move {
                // Who asks decides when there is work.
                let _waiting = ctx.vitals.waits(Part::Serving);
                server.run(address, limits, stop).await;
            });
        }
    }
}
