//! The mock portal over real HTTP, as a client meets it.
//!
//! The modules say `cfg(test)` so that clippy knows their helpers for test code.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod lookups;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod repeat;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod support;
