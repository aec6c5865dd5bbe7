//! The form in which a dossier's facts are stored: some sixty characters, without unit and procedure, which are columns.
//!
//! Fourteen values with commas between, of which those at the end that are empty are left out: the codes and marks as one number in
//! bits, the times as seconds since the receipt (that itself, and all where there is none, since 1970), counts, two codes, and one
//! more time. Numbers are to the base of 36.

use std::str::Split;

use chrono::{DateTime, Utc};
use dongbo_model::{
    ApplicantKind, Channel, Ended, Facts, Fees, Officer, OnlinePayment, Papers, Results, Status,
    SubmissionPlace, Text,
};

const BASE: u32 = 36;
/// Stands for the handling unit where it is the receiving one too.
const THE_SAME: &str = "=";
const FEES: &[Fees] = &[Fees::None, Fees::AllZero, Fees::Owed];

/// The facts as they are stored.
pub(super) fn pack(facts: &Facts) -> String {
    let origin = facts.received_at.map_or(0, |at| at.timestamp());
    let since = |at: Option<DateTime<Utc>>| at.map_or_else(String::new, |at| number(at.timestamp() - origin));
    let many =
        |many: u64| if many == 0 { String::new() } else { number(i64::try_from(many).unwrap_or(i64::MAX)) };
    let ended = |ended: Ended| {
        let place = Status::ALL.iter().position(|status| *status == ended.status).unwrap_or_default();
        format!("{}{}", number(i64::try_from(place).unwrap_or_default()), since(Some(ended.at)))
    };
    let received_by = match &facts.received_by {
        Some(unit) if *unit == facts.unit => THE_SAME.to_owned(),
        unit => unit.as_ref().map_or_else(String::new, |unit| escaped(unit.as_str())),
    };
    let values = [
        number(marks(facts)),
        facts.received_at.map_or_else(String::new, |at| number(at.timestamp())),
        since(facts.submitted_at),
        since(facts.due_at),
        since(facts.finished_at),
        since(facts.returned_at),
        facts.ended.map_or_else(String::new, ended),
        many(facts.asked.into()),
        since(facts.first_asked_at),
        since(facts.waiting_since),
        many(facts.waited),
        received_by,
        facts.officer.as_ref().map_or_else(String::new, |officer| escaped(officer.as_str())),
        since(facts.digitised_at),
    ];
    values.join(",").trim_end_matches(',').to_owned()
}

/// The facts of a dossier in `unit` of `procedure` from their stored form; `None` for what nobody of ours wrote.
pub(super) fn unpack(unit: &str, procedure: &str, packed: &str) -> Option<Facts> {
    let mut values = packed.split(',');
    let mut marks = Bits(u64::try_from(read(values.next()?)?).ok()?);
    let mut next = Values(&mut values);
    let received = next.number()?;
    let origin = received.unwrap_or(0);
    let unit = Text::new(unit);
    let facts = Facts {
        status: marks.one_of(Status::ALL, 4)?,
        channel: marks.option(Channel::ALL, 2)?,
        submitted_to: marks.option(SubmissionPlace::ALL, 2)?,
        applicant: marks.one_of(ApplicantKind::ALL, 3)?,
        vneid: marks.option(&[false, true], 2)?,
        digitised_flag: marks.option(&[false, true], 2)?,
        paid_online: marks.option(OnlinePayment::ALL, 3)?,
        fees: marks.one_of(FEES, 2)?,
        papers: Papers {
            any: marks.flag(),
            any_with_file: marks.flag(),
            any_digitised: marks.flag(),
            any_reused: marks.flag(),
            any_from_store: marks.flag(),
        },
        results: Results {
            any: marks.flag(),
            any_with_link: marks.flag(),
            any_with_link_and_code: marks.flag(),
        },
        databases: marks.flag(),
        received_at: received.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        submitted_at: next.time(origin)?,
        due_at: next.time(origin)?,
        finished_at: next.time(origin)?,
        returned_at: next.time(origin)?,
        ended: next.ended(origin)?,
        asked: u32::try_from(next.number()?.unwrap_or(0)).ok()?,
        first_asked_at: next.time(origin)?,
        waiting_since: next.time(origin)?,
        waited: u64::try_from(next.number()?.unwrap_or(0)).ok()?,
        received_by: match next.text() {
            THE_SAME => Some(unit.clone()),
            "" => None,
            other => Some(Text::new(unescaped(other))),
        },
        officer: Officer::read(&unescaped(next.text())),
        digitised_at: next.time(origin)?,
        unit,
        procedure: Text::new(procedure),
    };
    Some(facts)
}

/// The codes and marks in bits, the first in the lowest.
fn marks(facts: &Facts) -> i64 {
    let Facts { papers, results, .. } = facts;
    let mut bits = BitsWritten::default();
    bits.put(place(Status::ALL, facts.status), 4);
    bits.put(facts.channel.map_or(0, |one| place(Channel::ALL, one) + 1), 2);
    bits.put(facts.submitted_to.map_or(0, |one| place(SubmissionPlace::ALL, one) + 1), 2);
    bits.put(place(ApplicantKind::ALL, facts.applicant), 3);
    bits.put(facts.vneid.map_or(0, |flag| i64::from(flag) + 1), 2);
    bits.put(facts.digitised_flag.map_or(0, |flag| i64::from(flag) + 1), 2);
    bits.put(facts.paid_online.map_or(0, |one| place(OnlinePayment::ALL, one) + 1), 3);
    bits.put(place(FEES, facts.fees), 2);
    let papers =
        [papers.any, papers.any_with_file, papers.any_digitised, papers.any_reused, papers.any_from_store];
    let results = [results.any, results.any_with_link, results.any_with_link_and_code];
    for flag in papers.into_iter().chain(results).chain([facts.databases]) {
        bits.put(flag.into(), 1);
    }
    bits.all
}

fn place<T: PartialEq>(all: &[T], one: T) -> i64 {
    all.iter().position(|known| *known == one).and_then(|place| i64::try_from(place).ok()).unwrap_or_default()
}

#[derive(Default)]
struct BitsWritten {
    all: i64,
    used: u32,
}

impl BitsWritten {
    fn put(&mut self, value: i64, bits: u32) {
        self.all |= value << self.used;
        self.used += bits;
    }
}

/// Bits that are not read yet.
struct Bits(u64);

impl Bits {
    fn take(&mut self, bits: u32) -> usize {
        let value = self.0 & ((1 << bits) - 1);
        self.0 >>= bits;
        usize::try_from(value).unwrap_or_default()
    }

    fn flag(&mut self) -> bool {
        self.take(1) == 1
    }

    fn one_of<T: Copy>(&mut self, all: &[T], bits: u32) -> Option<T> {
        let place = self.take(bits);
        all.get(place).copied()
    }

    #[expect(clippy::option_option, reason = "no value is another thing than one that nobody of ours wrote")]
    fn option<T: Copy>(&mut self, all: &[T], bits: u32) -> Option<Option<T>> {
        match self.take(bits).checked_sub(1) {
            None => Some(None),
            Some(place) => all.get(place).copied().map(Some),
        }
    }
}

/// Values that are not read yet; those that were left out at the end are empty.
struct Values<'v, 't>(&'v mut Split<'t, char>);

#[expect(clippy::option_option, reason = "no value is another thing than one that nobody of ours wrote")]
impl<'t> Values<'_, 't> {
    fn text(&mut self) -> &'t str {
        self.0.next().unwrap_or_default()
    }

    fn number(&mut self) -> Option<Option<i64>> {
        match self.text() {
            "" => Some(None),
            text => read(text).map(Some),
        }
    }

    fn time(&mut self, origin: i64) -> Option<Option<DateTime<Utc>>> {
        match self.number()? {
            None => Some(None),
            Some(since) => DateTime::from_timestamp(origin.checked_add(since)?, 0).map(Some),
        }
    }

    fn ended(&mut self, origin: i64) -> Option<Option<Ended>> {
        let text = self.text();
        if text.is_empty() {
            return Some(None);
        }
        let (status, since) = text.split_at_checked(1)?;
        let status = *Status::ALL.get(usize::try_from(read(status)?).ok()?)?;
        let at = DateTime::from_timestamp(origin.checked_add(read(since)?)?, 0)?;
        Some(Some(Ended { status, at }))
    }
}

fn number(value: i64) -> String {
    let mut digits = Vec::new();
    let mut left = value.unsigned_abs();
    loop {
        let digit = u32::try_from(left % u64::from(BASE)).unwrap_or_default();
        digits.extend(char::from_digit(digit, BASE));
        left /= u64::from(BASE);
        if left == 0 {
            break;
        }
    }
    if value < 0 {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}

fn read(text: &str) -> Option<i64> {
    i64::from_str_radix(text, BASE).ok()
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace(',', "%2C")
}

fn unescaped(text: &str) -> String {
    text.replace("%2C", ",").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use dongbo_model::{
        ApplicantKind, Channel, Ended, Facts, Fees, Officer, OnlinePayment, Papers, Results, Status,
        SubmissionPlace, Text,
    };
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::{pack, unpack};

    fn one<T: Copy>(all: &[T], chance: &mut StdRng) -> T {
        all[chance.random_range(0..all.len())]
    }

    fn facts(chance: &mut StdRng) -> Facts {
        let begin: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().unwrap();
        let at = |chance: &mut StdRng| {
            let days = TimeDelta::seconds(chance.random_range(-90_000_000..9_000_000));
            chance.random_bool(0.7).then(|| begin + days)
        };
        let text = |text: &str| Text::new(text);
        let units = ["H48.57", "H48.58", "a,b%2C"];
        Facts {
            unit: text(one(&units, chance)),
            procedure: text("1.001193"),
            received_by: chance.random_bool(0.6).then(|| text(one(&units, chance))),
            status: one(Status::ALL, chance),
            channel: chance.random_bool(0.8).then(|| one(Channel::ALL, chance)),
            submitted_to: chance.random_bool(0.8).then(|| one(SubmissionPlace::ALL, chance)),
            applicant: one(ApplicantKind::ALL, chance),
            submitted_at: at(chance),
            received_at: at(chance),
            due_at: at(chance),
            finished_at: at(chance),
            returned_at: at(chance),
            ended: at(chance).map(|at| Ended { status: one(Status::ALL, chance), at }),
            asked: chance.random_range(0..3),
            first_asked_at: at(chance),
            waiting_since: at(chance),
            waited: chance.random_range(0..90_000),
            vneid: chance.random_bool(0.8).then(|| chance.random_bool(0.5)),
            digitised_flag: chance.random_bool(0.8).then(|| chance.random_bool(0.5)),
            paid_online: chance.random_bool(0.8).then(|| one(OnlinePayment::ALL, chance)),
            fees: one(&[Fees::None, Fees::AllZero, Fees::Owed], chance),
            papers: Papers {
                any: chance.random_bool(0.5),
                any_with_file: chance.random_bool(0.5),
                any_digitised: chance.random_bool(0.5),
                any_reused: chance.random_bool(0.5),
                any_from_store: chance.random_bool(0.5),
            },
            results: Results {
                any: chance.random_bool(0.5),
                any_with_link: chance.random_bool(0.5),
                any_with_link_and_code: chance.random_bool(0.5),
            },
            digitised_at: at(chance),
            databases: chance.random_bool(0.5),
            officer: Officer::read(one(&["", "#0123456789ab", "CB-1"], chance)),
        }
    }

    #[test]
    fn facts_are_read_as_they_were_written_and_what_is_none_of_ours_is_none() {
        let chance = &mut StdRng::seed_from_u64(766);
        for _ in 0..2_000 {
            let facts = facts(chance);
            let packed = pack(&facts);
            let read = unpack(facts.unit.as_str(), facts.procedure.as_str(), &packed);
            assert_eq!(read.as_ref(), Some(&facts), "{packed}");
            assert!(packed.len() < 120, "{packed}");
        }
        for wrong in ["", "x y", "-1", "zzzzzzzzzzzzzzzz", "f", "1,q,é", "1,,,,,,9é"] {
            assert_eq!(unpack("57", "1.1", wrong), None, "{wrong}");
        }
    }
}
