//! The leases of files under claim, and how they are renewed.

use std::time::Duration;

use dongbo_ledger::{FileClaim, Ledger};
use dongbo_model::clock::{Clock, later};

/// The time for which the claim of a file lasts; it is renewed while somebody has it.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// Renews `claims` until none of them is held any more.
pub(super) async fn renewing(ledger: Ledger, clock: Clock, mut claims: Vec<FileClaim>) {
    while !claims.is_empty() {
        clock.sleep(LEASE / 3).await;
        let mut held = Vec::with_capacity(claims.len());
        for claim in claims {
            let renewed = ledger.renew_file(&claim, later(clock.now(), LEASE)).await;
            // Where the ledger is away the lease may last until it is back; a claim that was lost is lost.
            if !matches!(renewed, Ok(false)) {
                held.push(claim);
            }
        }
        claims = held;
    }
}
