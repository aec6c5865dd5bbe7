//! Vietnamese local time, as the simulated system stores it.

use chrono::{DateTime, NaiveDateTime, Timelike as _, Utc};
use serde::{Serialize, Serializer};

/// A local time in the form of the SQLite schema; PostgreSQL reads the same text in a Vietnamese session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) NaiveDateTime);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%d %H:%M:%S%.6f"))
    }
}

/// The wall clock in Vietnam.
pub(crate) fn local(at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&chrono_tz::Asia::Ho_Chi_Minh).naive_local()
}

/// Without the part below a second.
pub(crate) fn whole_second(at: NaiveDateTime) -> NaiveDateTime {
    at.with_nanosecond(0).unwrap_or(at)
}
