//! The meaning of an answer for the dossiers of the call.

use dongbo_model::{ErrorClass, vocabulary};

vocabulary! {
    /// The meaning of an answer for the dossiers of the call.
    pub enum Outcome
    columns {
        /// The class of a failed call that is about no dossier: the log-in, or a question to the catalogue.
        ///
        /// Such a call says the same each time. When the portal refuses it, waiting does not help and no unit's staff can
        /// correct it: the operator checks account, unit code and paths. (`docs/verdicts.md` says what becomes of the
        /// dossiers of other calls.) A success is no failure: to treat it as one is a fault of the program.
        class: ErrorClass
    }
    {
        /// Applied.
        Delivered = "delivered" => ErrorClass::Bug;
        /// Not applied: the portal knows this dossier already, so it has to be updated instead.
        Duplicate = "duplicate" => ErrorClass::Config;
        /// Perhaps applied, perhaps not: only a look-up can tell.
        Unknown = "unknown" => ErrorClass::Transient;
        /// Not applied: the portal asks for fewer calls.
        Throttled = "throttled" => ErrorClass::Throttled;
        /// Certainly not applied; goes away by itself.
        Transient = "transient" => ErrorClass::Transient;
        /// Refused for its content: a person has to act.
        Rejected = "rejected" => ErrorClass::Config;
        /// Not applied: the portal does not know the dossier that was to be changed.
        NotFound = "not_found" => ErrorClass::Config;
        /// Not applied: log-in, certificate or permission is refused, and an operator has to act.
        Auth = "auth" => ErrorClass::Auth;
        /// Not applied: the address or the set-up is wrong, and an operator has to act.
        Config = "config" => ErrorClass::Config;
    }
}
