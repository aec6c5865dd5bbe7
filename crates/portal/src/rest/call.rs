//! The calls of this dialect: service, body, and the data in it that must not show.

use super::envelope;
use super::rules::Rules;
use super::wire::{LookUpBody, TokenBody, WireDossier, WireStatus, WireStep, statuses};
use crate::call::{Call, Sent};
use crate::envelope::{Envelope, NoEnvelope};
use crate::lookup::template;
use crate::service::Service;
use crate::session::NewSession;
use dongbo_model::{Dossier, DossierCode, PortalId, Step};
use dongbo_settings::Secret;

/// A call.
#[derive(Clone, Copy)]
pub(super) enum RestCall<'a> {
    LogIn { client_id: &'a str, client_secret: &'a Secret },
    Create(Sent<'a>),
    Update(&'a [Sent<'a>]),
    AppendSteps(&'a [(Sent<'a>, &'a Step)]),
    LookUp(&'a Dossier),
    Probe(&'a DossierCode),
    Upload { name: &'a str },
}

impl RestCall<'_> {
    /// Its body as JSON. An upload has none: it is a form.
    pub(super) fn body(self, rules: &Rules) -> serde_json::Result<Vec<u8>> {
        let id = |sent: Sent<'_>| sent.id.map_or("", PortalId::as_str).to_owned();
        match self {
            Self::LogIn { client_id, client_secret } => {
                serde_json::to_vec(&TokenBody { client_id, client_secret: client_secret.expose() })
            }
            Self::Create(sent) => {
                let kind = rules.applicant_kind(sent.dossier).unwrap_or_default();
                serde_json::to_vec(&WireDossier::new(sent.dossier, sent.id, kind))
            }
            Self::Update(dossiers) => {
                let ids: Vec<String> = dossiers.iter().copied().map(id).collect();
                let elements: Vec<WireStatus<'_>> = dossiers
                    .iter()
                    .zip(&ids)
                    .flat_map(|(sent, id)| statuses(sent.dossier, id, rules))
                    .collect();
                serde_json::to_vec(&elements)
            }
            Self::AppendSteps(steps) => {
                let ids: Vec<String> = steps.iter().map(|(sent, _)| id(*sent)).collect();
                let elements: Vec<WireStep<'_>> = steps
                    .iter()
                    .zip(&ids)
                    .map(|((sent, step), id)| WireStep::new(id, sent.dossier.code.as_str(), step))
                    .collect();
                serde_json::to_vec(&elements)
            }
            Self::LookUp(dossier) => serde_json::to_vec(&LookUpBody { code: dossier.code.as_str() }),
            Self::Probe(code) => serde_json::to_vec(&LookUpBody { code: code.as_str() }),
            Self::Upload { .. } => Ok(Vec::new()),
        }
    }
}

impl Call for RestCall<'_> {
    fn service(&self) -> Service {
        match self {
            Self::LogIn { .. } => Service::LogIn,
            Self::Create(_) => Service::HandIn,
            Self::Update(_) => Service::SetStatus,
            Self::AppendSteps(_) => Service::AppendProgress,
            Self::LookUp(_) | Self::Probe(_) => Service::LookUp,
            Self::Upload { .. } => Service::Upload,
        }
    }

    fn codes(&self) -> Vec<&DossierCode> {
        match self {
            Self::Create(sent) => vec![&sent.dossier.code],
            Self::Update(dossiers) => dossiers.iter().map(|sent| &sent.dossier.code).collect(),
            Self::AppendSteps(steps) => {
                let mut codes: Vec<_> = steps.iter().map(|(sent, _)| &sent.dossier.code).collect();
                codes.dedup();
                codes
            }
            Self::LookUp(dossier) => vec![&dossier.code],
            Self::Probe(code) => vec![code],
            Self::LogIn { .. } | Self::Upload { .. } => Vec::new(),
        }
    }

    fn personal(&self) -> Vec<&str> {
        match self {
            Self::Create(sent) => sent.dossier.personal_texts().collect(),
            Self::Update(dossiers) => {
                dossiers.iter().flat_map(|sent| sent.dossier.personal_texts()).collect()
            }
            Self::AppendSteps(steps) => {
                steps.iter().flat_map(|(_, step)| [step.handler.as_str(), step.content.as_str()]).collect()
            }
            Self::LookUp(dossier) => dossier.personal_texts().collect(),
            Self::Upload { name } => vec![name],
            Self::LogIn { .. } | Self::Probe(_) => Vec::new(),
        }
    }

    /// Not of a create that replaces nothing: its answer speaks of something else in the content that is not there.
    fn can_miss(&self) -> bool {
        match self {
            Self::Create(sent) => sent.id.is_some(),
            Self::Upload { .. } => false,
            Self::LogIn { .. }
            | Self::Update(_)
            | Self::AppendSteps(_)
            | Self::LookUp(_)
            | Self::Probe(_) => true,
        }
    }

    fn writes(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Update(_) | Self::AppendSteps(_))
    }

    fn fields(&self) -> Vec<String> {
        let fields = match self {
            Self::Create(sent) => template(&WireDossier::new(sent.dossier, sent.id, "")),
            Self::Update(_) => template(&WireStatus::EMPTY),
            Self::AppendSteps(_) => template(&WireStep::EMPTY),
            Self::LogIn { .. } | Self::LookUp(_) | Self::Probe(_) | Self::Upload { .. } => return Vec::new(),
        };
        fields.into_iter().map(|(name, _)| name).collect()
    }

    fn envelope(body: &[u8]) -> Result<Envelope<'_>, NoEnvelope> {
        envelope::parse(body)
    }

    fn session(envelope: &Envelope<'_>) -> Option<NewSession> {
        envelope::session(envelope)
    }
}
