//! The people who can put something right.

use crate::finding::FindingKind;
use crate::vocabulary;

vocabulary! {
    /// The person or office that something is for to put right.
    pub enum Owner
    texts {
        /// The name within a sentence.
        text
    }
    {
        /// The office that keeps the dossier.
        Unit = "unit", ["đơn vị xử lý hồ sơ", "the unit"];
        /// The person who configures dongbo and its mapping.
        Operator = "operator", ["quản trị dongbo", "dongbo's operator"];
        /// The administrator or vendor of the one-stop system and its file store.
        LocalSystem = "local_system", ["quản trị hệ thống một cửa", "the one-stop system's operator"];
        /// Whoever runs the bridge by which a vendor sends.
        Bridge = "bridge", ["đơn vị vận hành cầu nối", "who runs the vendor's bridge"];
        /// The portal's operators.
        Portal = "portal", ["đơn vị vận hành Cổng", "the portal's operators"];
        /// The administrator of the host on which dongbo runs.
        Host = "host", ["quản trị máy chủ dongbo", "the administrator of dongbo's host"];
        /// dongbo itself: it goes by itself.
        Nobody = "nobody", ["dongbo tự làm", "nobody: dongbo does it itself"];
    }
}

impl FindingKind {
    /// The one whose task the remedy is.
    #[must_use]
    pub const fn owner(self) -> Owner {
        match self {
            Self::MissingCode
            | Self::MissingField
            | Self::BadDate
            | Self::TooLong
            | Self::TooLarge
            | Self::BadText
            | Self::BadValue
            | Self::DuplicateCode
            | Self::StepsRewritten
            | Self::StatusLeap
            | Self::DeletedLocally
            | Self::Refused
            | Self::FileMissing
            | Self::FileEmpty
            | Self::FileTooLarge
            | Self::FileKindMismatch
            | Self::FileKindNotAllowed
            | Self::FileCutOff
            | Self::FileUnreadable
            | Self::FileRefused => Owner::Unit,
            Self::UnmappedStatus
            | Self::UnmappedProcedure
            | Self::UnmappedUnit
            | Self::UnmappedResultCode
            | Self::UnmappedComponentCode
            | Self::DuplicateRows
            | Self::StepsDiffer
            | Self::NotReadable
            | Self::NotSwept
            | Self::GivenTwice
            | Self::BadRow
            | Self::UnknownProcedure
            | Self::UnknownResultCode
            | Self::UnknownComponentCode
            | Self::UnnamedProcedure
            | Self::FileDenied
            | Self::FileRedirected
            | Self::FileServingLimit
            | Self::FileBrokenOff
            | Self::FileNotFetched => Owner::Operator,
            Self::FileBadAnswer | Self::FileUnsteady | Self::FileNotGiven => Owner::LocalSystem,
            Self::ExistsElsewhere | Self::WrittenOften => Owner::Portal,
            Self::NotForPortal | Self::PortalsOwnForm => Owner::Nobody,
        }
    }
}
