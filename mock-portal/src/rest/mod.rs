//! The `rest` dialect: the effect of a call on the portal, before any fault interferes.

mod answer;
mod call;
mod check;
mod perform;
mod write;

pub(crate) use answer::unhelpful;
pub(crate) use call::Call;
pub(crate) use perform::{claim_exists, damage, lapse_all, perform, service_at};
