//! The acts on a backfill: ordering it, breaking it off, and reporting its progress.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::acts::Control;
use super::protocol::{BackfillProgress, Refusal, Reply};
use dongbo_ledger::{Backfill, BackfillState, Lane};

/// Share of a range that must be read before its end can be forecast.
const TELLING_SHARE: f64 = 0.01;

impl Control {
    /// Orders a backfill of the changes in `range` up to now. A backfill that already runs over the same range goes on.
    pub(super) async fn begin_backfill(
        &self,
        range: Range<DateTime<Utc>>,
        per_minute: u32,
        by: String,
    ) -> Result<Reply, Refusal> {
        let now = self.ctx.clock.now();
        if range.is_empty() || range.start >= now {
            return Err(Refusal::EmptyRange);
        }
        let wanted = Backfill {
            from: range.start,
            to: range.end,
            position: None,
            found: 0,
            touched: 0,
            state: BackfillState::Reading,
            started_at: now,
            per_minute,
            by,
        };
        let running = self.ctx.ledger.begin_backfill(&wanted).await?;
        if running.started_at == wanted.started_at {
            tracing::info!(
                event = "backfill.started",
                by = %running.by,
                from = %running.from,
                to = %running.to,
                per_minute,
                "What changed locally from {} to {} is compared once more",
                running.from,
                running.to
            );
        } else if running.from != wanted.from || running.to != wanted.to {
            return Err(Refusal::BackfillRuns { from: running.from, to: running.to });
        }
        self.backfill_state().await
    }

    /// Breaks the running backfill off; what it made due stays due.
    pub(super) async fn cancel_backfill(&self, by: String) -> Result<Reply, Refusal> {
        let cancelled = self.ctx.ledger.cancel_backfill().await?.ok_or(Refusal::NoBackfill)?;
        tracing::info!(
            event = "backfill.cancelled",
            %by,
            touched = cancelled.touched,
            "The backfill is cancelled; {} dossiers that it had found are still compared",
            cancelled.touched
        );
        self.backfill_state().await
    }

    /// Reports the progress of the last backfill.
    pub(super) async fn backfill_state(&self) -> Result<Reply, Refusal> {
        let Some(backfill) = self.ctx.ledger.backfill().await? else { return Ok(Reply::Backfill(None)) };
        let now = self.ctx.clock.now();
        let backlog = self.ctx.ledger.backlog(Lane::Backfill, u32::MAX, now).await?;
        let read = share(&backfill);
        let reading = if backfill.state == BackfillState::Reading {
            time_left(read, now - backfill.started_at)
        } else {
            Some(Duration::ZERO)
        };
        let sending = self.ctx.gate.forecast(&self.ctx.vitals, backlog, now);
        // Both go on at the same time.
        let forecast = reading.zip(sending).map(|(reading, sending)| reading.max(sending).as_secs());
        Ok(Reply::Backfill(Some(Box::new(BackfillProgress {
            backfill,
            read,
            backlog,
            forecast_s: forecast,
        }))))
    }
}

/// The share of the range of time that has been read.
fn share(backfill: &Backfill) -> f64 {
    if backfill.state == BackfillState::Read {
        return 1.0;
    }
    let Some(position) = &backfill.position else { return 0.0 };
    let range = backfill.range();
    let whole = (range.end - range.start).as_seconds_f64();
    let done = (position.at - range.start).as_seconds_f64();
    if whole > 0.0 { (done / whole).clamp(0.0, 1.0) } else { 1.0 }
}

/// The time that reading still takes at the pace of the `elapsed` time; `None` while too little was read to tell.
fn time_left(share: f64, elapsed: chrono::TimeDelta) -> Option<Duration> {
    if share < TELLING_SHARE {
        return None;
    }
    Duration::try_from_secs_f64(elapsed.as_seconds_f64() * (1.0 - share) / share).ok()
}
