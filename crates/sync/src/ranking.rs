//! Putting what has waited to be sent in the order of the points that hang on it.
//!
//! What waits less than `push.live_for` and a while is left alone: as long as sending keeps up, nothing is ranked, and nothing is written
//! for it. Each dossier is ranked once for each time that it falls due.

use std::time::Duration;

use chrono::DateTime;

use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_indicators::{Book, Question, moved_ahead};
use dongbo_ledger::{LedgerError, Waiting};
use dongbo_model::clock::earlier;
use dongbo_model::{Month, Period};

/// The name of the cursor: what fell due by then is ranked.
const CURSOR: &str = "ranked";
/// Dossiers that are read in one go.
const AT_ONCE: u32 = 5_000;
/// Dossiers that are moved in one go: the ledger's one writer is held for some milliseconds.
const MOVED_AT_ONCE: usize = 500;
/// The pause between two goes, in which others have the ledger.
const PAUSE: Duration = Duration::from_millis(50);
/// The time that a dossier waits beyond `push.live_for` before it is ranked.
const WHILE: Duration = Duration::from_secs(30);

/// Ranks what has waited for longer than `live_for` and a while since the last round. One that is broken off, because another daemon
/// leads, is made once more by that one.
pub(crate) async fn rank(ctx: &Ctx, book: &Book, live_for: Duration) -> Result<(), LedgerError> {
    let now = ctx.clock.now();
    let to = earlier(now, live_for.saturating_add(WHILE));
    let from = ctx.ledger.cursor(CURSOR).await?.unwrap_or(DateTime::UNIX_EPOCH);
    if from >= to {
        return Ok(());
    }
    let period = Period::Month(Month::of(now));
    let question = Question { period, unit: None, procedures: None, set: book.set, now };
    let mut after = String::new();
    loop {
        let page = ctx.ledger.waiting_between(from, to, &after, AT_ONCE).await?;
        let ahead = page.dossiers.into_iter().map(|one| {
            let by = moved_ahead(book, &question, one.local.as_ref(), one.portal.as_ref());
            (one, by)
        });
        let ahead: Vec<(Waiting, Duration)> = ahead.filter(|(_, by)| !by.is_zero()).collect();
        for some in ahead.chunks(MOVED_AT_ONCE) {
            ctx.ledger.move_ahead(some).await?;
            ctx.vitals.progressed(Part::Summing);
            ctx.clock.sleep(PAUSE).await;
            if !ctx.vitals.moments().leads {
                return Ok(());
            }
        }
        let Some(next) = page.next else { break };
        after = next;
    }
    ctx.ledger.move_cursor(CURSOR, to).await
}
