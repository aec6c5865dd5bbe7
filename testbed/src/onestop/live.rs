//! Live changes, one transaction each.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::RngExt as _;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::Simulator;
use super::life::Life;
use super::rows::Batch;
use super::status::Status;
use crate::Error;
use crate::time::{Stamp, local, whole_second};

/// One live change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Key of the dossier.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// The kind of the change.
    pub kind: ChangeKind,
}

/// The kinds of live changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new dossier, with its first step.
    Created,
    /// A move to another status, with one step.
    Moved(Status),
    /// A change without a step.
    Edited,
}

impl Simulator {
    /// Makes one change at `now`: a new dossier, a legal move of an open one, or a change without a step.
    ///
    /// # Errors
    /// When the database refuses; the change is then not made.
    pub async fn tick(&mut self, now: DateTime<Utc>) -> Result<Change, Error> {
        let changed = local(now);
        let at = whole_second(changed);
        let draw = self.forge.rng.random_range(0..100);
        if draw < 25 || self.open.is_empty() {
            return self.create_at(now).await;
        }
        let place = self.forge.rng.random_range(0..self.open.len());
        let mut life = self.life(place)?;
        let mut batch = Batch::default();
        let next = life.choose_next(&mut self.forge).filter(|_| draw < 85 && at > life.last_step);
        let kind = match next {
            Some(next) => {
                life.enter(&mut self.forge, next, at, &mut batch);
                ChangeKind::Moved(next)
            }
            None => {
                life.edit(&mut self.forge, at, &mut batch);
                ChangeKind::Edited
            }
        };
        self.finish(life, Some(place), batch, Stamp(changed), kind).await
    }

    /// Creates one dossier at `now`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_at(&mut self, now: DateTime<Utc>) -> Result<Change, Error> {
        let changed = local(now);
        let mut batch = Batch::default();
        let life = self.forge.birth(whole_second(changed), &mut batch);
        self.finish(life, None, batch, Stamp(changed), ChangeKind::Created).await
    }

    /// Moves the dossier on at `now` along the shortest way to an end with a result, one status. Lets a test follow
    /// one dossier.
    ///
    /// # Errors
    /// When no open dossier has this code, when `now` is not later than its last step, or the database refuses.
    pub async fn move_on(&mut self, code: &str, now: DateTime<Utc>) -> Result<Change, Error> {
        let changed = local(now);
        let at = whole_second(changed);
        let place = self
            .open
            .iter()
            .position(|life| life.row.ma_ho_so.as_deref() == Some(code) && at > life.last_step)
            .ok_or_else(|| Error::Unsupported(format!("{code} cannot move at {now}")))?;
        let mut life = self.life(place)?;
        // The first of the legal moves is always the straight way.
        let next = life.status.next().first().copied().unwrap_or(Status::Returned);
        let mut batch = Batch::default();
        life.enter(&mut self.forge, next, at, &mut batch);
        self.finish(life, Some(place), batch, Stamp(changed), ChangeKind::Moved(next)).await
    }

    /// Makes `changes` changes, all at `now`, each in its own transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn advance(&mut self, now: DateTime<Utc>, changes: usize) -> Result<Vec<Change>, Error> {
        let mut made = Vec::with_capacity(changes);
        for _ in 0..changes {
            made.push(self.tick(now).await?);
        }
        Ok(made)
    }

    /// Makes `per_second` changes a second at the clock's time, until `stop` turns true or its sender is gone.
    ///
    /// # Errors
    /// When the rate is not above zero, or the database refuses.
    pub async fn run_live(
        &mut self,
        clock: impl Fn() -> DateTime<Utc>,
        per_second: f64,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let period = Duration::try_from_secs_f64(1.0 / per_second)
            .ok()
            .filter(|period| !period.is_zero())
            .ok_or_else(|| Error::Unsupported(format!("a rate of {per_second} a second")))?;
        let mut pace = tokio::time::interval(period);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
                _ = pace.tick() => {}
            }
            self.tick(clock()).await?;
        }
    }

    /// A copy to change: what is remembered must not run ahead of what could be written.
    fn life(&self, place: usize) -> Result<Life, Error> {
        self.open.get(place).cloned().ok_or_else(|| Error::Unsupported("no open dossier".to_owned()))
    }

    /// Writes the change, then takes the dossier's new state into memory in place of the old one.
    pub(super) async fn finish(
        &mut self,
        mut life: Life,
        place: Option<usize>,
        mut batch: Batch,
        changed: Stamp,
        kind: ChangeKind,
    ) -> Result<Change, Error> {
        life.row.cap_nhat_luc = changed;
        life.record(&mut batch);
        self.save(&batch).await?;
        self.changes += 1;
        if let Some(place) = place {
            self.open.swap_remove(place);
        }
        let change = Change { id: life.row.id, code: life.code(), kind };
        if !life.status.is_final() {
            self.open.push(life);
        }
        Ok(change)
    }
}
