//! The counts of one cell, from which those of any period follow exactly.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use dongbo_model::{
    ApplicantKind, Channel, Facts, Fees, Month, OnlinePayment, Period, Status, SubmissionPlace, day_of,
};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, HOURS_OF_A_DAY};
use crate::counts::{Raw, Timing};
use crate::cutoff::Cutoff;
use crate::verdict::{LimitUnit, Rules, Timeline};

/// The counts of the dossiers of one unit, procedure and month of receipt (of handing in, where none was received).
///
/// The facts of time are kept so that the last day of any month, quarter or year, and any today, can be applied later: what has
/// ended by the month of its end, what has not by its due day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    #[serde(rename = "p")]
    raw: Raw,
    /// By months from the cell's to the end.
    #[serde(rename = "e", default, skip_serializing_if = "BTreeMap::is_empty")]
    ended: BTreeMap<i64, Ended>,
    #[serde(rename = "o", default, skip_serializing_if = "Open::is_empty")]
    open: Open,
}

/// Received dossiers that ended in one month.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    #[serde(rename = "t")]
    timing: Timing,
    /// How many are still on time at the end of the cell's month and of those after it, while they have not ended: by months from
    /// the cell's to the last month of which that is so.
    #[serde(rename = "u", default, skip_serializing_if = "BTreeMap::is_empty")]
    until: BTreeMap<i64, u64>,
}

/// Received dossiers that have not ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    #[serde(rename = "n", default)]
    count: u64,
    /// Without a due day or a limit.
    #[serde(rename = "x", default)]
    unknown: u64,
    /// By due day, counted from the beginning of the common era.
    #[serde(rename = "d", default)]
    due: BTreeMap<i32, u64>,
}

impl Open {
    const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Tally {
    /// The form of what is kept of a cell. A tally of another form is counted anew.
    pub const FORM: &'static str = "2";

    /// Counts one more dossier of the cell of `month`.
    pub fn count(&mut self, facts: &Facts, rules: &Rules, calendar: &Calendar, month: Month) {
        self.raw += &raw(facts);
        if facts.received_at.is_some() {
            self.time(facts, rules, calendar, month);
        }
    }

    /// Adds the facts of time of a received dossier.
    fn time(&mut self, facts: &Facts, rules: &Rules, calendar: &Calendar, month: Month) {
        let line = Timeline::of(facts, rules, calendar);
        // Of one that is late in any case the day does not matter.
        let deadline = line.deadline.filter(|_| !line.asked_again);
        let unknown = u64::from(line.deadline.is_none() && !line.asked_again);
        let Some(end) = line.end else {
            self.open.count += 1;
            self.open.unknown += unknown;
            if let Some(deadline) = deadline {
                *self.open.due.entry(day_of(deadline).num_days_from_ce()).or_default() += 1;
            }
            return;
        };
        let after = Month::of(end).0 - month.0;
        let ended = self.ended.entry(after).or_default();
        let on_time = u64::from(deadline.is_some_and(|deadline| end <= deadline));
        ended.timing += &Timing { on_time, unknown, late: 1 - on_time - unknown, ..Timing::default() };
        ended.timing += &duration(facts, rules, calendar);
        if let Some(deadline) = deadline.filter(|_| after > 0) {
            let of = Month::of(deadline);
            let whole = day_of(deadline) == Period::Month(of).days().1;
            let until = if whole { of.0 } else { of.0 - 1 } - month.0;
            if until >= 0 {
                *ended.until.entry(until).or_default() += 1;
            }
        }
    }

    /// The counts that hang on no day.
    #[must_use]
    pub const fn raw(&self) -> &Raw {
        &self.raw
    }

    /// The last month in which a dossier ended, when this is the cell of `month`; `None` where none did.
    #[must_use]
    pub fn last_end(&self, month: Month) -> Option<Month> {
        self.ended.keys().next_back().map(|after| Month(month.0 + after))
    }

    /// The facts of time of `period`, when this is the cell of `month`: its own dossiers when the month lies in the period, else those
    /// that were carried into it.
    #[must_use]
    pub fn timing(&self, month: Month, period: Period, cutoff: Cutoff) -> Timing {
        let mut timing = Timing::default();
        if period.months().contains(&month) {
            for (after, ended) in &self.ended {
                if month.0 + after <= cutoff.month.0 {
                    timing += &ended.timing;
                } else {
                    let running: u64 =
                        ended.until.range(cutoff.month.0 - month.0..).map(|(_, count)| count).sum();
                    let Timing { on_time, late, unknown, .. } = ended.timing;
                    let late = (on_time + late).saturating_sub(running);
                    timing += &Timing { running, unknown, late, ..Timing::default() };
                }
            }
            let running: u64 =
                self.open.due.range(cutoff.day.num_days_from_ce()..).map(|(_, count)| count).sum();
            let unknown = self.open.unknown;
            let late = self.open.count.saturating_sub(unknown).saturating_sub(running);
            timing += &Timing { running, unknown, late, ..Timing::default() };
        } else if month < *period.months().start() {
            let ends = period.months().start().0 - month.0..=cutoff.month.0 - month.0;
            for (_, ended) in self.ended.iter().filter(|(after, _)| ends.contains(after)) {
                let Timing { on_time, late, unknown, .. } = ended.timing;
                let carried = on_time + late + unknown;
                timing += &Timing { carried, carried_on_time: on_time, ..Timing::default() };
            }
        }
        timing
    }
}

/// The counts of one dossier that hang on no day.
fn raw(facts: &Facts) -> Raw {
    let yes = u64::from;
    let online = facts.channel == Some(Channel::Online);
    let (owed, zero) = (facts.fees == Fees::Owed, facts.fees == Fees::AllZero);
    let paid = matches!(facts.paid_online, Some(OnlinePayment::National | OnlinePayment::Local)) && !zero;
    let either = Raw {
        online: yes(online),
        fee_owed: yes(owed),
        fee_zero: yes(zero),
        paid: yes(paid),
        paid_owed: yes(paid && owed),
        ..Raw::default()
    };
    if facts.received_at.is_none() {
        return Raw { submitted: 1, ..either };
    }
    let (papers, results) = (&facts.papers, &facts.results);
    let marked = facts.digitised_flag == Some(true);
    let born_there = facts.submitted_to == Some(SubmissionPlace::National);
    let population = facts.vneid == Some(true) || papers.any_from_store || facts.databases;
    let citizen = facts.applicant == ApplicantKind::Citizen;
    Raw {
        received: 1,
        online_received: yes(online),
        online_coded: yes(online && results.any_with_link_and_code),
        in_person: yes(matches!(facts.channel, None | Some(Channel::InPerson))),
        by_post: yes(facts.channel == Some(Channel::Post)),
        result_link: yes(results.any_with_link),
        paper_file: yes(papers.any_with_file),
        both_files: yes(papers.any_with_file && results.any_with_link),
        digitised_papers: yes(papers.any_digitised || marked),
        digitised_later: yes((papers.any_digitised || marked) && is_digitised_later(facts)),
        reused: yes(papers.any_reused),
        reused_by_any_mark: yes(papers.any_reused || if born_there { papers.any_digitised } else { marked }),
        digitised_mark: yes(marked),
        digitised_paper: yes(papers.any_digitised),
        store: yes(papers.any_from_store),
        population: yes(population),
        citizens: yes(citizen),
        citizens_population: yes(citizen && population),
        ..either
    }
}

/// Whether the digital copies of its papers were made on a day after that of its receipt in Vietnam.
fn is_digitised_later(facts: &Facts) -> bool {
    let days = facts.received_at.zip(facts.digitised_at);
    days.is_some_and(|(received, digitised)| day_of(digitised) > day_of(received))
}

/// How long a dossier took that was processed, in seconds of which a day (a working day, an hour) of the procedure's limit has its own
/// number: 86,400 for a day and for a working day.
fn duration(facts: &Facts, rules: &Rules, calendar: &Calendar) -> Timing {
    let processed = facts.ended.filter(|ended| matches!(ended.status, Status::Processed | Status::Returned));
    let (Some(end), Some(received_at)) = (processed, facts.received_at) else { return Timing::default() };
    let mut timing = Timing { completed: 1, ..Timing::default() };
    let length = match rules.limit.map(|limit| limit.unit) {
        Some(LimitUnit::WorkingDays) => {
            let days = i32::try_from(24 / HOURS_OF_A_DAY).unwrap_or(1);
            calendar.working_time(received_at, end.at) * days
        }
        Some(LimitUnit::Hours | LimitUnit::Days) | None => end.at - received_at,
    };
    // Working time knows no backwards.
    if end.at < received_at {
        return timing;
    }
    let seconds = u64::try_from(length.num_seconds()).unwrap_or_default();
    (timing.timed, timing.seconds) = (1, seconds);
    match facts.channel {
        Some(Channel::Online) => (timing.online_timed, timing.online_seconds) = (1, seconds),
        None | Some(Channel::InPerson) => (timing.in_person_timed, timing.in_person_seconds) = (1, seconds),
        Some(Channel::Post) => {}
    }
    timing
}
