//! Clocks that run while a dossier is open.

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::{Facts, Status, day_of, vocabulary};

use crate::calendar::{Calendar, HOURS_OF_A_DAY};
use crate::verdict::{Rules, Timeline};

/// The working days before the due day from which a dossier is near it.
const NEAR: u32 = 3;

vocabulary! {
    /// How near the due day of an open dossier is.
    pub enum Due
    texts {
        /// Its name.
        text
    }
    {
        /// It is past.
        Overdue = "overdue", ["đã quá hạn", "overdue"];
        /// It is today.
        Today = "today", ["đến hạn hôm nay", "due today"];
        /// It is the next working day.
        Tomorrow = "tomorrow", ["đến hạn ngày làm việc tới", "due on the next working day"];
        /// It is within three working days.
        Near = "near", ["đến hạn trong 3 ngày làm việc", "due within 3 working days"];
    }
}

vocabulary! {
    /// A reason for somebody to look at an open dossier now.
    pub enum Ring
    texts {
        /// Its name.
        text
    }
    {
        /// It is past its due day.
        Overdue = "overdue", ["đã quá hạn", "overdue"];
        /// It is due today.
        Today = "today", ["đến hạn hôm nay", "due today"];
        /// It is due within three working days, and not today.
        Soon = "soon", ["đến hạn trong 3 ngày làm việc tới", "due within the next 3 working days"];
        /// It was not accepted within 8 working hours.
        NotAccepted = "not_accepted", ["chưa tiếp nhận, quá 8 giờ làm việc", "not accepted for 8 working hours"];
        /// Further papers were asked for more than once.
        AskedAgain = "asked_again", ["yêu cầu bổ sung từ hai lần", "asked more than once for papers"];
    }
}

/// The clocks of one dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clocks {
    /// The moment by which it must be accepted (8 working hours after it was handed in, Decree 118/2025), while it is not.
    pub accept_by: Option<DateTime<Utc>>,
    /// Whether that moment is past.
    pub acceptance_late: bool,
    /// The nearness of its due day; `None` when that is farther, or it waits for papers or has ended.
    pub due: Option<Due>,
    /// Further papers were asked for more than once, so that it counts as late (2.1).
    pub asked_again: bool,
}

impl Clocks {
    /// The clocks of a dossier at `now`.
    #[must_use]
    pub fn of(facts: &Facts, rules: &Rules, calendar: &Calendar, now: DateTime<Utc>) -> Self {
        if facts.ended.is_some() || facts.status.is_final() {
            return Self::default();
        }
        let not_accepted = facts.status == Status::Registered;
        let accept_by = facts
            .submitted_at
            .filter(|_| not_accepted)
            .map(|at| calendar.after(at, TimeDelta::hours(HOURS_OF_A_DAY)));
        let line = Timeline::of(facts, rules, calendar);
        let deadline = line.deadline.filter(|_| facts.waiting_since.is_none());
        Self {
            accept_by,
            acceptance_late: accept_by.is_some_and(|by| by < now),
            due: deadline.and_then(|deadline| nearness(deadline, calendar, now)),
            asked_again: line.asked_again,
        }
    }

    /// Whether somebody should look at the dossier now.
    #[must_use]
    pub const fn rings(&self) -> bool {
        self.acceptance_late || self.due.is_some() || self.asked_again
    }

    /// Whether somebody should for this reason.
    #[must_use]
    pub const fn rings_for(&self, ring: Ring) -> bool {
        match ring {
            Ring::Overdue => matches!(self.due, Some(Due::Overdue)),
            Ring::Today => matches!(self.due, Some(Due::Today)),
            Ring::Soon => matches!(self.due, Some(Due::Tomorrow | Due::Near)),
            Ring::NotAccepted => self.acceptance_late,
            Ring::AskedAgain => self.asked_again,
        }
    }
}

fn nearness(deadline: DateTime<Utc>, calendar: &Calendar, now: DateTime<Utc>) -> Option<Due> {
    let (due, today) = (day_of(deadline), day_of(now));
    if deadline < now {
        Some(Due::Overdue)
    } else if due == today {
        Some(Due::Today)
    } else if due <= calendar.working_day_after(today, 1) {
        Some(Due::Tomorrow)
    } else if due <= calendar.working_day_after(today, NEAR) {
        Some(Due::Near)
    } else {
        None
    }
}
