//! The layers of a small configuration.
//!
//! Each module is `cfg(test)` so that clippy knows helpers here for what they are: test code, which may panic.

#[cfg(test)]
mod layers;
#[cfg(test)]
mod office;
