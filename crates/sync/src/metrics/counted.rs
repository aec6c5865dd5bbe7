//! The process's metrics, and the methods by which a part of dongbo counts an event.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::registry::Registry;

use super::file_outcome::FileOutcome;
use super::labels::{CHANGES, OCCASIONS, REFUSED, SENDINGS};
use super::log_lines::LogLines;
use super::measure::Measure as _;
use super::table::MetricTable;
use crate::owner_store::{LookOutcome, OwnerStoreStanding};
use crate::reporting::ReportOutcome;
use dongbo_ledger::{History, Next, PastDelay, PublicationOutcome};
use dongbo_model::{ErrorClass, Trouble};
use dongbo_portal::CallRecord;

/// The process's metrics. One for each daemon; nothing is global.
pub struct Metrics {
    pub(super) registry: Registry,
    pub(super) table: MetricTable,
    pub(super) log_lines: OnceLock<LogLines>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// A certificate whose end is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// The one that the portal shows us.
    Portal,
    /// The one that we show the portal.
    Client,
}

impl Metrics {
    /// All metrics of a process that begins to work at `now`, with a configuration that was read just before. Every
    /// label value is there with 0, but for what cannot be known yet.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let mut registry = Registry::default();
        let table = MetricTable::new(&mut registry);
        table.started.set(now);
        table.reload_successful.set(true);
        table.reload_success.set(now);
        Self { registry, table, log_lines: OnceLock::new() }
    }

    /// A call to the portal ended.
    pub fn called(&self, record: &CallRecord) {
        self.table.calls.add([record.service.name(), record.outcome.name()], 1);
        self.table.call_duration.took([record.service.name()], record.elapsed);
        if let Some(offset) = record.clock_offset {
            self.clock_offset("portal", offset);
        }
    }

    /// A peer's clock was compared with ours. `peer` is `ledger`, `portal` or `source`.
    pub fn clock_offset(&self, peer: &'static str, offset: TimeDelta) {
        self.table.clock_offset.set([peer], offset.as_seconds_f64());
    }

    /// When a certificate ends has become known.
    pub fn certificate_ends(&self, certificate: Certificate, at: DateTime<Utc>) {
        let certificate = match certificate {
            Certificate::Portal => "portal",
            Certificate::Client => "client",
        };
        self.table.certificate_end.set([certificate], at);
    }

    /// Sending was stopped.
    pub fn sending_stopped(&self, trouble: Trouble) {
        self.table.stops.add([trouble.name()], 1);
    }

    /// A claim ended.
    pub fn settled(&self, next: &Next) {
        let result = match next {
            Next::Synced => "synced",
            Next::Verify(_) => "to_verify",
            Next::Due(..) => "put_off",
            Next::Held => "held",
            Next::NotSent => "not_sent",
            Next::Forget => "forgotten",
        };
        self.table.settled.add([result], 1);
    }

    /// A local change has reached the portal.
    pub fn change_took(&self, delay: &PastDelay) {
        let [change, step] = CHANGES;
        self.table.change_delay.took([if delay.step.is_some() { step } else { change }], delay.took());
    }

    /// A dossier is to be sent with what the mapping declares for these columns, of which the local system knows nothing.
    pub fn not_known(&self, columns: &[&'static str]) {
        for column in columns {
            self.table.not_known.add([*column], 1);
        }
    }

    /// The ratios of the present month are these, by unit, indicator and side.
    pub fn indicators(&self, ratios: &[([String; 3], f64)]) {
        let shown = ratios.iter().map(|(names, ratio)| (names.each_ref().map(String::as_str), Some(*ratio)));
        self.table.indicators.show(shown);
    }

    /// The points of the present month that lie between both sides are these, by indicator.
    pub fn points_apart(&self, points: &[(&'static str, f64)]) {
        self.table.points_apart.show(points.iter().map(|(indicator, points)| ([*indicator], Some(*points))));
    }

    /// The present periods end then.
    pub fn periods_end(&self, ends: &[(&'static str, DateTime<Utc>)]) {
        let seconds = |at: &DateTime<Utc>| f64::from(u32::try_from(at.timestamp()).unwrap_or(u32::MAX));
        self.table.period_ends.show(ends.iter().map(|(period, at)| ([*period], Some(seconds(at)))));
    }

    /// The targets of the present year stand so, by plan, goal, and `now` or `asked`.
    pub fn targets(&self, ratios: &[([String; 3], f64)]) {
        let shown = ratios.iter().map(|(names, ratio)| (names.each_ref().map(String::as_str), Some(*ratio)));
        self.table.targets.show(shown);
    }

    /// A batch of outcomes was written; it took `time` from the first try on.
    pub fn settle_took(&self, time: Duration) {
        self.table.settle_duration.took(time);
    }

    /// Outcomes came too late to be written.
    pub fn lease_lost(&self, many: u64) {
        self.table.lease_lost.add(many);
    }

    /// Leases had run out.
    pub fn reclaimed(&self, many: u64) {
        self.table.reclaimed.add(many);
    }

    /// An acceptance turned out not to be true.
    pub fn verification_failed(&self) {
        self.table.verification_failed.add(1);
    }

    /// A file was looked at.
    pub fn file_looked(&self, found: &'static str) {
        self.table.files_looked.add([found], 1);
    }

    /// A request for a file has ended.
    pub fn file_asked(&self, outcome: FileOutcome) {
        self.table.file_requests.add([outcome.name()], 1);
    }

    /// Bytes of a file went this way: `read`, `served` or `uploaded`.
    pub fn file_bytes(&self, direction: &'static str, bytes: u64) {
        self.table.file_bytes.add([direction], bytes);
    }

    /// The portal has had files whole.
    pub fn files_arrived(&self, many: u64) {
        self.table.files_arrived.add(many);
    }

    /// The portal is told of a file once more.
    pub fn file_chased(&self) {
        self.table.files_chased.add(1);
    }

    /// A poll of the local database was completed within `time`.
    pub fn polled(&self, without_code: u64, time: Duration) {
        self.table.polls.add(1);
        self.table.poll_duration.took(time);
        self.table.without_code.add(without_code);
    }

    /// A full sweep was completed within `time`.
    pub fn swept(&self, time: Duration) {
        self.table.sweep_duration.set(Some(time));
    }

    /// A full sweep found differences.
    pub fn sweep_found(&self, differences: u64) {
        self.table.sweep_differences.add(differences);
    }

    /// Reading the local database failed. `operation` is `poll`, `sweep`, `probe` or `read`.
    pub fn source_failed(&self, operation: &'static str, class: ErrorClass) {
        self.table.source_errors.add([operation, class.name()], 1);
    }

    /// A poll met this many rows from the future.
    pub fn source_ahead(&self, rows: u64) {
        self.table.ahead.set(rows);
    }

    /// A deep poll met this many rows whose time of change cannot be read.
    pub fn source_undated(&self, rows: u64) {
        self.table.undated.set(rows);
    }

    /// A run that compares both sides ended: it made so many look-ups, and sent so many dossiers again.
    pub fn compared(&self, look_ups: u64, sent_again: u64) {
        self.table.compared_look_ups.add(look_ups);
        self.table.sent_again.add(sent_again);
    }

    /// The evaluation API is called.
    pub(crate) fn evaluation_called(&self) {
        self.table.count_calls.add(1);
    }

    /// A question about published figures was asked; `None` when the API refused to be asked.
    pub(crate) fn published(&self, outcome: Option<PublicationOutcome>) {
        self.table.published_asked.add([outcome.map_or(REFUSED, PublicationOutcome::name)], 1);
    }

    /// Published figures were had last at `last`, and of so many questions there are none.
    pub fn published_stands(&self, last: Option<DateTime<Utc>>, missing: u64) {
        self.table.published_last.set(last);
        self.table.published_missing.set(Some(missing));
    }

    /// A dossier of a sample was looked for in the store of its owner.
    pub(crate) fn owner_store_looked(&self, outcome: LookOutcome) {
        self.table.owner_store_looks.add([outcome.name()], 1);
    }

    /// How the looks into owners' stores stand; `None` on a daemon that does not lead.
    pub fn owner_store_stands(&self, standing: Option<OwnerStoreStanding>) {
        self.table.owner_store_confirmed.set(standing.and_then(OwnerStoreStanding::share));
        self.table.owner_store_last.set(standing.and_then(|standing| standing.last_at));
    }

    /// A message to people was sent, or failed to be: the bulletin or alerts.
    pub fn notified(&self, bulletin: bool, sent: bool) {
        let ([of_time, alert], [taken, failed]) = (OCCASIONS, SENDINGS);
        let (occasion, outcome) = (if bulletin { of_time } else { alert }, if sent { taken } else { failed });
        self.table.notified.add([occasion, outcome], 1);
    }

    /// These ways by which people are told take no messages, each since then.
    pub fn ways_failing(&self, ways: &[(String, DateTime<Utc>)]) {
        let shown = ways.iter().map(|(way, since)| ([way.as_str()], Some((*since).measure())));
        self.table.notify_failing.show(shown);
    }

    /// A report was to be drawn up on schedule.
    pub(crate) fn reported(&self, outcome: ReportOutcome) {
        self.table.reports.add([outcome.name()], 1);
    }

    /// So many reports failed when they were last tried.
    pub fn reports_failing(&self, many: u64) {
        self.table.reports_failing.set(Some(many));
    }

    /// A run that compares both sides could not be made.
    pub fn comparing_failed(&self) {
        self.table.runs_failed.add(1);
    }

    /// The ledger failed.
    pub fn ledger_failed(&self) {
        self.table.ledger_errors.add(1);
    }

    /// Counts rows of `history` that were deleted because they were old.
    pub fn pruned(&self, history: History, many: u64) {
        self.table.pruned.add([history.name()], many);
    }

    /// The ledger took, at `at`, the place of one that could not be trusted.
    pub fn ledger_rebuilt(&self, at: DateTime<Utc>) {
        self.table.ledger_rebuilt.set(Some(at));
    }

    /// A new configuration took over at `now`.
    pub fn reloaded(&self, now: DateTime<Utc>) {
        self.table.reloads.add(["success"], 1);
        self.table.reload_successful.set(true);
        self.table.reload_success.set(now);
    }

    /// A new configuration was not taken over.
    pub fn reload_failed(&self) {
        self.table.reloads.add(["failure"], 1);
        self.table.reload_successful.set(false);
    }

    /// The textfile could not be written.
    pub fn textfile_failed(&self) {
        self.table.textfile_errors.add(1);
    }

    /// Shows from now on what `lines` counts. Only the first call has an effect.
    pub fn show_log(&self, lines: LogLines) {
        // Whoever comes second counts the same log.
        drop(self.log_lines.set(lines));
    }
}
