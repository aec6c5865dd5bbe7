//! On time or late: indicator 2.1 on one dossier.

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::{Facts, Month, day_of, vocabulary};
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::cutoff::Cutoff;

vocabulary! {
    /// The unit in which a procedure's limit is written.
    pub enum LimitUnit
    texts {
        /// Its name.
        text
    }
    {
        /// Hours by the clock.
        Hours = "hours", ["giờ", "hours"];
        /// Days of the calendar.
        Days = "days", ["ngày", "days"];
        /// Days of work.
        WorkingDays = "working_days", ["ngày làm việc", "working days"];
    }
}

/// The time that a procedure may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The number of units.
    pub count: u32,
    /// The unit.
    pub unit: LimitUnit,
}

/// The facts of a procedure that the formulas need; `None` while one is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Whether it returns a paper. One of which that is not known is taken to return one.
    pub returns_paper: Option<bool>,
    /// Whether it has a fee. Where that is not known a dossier's own fees decide.
    pub has_fee: Option<bool>,
    /// The time that it may take, for dossiers without a due day, and the unit of its mean time.
    pub limit: Option<Limit>,
}

vocabulary! {
    /// The verdict of indicator 2.1 on one dossier at the end of a period.
    pub enum Verdict
    texts {
        /// Its name.
        text
    }
    {
        /// It ended on time.
        OnTime = "on_time", ["đúng hạn", "on time"];
        /// It ended late, is past its due day, or was asked more than once for further papers.
        Late = "late", ["trễ hạn", "late"];
        /// It has not ended, and its due day is not past.
        Running = "running", ["đang xử lý, còn hạn", "in process, not yet due"];
        /// Neither due day nor limit is known.
        Unknown = "unknown", ["chưa có hạn để tính", "no due day to judge by"];
    }
}

impl Verdict {
    /// Whether it counts as late.
    #[must_use]
    pub const fn is_late(self) -> bool {
        matches!(self, Self::Late)
    }
}

/// The moments by which a dossier is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Its end; `None` while it has none.
    pub(crate) end: Option<DateTime<Utc>>,
    /// The last moment at which that is on time, with the time added that the office waited for further papers.
    pub(crate) deadline: Option<DateTime<Utc>>,
    /// Further papers were asked for more than once.
    pub(crate) asked_again: bool,
}

impl Timeline {
    /// The moments of a dossier that `rules` hold for.
    pub(crate) fn of(facts: &Facts, rules: &Rules, calendar: &Calendar) -> Self {
        let asked_once = facts.waiting_since.filter(|_| facts.asked == 1);
        let end = facts.ended.map(|ended| ended.at).or(asked_once);
        let waited =
            i64::try_from(facts.waited).ok().and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX);
        let by_limit = || Some(rules.limit?.from(facts.received_at?, calendar));
        let deadline = facts.due_at.or_else(by_limit);
        let deadline = deadline.map(|at| at.checked_add_signed(waited).unwrap_or(DateTime::<Utc>::MAX_UTC));
        Self { end, deadline, asked_again: facts.asked > 1 }
    }

    pub(crate) fn verdict(&self, cutoff: Cutoff) -> Verdict {
        let ended = self.end.filter(|end| Month::of(*end) <= cutoff.month);
        match (self.deadline, ended) {
            _ if self.asked_again => Verdict::Late,
            (None, _) => Verdict::Unknown,
            (Some(deadline), Some(end)) if end <= deadline => Verdict::OnTime,
            (Some(deadline), None) if cutoff.day <= day_of(deadline) => Verdict::Running,
            (Some(_), _) => Verdict::Late,
        }
    }
}

impl Limit {
    /// The moment at which the limit is over for what began at `from`.
    fn from(self, from: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
        let plain =
            |seconds: i64| from.checked_add_signed(TimeDelta::seconds(i64::from(self.count) * seconds));
        let over = match self.unit {
            LimitUnit::Hours => plain(3_600),
            LimitUnit::Days => plain(86_400),
            LimitUnit::WorkingDays => {
                let hours = i64::from(self.count).saturating_mul(crate::calendar::HOURS_OF_A_DAY);
                Some(calendar.after(from, TimeDelta::hours(hours)))
            }
        };
        over.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// The verdict of indicator 2.1 on a dossier at the end of a period.
///
/// Source: D (the portal's description of its formulas, circulated in October 2026). The end is the first step at 9, else at 10, 3, 8, 7
/// ([`Facts::ended`] chooses it). Where further papers were asked for once and have not come, the moment of asking is the end;
/// where they were asked for more than once, the dossier is late. The time between asking and receiving them is taken off. Without
/// a due day the procedure's limit counts from the receipt. A dossier that has not ended by the cutoff is judged as if it ended on
/// that day.
///
/// Open: whether a limit in hours means hours of work (here they go by the clock); whether the time of waiting is also taken off while
/// a dossier is unfinished (here it is, as D does for dossiers without a due day); from which moment more than one request makes a
/// dossier late (here always, because the facts tell how often and not when).
#[must_use]
pub fn verdict(facts: &Facts, rules: &Rules, calendar: &Calendar, cutoff: Cutoff) -> Verdict {
    Timeline::of(facts, rules, calendar).verdict(cutoff)
}
