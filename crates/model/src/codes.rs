//! The short code lists of the national record, each as an enum that knows its published codes.

/// Declares an enum whose variants have the published numeric code given behind them.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The published code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The value with this published code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(super) use coded;

coded!(
    /// How the dossier came (`KenhThucHien`).
    Channel {
        /// At the counter.
        InPerson = "1",
        /// Over the web.
        Online = "2",
        /// By post.
        Post = "3",
    }
);
coded!(
    /// Whose dossier it is (`LoaiDoiTuong` of dialect `ndxp`).
    ApplicantKind {
        /// A citizen.
        Citizen = "1",
        /// An enterprise.
        Enterprise = "2",
        /// A state body.
        StateBody = "3",
        /// Another organisation.
        Organisation = "4",
    }
);
coded!(
    /// Kind of identity document (`LoaiDinhDanh`).
    IdentityKind {
        /// Căn cước công dân, 12 digits.
        Cccd = "1",
        /// Chứng minh nhân dân, 9 digits.
        Cmnd = "2",
    }
);
coded!(
    /// How the result is handed over (`HinhThuc`).
    Handover {
        /// At the counter.
        Counter = "0",
        /// By post.
        Post = "1",
    }
);
coded!(
    /// Where the dossier was handed in (`NoiNopHoSo`).
    SubmissionPlace {
        /// On the national portal.
        National = "1",
        /// In the local system.
        Local = "2",
    }
);
coded!(
    /// Whether and where the fee was paid online (`DuocThanhToanTrucTuyen`).
    OnlinePayment {
        /// No fee, or not paid online.
        None = "0",
        /// Paid on the national portal.
        National = "1",
        /// Paid on the local gateway.
        Local = "2",
        /// A fee is due and unpaid.
        Unpaid = "3",
    }
);
coded!(
    /// Whether a handed-in paper reuses digitised data (`DuocTaiSuDung`).
    PaperReuse {
        /// Not reused.
        No = "0",
        /// Reused.
        Yes = "1",
        /// Reused in the third way that the guide names without explaining.
        Other = "2",
    }
);
coded!(
    /// When a fee is collected (`HinhThucThu`).
    FeeMoment {
        /// On receipt.
        Receipt = "1",
        /// With a supplement.
        Supplement = "2",
        /// On return of the result.
        Return = "4",
    }
);
coded!(
    /// Kind of fee (`LoaiPhiLePhi`).
    FeeKind {
        /// Ordinary fee.
        Ordinary = "1",
        /// Appraisal fee.
        Appraisal = "2",
        /// Extension fee.
        Extension = "3",
    }
);

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
