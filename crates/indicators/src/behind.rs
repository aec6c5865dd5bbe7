//! The dossiers behind a number.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use dongbo_ledger::{FactPlace, FactQuery, Ledger, LedgerError, ListedFacts, Side};
use dongbo_model::{DossierCode, Facts, Month, Officer};

use crate::board::Question;
use crate::book::Book;
use crate::clocks::Clocks;
use crate::formulas::{Given, Sides, value};
use crate::indicator::Indicator;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::verdict::verdict;
use crate::view_gap::Gap;

/// Dossiers read at once.
const AT_ONCE: u32 = 2_000;

/// The part of a dossier in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// It is in the numerator.
    pub counts: bool,
    /// It is in the denominator.
    pub is_in: bool,
}

/// A dossier behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Its code.
    pub code: String,
    /// The unit that handles it.
    pub unit: String,
    /// The national code of its procedure.
    pub procedure: String,
    /// The officer of its last step.
    pub officer: Option<Officer>,
    /// Its part by the local facts.
    pub local: Part,
    /// Its part by what the portal accepted.
    pub portal: Part,
    /// The verdicts on time.
    pub gap: Option<Gap>,
}

/// The next dossiers of these cells behind `after`, which moves behind them; `None` behind the last.
async fn next_page(
    ledger: &Ledger,
    side: Side,
    query: &FactQuery,
    after: &mut FactPlace,
) -> Result<Option<Vec<ListedFacts>>, LedgerError> {
    let page = ledger.list_facts(side, query, after, AT_ONCE).await?;
    let Some(last) = page.last() else { return Ok(None) };
    *after = last.place();
    Ok(Some(page))
}

/// An open dossier that somebody should look at now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ringing {
    /// Its code.
    pub code: String,
    /// The unit that handles it.
    pub unit: String,
    /// The national code of its procedure.
    pub procedure: String,
    /// The officer of its last step.
    pub officer: Option<Officer>,
    /// Its clocks.
    pub clocks: Clocks,
}

/// The open dossiers of the last twelve months, by the local facts, whose clocks ring at `now`; of `unit` and those below it, or all.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn ringing(
    ledger: &Ledger,
    book: &Book,
    unit: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Ringing>, LedgerError> {
    let present = Month::of(now);
    let query = FactQuery { months: Month(present.0 - 12)..=present, units: None, procedures: None };
    let (mut after, mut found) = (FactPlace::default(), Vec::new());
    while let Some(page) = next_page(ledger, Side::Local, &query, &mut after).await? {
        for ListedFacts { code, cell, facts } in page {
            let clocks = Clocks::of(&facts, &book.rules(&cell.procedure), &book.calendar, now);
            if clocks.rings() && unit.is_none_or(|unit| book.is_within(&cell.agency, unit)) {
                let (unit, procedure, officer) = (cell.agency, cell.procedure, facts.officer);
                found.push(Ringing { code: code.to_string(), unit, procedure, officer, clocks });
            }
        }
    }
    Ok(found)
}

/// The part of one dossier in `indicator`: the formula over this dossier alone.
fn part(book: &Book, question: &Question, indicator: Indicator, listed: &ListedFacts) -> Part {
    let rules = book.rules(&listed.cell.procedure);
    let mut tally = Tally::default();
    tally.count(&listed.facts, &rules, &book.calendar, listed.cell.month);
    let mut sum = Sum::of(question.period, question.cutoff());
    sum.add(&listed.cell, &tally, &rules);
    let received = sum.raw.received;
    let sides =
        Sides { shown: &sum, local_received: received, portal_received: received, period: question.period };
    let one = value(indicator, question.set, &sides, &Given::default()).unwrap_or_default();
    Part { counts: one.numerator > 0, is_in: one.denominator > 0 }
}

/// The number of dossiers in 2.1 that are locally on time and late on the portal: as many as [`behind`] finds. Of the portal's only those
/// are kept that may be among them, so that a year's dossiers need little memory.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn falsely_late(ledger: &Ledger, book: &Book, question: &Question) -> Result<u64, LedgerError> {
    let (query, cutoff) = (question.cells(), question.cutoff());
    let part = |listed: &ListedFacts| part(book, question, Indicator::OnTime, listed);
    let mut suspects: HashMap<DossierCode, (Facts, bool)> = HashMap::new();
    let mut after = FactPlace::default();
    while let Some(page) = next_page(ledger, Side::Portal, &query, &mut after).await? {
        for listed in page.into_iter().filter(|listed| question.has(book, &listed.cell)) {
            let rules = book.rules(&listed.cell.procedure);
            let judged = verdict(&listed.facts, &rules, &book.calendar, cutoff);
            // Without a due day the limit of the local procedure decides, which may be another one.
            if judged.is_late() || listed.facts.due_at.is_none() {
                let has_part = part(&listed) != Part::default();
                suspects.insert(listed.code, (listed.facts, has_part));
            }
        }
    }
    let (mut after, mut many) = (FactPlace::default(), 0);
    while let Some(page) = next_page(ledger, Side::Local, &query, &mut after).await? {
        for listed in page.into_iter().filter(|listed| question.has(book, &listed.cell)) {
            let Some((portal, has_part)) = suspects.get(&listed.code) else { continue };
            let rules = book.rules(&listed.cell.procedure);
            let gap = Gap::between(&listed.facts, Some(portal), &rules, &book.calendar, cutoff);
            let counts = gap.is_falsely_late() && (*has_part || part(&listed) != Part::default());
            many += u64::from(counts);
        }
    }
    Ok(many)
}

/// Every dossier with a part in `indicator` on either side, by code. With 1.4 the local side is the denominator and the portal's the
/// numerator.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn behind(
    ledger: &Ledger,
    book: &Book,
    question: &Question,
    indicator: Indicator,
) -> Result<Vec<Behind>, LedgerError> {
    let mut found: BTreeMap<String, (Behind, Option<Facts>, Option<Facts>)> = BTreeMap::new();
    for side in [Side::Local, Side::Portal] {
        let (query, mut after) = (question.cells(), FactPlace::default());
        while let Some(page) = next_page(ledger, side, &query, &mut after).await? {
            for listed in page.into_iter().filter(|listed| question.has(book, &listed.cell)) {
                let part = part(book, question, indicator, &listed);
                let ListedFacts { code, cell, facts } = listed;
                let code = code.to_string();
                let (one, local, portal) = found.entry(code.clone()).or_insert_with(|| {
                    let (unit, procedure) = (cell.agency, cell.procedure);
                    let officer = facts.officer.clone();
                    let (local, portal) = (Part::default(), Part::default());
                    (Behind { code, unit, procedure, officer, local, portal, gap: None }, None, None)
                });
                match side {
                    Side::Local => (one.local, *local) = (part, Some(facts)),
                    Side::Portal => (one.portal, *portal) = (part, Some(facts)),
                }
            }
        }
    }
    let judged = found.into_values().map(|(mut one, local, portal)| {
        if indicator == Indicator::Synchronised {
            let (here, there) = (one.local.is_in, one.portal.is_in);
            (one.local.counts, one.portal) = (here, Part { counts: there, is_in: here || there });
        }
        one.gap = local.map(|local| {
            let rules = book.rules(&one.procedure);
            Gap::between(&local, portal.as_ref(), &rules, &book.calendar, question.cutoff())
        });
        one
    });
    let has_part = |one: &Behind| one.local != Part::default() || one.portal != Part::default();
    Ok(judged.filter(has_part).collect())
}
