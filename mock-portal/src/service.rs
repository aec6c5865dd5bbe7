//! The calls of the portal.

use serde::{Deserialize, Serialize};

/// A call of the portal, named on the wire and in the counters by its own name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Service {
    /// Log in.
    #[serde(rename = "auth")]
    Auth,
    /// Create or replace dossiers.
    #[serde(rename = "DongBoHoSoMC")]
    Upsert,
    /// Append processing steps.
    #[serde(rename = "CapNhatTienDoHoSoMC")]
    AppendSteps,
    /// Look one dossier up.
    #[serde(rename = "TraCuuHoSo")]
    LookUp,
    /// One procedure.
    #[serde(rename = "LayThuTuc")]
    Procedure,
    /// All procedures.
    #[serde(rename = "LayDanhSachTTHC")]
    Procedures,
    /// Agencies.
    #[serde(rename = "LayDanhMucCoQuan")]
    Agencies,
    /// Fields of administration.
    #[serde(rename = "LayDanhMucLinhVuc")]
    Fields,
    /// Questions that citizens have put to the portal.
    #[serde(rename = "LayDanhSachHoiDapGuiTuDVCQG")]
    Questions,
    /// Hand in questions with their answers.
    #[serde(rename = "DongBoHoiDap")]
    Answers,
    /// The portal's own code of an applicant.
    #[serde(rename = "TraCuuTechID")]
    ApplicantCode,
    /// Hand a dossier in (dialect `rest`).
    #[serde(rename = "NopHoSo")]
    HandIn,
    /// Set statuses (dialect `rest`).
    #[serde(rename = "CapNhatTrangThai")]
    SetStatus,
    /// Append processing steps (dialect `rest`).
    #[serde(rename = "CapNhatTienTrinh")]
    Progress,
    /// Take a file in (dialect `rest`); the name is ours.
    #[serde(rename = "TaiTepTin")]
    Upload,
    /// A call that names no service the portal knows.
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
}

impl Service {
    /// Every service that can be named.
    pub const KNOWN: [Self; 15] = [
        Self::Auth,
        Self::Upsert,
        Self::AppendSteps,
        Self::LookUp,
        Self::Procedure,
        Self::Procedures,
        Self::Agencies,
        Self::Fields,
        Self::Questions,
        Self::Answers,
        Self::ApplicantCode,
        Self::HandIn,
        Self::SetStatus,
        Self::Progress,
        Self::Upload,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Upsert => "DongBoHoSoMC",
            Self::AppendSteps => "CapNhatTienDoHoSoMC",
            Self::LookUp => "TraCuuHoSo",
            Self::Procedure => "LayThuTuc",
            Self::Procedures => "LayDanhSachTTHC",
            Self::Agencies => "LayDanhMucCoQuan",
            Self::Fields => "LayDanhMucLinhVuc",
            Self::Questions => "LayDanhSachHoiDapGuiTuDVCQG",
            Self::Answers => "DongBoHoiDap",
            Self::ApplicantCode => "TraCuuTechID",
            Self::HandIn => "NopHoSo",
            Self::SetStatus => "CapNhatTrangThai",
            Self::Progress => "CapNhatTienTrinh",
            Self::Upload => "TaiTepTin",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn from_wire(name: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|service| service.wire_name() == name)
    }

    /// Whether dialect `ndxp` calls it by its name.
    pub(crate) fn is_ndxp(self) -> bool {
        !matches!(
            self,
            Self::Auth | Self::HandIn | Self::SetStatus | Self::Progress | Self::Upload | Self::Unknown
        )
    }

    /// Whether the share path offers it too.
    pub(crate) fn is_shared(self) -> bool {
        matches!(self, Self::Procedures | Self::Agencies | Self::Fields | Self::Questions)
    }

    /// Whether it changes what the portal holds.
    pub(crate) fn is_write(self) -> bool {
        matches!(self, Self::Upsert | Self::AppendSteps | Self::HandIn | Self::SetStatus | Self::Progress)
    }
}
