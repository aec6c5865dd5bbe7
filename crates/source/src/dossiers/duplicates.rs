//! Rows of a dossier's lists that come twice, as a join that doubles them gives them.
//!
//! The portal appends steps and adds fees up, so a row that comes twice would be shown twice to the citizen. Two rows are
//! duplicates when the portal could not tell them apart, or when they carry one identifier of the local system.

use std::collections::HashSet;

use dongbo_model::{Detail, Finding, FindingKind, Step, Text};

use crate::mapping::List;

/// Adds a finding to `findings` for each list in `lists` that has a row twice.
pub(super) fn find(lists: &super::parts::Lists, findings: &mut Vec<Finding>) {
    let mut found = |list: List, entries: usize, unlike: usize, same: usize| {
        let (twice, how) =
            if unlike < entries { (entries - unlike, Detail::EqualRows) } else { (same, Detail::EqualIds) };
        if twice > 0 {
            let detail = how.with(&[&twice, &entries]);
            findings.push(Finding::new(FindingKind::DuplicateRows, list.name(), detail));
        }
    };
    let mut plain = |list, entries: usize, unlike| found(list, entries, unlike, 0);
    plain(List::Identities, lists.identities.len(), unlike(&lists.identities, |row| row));
    plain(List::Databases, lists.databases.len(), unlike(&lists.databases, |row| row));
    plain(List::Fees, lists.fees.len(), unlike(&lists.fees, |row| row));
    plain(List::Attachments, lists.attachments.len(), unlike(&lists.attachments, |row| row));
    let papers = &lists.papers;
    found(List::Papers, papers.len(), unlike(papers, |row| row), same_id(papers.iter().map(|row| &row.id)));
    let results = &lists.results;
    found(
        List::Results,
        results.len(),
        unlike(results, |row| row),
        same_id(results.iter().map(|row| &row.id)),
    );
    let asked = &lists.supplements;
    found(List::Supplements, asked.len(), unlike(asked, |row| row), same_id(asked.iter().map(|row| &row.id)));
    found(List::Steps, lists.steps.len(), unlike(&lists.steps, shown), same_sequence(&lists.steps));
}

/// The number of entries of which the portal could tell each from every other.
fn unlike<'e, T, K: Ord + 'e>(entries: &'e [T], shown: impl Fn(&'e T) -> K) -> usize {
    let mut shown: Vec<K> = entries.iter().map(shown).collect();
    shown.sort_unstable();
    shown.dedup();
    shown.len()
}

/// All that the portal is told of a step; its running number is not.
fn shown(step: &Step) -> impl Ord + '_ {
    let times = (step.at, step.started_at, step.deadline);
    (times, step.status, &step.handler, &step.position, &step.department, &step.content)
}

/// The number of rows with the identifier of a row before them; an empty one identifies nothing.
fn same_id<'e>(ids: impl Iterator<Item = &'e Text>) -> usize {
    let mut seen = HashSet::new();
    ids.filter(|id| !id.is_empty()).filter(|id| !seen.insert(*id)).count()
}

/// The number of steps with moment and running number of a step before them. The number alone need not be unique: it
/// orders steps of one moment, and some systems count within a stage.
fn same_sequence(steps: &[Step]) -> usize {
    let mut seen = HashSet::new();
    let numbered = steps.iter().filter(|step| step.sequence != 0);
    numbered.filter(|step| !seen.insert((step.at, step.sequence))).count()
}
