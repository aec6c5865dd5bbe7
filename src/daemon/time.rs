//! The time that all daemons on one ledger share: that of its server.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use dongbo_model::clock::CLOCK_TOLERANCE;
use dongbo_sync::ctx::Ctx;

/// The time between two comparisons of the clocks. They drift by a few milliseconds within that.
const COMPARE_EVERY: Duration = Duration::from_secs(60);

/// Has `clock` follow the ledger's server. Where it cannot be asked the clock goes on as it did; where the ledger is a
/// file the machine's time counts.
pub(super) async fn follow(ctx: &Ctx) {
    let Ctx { ledger, clock, metrics, .. } = ctx;
    match ledger.clock_offset(clock).await {
        Ok(Some(offset)) => {
            clock.follow(offset);
            metrics.clock_offset("ledger", offset);
            if offset.abs() > CLOCK_TOLERANCE {
                tracing::warn!(
                    event = "ledger.clock_offset",
                    offset_s = offset.num_seconds(),
                    "The ledger's server is {} s ahead of this host, whose clock is not used; set it right (timedatectl)",
                    offset.num_seconds()
                );
            }
        }
        Ok(None) => {}
        Err(error) => {
            metrics.ledger_failed();
            tracing::warn!(
                event = "ledger.clock_unknown",
                class = error.class().name(),
                "The clock of the ledger's server cannot be read; the last comparison holds: {error}"
            );
        }
    }
}

/// Goes on following until `stop`.
pub(super) async fn keep(ctx: Ctx, stop: CancellationToken) {
    let compare = async {
        loop {
            ctx.clock.sleep(COMPARE_EVERY).await;
            follow(&ctx).await;
        }
    };
    stop.run_until_cancelled(compare).await;
}
