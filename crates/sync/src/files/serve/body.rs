//! The bytes of one answer to the portal: paced, proved while they pass, and noted when all of them have gone out.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, try_unfold};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::files::budget::Budget;
use crate::files::store::{Blocks, StoreError};

/// Called at the end with the bytes that went out, or with the reason why the answer broke off.
pub(super) type Ended = Box<dyn FnOnce(Result<Range<u64>, Broken>) + Send + Sync>;

/// The bytes of one answer, and the proof that they owe.
pub(super) struct Fetch {
    pub(super) blocks: Blocks,
    /// The bytes that it is of the file.
    pub(super) range: Range<u64>,
    /// The hash of the whole file, when the whole file is given: it is proved before the last block goes.
    pub(super) sha256: Option<String>,
    pub(super) budget: Arc<Budget>,
    pub(super) permit: OwnedSemaphorePermit,
    /// Called at the end with the bytes that went out, or with the reason why the answer broke off.
    pub(super) ended: Ended,
}

/// Reasons why an answer broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The portal went away.
    Peer,
    /// The store did not go on.
    Store,
    /// The store holds another content than was announced.
    Content,
}

/// Tells how it ended, whatever ends it.
struct Ending {
    given: u64,
    range: Range<u64>,
    broken: Option<Broken>,
    ended: Option<Ended>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some(ended) = self.ended.take() else { return };
        let whole = self.given == self.range.end.saturating_sub(self.range.start);
        ended(match self.broken {
            Some(broken) => Err(broken),
            None if whole => Ok(self.range.clone()),
            None => Err(Broken::Peer),
        });
    }
}

struct State {
    blocks: Blocks,
    hash: Option<(Sha256, String)>,
    budget: Arc<Budget>,
    /// The block that goes next; the one behind it has to come first, or the end.
    held: Option<Bytes>,
    ending: Ending,
    _permit: OwnedSemaphorePermit,
}

impl Fetch {
    /// The body of the answer. An error in it cuts the connection, so that the portal does not take it for whole.
    pub(super) fn body(self) -> BoxStream<'static, Result<Bytes, StoreError>> {
        let state = State {
            blocks: self.blocks,
            hash: self.sha256.map(|expected| (Sha256::new(), expected)),
            budget: self.budget,
            held: None,
            ending: Ending { given: 0, range: self.range, broken: None, ended: Some(self.ended) },
            _permit: self.permit,
        };
        try_unfold(state, |mut state| async move {
            let block = state.next().await?;
            Ok(block.map(|block| (block, state)))
        })
        .boxed()
    }
}

impl State {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            let came = match self.blocks.next().await.transpose() {
                Ok(came) => came,
                Err(error) => {
                    let content = matches!(error, StoreError::Changed | StoreError::NotFound);
                    self.ending.broken = Some(if content { Broken::Content } else { Broken::Store });
                    return Err(error);
                }
            };
            if let (Some((hash, _)), Some(block)) = (&mut self.hash, &came) {
                hash.update(block);
            }
            if came.is_none()
                && let Some((hash, expected)) = self.hash.take()
                && hex::encode(hash.finalize()) != expected
            {
                self.ending.broken = Some(Broken::Content);
                return Err(StoreError::Changed);
            }
            let at_end = came.is_none();
            let ready = std::mem::replace(&mut self.held, came);
            if let Some(block) = ready {
                let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
                self.budget.spend(length).await;
                self.ending.given = self.ending.given.saturating_add(length);
                return Ok(Some(block));
            }
            if at_end {
                return Ok(None);
            }
        }
    }
}
