//! The engine in a world that is made of one seed: virtual time, a portal and databases that fail, hosts that crash.
//!
//! ```text
//! plan (what happens when) -> driver (moves time, does it) -> host (an engine)  local (the one-stop system)
//!                                                             wire -> mock portal's desk
//! checks (what must be true at the end) <- local, desk, ledger
//! ```

#![allow(missing_docs, reason = "parts of a rig, named for what they are")]
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

/// What to say when a seed has failed.
pub fn report(outcome: &Outcome) -> String {
    format!(
        "seed {seed} failed:\n  {problems}\nreplay: cargo run --release -p dongbo-sync --example simulate -- --seed {seed}",
        seed = outcome.seed,
        problems = outcome.problems.join("\n  ")
    )
}
