//! Values that a gauge can show, in base units.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// A value that a gauge can show.
pub(super) trait Measure {
    /// The value in base units.
    fn measure(self) -> f64;
}

impl Measure for f64 {
    fn measure(self) -> f64 {
        self
    }
}

impl Measure for u64 {
    #[expect(clippy::cast_precision_loss, reason = "counts and bytes stay far below 2^53")]
    fn measure(self) -> f64 {
        self as f64
    }
}

impl Measure for bool {
    fn measure(self) -> f64 {
        f64::from(u8::from(self))
    }
}

impl Measure for Duration {
    fn measure(self) -> f64 {
        self.as_secs_f64()
    }
}

impl Measure for DateTime<Utc> {
    /// Seconds since 1970.
    fn measure(self) -> f64 {
        (self - Self::UNIX_EPOCH).as_seconds_f64()
    }
}
