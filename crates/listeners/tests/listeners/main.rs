//! Listeners over real sockets.
//!
//! The module is `cfg(test)` so that clippy knows helpers here for what they are: test code, which may panic.

#[cfg(test)]
mod hostile;
