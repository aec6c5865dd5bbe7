//! The events of a run and their times, all of them drawn from the seed.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::fault::Fault;

/// Faults and changes come within this; then the world heals.
pub(crate) const HORIZON: Duration = Duration::from_secs(90);

/// Faults that come in worlds of their own.
const SPECIAL: [Fault; 2] = [Fault::Repeated, Fault::SecondSourceAway];
/// Of so many worlds one has two local systems.
const WORLDS_TO_ONE_OF_TWO_SOURCES: u64 = 8;

/// A run before it is run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed that everything is drawn from.
    pub seed: u64,
    /// Hosts with a daemon each, on one ledger.
    pub daemons: usize,
    /// Dossiers in one call, as `portal.batch_size`.
    pub batch_size: usize,
    /// Steps in one call, as `portal.steps_per_call`.
    pub steps_per_call: usize,
    /// The share of acceptances that a look-up confirms, as `push.verify_share`.
    pub verify_share: f64,
    /// Whether the portal speaks dialect `rest`.
    pub rest: bool,
    /// Whether there are two local systems, of which the second goes down.
    pub two_sources: bool,
    /// When the local system changes.
    pub changes: Vec<Duration>,
    /// When each fault begins.
    pub faults: Vec<(Duration, Fault)>,
    /// A fault that counts as planned and never strikes: it proves that the count notices.
    pub unmet: Option<Fault>,
}

impl Plan {
    /// Draws the plan of `seed`.
    pub fn of(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let kinds: BTreeSet<Fault> = if chance.random_ratio(1, 20) {
            BTreeSet::new()
        } else {
            let many = chance.random_range(1..=6);
            let usual: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| !SPECIAL.contains(fault)).collect();
            usual.sample(&mut chance, many).copied().collect()
        };
        let mut faults = Vec::new();
        for kind in kinds {
            for _ in 0..chance.random_range(1..=2) {
                faults.push((moment(&mut chance, 5, 75), kind));
            }
        }
        faults.sort_unstable();
        let lies = faults.iter().any(|(_, fault)| matches!(fault, Fault::Lie));
        let halves = faults.iter().any(|(_, fault)| matches!(fault, Fault::HalfApplied));
        let mut changes: Vec<Duration> =
            (0..chance.random_range(6..=24)).map(|_| moment(&mut chance, 0, 88)).collect();
        changes.sort_unstable();
        let mut plan = Self {
            seed,
            daemons: *[1, 1, 2, 3].choose(&mut chance).unwrap(),
            batch_size: chance.random_range(if halves { 3..=4 } else { 1..=4 }),
            steps_per_call: chance.random_range(1..=4),
            // Only a look-up that follows every acceptance finds every lie.
            verify_share: if lies { 1.0 } else { *[0.0, 0.2].choose(&mut chance).unwrap() },
            rest: false,
            two_sources: false,
            changes,
            faults,
            unmet: None,
        };
        if chance.random_ratio(1, 8) {
            plan.crowd(&mut chance);
        }
        if chance.random_ratio(1, 8) {
            plan.faults.push((moment(&mut chance, 5, 75), Fault::Repeated));
            plan.faults.sort_unstable();
        }
        if chance.random_ratio(1, 8) {
            plan.rest = true;
            // Between its two writes a refused dossier is in a state in which it never was here, and a call carries one dossier.
            plan.faults.retain(|(_, fault)| !matches!(fault, Fault::Refusal | Fault::HalfApplied));
        }
        if seed % WORLDS_TO_ONE_OF_TWO_SOURCES == 5 {
            plan.two_sources = true;
            plan.faults.push((moment(&mut chance, 5, 75), Fault::SecondSourceAway));
            plan.faults.sort_unstable();
        }
        plan
    }

    /// Makes it a run of several daemons that lose their ledger and their leases again and again while a lot changes: one
    /// that comes back has to find that the others have gone on.
    fn crowd(&mut self, chance: &mut StdRng) {
        self.daemons = 3;
        self.changes.extend((0..30).map(|_| moment(chance, 0, 88)));
        self.changes.sort_unstable();
        self.faults.extend((0..5).map(|_| (moment(chance, 2, 75), Fault::LedgerAway)));
        self.faults.sort_unstable();
    }
}

fn moment(chance: &mut StdRng, from: u64, to: u64) -> Duration {
    Duration::from_millis(chance.random_range(from * 1_000..to * 1_000))
}
