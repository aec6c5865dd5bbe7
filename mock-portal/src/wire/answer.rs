//! The answer of the portal to a call.

use crate::outcome::{ErrorCode, Outcome};

/// An answer of the portal, before any fault spoils it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    pub(crate) code: ErrorCode,
    pub(crate) json: Vec<u8>,
}
