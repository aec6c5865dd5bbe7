//! Faults: rules that say what goes wrong and when, and the draw for each call.

mod board;
mod preset;
mod rule;

pub use board::ArmedRule;
pub(crate) use board::{FaultBoard, Fired, Subject};
pub use preset::Faults;
pub use rule::{FaultKind, FaultRule, Window};
