//! The acts that people order, by a command or on a page. Each is written down in the audit log before it is done.

use std::sync::Arc;
use std::time::Duration;

use crate::ctx::Ctx;
use crate::health::Lookout;
use crate::reconcile::{RunBoard, RunRequest, Ticket};
use dongbo_ledger::{
    Act, ActWay, LedgerError, NewAct, NewResend, Pause, Resend, ResendState, Retried, RetryPreview, Selection,
};

/// Codes that an entry of the log names; of more it tells the number.
const NAMED: usize = 10;

/// Does what people order; cheap to clone.
#[derive(Debug, Clone)]
pub struct Acts {
    ctx: Ctx,
    board: Arc<RunBoard>,
    lookout: Lookout,
}

/// The proof that an act is written down, in the name of the person who ordered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    by: String,
}

impl Noted {
    /// The person who ordered the act.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }
}

/// The reason why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another daemon on the ledger leads, and only that one does this.
    #[error("another daemon on this ledger leads, and only that one reconciles")]
    Follows,
    /// Too many comparisons wait for their turn.
    #[error("too many comparisons wait for their turn")]
    ReconcileRuns,
}

impl Acts {
    /// The acts on the parts of a daemon.
    #[must_use]
    pub const fn new(ctx: Ctx, board: Arc<RunBoard>, lookout: Lookout) -> Self {
        Self { ctx, board, lookout }
    }

    /// Writes down that `who` orders `act`, which is about codes, counts and names of settings. The log has the entry's hash, too, so
    /// that a chain that was made anew as a whole shows.
    ///
    /// # Errors
    /// When the ledger cannot be written: then the act is not to be done.
    pub async fn note(&self, who: &str, way: ActWay, act: Act, about: &str) -> Result<Noted, LedgerError> {
        let new = NewAct { who, way, act, about };
        let written = self.ctx.ledger.write_down(&new, self.ctx.clock.now()).await?;
        tracing::info!(
            event = "audit.noted",
            by = %written.who,
            act = act.name(),
            way = way.name(),
            number = written.number,
            hash = %written.hash,
            "Written down as entry {} of the audit log",
            written.number
        );
        Ok(Noted { by: written.who })
    }

    /// Pauses sending. Returns the pause in force, and whether it was before.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn pause(&self, noted: &Noted, reason: &str) -> Result<(Pause, bool), ActError> {
        let wanted = Pause::new(self.ctx.clock.now(), noted.by(), reason);
        let pause = self.ctx.ledger.begin_pause(&wanted).await?;
        self.ctx.adopt_pause().await?;
        self.lookout.forget().await;
        let before = pause != wanted;
        Ok((pause, before))
    }

    /// Goes on sending. Returns the pause that was ended, if there was one.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn resume(&self, noted: &Noted) -> Result<Option<Pause>, ActError> {
        let ended = self.ctx.ledger.end_pause(self.ctx.clock.now(), noted.by()).await?;
        self.ctx.adopt_pause().await?;
        self.ctx.due.ring_all();
        self.lookout.forget().await;
        Ok(ended)
    }

    /// The dossiers that [`Acts::retry`] would try again.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn preview_retry(&self, selection: &Selection) -> Result<RetryPreview, ActError> {
        Ok(self.ctx.ledger.preview_retry(selection, self.ctx.clock.now()).await?)
    }

    /// Tries dossiers again that are held or wait, so many a minute; 0 for all at once.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn retry(
        &self,
        noted: &Noted,
        selection: &Selection,
        per_minute: u32,
    ) -> Result<Retried, ActError> {
        let retried = self.ctx.ledger.retry(selection, apart(per_minute), self.ctx.clock.now()).await?;
        if retried.dossiers > 0 {
            self.ctx.due.ring_all();
        }
        self.lookout.forget().await;
        tracing::info!(
            event = "retry.ordered",
            by = %noted.by(),
            dossiers = retried.dossiers,
            per_minute,
            "{} dossiers are tried again, the last at {}",
            retried.dossiers,
            retried.last_due_at
        );
        Ok(retried)
    }

    /// Has these dossiers sent again, after those that an open order has already: what the portal lacks by dongbo itself, so many a
    /// minute (0 for as many as the gate lets through; `None` for the pace that an open order has), and those of watched sources by
    /// the bridge.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn resend(
        &self,
        noted: &Noted,
        codes: &[String],
        per_minute: Option<u32>,
    ) -> Result<Resend, ActError> {
        let new = NewResend { codes, per_minute };
        let order = self.ctx.ledger.order_resend(new, noted.by(), self.ctx.clock.now()).await?;
        tracing::info!(
            event = "resend.ordered",
            by = %noted.by(),
            dossiers = codes.len(),
            "{} dossiers are to be sent again",
            codes.len()
        );
        Ok(order)
    }

    /// Has the open order to send again wait, go on or end.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn turn_resend(&self, noted: &Noted, state: ResendState) -> Result<(), ActError> {
        if self.ctx.ledger.turn_resend(state, "").await?.is_some() {
            tracing::info!(
                event = "resend.turned",
                by = %noted.by(),
                state = state.name(),
                "Sending again is {} now",
                state.name()
            );
        }
        Ok(())
    }

    /// Orders a run, in the name of the person who did, and gives its ticket.
    ///
    /// # Errors
    /// When another daemon leads, or too many runs wait.
    pub fn reconcile(&self, noted: &Noted, order: RunRequest) -> Result<Ticket, ActError> {
        self.leads()?;
        let order = RunRequest { by: noted.by().to_owned(), ..order };
        self.board.request(order).ok_or(ActError::ReconcileRuns)
    }

    /// Cancels the run that is under way and those that wait. Returns how many.
    ///
    /// # Errors
    /// When another daemon leads.
    pub fn cancel_reconcile(&self, noted: &Noted) -> Result<u64, ActError> {
        self.leads()?;
        Ok(u64::try_from(self.board.cancel(noted.by())).unwrap_or(u64::MAX))
    }

    fn leads(&self) -> Result<(), ActError> {
        if self.ctx.vitals.moments().leads { Ok(()) } else { Err(ActError::Follows) }
    }
}

/// The time between two dossiers at `per_minute`; none when that is 0.
#[must_use]
pub fn apart(per_minute: u32) -> Duration {
    Duration::from_secs(60).checked_div(per_minute).unwrap_or_default()
}

/// The dossiers with these codes in a text for the log: as many as fit, after how many there are.
#[must_use]
pub fn about_codes<'a>(codes: impl ExactSizeIterator<Item = &'a str>) -> String {
    let many = codes.len();
    let named: Vec<&str> = codes.take(NAMED).collect();
    let more = if many > NAMED { ", …" } else { "" };
    format!("codes={many}: {}{more}", named.join(", "))
}

/// The dossiers that a retry is about, in a text for the log.
#[must_use]
pub fn about_selection(selection: &Selection, per_minute: u32) -> String {
    let Selection { codes, kind, subject, unit } = selection;
    let named = [("kind", kind), ("subject", subject), ("unit", unit)];
    let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
    let codes = codes.as_ref().map(|codes| about_codes(codes.iter().map(String::as_str)));
    let pace = (per_minute > 0).then(|| format!("per_minute={per_minute}"));
    named.chain(pace).chain(codes).collect::<Vec<_>>().join(" ")
}

/// What a run is asked to do, in a text for the log.
#[must_use]
pub fn about_run(order: &RunRequest) -> String {
    let jobs = order.jobs.iter().map(|job| job.name()).collect::<Vec<_>>().join(",");
    let flags = [("full", order.full), ("repair", order.repair), ("yes", order.yes)];
    let flags = flags.into_iter().filter_map(|(name, set)| set.then_some(name));
    let scope = serde_json::to_string(&order.scope).unwrap_or_default();
    [format!("jobs={jobs}")]
        .into_iter()
        .chain(flags.map(str::to_owned))
        .chain([format!("scope={scope}")])
        .collect::<Vec<_>>()
        .join(" ")
}
