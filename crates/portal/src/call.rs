//! One call to the portal: its name, its body, and whose data is in it.

use super::reading::Asked;
use super::wire::{self, Caller};
use crate::settings::Dialect;
use dongbo_model::{Dossier, DossierCode, Step};
use dongbo_settings::Secret;

pub(super) const LOG_IN: &str = "log_in";
pub(super) const UPSERT: &str = "DongBoHoSoMC";
pub(super) const APPEND_STEPS: &str = "CapNhatTienDoHoSoMC";
pub(super) const LOOK_UP: &str = "TraCuuHoSo";
pub(super) const PROCEDURES: &str = "LayDanhSachTTHC";
pub(super) const PROCEDURE: &str = "LayThuTuc";

/// A call.
#[derive(Clone, Copy)]
pub(super) enum Call<'a> {
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
    Procedures,
    /// One procedure, by its national code.
    Procedure(&'a str),
}

impl Call<'_> {
    pub(super) fn body(self, caller: Caller<'_>) -> serde_json::Result<Vec<u8>> {
        let service = self.service();
        match self {
            Self::LogIn { username, password } => wire::log_in_body(username, password),
            Self::Create(dossiers) => wire::dossiers_body(caller, service, false, dossiers),
            Self::Update(dossiers) => wire::dossiers_body(caller, service, true, dossiers),
            Self::AppendSteps(steps) => wire::steps_body(caller, service, steps),
            Self::LookUp(dossier) => wire::look_up_body(caller, service, &dossier.code),
            Self::Probe(code) => wire::look_up_body(caller, service, code),
            Self::Procedures => wire::procedures_body(caller, service, None),
            Self::Procedure(code) => wire::procedures_body(caller, service, Some(code)),
        }
    }
}

impl Asked for Call<'_> {
    const DIALECT: Dialect = Dialect::Ndxp;

    /// The service's name on the wire. The log-in has a path instead, so its name is ours.
    fn service(&self) -> &'static str {
        match self {
            Self::LogIn { .. } => LOG_IN,
            Self::Create(_) | Self::Update(_) => UPSERT,
            Self::AppendSteps(_) => APPEND_STEPS,
            Self::LookUp(_) | Self::Probe(_) => LOOK_UP,
            Self::Procedures => PROCEDURES,
            Self::Procedure(_) => PROCEDURE,
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
            Self::LogIn { .. } | Self::Procedures | Self::Procedure(_) => Vec::new(),
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
            Self::LogIn { .. } | Self::Probe(_) | Self::Procedures | Self::Procedure(_) => Vec::new(),
        }
    }

    /// A create cannot: that would be some other thing that its content speaks of, and so a refusal.
    fn can_miss(&self) -> bool {
        !matches!(self, Self::Create(_))
    }

    fn writes(&self) -> bool {
        !matches!(self, Self::LookUp(_) | Self::Probe(_) | Self::Procedures | Self::Procedure(_))
    }

    fn logs_in(&self) -> bool {
        matches!(self, Self::LogIn { .. })
    }
}
