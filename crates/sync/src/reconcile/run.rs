//! One run while it goes on.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::checkpoint::{Checkpoint, Place};
use super::files::Files;
use super::note::Note;
use super::progress::Amount;
use super::request::RunRequest;
use super::run_board::RunBoard;
use super::summary::Summary;
use crate::compare_jobs::Job;
use dongbo_ledger::{Difference, Found, Recorded};
use dongbo_model::Lang;
use dongbo_model::clock::Clock;

/// A run while it goes on.
pub(super) struct Run<'r> {
    pub(super) request: &'r RunRequest,
    pub(super) summary: Summary,
    pub(super) files: Files,
    pub(super) board: &'r RunBoard,
    pub(super) clock: Clock,
    /// Is cancelled when a person cancels the run.
    pub(super) cancel: CancellationToken,
    /// Jobs that are done.
    pub(super) jobs_done: usize,
    /// The next look-up goes no sooner.
    pub(super) next_look_up: DateTime<Utc>,
    /// Dossiers drawn at random.
    pub(super) drawn: Arc<HashSet<String>>,
    /// Look-ups in a row that were not answered.
    pub(super) failures: u32,
}

impl Run<'_> {
    /// Shows how far `job` has come: `done` of `of`, none of which takes less than `pace`.
    pub(super) fn progressed(&self, job: Job, done: u64, of: u64, pace: Duration) {
        self.board.progressed(job, Amount { done, of, pace }, self.clock.now());
    }

    /// Keeps what was found, and where the run goes on when it is interrupted.
    pub(super) fn keep(&self, place: Option<Place>) {
        self.board.keep(Checkpoint { summary: self.summary.clone(), jobs_done: self.jobs_done, place });
    }

    pub(super) fn note(&mut self, note: impl Into<Note>) {
        let note = note.into();
        if !self.summary.notes.contains(&note) {
            self.summary.notes.push(note);
        }
    }

    /// Logs which differences are new and which are gone.
    pub(super) fn tell(&mut self, found: &[Found], recorded: &Recorded) {
        let many = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.summary.opened += many(recorded.opened.len());
        self.summary.closed += many(recorded.closed.len());
        tell_differences(found, recorded);
    }
}

/// Logs which of the differences that were `found` are new, and which are gone.
pub(crate) fn tell_differences(found: &[Found], recorded: &Recorded) {
    for opened in recorded.opened.iter().filter_map(|place| found.get(*place)) {
        tracing::info!(
            event = "reconcile.opened",
            dossier = %opened.code,
            kind = opened.differing.kind.name(),
            layer = opened.differing.kind.layer().name(),
            subject = %opened.differing.subject,
            cause = %opened.cause,
            age = opened.age.name(),
            ours = %opened.differing.ours,
            theirs = %opened.differing.theirs,
            "Dossier {}: {} (ours {}, the portal's {}; {})",
            opened.code,
            opened.differing.kind.text(Lang::En),
            opened.differing.ours,
            opened.differing.theirs,
            opened.cause
        );
    }
    recorded.closed.iter().for_each(tell_closed);
}

fn tell_closed(difference: &Difference) {
    tracing::info!(
        event = "reconcile.closed",
        dossier = %difference.code,
        kind = difference.kind.name(),
        layer = difference.layer.name(),
        subject = %difference.subject,
        repaired = difference.repaired_at.is_some(),
        "Dossier {}: {} {} is gone",
        difference.code,
        difference.kind.name(),
        difference.subject
    );
}

/// Tells that a dossier was sent on its way to be put right.
pub(super) fn tell_repaired(difference: &Difference) {
    tracing::info!(
        event = "reconcile.repaired",
        dossier = %difference.code,
        kind = difference.kind.name(),
        layer = difference.layer.name(),
        subject = %difference.subject,
        "Dossier {}: sent again because of {} {}",
        difference.code,
        difference.kind.name(),
        difference.subject
    );
}
