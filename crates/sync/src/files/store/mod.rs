//! The stores that hold the bytes of files: four kinds behind one small interface. Nothing is ever written to any.
//!
//! A key may hold the name or number of a person, so that none is in any error, log line or metric. Whatever a key, a
//! link, a redirect or a name's address says, a read stays within what the mapping file names.
//!
//! Of the library `object_store` only the S3 side is used. Its folders follow links out of the root and wait for whoever
//! writes to a pipe; its S3 side takes our own client, so that it brings no second HTTP or TLS into the program.

mod addresses;
mod blocks;
mod client;
mod column;
mod error;
mod folder;
mod http;
mod key;
mod s3;
mod spelling;
mod stat;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

pub use blocks::{BLOCK, Blocks};
pub use client::way;
pub use error::{KeyFault, StoreError};
pub use stat::Stat;

use crate::sources::{OneSource, Sources};
use dongbo_model::clock::Clock;
use dongbo_model::{FileRole, SourceId};
use dongbo_source::Source;
use dongbo_source::stores::{FileLimits, StoreConfig, StorePlace};

/// The stores of every source.
#[derive(Debug, Clone, Default)]
pub struct AllStores(Arc<HashMap<SourceId, Stores>>);

impl AllStores {
    /// Prepares the stores that the mappings of `sources` name.
    ///
    /// # Errors
    /// As [`Stores::open`].
    pub fn open(sources: &Sources, clock: &Clock) -> Result<Self, StoreError> {
        let open = |one: &Arc<OneSource>| Ok((one.id, Stores::open(&one.source, clock)?));
        Ok(Self(Arc::new(sources.iter().map(open).collect::<Result<_, StoreError>>()?)))
    }

    /// The stores of one source; `None` when it is read no more.
    #[must_use]
    pub fn of(&self, source: SourceId) -> Option<&Stores> {
        self.0.get(&source)
    }

    /// Every store.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Store>> {
        self.0.values().flat_map(|stores| FileRole::ALL.iter().filter_map(|&role| stores.of(role)))
    }
}

/// The stores of both roles.
#[derive(Debug, Clone, Default)]
pub struct Stores {
    results: Option<Arc<Store>>,
    papers: Option<Arc<Store>>,
}

impl Stores {
    /// Prepares the stores that the mapping of `source` names. Nothing is connected to, so it succeeds with all of
    /// them away. Credentials are read once.
    ///
    /// # Errors
    /// [`StoreError::Config`] and [`StoreError::Secret`], when the mapping file's settings of a store cannot be used.
    pub fn open(source: &Arc<Source>, clock: &Clock) -> Result<Self, StoreError> {
        let open = |role| {
            let config = source.files().of(role);
            config.map(|config| Store::open(config, role, source, clock.clone()).map(Arc::new)).transpose()
        };
        Ok(Self { results: open(FileRole::Result)?, papers: open(FileRole::Paper)? })
    }

    /// The store of one role; `None` when the mapping names none.
    #[must_use]
    pub const fn of(&self, role: FileRole) -> Option<&Arc<Store>> {
        match role {
            FileRole::Result => self.results.as_ref(),
            FileRole::Paper => self.papers.as_ref(),
        }
    }
}

#[derive(Debug)]
enum Kind {
    Folder(folder::Folder),
    Column(column::Column),
    Http(http::HttpStore),
    S3(s3::S3Store),
}

/// One store of files. May be used by many tasks at once.
#[derive(Debug)]
pub struct Store {
    kind: Kind,
    limits: FileLimits,
    timeout: Duration,
    clock: Clock,
}

/// Makes `$call` on the store of whichever kind.
macro_rules! on {
    ($self:expr, $store:ident => $call:expr) => {
        match &$self.kind {
            Kind::Folder($store) => $call,
            Kind::Column($store) => $call,
            Kind::Http($store) => $call,
            Kind::S3($store) => $call,
        }
    };
}

impl Store {
    /// Prepares the store of `config`; files of `role` that stand in a column are read through `source`.
    ///
    /// # Errors
    /// As [`Stores::open`].
    pub fn open(
        config: &StoreConfig,
        role: FileRole,
        source: &Arc<Source>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let kind = match &config.place {
            StorePlace::Folder { root } => Kind::Folder(folder::Folder::new(root.clone())),
            StorePlace::Column(_) => Kind::Column(column::Column::new(Arc::clone(source), role)),
            StorePlace::Http(place) => Kind::Http(http::HttpStore::new(place, config.limits.max_bytes)?),
            StorePlace::S3(place) => Kind::S3(s3::S3Store::new(place)?),
        };
        Ok(Self { kind, limits: config.limits.clone(), timeout: config.timeout, clock })
    }

    /// The stable name of the kind of store, for logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.kind {
            Kind::Folder(_) => "folder",
            Kind::Column(_) => "column",
            Kind::Http(_) => "http",
            Kind::S3(_) => "s3",
        }
    }

    /// Whether a server gives the files, which may give a page instead of one.
    #[must_use]
    pub const fn is_server(&self) -> bool {
        matches!(self.kind, Kind::Http(_))
    }

    /// Whether each piece of a file is asked for by itself: the first costs no more than the question for a file's size and
    /// tells it, too, and a reading that has begun may rest for as long as it likes.
    #[must_use]
    pub const fn is_read_by_pieces(&self) -> bool {
        matches!(self.kind, Kind::Column(_))
    }

    /// The limits within which files are taken out of it.
    #[must_use]
    pub const fn limits(&self) -> &FileLimits {
        &self.limits
    }

    /// The store's word on the file under `key`.
    ///
    /// # Errors
    /// When there is none, the key is refused, or the store cannot be asked within its timeout.
    pub async fn stat(&self, key: &str) -> Result<Stat, StoreError> {
        let asked = async { on!(self, store => store.stat(key).await) };
        self.clock.timeout(self.timeout, asked).await.ok_or(StoreError::Stalled(self.timeout))?
    }

    /// Begins to read the file under `key`, or the part `range` of it (bytes counted from 0; what lies behind the end is
    /// left out). The blocks have at most [`BLOCK`] bytes and are together as long as the file or part, or the last of
    /// them is an error. Dropping them ends the reading.
    ///
    /// # Errors
    /// As [`Store::stat`]. A store that stands still, trickles, or whose file changes is an error among the blocks.
    pub async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<(Stat, Blocks), StoreError> {
        let asked = async { on!(self, store => store.read(key, range).await) };
        let begun = self.clock.timeout(self.timeout, asked).await.ok_or(StoreError::Stalled(self.timeout))?;
        let (stat, length, blocks) = begun?;
        Ok((stat, blocks::bounded(blocks, self.clock.clone(), self.timeout, length)))
    }

    /// Whether the store can be asked at all: a file that it will not have is looked for.
    ///
    /// # Errors
    /// The error that keeps the store from answering.
    pub async fn probe(&self) -> Result<(), StoreError> {
        match self.stat("dongbo-probe").await {
            Ok(_) | Err(StoreError::NotFound | StoreError::BadKey(KeyFault::Refused)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
