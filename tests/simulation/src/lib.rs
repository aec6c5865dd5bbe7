//! The engine in a world that is made of one seed: virtual time, a portal and databases that fail, hosts that crash.
//!
//! ```text
//! plan (events and times) -> driver (moves time, acts)    -> host (an engine)  local (the one-stop system)
//!                                                             wire -> mock portal's desk
//! checks (the promises, at the end) <- local, desk, ledger
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a broken simulation shall stop; what it simulates may not"
)]

mod checks;
mod driver;
mod fault;
mod host;
mod local;
mod plan;
mod shelf;
mod trace;
mod wire;

pub use driver::{Outcome, run};
pub use fault::Fault;
pub use plan::Plan;
pub use shelf::Shelf;

/// The lines to print for a seed that has failed: its problems, and how to run it again.
pub fn report(outcome: &Outcome) -> String {
    format!(
        "seed {seed} failed:\n  {problems}\nreplay: cargo run --release -p dongbo-sync --example simulate -- --seed {seed}",
        seed = outcome.seed,
        problems = outcome.problems.join("\n  ")
    )
}
