//! Fetching the portal's catalogue of procedures: by the leading daemon, on schedule and on order, one call after
//! another.
//!
//! The ledger keeps the last fetched catalogue, so that every daemon on it has it from its start; a portal that cannot
//! be reached changes nothing of it.

mod settings;

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use settings::Settings;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::gate::{Permit, Stream};
use crate::vitals::Part;
use dongbo_ledger::{
    CatalogueDetail, CatalogueEntry, CatalogueTry, HeldFilter, Ledger, LedgerError, Selection,
};
use dongbo_model::ErrorClass;
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::later;
use dongbo_model::schedule::Schedule;
use dongbo_model::{Catalogue, FindingKind, Listed, Procedure, Text};
use dongbo_portal::{Answer, ListedProcedure, Listing, Outcome};
use dongbo_source::Procedures;

/// The time between two looks whether something is to be done.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The number of looks for dossiers to free after a new catalogue, a minute in all: one that was read with the old
/// catalogue may still become held within that time.
const FREEING_LOOKS: u32 = 30;
/// Waits after failures.
const RETRY: Backoff = Backoff { base: Duration::from_secs(60), cap: Duration::from_secs(3_600) };
/// Held causes looked at in one go; there are never more procedures in use.
const MOST_CAUSES: u32 = 10_000;

/// Keeps the catalogue fresh.
pub(crate) struct Refresher {
    pub(crate) portal: Listing,
    pub(crate) ctx: Ctx,
    pub(crate) config: Settings,
    pub(crate) schedule: Schedule,
    /// The view through which everything else reads the catalogue.
    pub(crate) view: Catalogue,
    /// The mappings' procedures as they are written there: of these details are fetched.
    pub(crate) procedures: Vec<Procedures>,
    /// The longest that one call may take.
    pub(crate) longest_call: Duration,
}

/// The state that is kept between two looks.
#[derive(Debug, Default)]
struct Progress {
    loaded: Option<DateTime<Utc>>,
    failures: u32,
    retry_at: Option<DateTime<Utc>>,
    /// The number of looks that are still to free held dossiers.
    frees: u32,
    /// Procedures that were seen in use.
    seen: BTreeSet<String>,
}

/// Reasons why the old catalogue is kept.
#[derive(Debug, thiserror::Error)]
enum Unfetched {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the portal did not give its list ({}): {}", .0.outcome.name(), .0.message)]
    Refused(Answer),
    #[error("the portal gave an empty list, which is not believed")]
    Empty,
    #[error(
        "the portal's list has shrunk from {before} to {now} procedures, which is not believed; if it is true, say \
         dongbo catalogue refresh --believe"
    )]
    Shrunk { before: usize, now: usize },
}

impl Unfetched {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Refused(answer) => answer.outcome.class(),
            Self::Empty | Self::Shrunk { .. } => ErrorClass::Transient,
        }
    }
}

/// The catalogue as the ledger has it, for commands that run without the daemon; `None` when the configuration does not
/// want one, empty when the ledger cannot be read.
pub async fn kept(settings: &Settings, ledger: &dongbo_ledger::Settings) -> Option<Catalogue> {
    if !settings.enabled {
        return None;
    }
    let view = Catalogue::default();
    if let Ok(ledger) = Ledger::read_only_of(ledger).await {
        if let Ok(entries) = ledger.catalogue().await {
            view.replace(listed(&entries));
        }
        ledger.close().await;
    }
    Some(view)
}

/// Looks every two seconds whether something is to be done.
pub(crate) struct Refreshing {
    refresher: Refresher,
    progress: Progress,
}

impl From<Refresher> for Refreshing {
    fn from(refresher: Refresher) -> Self {
        Self { refresher, progress: Progress::default() }
    }
}

impl Worker for Refreshing {
    type Error = Infallible;

    fn part(&self) -> Part {
        Part::Catalogue
    }

    async fn once(&mut self) -> Result<Again, Infallible> {
        let Ctx { clock, vitals, .. } = &self.refresher.ctx;
        if let Err(error) = self.refresher.look(&mut self.progress).await {
            tracing::error!(
                event = "catalogue.ledger_failed",
                class = error.class().name(),
                "The kept catalogue of procedures cannot be read or written now: {error}"
            );
            if let Some(damage) = error.damage() {
                vitals.ledger_damaged(damage);
            }
        }
        Ok(Again::At(later(clock.now(), LOOK_EVERY)))
    }

    fn failed(&mut self, error: &Infallible, _: Duration) {
        match *error {}
    }

    fn longest(&self) -> Duration {
        self.refresher.longest_call
    }
}

impl Refresher {
    /// Takes over what the ledger has, before anything is read or sent.
    pub(crate) async fn load(&self) -> Result<(), LedgerError> {
        let entries = self.ctx.ledger.catalogue().await?;
        let known = entries.iter().filter(|entry| entry.known).count();
        let vanished = entries.len() - known;
        self.view.replace(listed(&entries));
        if let Some(at) = self.ctx.ledger.catalogue_fetched().await? {
            self.ctx.vitals.catalogue(at, known, vanished);
        }
        Ok(())
    }

    async fn look(&self, progress: &mut Progress) -> Result<(), LedgerError> {
        let fetched = self.ctx.ledger.catalogue_fetched().await?;
        if fetched != progress.loaded {
            self.load().await?;
            progress.loaded = fetched;
            progress.frees = FREEING_LOOKS;
        }
        if !self.ctx.vitals.moments().leads {
            return Ok(());
        }
        if progress.frees > 0 {
            progress.frees -= 1;
            self.free().await?;
        }
        let now = self.ctx.clock.now();
        let order = self.ctx.ledger.catalogue_order().await?;
        let tried = self.ctx.ledger.catalogue_try().await?;
        let order = order.filter(|order| tried.is_none_or(|tried| order.at > tried.at));
        let due = match progress.retry_at {
            Some(at) => now >= at,
            // What was missed while dongbo was not running is made up for once.
            None => fetched.is_none_or(|at| self.schedule.next(at).is_some_and(|next| next <= now)),
        };
        if due || order.is_some() {
            let in_use = self.in_use();
            self.refresh(progress, order.is_some_and(|order| order.believe)).await?;
            progress.seen.extend(in_use.iter().map(|procedure| procedure.code.as_str().to_owned()));
        } else if progress.loaded.is_some() {
            self.meet(progress).await?;
        }
        Ok(())
    }

    /// The procedures that any mapping has in use.
    fn in_use(&self) -> Vec<Procedure> {
        self.procedures.iter().flat_map(Procedures::in_use).collect()
    }

    /// Fetches the details of procedures that came into use since the last fetch: a dossier may name one that no table did.
    async fn meet(&self, progress: &mut Progress) -> Result<(), LedgerError> {
        let in_use = self.in_use();
        let codes = in_use.iter().map(|procedure| procedure.code.as_str());
        let unseen: BTreeSet<String> =
            codes.filter(|code| !progress.seen.contains(*code)).map(str::to_owned).collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let entries = self.ctx.ledger.catalogue().await?;
        let bare =
            entries.iter().filter(|entry| entry.detail_fetched_at.is_none() && unseen.contains(&entry.code));
        let bare: BTreeSet<String> = bare.map(|entry| entry.code.clone()).collect();
        progress.seen.extend(unseen);
        if !bare.is_empty() {
            let (_, again) = self.details(Some(&bare)).await?;
            self.load().await?;
            progress.frees = FREEING_LOOKS;
            if again {
                progress.failures = progress.failures.saturating_add(1);
                progress.retry_at = Some(later(self.ctx.clock.now(), RETRY.ceiling(progress.failures)));
            }
        }
        Ok(())
    }

    /// Fetches the list and then the details, and writes down what became of it.
    async fn refresh(&self, progress: &mut Progress, believe: bool) -> Result<(), LedgerError> {
        let began = self.ctx.clock.now();
        let mut asked = Duration::ZERO;
        let (failure, missed, again) = match self.list(believe).await {
            Ok(known) => {
                // The list says who vanished: that need not wait for the details.
                self.load().await?;
                let (missed, again) = self.details(None).await?;
                self.load().await?;
                tracing::info!(
                    event = "catalogue.fetched",
                    procedures = known,
                    details_missed = missed,
                    "The portal's catalogue has {known} procedures; details of {missed} could not be fetched"
                );
                (None, missed, again)
            }
            Err(Unfetched::Ledger(error)) => return Err(error),
            Err(error) => {
                if let Unfetched::Refused(answer) = &error {
                    asked = answer.retry_after.unwrap_or_default().min(RETRY.cap);
                }
                tracing::error!(
                    event = "catalogue.not_fetched",
                    class = error.class().name(),
                    "The catalogue of procedures is kept as it was: {error}"
                );
                (Some(error.to_string()), 0, true)
            }
        };
        let now = self.ctx.clock.now();
        self.ctx
            .ledger
            .note_catalogue_try(&CatalogueTry { at: began, failure, details_missed: missed })
            .await?;
        progress.loaded = self.ctx.ledger.catalogue_fetched().await?;
        if again {
            progress.failures = progress.failures.saturating_add(1);
            progress.retry_at = Some(later(now, RETRY.ceiling(progress.failures).max(asked)));
        } else {
            (progress.failures, progress.retry_at) = (0, None);
        }
        progress.frees = FREEING_LOOKS;
        Ok(())
    }

    /// Fetches the list; returns how many procedures it has.
    async fn list(&self, believe: bool) -> Result<usize, Unfetched> {
        let permit = self.ctx.pass(Part::Catalogue, Stream::Rest).await;
        let listed = self.portal.procedures().await;
        self.answered(permit, listed.as_ref().err());
        let listed = listed.map_err(Unfetched::Refused)?;
        if listed.is_empty() {
            return Err(Unfetched::Empty);
        }
        let before = self.ctx.ledger.catalogue().await?.iter().filter(|entry| entry.known).count();
        if !believe && listed.len().saturating_mul(2) < before {
            return Err(Unfetched::Shrunk { before, now: listed.len() });
        }
        let text = |text: &Text| text.as_str().to_owned();
        let pair = |it: &ListedProcedure| (text(&it.code), text(&it.name));
        let pairs: Vec<(String, String)> = listed.iter().map(pair).collect();
        self.ctx.ledger.keep_catalogue(&pairs, self.ctx.clock.now()).await?;
        Ok(pairs.len())
    }

    /// Fetches the details of the mapping's procedures, those first whose details are the oldest. Returns how many are
    /// missing now, and whether they are worth another try soon.
    ///
    /// Of `only` these, if some are named.
    async fn details(&self, only: Option<&BTreeSet<String>>) -> Result<(u64, bool), LedgerError> {
        let in_use = self.in_use();
        let mut wanted = self.ctx.ledger.catalogue().await?;
        wanted.retain(|entry| {
            entry.known
                && in_use.iter().any(|procedure| procedure.code.as_str() == entry.code)
                && only.is_none_or(|only| only.contains(&entry.code))
        });
        wanted.sort_by_key(|entry| entry.detail_fetched_at);
        let mut left = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
        let mut refused = 0;
        for entry in &wanted {
            self.ctx.vitals.rests(Part::Catalogue, later(self.ctx.clock.now(), self.config.pause));
            self.ctx.clock.sleep(self.config.pause).await;
            if !self.ctx.vitals.moments().leads {
                return Ok((left + refused, false));
            }
            let permit = self.ctx.pass(Part::Catalogue, Stream::Rest).await;
            let detail = self.portal.procedure(&entry.code, self.config.fields()).await;
            self.answered(permit, detail.as_ref().err());
            left -= 1;
            match detail {
                Ok(Some(detail)) => {
                    let codes = |codes: Option<Vec<Text>>| {
                        codes.map(|codes| codes.iter().map(|code| code.as_str().to_owned()).collect())
                    };
                    let kept = CatalogueDetail {
                        field_code: detail.field_code.as_str().to_owned(),
                        field_name: detail.field_name.as_str().to_owned(),
                        returns_paper: detail.returns_paper,
                        has_fee: detail.has_fee,
                        result_codes: codes(detail.result_codes),
                        component_codes: codes(detail.component_codes),
                    };
                    self.ctx.ledger.keep_catalogue_detail(&entry.code, &kept, self.ctx.clock.now()).await?;
                }
                Ok(None) => refused += 1,
                Err(answer) => {
                    tracing::warn!(
                        event = "catalogue.detail_missed",
                        procedure = entry.code,
                        outcome = answer.outcome.name(),
                        "The portal did not give the details of procedure {}: {}",
                        entry.code,
                        answer.message
                    );
                    refused += 1;
                    // A portal in trouble is not asked for the others now.
                    let trouble =
                        matches!(answer.outcome, Outcome::Transient | Outcome::Throttled | Outcome::Unknown);
                    if trouble && !answer.drift {
                        return Ok((left + refused, true));
                    }
                }
            }
        }
        Ok((refused, false))
    }

    /// Tries those again that the catalogue held and holds no more.
    async fn free(&self) -> Result<(), LedgerError> {
        for kind in [
            FindingKind::UnknownProcedure,
            FindingKind::UnnamedProcedure,
            FindingKind::UnknownResultCode,
            FindingKind::UnknownComponentCode,
        ] {
            let filter = HeldFilter { kind: Some(kind), ..HeldFilter::default() };
            for cause in self.ctx.ledger.held_causes(&filter, MOST_CAUSES).await? {
                if !self.is_cured(kind, &cause.subject) {
                    continue;
                }
                let selection = Selection {
                    kind: Some(kind.name().to_owned()),
                    subject: Some(cause.subject.clone()),
                    ..Selection::default()
                };
                let freed =
                    self.ctx.ledger.retry(&selection, Duration::ZERO, self.ctx.clock.now()).await?.dossiers;
                if freed > 0 {
                    self.ctx.due.ring_all();
                    tracing::info!(
                        event = "catalogue.freed",
                        procedure = cause.subject,
                        dossiers = freed,
                        "The catalogue has {} now; {freed} held dossiers are tried again",
                        cause.subject
                    );
                }
            }
        }
        Ok(())
    }

    fn is_cured(&self, kind: FindingKind, subject: &str) -> bool {
        // The subject of a finding about a code of papers names the procedure before it.
        let (procedure, code) = subject.split_once(' ').unwrap_or((subject, ""));
        match kind {
            FindingKind::UnknownProcedure => !self.view.lacks(subject),
            FindingKind::UnknownResultCode => !self.view.lacks_result(procedure, &Text::new(code)),
            FindingKind::UnknownComponentCode => !self.view.lacks_component(procedure, &Text::new(code)),
            _ => {
                let in_use = self.in_use();
                let mut ours = in_use.iter().filter(|known| known.code.as_str() == subject);
                // A procedure that the mapping no longer has is read anew, too: then it says so.
                ours.all(|procedure| self.view.complete(procedure).lacks().is_empty())
            }
        }
    }

    /// Reports an answer to the gate; `None` for one that was as it should be.
    fn answered(&self, permit: Permit, refusal: Option<&Answer>) {
        self.ctx.vitals.progressed(Part::Catalogue);
        let good = Answer::local(Outcome::Delivered, "");
        self.ctx.gate.record_beside(&permit, refusal.unwrap_or(&good));
    }
}

fn listed(entries: &[CatalogueEntry]) -> HashMap<String, Listed> {
    let set = |codes: Option<&Vec<String>>| {
        codes.into_iter().flatten().map(|code| Text::new(code.as_str())).collect()
    };
    let one = |entry: &CatalogueEntry| {
        let listed = Listed {
            name: Text::new(entry.name.as_str()),
            field_code: Text::new(entry.field_code.as_str()),
            field_name: Text::new(entry.field_name.as_str()),
            result_codes: set(entry.result_codes.as_ref()),
            component_codes: set(entry.component_codes.as_ref()),
            known: entry.known,
        };
        (entry.code.clone(), listed)
    };
    entries.iter().map(one).collect()
}

#[cfg(test)]
mod tests;
