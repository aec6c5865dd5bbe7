//! The one place that reads the time.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

#[expect(clippy::disallowed_methods, reason = "the stand-in lives in real time; nothing replays it by clock")]
fn now() -> DateTime<chrono_tz::Tz> {
    Utc::now().with_timezone(&Ho_Chi_Minh)
}

/// The wall clock of Vietnam.
pub(crate) fn wall() -> NaiveDateTime {
    now().naive_local()
}

/// Tomorrow at this hour in the portal's own form, `yyyyMMddHHmmss`: the latest date of receipt believed.
pub(crate) fn latest_receipt() -> String {
    (now() + TimeDelta::days(1)).format("%Y%m%d%H%M%S").to_string()
}
