//! Differences that the ledger itself knows: dossiers that wait for a person, and those that take too long to be sent.

use std::time::Duration;

use super::look::nowhere;
use super::run::Run;
use super::{ReconcileError, Reconciler};
use dongbo_ledger::{Found, Lagging};
use dongbo_model::clock::earlier;
use dongbo_model::{Cause, DifferenceKind, Differing, FoundBy, PlainCause};

/// Dossiers read at once.
const PAGE: u32 = 500;
/// A change of a moment ago is on its way, however short `reconcile.late_after` is.
const MOMENT: Duration = Duration::from_secs(5);

impl Reconciler {
    /// Notes every dossier that the portal does not have as it is, because a person has to act or it takes too long. A
    /// younger one is merely in flight.
    pub(super) async fn find_lagging(&self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let late = earlier(self.ctx.clock.now(), self.config.late_after.max(MOMENT));
        let mut after = String::new();
        let mut open = Vec::new();
        self.each_difference(Some(FoundBy::Ledger), |difference| {
            if open.last() != Some(&difference.code) {
                open.push(difference.code.clone());
            }
        })
        .await?;
        let mut open = open.into_iter().peekable();
        loop {
            let page = self.ctx.ledger.lagging(&after, late, PAGE).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let upto = if is_last { None } else { page.last().map(|lagging| lagging.code.clone()) };
            let found: Vec<Found> = page.iter().map(|lagging| self.lag(lagging)).collect();
            let mut codes: Vec<String> = page.into_iter().map(|lagging| lagging.code).collect();
            // What was open up to here and lags no more is gone.
            while let Some(code) = open.next_if(|code| upto.as_ref().is_none_or(|upto| code <= upto)) {
                codes.push(code);
            }
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            if !codes.is_empty() {
                let now = self.ctx.clock.now();
                let recorded =
                    self.ctx.ledger.record_differences(FoundBy::Ledger, &codes, &found, now).await?;
                run.tell(&found, &recorded);
            }
            match upto {
                Some(upto) => after = upto,
                None => return Ok(()),
            }
        }
    }

    fn lag(&self, it: &Lagging) -> Found {
        let kind = if it.finding.starts_with(PlainCause::DeletedLocally.name()) {
            DifferenceKind::UnknownLocally
        } else if it.on_portal {
            DifferenceKind::Unsent
        } else {
            DifferenceKind::Missing
        };
        let (ours, theirs) = match kind {
            DifferenceKind::UnknownLocally => ("0", "1"),
            DifferenceKind::Missing => ("1", "0"),
            _ => ("new", "old"),
        };
        let cause = match (it.held, it.finding.as_str()) {
            (true, "") => PlainCause::Held.into(),
            (true, finding) => Cause::from(finding.trim_end_matches(':')),
            (false, _) => PlainCause::InFlight.into(),
        };
        Found {
            code: it.code.clone(),
            cell: it.cell.clone().unwrap_or_else(nowhere),
            differing: Differing { mendable: false, ..Differing::plain(kind, "", ours, theirs) },
            cause,
            age: self.ages().age(it.since, self.ctx.clock.now()),
            since: it.since,
        }
    }
}
