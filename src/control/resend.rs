//! Reports on the last order to send dossiers again.

use super::acts::Control;
use super::protocol::{Refusal, Reply};
use dongbo_sync::resend::Progress;

/// Dossiers whose results are told at once.
const AT_ONCE: u32 = 1_000;

impl Control {
    /// Reports how the last order stands.
    pub(super) async fn resend_state(&self) -> Result<Reply, Refusal> {
        Ok(Reply::Resend(Progress::read(&self.ctx.ledger, None).await?.map(Box::new)))
    }

    /// The results of the dossiers of the last order, behind the first `skip`.
    pub(super) async fn resends(&self, skip: u32) -> Result<Reply, Refusal> {
        Ok(Reply::Resends(self.ctx.ledger.resends(None, skip, AT_ONCE).await?))
    }
}
