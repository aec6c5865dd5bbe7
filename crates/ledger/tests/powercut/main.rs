//! Power cuts: the writes and the waits for the disk of a real ledger at work are recorded, and images are made of what a
//! disk may hold when the power goes in between: of what was written since the last `fsync`, any part may be missing, and
//! any write torn. Each image is opened by the real code, which must start unaided, set nothing aside, and find
//! everything that had been acknowledged.
//!
//! `cargo test -p dongbo-ledger --test powercut` makes 30 images; `cargo test --release -p dongbo-ledger --test powercut -- 1000 --seed 7` as many as it is
//! told. It needs `strace`, and the right to trace a process of one's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on stops"
)]

mod disk;
mod trace;
mod workload;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use disk::Disk;
use dongbo_ledger::{Ledger, rescue};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use trace::Event;

/// Images in a run of all tests.
const IN_CI: usize = 30;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if let [role, folder, seed] = words.as_slice()
        && role == "workload"
    {
        return runtime.block_on(workload::run(Path::new(folder), seed.parse().unwrap()));
    }
    // What cargo hands to every test binary: the name of a test that is wanted, or a wish to see their list.
    let first = words.first().map(String::as_str).unwrap_or_default();
    let is_filter = !first.is_empty() && !first.starts_with('-') && first.parse::<usize>().is_err();
    if words.iter().any(|word| word == "--list") || (is_filter && first != "powercut") {
        return;
    }
    let seed =
        words.iter().position(|word| word == "--seed").and_then(|place| words.get(place + 1)?.parse().ok());
    runtime.block_on(cut(first.parse().unwrap_or(IN_CI), seed.unwrap_or(1)));
}

/// Works under `strace`; `None` where that is not to be had.
fn record(folder: &Path, seed: u64) -> Option<Vec<Event>> {
    let trace = tempfile::NamedTempFile::new().unwrap();
    let place = folder.join("ledger");
    std::fs::create_dir(&place).unwrap();
    let done = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-e"])
        .arg("trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat,rename")
        .arg("-o")
        .arg(trace.path())
        .arg(std::env::current_exe().unwrap())
        .arg("workload")
        .arg(&place)
        .arg(seed.to_string())
        .stdout(Stdio::null())
        .output()
        .ok()?;
    if !done.status.success() {
        println!("strace: {}", String::from_utf8(done.stderr).unwrap());
        return None;
    }
    Some(trace::read(&std::fs::read_to_string(trace.path()).unwrap(), &place))
}

/// Somewhere, or just before or behind a wait for the disk or an acknowledgement: most of the time is between them.
fn moment(events: &[Event], chance: &mut StdRng) -> usize {
    let anywhere = chance.random_range(1..=events.len());
    if chance.random_bool(0.5) {
        return anywhere;
    }
    let turns = |event: &Event| matches!(event, Event::Synced(_) | Event::Acknowledged(_));
    let turn = events[anywhere..].iter().position(turns).unwrap_or(0);
    (anywhere + turn + chance.random_range(0..4)).saturating_sub(1).clamp(1, events.len())
}

async fn cut(images: usize, seed: u64) {
    let began = Instant::now();
    // In memory where that is to be had: it is the waits that count, not how long they last.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let Some(events) = record(folder.path(), seed) else {
        println!("left out: no process can be traced here (strace)");
        return;
    };
    let recorded = began.elapsed();
    let acknowledged: Vec<&str> = events.iter().filter_map(Event::acknowledged).collect();
    let syncs = events.iter().filter(|event| matches!(event, Event::Synced(_))).count();
    let writes = events.iter().filter(|event| matches!(event, Event::Wrote { .. })).count();
    assert!(acknowledged.len() > 100 && syncs > 100 && writes > 500, "nothing was recorded");
    let mut chance = StdRng::seed_from_u64(seed);
    let (mut before_the_first, mut under_way, mut torn, mut dropped) = (0, 0, 0, 0);
    let mut cuts: Vec<usize> = (0..images).map(|_| moment(&events, &mut chance)).collect();
    cuts.sort_unstable();
    let (mut disk, mut known, mut taken) = (Disk::default(), 0, 0);
    for (image, at) in cuts.into_iter().enumerate() {
        for event in &events[taken..at] {
            known += usize::from(event.acknowledged().is_some());
            disk.take(event);
        }
        taken = at;
        let place = folder.path().join(format!("image-{image}"));
        std::fs::create_dir(&place).unwrap();
        let left = disk.cut(&place, &mut chance);
        (torn, dropped) = (torn + left.torn, dropped + left.dropped);
        let what = format!("image {image} of seed {seed}, cut at event {at} of {}", events.len());
        let path = place.join("ledger.sqlite");
        let now = workload::NOW.parse().unwrap();
        let rebuilt =
            rescue(&path, Duration::ZERO, now).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        Ledger::open(&path).await.unwrap_or_else(|error| panic!("{what}: {error}")).close().await;
        if known == 0 {
            before_the_first += 1;
        } else {
            assert_eq!(rebuilt, None, "{what}");
            let found = workload::state(&path).await;
            let next = acknowledged.get(known).copied();
            under_way += usize::from(next == Some(found.as_str()));
            assert!(
                found == acknowledged[known - 1] || Some(found.as_str()) == next,
                "{what}: {found}, where {} was acknowledged and {next:?} was under way",
                acknowledged[known - 1]
            );
        }
        std::fs::remove_dir_all(&place).unwrap();
    }
    println!(
        "{images} images in {:.0} s after {:.0} s of recording {} transactions, {writes} writes and {syncs} waits for the disk: {dropped} writes \
         dropped, {torn} torn",
        (began.elapsed() - recorded).as_secs_f64(),
        recorded.as_secs_f64(),
        acknowledged.len(),
    );
    println!(
        "started unaided {images}, set aside 0, acknowledged and lost 0; {under_way} hold the transaction that was under \
         way, {before_the_first} were cut before the first was acknowledged"
    );
}
