//! The one place that reads the time.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

/// The time on a clock that is so many seconds ahead of the machine's.
#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in's time goes on with the machine's; nothing replays it by clock"
)]
fn now(ahead_s: i64) -> DateTime<chrono_tz::Tz> {
    let ahead = TimeDelta::try_seconds(ahead_s).unwrap_or_default();
    (Utc::now() + ahead).with_timezone(&Ho_Chi_Minh)
}

/// The wall clock of Vietnam.
pub(crate) fn wall(ahead_s: i64) -> NaiveDateTime {
    now(ahead_s).naive_local()
}

/// Tomorrow at this hour in the portal's own form, `yyyyMMddHHmmss`: the latest date of receipt believed.
pub(crate) fn latest_receipt(ahead_s: i64) -> String {
    (now(ahead_s) + TimeDelta::days(1)).format("%Y%m%d%H%M%S").to_string()
}

/// The time in the form of HTTP's header `Date`.
pub(crate) fn http_date(ahead_s: i64) -> String {
    now(ahead_s).to_utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
