//! The portal's services.

use dongbo_model::vocabulary;

vocabulary! {
    /// A service of the portal in either dialect. The name is the one on the wire where the service has one there.
    pub enum Service {
        /// The log-in, in both dialects.
        LogIn = "log_in";
        /// Creates or replaces dossiers (`ndxp`).
        SyncDossiers = "DongBoHoSoMC";
        /// Appends steps (`ndxp`).
        AppendSteps = "CapNhatTienDoHoSoMC";
        /// Looks a dossier up, in both dialects.
        LookUp = "TraCuuHoSo";
        /// Lists all procedures (`ndxp`).
        ListProcedures = "LayDanhSachTTHC";
        /// Describes one procedure (`ndxp`).
        GetProcedure = "LayThuTuc";
        /// Hands a dossier in (`rest`).
        HandIn = "NopHoSo";
        /// Sets statuses (`rest`).
        SetStatus = "CapNhatTrangThai";
        /// Appends steps (`rest`).
        AppendProgress = "CapNhatTienTrinh";
        /// Takes a file in (`rest`).
        Upload = "TaiTepTin";
    }
}
