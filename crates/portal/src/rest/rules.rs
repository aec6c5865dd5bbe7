//! The rules of this dialect that the configuration sets.

use super::settings::RestSettings;
use dongbo_model::{ApplicantKind, Detail, Dossier, Finding, FindingKind, Status};

/// The rules in force.
pub(super) struct Rules {
    /// Whether a create of a known dossier replaces what was handed in.
    pub(super) resubmits: bool,
    lists_with: Vec<Status>,
    lists_through: Option<Status>,
    config: RestSettings,
}

/// The status with which a dossier's fees and result papers are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListStatus {
    /// None: they wait for a later status.
    Later,
    /// Its own.
    Own,
    /// This one, which is sent just before its own.
    Earlier(Status),
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

    /// The status with which the lists of `dossier` are sent.
    pub(super) fn list_status(&self, dossier: &Dossier) -> ListStatus {
        let has_any =
            !dossier.fees.is_empty() || dossier.results.iter().any(|result| result.shipped.is_some());
        if self.lists_with.contains(&dossier.status) {
            ListStatus::Own
        } else if let Some(status) = self.lists_through
            && dossier.status.is_final()
            && has_any
        {
            ListStatus::Earlier(status)
        } else {
            ListStatus::Later
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

    /// The reason why this dialect cannot express `dossier`; `None` when it can.
    pub(super) fn objection(&self, dossier: &Dossier) -> Option<Finding> {
        if self.applicant_kind(dossier).is_some() {
            return None;
        }
        let kind = dossier.applicant.kind.code();
        let detail = Detail::NoApplicantKind.with(&[&kind]);
        Some(Finding::new(FindingKind::BadValue, "LoaiDoiTuong", detail))
    }
}
