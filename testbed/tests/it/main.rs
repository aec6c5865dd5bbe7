//! The test bed tested: who judges must be right first.
//!
//! Each module is `cfg(test)` so that clippy knows helpers here for what they are: test code, which may panic.

#[cfg(test)]
mod compare;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod life;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod support;
