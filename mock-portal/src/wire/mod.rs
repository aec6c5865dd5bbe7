//! The parts that both dialects share: JSON as it came, tables of fields, refusals, answers.

pub(crate) mod answer;
pub(crate) mod batch;
pub(crate) mod check;
pub(crate) mod field;
pub(crate) mod node;
pub(crate) mod refusal;
