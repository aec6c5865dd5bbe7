//! The lead: of all daemons on one ledger, one reads the local databases.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::join_all;

use super::backfill::Backfiller;
use super::fill::Filler;
use super::poll::Poller;
use super::probe::MappingProber;
use super::reader::{Intake, IntakeError, report};
use super::sweep::Sweeper;
use crate::crew::{Again, Worker, work};
use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_ledger::{Lead, LedgerError};
use dongbo_model::clock::later;

/// Time between two tries to lead, and between two looks whether this daemon still does.
const CAMPAIGN_EVERY: Duration = Duration::from_secs(2);

/// Tries to lead, and reads the local databases while it does.
pub(crate) struct Leader {
    pub(crate) ctx: Ctx,
    pub(crate) intakes: Vec<Intake>,
}

impl Worker for Leader {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Reading
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        if let Some(lead) = self.ctx.ledger.campaign().await? {
            let lost = self.lead(lead).await;
            self.ctx.metrics.ledger_failed();
            tracing::warn!(
                event = "lead.lost",
                class = lost.class().name(),
                "This daemon no longer reads the local database, until it leads again: {lost}"
            );
        }
        // While another leads, seeing to that is all the reading there is to do.
        Ok(Again::At(later(self.ctx.clock.now(), CAMPAIGN_EVERY)))
    }

    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        report(&self.ctx, "campaign", error, wait);
    }

    fn longest(&self) -> Duration {
        self.intakes.iter().map(Intake::longest_query).max().unwrap_or_default()
    }
}

impl Leader {
    /// Leads until that is lost, and returns what it was lost by.
    async fn lead(&self, lead: Lead) -> LedgerError {
        self.ctx.vitals.lead(true);
        tracing::info!(event = "lead.taken", "This daemon reads the local database");
        let lost = tokio::select! {
            biased;
            lost = self.until_lost(lead) => lost,
            never = self.read() => match never {},
        };
        self.ctx.vitals.lead(false);
        self.ctx.failures.follow();
        lost
    }

    async fn until_lost(&self, mut lead: Lead) -> LedgerError {
        loop {
            self.ctx.clock.sleep(CAMPAIGN_EVERY).await;
            if let Err(lost) = lead.confirm(&self.ctx.ledger).await {
                return lost;
            }
        }
    }

    /// The duties of a daemon that leads, side by side. They never end.
    async fn read(&self) -> Infallible {
        let sources = self.intakes.iter().map(Intake::read);
        tokio::join!(join_all(sources), work(&self.ctx, Backfiller::new(&self.ctx, &self.intakes)));
        std::future::pending().await
    }
}

impl Intake {
    /// The duties about one source, side by side. They never end.
    async fn read(&self) {
        tokio::join!(
            work(&self.ctx, Poller::new(self)),
            work(&self.ctx, Sweeper::new(self)),
            work(&self.ctx, Filler(self)),
            self.listen(),
            work(&self.ctx, MappingProber(self)),
        );
    }

    /// Has the next poll come at once when the local database says that something changed. Only ever a shortcut: polls go on
    /// anyhow.
    async fn listen(&self) {
        let Some(mut wake_ups) = self.source.wake_ups() else { return };
        loop {
            wake_ups.next().await;
            self.wake.notify_one();
        }
    }
}
