//! Messages to people, sent to real servers.
//!
//! The module says `cfg(test)` so that clippy knows its helpers for test code.

#[cfg(test)]
mod ways;
