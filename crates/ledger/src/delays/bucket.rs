//! Buckets of durations whose width is a sixteenth of what they hold, so that a percentile is known to that.

use std::time::Duration;

/// The number of buckets between a power of two and the next.
const PARTS: u64 = 16;

/// A bucket by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bucket(pub(crate) i64);

impl Bucket {
    /// The bucket that a duration lies in; durations up to 15 ms have one for each millisecond that is begun.
    pub(crate) fn of(duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        if millis < PARTS {
            return Self(i64::try_from(millis).unwrap_or_default());
        }
        let power = millis.ilog2();
        let part = (millis >> (power - 4)) % PARTS;
        Self(i64::from(power - 3) * 16 + i64::try_from(part).unwrap_or_default())
    }

    /// The longest duration that lies in it.
    pub(crate) fn longest(self) -> Duration {
        let number = u64::try_from(self.0).unwrap_or_default();
        if number < PARTS {
            return Duration::from_millis(number);
        }
        let shift = u32::try_from(number / PARTS - 1).unwrap_or(u32::MAX);
        let next = (PARTS + number % PARTS + 1).checked_shl(shift).unwrap_or(u64::MAX);
        Duration::from_millis(next - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Bucket;

    #[test]
    fn a_bucket_tells_no_less_than_the_truth_and_at_most_a_sixteenth_more() {
        let mut last = Bucket(-1);
        let mut millis = 0_u64;
        while millis < 400_000_000_000 {
            let bucket = Bucket::of(Duration::from_millis(millis));
            let more = Duration::from_millis(millis) + Duration::from_nanos(1);
            assert!(Bucket::of(more).longest() >= more, "{more:?}");
            let told = u64::try_from(bucket.longest().as_millis()).unwrap();
            assert!(told >= millis && told - millis <= millis / 16, "{millis} ms told as {told}");
            assert!(bucket >= last, "the order of buckets is that of durations");
            last = bucket;
            millis += 1 + millis / 100;
        }
        assert!(last.0 < 700, "ten years need no more buckets than this: {last:?}");
    }
}
