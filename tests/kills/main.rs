//! Real kills: the real program between a real local database and a portal of its own process, each killed by SIGKILL at
//! random instants while the local system goes on changing. Then the portal must show exactly what the local database
//! has, and must never have been sent anything twice, out of order or backwards.
//!
//! `cargo test --test kills` kills 200 times. `cargo test --release --test kills -- 10000` kills as often as it is told;
//! `--ledger sqlite` and `--ledger postgres` keep to one kind of ledger, `--seed N` begins with another seed, `--rigs N` has
//! so many at once. A failure prints the seed of its rig; the files of
//! that rig stay, with the log of the program in them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on stops"
)]

mod local;
mod portal;
mod program;
mod rig;
use std::time::{Duration, Instant};

use rig::{Book, Kills, Local};

/// Kills in a run of all tests.
const IN_CI: u64 = 200;
/// Kills after which a rig comes to rest and is compared.
const IN_A_ROUND: u64 = 25;
/// Rigs at once: a kill mostly waits.
const RIGS: u64 = 5;
/// Between two kills of a rig, in milliseconds.
const BETWEEN: std::ops::Range<u64> = 50..800;

struct Options {
    /// The kinds of ledger that the rigs take in turn.
    books: Vec<Book>,
    kills: u64,
    seed: u64,
    rigs: u64,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "portal") {
        return portal::be(&words[1..]);
    }
    let word = |name: &str| words.get(words.iter().position(|word| word == name)? + 1).map(String::as_str);
    let value = |name: &str| word(name).map(|word| word.parse().expect("a number"));
    let options = Options {
        books: match word("--ledger") {
            Some("sqlite") => vec![Book::Sqlite],
            Some("postgres") => vec![Book::Postgres],
            Some(other) => panic!("--ledger is sqlite or postgres, not {other}"),
            None => vec![Book::Sqlite, Book::Sqlite, Book::Postgres],
        },
        kills: words.first().and_then(|word| word.parse().ok()).unwrap_or(IN_CI),
        seed: value("--seed").unwrap_or(1),
        rigs: value("--rigs").unwrap_or(RIGS).max(1),
    };
    // What cargo hands to every test binary: the name of a test that is wanted, or a wish to see their list.
    let is_filter = |word: &String| !word.starts_with('-') && word.parse::<u64>().is_err();
    if words.iter().any(|word| word == "--list")
        || words.first().is_some_and(|word| is_filter(word) && word != "kills")
    {
        return;
    }
    // For our own client of the portal's pages.
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(run(&options));
}

async fn run(options: &Options) {
    let began = Instant::now();
    let mut rigs = tokio::task::JoinSet::new();
    for place in 0..options.rigs {
        let share = options.kills / options.rigs + u64::from(place < options.kills % options.rigs);
        let local = if place % 2 == 0 { Local::Sqlite } else { Local::Postgres };
        let book = options.books[usize::try_from(place).unwrap() % options.books.len()];
        // Of every five rigs one has requests that land late.
        rigs.spawn(rig::endure(options.seed + place, local, book, share, place % 5 == 3));
    }
    let mut all = Kills::default();
    while let Some(ended) = rigs.join_next().await {
        all = all + ended.unwrap();
    }
    println!(
        "{} kills in {:.0} s on {} rigs: dongbo {}, portal {}, local PostgreSQL {}, ledger's PostgreSQL {}; {} dossiers and {} steps on the \
         portals, {} local changes, {} comparisons",
        all.program + all.portal + all.local + all.book,
        began.elapsed().as_secs_f64(),
        options.rigs,
        all.program,
        all.portal,
        all.local,
        all.book,
        all.dossiers,
        all.steps,
        all.changes,
        all.comparisons,
    );
    println!(
        "lost 0, created twice 0, steps twice 0, steps out of order 0, backwards 0 but for what landed late"
    );
    println!(
        "daemons that ended by themselves when the ledger's server died, and were started again: {}",
        all.restarts
    );
    println!("late requests that took a dossier back and were put right: at least {}", all.took_back);
    println!("longest way back in step after the last kill of a round: {:.1} s", all.longest.as_secs_f64());
    assert!(all.longest < Duration::from_secs(60), "that is no recovery");
}
