//! The vendor's statuses and the moves between them.

/// Status of a simulated dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// `MOI` (1): registered online.
    New,
    /// `DA_TIEP_NHAN` (2): accepted; where dossiers on paper begin.
    Accepted,
    /// `TU_CHOI` (3): not accepted.
    Refused,
    /// `DANG_XU_LY` (4): in process.
    Processing,
    /// `CHO_BO_SUNG` (5): a supplement was asked for.
    Supplement,
    /// `CHO_NGHIA_VU_TC` (6): a payment was asked for.
    Payment,
    /// `RUT` (7): withdrawn by the citizen.
    Withdrawn,
    /// `DUNG` (8): stopped.
    Stopped,
    /// `DA_XONG` (9): processed.
    Done,
    /// `DA_TRA` (10): result returned.
    Returned,
}

impl Status {
    /// All of them, in the order of the national codes.
    pub const ALL: [Self; 10] = [
        Self::New,
        Self::Accepted,
        Self::Refused,
        Self::Processing,
        Self::Supplement,
        Self::Payment,
        Self::Withdrawn,
        Self::Stopped,
        Self::Done,
        Self::Returned,
    ];

    /// The vendor's text.
    #[must_use]
    pub fn vendor(self) -> &'static str {
        match self {
            Self::New => "MOI",
            Self::Accepted => "DA_TIEP_NHAN",
            Self::Refused => "TU_CHOI",
            Self::Processing => "DANG_XU_LY",
            Self::Supplement => "CHO_BO_SUNG",
            Self::Payment => "CHO_NGHIA_VU_TC",
            Self::Withdrawn => "RUT",
            Self::Stopped => "DUNG",
            Self::Done => "DA_XONG",
            Self::Returned => "DA_TRA",
        }
    }

    /// The statuses that may follow; none when the status is final.
    #[must_use]
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::New => &[Self::Accepted, Self::Refused, Self::Withdrawn],
            Self::Accepted => {
                &[Self::Processing, Self::Supplement, Self::Payment, Self::Withdrawn, Self::Stopped]
            }
            Self::Processing => {
                &[Self::Done, Self::Supplement, Self::Payment, Self::Withdrawn, Self::Stopped]
            }
            Self::Supplement | Self::Payment => &[Self::Processing, Self::Withdrawn, Self::Stopped],
            Self::Done => &[Self::Returned],
            Self::Refused | Self::Withdrawn | Self::Stopped | Self::Returned => &[],
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.next().is_empty()
    }
}
