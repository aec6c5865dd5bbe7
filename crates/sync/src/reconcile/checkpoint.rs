//! The place at which an interrupted run goes on.

use std::collections::HashSet;
use std::sync::Arc;

use super::summary::Summary;

/// The place at which a run goes on, with everything that it had found until there.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    pub(super) summary: Summary,
    /// Jobs that are done.
    pub(super) jobs_done: usize,
    /// The place within the look-ups, when they had begun.
    pub(super) place: Option<Place>,
}

/// A place within look-ups.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In a plan, of which so many were looked up.
    Planned(Plan, usize),
    /// In a walk over all dossiers, behind this code; so many were looked up.
    Walk(String, u64),
}

/// The dossiers that a run looks up, the most valuable first.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) codes: Arc<[String]>,
    /// Those among them that were drawn at random.
    pub(super) drawn: Arc<HashSet<String>>,
}
