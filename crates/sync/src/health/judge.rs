//! The judgement: the only place that decides how things stand.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{DaemonFacts, Facts, FilesHindered, Heard, LedgerFacts, Stopped, WatchedFacts};
use super::kinds::{ReasonKind, Standing};
use super::reason::{Detail, Reason};
use super::verdict::{Forecast, Health, Note, Proof};
use crate::failures::{Failing, Work};
use crate::vitals::ReaderMoments;
use dongbo_model::clock::{earlier, later};
use dongbo_model::{ErrorClass, FileTrouble, Owner, Trouble};

/// The number of polls that may be missed before the local database counts as not known.
const POLLS_MISSED: u32 = 15;
/// The time on top of it that a poll which does not fail may take, and that the ledger may lag behind.
const LATE_BY: Duration = Duration::from_secs(120);
/// The time after a start in which every vital part has to have finished something.
const STARTED_WITHIN: Duration = Duration::from_secs(600);
/// The time by which a comparison may be late before its proof is too old.
const OVERDUE_BY: TimeDelta = TimeDelta::days(1);
/// The time for which the portal may leave announced files alone.
const FETCHED_WITHIN: TimeDelta = TimeDelta::days(3);
/// The time for which something may stand in the way of files before a person has to look.
const DELAYED_FOR: TimeDelta = TimeDelta::hours(1);
/// Comparisons that the portal may break off in a row before a person has to ask why.
const BROKEN_OFF: u64 = 3;

/// Judges how things stand at `now`.
#[must_use]
pub fn judge(facts: &Facts, now: DateTime<Utc>) -> Health {
    let mut reasons = Vec::new();
    if let Some(words) = &facts.configuration {
        reasons.push(Reason::of(ReasonKind::ConfigBroken).with(Detail::Words(words.clone())));
    }
    match &facts.daemon {
        Heard::Runs(daemon) => of_daemon(daemon, facts.ledger.as_ref().ok(), now, &mut reasons),
        Heard::Nothing => {
            let last = facts.ledger.as_ref().ok().and_then(|ledger| ledger.last_poll);
            reasons.push(Reason::of(ReasonKind::NoDaemon).since(last));
        }
        Heard::Silence => reasons.push(Reason::of(ReasonKind::DaemonSilent)),
        Heard::Unasked(words) => {
            reasons.push(Reason::of(ReasonKind::DaemonUnasked).with(Detail::Words(words.clone())));
        }
    }
    match &facts.ledger {
        Ok(ledger) => of_ledger(ledger, &facts.daemon, now, &mut reasons),
        Err(words) => {
            reasons.push(Reason::of(ReasonKind::LedgerUnreadable).with(Detail::Words(words.clone())));
        }
    }
    let watches = facts.ledger.as_ref().is_ok_and(|ledger| ledger.watches);
    reasons.iter_mut().for_each(|reason| reason.watches = watches);
    // Of one kind the one that stands longest is told first.
    reasons.sort_by_key(|reason| (reason.kind, reason.since));
    let standing = reasons.iter().map(Reason::standing).max().unwrap_or(Standing::InStep);
    let ledger = facts.ledger.as_ref().ok();
    let daemon = match &facts.daemon {
        Heard::Runs(daemon) => Some(daemon.as_ref()),
        Heard::Nothing | Heard::Silence | Heard::Unasked(_) => None,
    };
    Health {
        at: now,
        watches,
        standing,
        ready: daemon.is_some_and(|daemon| daemon.standstill.is_none()) && !is_blind(daemon, &reasons),
        wanted: ledger.map(|ledger| ledger.wanted),
        synced: ledger.map(|ledger| ledger.synced),
        held_by: ledger.map(|ledger| ledger.held_by.clone()).unwrap_or_default(),
        forecast: forecast(daemon, ledger, &reasons),
        proof: Proof {
            last_poll: daemon
                .and_then(|daemon| daemon.last_poll)
                .max(ledger.and_then(|ledger| ledger.last_poll)),
            last_comparison: ledger.and_then(|ledger| ledger.last_comparison),
            next_comparison: daemon.and_then(|daemon| daemon.comparing.next),
        },
        notes: notes(daemon, ledger),
        reasons,
    }
}

fn of_daemon(
    daemon: &DaemonFacts,
    ledger: Option<&LedgerFacts>,
    now: DateTime<Utc>,
    reasons: &mut Vec<Reason>,
) {
    if let Some((part, since)) = daemon.standstill
        && (since.is_some() || later(daemon.started_at, STARTED_WITHIN) < now)
    {
        let since = since.unwrap_or(daemon.started_at);
        reasons.push(Reason::of(ReasonKind::Standstill).since(Some(since)).with(Detail::Part(part)));
    }
    reasons.extend(daemon.failing.iter().filter_map(|failing| of_failing(failing, daemon, now)));
    for (source, reader) in readers(daemon) {
        of_reading(&source, &reader, daemon, ledger, now, reasons);
    }
    reasons.extend(daemon.stopped.as_ref().map(of_portal));
    for (source, reader) in readers(daemon) {
        if let Some(due) = reader.next_sweep.filter(|due| daemon.leads && *due + OVERDUE_BY < now) {
            reasons.push(Reason::of(ReasonKind::SweepOverdue).of_source(&source).since(Some(due)));
        }
    }
    let comparing = &daemon.comparing;
    if let Some(due) = comparing.due.filter(|due| *due + OVERDUE_BY < now) {
        reasons.push(Reason::of(ReasonKind::ComparisonOverdue).since(Some(due)));
    }
    if comparing.broken_off >= BROKEN_OFF {
        reasons.push(Reason::of(ReasonKind::ComparisonBrokenOff).about(comparing.broken_off));
    }
}

/// The readers of each source; of only one, which has no name, what the daemon knows of all.
fn readers(daemon: &DaemonFacts) -> Vec<(String, ReaderMoments)> {
    if !daemon.readers.is_empty() {
        return daemon.readers.clone();
    }
    let only = ReaderMoments {
        has_read: daemon.has_read,
        poll_every: daemon.poll_every,
        last_poll: daemon.last_poll,
        last_page: daemon.last_reading,
        next_sweep: daemon.sweep_due,
        ..ReaderMoments::default()
    };
    vec![(String::new(), only)]
}

/// Whether no source can be seen, or something else keeps everything from being seen. One of several that is away blinds nobody.
fn is_blind(daemon: Option<&DaemonFacts>, reasons: &[Reason]) -> bool {
    let blinded = |source: &str| reasons.iter().any(|reason| reason.kind.blinds() && reason.source == source);
    let sources = daemon.map(|daemon| daemon.readers.as_slice()).unwrap_or_default();
    blinded("") || (!sources.is_empty() && sources.iter().all(|(source, _)| blinded(source)))
}

/// Whether a local database is read, as far as nothing fails.
fn of_reading(
    source: &str,
    reader: &ReaderMoments,
    daemon: &DaemonFacts,
    ledger: Option<&LedgerFacts>,
    now: DateTime<Utc>,
    reasons: &mut Vec<Reason>,
) {
    let polls = |failing: &Failing| failing.work == Work::Poll && failing.source == source;
    let fails = daemon.leads && daemon.failing.iter().any(polls);
    if fails {
        return;
    }
    if daemon.leads && !reader.has_read {
        let since = Some(daemon.started_at);
        reasons.push(Reason::of(ReasonKind::NotReadYet).of_source(source).since(since));
        return;
    }
    let bound = missed(reader).saturating_add(LATE_BY);
    let seen = if daemon.leads {
        reader.last_poll.max(reader.last_page)
    } else {
        // Another daemon on the ledger reads, and writes that down.
        ledger.and_then(|ledger| ledger.last_poll)
    };
    if later(seen.unwrap_or(daemon.started_at), bound) < now {
        let kind = if daemon.leads { ReasonKind::ReadingLate } else { ReasonKind::NobodyLeads };
        let source = if daemon.leads { source } else { "" };
        reasons.push(Reason::of(kind).of_source(source).since(seen));
    }
}

/// The time after which polls that fail make the local database not known.
fn missed(reader: &ReaderMoments) -> Duration {
    reader.poll_every.saturating_mul(POLLS_MISSED)
}

/// The readers of the source whose work fails.
fn reader_of(failing: &Failing, daemon: &DaemonFacts) -> ReaderMoments {
    let all = readers(daemon);
    let own = all.iter().find(|(source, _)| *source == failing.source);
    own.or(all.first()).map(|(_, reader)| reader.clone()).unwrap_or_default()
}

/// The reason that a failure is; `None` for one that keeps nothing from the portal.
fn of_failing(failing: &Failing, daemon: &DaemonFacts, now: DateTime<Utc>) -> Option<Reason> {
    let waiting_helps = match failing.class {
        ErrorClass::Transient | ErrorClass::Throttled => true,
        ErrorClass::Auth | ErrorClass::Rejected | ErrorClass::Config | ErrorClass::Bug => false,
    };
    let kind = match failing.work {
        Work::Poll | Work::Read | Work::Proof => of_source(failing, daemon, now),
        Work::Ledger => ReasonKind::LedgerUnwritable,
        Work::Room => ReasonKind::DiskFull,
        Work::Sweep | Work::Compare if waiting_helps => ReasonKind::ComparisonDelayed,
        Work::Sweep | Work::Compare => ReasonKind::ComparisonUnfit,
        Work::Reload => ReasonKind::ReloadRefused,
        Work::Report => return None,
    };
    let since = stands_since(failing, daemon);
    let detail = Detail::Query(failing.of.clone(), failing.words.clone());
    Some(Reason::of(kind).of_source(&failing.source).since(Some(since)).with(detail))
}

/// Since when a failure stands: of polls since the last time that reading got on, which a query that hangs leaves behind.
fn stands_since(failing: &Failing, daemon: &DaemonFacts) -> DateTime<Utc> {
    match failing.work {
        Work::Poll => {
            let reader = reader_of(failing, daemon);
            let read = reader.last_poll.max(reader.last_page);
            read.map_or(failing.since, |at| at.min(failing.since))
        }
        Work::Read
        | Work::Proof
        | Work::Ledger
        | Work::Room
        | Work::Sweep
        | Work::Compare
        | Work::Reload
        | Work::Report => failing.since,
    }
}

/// The meaning of a failure to read the local database.
fn of_source(failing: &Failing, daemon: &DaemonFacts, now: DateTime<Utc>) -> ReasonKind {
    match failing.class {
        ErrorClass::Auth => ReasonKind::SourceRefuses,
        ErrorClass::Config | ErrorClass::Rejected => ReasonKind::MappingUnfit,
        ErrorClass::Bug => ReasonKind::ReadingBroken,
        ErrorClass::Transient | ErrorClass::Throttled => {
            let reader = reader_of(failing, daemon);
            let never_read = daemon.leads && !reader.has_read;
            if never_read || stands_since(failing, daemon) <= earlier(now, missed(&reader)) {
                ReasonKind::SourceDown
            } else {
                ReasonKind::SourceHiccup
            }
        }
    }
}

fn of_portal(stopped: &Stopped) -> Reason {
    let kind = match stopped.trouble {
        Trouble::Down => ReasonKind::PortalDown,
        Trouble::Auth => ReasonKind::PortalRefuses,
        Trouble::Config => ReasonKind::PortalMisplaced,
        Trouble::Drift => ReasonKind::PortalOdd,
    };
    Reason::of(kind).since(Some(stopped.since)).with(Detail::Words(stopped.words.clone()))
}

fn of_ledger(ledger: &LedgerFacts, daemon: &Heard, now: DateTime<Utc>, reasons: &mut Vec<Reason>) {
    if let Some(since) = ledger.rebuilding {
        reasons.push(Reason::of(ReasonKind::LedgerRebuilding).since(Some(since)));
    }
    if let Some(pause) = &ledger.paused {
        let detail = Detail::Pause(pause.by.clone(), pause.reason.clone());
        reasons.push(Reason::of(ReasonKind::Paused).since(Some(pause.since)).with(detail));
    }
    let reads = matches!(daemon, Heard::Runs(daemon) if !daemon.leads || daemon.has_read);
    if reads && ledger.wanted == 0 && ledger.not_sent == 0 {
        reasons.push(Reason::of(ReasonKind::NothingGiven));
    }
    for (source, rows, since) in &ledger.changes_gone {
        let gone = Reason::of(ReasonKind::ChangesGone).of_source(source).about(*rows);
        reasons.push(gone.since(Some(*since)));
    }
    let mut counted = |kind: ReasonKind, many: u64, since: Option<DateTime<Utc>>| {
        if many > 0 {
            reasons.push(Reason::of(kind).about(many).since(since));
        }
    };
    counted(ReasonKind::QueriesDisagree, ledger.not_swept, None);
    counted(ReasonKind::RowsUnfollowed, ledger.unfollowed, None);
    counted(ReasonKind::SourceRemoved, ledger.stranded, None);
    counted(ReasonKind::DossiersHeld, ledger.held, None);
    counted(ReasonKind::FilesHeld, ledger.files_held, None);
    let on_the_way = on_the_way(ledger.watches, ledger.due);
    counted(on_the_way, ledger.due.saturating_add(ledger.waiting), ledger.oldest_unsent);
    let unfetched = ledger.oldest_announced.filter(|since| *since + FETCHED_WITHIN < now);
    let announced = if unfetched.is_some() { ledger.files_announced } else { 0 };
    counted(ReasonKind::FilesUnfetched, announced, unfetched);
    counted(ReasonKind::FilesOnTheWay, ledger.files_on_the_way.saturating_sub(announced), None);
    for group in &ledger.differences {
        let kind = match group.owner {
            Owner::Operator | Owner::LocalSystem | Owner::Host => ReasonKind::Differences,
            Owner::Bridge => ReasonKind::NotBrought,
            Owner::Unit => ReasonKind::DifferencesOfUnits,
            Owner::Portal => ReasonKind::DifferencesOfPortal,
            Owner::Nobody => ReasonKind::DifferencesPending,
        };
        counted(kind, group.many, Some(group.since));
    }
    reasons.extend(ledger.watched.iter().filter_map(of_watched));
    reasons.extend(ledger.files_in_trouble.iter().map(|files| of_files(files, now)));
    // Without a count of their own, such as a dossier that is lacking in a way that no state explains.
    let told = reasons.iter().any(|reason| reason.kind.standing() != Standing::InStep);
    if !told && ledger.synced < ledger.wanted {
        let kind = if ledger.watches { ReasonKind::Looking } else { ReasonKind::Sending };
        reasons.push(Reason::of(kind).about(ledger.wanted - ledger.synced));
    }
}

/// Nothing of a source that has nothing to be looked up.
fn of_watched(facts: &WatchedFacts) -> Option<Reason> {
    let many = facts.due.saturating_add(facts.waiting);
    let reason = Reason::of(on_the_way(true, facts.due)).of_source(&facts.source);
    (many > 0).then(|| reason.about(many).since(facts.since))
}

/// The kind of the reason that dossiers move, of which so many are due.
const fn on_the_way(watched: bool, due: u64) -> ReasonKind {
    match (watched, due) {
        (false, 1..) => ReasonKind::Sending,
        (false, 0) => ReasonKind::Retrying,
        (true, 1..) => ReasonKind::Looking,
        (true, 0) => ReasonKind::LookingAgain,
    }
}

fn of_files(files: &FilesHindered, now: DateTime<Utc>) -> Reason {
    let lasts = files.since + DELAYED_FOR < now;
    let kind = match files.trouble {
        FileTrouble::StoreSettings => ReasonKind::FilesStuck,
        // The first becomes a finding when it lasts, the second is sent again for ever.
        FileTrouble::OneFile | FileTrouble::NotUploaded => ReasonKind::FilesDelayed,
        FileTrouble::StoreDown
        | FileTrouble::StoreSlow
        | FileTrouble::StoreThrottled
        | FileTrouble::LocalDatabase
        | FileTrouble::ServingLimit
        | FileTrouble::NotGiven
        | FileTrouble::BrokenOff => {
            if lasts {
                ReasonKind::FilesStuck
            } else {
                ReasonKind::FilesDelayed
            }
        }
    };
    let detail = Detail::Files(files.trouble, files.detail.clone());
    Reason::of(kind).about(files.many).since(Some(files.since)).with(detail)
}

fn forecast(daemon: Option<&DaemonFacts>, ledger: Option<&LedgerFacts>, reasons: &[Reason]) -> Forecast {
    let (Some(daemon), Some(ledger)) = (daemon, ledger) else { return Forecast::Unknown };
    if let Some(stopped) = &daemon.stopped {
        return Forecast::AfterProbe(stopped.next_probe);
    }
    if ledger.paused.is_some() || is_blind(Some(daemon), reasons) {
        return Forecast::Unknown;
    }
    let watched: u64 = ledger.watched.iter().map(|one| one.due.saturating_add(one.waiting)).sum();
    match (ledger.due.saturating_add(ledger.waiting).saturating_add(watched), daemon.forecast_s) {
        (0, _) => Forecast::Nothing,
        (_, Some(seconds)) => Forecast::In(seconds),
        (_, None) => Forecast::Unknown,
    }
}

fn notes(daemon: Option<&DaemonFacts>, ledger: Option<&LedgerFacts>) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some((job, done, of)) = daemon.and_then(|daemon| daemon.comparing.running) {
        notes.push(Note::Comparing(job, done, of));
    }
    let failing = daemon.map(|daemon| daemon.failing.as_slice()).unwrap_or_default();
    let reports = failing.iter().filter(|failing| failing.work == Work::Report);
    notes.extend(reports.map(|failing| Note::ReportFailing(failing.of.clone(), failing.words.clone())));
    if let Some(ledger) = ledger {
        if ledger.links > 0 {
            notes.push(Note::Links(ledger.links));
        }
        if ledger.unconfirmed > 0 {
            notes.push(Note::Unconfirmed(ledger.unconfirmed));
        }
        if ledger.not_sent > 0 {
            notes.push(Note::NotSent(ledger.not_sent));
        }
        if ledger.gone > 0 {
            notes.push(Note::LetGo(ledger.gone));
        }
        notes.extend(ledger.left.iter().cloned().map(Note::SourceLeft));
    }
    notes
}
