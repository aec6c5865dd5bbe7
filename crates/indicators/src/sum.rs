//! The counts of many cells for one period.

use std::collections::BTreeMap;

use dongbo_model::{Cell, Period};

use crate::counts::{Plain, Raw, Timing};
use crate::cutoff::Cutoff;
use crate::tally::Tally;
use crate::verdict::Rules;

/// The counts of a period over any cells: those of dossiers, and of procedures and services, each counted once.
///
/// A cell counts once. Linked dossiers count under the unit that handles them and not again under the one that received them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    period: Period,
    cutoff: Cutoff,
    /// Counts of dossiers that hang neither on a day nor on a procedure.
    pub raw: Raw,
    /// Counts of dossiers that hang on their procedures.
    pub plain: Plain,
    /// Counts of dossiers at the end of the period.
    pub timing: Timing,
    /// Whether a unit's service of a procedure had a dossier online.
    services: BTreeMap<(String, String), bool>,
    procedures: BTreeMap<String, OfProcedure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct OfProcedure {
    counts: Raw,
    has_fee: bool,
}

impl Sum {
    /// The sum of no cell.
    #[must_use]
    pub fn of(period: Period, cutoff: Cutoff) -> Self {
        let (raw, plain, timing) = (Raw::default(), Plain::default(), Timing::default());
        Self { period, cutoff, raw, plain, timing, services: BTreeMap::new(), procedures: BTreeMap::new() }
    }

    /// Adds a cell. One of a month after the period adds nothing; one before it adds what was carried into the period.
    pub fn add(&mut self, cell: &Cell, tally: &Tally, rules: &Rules) {
        self.timing += &tally.timing(cell.month, self.period, self.cutoff);
        if !self.period.months().contains(&cell.month) {
            return;
        }
        let raw = tally.raw();
        self.raw += raw;
        self.plain += &raw.under(rules);
        let service = (cell.agency.clone(), cell.procedure.clone());
        *self.services.entry(service).or_default() |= raw.online > 0;
        let procedure = self.procedures.entry(cell.procedure.clone()).or_default();
        procedure.counts += raw;
        procedure.has_fee = rules.has_fee.unwrap_or(procedure.counts.fee_owed > 0);
    }

    /// The unit of all dossiers of the period, where they have but one.
    #[must_use]
    pub fn only_unit(&self) -> Option<&str> {
        let mut units = self.services.keys().map(|(unit, _)| unit.as_str());
        let first = units.next()?;
        units.all(|unit| unit == first).then_some(first)
    }

    /// Services (a procedure of a unit) that had dossiers in the period; of these those with one online.
    pub(crate) fn services(&self) -> (u64, u64) {
        (count(self.services.values()), count(self.services.values().filter(|online| **online)))
    }

    /// The procedures with dossiers in the period that `is` says.
    fn procedures(&self, is: impl Fn(&OfProcedure) -> bool) -> u64 {
        count(self.procedures.values().filter(|of| is(of)))
    }

    /// Procedures that have a fee; of these those with a fee in a dossier.
    pub(crate) fn fee_procedures(&self) -> (u64, u64) {
        (self.procedures(|of| of.has_fee), self.procedures(|of| of.has_fee && of.counts.fee_owed > 0))
    }

    /// Procedures that have a fee and were paid online.
    pub(crate) fn procedures_paid(&self) -> u64 {
        self.procedures(|of| of.has_fee && of.counts.paid > 0)
    }

    /// Procedures that citizens used; of these those with a citizen's data confirmed.
    pub(crate) fn citizen_procedures(&self) -> (u64, u64) {
        let confirmed = self.procedures(|of| of.counts.citizens_population > 0);
        (self.procedures(|of| of.counts.citizens > 0), confirmed)
    }

    /// Procedures that had dossiers online in the period; of these those with at least `least`.
    pub(crate) fn procedures_online(&self, least: u64) -> (u64, u64) {
        (self.procedures(|of| of.counts.online > 0), self.procedures(|of| of.counts.online >= least))
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}
