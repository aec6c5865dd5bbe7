//! The calls of this dialect: service, body, and the data in it that must not show.

use super::envelope;
use super::wire::{self, Caller};
use crate::call::Call;
use crate::envelope::{Envelope, NoEnvelope};
use crate::service::Service;
use crate::session::NewSession;
use dongbo_model::{Dossier, DossierCode, Step};
use dongbo_settings::Secret;

/// A call.
#[derive(Clone, Copy)]
pub(super) enum NdxpCall<'a> {
    LogIn {
        username: &'a str,
        password: &'a Secret,
    },
    Create(&'a [&'a Dossier]),
    Update(&'a [&'a Dossier]),
    AppendSteps(&'a [(&'a DossierCode, &'a Step)]),
    LookUp(&'a Dossier),
    Probe(&'a DossierCode),
    /// The list of all procedures, by the share path.
    ListProcedures,
    /// One procedure, by its national code.
    GetProcedure(&'a str),
}

impl NdxpCall<'_> {
    pub(super) fn body(self, caller: Caller<'_>) -> serde_json::Result<Vec<u8>> {
        let service = self.service().name();
        match self {
            Self::LogIn { username, password } => wire::log_in_body(username, password),
            Self::Create(dossiers) => wire::dossiers_body(caller, service, false, dossiers),
            Self::Update(dossiers) => wire::dossiers_body(caller, service, true, dossiers),
            Self::AppendSteps(steps) => wire::steps_body(caller, service, steps),
            Self::LookUp(dossier) => wire::look_up_body(caller, service, &dossier.code),
            Self::Probe(code) => wire::look_up_body(caller, service, code),
            Self::ListProcedures => wire::procedures_body(caller, service, None),
            Self::GetProcedure(code) => wire::procedures_body(caller, service, Some(code)),
        }
    }

    /// The body in the form of a province's proxy: the bare array, empty for a call whose address says everything.
    pub(super) fn bare_body(self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Create(dossiers) | Self::Update(dossiers) => wire::bare_dossiers(dossiers),
            Self::AppendSteps(steps) => wire::bare_steps(steps),
            Self::LogIn { .. }
            | Self::LookUp(_)
            | Self::Probe(_)
            | Self::ListProcedures
            | Self::GetProcedure(_) => Ok(b"[]".to_vec()),
        }
    }
}

impl Call for NdxpCall<'_> {
    fn service(&self) -> Service {
        match self {
            Self::LogIn { .. } => Service::LogIn,
            Self::Create(_) | Self::Update(_) => Service::SyncDossiers,
            Self::AppendSteps(_) => Service::AppendSteps,
            Self::LookUp(_) | Self::Probe(_) => Service::LookUp,
            Self::ListProcedures => Service::ListProcedures,
            Self::GetProcedure(_) => Service::GetProcedure,
        }
    }

    fn codes(&self) -> Vec<&DossierCode> {
        match self {
            Self::Create(dossiers) | Self::Update(dossiers) => {
                dossiers.iter().map(|dossier| &dossier.code).collect()
            }
            Self::AppendSteps(steps) => {
                let mut codes: Vec<_> = steps.iter().map(|(code, _)| *code).collect();
                codes.dedup();
                codes
            }
            Self::LookUp(dossier) => vec![&dossier.code],
            Self::LogIn { .. } | Self::ListProcedures | Self::GetProcedure(_) => Vec::new(),
            Self::Probe(code) => vec![code],
        }
    }

    fn personal(&self) -> Vec<&str> {
        match self {
            Self::Create(dossiers) | Self::Update(dossiers) => {
                dossiers.iter().flat_map(|dossier| dossier.personal_texts()).collect()
            }
            Self::AppendSteps(steps) => {
                steps.iter().flat_map(|(_, step)| [step.handler.as_str(), step.content.as_str()]).collect()
            }
            Self::LookUp(dossier) => dossier.personal_texts().collect(),
            Self::LogIn { .. } | Self::Probe(_) | Self::ListProcedures | Self::GetProcedure(_) => Vec::new(),
        }
    }

    /// Not of a create: its answer speaks of something else in the content that is not there, and so refuses it.
    fn can_miss(&self) -> bool {
        !matches!(self, Self::Create(_))
    }

    fn writes(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Update(_) | Self::AppendSteps(_))
    }

    fn fields(&self) -> Vec<String> {
        match self {
            Self::Create(dossiers) | Self::Update(dossiers) => {
                dossiers.first().map(|dossier| wire::dossier_fields(dossier)).unwrap_or_default()
            }
            Self::AppendSteps(_) => wire::step_fields(),
            Self::LogIn { .. }
            | Self::LookUp(_)
            | Self::Probe(_)
            | Self::ListProcedures
            | Self::GetProcedure(_) => Vec::new(),
        }
    }

    fn envelope(body: &[u8]) -> Result<Envelope<'_>, NoEnvelope> {
        envelope::parse(body)
    }

    fn session(envelope: &Envelope<'_>) -> Option<NewSession> {
        envelope::session(envelope)
    }
}
