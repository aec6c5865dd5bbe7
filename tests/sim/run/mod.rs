//! The engine in a world that is made of one seed: virtual time, a portal and databases that fail, hosts that crash.
//!
//! ```text
//! plan (what happens when) -> driver (moves time, does it) -> host (an engine)  local (the one-stop system)
//!                                                             wire -> mock portal's desk
//! checks (what must be true at the end) <- local, desk, ledger
//! ```

#![allow(
    unreachable_pub,
    reason = "shared by the test and the example, in each of which it is a private module"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a broken simulation shall stop; what it simulates may not"
)]
#![allow(dead_code, reason = "the test and the example each use their own part of it")]

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

/// What to say when a seed has failed.
pub fn report(outcome: &Outcome) -> String {
    format!(
        "seed {seed} failed:\n  {problems}\nreplay: cargo run --release --example simulate -- --seed {seed}",
        seed = outcome.seed,
        problems = outcome.problems.join("\n  ")
    )
}
