//! The dossiers behind a number.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use dongbo_ledger::{
    DossierFacts, FactPlace, FactQuery, Ledger, LedgerError, ListedFacts, OwnerStoreLook, Side,
};
use dongbo_model::{Cell, DossierCode, Facts, Month, Officer};
use schemars::JsonSchema;
use serde::Serialize;

use crate::board::Question;
use crate::book::Book;
use crate::clocks::Clocks;
use crate::formulas::{Given, Sides, value};
use crate::indicator::{Indicator, Origin};
use crate::sum::Sum;
use crate::tally::Tally;
use crate::verdict::verdict;
use crate::view_gap::{Gap, GapReason, reason};

/// Dossiers read at once.
const AT_ONCE: u32 = 2_000;

/// The part of a dossier in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[schemars(rename = "PartInIndicator")]
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
    /// The fact for which both sides count it, or judge it, otherwise.
    pub reason: Option<GapReason>,
}

/// The next dossiers of these cells behind `after`, which moves behind them; `None` behind the last.
pub(crate) async fn next_page(
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
pub(crate) fn part(
    book: &Book,
    question: &Question,
    indicator: Indicator,
    cell: &Cell,
    facts: &Facts,
) -> Part {
    let rules = book.rules(&cell.procedure);
    let mut tally = Tally::default();
    tally.count(facts, &rules, &book.calendar, cell.month);
    let mut sum = Sum::of(question.period, question.cutoff());
    sum.add(cell, &tally, &rules);
    let received = sum.raw.received;
    let sides =
        Sides { shown: &sum, local_received: received, portal_received: received, period: question.period };
    let one = value(indicator, question.set, &sides, &Given::default()).unwrap_or_default();
    Part { counts: one.numerator > 0, is_in: one.denominator > 0 }
}

/// The number of dossiers in 2.1 that are locally on time and late on the portal: as many as [`each_behind`] finds. Of the portal's only those
/// are kept that may be among them, so that a year's dossiers need little memory.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn falsely_late(ledger: &Ledger, book: &Book, question: &Question) -> Result<u64, LedgerError> {
    let (query, cutoff) = (question.cells(), question.cutoff());
    let part = |listed: &ListedFacts| part(book, question, Indicator::OnTime, &listed.cell, &listed.facts);
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

/// The facts of one dossier on each side, as far as they are among those that are asked for.
#[derive(Default)]
struct Found {
    local: Option<ListedFacts>,
    portal: Option<ListedFacts>,
}

/// The dossiers of a sample: those whose owners' stores were looked into, by code.
async fn sampled(ledger: &Ledger, book: &Book, question: &Question) -> Result<Vec<Behind>, LedgerError> {
    let looks = ledger.owner_store_looks(question.period.months()).await?;
    let of = |look: OwnerStoreLook| Behind {
        portal: Part { counts: look.is_confirmed(), is_in: true },
        local: Part::default(),
        code: look.code,
        unit: look.cell.agency,
        procedure: look.cell.procedure,
        officer: None,
        gap: None,
        reason: None,
    };
    Ok(looks.into_iter().filter(|look| question.has(book, &look.cell)).map(of).collect())
}

/// Gives every dossier with a part in `indicator` on either side to `take`, in no order. With 1.4 the local side is the denominator and
/// the portal's the numerator; with a sample the portal's is what the sample showed. Both sides are read in step and one dossier is
/// forgotten once it is judged, so that those which both count in the same place need little memory.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn each_behind(
    ledger: &Ledger,
    book: &Book,
    question: &Question,
    indicator: Indicator,
    mut take: impl FnMut(Behind),
) -> Result<(), LedgerError> {
    if indicator.origin() == Origin::Sampled {
        sampled(ledger, book, question).await?.into_iter().for_each(take);
        return Ok(());
    }
    let query = question.cells();
    let mut waiting: BTreeMap<String, Found> = BTreeMap::new();
    let mut walks = [(Side::Local, Some(FactPlace::default())), (Side::Portal, Some(FactPlace::default()))];
    while walks.iter().any(|(_, after)| after.is_some()) {
        for (side, place) in &mut walks {
            let Some(mut after) = place.take() else { continue };
            let Some(page) = next_page(ledger, *side, &query, &mut after).await? else { continue };
            *place = Some(after);
            for listed in page.into_iter().filter(|listed| question.has(book, &listed.cell)) {
                let code = listed.code.to_string();
                let mut found = waiting.remove(&code).unwrap_or_default();
                match side {
                    Side::Local => found.local = Some(listed),
                    Side::Portal => found.portal = Some(listed),
                }
                if found.local.is_some() && found.portal.is_some() {
                    judge(book, question, indicator, code, found).into_iter().for_each(&mut take);
                } else {
                    waiting.insert(code, found);
                }
            }
        }
    }
    let alone = waiting.into_iter().filter_map(|(code, found)| judge(book, question, indicator, code, found));
    let mut alone: Vec<Behind> = alone.collect();
    tell_elsewhere(ledger, &mut alone).await?;
    alone.into_iter().for_each(take);
    Ok(())
}

/// One dossier with its part in `indicator` and its verdicts, whatever period and unit it is counted in; `None` when the ledger has no
/// facts of it.
#[must_use]
pub fn of_dossier(
    book: &Book,
    question: &Question,
    indicator: Indicator,
    code: &DossierCode,
    facts: &DossierFacts,
) -> Option<Behind> {
    let listed = |facts: &Facts| ListedFacts { code: code.clone(), cell: facts.cell(), facts: facts.clone() };
    let found = Found { local: facts.local.as_ref().map(listed), portal: facts.portal.as_ref().map(listed) };
    judge(book, question, indicator, code.to_string(), found)
}

/// The dossier with its parts and verdicts; `None` when it has no part in `indicator`.
fn judge(
    book: &Book,
    question: &Question,
    indicator: Indicator,
    code: String,
    Found { local, portal }: Found,
) -> Option<Behind> {
    let part = |listed: &ListedFacts| part(book, question, indicator, &listed.cell, &listed.facts);
    let mut ours = local.as_ref().map(part).unwrap_or_default();
    let mut theirs = portal.as_ref().map(part).unwrap_or_default();
    if indicator == Indicator::Synchronised {
        let (here, there) = (ours.is_in, theirs.is_in);
        (ours.counts, theirs) = (here, Part { counts: there, is_in: here || there });
    }
    if ours == Part::default() && theirs == Part::default() {
        return None;
    }
    let named = local.as_ref().or(portal.as_ref())?;
    let rules = book.rules(&named.cell.procedure);
    let gap = local.as_ref().map(|local| {
        let portal = portal.as_ref().map(|portal| &portal.facts);
        Gap::between(&local.facts, portal, &rules, &book.calendar, question.cutoff())
    });
    let reason = match (&local, &portal) {
        (Some(local), Some(portal)) if ours != theirs => Some(reason(&local.facts, &portal.facts, |facts| {
            self::part(book, question, indicator, &portal.cell, facts) == part(local)
        })),
        (Some(_), Some(_)) => gap.and_then(|gap| gap.reason),
        (Some(_), None) => Some(GapReason::NotThere),
        (None, _) => Some(GapReason::Other),
    };
    Some(Behind {
        unit: named.cell.agency.clone(),
        procedure: named.cell.procedure.clone(),
        officer: named.facts.officer.clone(),
        local: ours,
        portal: theirs,
        gap,
        reason,
        code,
    })
}

/// Tells dossiers that one side does not have from those that it counts elsewhere.
async fn tell_elsewhere(ledger: &Ledger, judged: &mut [Behind]) -> Result<(), LedgerError> {
    for (side, reason) in [(Side::Portal, GapReason::NotThere), (Side::Local, GapReason::Other)] {
        let lacking =
            |one: &&Behind| one.reason == Some(reason) && (one.gap.is_none() == (side == Side::Local));
        let codes: Vec<String> = judged.iter().filter(lacking).map(|one| one.code.clone()).collect();
        let mut known = HashSet::new();
        for codes in codes.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
            known.extend(ledger.codes_with_facts(side, codes).await?);
        }
        for one in judged.iter_mut().filter(|one| known.contains(&one.code)) {
            one.reason = Some(GapReason::Elsewhere);
        }
    }
    Ok(())
}
