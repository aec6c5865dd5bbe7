//! Facts of dossiers for the indicators: who handled one is told by the mapping's own code or by a hash under the installation's
//! key.

use dongbo_ledger::FactsRead;
use dongbo_model::{Dossier, Facts, Fingerprint, Mode, Officer, Step};
use dongbo_settings::HashKey;

use crate::ctx::Ctx;

/// Takes facts out of dossiers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct FactsTeller {
    /// Without one an officer who has no code is not told.
    key: Option<HashKey>,
    mode: Mode,
}

impl FactsTeller {
    /// One that hashes under the key of `ctx`, where dongbo works in this mode.
    pub(crate) fn new(ctx: &Ctx, mode: Mode) -> Self {
        Self { key: ctx.hash_key.clone(), mode }
    }

    /// The facts as the local system has them.
    pub(crate) fn local(&self, dossier: &Dossier) -> Box<Facts> {
        Box::new(Facts::of(dossier, |step| self.officer(step)))
    }

    /// The facts as the portal has them, when it has the whole content and the first `steps` steps of a dossier with these `local` ones.
    /// A vendor's bridge has links of its own for files; they are taken to be there where the local system has them.
    pub(crate) fn on_portal(&self, dossier: &Dossier, steps: usize, local: &Facts) -> Box<Facts> {
        let officer = |_: &Step| local.officer.clone();
        Box::new(match self.mode {
            Mode::Push => Facts::accepted(dossier, steps, officer),
            Mode::Watch => Facts::brought(dossier, steps, officer),
        })
    }

    /// The facts that a sweep tells of a dossier with these fingerprints.
    pub(crate) fn read(
        &self,
        dossier: &Dossier,
        content: Fingerprint,
        steps_fp: Option<Fingerprint>,
    ) -> FactsRead {
        let (local, steps) = (self.local(dossier), dossier.steps.len());
        let portal = self.on_portal(dossier, steps, &local);
        FactsRead { code: dossier.code.clone(), content, steps_fp, steps, local, portal }
    }

    fn officer(&self, step: &Step) -> Option<Officer> {
        let written = if step.officer.is_empty() { &step.handler } else { &step.officer };
        Officer::of(written, |name| self.key.as_ref().map(|key| key.hash(name)).unwrap_or_default())
    }
}
