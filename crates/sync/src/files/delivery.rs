//! The two ways of files to the portal: it fetches them by our links, or they are uploaded before they are named to it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::links::{LinkKeyError, Links};
use super::settings::Settings;
use crate::sources::{OneSource, Sources};
use dongbo_ledger::{FileMark, KnownFile, Named};
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::later;
use dongbo_model::{Dossier, FileRole, Place, Shipped, Text};
use dongbo_portal::Reader;

/// A portal that came for a file in vain is told of it again after this time: it need not come back by itself, and what
/// stood in the way is mostly over by then.
const COME_BACK: Duration = Duration::from_mins(10);

/// The way of files to the portal.
#[derive(Debug)]
pub enum Delivery {
    /// Dialect `ndxp`: the portal fetches them.
    Pulled {
        /// Makes the links.
        links: Arc<Links>,
        /// The time that the portal is given to fetch before a file is announced again; longer each time.
        chase: Backoff,
        /// The time that it is given to come back for one that it was not given.
        come_back: Backoff,
    },
    /// Dialect `rest`: they are uploaded first.
    Pushed,
}

impl Delivery {
    /// The way of files to `portal`; `None` when the mapping of none of `sources` names a place of files.
    ///
    /// # Errors
    /// When the keys of links cannot be used.
    pub fn open(
        config: &Settings,
        sources: &Sources,
        portal: &Reader,
    ) -> Result<Option<Arc<Self>>, LinkKeyError> {
        let has_files =
            |one: &Arc<OneSource>| FileRole::ALL.iter().any(|&role| one.source.files().of(role).is_some());
        if !sources.iter().any(has_files) {
            return Ok(None);
        }
        if !portal.fetches_files() {
            return Ok(Some(Arc::new(Self::Pushed)));
        }
        Ok(Some(Arc::new(Self::Pulled {
            links: Arc::new(Links::new(config)?),
            chase: Backoff { base: config.chase_after, cap: config.chase_cap },
            come_back: Backoff { base: COME_BACK.min(config.chase_after), cap: config.chase_cap },
        })))
    }

    /// The links by which the portal fetches files; `None` when they are uploaded.
    #[must_use]
    pub fn links(&self) -> Option<Arc<Links>> {
        match self {
            Self::Pulled { links, .. } => Some(Arc::clone(links)),
            Self::Pushed => None,
        }
    }

    /// Names to the portal those files of `dossier` that are proved.
    pub fn ship(&self, dossier: &mut Dossier, known: &[KnownFile], now: DateTime<Utc>) {
        dossier.ship(|place| {
            let (sha256, reference) = find(known, place)?.proved.as_ref()?;
            let link = match self {
                Self::Pulled { links, .. } => links.sign(reference, now),
                Self::Pushed => reference.clone(),
            };
            Some(Shipped {
                sha256: Text::new(sha256),
                reference: Text::new(reference),
                link: Text::new(&link),
            })
        });
    }

    /// The files of a dossier for its settlement, each as it is named in it. `look` says that they may have changed.
    #[must_use]
    pub fn marks(
        &self,
        dossier: &Dossier,
        known: &[KnownFile],
        look: bool,
        now: DateTime<Utc>,
    ) -> Vec<FileMark> {
        let mark = |place| {
            let known = find(known, place);
            let reference =
                known.and_then(|file| file.proved.as_ref()).map(|(_, reference)| reference.clone());
            let attempts = known.map_or(0, |file| file.attempts);
            let named =
                reference.map(|reference| Named { reference, fetch_until: self.fetch_until(attempts, now) });
            FileMark { place, look, lost: false, named }
        };
        dossier.places().into_iter().map(mark).collect()
    }

    /// The name by which the portal knows a file once it is told of it; empty in dialect `rest`, where a receipt has it.
    #[must_use]
    pub fn reference(&self, link_id: &str, announcement: i64) -> String {
        match self {
            Self::Pulled { links, .. } => links.reference(link_id, announcement),
            Self::Pushed => String::new(),
        }
    }

    /// Until when the portal may fetch what it is told of `now`, before it is told again; `None` when it has it already.
    #[must_use]
    pub fn fetch_until(&self, attempts: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Pulled { chase, .. } => Some(later(now, chase.ceiling(attempts.saturating_add(1)))),
            Self::Pushed => None,
        }
    }

    /// When a file is announced again of which the portal asked in vain at `asked`; `None` when it does not come for files.
    #[must_use]
    pub fn after_trouble(&self, attempts: u32, asked: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Pulled { come_back, .. } => {
                Some(later(asked, come_back.ceiling(attempts.saturating_add(1))))
            }
            Self::Pushed => None,
        }
    }
}

fn find(known: &[KnownFile], place: Place) -> Option<&KnownFile> {
    known.iter().find(|file| file.place == place)
}
