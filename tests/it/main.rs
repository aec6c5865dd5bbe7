//! dongbo between a simulated one-stop system and a mock portal: real databases, real HTTP, real faults.

#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;

#[cfg(test)]
mod convergence;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod sending;
