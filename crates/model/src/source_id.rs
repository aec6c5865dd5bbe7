//! The number of a source of dossiers.

/// The number by which a ledger knows one of the local systems that dossiers are read from. Their names are for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub i64);

impl SourceId {
    /// The source of a ledger that has known no other.
    pub const FIRST: Self = Self(1);
}

impl Default for SourceId {
    fn default() -> Self {
        Self::FIRST
    }
}
