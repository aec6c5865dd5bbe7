//! The portal's services.

/// A service of the portal in either dialect. The name is the one on the wire where the service has one there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// The log-in, in both dialects.
    LogIn,
    /// Creates or replaces dossiers (`ndxp`).
    SyncDossiers,
    /// Appends steps (`ndxp`).
    AppendSteps,
    /// Looks a dossier up, in both dialects.
    LookUp,
    /// Lists all procedures (`ndxp`).
    ListProcedures,
    /// Describes one procedure (`ndxp`).
    GetProcedure,
    /// Hands a dossier in (`rest`).
    HandIn,
    /// Sets statuses (`rest`).
    SetStatus,
    /// Appends steps (`rest`).
    AppendProgress,
    /// Takes a file in (`rest`).
    Upload,
}

impl Service {
    /// Every service.
    pub const ALL: &'static [Self] = &[
        Self::LogIn,
        Self::SyncDossiers,
        Self::AppendSteps,
        Self::LookUp,
        Self::ListProcedures,
        Self::GetProcedure,
        Self::HandIn,
        Self::SetStatus,
        Self::AppendProgress,
        Self::Upload,
    ];

    /// The stable name in calls, rules and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogIn => "log_in",
            Self::SyncDossiers => "DongBoHoSoMC",
            Self::AppendSteps => "CapNhatTienDoHoSoMC",
            Self::LookUp => "TraCuuHoSo",
            Self::ListProcedures => "LayDanhSachTTHC",
            Self::GetProcedure => "LayThuTuc",
            Self::HandIn => "NopHoSo",
            Self::SetStatus => "CapNhatTrangThai",
            Self::AppendProgress => "CapNhatTienTrinh",
            Self::Upload => "TaiTepTin",
        }
    }
}
