//! Refusals: the class, which decides the code, and the message.

use super::check::Complaint;
use crate::outcome::Outcome;

/// The class of a refusal, which decides its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Login,
    Session,
    Content,
    Exists,
    UnknownDossier,
    TooMany,
    Forbidden,
    UnknownService,
    Malformed,
    UnknownProcedure,
}

/// A refusal before it is put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) class: Class,
    pub(crate) message: String,
    /// The dossier that it is about, named only if the configuration says so.
    pub(crate) offender: Option<String>,
}

impl Refusal {
    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), offender: None }
    }

    pub(crate) fn about(class: Class, dossier: &str, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), offender: Some(dossier.to_owned()) }
    }

    pub(crate) fn login() -> Self {
        Self::new(Class::Login, "Sai tên đăng nhập hoặc mật khẩu")
    }

    pub(crate) fn session() -> Self {
        Self::new(Class::Session, "Phiên làm việc (session) không hợp lệ hoặc đã hết hạn: hết phiên")
    }

    pub(crate) fn exists(dossier: &str) -> Self {
        Self::about(Class::Exists, dossier, "mã hồ sơ đã tồn tại trên hệ thống")
    }

    pub(crate) fn unknown_dossier(dossier: &str) -> Self {
        Self::about(Class::UnknownDossier, dossier, "không tìm thấy hồ sơ trên hệ thống")
    }

    pub(crate) fn field(complaint: &Complaint) -> Self {
        Self::new(Class::Content, complaint.sentence())
    }

    /// The message as sent.
    pub(crate) fn sentence(&self, name_offender: bool) -> String {
        match &self.offender {
            Some(dossier) if name_offender && !dossier.is_empty() => {
                format!("Hồ sơ {dossier}: {}", self.message)
            }
            _ => self.message.clone(),
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self.class {
            Class::Session => Outcome::SessionLapsed,
            Class::Exists => Outcome::Exists,
            Class::Login
            | Class::Content
            | Class::UnknownDossier
            | Class::TooMany
            | Class::Forbidden
            | Class::UnknownService
            | Class::Malformed
            | Class::UnknownProcedure => Outcome::Rejected,
        }
    }
}
