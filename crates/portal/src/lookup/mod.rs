//! Comparison of a dossier with the portal's record of it, which a look-up returns.

mod canonical;
mod comparison;
mod differences;
mod expected;
mod moment;
mod own_form;
mod papers;
mod rewriting;
mod steps;

pub use self::comparison::Seen;
pub(crate) use self::comparison::seen;
pub(crate) use self::expected::{Expected, step_template, template};
pub use self::own_form::OwnForm;
pub use self::steps::{Histories, StepsSeen};
