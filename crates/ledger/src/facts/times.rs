//! When the portal accepted each step: six characters a step in one text, to which only steps at its end are added.

use chrono::{DateTime, Utc};

/// Characters of one time, which are seconds since 1970 to the base of 64.
const WIDTH: usize = 6;
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
/// Stands for a time that is not known: the step was accepted before anybody wrote that down.
const UNKNOWN: &str = "------";

/// The times of the first `steps` steps: those that `known` has stay, and of the others those from the place `since` on were
/// accepted `at`. A step that the portal lost and took once more keeps its time.
pub(super) fn extended(known: &str, steps: usize, since: Option<usize>, at: Option<DateTime<Utc>>) -> String {
    let mut times = known.get(..steps.saturating_mul(WIDTH)).unwrap_or(known).to_owned();
    for place in times.len() / WIDTH + 1..=steps {
        match at.filter(|_| since.is_some_and(|since| place >= since)) {
            Some(at) => times.push_str(&written(at)),
            None => times.push_str(UNKNOWN),
        }
    }
    times
}

/// The time of each step in its place; `None` where it is not known.
pub(super) fn read(times: &str) -> Vec<Option<DateTime<Utc>>> {
    times.as_bytes().chunks(WIDTH).map(time).collect()
}

fn written(at: DateTime<Utc>) -> String {
    let mut left = u64::try_from(at.timestamp()).unwrap_or_default();
    let mut text = [b'0'; WIDTH];
    for place in text.iter_mut().rev() {
        let digit = usize::try_from(left % 64).unwrap_or_default();
        *place = DIGITS.get(digit).copied().unwrap_or(b'0');
        left /= 64;
    }
    text.into_iter().map(char::from).collect()
}

fn time(digits: &[u8]) -> Option<DateTime<Utc>> {
    let value = |byte: &u8| DIGITS.iter().position(|digit| digit == byte);
    let seconds = digits.iter().try_fold(0_i64, |all, byte| {
        let digit = i64::try_from(value(byte)?).ok()?;
        all.checked_mul(64)?.checked_add(digit)
    })?;
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{extended, read};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_time_of_each_step_is_kept_in_its_place_and_once() {
        let old = extended("", 2, None, None);
        assert_eq!(read(&old), [None, None], "accepted before this was written down");
        let more = extended(&old, 4, Some(3), Some(at(1_790_000_000)));
        let now = Some(at(1_790_000_000));
        assert_eq!(read(&more), [None, None, now, now]);
        assert_eq!(extended(&more, 4, Some(1), Some(at(1_800_000_000))), more, "taken once more");
        assert_eq!(extended(&more, 1, None, None), old[..6], "the portal lost the others");
        assert_eq!(read(&extended("", 1, Some(1), Some(at(60_000_000_000)))), [Some(at(60_000_000_000))]);
    }
}
