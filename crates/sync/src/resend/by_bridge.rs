//! Asking a vendor's bridge for one dossier after another, at its pace.

use std::sync::Arc;

use super::ResendError;
use super::bridge::{Bridge, BridgeError, NotTaken};
use super::settings::Settings;
use crate::ctx::Ctx;
use crate::sources::Sources;
use dongbo_ledger::{ResendState, Resent, ResentState};
use dongbo_model::clock::{Mark, later};
use dongbo_model::{Dossier, DossierCode};
use dongbo_source::{Reading, SignedIn};

/// Times that the bridge is asked in vain for one dossier before the next one has its turn.
const MOST_TRIES: u32 = 3;
/// Dossiers in a row for which it is asked in vain before the order waits for a person.
const MOST_FAILED: u32 = 3;

/// The part of an order that a bridge is asked for.
pub(super) struct ByBridge {
    ctx: Ctx,
    sources: Sources,
    pub(super) bridge: Bridge,
    config: Settings,
    /// The bridge is asked no sooner.
    pub(super) next_call: Mark,
    /// How often it was asked in vain for the dossier whose turn it is.
    tries: u32,
    /// Dossiers in a row for which it was asked in vain.
    failed: u32,
}

impl ByBridge {
    /// By the bridge of `config`, for dossiers of `sources`, which are watched: it is asked for no others.
    pub(super) fn new(config: &Settings, ctx: Ctx, sources: Sources) -> Result<Self, BridgeError> {
        let bridge = Bridge::new(config, ctx.clock.clone())?;
        let next_call = ctx.clock.mark();
        Ok(Self { ctx, sources, bridge, config: config.clone(), next_call, tries: 0, failed: 0 })
    }

    /// Asks the bridge for one dossier, and writes down what it says.
    pub(super) async fn ask(&mut self, one: &Resent) -> Result<(), ResendError> {
        let Some(dossier) = self.read(&one.code).await? else {
            return self.end(one, ResentState::Unreadable, "").await;
        };
        let calls = self.config.calls();
        let account = self.account(&one.code).await?;
        let asked = self.bridge.ask(&dossier, one.calls > 0, account.as_deref()).await;
        self.next_call = self.ctx.clock.mark().later(self.config.between);
        let is_last = one.calls.saturating_add(1) >= calls;
        match asked {
            Ok(()) => self.taken(one, is_last, "").await,
            // What is there already is no new one for it: the second request says whether it takes it.
            Err(NotTaken::Refused(words)) if !is_last => self.taken(one, false, &words).await,
            Err(NotTaken::Refused(words)) => self.end(one, ResentState::Refused, &words).await,
            Err(NotTaken::NotLetIn(words)) => self.pause(&words).await,
            Err(NotTaken::NoAnswer(words)) => {
                self.tries = self.tries.saturating_add(1);
                if self.tries < MOST_TRIES {
                    return Ok(());
                }
                self.failed = self.failed.saturating_add(1);
                if self.failed >= MOST_FAILED {
                    return self.pause(&words).await;
                }
                let failed = self.failed;
                self.end(one, ResentState::Failed, &words).await?;
                self.failed = failed;
                Ok(())
            }
        }
    }

    /// The dossier as it is now; `None` when the local system does not give it as one.
    async fn read(&self, code: &str) -> Result<Option<Dossier>, ResendError> {
        let Some(code) = DossierCode::new(code) else { return Ok(None) };
        let readings = self.sources.read_some(&self.ctx, &[code]).await?;
        Ok(match readings.into_iter().next() {
            Some(Reading::Dossier(dossier)) => Some(*dossier),
            Some(Reading::Defective(_) | Reading::Absent) | None => None,
        })
    }

    /// The account that reads the dossier's source over HTTP; `None` where it is read otherwise.
    async fn account(&self, code: &str) -> Result<Option<Arc<SignedIn>>, ResendError> {
        let of = self.ctx.ledger.sources_of(&[code]).await?;
        let one = of.get(code).and_then(|id| self.sources.of(*id));
        Ok(one.and_then(|one| one.source.account()))
    }

    async fn taken(&mut self, one: &Resent, is_last: bool, said: &str) -> Result<(), ResendError> {
        (self.tries, self.failed) = (0, 0);
        let now = self.ctx.clock.now();
        let look_at = is_last.then(|| later(now, self.config.look_up_after));
        self.ctx.ledger.asked_resend(&one.code, one.calls.saturating_add(1), look_at, said, now).await?;
        if is_last {
            self.ctx.due.ring_all();
        }
        Ok(())
    }

    async fn end(&mut self, one: &Resent, state: ResentState, said: &str) -> Result<(), ResendError> {
        (self.tries, self.failed) = (0, 0);
        let now = self.ctx.clock.now();
        self.ctx.ledger.end_resend(&one.code, state, said, now).await?;
        tracing::warn!(
            event = "resend.not_taken",
            code = %one.code,
            state = state.name(),
            "The bridge does not send dossier {} again ({}): {said}",
            one.code,
            state.name()
        );
        Ok(())
    }

    /// The order waits for a person: asking for the next dossier would do no better.
    async fn pause(&mut self, words: &str) -> Result<(), ResendError> {
        (self.tries, self.failed) = (0, 0);
        if self.ctx.ledger.turn_resend(ResendState::Paused, words).await?.is_some() {
            tracing::warn!(
                event = "resend.paused",
                by = "dongbo",
                reason = words,
                "Sending again waits for a person, as the bridge does not take requests: {words}"
            );
        }
        Ok(())
    }
}
