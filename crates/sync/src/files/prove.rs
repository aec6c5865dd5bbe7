//! Proving one file: it is there, it is what it should be, or it is still what was proved before.

use super::budget::Budget;
use super::claimed_file::Case;
use super::inspect::{Defect, Looked, look_in_turn};
use super::marks::{mark_of, same};
use super::store::{Stat, StoreError};
use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_ledger::{FileClaim, FileState, ReadMark, Signature};

/// Proves files.
pub(super) struct Prover {
    /// The bytes a second that are read.
    pub(super) reading: Budget,
    /// The handles that every worker holds.
    pub(super) ctx: Ctx,
}

/// The proof of a file, or what stands in its way.
pub(super) enum Found {
    /// It is as it was proved.
    Same(ReadMark),
    /// It was read, and is in order.
    Sound(ReadMark),
    /// Something is wrong with it; what the store says of it, when it was read.
    Defective(Vec<Defect>, Option<Stat>),
    /// It was defective before, and nobody has changed it since.
    StillDefective,
    /// It could not be judged.
    Failed(StoreError),
}

impl Found {
    /// The stable name in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Same(_) | Self::StillDefective => "unchanged",
            Self::Sound(_) => "sound",
            Self::Defective(..) => "defective",
            Self::Failed(_) => "failed",
        }
    }
}

impl Prover {
    /// Proves the file of `case`, and reads it only when the store says that it changed or the proof is in doubt.
    pub(super) async fn prove(&self, claim: &FileClaim, case: &Case) -> Found {
        let found = self.find(claim, case).await;
        self.ctx.metrics.file_looked(found.name());
        found
    }

    async fn find(&self, claim: &FileClaim, case: &Case) -> Found {
        if case.key.is_empty() {
            return Found::Defective(vec![Defect::Missing], None);
        }
        // There is nothing to compare its store's word with, and its first piece tells the size as well.
        if claim.mark.is_none() && case.store.is_read_by_pieces() {
            return self.read(case, async |stat| self.spend(stat, case).await).await;
        }
        let stat = match case.store.stat(case.key.as_str()).await {
            Ok(stat) => stat,
            Err(error) => {
                let defect = Defect::of(&error);
                return defect.map_or(Found::Failed(error), |defect| Found::Defective(vec![defect], None));
            }
        };
        // The portal has other bytes than were proved: what the store says of its file is not believed this time.
        let doubted = claim.state == FileState::New && claim.offered.is_some();
        if let Some(mark) = claim.mark.as_ref().filter(|mark| !doubted && same(&stat, mark)) {
            return if claim.state == FileState::Held {
                Found::StillDefective
            } else {
                Found::Same(mark.clone())
            };
        }
        self.spend(&stat, case).await;
        self.read(case, async |_| {}).await
    }

    /// Reads the file through, and waits for `turn` once its store has said how large it is.
    async fn read(&self, case: &Case, turn: impl AsyncFnOnce(&Stat)) -> Found {
        match look_in_turn(&case.store, case.key.as_str(), &case.named, turn).await {
            Ok(looked) => {
                self.ctx.metrics.file_bytes("read", looked.verdict.size);
                judged(looked)
            }
            Err(error) => Found::Failed(error),
        }
    }

    /// Waits until the bytes of the file may be read.
    async fn spend(&self, stat: &Stat, case: &Case) {
        let _waiting = self.ctx.vitals.waits(Part::Files);
        self.reading.spend(stat.size.min(case.store.limits().max_bytes)).await;
    }
}

fn judged(looked: Looked) -> Found {
    let Looked { stat, verdict } = looked;
    if verdict.defects.contains(&Defect::ChangedWhileRead) {
        return Found::Failed(StoreError::Changed);
    }
    if !verdict.defects.is_empty() {
        return Found::Defective(verdict.defects, stat);
    }
    match (stat, verdict.sha256) {
        (Some(stat), Some(sha256)) => {
            Found::Sound(mark_of(&stat, sha256, signature_of(verdict.signed, verdict.covers_whole)))
        }
        _ => Found::Failed(StoreError::Changed),
    }
}

const fn signature_of(signed: bool, covers_whole: Option<bool>) -> Signature {
    match (signed, covers_whole) {
        (false, _) => Signature::Absent,
        (true, Some(false)) => Signature::Partial,
        (true, Some(true) | None) => Signature::Whole,
    }
}
