//! Every metric: its name, type, labels and meaning stand here and nowhere else.
//!
//! The doc comment is the help text on the page and the row in `docs/metrics.md`.

use prometheus_client::registry::Registry;

use super::kinds::{
    Counter, Counters, Durations, DurationsBy, ForeignCounters, Gauge, Gauges, Info, Kind, Known, KnownBy,
    Label, Named, SecondsCounter,
};
use super::labels::{
    AGE, ASKED, CERTIFICATE, CHANGE, CLASS, DIFFERENCE, DIRECTION, FETCH, FILE, FILE_STATE, FILE_TROUBLE,
    FOUND, GOAL, INDICATOR, KIND, LANE, LAYER, LEVEL, LOOKED, OCCASION, OPERATION, OUTCOME, PART, PEER,
    PERIOD, PLAN, PUBLISHED, REASON, RELOAD, REMEDY, REPORTED, RESULT, SENDING, SERVICE, SIDE, SOURCE,
    STANDING, STATE, TABLE, TASK, TROUBLE, UNIT, UNKNOWN, VERSION, WAY,
};

/// Metrics that belong together.
#[derive(Debug)]
pub struct Group {
    /// Its heading in the documentation.
    pub title: &'static str,
    /// The metrics, in the order in which they are read.
    pub metrics: Vec<Description>,
}

/// The description of a metric.
#[derive(Debug)]
pub struct Description {
    /// The name that its samples have; those of a histogram have more behind it.
    pub name: &'static str,
    /// `counter`, `gauge`, `histogram` or `info`.
    pub kind: &'static str,
    /// The labels that tell its series apart.
    pub labels: Vec<&'static Label>,
    /// Its meaning, as one text that ends in a full stop.
    pub help: String,
    /// A query that one asks of it.
    pub query: Option<&'static str>,
}

/// The lines of a doc comment as one text, which ends in a full stop.
fn one_text(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

fn declare<K: Kind>(labels: K::Labels, registry: &mut Registry, name: &str, help: &[&str]) -> K {
    let help = one_text(help);
    // The registry puts the suffix and the full stop there itself.
    let name = name.strip_suffix(K::SUFFIX).unwrap_or(name);
    K::declare(labels, registry, name, help.trim_end_matches('.'))
}

macro_rules! metrics {
    ($($title:literal {
        $($(#[doc = $help:literal])+ $field:ident: $kind:ty = $name:literal [$($label:ident),*] $(=> $query:literal)?;)+
    })+) => {
        /// The metrics themselves.
        pub(super) struct MetricTable {
            $($($(#[doc = $help])+ pub(super) $field: $kind,)+)+
        }

        impl MetricTable {
            /// All metrics, shown by `registry`.
            pub(super) fn new(registry: &mut Registry) -> Self {
                Self { $($($field: declare::<$kind>([$(&$label),*], registry, $name, &[$($help),+]),)+)+ }
            }
        }

        /// The descriptions of all metrics, in the order of the documentation.
        #[must_use]
        pub fn catalogue() -> Vec<Group> {
            vec![$(Group {
                title: $title,
                metrics: vec![$(Description {
                    name: $name,
                    kind: <$kind as Kind>::NAME,
                    labels: vec![$(&$label),*],
                    help: one_text(&[$($help),+]),
                    query: [$($query)?].first().copied(),
                }),+],
            }),+]
        }
    };
}

metrics! {
    "The verdict" {
        /// 1 for how things stand, 0 for every other standing.
        standing: Gauges<1> = "dongbo_standing" [STANDING] => "max by (standing) (dongbo_standing) > 0";
        /// How many reasons of this kind stand now.
        reasons: Gauges<1> = "dongbo_reasons_open" [REASON] => "max by (reason) (dongbo_reasons_open) > 0";
    }
    "Freshness" {
        /// When the last poll of the local database was completed, by this process or one before; absent before the first.
        last_poll: Known = "dongbo_last_poll_timestamp_seconds" [] => "time() - dongbo_last_poll_timestamp_seconds";
        /// When the ledger last took in that the portal had accepted something, from this process or one before; absent
        /// before the first time.
        last_acknowledgement: Known = "dongbo_last_acknowledgement_timestamp_seconds" []
            => "time() - dongbo_last_acknowledgement_timestamp_seconds";
        /// When the last full sweep was completed, by this process or one before; absent before the first.
        last_sweep: Known = "dongbo_last_sweep_timestamp_seconds" [] => "time() - dongbo_last_sweep_timestamp_seconds";
        /// When the next poll comes; absent while that is not known.
        next_poll: Known = "dongbo_next_poll_timestamp_seconds" [];
        /// When the next full sweep comes; absent while that is not known.
        next_sweep: Known = "dongbo_next_sweep_timestamp_seconds" [];
        /// When the last poll of one of several sources was completed; absent before the first, and where there is one source.
        source_last_poll: Named<1> = "dongbo_source_last_poll_timestamp_seconds" [SOURCE]
            => "time() - dongbo_source_last_poll_timestamp_seconds > 300";
        /// 1 while something fails that reads one of several sources, 0 while nothing does; absent where there is one source.
        source_failing: Named<1> = "dongbo_source_failing" [SOURCE] => "dongbo_source_failing > 0";
        /// 1 on the one daemon of a ledger that reads the local database, sweeps and backfills; 0 on those that only send.
        leader: Gauge = "dongbo_leader" [] => "sum(dongbo_leader)";
        /// When a part of dongbo last finished a piece of work, well or not; absent before the first. Of a part that sleeps until
        /// a moment that it has named, or has nothing to do here, the present moment.
        last_progress: KnownBy<1> = "dongbo_last_progress_timestamp_seconds" [PART]
            => "time() - dongbo_last_progress_timestamp_seconds > 300";
    }
    "Where the dossiers stand" {
        /// Dossiers by layer and state. The states of each layer add up to all dossiers.
        dossiers: Gauges<2> = "dongbo_dossiers" [LAYER, STATE] => "sum by (state) (dongbo_dossiers{layer=\"steps\"})";
        /// Dossiers in the ledger, rows without a code included.
        known: Gauge = "dongbo_dossiers_known" [];
        /// Share of dossiers whose layer is synced; below 1 while one of them lacks it, and 0 while no dossier is known.
        completeness: Gauges<1> = "dongbo_completeness_ratio" [LAYER]
            => "floor(min(dongbo_completeness_ratio) * 10000) / 100";
        /// Dossiers with something to do, by lane: due, waiting for their time or under way, those to be confirmed by a
        /// look-up included and held ones apart.
        backlog: Gauges<1> = "dongbo_backlog" [LANE] => "sum(dongbo_backlog)";
        /// How long the backlog takes at the rate of the last five minutes; absent while nothing was accepted in them.
        forecast: Known = "dongbo_backlog_forecast_seconds" [];
        /// Age of the oldest change in a lane that the portal has not accepted, held dossiers apart; 0 when there is
        /// none. It counts from the local time of the change, so that a first backfill shows the age of the oldest
        /// dossier.
        oldest_unsent: Gauges<1> = "dongbo_oldest_unsent_age_seconds" [LANE]
            => "max(dongbo_oldest_unsent_age_seconds{lane!=\"backfill\"})";
        /// Dossiers whose outcome on the portal is unknown (doubt 1), held ones included.
        in_doubt: Gauge = "dongbo_dossiers_in_doubt" [];
        /// Accepted dossiers that a look-up is still to confirm (doubt 2).
        to_verify: Gauge = "dongbo_dossiers_to_verify" [];
        /// Dossiers read to be sent with a value that the mapping declares for what the local system does not know.
        not_known: Counters<1> = "dongbo_not_known_total" [UNKNOWN] => "increase(dongbo_not_known_total[1d])";
        /// Open findings by kind: what persons have to see to.
        findings: Gauges<1> = "dongbo_findings_open" [KIND] => "topk(5, dongbo_findings_open > 0)";
    }
    "Files" {
        /// Files that dongbo delivers, by how far they have come.
        files: Gauges<1> = "dongbo_files" [FILE_STATE] => "dongbo_files{state=\"held\"} > 0";
        /// Age of the oldest announcement that the portal has not answered by fetching the file; 0 when there is none.
        oldest_announced: Gauge = "dongbo_files_oldest_announcement_age_seconds" []
            => "dongbo_files_oldest_announcement_age_seconds > 3 * 86400";
        /// Files that something stands in the way of which waiting or an operator ends, by what it is.
        files_in_trouble: Gauges<1> = "dongbo_files_in_trouble" [FILE_TROUBLE] => "dongbo_files_in_trouble > 0";
        /// Files that were looked at, by what was found.
        files_looked: Counters<1> = "dongbo_files_looked_at_total" [FOUND]
            => "sum by (found) (rate(dongbo_files_looked_at_total[5m]))";
        /// Requests for files, by how they ended.
        file_requests: Counters<1> = "dongbo_file_requests_total" [FETCH]
            => "sum by (outcome) (increase(dongbo_file_requests_total[1h]))";
        /// Bytes of files: read to be proved, served to the portal, uploaded to it.
        file_bytes: Counters<1> = "dongbo_file_bytes_total" [DIRECTION]
            => "sum by (direction) (rate(dongbo_file_bytes_total[5m]))";
        /// Files that the portal has had whole, or has taken up with their dossier after the upload.
        files_arrived: Counter = "dongbo_files_arrived_total" [] => "rate(dongbo_files_arrived_total[5m])";
        /// Files that the portal was told of once more, because it had not fetched them.
        files_chased: Counter = "dongbo_files_chased_total" [] => "increase(dongbo_files_chased_total[1d])";
    }
    "The portal" {
        /// Exchanges with the portal. A lapsed session shows only here, because the call is made again after a log-in.
        calls: Counters<2> = "dongbo_portal_calls_total" [SERVICE, OUTCOME]
            => "sum by (outcome) (rate(dongbo_portal_calls_total[5m]))";
        /// Time from the first byte sent to the portal, connecting included, to the last received.
        call_duration: DurationsBy<1> = "dongbo_portal_call_duration_seconds" [SERVICE]
            => "histogram_quantile(0.95, sum by (le) (rate(dongbo_portal_call_duration_seconds_bucket[5m])))";
        /// 1 while sending is stopped for this trouble, else 0.
        stopped: Gauges<1> = "dongbo_sending_stopped" [TROUBLE] => "max by (trouble) (dongbo_sending_stopped) > 0";
        /// How often sending was stopped for this trouble.
        stops: Counters<1> = "dongbo_sending_stops_total" [TROUBLE] => "increase(dongbo_sending_stops_total[1d])";
        /// 1 while the operator has paused sending, else 0; absent while that is not known.
        paused: Known = "dongbo_sending_paused" [];
        /// Until when the portal has asked us to wait; absent while calls may go.
        wait_until: Known = "dongbo_portal_wait_until_timestamp_seconds" [];
        /// Calls that may be under way at once now.
        concurrency: Gauge = "dongbo_concurrency_limit" [];
        /// Age of the portal's catalogue of procedures; absent while none was ever fetched.
        catalogue_age: Known = "dongbo_catalogue_age_seconds" [] => "dongbo_catalogue_age_seconds > 3 * 86400";
        /// Procedures of the portal's catalogue; absent while none was ever fetched.
        catalogue_known: Known = "dongbo_catalogue_procedures" [];
        /// Procedures that the catalogue had once and has no more; absent while none was ever fetched.
        catalogue_vanished: Known = "dongbo_catalogue_procedures_vanished" [];
        /// The peer's clock less ours, to the second for the portal; absent until measured.
        clock_offset: KnownBy<1> = "dongbo_clock_offset_seconds" [PEER] => "abs(dongbo_clock_offset_seconds) > 300";
        /// When this certificate ends; absent while that is not known.
        certificate_end: KnownBy<1> = "dongbo_certificate_expiry_timestamp_seconds" [CERTIFICATE]
            => "(dongbo_certificate_expiry_timestamp_seconds - time()) / 86400";
    }
    "Delays" {
        /// How long local changes took until the portal accepted them, by the local system's own times; what changed before this
        /// ledger began to follow it is not counted.
        change_delay: DurationsBy<1> = "dongbo_change_delay_seconds" [CHANGE]
            => "histogram_quantile(0.9, sum by (le) (rate(dongbo_change_delay_seconds_bucket{of=\"change\"}[1d])))";
    }
    "Indicators" {
        /// The main indicators of the present month by unit, from 0 to 1: by the local system, and by what the portal accepted. Of the
        /// daemon that leads; absent where there is nothing to divide by.
        indicators: Named<3> = "dongbo_indicator_ratio" [UNIT, INDICATOR, SIDE]
            => "dongbo_indicator_ratio{side=\"local\"} - ignoring(side) dongbo_indicator_ratio{side=\"portal\"} > 0.01";
        /// The points of the present month that lie between the local system and the portal, by the main indicators of all units together. Of
        /// the daemon that leads; absent where there is nothing to divide by.
        points_apart: Named<1> = "dongbo_indicator_points_apart" [INDICATOR]
            => "sum(dongbo_indicator_points_apart) > 0.5";
        /// When the present month, quarter and year end. Of the daemon that leads.
        period_ends: Named<1> = "dongbo_indicator_period_end_timestamp_seconds" [PERIOD]
            => "dongbo_indicator_period_end_timestamp_seconds{period=\"month\"} - time() < 5 * 86400";
        /// Percentages that plans ask for in the present year, from 0 to 1, of all units together, beside how they stand; at most every ten
        /// minutes. Of the daemon that leads; absent where there is no number.
        targets: Named<3> = "dongbo_target_ratio" [PLAN, GOAL, ASKED]
            => "dongbo_target_ratio{number=\"asked\"} - ignoring(number) dongbo_target_ratio{number=\"now\"} > 0";
    }
    "Work on claims" {
        /// Claims that were worked on, by how they ended. Claims that were given back are not counted.
        settled: Counters<1> = "dongbo_claims_settled_total" [RESULT]
            => "sum by (result) (rate(dongbo_claims_settled_total[5m]))";
        /// Claims that should have been taken back and were not: their leases ran out a whole lease ago. It must be 0.
        overdue: Gauge = "dongbo_leases_overdue" [];
        /// Outcomes not written because the lease had passed to another claim.
        lease_lost: Counter = "dongbo_leases_lost_total" [];
        /// Leases that ran out and were taken back; these dossiers are looked up.
        reclaimed: Counter = "dongbo_leases_expired_total" [];
        /// Confirming look-ups that found the portal without what it had accepted.
        verification_failed: Counter = "dongbo_verifications_failed_total" [];
    }
    "Reconciliation" {
        /// Open differences between both sides, by layer and age.
        differences: Gauges<2> = "dongbo_differences_open" [DIFFERENCE, AGE]
            => "sum by (layer) (dongbo_differences_open{age!=\"pending\"}) > 0";
        /// Differences of age mismatch, by what puts them right. Those that were sent again and not looked at since count
        /// as nothing.
        mismatches: Gauges<1> = "dongbo_mismatches_open" [REMEDY] => "dongbo_mismatches_open > 0";
        /// Open differences, more than pending, that were sent again and still differed afterwards.
        unmended: Gauge = "dongbo_differences_unmended" [] => "dongbo_differences_unmended > 0";
        /// When a run of this task over everything last ended, by whomever; absent before the first.
        last_run: KnownBy<1> = "dongbo_last_run_timestamp_seconds" [TASK] => "time() - dongbo_last_run_timestamp_seconds";
        /// When the next run of this task is to begin by its schedule, in the past while it is under way or overdue;
        /// absent while it is switched off or another daemon leads.
        next_run: KnownBy<1> = "dongbo_next_run_timestamp_seconds" [TASK]
            => "time() - dongbo_next_run_timestamp_seconds > 0";
        /// How many of the last runs of this task in a row the portal has broken off, by refusing its counts or not
        /// answering look-ups.
        broken_off: Gauges<1> = "dongbo_runs_broken_off_in_a_row" [TASK] => "dongbo_runs_broken_off_in_a_row > 0";
        /// With a confidence of 95 % a smaller share of all dossiers differs unseen, as the last sample says; absent
        /// before the first of this process.
        unseen_bound: Known = "dongbo_unseen_differences_bound_ratio" [] => "dongbo_unseen_differences_bound_ratio";
        /// Look-ups that comparing made and the portal answered.
        compared_look_ups: Counter = "dongbo_compared_look_ups_total" [];
        /// Calls to the portal's evaluation API.
        count_calls: Counter = "dongbo_count_calls_total" [];
        /// Dossiers that were sent again because both sides differed.
        sent_again: Counter = "dongbo_sent_again_total" [];
        /// Runs that could not be made.
        runs_failed: Counter = "dongbo_runs_failed_total" [] => "increase(dongbo_runs_failed_total[1d])";
    }
    "Published figures" {
        /// When an answer had figures that the portal publishes last; absent before the first, on a daemon that does not lead, and
        /// while nothing is fetched.
        published_last: Known = "dongbo_published_last_answer_timestamp_seconds" []
            => "time() - dongbo_published_last_answer_timestamp_seconds > 2 * 86400";
        /// Questions about periods that are over of which the portal has published nothing yet; absent likewise.
        published_missing: Known = "dongbo_published_missing" [] => "dongbo_published_missing > 0";
        /// Questions about published figures, by what became of them.
        published_asked: Counters<1> = "dongbo_published_questions_total" [PUBLISHED]
            => "increase(dongbo_published_questions_total{outcome!=\"published\"}[1d]) > 0";
    }
    "Owners' stores" {
        /// Dossiers of samples by what a look into the store of the owner showed.
        owner_store_looks: Counters<1> = "dongbo_owner_store_looks_total" [LOOKED]
            => "increase(dongbo_owner_store_looks_total{outcome=\"missing\"}[1d]) > 0";
        /// The share of the dossiers looked at, each by its last look, of which the store has every result; absent before the first, on
        /// a daemon that does not lead, and while no store is looked into.
        owner_store_confirmed: Known = "dongbo_owner_store_confirmed_ratio" [] => "dongbo_owner_store_confirmed_ratio < 1";
        /// When a store was last looked into; absent likewise.
        owner_store_last: Known = "dongbo_owner_store_last_look_timestamp_seconds" []
            => "time() - dongbo_owner_store_last_look_timestamp_seconds > 7 * 86400";
    }
    "Messages to people" {
        /// Messages that [notify](notify.md) sent or failed to send, by what they told.
        notified: Counters<2> = "dongbo_notify_messages_total" [OCCASION, SENDING]
            => "increase(dongbo_notify_messages_total{outcome=\"failed\"}[1d]) > 0";
        /// Since when a way of `[[notify.way]]` takes no messages; absent while it does, and on a daemon that does not lead.
        notify_failing: Named<1> = "dongbo_notify_failing_since_timestamp_seconds" [WAY]
            => "time() - dongbo_notify_failing_since_timestamp_seconds > 3600";
    }
    "Reports" {
        /// Reports that were to be drawn up on schedule, by their outcome.
        reports: Counters<1> = "dongbo_reports_total" [REPORTED];
        /// Reports whose last try failed; they are tried again. Absent while none was tried.
        reports_failing: Known = "dongbo_reports_failing" [] => "dongbo_reports_failing > 0";
    }
    "The local database" {
        /// Completed polls of the local database.
        polls: Counter = "dongbo_polls_total" [];
        /// How long completed polls took.
        poll_duration: Durations = "dongbo_poll_duration_seconds" [];
        /// How long the last full sweep of this process took; absent before the first.
        sweep_duration: Known = "dongbo_last_sweep_duration_seconds" [];
        /// Differences that full sweeps found.
        sweep_differences: Counter = "dongbo_sweep_differences_total" [];
        /// Failures of the local database.
        source_errors: Counters<2> = "dongbo_source_errors_total" [OPERATION, CLASS]
            => "sum by (operation, class) (increase(dongbo_source_errors_total[1h])) > 0";
        /// Local rows without a usable dossier code, counted at every poll that meets them.
        without_code: Counter = "dongbo_source_rows_without_code_total" [];
        /// Local rows of the last poll that say they changed more than five minutes in the future.
        ahead: Gauge = "dongbo_source_rows_ahead" [];
        /// Local rows of the last deep poll whose time of change cannot be read. They are heard of once; only sweeps
        /// find what changes in them.
        undated: Gauge = "dongbo_source_rows_undated" [];
    }
    "The ledger" {
        /// Failures of the ledger.
        ledger_errors: Counter = "dongbo_ledger_errors_total" [] => "increase(dongbo_ledger_errors_total[15m])";
        /// How long it took to write a batch of outcomes, tries that failed included.
        settle_duration: Durations = "dongbo_ledger_settle_duration_seconds" [];
        /// When the ledger took the place of one that could not be trusted; absent when it never did.
        ledger_rebuilt: Known = "dongbo_ledger_rebuilt_timestamp_seconds" []
            => "time() - dongbo_ledger_rebuilt_timestamp_seconds < 86400";
        /// Rows of the past that were deleted because they were older than `ledger.keep_history`.
        pruned: Counters<1> = "dongbo_ledger_pruned_total" [TABLE] => "increase(dongbo_ledger_pruned_total[1d])";
        /// Size of the ledger's files; a file that is not there has 0.
        ledger_size: Gauges<1> = "dongbo_ledger_size_bytes" [FILE] => "sum(dongbo_ledger_size_bytes)";
        /// Bytes that dongbo may still write on the file system of the ledger; absent while that cannot be told.
        disk_free: Known = "dongbo_ledger_disk_free_bytes" []
            => "1 - dongbo_ledger_disk_free_bytes / dongbo_ledger_disk_size_bytes";
        /// Size of the file system of the ledger; absent while that cannot be told.
        disk_size: Known = "dongbo_ledger_disk_size_bytes" [];
    }
    "The daemon" {
        /// The version that runs.
        _build: Info = "dongbo_build_info" [VERSION] => "count by (version) (dongbo_build_info)";
        /// When this process began to work.
        started: Gauge = "dongbo_process_start_time_seconds" [] => "changes(dongbo_process_start_time_seconds[1h])";
        /// Processor time that this process has used.
        cpu: SecondsCounter = "dongbo_process_cpu_seconds_total" [] => "rate(dongbo_process_cpu_seconds_total[5m])";
        /// Memory that this process holds; absent where /proc does not tell.
        memory: Known = "dongbo_process_resident_memory_bytes" [];
        /// Reloads of the configuration, by what became of them.
        reloads: Counters<1> = "dongbo_config_reloads_total" [RELOAD];
        /// 1 when the last reload of the configuration, or the start, took it over; 0 when the one before stays in force.
        reload_successful: Gauge = "dongbo_config_last_reload_successful" [];
        /// Since when the configuration in force is in force.
        reload_success: Gauge = "dongbo_config_last_reload_success_timestamp_seconds" [];
        /// Lines that went into the log, by level; absent while nobody counts them.
        log_lines: ForeignCounters<1> = "dongbo_log_lines_total" [LEVEL]
            => "increase(dongbo_log_lines_total{level=\"error\"}[15m])";
        /// Failures to write the textfile.
        textfile_errors: Counter = "dongbo_textfile_errors_total" [];
    }
}
