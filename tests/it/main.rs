//! dongbo between a simulated one-stop system and a mock portal: real databases, real HTTP, real faults.

#[path = "../support/mod.rs"]
mod support;

mod convergence;
mod ledger;
