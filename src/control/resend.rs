//! The acts on sending again: by a vendor's bridge where dongbo watches, and by dongbo itself where it sends.

use super::acts::Control;
use super::protocol::{Refusal, Reply, ResendProgress};
use dongbo_ledger::ResendState;

/// Dossiers whose results are told at once.
const AT_ONCE: u32 = 1_000;

impl Control {
    /// Has the bridge asked for these dossiers, after those that it is to be asked for already.
    pub(super) async fn order_resend(&self, codes: &[String], by: String) -> Result<Reply, Refusal> {
        let now = self.ctx.clock.now();
        let order = self.ctx.ledger.order_resend(codes, &by, now).await?;
        tracing::info!(
            event = "resend.ordered",
            %by,
            dossiers = codes.len(),
            "The bridge is to be asked for {} dossiers",
            codes.len()
        );
        let counts = self.ctx.ledger.resend_counts().await?;
        Ok(Reply::Resend(Some(Box::new(ResendProgress { order, counts }))))
    }

    /// Reports how the last order stands.
    pub(super) async fn resend_state(&self) -> Result<Reply, Refusal> {
        let Some(order) = self.ctx.ledger.resend().await? else { return Ok(Reply::Resend(None)) };
        let counts = self.ctx.ledger.resend_counts().await?;
        Ok(Reply::Resend(Some(Box::new(ResendProgress { order, counts }))))
    }

    /// Has the open order wait, go on or end.
    pub(super) async fn turn_resend(&self, state: ResendState, by: String) -> Result<Reply, Refusal> {
        if self.ctx.ledger.turn_resend(state, "").await?.is_some() {
            tracing::info!(
                event = "resend.turned",
                %by,
                state = state.name(),
                "Sending again is {} now",
                state.name()
            );
        }
        self.resend_state().await
    }

    /// The results of the dossiers of the last order, behind the first `skip`.
    pub(super) async fn resends(&self, skip: u32) -> Result<Reply, Refusal> {
        Ok(Reply::Resends(self.ctx.ledger.resends(skip, AT_ONCE).await?))
    }

    /// Has dongbo look these dossiers up and send what the portal lacks.
    pub(super) async fn send_again(&self, codes: &[String], by: String) -> Result<Reply, Refusal> {
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let dossiers = self.ctx.ledger.send_again(&codes, self.ctx.clock.now()).await?;
        self.ctx.due.ring_all();
        tracing::info!(
            event = "resend.due",
            %by,
            dossiers,
            "{dossiers} dossiers are looked up, and what the portal lacks of them is sent"
        );
        Ok(Reply::SentAgain(dossiers))
    }
}
