//! The configuration, one file a section.

pub mod hint;
pub mod source;
