//! The count of rows that the queries for changes give, by which it is seen when many are gone from them: what they no longer give, no
//! poll hears of.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The memo of the last count.
pub const CENSUS_MEMO: &str = "changed.census";
/// Rows are counted with a sweep, and not more often than this.
const EVERY: TimeDelta = TimeDelta::hours(20);
/// A count that has shrunk for so long is believed.
const BELIEVED_AFTER: TimeDelta = TimeDelta::days(7);
/// Fewer rows than this tell nothing.
const LEAST: u64 = 20;

/// A count of the rows of all queries for changes, beside the last one that had not shrunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    at: DateTime<Utc>,
    rows: u64,
    before: u64,
    before_at: DateTime<Utc>,
    /// The digest of the mapping by which they were counted.
    mapping: String,
}

impl Census {
    /// Reads what `stored` wrote; `None` for what cannot be read.
    #[must_use]
    pub fn read(stored: Option<&str>) -> Option<Self> {
        serde_json::from_str(stored?).ok()
    }

    /// The census as the ledger keeps it.
    pub(super) fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The census after `rows` were counted at `now` by `mapping`.
    pub(super) fn after(last: Option<&Self>, rows: u64, mapping: &str, now: DateTime<Utc>) -> Self {
        let counted = Self { at: now, rows, before: rows, before_at: now, mapping: mapping.to_owned() };
        match last {
            Some(last) if has_shrunk(last.before, rows) && now - last.before_at < BELIEVED_AFTER => {
                Self { before: last.before, before_at: last.before_at, ..counted }
            }
            _ => counted,
        }
    }

    /// Whether it is time to count again, by `mapping`.
    pub(super) fn is_old(&self, mapping: &str, now: DateTime<Utc>) -> bool {
        now - self.at >= EVERY || self.at > now || self.mapping != mapping
    }

    /// The number of rows that are gone, when half of them are, and when they were last all there.
    #[must_use]
    pub fn gone(&self) -> Option<(u64, DateTime<Utc>)> {
        has_shrunk(self.before, self.rows).then(|| (self.before.saturating_sub(self.rows), self.before_at))
    }
}

const fn has_shrunk(before: u64, rows: u64) -> bool {
    before >= LEAST && rows.saturating_mul(2) <= before
}

#[cfg(test)]
mod tests {
    use super::Census;
    use chrono::{DateTime, TimeDelta, Utc};

    #[test]
    fn half_of_the_rows_gone_is_told_until_they_are_back_or_it_has_lasted_a_week() {
        let day = |day: i64| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000 + day);
        let first = Census::after(None, 100, "m", day(0));
        assert!(
            first.gone().is_none()
                && !first.is_old("m", day(0) + TimeDelta::hours(19))
                && first.is_old("m", day(1))
        );
        assert!(first.is_old("other", day(0)), "another mapping");
        let fewer = Census::after(Some(&first), 51, "m", day(1));
        assert_eq!(fewer.gone(), None, "not half");
        let half = Census::after(Some(&first), 50, "m", day(1));
        assert_eq!(half.gone(), Some((50, day(0))));
        let lasting = Census::after(Some(&half), 50, "m", day(2));
        assert_eq!(Census::read(Some(&lasting.stored())).unwrap().gone(), Some((50, day(0))), "told again");
        assert_eq!(Census::after(Some(&lasting), 99, "m", day(3)).gone(), None, "they are back");
        assert_eq!(Census::after(Some(&lasting), 50, "m", day(7)).gone(), None, "it is meant");
        let small = Census::after(None, 19, "m", day(0));
        assert_eq!(Census::after(Some(&small), 0, "m", day(1)).gone(), None, "too few tell nothing");
    }
}
