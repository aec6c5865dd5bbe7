//! One run while it goes on.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::files::Files;
use super::note::Note;
use super::request::RunRequest;
use super::run_board::RunBoard;
use super::summary::Summary;
use crate::jobs::Job;
use dongbo_ledger::{Difference, Found, Recorded};
use dongbo_model::Lang;

/// A run while it goes on.
pub(super) struct Run<'r> {
    pub(super) request: &'r RunRequest,
    pub(super) ticket: u64,
    pub(super) summary: Summary,
    pub(super) files: Files,
    pub(super) board: &'r RunBoard,
    /// The next look-up goes no sooner.
    pub(super) next_look_up: DateTime<Utc>,
    /// Dossiers drawn by chance.
    pub(super) drawn: HashSet<String>,
    /// Look-ups in a row that were not answered.
    pub(super) failures: u32,
}

impl Run<'_> {
    pub(super) fn progressed(&self, job: Job, done: u64, of: u64) {
        self.board.progressed(self.ticket, job, done, of);
    }

    pub(super) fn note(&mut self, note: impl Into<Note>) {
        let note = note.into();
        if !self.summary.notes.contains(&note) {
            self.summary.notes.push(note);
        }
    }

    /// Tells of what is new and what is gone.
    pub(super) fn tell(&mut self, found: &[Found], recorded: &Recorded) {
        for it in recorded.opened.iter().filter_map(|place| found.get(*place)) {
            self.summary.opened += 1;
            tracing::info!(
                event = "reconcile.opened",
                dossier = %it.code,
                kind = it.differing.kind.name(),
                layer = it.differing.kind.layer().name(),
                subject = %it.differing.subject,
                cause = %it.cause,
                age = it.age.name(),
                ours = %it.differing.ours,
                theirs = %it.differing.theirs,
                "Dossier {}: {} (ours {}, the portal's {}; {})",
                it.code,
                it.differing.kind.text(Lang::En),
                it.differing.ours,
                it.differing.theirs,
                it.cause
            );
        }
        for it in &recorded.closed {
            self.summary.closed += 1;
            tell_closed(it);
        }
    }
}

fn tell_closed(it: &Difference) {
    tracing::info!(
        event = "reconcile.closed",
        dossier = %it.code,
        kind = it.kind.name(),
        layer = it.layer.name(),
        subject = %it.subject,
        repaired = it.repaired_at.is_some(),
        "Dossier {}: {} {} is gone",
        it.code,
        it.kind.name(),
        it.subject
    );
}

/// Tells that a dossier was sent on its way to be put right.
pub(super) fn tell_repaired(it: &Difference) {
    tracing::info!(
        event = "reconcile.repaired",
        dossier = %it.code,
        kind = it.kind.name(),
        layer = it.layer.name(),
        subject = %it.subject,
        "Dossier {}: sent again because of {} {}",
        it.code,
        it.kind.name(),
        it.subject
    );
}
