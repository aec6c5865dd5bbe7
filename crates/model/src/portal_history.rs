//! The portal's history of a dossier's steps where it is no beginning of ours.

use serde::{Deserialize, Serialize};

/// A history of steps on the portal, told by numbers and a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalHistory {
    /// The number of steps in it.
    pub shown: usize,
    /// The number of our first steps that are among them.
    pub covers: usize,
    /// How many of our steps it shows once too often.
    pub twice: usize,
    /// A hash over its steps in their order.
    pub hash: String,
}
