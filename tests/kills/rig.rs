//! One rig: what is killed, how often, and what must be true whenever it comes to rest.

use std::ops::Add;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use testbed::expect::{Expectation, Report, compare};
use testbed::servers::PrivatePostgres;

use crate::local::Office;
use crate::portal::Portal;
use crate::program::Program;
use crate::{BETWEEN, IN_A_ROUND};
use support::{Engine, Plan, Rig};

/// Dossiers at the beginning.
const DOSSIERS: usize = 40;
/// A rig that is not in step by then never will be.
const PATIENCE: Duration = Duration::from_secs(120);

/// The local database.
#[derive(Clone, Copy)]
pub(crate) enum Local {
    Sqlite,
    /// A server of its own, which is killed too.
    Postgres,
}

/// The ledger.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Book {
    /// A file.
    Sqlite,
    /// A PostgreSQL server of its own, which is killed too, shared by two daemons.
    Postgres,
}

/// The history of a rig.
#[derive(Default)]
pub(crate) struct Kills {
    pub(crate) program: u64,
    pub(crate) portal: u64,
    pub(crate) local: u64,
    pub(crate) book: u64,
    /// Daemons that had ended by themselves.
    pub(crate) restarts: u64,
    pub(crate) comparisons: u64,
    pub(crate) changes: u64,
    pub(crate) dossiers: u64,
    pub(crate) steps: u64,
    /// Requests that landed late and took a dossier back, since the last kill of their portal.
    pub(crate) took_back: u64,
    pub(crate) longest: Duration,
}

impl Add for Kills {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            program: self.program + other.program,
            portal: self.portal + other.portal,
            local: self.local + other.local,
            book: self.book + other.book,
            restarts: self.restarts + other.restarts,
            comparisons: self.comparisons + other.comparisons,
            changes: self.changes + other.changes,
            dossiers: self.dossiers + other.dossiers,
            steps: self.steps + other.steps,
            took_back: self.took_back + other.took_back,
            longest: self.longest.max(other.longest),
        }
    }
}

/// A lease ends soon, so that a dossier whose worker was killed is taken up soon. A request that was sent by a killed
/// process lands within milliseconds here, long before the look-up that follows it; where some land late, they do so before the second
/// confirmation.
fn overrides(portal: &str) -> String {
    format!(
        "[portal]\nadapter_url = \"{portal}\"\nconnect_timeout = \"500ms\"\nread_timeout = \"500ms\"\n\
         total_timeout = \"500ms\"\nlogin_pause = \"50ms\"\n\
         [push]\nlease = \"1500ms\"\nlookup_after = \"300ms\"\nlands_within = \"2s\"\nverify_after = \"300ms\"\nbackoff_cap = \"500ms\"\n\
         probe_every = \"100ms\"\nverify_share = 0.05"
    )
}

/// Kills `kills` times, comes to rest after every few of them, and checks everything then.
pub(crate) async fn endure(seed: u64, local: Local, book: Book, kills: u64, late: bool) -> Kills {
    // Kept when it fails, for whoever looks for the reason.
    let folder = tempfile::Builder::new().prefix("dongbo-kills-").tempdir().unwrap().keep();
    let mut portal = Portal::start(&folder, late);
    let server = match local {
        Local::Sqlite => None,
        Local::Postgres => Some(PrivatePostgres::start_killable().unwrap()),
    };
    let engine = server.as_ref().map_or(Engine::Sqlite, |server| Engine::At(server.url().to_owned()));
    let shared = (book == Book::Postgres).then(|| PrivatePostgres::start_killable().unwrap());
    let mut overrides = overrides(&portal.url);
    if let Some(shared) = &shared {
        overrides.push_str(&format!("\n[ledger]\nurl = \"{}\"", shared.url()));
    }
    let plan = Plan { engine, seed, dossiers: DOSSIERS, overrides, ..Plan::default() };
    let rig = Rig::within(&folder, plan).await;
    let office = Office::open(rig.simulator);
    let config = folder.join("dongbo.toml");
    let mut programs = vec![Program::start(&config)];
    if shared.is_some() {
        let second = folder.join("second.toml");
        let text = std::fs::read_to_string(config).unwrap().replace("control.sock", "second.sock");
        std::fs::write(&second, text).unwrap();
        programs.push(Program::start(&second));
    }
    let mut chance = StdRng::seed_from_u64(seed);
    // A start that meets the death of the ledger's server ends, for the unit to make another.
    let may_end = shared.is_some();
    let mut done = Kills::default();
    let place = format!("seed {seed}, files in {}", folder.display());
    for kill in 1..=kills {
        tokio::time::sleep(Duration::from_millis(chance.random_range(BETWEEN))).await;
        match (chance.random_range(0..100), &server, &shared) {
            (0..15, ..) => {
                portal.kill();
                done.portal += 1;
            }
            (15..25, Some(server), _) => {
                // Whether a commit that its server's death cut off was done is the local system's question, not ours.
                let _rests = office.between_changes().await;
                server.kill().unwrap();
                server.start_again().unwrap();
                done.local += 1;
            }
            (25..35, _, Some(shared)) => {
                shared.kill().unwrap();
                shared.start_again().unwrap();
                done.book += 1;
            }
            _ => {
                done.restarts += restarted(&mut programs, &place, may_end);
                let victim = chance.random_range(0..programs.len());
                programs[victim].kill();
                done.program += 1;
            }
        }
        if kill % IN_A_ROUND == 0 || kill == kills {
            office.rest().await;
            done.longest = done.longest.max(
                in_step(&office, &portal, &mut programs, &place, (may_end, late), &mut done.restarts).await,
            );
            done.comparisons += 1;
            office.go_on();
        }
    }
    let counters = portal.counters().await;
    done.changes = office.between_changes().await.changes_made();
    done.dossiers = counters["dossiers"].as_u64().unwrap();
    done.steps = counters["steps"].as_u64().unwrap();
    done.took_back = counters["backward_moves"].as_u64().unwrap();
    drop(programs);
    std::fs::remove_dir_all(&folder).unwrap();
    done
}

/// Waits until the portal shows exactly what the local database has, and checks what it counts. Gives how long it took.
async fn in_step(
    office: &Office,
    portal: &Portal,
    programs: &mut [Program],
    place: &str,
    (may_end, late): (bool, bool),
    restarts: &mut u64,
) -> Duration {
    let began = Instant::now();
    let simulator = office.between_changes().await;
    let expected = Expectation::read(simulator.db()).await.unwrap();
    loop {
        let shown = portal.dossiers().await;
        let report: Report = compare(&expected, &shown);
        never_twice(&portal.counters().await, place, late);
        if report.is_clean() {
            return began.elapsed();
        }
        *restarts += restarted(programs, place, may_end);
        assert!(began.elapsed() < PATIENCE, "not in step ({place}): {report:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Starts those that have ended by themselves. On a ledger that is a file none may.
fn restarted(programs: &mut [Program], place: &str, may_end: bool) -> u64 {
    let ended = programs.iter_mut().map(|program| u64::from(program.had_ended())).sum();
    assert!(may_end || ended == 0, "dongbo ended by itself ({place})");
    ended
}

/// A request that lands late takes a dossier back for a moment: nobody can keep it from that.
fn never_twice(counters: &Value, place: &str, late: bool) {
    for name in ["created_twice", "duplicate_steps", "steps_out_of_order", "backward_moves"] {
        let may_be = late && name == "backward_moves";
        assert!(may_be || counters[name] == 0, "{name}: {} ({place})", counters[name]);
    }
}
