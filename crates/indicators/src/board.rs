//! The numbers of any period, units and procedures, from the ledger's cells.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use dongbo_ledger::{DirtyCell, FactQuery, Ledger, LedgerError, Side, Sums};
use dongbo_model::{Cell, Month, Period};

use crate::book::Book;
use crate::cutoff::Cutoff;
use crate::indicator::FormulaSet;
use crate::sum::Sum;
use crate::tally::Tally;

/// The numbers that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The period.
    pub period: Period,
    /// The unit, with those below it; `None`: all.
    pub unit: Option<String>,
    /// National codes of procedures; `None`: all.
    pub procedures: Option<Vec<String>>,
    /// The set of formulas.
    pub set: FormulaSet,
    /// The present moment.
    pub now: DateTime<Utc>,
}

/// The parts into which numbers are taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Not at all.
    Whole,
    /// By unit.
    Unit,
    /// By procedure.
    Procedure,
    /// By month of receipt.
    Month,
}

/// The counts of both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Both {
    /// By the local facts.
    pub local: Sum,
    /// By what the portal accepted.
    pub portal: Sum,
}

impl Both {
    /// No dossier at all.
    #[must_use]
    pub fn of(question: &Question) -> Self {
        let sum = Sum::of(question.period, question.cutoff());
        Self { local: sum.clone(), portal: sum }
    }
}

impl Question {
    /// The day up to which dossiers are judged.
    #[must_use]
    pub fn cutoff(&self) -> Cutoff {
        Cutoff::of(self.period, self.now)
    }

    /// The ledger's cells that the numbers are made of. Where dossiers count that ended in the period, those before it belong to them.
    #[must_use]
    pub fn cells(&self) -> FactQuery {
        let months = self.period.months();
        let first = match self.set {
            FormulaSet::P202609 => *months.start(),
            FormulaSet::D202610 | FormulaSet::NDraft => Month(0),
        };
        FactQuery { months: first..=*months.end(), units: None, procedures: self.procedures.clone() }
    }

    /// Whether a cell is among those that are asked for.
    #[must_use]
    pub fn has(&self, book: &Book, cell: &Cell) -> bool {
        self.unit.as_ref().is_none_or(|unit| book.is_within(&cell.agency, unit))
            && self.procedures.as_ref().is_none_or(|codes| codes.contains(&cell.procedure))
            && self.cells().months.contains(&cell.month)
    }
}

/// Sums up these cells, for whoever asks later. Returns how many were summed up.
///
/// # Errors
/// When the ledger cannot be read or written.
pub async fn sum_up(ledger: &Ledger, book: &Book, cells: &[DirtyCell]) -> Result<usize, LedgerError> {
    let mut summed: Vec<(DirtyCell, Sums)> = Vec::with_capacity(cells.len());
    for dirty in cells {
        let (local, portal) = tallies(ledger, book, &dirty.cell).await?;
        let last_end = local.last_end(dirty.cell.month).max(portal.last_end(dirty.cell.month));
        let sums = Sums { local: kept(&local), portal: kept(&portal), last_end };
        summed.push((dirty.clone(), sums));
    }
    ledger.write_sums(book.form(), &summed).await
}

/// The counts of both sides that `question` asks for, in parts by the name of each. They are exact: a cell that has changed since it
/// was summed up is counted from its dossiers. Nothing is written.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn sums(
    ledger: &Ledger,
    book: &Book,
    question: &Question,
    split: Split,
) -> Result<BTreeMap<String, Both>, LedgerError> {
    let mut parts: BTreeMap<String, Both> = BTreeMap::new();
    if split == Split::Whole {
        parts.insert(String::new(), Both::of(question));
    }
    // Read before the sums: what changes meanwhile is marked anew, and its old sums are left out.
    let dirty: BTreeSet<Cell> =
        ledger.dirty_cells(u32::MAX).await?.into_iter().map(|dirty| dirty.cell).collect();
    for known in ledger.sums(book.form(), &question.cells(), *question.period.months().start()).await? {
        if !question.has(book, &known.cell) || dirty.contains(&known.cell) {
            continue;
        }
        let local = read(&known.sums.local);
        // Most cells are in step, and reading them is most of the work of a year.
        let portal = (known.sums.portal != known.sums.local).then(|| read(&known.sums.portal));
        add(&mut parts, question, split, book, &known.cell, &local, portal.as_ref().unwrap_or(&local));
    }
    for cell in dirty.iter().filter(|cell| question.has(book, cell)) {
        let (local, portal) = tallies(ledger, book, cell).await?;
        add(&mut parts, question, split, book, cell, &local, &portal);
    }
    Ok(parts)
}

fn add(
    parts: &mut BTreeMap<String, Both>,
    question: &Question,
    split: Split,
    book: &Book,
    cell: &Cell,
    local: &Tally,
    portal: &Tally,
) {
    let name = match split {
        Split::Whole => String::new(),
        Split::Unit => cell.agency.clone(),
        Split::Procedure => cell.procedure.clone(),
        Split::Month => cell.month.to_string(),
    };
    let both = parts.entry(name).or_insert_with(|| Both::of(question));
    let rules = book.rules(&cell.procedure);
    both.local.add(cell, local, &rules);
    both.portal.add(cell, portal, &rules);
}

/// The tallies of a cell, local and portal, from its dossiers.
async fn tallies(ledger: &Ledger, book: &Book, cell: &Cell) -> Result<(Tally, Tally), LedgerError> {
    let rules = book.rules(&cell.procedure);
    let (mut local, mut portal) = (Tally::default(), Tally::default());
    for one in ledger.facts_of(cell).await? {
        for (side, tally) in [(Side::Local, &mut local), (Side::Portal, &mut portal)] {
            if one.is_on(side) {
                tally.count(&one.facts, &rules, &book.calendar, cell.month);
            }
        }
    }
    Ok((local, portal))
}

/// A tally as it is kept; nothing of an empty one.
fn kept(tally: &Tally) -> String {
    if *tally == Tally::default() { String::new() } else { serde_json::to_string(tally).unwrap_or_default() }
}

/// A tally that was kept. One that nobody of ours wrote counts nothing.
fn read(kept: &str) -> Tally {
    serde_json::from_str(kept).unwrap_or_default()
}
