//! The points that hang on sending one dossier: what the portal would count more of it by the end of the periods that it is in.

use std::time::Duration;

use dongbo_model::{Channel, Facts, Month, Period};

use crate::behind::part;
use crate::board::Question;
use crate::book::Book;
use crate::cutoff::Cutoff;
use crate::indicator::Indicator;
use crate::verdict::{Verdict, verdict};

/// The indicators to whose numerators a dossier is added when its end and its results are sent.
const BY_PROGRESS: [Indicator; 5] = [
    Indicator::OnTime,
    Indicator::OnlineShare,
    Indicator::ElectronicResult,
    Indicator::Digitised,
    Indicator::Satisfaction,
];
/// Those that hang on what seldom changes: they are at stake where the local system is known to have what counts.
const BY_MARKS: [Indicator; 3] = [Indicator::PaidOnline, Indicator::Reused, Indicator::PopulationDossiers];
/// The most points that may hang on a dossier.
const MOST: u32 = 42;
/// A dossier is one of so many in its month, of three times as many in its quarter and of twelve times as many in its year: what it is
/// worth in each, in twelfths.
const MONTH: u32 = 12;
const QUARTER: u32 = 4;
const YEAR: u32 = 1;
/// The longest that a dossier is moved ahead: that on which all points hang, in a month that goes on. Nothing waits longer than that for
/// what is worth more.
const MOST_AHEAD: Duration = Duration::from_secs(30 * 86_400);

/// How far a dossier that waits to be sent is moved ahead of others of its unit, in proportion to the points that hang on it in the month,
/// quarter and year that go on at `question.now`. Nothing, where all the periods that it is in are over.
///
/// Of one that the portal does not have it is 1.4 alone: by all sets it is in no other denominator there. Of one that it has it is known
/// only when it is read what sending it will change, so that every point counts that an end or a result can bring. 2.1 and 5.4
/// bring none where it is late by the local facts, too.
#[must_use]
pub fn moved_ahead(
    book: &Book,
    question: &Question,
    local: Option<&Facts>,
    portal: Option<&Facts>,
) -> Duration {
    let all = MOST * (MONTH + QUARTER + YEAR);
    let stake = u64::from(points(book, question, local, portal) * weight(question, local.or(portal)));
    Duration::from_secs(MOST_AHEAD.as_secs() * stake / u64::from(all.max(1)))
}

/// The weight of the periods that go on and that the dossier is in. One of which nothing is known is new: it is of the present month.
fn weight(question: &Question, known: Option<&Facts>) -> u32 {
    let present = Month::of(question.now);
    let month = known.map_or(present, |facts| facts.cell().month);
    let is_in = |period: Period| period.months().contains(&month);
    let parts = [
        (month == present, MONTH),
        (is_in(Period::quarter_of(present)), QUARTER),
        (is_in(Period::Year(present.year())), YEAR),
    ];
    parts.into_iter().filter(|(is, _)| *is).map(|(_, weight)| weight).sum()
}

/// The points of the indicators to which sending it may add it.
fn points(book: &Book, question: &Question, local: Option<&Facts>, portal: Option<&Facts>) -> u32 {
    let Some(portal) = portal else { return Indicator::Synchronised.points() };
    let counted = |facts: &Facts, indicator: Indicator| {
        let cell = facts.cell();
        let of_its_month = Question { period: Period::Month(cell.month), ..question.clone() };
        part(book, &of_its_month, indicator, &cell, facts).counts
    };
    // One that had not ended when it was read may have ended on time since.
    let is_late = local.filter(|facts| facts.ended.is_some() || facts.asked > 1).is_some_and(|facts| {
        let cell = facts.cell();
        let cutoff = Cutoff::of(Period::Month(cell.month), question.now);
        verdict(facts, &book.rules(&cell.procedure), &book.calendar, cutoff) == Verdict::Late
    });
    let is_online = portal.channel == Some(Channel::Online);
    let may_progress = |indicator: &&Indicator| match indicator {
        Indicator::OnTime | Indicator::Satisfaction => !is_late,
        Indicator::OnlineShare => is_online,
        _ => true,
    };
    let has_mark = |indicator: &&Indicator| local.is_some_and(|local| counted(local, **indicator));
    let at_stake = BY_PROGRESS.iter().filter(may_progress).chain(BY_MARKS.iter().filter(has_mark));
    at_stake.filter(|indicator| !counted(portal, **indicator)).map(|indicator| indicator.points()).sum()
}
