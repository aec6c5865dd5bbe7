//! The configuration, one file a section.

pub mod portal;
pub mod secret;
