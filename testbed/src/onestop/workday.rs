//! Office hours: Monday to Friday, 07:30 to 17:00.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use rand::RngExt as _;
use rand::rngs::StdRng;

const OPENS: TimeDelta = TimeDelta::minutes(7 * 60 + 30);
const CLOSES: TimeDelta = TimeDelta::hours(17);

fn is_workday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn next_workday(day: NaiveDate) -> NaiveDate {
    day.iter_days().skip(1).find(|day| is_workday(*day)).unwrap_or(day)
}

/// `at` when the office is open then, else some time in the first hour and a half of the next opening.
/// Never earlier than `at`.
pub(crate) fn office_time(at: NaiveDateTime, rng: &mut StdRng) -> NaiveDateTime {
    let midnight = at.date().and_time(NaiveTime::MIN);
    let open_today = is_workday(at.date());
    if open_today && (midnight + OPENS..midnight + CLOSES).contains(&at) {
        return at;
    }
    let day = if open_today && at < midnight + OPENS { at.date() } else { next_workday(at.date()) };
    day.and_time(NaiveTime::MIN) + OPENS + TimeDelta::seconds(rng.random_range(0..5_400))
}

/// Closing time of the last of `days` working days after acceptance; for 0 the same day, unless it is past 16:00.
pub(crate) fn due(accepted: NaiveDateTime, days: u32) -> NaiveDateTime {
    let midnight = accepted.date().and_time(NaiveTime::MIN);
    let late = accepted >= midnight + TimeDelta::hours(16) || !is_workday(accepted.date());
    let days = if days == 0 && late { 1 } else { days };
    let mut day = accepted.date();
    for _ in 0..days {
        day = next_workday(day);
    }
    day.and_time(NaiveTime::MIN) + CLOSES
}

/// A time in office hours, on one of `days` days from `first` (or just after).
pub(crate) fn arrival(first: NaiveDate, days: u64, rng: &mut StdRng) -> NaiveDateTime {
    let day = first + Days::new(rng.random_range(0..days.max(1)));
    let at = day.and_time(NaiveTime::MIN) + TimeDelta::seconds(rng.random_range(7 * 3_600..17 * 3_600));
    office_time(at, rng)
}
