//! Waits after failures: every one in the workspace is computed here.
//!
//! `backon` computes how they grow and where they stop growing. Its own jitter is not used: it adds a draw to the ceiling,
//! while full jitter draws from nothing up to it, so that dossiers which failed together spread over the whole time. And
//! the draw comes from the caller's generator, so that one seed still makes one run in the simulation.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use rand::{Rng, RngExt as _};

/// Doublings after which every sensible cap is reached.
const MOST_DOUBLINGS: u32 = 31;

/// Exponential growth with full jitter: after `n` failures the wait is drawn evenly between nothing and
/// `min(cap, base · 2^(n-1))`. It never gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first failure.
    pub base: Duration,
    /// The longest wait after any number of failures.
    pub cap: Duration,
}

impl Backoff {
    /// The longest waits after one failure, two, and so on without an end.
    #[must_use]
    pub fn ceilings(&self) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(self.base.min(self.cap))
            .with_max_delay(self.cap)
            .without_max_times()
            .build()
    }

    /// The longest wait after `failures` failures in a row, to the millisecond.
    #[must_use]
    pub fn ceiling(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(MOST_DOUBLINGS);
        let before = usize::try_from(doublings).unwrap_or(usize::MAX);
        let ceiling = self.ceilings().nth(before).unwrap_or(self.cap);
        // backon reckons in f32, in which twice 100 ms is 200 ms and three nanoseconds.
        let millis = ceiling.saturating_add(Duration::from_micros(500)).as_millis();
        u64::try_from(millis).map_or(ceiling, Duration::from_millis)
    }

    /// The wait after `failures` failures in a row, drawn from `chance`.
    pub fn wait(&self, failures: u32, chance: &mut impl Rng) -> Duration {
        self.ceiling(failures).mul_f64(chance.random_range(0.0..=1.0))
    }
}

/// The longest wait between two tries to reach a database that is away.
pub const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Waits between tries to reach a database that is away: from half a second to [`LONGEST_RETRY`], without an end. They are
/// not drawn, as one daemon has one connection to try.
#[must_use]
pub fn retry_waits() -> ExponentialBackoff {
    Backoff { base: Duration::from_millis(500), cap: LONGEST_RETRY }.ceilings()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::{Backoff, LONGEST_RETRY, retry_waits};

    const BACKOFF: Backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(1_800) };

    #[test]
    fn the_ceiling_doubles_up_to_the_cap_and_stays_there_for_ever() {
        let series: Vec<u64> = (1..=12).map(|failures| BACKOFF.ceiling(failures).as_secs()).collect();
        assert_eq!(series, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_800, 1_800]);
        assert_eq!(BACKOFF.ceiling(u32::MAX), BACKOFF.cap);
    }

    #[test]
    fn a_base_that_is_no_power_of_two_doubles_without_a_trace_of_rounding() {
        let backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(3_600) };
        let series: Vec<Duration> = (1..=14).map(|failures| backoff.ceiling(failures)).collect();
        assert_eq!(series[..3], [100, 200, 400].map(Duration::from_millis));
        assert_eq!(series[13], Duration::from_millis(819_200));
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

    #[test]
    fn a_database_that_is_away_is_tried_without_an_end_and_at_least_every_half_minute() {
        let waits: Vec<Duration> = retry_waits().take(9).collect();
        assert_eq!(waits[..3], [500, 1_000, 2_000].map(Duration::from_millis));
        assert_eq!(waits[8], LONGEST_RETRY);
        assert_eq!(retry_waits().nth(100_000), Some(LONGEST_RETRY));
    }
}
