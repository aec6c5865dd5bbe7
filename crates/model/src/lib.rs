//! The types of the domain, without I/O, which every other crate uses.
//!
//! Values here are canonical: text is NFC without blanks at its ends ([`Text`]), instants are UTC to the second,
//! lists have one order. So equal content has an equal [`Fingerprint`], whichever database it was read from.

mod alike;
pub mod backoff;
mod catalogue;
mod cause;
mod cell;
pub mod clock;
mod codes;
mod contract;
pub mod csv;
mod detail;
mod difference;
mod dossier;
mod error_class;
pub mod facts;
mod field;
mod file;
mod file_trouble;
mod finding;
mod fingerprint;
pub mod invisible;
mod lang;
pub mod locks;
mod mask;
mod mode;
mod officer;
mod owner;
mod parts;
mod period;
mod portal_history;
pub mod schedule;
pub mod shell;
mod source_id;
mod standing;
mod status;
mod text;
pub mod vocabulary;
mod weight;

pub use alike::alike;
pub use catalogue::{Catalogue, Listed};
pub use cause::{Cause, PlainCause, Remedy};
pub use cell::{Cell, Month, day_of};
pub use codes::{
    ApplicantKind, Channel, FeeKind, FeeMoment, Handover, IdentityKind, OnlinePayment, PaperReuse,
    SubmissionPlace,
};
pub use contract::Contract;
pub use detail::Detail;
pub use difference::{Age, DifferenceKind, Differing, FoundBy};
pub use dossier::Dossier;
pub use error_class::{ErrorClass, Trouble};
pub use facts::{Ended, Facts, Fees, Papers, Results};
pub use field::Field;
pub use file::{FileKind, FileRole};
pub use file_trouble::FileTrouble;
pub use finding::{Finding, FindingKind, RefusedPart};
pub use fingerprint::{Fingerprint, StepChain};
pub use lang::{Lang, NOT_APPLICABLE};
pub use mask::{Mask, mask_row_values};
pub use mode::Mode;
pub use officer::{Officer, is_code};
pub use owner::Owner;
pub use parts::{
    Applicant, Attachment, Fee, Identity, Paper, Place, Procedure, ResultFile, Shipped, Step, Supplement,
    Unit,
};
pub use period::Period;
pub use portal_history::PortalHistory;
pub use source_id::SourceId;
pub use standing::{Lane, Layer, LayerState};
pub use status::Status;
pub use text::{CodeFlaw, DossierCode, PortalId, Text};
