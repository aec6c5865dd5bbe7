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
use crate::support::{Engine, Plan, Rig};
use crate::{BETWEEN, IN_A_ROUND};

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

/// What a rig has been through.
#[derive(Default)]
pub(crate) struct Kills {
    pub(crate) program: u64,
    pub(crate) portal: u64,
    pub(crate) local: u64,
    pub(crate) comparisons: u64,
    pub(crate) changes: u64,
    pub(crate) dossiers: u64,
    pub(crate) steps: u64,
    pub(crate) longest: Duration,
}

impl Add for Kills {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            program: self.program + other.program,
            portal: self.portal + other.portal,
            local: self.local + other.local,
            comparisons: self.comparisons + other.comparisons,
            changes: self.changes + other.changes,
            dossiers: self.dossiers + other.dossiers,
            steps: self.steps + other.steps,
            longest: self.longest.max(other.longest),
        }
    }
}

/// A lease ends soon, so that a dossier whose worker was killed is taken up soon. A request that was sent by a killed
/// process lands within milliseconds here, long before the look-up that follows it.
fn overrides(portal: &str) -> String {
    format!(
        "[portal]\nadapter_url = \"{portal}\"\nconnect_timeout = \"500ms\"\nread_timeout = \"500ms\"\n\
         total_timeout = \"500ms\"\nlogin_pause = \"50ms\"\n\
         [push]\nlease = \"1500ms\"\nlookup_after = \"300ms\"\nverify_after = \"300ms\"\nbackoff_cap = \"500ms\"\n\
         probe_every = \"100ms\"\nverify_share = 0.05"
    )
}

/// Kills `kills` times, comes to rest after every few of them, and checks everything then.
pub(crate) async fn endure(seed: u64, local: Local, kills: u64) -> Kills {
    // Kept when it fails, for whoever looks for the reason.
    let folder = tempfile::Builder::new().prefix("dongbo-kills-").tempdir().unwrap().keep();
    let mut portal = Portal::start(&folder);
    let server = match local {
        Local::Sqlite => None,
        Local::Postgres => Some(PrivatePostgres::start_killable().unwrap()),
    };
    let engine = server.as_ref().map_or(Engine::Sqlite, |server| Engine::At(server.url().to_owned()));
    let plan =
        Plan { engine, seed, dossiers: DOSSIERS, overrides: overrides(&portal.url), ..Plan::default() };
    let rig = Rig::within(&folder, plan).await;
    let office = Office::open(rig.simulator);
    let mut program = Program::start(&folder);
    let mut chance = StdRng::seed_from_u64(seed);
    let mut done = Kills::default();
    let place = format!("seed {seed}, files in {}", folder.display());
    for kill in 1..=kills {
        tokio::time::sleep(Duration::from_millis(chance.random_range(BETWEEN))).await;
        match (chance.random_range(0..100), &server) {
            (0..15, _) => {
                portal.kill();
                done.portal += 1;
            }
            (15..25, Some(server)) => {
                // Whether a commit that its server's death cut off was done is the local system's question, not ours.
                let _rests = office.between_changes().await;
                server.kill().unwrap();
                server.start_again().unwrap();
                done.local += 1;
            }
            _ => {
                program.kill();
                done.program += 1;
            }
        }
        if kill % IN_A_ROUND == 0 || kill == kills {
            office.rest().await;
            done.longest = done.longest.max(in_step(&office, &portal, &mut program, &place).await);
            done.comparisons += 1;
            office.go_on();
        }
    }
    let counters = portal.counters().await;
    done.changes = office.between_changes().await.changes_made();
    done.dossiers = counters["dossiers"].as_u64().unwrap();
    done.steps = counters["steps"].as_u64().unwrap();
    drop(program);
    std::fs::remove_dir_all(&folder).unwrap();
    done
}

/// Waits until the portal shows exactly what the local database has, and checks what it counts. Gives how long it took.
async fn in_step(office: &Office, portal: &Portal, program: &mut Program, place: &str) -> Duration {
    let began = Instant::now();
    let simulator = office.between_changes().await;
    let expected = Expectation::read(simulator.db()).await.unwrap();
    loop {
        let shown = portal.dossiers().await;
        let report: Report = compare(&expected, &shown);
        never_twice(&portal.counters().await, place);
        if report.is_clean() {
            return began.elapsed();
        }
        program.must_run();
        assert!(began.elapsed() < PATIENCE, "not in step ({place}): {report:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn never_twice(counters: &Value, place: &str) {
    for name in ["created_twice", "duplicate_steps", "steps_out_of_order", "backward_moves"] {
        assert_eq!(counters[name], 0, "{name} ({place})");
    }
}
