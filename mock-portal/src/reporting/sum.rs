//! The counts of one unit in one period, with what the catalogue says of its procedures, and of several units together.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::catalogue::Catalogue;
use crate::facts::Cell;

/// The counts of one unit, or of several.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) received: u64,
    pub(super) completed: u64,
    /// Those that ended on time within the period.
    pub(super) on_time: u64,
    /// While the period goes on those that are unfinished and not yet due: after it they count as overdue.
    pub(super) running: u64,
    pub(super) seconds: u64,
    pub(super) online: u64,
    pub(super) direct: u64,
    pub(super) post: u64,
    pub(super) paid_online: u64,
    /// Dossiers of procedures with a fee, those apart that name fees of 0 only.
    pub(super) obliged: u64,
    pub(super) with_result: u64,
    pub(super) digitised: u64,
    pub(super) reused: u64,
    pub(super) from_store: u64,
    pub(super) confirmed: u64,
    /// The procedures that each unit offers.
    pub(super) services: u64,
    /// Those that are offered online from the first to the last step. Assumed: those without a fee.
    pub(super) full: u64,
    /// Those with a dossier that came online.
    pub(super) services_online: u64,
    pub(super) fee_services: u64,
    /// Procedures with a fee of which a dossier names one.
    pub(super) fee_services_seen: u64,
    /// Procedures with a fee of which a dossier was paid online.
    pub(super) fee_services_paid: u64,
    /// Procedures of which there was a citizen's dossier.
    pub(super) citizen_services: u64,
    /// Of these, those with one that the population database has confirmed.
    pub(super) citizen_services_confirmed: u64,
}

impl Sum {
    /// The counts of one unit, whose `procedures` have had these dossiers in a period that is judged on `day`: its last one, unless
    /// it goes on.
    pub(super) fn of(
        catalogue: &Catalogue,
        procedures: &BTreeMap<&str, Cell>,
        (day, goes_on): (NaiveDate, bool),
    ) -> Self {
        let known = &catalogue.procedures;
        let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        let mut sum = Self {
            services: count(known.len()),
            full: count(known.iter().filter(|procedure| procedure.fee == 0).count()),
            fee_services: count(known.iter().filter(|procedure| procedure.fee > 0).count()),
            ..Self::default()
        };
        for (code, cell) in procedures {
            let listed = catalogue.procedure(code);
            let has_fee = listed.is_some_and(|procedure| procedure.fee > 0);
            let returns_paper = listed.is_none_or(|procedure| !procedure.result.is_empty());
            sum.take(cell, has_fee, returns_paper);
            sum.on_time += cell.on_time.range(..=day).map(|(_, many)| many).sum::<u64>();
            sum.running += cell.open.range(day..).map(|(_, many)| many).sum::<u64>() * u64::from(goes_on);
        }
        sum
    }

    fn take(&mut self, cell: &Cell, has_fee: bool, returns_paper: bool) {
        let one_if = |yes: bool| u64::from(yes);
        self.received += cell.received;
        self.completed += cell.completed;
        self.seconds += cell.seconds;
        self.online += if returns_paper { cell.online_with_result } else { cell.online };
        self.direct += cell.direct;
        self.post += cell.post;
        self.with_result += cell.with_result;
        self.digitised += if returns_paper { cell.with_both } else { cell.with_paper };
        self.reused += cell.reused;
        self.from_store += cell.from_store;
        self.confirmed += cell.confirmed;
        self.services_online += one_if(cell.online > 0);
        self.citizen_services += one_if(cell.citizens > 0);
        self.citizen_services_confirmed += one_if(cell.citizens_confirmed > 0);
        if has_fee {
            self.paid_online += cell.paid_online;
            self.obliged += cell.received - cell.free.min(cell.received);
            self.fee_services_seen += one_if(cell.with_fee > 0);
            self.fee_services_paid += one_if(cell.paid_online > 0);
        }
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.completed += other.completed;
        self.on_time += other.on_time;
        self.running += other.running;
        self.seconds += other.seconds;
        self.online += other.online;
        self.direct += other.direct;
        self.post += other.post;
        self.paid_online += other.paid_online;
        self.obliged += other.obliged;
        self.with_result += other.with_result;
        self.digitised += other.digitised;
        self.reused += other.reused;
        self.from_store += other.from_store;
        self.confirmed += other.confirmed;
        self.services += other.services;
        self.full += other.full;
        self.services_online += other.services_online;
        self.fee_services += other.fee_services;
        self.fee_services_seen += other.fee_services_seen;
        self.fee_services_paid += other.fee_services_paid;
        self.citizen_services += other.citizen_services;
        self.citizen_services_confirmed += other.citizen_services_confirmed;
    }
}
