//! The state of everything that is not counted where it happens, and the page that shows it with the rest.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::text::encode;

use super::counted::Metrics;
use super::format::{Format, classic};
use super::host;
use super::labels::{FILES, JOBS, LEVELS, reasons};
use super::measure::Measure;
use crate::compare_jobs::JobStates;
use crate::health::kinds::{ReasonKind, Standing};
use crate::vitals::{Moments, Part, ReaderMoments};
use dongbo_ledger::{DifferenceGroup, FileCounts, FileState, Lane, Layer, LayerState, Overview};
use dongbo_model::Trouble;
use dongbo_model::{Age, Remedy};
use dongbo_model::{FileTrouble, FindingKind};

/// The state of everything at one moment, as far as it is not counted where it happens.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The moment.
    pub now: DateTime<Utc>,
    /// How things stand; `None` when nobody has judged.
    pub standing: Option<Standing>,
    /// The kinds of the reasons for it, each as often as there are reasons.
    pub reasons: Vec<ReasonKind>,
    /// The ledger's counts of dossiers.
    pub overview: Overview,
    /// Its counts of files.
    pub files: FileCounts,
    /// Claims that should have been taken back a whole lease ago.
    pub overdue_leases: u64,
    /// The reason why sending is stopped.
    pub trouble: Option<Trouble>,
    /// Whether the operator has paused sending; `None` when that is not known.
    pub paused: Option<bool>,
    /// Until when the portal has asked us to wait.
    pub wait_until: Option<DateTime<Utc>>,
    /// The number of calls that may be under way at once.
    pub concurrency: f64,
    /// When things were last done and come next.
    pub moments: Moments,
    /// The readers of each source by its name, where there are several, and whether some of its reading fails.
    pub sources: Vec<(String, ReaderMoments, bool)>,
    /// When each part last finished something.
    pub last_progress: Vec<(Part, Option<DateTime<Utc>>)>,
    /// The time that the backlog takes, when that can be predicted.
    pub forecast: Option<Duration>,
    /// Open differences by kind, cause and age.
    pub differences: Vec<DifferenceGroup>,
    /// When runs that compare both sides ended and come next, and what they have done.
    pub jobs: JobStates,
    /// The ledger's file, when it is one.
    pub ledger: Option<PathBuf>,
}

impl Metrics {
    /// The page: all that was counted, and `snapshot`.
    ///
    /// # Errors
    /// When formatting fails.
    pub fn render(&self, snapshot: &Snapshot, format: Format) -> Result<String, fmt::Error> {
        self.show_verdict(snapshot);
        self.show_freshness(snapshot);
        self.show_dossiers(snapshot);
        self.show_files(snapshot);
        self.show_sending(snapshot);
        self.show_comparing(snapshot);
        self.show_host(snapshot);
        if let Some(lines) = self.log_lines.get() {
            for (level, many) in LEVELS.into_iter().zip(lines.counts()) {
                self.table.log_lines.reached([level], many);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(match format {
            Format::OpenMetrics => text,
            Format::Classic => classic(&text),
        })
    }

    fn show_verdict(&self, snapshot: &Snapshot) {
        for &standing in Standing::ALL {
            self.table.standing.set([standing.name()], snapshot.standing == Some(standing));
        }
        for kind in reasons() {
            let many = snapshot.reasons.iter().filter(|reason| **reason == kind).count();
            self.table.reasons.set([kind.name()], count(many));
        }
    }

    fn show_freshness(&self, snapshot: &Snapshot) {
        let (table, moments) = (&self.table, &snapshot.moments);
        table.leader.set(moments.leads);
        table.last_poll.set(moments.last_poll);
        table.last_acknowledgement.set(moments.last_acknowledged);
        table.last_sweep.set(moments.last_sweep);
        table.next_poll.set(moments.next_poll);
        let sources = || snapshot.sources.iter().map(|(name, reader, fails)| (name.as_str(), reader, *fails));
        table.source_failing.show(sources().map(|(name, _, fails)| ([name], Some(fails.measure()))));
        table
            .source_last_poll
            .show(sources().map(|(name, reader, _)| ([name], reader.last_poll.map(Measure::measure))));
        table.next_sweep.set(moments.next_sweep);
        let catalogue = moments.catalogue;
        let age = catalogue.map(|seen| (snapshot.now - seen.at).to_std().unwrap_or_default());
        table.catalogue_age.set(age);
        table.catalogue_known.set(catalogue.map(|seen| count(seen.known)));
        table.catalogue_vanished.set(catalogue.map(|seen| count(seen.vanished)));
        for (part, at) in &snapshot.last_progress {
            table.last_progress.know([part.name()], *at);
        }
    }

    fn show_dossiers(&self, snapshot: &Snapshot) {
        let (table, overview) = (&self.table, &snapshot.overview);
        table.known.set(overview.dossiers);
        for &layer in Layer::ALL {
            let counts = overview.counts.of(layer);
            for &state in LayerState::ALL {
                table.dossiers.set([layer.name(), state.name()], counts.of(state));
            }
            table.completeness.set([layer.name()], overview.completeness(layer).unwrap_or(0.0));
        }
        for &lane in Lane::ALL {
            let counts = overview.lane(lane);
            table.backlog.set([lane.name()], counts.backlog);
            let age = counts.oldest_unsent.map(|since| (snapshot.now - since).to_std().unwrap_or_default());
            table.oldest_unsent.set([lane.name()], age.unwrap_or_default());
        }
        table.forecast.set(snapshot.forecast);
        table.in_doubt.set(overview.in_doubt);
        table.to_verify.set(overview.to_verify);
        for kind in FindingKind::ALL {
            let open = overview.findings.iter().find(|(name, _)| name == kind.name());
            table.findings.set([kind.name()], open.map_or(0, |(_, many)| *many));
        }
    }

    fn show_files(&self, snapshot: &Snapshot) {
        let table = &self.table;
        for &state in FileState::ALL {
            table.files.set([state.name()], snapshot.files.of(state));
        }
        for &trouble in FileTrouble::ALL {
            let these = snapshot.files.troubled.iter().filter(|troubled| troubled.trouble == trouble);
            table.files_in_trouble.set([trouble.name()], these.map(|troubled| troubled.many).sum::<u64>());
        }
        let oldest = snapshot.files.oldest_announced;
        let age = oldest.map(|since| (snapshot.now - since).to_std().unwrap_or_default());
        table.oldest_announced.set(age.unwrap_or_default());
    }

    fn show_sending(&self, snapshot: &Snapshot) {
        let table = &self.table;
        for &trouble in Trouble::ALL {
            table.stopped.set([trouble.name()], snapshot.trouble == Some(trouble));
        }
        table.paused.set(snapshot.paused);
        table.wait_until.set(snapshot.wait_until);
        table.concurrency.set(snapshot.concurrency);
        table.overdue.set(snapshot.overdue_leases);
    }

    fn show_comparing(&self, snapshot: &Snapshot) {
        let (table, jobs) = (&self.table, &snapshot.jobs);
        for &layer in Layer::ALL {
            for age in Age::ALL {
                let these = snapshot
                    .differences
                    .iter()
                    .filter(|group| group.kind.layer() == layer && group.age == *age);
                table.differences.set([layer.name(), age.name()], these.map(|group| group.many).sum::<u64>());
            }
        }
        let mut mismatches: BTreeMap<Remedy, u64> = BTreeMap::new();
        for group in snapshot.differences.iter().filter(|group| group.age == Age::Mismatch) {
            let remedy = Remedy::of(group.kind, &group.cause, group.age, group.mendable);
            *mismatches.entry(remedy).or_default() += group.many.saturating_sub(group.sent_again);
            *mismatches.entry(Remedy::Nothing).or_default() += group.sent_again;
        }
        for remedy in Remedy::ALL {
            table.mismatches.set([remedy.name()], mismatches.get(remedy).copied().unwrap_or(0));
        }
        let lasting = snapshot.differences.iter().filter(|group| group.age != Age::Pending);
        table.unmended.set(lasting.map(|group| group.unmended).sum::<u64>());
        for job in JOBS {
            table.last_run.know([job.name()], jobs.last.get(&job).copied());
            let next = jobs.due.get(&job).copied().filter(|_| snapshot.moments.leads);
            table.next_run.know([job.name()], next);
            table.broken_off.set([job.name()], jobs.broken_off.get(&job).copied().unwrap_or(0));
        }
        table.unseen_bound.set(jobs.bound);
    }

    fn show_host(&self, snapshot: &Snapshot) {
        let table = &self.table;
        for (file, suffix) in FILES {
            // Of a ledger on a server that server's own monitoring tells.
            let size = snapshot.ledger.as_ref().and_then(|ledger| {
                let mut path = ledger.clone().into_os_string();
                path.push(suffix);
                std::fs::metadata(path).ok()
            });
            table.ledger_size.set([file], size.map_or(0, |file| file.len()));
        }
        let disk = snapshot.ledger.as_deref().and_then(|ledger| host::disk(ledger).ok());
        table.disk_free.set(disk.map(|disk| disk.free));
        table.disk_size.set(disk.map(|disk| disk.size));
        table.cpu.reached(host::cpu_time().as_secs_f64());
        table.memory.set(host::resident_memory());
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
