//! A dossier in the local database now: codes and times, nothing personal.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::globals::read_dossier;
use crate::config::Config;
use dongbo_ledger::Story;
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, ErrorClass, FindingKind, Status};
use dongbo_source::Reading;

/// The result of looking for the dossier.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum LocalView {
    /// It can be read and sent.
    Dossier(LocalDossier),
    /// It is there, and findings keep it from being sent.
    Defective { findings: Vec<LocalFinding> },
    /// It is not there.
    Absent,
    /// The database could not be asked.
    Unreadable {
        reason: String,
        #[serde(skip)]
        class: ErrorClass,
    },
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LocalDossier {
    pub(super) status: &'static str,
    pub(super) procedure: String,
    pub(super) unit: String,
    pub(super) steps: Vec<LocalStep>,
    /// Whether the portal's steps are the first of these; when not, it cannot be said which of them it has.
    pub(super) steps_agree: bool,
    #[serde(skip)]
    pub(super) of: Status,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LocalStep {
    pub(super) at: DateTime<Utc>,
    pub(super) status: &'static str,
    /// `null` when that cannot be said.
    pub(super) on_portal: Option<bool>,
    #[serde(skip)]
    pub(super) of: Status,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LocalFinding {
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) detail: String,
    #[serde(skip)]
    pub(super) of: FindingKind,
}

/// Looks for the dossier in the local database of the source `giver`, or without one in each until one has it; `story` says how
/// much of it the portal has.
pub(super) async fn look(
    config: &Config,
    clock: &Clock,
    code: &DossierCode,
    giver: Option<&str>,
    story: Option<&Story>,
) -> LocalView {
    match read_dossier(config, clock, code, giver).await {
        Ok(Reading::Dossier(dossier)) => LocalView::Dossier(local_dossier(&dossier, story)),
        Ok(Reading::Defective(findings)) => {
            let findings = findings.into_iter().map(|finding| LocalFinding {
                kind: finding.kind.name(),
                subject: finding.subject,
                detail: finding.detail,
                of: finding.kind,
            });
            LocalView::Defective { findings: findings.collect() }
        }
        Ok(Reading::Absent) => LocalView::Absent,
        Err(error) => LocalView::Unreadable { reason: error.to_string(), class: error.class() },
    }
}

fn local_dossier(dossier: &Dossier, story: Option<&Story>) -> LocalDossier {
    let accepted = story.map_or(0, |story| story.steps_accepted);
    let expected = story.and_then(|story| story.steps_accepted_fp);
    let steps_agree = accepted == 0 || dossier.step_chain().prefix(accepted) == expected;
    let steps = dossier.steps.iter().enumerate().map(|(place, step)| LocalStep {
        at: step.at,
        status: step.status.code(),
        on_portal: steps_agree.then_some(place < accepted),
        of: step.status,
    });
    LocalDossier {
        status: dossier.status.code(),
        procedure: dossier.procedure.code.as_str().to_owned(),
        unit: dossier.unit.code.as_str().to_owned(),
        steps: steps.collect(),
        steps_agree,
        of: dossier.status,
    }
}
