//! The judgement at the end: the local system and its scans against what the mock portal holds and counted. Nothing of it
//! asks dongbo, and the comparator shares no code with it.

use std::collections::BTreeMap;

use mock_portal::{Counters, FileState, Role};
use sha2::{Digest as _, Sha256};
use testbed::expect::{Expectation, Report, compare};
use testbed::onestop::Simulator;

use crate::failure::Failure;
use crate::stage::Stage;
use support::files::without_links;

/// The judgement.
pub(crate) struct Judgement {
    /// Dossiers of the local system.
    pub(crate) dossiers: u64,
    /// Those of them that the portal shows exactly, field by field and step by step.
    pub(crate) equal: u64,
    /// Files of the local system.
    pub(crate) files: u64,
    /// Those of them that the portal holds, byte by byte.
    pub(crate) files_held: u64,
    /// Dossiers, steps' dossiers and files that the portal lacks.
    pub(crate) lost: u64,
    /// Creates, steps and dossiers that the portal has more than once.
    pub(crate) twice: u64,
    /// Steps in the wrong order, and dossiers that went backwards.
    pub(crate) disordered: u64,
    /// Every difference.
    pub(crate) report: Report,
}

impl Judgement {
    /// Judges a stage on which the local system stands still.
    pub(crate) async fn of(stage: &Stage, local: &Simulator, counters: &Counters) -> Result<Self, Failure> {
        let (dossiers, report) = compared(stage, local).await?;
        let (files, files_held) = files(stage, local).await?;
        let many = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let lost = many(report.missing.total) + many(report.steps_missing.total) + (files - files_held);
        let twice = counters.created_twice
            + counters.duplicate_steps
            + many(report.created_twice.total)
            + many(report.steps_twice.total);
        let disordered =
            counters.steps_out_of_order + counters.backward_moves + many(report.steps_out_of_order.total);
        let equal = many(report.equal);
        Ok(Self { dossiers, equal, files, files_held, lost, twice, disordered, report })
    }

    /// Whether both sides are one, and nothing was done twice or in the wrong order.
    pub(crate) fn is_clean(&self) -> bool {
        self.report.is_clean()
            && self.equal == self.dossiers
            && self.files_held == self.files
            && (self.lost, self.twice, self.disordered) == (0, 0, 0)
    }
}

async fn compared(stage: &Stage, local: &Simulator) -> Result<(u64, Report), Failure> {
    let mut expectation = Expectation::read(local.db()).await.map_err(Failure::Local)?;
    let lists = expectation.dossiers.values_mut().flat_map(|dossier| dossier.lists.values_mut());
    lists.for_each(without_links);
    let mut portal = stage
        .mock
        .dossiers()
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(Failure::Compare)?;
    portal.iter_mut().for_each(without_links);
    let dossiers = expectation.dossiers.len() + expectation.held.len();
    Ok((u64::try_from(dossiers).unwrap_or(u64::MAX), compare(&expectation, &portal)))
}

/// The office's files, and those of them that the portal holds with the office's bytes.
async fn files(stage: &Stage, local: &Simulator) -> Result<(u64, u64), Failure> {
    let fetched: BTreeMap<(String, bool, String), String> = stage
        .mock
        .files()
        .into_iter()
        .filter(|file| file.state == FileState::Whole && !file.unsteady)
        .map(|file| ((file.dossier, file.role == Role::Result, file.file), file.sha256))
        .collect();
    let (mut all, mut held) = (0, 0);
    for file in stage.scans.named(local.db()).await.map_err(Failure::Local)? {
        let digest = Sha256::digest(stage.scans.bytes(&file));
        let wanted: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        all += 1;
        held += u64::from(fetched.get(&(file.code, file.is_result, file.id)) == Some(&wanted));
    }
    Ok((all, held))
}
