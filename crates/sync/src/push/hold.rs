//! The room for dossiers that one courier carries: claims that find none are given back, and nobody's dossiers fill the memory.

use std::sync::Arc;

use dongbo_model::Dossier;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room of one courier. A thousand ordinary dossiers take some six MiB; their calls are written from them and take as much
/// again while they are out.
const ROOM: usize = 8 << 20;
/// The measure of a share.
const SHARE: usize = 1 << 10;

/// The room for what one courier carries and what its feeders have read for it. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Hold(Arc<Semaphore>);

/// The room that one dossier takes.
#[derive(Debug)]
pub(super) struct Place {
    _shares: OwnedSemaphorePermit,
}

impl Hold {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM / SHARE)))
    }

    /// Waits until any dossier would find room.
    pub(super) async fn until_free(&self) {
        // It is never closed, and what was taken is free again at once.
        drop(self.0.acquire_many(shares(Dossier::MOST)).await);
    }

    /// The room for `dossier`; `None` while there is none.
    pub(super) fn place(&self, dossier: &Dossier) -> Option<Place> {
        let shares = shares(dossier.weight().min(Dossier::MOST));
        let taken = Arc::clone(&self.0).try_acquire_many_owned(shares);
        taken.ok().map(|shares| Place { _shares: shares })
    }
}

fn shares(weight: usize) -> u32 {
    u32::try_from(weight.div_ceil(SHARE)).unwrap_or(u32::MAX)
}
