//! The source where it is a one-stop system that is read over HTTP.

use dongbo_model::locks::lock;
use std::sync::Arc;

use dongbo_model::DossierCode;
use dongbo_model::clock::{Clock, earlier};

use super::{Connected, Source};
use crate::dossiers::Stumbling;
use crate::error::SourceError;
use crate::http::{Office, SignedIn};
use crate::mapping::Mapping;
use crate::scan::Scan;
use crate::settings::Settings;

/// The most dossiers that are read at once over HTTP.
const MOST_OVER_HTTP: u32 = 50;

impl Source {
    pub(super) fn open_http(config: &Settings, mapping: Mapping, clock: Clock) -> Result<Self, SourceError> {
        if let Some(reason) = config.refused_url() {
            return Err(SourceError::Config(format!("source.url: {reason}")));
        }
        let over_http = mapping.over_http()?.clone();
        let mapping = mapping.with_clock(clock.clone());
        let office = Office::open(config, &mapping, over_http.requests, clock.clone())?;
        let database = Connected::Http(Arc::new(office));
        // What a few seconds give, so that a reading does not last.
        let page = config.http.calls_per_second.saturating_mul(2).clamp(5, MOST_OVER_HTTP);
        let stumbling = Stumbling::in_pages_of(usize::try_from(page).unwrap_or(1));
        Ok(Self { stumbling, ..Self::new(config, mapping, over_http.statements, database, clock) })
    }

    /// The one-stop system, where it is read over HTTP.
    pub(crate) fn office(&self) -> Option<&Arc<Office>> {
        match &self.database {
            Connected::Http(office) => Some(office),
            _ => None,
        }
    }

    /// Whether the source is read over HTTP, which cannot promise all that SQL does.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.office().is_some()
    }

    /// The account that reads the source over HTTP, to be shared with whoever asks the same system for something else.
    #[must_use]
    pub fn account(&self) -> Option<Arc<SignedIn>> {
        self.office().map(|office| Arc::clone(office.account()))
    }

    /// Signs in, reads the newest page of changes and one dossier of it, and measures the system's clock.
    pub(super) async fn probe_http(&self, office: &Office) -> Result<(), SourceError> {
        let newest = office.newest().await?;
        *lock(&self.clock_offset) = office.clock_offset();
        let code = newest.iter().find_map(|row| DossierCode::local(row.code.as_deref()?).ok());
        self.read(code.as_slice()).await.map(drop)
    }

    /// Gathers what `scan` is to walk over; `false` when there is more to gather.
    pub(super) async fn gather(&self, office: &Office, scan: &mut Scan) -> Result<bool, SourceError> {
        if scan.gathered.is_none() {
            let from = scan.cursor.map(|at| earlier(earlier(at, scan.overlap), self.granularity()));
            scan.gathered = office.read_changes(from, scan.overlap).await?;
        }
        Ok(scan.gathered.is_some())
    }
}

/// Lets no cursor go beyond the newest change that was gathered: what was met by chance behind it may have neighbours that nobody read
/// yet.
pub(super) fn hold_back(scan: &mut Scan) {
    if let Some(newest) = scan.gathered {
        scan.reached = scan.reached.map(|reached| reached.min(newest)).max(scan.cursor);
    }
}
