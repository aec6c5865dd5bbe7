//! The dossiers of a period as the national reporting system counts them: by how they came, and how far they were handled.

use chrono::{DateTime, Utc};
use dongbo_ledger::{FactPlace, FactQuery, Ledger, LedgerError, ListedFacts, Side};
use dongbo_model::{Channel, Facts, Month, Period, day_of, vocabulary};

use crate::behind::next_page;
use crate::board::Question;
use crate::book::Book;
use crate::calendar::Calendar;
use crate::cutoff::Cutoff;
use crate::verdict::{Rules, Timeline, Verdict};

vocabulary! {
    /// The way by which a dossier came into a period.
    pub enum Arrival
    texts {
        /// Its name.
        text
    }
    {
        /// Received in the period, online.
        Online = "online", ["tiếp nhận trong kỳ, trực tuyến", "received in the period, online"];
        /// Received in the period, at the counter or by post.
        Counter = "counter", ["tiếp nhận trong kỳ, trực tiếp hoặc bưu chính", "received in the period, at the counter or by post"];
        /// Received before the period, and not ended before it.
        Carried = "carried", ["từ kỳ trước chuyển sang", "carried over from before"];
    }
}

vocabulary! {
    /// How far a dossier was handled by the end of a period.
    pub enum Exit
    texts {
        /// Its name.
        text
    }
    {
        /// Ended before its due day.
        Early = "early", ["đã giải quyết trước hạn", "ended before the due day"];
        /// Ended on its due day, in time.
        OnTime = "on-time", ["đã giải quyết đúng hạn", "ended on the due day"];
        /// Ended late.
        Late = "late", ["đã giải quyết quá hạn", "ended late"];
        /// Not ended, and not overdue.
        Open = "open", ["đang giải quyết trong hạn", "not ended, in time"];
        /// Not ended, and overdue.
        Overdue = "overdue", ["đang giải quyết quá hạn", "not ended, overdue"];
        /// Without a due day or limit to judge by, ended or not.
        Undated = "undated", ["chưa có hạn để tính", "no due day to judge by"];
    }
}

/// The place of a dossier in the form of the national reporting system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handled {
    /// How it came.
    pub entry: Arrival,
    /// How far it was handled.
    pub exit: Exit,
}

/// A dossier in that form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandledDossier {
    /// Its code.
    pub code: String,
    /// The unit that handles it.
    pub unit: String,
    /// The national code of its procedure.
    pub procedure: String,
    /// Its place.
    pub handled: Handled,
}

impl Handled {
    /// The place of a dossier in the form for `period`; `None` when it is not in it: without a day of receipt, received later, or ended
    /// before it.
    ///
    /// Source: form II.06a/VPCP/KSTT of Circular 01/2020/TT-VPCP, whose "on time" and "late" are not defined there: they are those of
    /// indicator 2.1 ([`verdict`](crate::verdict())). Unlike there, one that waits for papers has not ended.
    #[must_use]
    pub fn of(
        facts: &Facts,
        rules: &Rules,
        calendar: &Calendar,
        period: Period,
        cutoff: Cutoff,
    ) -> Option<Self> {
        let received = Month::of(facts.received_at?);
        let (first, _) = period.months().into_inner();
        let ended: Option<DateTime<Utc>> = facts.ended.map(|ended| ended.at);
        if received > cutoff.month {
            return None;
        }
        let entry = match facts.channel {
            _ if received < first => {
                ended.is_none_or(|end| Month::of(end) >= first).then_some(Arrival::Carried)?
            }
            Some(Channel::Online) => Arrival::Online,
            Some(Channel::InPerson | Channel::Post) | None => Arrival::Counter,
        };
        let line = Timeline::of(facts, rules, calendar);
        let ended = ended.filter(|end| Month::of(*end) <= cutoff.month);
        let exit = match (line.verdict(cutoff), ended) {
            (Verdict::Unknown, _) => Exit::Undated,
            (Verdict::Late, Some(_)) => Exit::Late,
            (Verdict::Late, None) => Exit::Overdue,
            (Verdict::OnTime | Verdict::Running, None) => Exit::Open,
            (Verdict::OnTime | Verdict::Running, Some(end)) => {
                let before = line.deadline.is_some_and(|deadline| day_of(end) < day_of(deadline));
                if before { Exit::Early } else { Exit::OnTime }
            }
        };
        Some(Self { entry, exit })
    }
}

/// Gives every dossier of the form that `question` asks for to `each`, by the local facts, in the order of month, unit and procedure.
/// Those carried over are looked for among all that the ledger keeps.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn handled(
    ledger: &Ledger,
    book: &Book,
    question: &Question,
    mut each: impl FnMut(HandledDossier),
) -> Result<(), LedgerError> {
    let (_, last) = question.period.months().into_inner();
    let query = FactQuery { months: Month(0)..=last, units: None, procedures: question.procedures.clone() };
    let (mut after, cutoff) = (FactPlace::default(), question.cutoff());
    while let Some(page) = next_page(ledger, Side::Local, &query, &mut after).await? {
        for ListedFacts { code, cell, facts } in page {
            if question.unit.as_ref().is_some_and(|unit| !book.is_within(&cell.agency, unit)) {
                continue;
            }
            let rules = book.rules(&cell.procedure);
            if let Some(handled) = Handled::of(&facts, &rules, &book.calendar, question.period, cutoff) {
                let (unit, procedure) = (cell.agency, cell.procedure);
                each(HandledDossier { code: code.to_string(), unit, procedure, handled });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use dongbo_model::{Channel, Ended, Facts, Period, Status};

    use super::{Arrival, Exit, Handled};
    use crate::calendar::tests::shipped;
    use crate::cases::{at, facts};
    use crate::{Cutoff, Rules};

    /// The place of a dossier received on 3 August and due on the 10th in the form for a period that is over.
    fn place(period: &str, facts: &Facts) -> Option<(Arrival, Exit)> {
        let period = Period::parse(period).unwrap();
        let cutoff = Cutoff::of(period, at("2028-01-01T00:00:00"));
        let handled = Handled::of(facts, &Rules::default(), &shipped(), period, cutoff)?;
        Some((handled.entry, handled.exit))
    }

    fn ended(text: &str) -> Facts {
        Facts { ended: Some(Ended { status: Status::Processed, at: at(text) }), ..facts() }
    }

    #[test]
    fn a_dossier_has_one_place_in_each_period_that_it_touches() {
        use Arrival::{Carried, Counter, Online};
        use Exit::{Early, Late, OnTime, Open, Overdue, Undated};
        let online = Facts { channel: Some(Channel::Online), ..ended("2026-08-09T17:00:00") };
        let undated = Facts { due_at: None, ..facts() };
        let due_in_september = Facts { due_at: Some(at("2026-09-02T17:00:00")), ..facts() };
        let waits = Facts { asked: 1, waiting_since: Some(at("2026-08-05T08:00:00")), ..facts() };
        for (period, facts, expected) in [
            ("2026-08", online, Some((Online, Early))),
            ("2026-08", ended("2026-08-10T16:59:59"), Some((Counter, OnTime))),
            ("2026-08", ended("2026-08-10T17:00:01"), Some((Counter, Late))),
            ("2026-08", facts(), Some((Counter, Overdue))),
            ("2026-08", due_in_september.clone(), Some((Counter, Open))),
            ("2026-08", waits, Some((Counter, Open))),
            ("2026-08", undated, Some((Counter, Undated))),
            ("2026-08", ended("2026-09-01T00:00:00"), Some((Counter, Overdue))),
            ("2026-09", ended("2026-09-01T00:00:00"), Some((Carried, Late))),
            ("2026-09", due_in_september, Some((Carried, Overdue))),
            ("2026-09", ended("2026-08-31T23:59:59"), None),
            ("2026-Q3", ended("2026-09-01T00:00:00"), Some((Counter, Late))),
            ("2026-07", facts(), None),
            ("2026-08", Facts { received_at: None, ..facts() }, None),
        ] {
            assert_eq!(place(period, &facts), expected, "{period} {:?}", facts.ended);
        }
    }
}
