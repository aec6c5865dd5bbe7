//! The `ndxp` dialect: the effect of a call on the portal, before any fault interferes.

mod answer;
mod call;
mod look_up;
mod perform;
mod procedures;
mod questions;
mod validate;
mod write;

pub(crate) use answer::unhelpful;
pub(crate) use call::{Call, Entrance};
pub(crate) use perform::{claim_exists, lapse_all, perform, wrong_routing};
