//! Reports on the last order to a vendor's bridge.

use super::acts::Control;
use super::protocol::{Refusal, Reply, ResendProgress};

/// Dossiers whose results are told at once.
const AT_ONCE: u32 = 1_000;

impl Control {
    /// Reports how the last order stands.
    pub(super) async fn resend_state(&self) -> Result<Reply, Refusal> {
        let Some(order) = self.ctx.ledger.resend().await? else { return Ok(Reply::Resend(None)) };
        let counts = self.ctx.ledger.resend_counts().await?;
        Ok(Reply::Resend(Some(Box::new(ResendProgress { order, counts }))))
    }

    /// The results of the dossiers of the last order, behind the first `skip`.
    pub(super) async fn resends(&self, skip: u32) -> Result<Reply, Refusal> {
        Ok(Reply::Resends(self.ctx.ledger.resends(skip, AT_ONCE).await?))
    }
}
