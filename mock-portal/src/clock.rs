//! The only place that asks what time it is.

use chrono::{TimeDelta, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

/// Tomorrow at this hour in the portal's own form, `yyyyMMddHHmmss`: the latest date of receipt believed.
pub(crate) fn latest_receipt() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the stand-in lives in real time; nothing replays it by clock"
    )]
    let now = Utc::now();
    (now.with_timezone(&Ho_Chi_Minh) + TimeDelta::days(1)).format("%Y%m%d%H%M%S").to_string()
}
