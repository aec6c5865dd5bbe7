//! Disks that tear, flip, fill up and refuse: dongbo starts all the same, sets aside what it cannot trust, and the portal
//! ends up as the local database has it, with nothing twice.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use dongbo::daemon::Daemon;
use dongbo_ledger::{Ledger, NewFigure, Pause, Rebuilt, condemn};
use dongbo_sync::engine::Died;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::kit::until;
use support::{Plan, Rig, Running, all_settled, clock, now, sample};

/// Sweeps every second: a cursor that a bit has moved is put right by them, here as at night. Look-ups do not wait long.
const OVERRIDES: &str =
    "[source]\nsweep = \"* * * * * *\"\n[push]\nlookup_after = \"100ms\"\nverify_after = \"100ms\"";
/// Bits flipped in a run of the tests; `DONGBO_FLIPS` has it flip more.
const FLIPS: u64 = 24;

async fn rig(seed: u64) -> Rig {
    Rig::new(Plan { seed, dossiers: 25, overrides: OVERRIDES.to_owned(), ..Plan::default() }).await
}

/// Waits until the portal shows what the local database has and the ledger has written that down.
async fn until_in_step(rig: &Rig, running: &Running) {
    until("in step", async || {
        let overview = running.ledger.overview(now()).await.unwrap();
        all_settled(&overview) && rig.compare().await.is_clean()
    })
    .await;
}

fn assert_nothing_twice(rig: &Rig, what: &str) {
    let counters = rig.mock.counters();
    assert_eq!(counters.created_twice, 0, "{what}");
    assert_eq!(counters.duplicate_steps, 0, "{what}");
    assert_eq!(counters.steps_out_of_order, 0, "{what}");
    assert_eq!(counters.backward_moves, 0, "{what}");
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The ledger's files as a daemon that was killed now would leave them.
struct Image([Option<Vec<u8>>; 3]);

const ENDS: [&str; 3] = ["", "-wal", "-shm"];

impl Image {
    fn take(ledger: &Path) -> Self {
        Self(ENDS.map(|end| fs::read(with(ledger, end)).ok()))
    }

    fn put(&self, ledger: &Path) {
        for (end, bytes) in ENDS.iter().zip(&self.0) {
            match bytes {
                Some(bytes) => fs::write(with(ledger, end), bytes).unwrap(),
                None => drop(fs::remove_file(with(ledger, end))),
            }
        }
    }
}

fn cut(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

/// The way that a daemon ended before the damage came.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// All is in the log.
    Killed,
    /// All is in the file, and there is no log.
    Stopped,
}

/// Works until everything is in step and ends, `damage` comes over its ledger, things change locally, and it starts
/// again. Gives what was rebuilt.
async fn survives(what: &str, seed: u64, end: End, damage: impl Fn(&Path)) -> Option<Rebuilt> {
    let mut rig = rig(seed).await;
    let ledger = rig.config.ledger.path.clone();
    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    rig.simulator.advance(now(), 10).await.unwrap();
    until_in_step(&rig, &running).await;
    let image = Image::take(&ledger);
    running.stop().await;
    if end == End::Killed {
        image.put(&ledger);
    }
    damage(&ledger);
    let damaged = Image::take(&ledger);
    rig.simulator.advance(now(), 10).await.unwrap();

    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    let rebuilt = running.ledger.rebuilt().await.unwrap();
    if let Some(rebuilt) = &rebuilt {
        let kept = Image::take(&rebuilt.set_aside);
        assert_eq!(kept.0[0], damaged.0[0], "{what}: it was changed before it was set aside");
        let told = sample(&running.metrics().await, "dongbo_ledger_rebuilt_timestamp_seconds");
        assert!(told.is_some(), "{what}: no metric tells");
        until("rebuilt", async || !running.ledger.is_rebuilding().await.unwrap()).await;
        assert!(running.ledger.rebuilt().await.unwrap().unwrap().complete_at.is_some());
    }
    running.stop().await;
    rig.assert_portal_equals_local().await;
    assert_nothing_twice(&rig, what);
    rebuilt
}

async fn is_rebuilt(what: &str, seed: u64, end: End, damage: impl Fn(&Path)) -> String {
    let rebuilt = survives(what, seed, end, damage).await;
    rebuilt.unwrap_or_else(|| panic!("{what} was not noticed")).reason
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_of_the_log_is_no_damage_and_nothing_is_set_aside() {
    let rebuilt = survives("a torn tail", 301, End::Killed, |ledger| {
        let log = with(ledger, "-wal");
        let mut bytes = fs::read(&log).unwrap();
        // A frame as the last one, and half of another, with checksums that cannot be right.
        let frame = bytes[bytes.len() - 4_120..].to_vec();
        bytes.extend_from_slice(&frame);
        bytes.extend_from_slice(&frame[..2_000]);
        fs::write(log, bytes).unwrap();
    })
    .await;
    assert_eq!(rebuilt, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_after_it_was_acknowledged_is_noticed_and_the_ledger_is_rebuilt() {
    let reason = is_rebuilt("a cut log", 302, End::Killed, |ledger| {
        let log = with(ledger, "-wal");
        let frames = (fs::metadata(&log).unwrap().len() - 32) / 4_120;
        cut(&log, 32 + frames / 2 * 4_120);
    })
    .await;
    assert!(reason.contains("less than was written"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_went_bad_in_the_middle_is_noticed_though_its_index_is_gone() {
    let reason = is_rebuilt("a bad frame", 303, End::Killed, |ledger| {
        let log = with(ledger, "-wal");
        flip(&log, (32 + 10 * 4_120 + 500) * 8);
        fs::remove_file(with(ledger, "-shm")).unwrap();
    })
    .await;
    assert!(reason.contains("in the middle"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_emptied_replaced_or_lost_beside_its_log_is_set_aside_and_rebuilt() {
    let half = |ledger: &Path| cut(ledger, fs::metadata(ledger).unwrap().len() / 2);
    let garbage = |ledger: &Path| fs::write(ledger, "không phải sổ theo dõi ".repeat(4_000)).unwrap();
    is_rebuilt("half a file", 304, End::Stopped, half).await;
    is_rebuilt("an empty file", 305, End::Stopped, |ledger| cut(ledger, 0)).await;
    is_rebuilt("garbage", 306, End::Stopped, garbage).await;
    is_rebuilt("a log alone", 307, End::Killed, |ledger| fs::remove_file(ledger).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flipped_bit_anywhere_does_no_harm() {
    let mut rig = rig(308).await;
    let ledger = rig.config.ledger.path.clone();
    let flips = std::env::var("DONGBO_FLIPS").ok().and_then(|many| many.parse().ok()).unwrap_or(FLIPS);
    let mut rebuilt = 0;
    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    running.stop().await;
    for seed in 0..flips {
        let mut chance = StdRng::seed_from_u64(seed);
        let in_log = chance.random_bool(0.4);
        let running = rig.start().await;
        rig.simulator.advance(now(), 3).await.unwrap();
        until_in_step(&rig, &running).await;
        let image = Image::take(&ledger);
        running.stop().await;
        if in_log {
            image.put(&ledger);
        }
        let file = if in_log { with(&ledger, "-wal") } else { ledger.clone() };
        let bit = chance.random_range(0..usize::try_from(fs::metadata(&file).unwrap().len()).unwrap() * 8);
        flip(&file, bit);
        rig.simulator.advance(now(), 3).await.unwrap();

        let what = format!("seed {seed}: bit {bit} of {}", file.display());
        let set_aside = fs::read_dir(&rig.folder).unwrap().count();
        let running = rig.start().await;
        until(&what, async || rig.compare().await.is_clean()).await;
        until_in_step(&rig, &running).await;
        running.stop().await;
        rebuilt += u64::from(fs::read_dir(&rig.folder).unwrap().count() > set_aside);
        assert_nothing_twice(&rig, &what);
    }
    println!("{flips} bits flipped, {rebuilt} times the ledger was rebuilt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_and_what_people_entered_outlive_the_ledger_that_they_were_written_in() {
    let rig = rig(309).await;
    let path = &rig.config.ledger.path;
    let ledger = Ledger::open(path).await.unwrap();
    let pause = Pause::new(now(), "lan", "bảo trì");
    ledger.begin_pause(&pause).await.unwrap();
    let figure = |period: &str, numerator, denominator| NewFigure {
        period: period.to_owned(),
        unit: "H48.57".to_owned(),
        figure: "1.1".to_owned(),
        numerator,
        denominator,
    };
    let figures = [figure("2026-08", 9_750, Some(10_000)), figure("2026-Q3", 12, None)];
    ledger.enter_figures(&figures, "lan", now()).await.unwrap();
    let entered = ledger.entered_figures(None, None).await.unwrap();
    ledger.close().await;
    condemn(path, "a page went bad").unwrap();
    let running = rig.start().await;
    assert_eq!(running.ledger.pause().await.unwrap(), Some(pause));
    assert_eq!((entered.len(), running.ledger.entered_figures(None, None).await.unwrap()), (2, entered));
    running.until("all heard of", |overview| overview.dossiers == 25).await;
    assert_eq!(rig.mock.counters().creates, 0);
    running.ledger.end_pause(now(), "lan").await.unwrap();
    until_in_step(&rig, &running).await;
    let rebuilt = running.ledger.rebuilt().await.unwrap().unwrap();
    assert!(rebuilt.paused && rebuilt.reason == "a page went bad", "{rebuilt:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_shows_while_it_works_ends_the_daemon_and_the_next_start_rebuilds() {
    let mut rig = rig(310).await;
    let path = rig.config.ledger.path.clone();
    let daemon = Daemon::prepare(&rig.config, clock(), 7).await.unwrap();
    let running = tokio::spawn(daemon.run(tokio_util::sync::CancellationToken::new()));
    until("in step", async || rig.compare().await.is_clean()).await;
    let mut vandal = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let damage = "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET rootpage = 1000000 WHERE name = 'dossier_due';
        PRAGMA schema_version = 1000;";
    sqlx::raw_sql(damage).execute(&mut vandal).await.unwrap();
    drop(vandal.close().await);
    rig.simulator.advance(now(), 10).await.unwrap();
    let died = running.await.unwrap().unwrap_err();
    assert!(matches!(died, Died::Ledger(_)), "{died}");

    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    assert!(running.ledger.rebuilt().await.unwrap().is_some());
    running.stop().await;
    assert_nothing_twice(&rig, "damage while running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_fingerprint_of_steps_in_the_ledger_costs_a_look_up_and_holds_nobody() {
    let mut rig = rig(313).await;
    let path = rig.config.ledger.path.clone();
    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    running.stop().await;
    let mut vandal = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let bit =
        "UPDATE dossier SET steps_accepted_fp = substr(steps_accepted_fp, 2) || '0' WHERE steps_accepted > 0";
    assert_eq!(sqlx::raw_sql(bit).execute(&mut vandal).await.unwrap().rows_affected(), 25);
    vandal.close().await.unwrap();
    rig.simulator.advance(now(), 30).await.unwrap();
    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    assert_eq!(running.ledger.rebuilt().await.unwrap(), None, "nothing in the file says that it is wrong");
    assert!(running.ledger.open_findings(10).await.unwrap().is_empty());
    running.stop().await;
    assert_nothing_twice(&rig, "wrong fingerprints");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_daemon_has_stopped_no_connection_to_its_ledger_is_left() {
    let mut rig = rig(314).await;
    for _ in 0..5 {
        let running = rig.start().await;
        rig.simulator.advance(now(), 20).await.unwrap();
        until_in_step(&rig, &running).await;
        running.stop().await;
        // The last connection to be closed takes the log from beside the file, which may be somebody else's by then.
        let ledger = rig.config.ledger.path.display().to_string();
        let open: Vec<PathBuf> = fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
            .filter(|file| file.to_string_lossy().starts_with(&ledger))
            .collect();
        assert_eq!(open, Vec::<PathBuf>::new());
    }
}

/// A small file system in memory, gone when dropped. `None` where it may not be made.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        run("mount", &["-t", "tmpfs", "-o", options, "none", at.to_str().unwrap()])
            .then(|| Self(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|done| done.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_sending_and_no_start_and_room_brings_it_back_without_one() {
    let mut rig = rig(311).await;
    // Room for a log that is not carried over yet.
    let folder = rig.folder.join("small");
    let Some(_small) = Small::mount(&folder, "size=12m") else {
        eprintln!("left out: nothing may be mounted here");
        return;
    };
    rig.config.ledger.path = folder.join("ledger.sqlite");
    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    let fill = folder.join("other");
    let full = || {
        // Until not one byte more goes in.
        let mut other = fs::OpenOptions::new().create(true).append(true).open(&fill).unwrap();
        while std::io::Write::write_all(&mut other, &[0; 4_096]).is_ok() {}
    };
    full();
    rig.simulator.advance(now(), 40).await.unwrap();
    until("a failed write", async || {
        sample(&running.metrics().await, "dongbo_ledger_errors_total").is_some_and(|errors| errors > 0.0)
    })
    .await;
    assert!(running.ledger.overview(now()).await.is_ok(), "reading goes on");
    fs::remove_file(&fill).unwrap();
    until_in_step(&rig, &running).await;
    // What a kill leaves behind; an older state than the last would have forgotten steps.
    let image = Image::take(&rig.config.ledger.path);
    running.stop().await;

    // Killed on a full disk, and started on it.
    image.put(&rig.config.ledger.path);
    full();
    rig.simulator.advance(now(), 10).await.unwrap();
    let running = rig.start().await;
    assert!(running.ledger.overview(now()).await.is_ok());
    fs::remove_file(&fill).unwrap();
    until_in_step(&rig, &running).await;
    assert_eq!(running.ledger.rebuilt().await.unwrap(), None, "a full disk is no damage");
    running.stop().await;
    assert_nothing_twice(&rig, "a full disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_be_written_is_named_with_its_remedy_and_left_as_it_is() {
    let mut rig = rig(312).await;
    let folder = rig.folder.join("sealed");
    fs::create_dir(&folder).unwrap();
    rig.config.ledger.path = folder.join("ledger.sqlite");
    Ledger::open(&rig.config.ledger.path).await.unwrap().close().await;
    let sealed =
        |mode| fs::set_permissions(&rig.config.ledger.path, fs::Permissions::from_mode(mode)).unwrap();
    sealed(0o444);
    let is_root = fs::OpenOptions::new().write(true).open(&rig.config.ledger.path).is_ok();
    let path = rig.config.ledger.path.display().to_string();
    // Rights do not bind root, but a file that nobody may change does.
    if is_root && !run("chattr", &["+i", &path]) {
        eprintln!("left out: root may write everywhere here");
        return;
    }
    let before = fs::read(&rig.config.ledger.path).unwrap();
    let refused = Daemon::prepare(&rig.config, clock(), 7).await.err();
    if is_root {
        run("chattr", &["-i", &path]);
    }
    let error = refused.expect("it started").to_string();
    assert!(error.contains(&path) && error.contains("chown"), "{error}");
    assert_eq!(fs::read(&rig.config.ledger.path).unwrap(), before);
    assert_eq!(
        fs::read_dir(&folder)
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().contains("broken") })
            .count(),
        0
    );
    sealed(0o644);
    let running = rig.start().await;
    until_in_step(&rig, &running).await;
    running.stop().await;
}
