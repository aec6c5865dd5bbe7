//! The second step of an answer: the file is opened in its store, when there is room and it still is what was announced.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::line::LONGEST_WAIT;
use super::locate::Located;
use super::range::{Asked, asked};
use super::refusal::Refusal;
use crate::files::marks;
use crate::files::store::{Blocks, Stat, StoreError};
use dongbo_ledger::FileNews;
use dongbo_model::clock::Clock;

/// Opens files.
pub(super) struct Opener {
    pub(super) clock: Clock,
    /// Takes in what is found out about files.
    pub(super) news: mpsc::Sender<FileNews>,
}

/// A file that is ready to be given.
pub(super) struct Opened {
    pub(super) file: Located,
    pub(super) stat: Stat,
    /// The part that was asked for; `None` for all of it.
    pub(super) part: Option<Range<u64>>,
    /// Its bytes; `None` when only its head was asked for.
    pub(super) blocks: Option<Blocks>,
    pub(super) permit: OwnedSemaphorePermit,
    /// Room to tell what is found out about the file, however long the ledger is away.
    pub(super) place: mpsc::OwnedPermit<FileNews>,
}

impl Located {
    /// The entity tag of the content that was announced.
    pub(super) fn tag(&self) -> String {
        format!("\"{}\"", self.linked.mark.sha256)
    }
}

impl Opener {
    /// Opens `file` as the request's `headers` ask for it; only its head when `head` says so. Its answer has `permit`.
    pub(super) async fn open(
        &self,
        file: Located,
        head: bool,
        headers: &HeaderMap,
        permit: OwnedSemaphorePermit,
    ) -> Result<Opened, Refusal> {
        let room = self.clock.timeout(LONGEST_WAIT, self.news.clone().reserve_owned()).await;
        let place = room.and_then(Result::ok).ok_or(Refusal::Behind)?;
        let size = file.linked.mark.size;
        let part = match asked(range_header(headers, &file.tag()), size) {
            Asked::Outside => return Err(Refusal::Outside { size }),
            Asked::Whole => None,
            Asked::Part(range) => Some(range),
        };
        let opened = if head {
            file.store.stat(file.key.as_str()).await.map(|stat| (stat, None))
        } else {
            let read = file.store.read(file.key.as_str(), part.clone()).await;
            read.map(|(stat, blocks)| (stat, Some(blocks)))
        };
        match opened {
            Ok((stat, blocks)) if marks::same(&stat, &file.linked.mark) => {
                Ok(Opened { file, stat, part, blocks, permit, place })
            }
            Ok(_) | Err(StoreError::NotFound | StoreError::Changed) => {
                drop(place.send(FileNews::Questioned(file.linked.code, file.link_id)));
                Err(Refusal::Changed)
            }
            Err(error) => Err(error.into()),
        }
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
