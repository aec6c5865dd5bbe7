//! What of this dialect is a rule of the configuration.

use super::settings::RestSettings;
use dongbo_model::{ApplicantKind, Dossier, Finding, FindingKind, Status};

/// The rules in force.
pub(super) struct Rules {
    /// Whether what was handed in can be replaced.
    pub(super) resubmits: bool,
    lists_with: Vec<Status>,
    lists_through: Option<Status>,
    config: RestSettings,
}

/// With which status a dossier's fees and result papers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// With none: they wait for a later status.
    Not,
    /// With its own.
    WithIt,
    /// With this one, which is said just before its own.
    Through(Status),
}

impl Rules {
    pub(super) fn new(config: &RestSettings) -> Self {
        Self {
            resubmits: config.resubmit,
            lists_with: config.lists_with.iter().filter_map(|code| Status::from_code(code)).collect(),
            lists_through: Status::from_code(&config.lists_through),
            config: config.clone(),
        }
    }

    /// With which status the lists of `dossier` go.
    pub(super) fn lists(&self, dossier: &Dossier) -> Lists {
        let has_any =
            !dossier.fees.is_empty() || dossier.results.iter().any(|result| result.shipped.is_some());
        if self.lists_with.contains(&dossier.status) {
            Lists::WithIt
        } else if let Some(status) = self.lists_through
            && dossier.status.is_final()
            && has_any
        {
            Lists::Through(status)
        } else {
            Lists::Not
        }
    }

    /// `LoaiDoiTuong` of this dialect; `None` when the applicant's kind has none.
    pub(super) fn applicant_kind(&self, dossier: &Dossier) -> Option<&str> {
        let kinds = &self.config.applicant_kinds;
        let code = match dossier.applicant.kind {
            ApplicantKind::Citizen => &kinds.citizen,
            ApplicantKind::Enterprise => &kinds.enterprise,
            ApplicantKind::StateBody => &kinds.state_body,
            ApplicantKind::Organisation => &kinds.organisation,
        };
        (!code.is_empty()).then_some(code)
    }

    /// Why `dossier` cannot be said in this dialect; `None` when it can.
    pub(super) fn objection(&self, dossier: &Dossier) -> Option<Finding> {
        if self.applicant_kind(dossier).is_some() {
            return None;
        }
        let kind = dossier.applicant.kind.code();
        let detail = format!("{kind} has no code in dialect rest; see portal.rest.applicant_kinds");
        Some(Finding::new(FindingKind::BadValue, "LoaiDoiTuong", detail))
    }
}
