//! The short code lists of the national record, each as an enum that knows its published codes.

use crate::vocabulary;

vocabulary! {
    /// The channel by which the dossier came (`KenhThucHien`).
    pub coded enum Channel {
        /// At the counter.
        InPerson = "1";
        /// Over the web.
        Online = "2";
        /// By post.
        Post = "3";
    }
}
vocabulary! {
    /// Whose dossier it is (`LoaiDoiTuong` of dialect `ndxp`).
    pub coded enum ApplicantKind {
        /// A citizen.
        Citizen = "1";
        /// An enterprise.
        Enterprise = "2";
        /// A state body.
        StateBody = "3";
        /// Another organisation.
        Organisation = "4";
    }
}
vocabulary! {
    /// Kind of identity document (`LoaiDinhDanh`).
    pub coded enum IdentityKind {
        /// Căn cước công dân, 12 digits.
        Cccd = "1";
        /// Chứng minh nhân dân, 9 digits.
        Cmnd = "2";
    }
}
vocabulary! {
    /// The way in which the result is handed over (`HinhThuc`).
    pub coded enum Handover {
        /// At the counter.
        Counter = "0";
        /// By post.
        Post = "1";
    }
}
vocabulary! {
    /// Where the dossier was handed in (`NoiNopHoSo`).
    pub coded enum SubmissionPlace {
        /// On the national portal.
        National = "1";
        /// In the local system.
        Local = "2";
    }
}
vocabulary! {
    /// Whether and where the fee was paid online (`DuocThanhToanTrucTuyen`).
    pub coded enum OnlinePayment {
        /// No fee, or not paid online.
        None = "0";
        /// Paid on the national portal.
        National = "1";
        /// Paid on the local gateway.
        Local = "2";
        /// A fee is due and unpaid.
        Unpaid = "3";
    }
}
vocabulary! {
    /// Whether a handed-in paper reuses digitised data (`DuocTaiSuDung`).
    pub coded enum PaperReuse {
        /// Not reused.
        No = "0";
        /// Reused.
        Yes = "1";
        /// Reused in the third way that the guide names without explaining.
        Other = "2";
    }
}
vocabulary! {
    /// When a fee is collected (`HinhThucThu`).
    pub coded enum FeeMoment {
        /// On receipt.
        Receipt = "1";
        /// With a supplement.
        Supplement = "2";
        /// On return of the result.
        Return = "4";
    }
}
vocabulary! {
    /// Kind of fee (`LoaiPhiLePhi`).
    pub coded enum FeeKind {
        /// Ordinary fee.
        Ordinary = "1";
        /// Appraisal fee.
        Appraisal = "2";
        /// Extension fee.
        Extension = "3";
    }
}

impl IdentityKind {
    /// Whether `number` has the shape of such a document's number: 12 digits, or 9.
    #[must_use]
    pub fn accepts(self, number: &str) -> bool {
        let digits = match self {
            Self::Cccd => 12,
            Self::Cmnd => 9,
        };
        number.len() == digits && number.bytes().all(|byte| byte.is_ascii_digit())
    }
}
