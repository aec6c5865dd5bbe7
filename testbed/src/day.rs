//! One day for every simulated office and every clock beside it, so that nothing depends on the day of a run.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};

use crate::Error;

/// Wednesday, 17 September 2025, 09:30:00.25 in Vietnam: the office is open, and no month or year ends soon. It is past on
/// every machine, for whoever takes an office of that day beside the machine's own clock.
const DAY: &str = "2025-09-17T02:30:00.25Z";

/// The variable that puts everything on another day, in the form of RFC 3339: `2028-02-29T23:57:00+07:00`.
pub const DAY_VARIABLE: &str = "DONGBO_TEST_DAY";

/// The variable that tells a process of a test how many seconds its clock is ahead of the machine's. `dongbo` reads it
/// when it was built with debug assertions.
pub const AHEAD_VARIABLE: &str = "DONGBO_CLOCK_AHEAD_S";

/// The moment at which the year of an office ends and its present begins.
///
/// # Errors
/// [`Error::Unsupported`] when [`DAY_VARIABLE`] is no moment.
pub fn start() -> Result<DateTime<Utc>, Error> {
    let text = std::env::var(DAY_VARIABLE).unwrap_or_else(|_| DAY.to_owned());
    let moment = DateTime::parse_from_rfc3339(&text);
    let moment = moment.map_err(|error| Error::Unsupported(format!("{DAY_VARIABLE}={text}: {error}")))?;
    Ok(moment.to_utc())
}

/// The lead of the clocks of this process and of those that it starts over the machine's, in whole seconds: they show a
/// second or two after [`start`] when this is asked first, and go on with the machine's.
///
/// # Errors
/// [`Error::Unsupported`] when one of the two variables cannot be read.
pub fn ahead() -> Result<TimeDelta, Error> {
    static AHEAD: OnceLock<TimeDelta> = OnceLock::new();
    if let Some(ahead) = AHEAD.get() {
        return Ok(*ahead);
    }
    let ahead = match std::env::var(AHEAD_VARIABLE) {
        Ok(text) => {
            let seconds = text.parse().ok().and_then(TimeDelta::try_seconds);
            seconds.ok_or_else(|| {
                Error::Unsupported(format!("{AHEAD_VARIABLE}={text} is no number of seconds"))
            })?
        }
        // Rounded up: what happens now has to come after what the office's year ends with, by the second.
        Err(_) => TimeDelta::seconds((start()? - machine()).num_seconds() + 2),
    };
    Ok(*AHEAD.get_or_init(|| ahead))
}

/// The machine's own time, for what a test can give no other: a server of databases, the check of a certificate, a binary
/// without debug assertions.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place where time enters the tests")]
pub fn machine() -> DateTime<Utc> {
    Utc::now()
}
