//! The mock portal over real HTTP, as a client meets it.

mod admin;
mod batches;
mod binary;
mod faults;
mod gate;
mod lookups;
mod protocol;
mod repeat;
mod support;
