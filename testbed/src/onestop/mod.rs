//! An imaginary vendor's one-stop system: its database, a year of dossiers in it, live changes, and damage.
//!
//! Everything follows from the seed and the times that are passed in: two simulators with the same configuration
//! and the same calls write the same rows, on either engine.

mod damage;
mod files;
mod forge;
mod forms;
mod life;
mod live;
mod people;
pub(crate) mod rows;
mod status;
mod workday;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rand::RngExt as _;

pub use damage::{LateCommit, Planted};
pub use files::{FileDamage, FilePlan, OfficeFile, OfficeFiles};
pub use live::{Change, ChangeKind};
pub use status::Status;

use crate::time::{Stamp, local, whole_second};
use crate::{Db, Error};
use forge::Forge;
use life::Life;
use rows::Batch;

/// Dossiers written by one statement. Larger ones gain nothing and cost memory on both sides.
const CHUNK: usize = 2_000;
/// Dossiers written by one transaction.
const TRANSACTION: usize = 20_000;

/// The properties of a simulated system.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// The seed of all randomness.
    pub seed: u64,
    /// The number of [`crate::catalogue::UNITS`] that hand in dossiers, from 1 to all.
    pub communes: usize,
    /// Beginning of every link to a file, without a slash at the end.
    pub file_base: String,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self { seed: 1, communes: 4, file_base: "https://motcua.example.invalid/tep".to_owned() }
    }
}

/// A running one-stop system. It must be the only writer of its database.
#[derive(Debug)]
pub struct Simulator {
    db: Db,
    forge: Forge,
    open: Vec<Life>,
    changes: u64,
}

impl Simulator {
    /// Creates the tables in an empty database.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create(db: Db, config: SimConfig) -> Result<Self, Error> {
        db.create_schema().await?;
        let forge = Forge::new(config.seed, config.communes, config.file_base);
        Ok(Self { db, forge, open: Vec::new(), changes: 0 })
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Dossiers that can still move.
    #[must_use]
    pub fn open_dossiers(&self) -> usize {
        self.open.len()
    }

    /// Changes made since the start, other than by [`Self::create_year`]: each is one transaction which brought
    /// one dossier to a new revision (`ghi_chu`).
    #[must_use]
    pub fn changes_made(&self) -> u64 {
        self.changes
    }

    /// Creates `dossiers` dossiers handed in during the 365 days before `now`, each led through its life up to
    /// `now`. Each is visible only in its present state; `cap_nhat_luc` is the time of its last move.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_year(&mut self, now: DateTime<Utc>, dossiers: usize) -> Result<(), Error> {
        let now = whole_second(local(now));
        let mut left = dossiers;
        while left > 0 {
            let mut tx = self.db.begin().await?;
            let mut room = TRANSACTION.min(left);
            left -= room;
            while room > 0 {
                let count = CHUNK.min(room);
                room -= count;
                let mut batch = Batch::default();
                for _ in 0..count {
                    self.past_dossier(now, &mut batch);
                }
                batch.write(&mut tx).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    fn past_dossier(&mut self, now: NaiveDateTime, batch: &mut Batch) {
        let first = (now - TimeDelta::days(365)).date();
        // A dossier of today may be drawn for the afternoon when it is still morning.
        let at = workday::arrival(first, 366, &mut self.forge.rng).min(now);
        let mut life = self.forge.birth(at, batch);
        while let Some(next) = life.choose_next(&mut self.forge) {
            let at = life.next_time(&mut self.forge);
            if at > now {
                break;
            }
            life.enter(&mut self.forge, next, at, batch);
        }
        // Vendors' clocks have a part below the second; steps do not.
        let micros = self.forge.rng.random_range(0..1_000_000);
        let changed = life.last_step + TimeDelta::microseconds(micros);
        life.row.cap_nhat_luc = Stamp(changed.min(now));
        life.record(batch);
        if !life.status.is_final() {
            self.open.push(life);
        }
    }

    /// Writes the batch in one transaction.
    async fn save(&self, batch: &Batch) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        batch.write(&mut tx).await?;
        tx.commit().await
    }
}
