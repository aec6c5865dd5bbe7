//! How long a dossier waits after a failure.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

/// Exponential growth with full jitter: after `n` failures the wait is drawn evenly between nothing and
/// `min(cap, base · 2^(n-1))`, so that dossiers which failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first failure.
    pub base: Duration,
    /// The longest wait after any number of failures.
    pub cap: Duration,
}

impl Backoff {
    /// The longest wait after `failures` failures in a row.
    #[must_use]
    pub fn ceiling(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }

    /// The wait after `failures` failures in a row, drawn from `chance`.
    pub fn wait(&self, failures: u32, chance: &mut StdRng) -> Duration {
        self.ceiling(failures).mul_f64(chance.random_range(0.0..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::Backoff;

    const BACKOFF: Backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(1_800) };

    #[test]
    fn the_ceiling_doubles_up_to_the_cap_and_stays_there_for_ever() {
        let series: Vec<u64> = (1..=12).map(|failures| BACKOFF.ceiling(failures).as_secs()).collect();
        assert_eq!(series, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_800, 1_800]);
        assert_eq!(BACKOFF.ceiling(u32::MAX), BACKOFF.cap);
    }

    #[test]
    fn the_wait_spreads_over_the_whole_range_and_repeats_with_its_seed() {
        let draw = |seed| -> Vec<Duration> {
            let mut chance = StdRng::seed_from_u64(seed);
            (0..200).map(|_| BACKOFF.wait(6, &mut chance)).collect()
        };
        let waits = draw(7);
        assert_eq!(waits, draw(7));
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(64)));
        assert!(waits.iter().any(|wait| *wait < Duration::from_secs(8)), "full jitter reaches near nothing");
        assert!(waits.iter().any(|wait| *wait > Duration::from_secs(56)), "and near the ceiling");
    }
}
