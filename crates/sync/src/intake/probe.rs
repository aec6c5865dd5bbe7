//! The proof of the whole mapping against the local database. Polls show one fault at a time and only when they meet it; this
//! shows all at once, with the nearest names that the schema has, and measures the server's clock.

use std::time::Duration;

use super::reader::{Intake, IntakeError};
use crate::crew::{Again, Worker};
use crate::failures::Work;
use crate::vitals::Part;
use dongbo_model::ErrorClass;
use dongbo_model::clock::{CLOCK_TOLERANCE, later};

/// Time between two proofs.
const PROVE_EVERY: Duration = Duration::from_secs(600);

/// Proves the mapping.
pub(super) struct MappingProber<'i>(pub(super) &'i Intake);

impl Worker for MappingProber<'_> {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Mapping
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        let proof = self.0.ctx.clock.timeout(self.longest(), self.0.source.probe());
        // One that takes too long is left for the next time; whatever is in the way, polls tell.
        if let Some(proof) = proof.await {
            proof?;
            self.0.works(Work::Proof, "");
            self.compare_clocks();
        }
        Ok(Again::At(later(self.0.ctx.clock.now(), PROVE_EVERY)))
    }

    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        // Whatever else is in the way, polls tell.
        if error.class() == ErrorClass::Config {
            self.0.report("probe", error, wait);
            self.0.stands(Work::Proof, "", error);
        }
    }

    /// A proof has the server look at each query of the mapping, and runs none of them.
    fn longest(&self) -> Duration {
        self.0.longest_query().saturating_mul(2)
    }
}

impl MappingProber<'_> {
    fn compare_clocks(&self) {
        let Some(offset) = self.0.source.clock_offset() else { return };
        self.0.ctx.metrics.clock_offset("source", offset);
        if offset.abs() > CLOCK_TOLERANCE {
            tracing::warn!(
                event = "source.clock_offset",
                offset_s = offset.num_seconds(),
                "The local database's clock is {} s from ours; check the clocks of both hosts (timedatectl)",
                offset.num_seconds()
            );
        }
    }
}
