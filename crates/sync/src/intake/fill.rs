//! Fills in the facts of dossiers that the ledger knew before it kept facts: gently, and from where it was left off.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reader::{Intake, IntakeError};
use crate::crew::{Again, Worker};
use crate::vitals::Part;
use dongbo_model::clock::later;

/// The memo of how far it has come.
const POSITION_MEMO: &str = "facts.filled";
/// Dossiers that are looked at in one go, and read where they lack facts.
const AT_ONCE: u32 = 200;
/// The time from one go that read something to the next: some two hundred dossiers a second, so that a million and a half take two
/// hours and nobody waits for them.
const PAUSE: Duration = Duration::from_secs(1);
/// The time from the start to the first go.
const SOON: Duration = Duration::from_secs(30);

/// The place behind which facts may be lacking.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Position {
    after: String,
    /// Facts that were filled in.
    filled: u64,
    /// Whether nothing was behind it any more. What comes later comes with its facts.
    done: bool,
}

/// Reads what lacks facts, in the order of codes.
pub(super) struct Filler<'i>(pub(super) &'i Intake);

impl Worker for Filler<'_> {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Facts
    }

    fn first(&self) -> Again {
        Again::At(later(self.0.ctx.clock.now(), SOON))
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        let Intake { ctx, .. } = self.0;
        let memo = ctx.ledger.own(POSITION_MEMO);
        let noted = ctx.ledger.memo(&memo).await?.unwrap_or_default();
        let mut position: Position = serde_json::from_str(&noted).unwrap_or_default();
        if position.done {
            return Ok(Again::Never);
        }
        let page = ctx.ledger.facts_page(&position.after, AT_ONCE).await?;
        let (_, facts) = self.0.read_whole(&page.lacking).await?;
        let filled = ctx.ledger.note_facts(&facts).await?;
        position.filled = position.filled.saturating_add(u64::try_from(filled).unwrap_or_default());
        match page.last {
            Some(last) => position.after = last,
            None => position.done = true,
        }
        // Behind what it tells of: whoever is broken off here reads one page once more.
        let noted = serde_json::to_string(&position).unwrap_or_default();
        ctx.ledger.remember(&memo, &noted).await?;
        if position.done && position.filled > 0 {
            let filled = position.filled;
            tracing::info!(
                event = "facts.filled",
                source = ctx.log_source(),
                filled,
                "The facts of {filled} dossiers from before facts were kept are filled in"
            );
        }
        Ok(if page.lacking.is_empty() { Again::Now } else { Again::At(later(ctx.clock.now(), PAUSE)) })
    }

    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        self.0.report("read", error, wait);
    }

    fn longest(&self) -> Duration {
        self.0.longest_query()
    }
}
