//! The part of the engine that brings files to the portal, put together from the configuration.

use std::net::SocketAddr;
use std::sync::Arc;

use rand::rngs::StdRng;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::courier::FileCourier;
use super::delivery::Delivery;
use super::lane::FileLane;
use super::links::{LinkKeyError, Links};
use super::prove::Prover;
use super::serve::FileServer;
use super::settings::Settings;
use super::settler::{FileSettler, NEWS_WAITING};
use super::store::{StoreError, Stores};
use super::upload::Uploader;
use crate::ctx::Ctx;
use dongbo_ledger::FileNews;
use dongbo_model::ErrorClass;
use dongbo_model::FileRole;
use dongbo_model::backoff::Backoff;
use dongbo_portal::Portal;
use dongbo_source::Source;

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
    stores: Stores,
    lane: FileLane,
    server: Option<(FileServer, SocketAddr)>,
    settler: FileSettler,
    handed_in: mpsc::Receiver<FileNews>,
}

impl Files {
    /// Assembles the part; `None` when the mapping does not say where files are.
    ///
    /// # Errors
    /// When a store or the keys of links cannot be used.
    pub fn new(
        files: &Settings,
        backoff: Backoff,
        ctx: &Ctx,
        source: &Arc<Source>,
        portal: &Portal,
        owner: &str,
        chance: impl FnOnce() -> StdRng,
    ) -> Result<Option<Self>, FilesError> {
        let stores = Stores::open(source, &ctx.clock)?;
        if FileRole::ALL.iter().all(|&role| stores.of(role).is_none()) {
            return Ok(None);
        }
        // An answer to the portal holds a place while it lasts, so that its end never waits for one.
        let room = NEWS_WAITING.saturating_add(files.serve_concurrency).min(Semaphore::MAX_PERMITS);
        let (news, handed_in) = mpsc::channel(room);
        let (delivery, server, uploads) = match portal {
            Portal::Ndxp(_) => {
                let links = Arc::new(Links::new(files)?);
                let server =
                    FileServer::new(files, Arc::clone(&links), ctx, source, stores.clone(), news.clone());
                let chase = Backoff { base: files.chase_after, cap: files.chase_cap };
                let delivery = Delivery::Pulled { links, chase };
                (delivery, Some((server, files.listen)), None)
            }
            Portal::Rest(rest) => (Delivery::Pushed, None, Some(rest.clone())),
        };
        let delivery = Arc::new(delivery);
        let per_second = u64::try_from(files.bytes_per_second).unwrap_or(u64::MAX);
        let budget = || Budget::new(per_second, ctx.clock.clone());
        let uploader = uploads.map(|rest| Uploader {
            rest,
            budget: Arc::new(budget()),
            metrics: Arc::clone(&ctx.metrics),
        });
        let courier = FileCourier {
            ctx: ctx.clone(),
            stores: stores.clone(),
            prover: Prover { reading: budget(), metrics: Arc::clone(&ctx.metrics) },
            delivery: Arc::clone(&delivery),
            uploader,
            config: files.clone(),
            backoff,
        };
        let settled = Arc::new(Notify::new());
        let settler = FileSettler { ctx: ctx.clone(), settled: Arc::clone(&settled) };
        let lane = FileLane {
            ctx: ctx.clone(),
            news,
            settled,
            source: Arc::clone(source),
            courier: Arc::new(courier),
            concurrency: usize::try_from(files.concurrency).unwrap_or(1),
            owner: owner.to_owned(),
            chance: chance(),
        };
        Ok(Some(Self { delivery, stores, lane, server, settler, handed_in }))
    }

    /// How files reach the portal, as readers of dossiers have to know.
    #[must_use]
    pub fn delivery(&self) -> Arc<Delivery> {
        Arc::clone(&self.delivery)
    }

    /// Asks every store whether it can be read.
    ///
    /// # Errors
    /// The error of the first store that does not answer.
    pub async fn probe(&self) -> Result<(), StoreError> {
        for &role in FileRole::ALL {
            if let Some(store) = self.stores.of(role) {
                store.probe().await?;
            }
        }
        Ok(())
    }

    /// Works until `stop`, which it gives itself when its writer dies. Returns when all that was handed in is written.
    pub async fn run(self, stop: CancellationToken) {
        let Self { lane, server, settler, handed_in, .. } = self;
        // A task of its own: answers under way outlive us when we are broken off, and so does what writes down their ends.
        let stops = stop.clone().drop_guard();
        let settler = tokio::spawn(async move {
            let _stops = stops;
            settler.run(handed_in).await;
        });
        let served = async {
            match server {
                Some((server, address)) => server.run(address, stop.clone()).await,
                None => stop.cancelled().await,
            }
        };
        tokio::join!(lane.run(stop.clone()), served);
        // What it died of is in the log, and whoever runs us learns that we ended.
        drop(settler.await);
    }
}
