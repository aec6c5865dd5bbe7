//! Several daemons on one ledger: all send, one reads, and none is missed.

use std::path::PathBuf;

use chrono::TimeDelta;
use dongbo::config::Config;
use dongbo_model::clock::Clock;
use testbed::servers::{TestDatabase, fresh_database};

use crate::kit::{until, until_found};
use crate::process::Process;
use support::{Plan, Rig, all_synced, now, sample};

/// A local system, a portal, and a ledger on a server for as many daemons as there are configurations.
struct Shared {
    rig: Rig,
    configurations: Vec<PathBuf>,
    _ledger: TestDatabase,
}

impl Shared {
    /// Daemons whose leases last so long: a second or three where one of them is killed, and else longer than a busy machine may
    /// let a daemon wait for its turn.
    async fn new(seed: u64, dossiers: usize, lease: &str) -> Self {
        let ledger = fresh_database().await.unwrap();
        let overrides = format!(
            "[ledger]\nurl = \"{}\"\n[push]\nlease = \"{lease}\"\n[portal]\nbatch_size = 5\ntotal_timeout = \"1s\"",
            ledger.url()
        );
        let rig = Rig::new(Plan { seed, dossiers, overrides, ..Plan::default() }).await;
        let text = std::fs::read_to_string(rig.folder.join("dongbo.toml")).unwrap();
        let configurations = (0..2)
            .map(|number| {
                let file = rig.folder.join(format!("dongbo-{number}.toml"));
                let own = text.replace("control.sock", &format!("control-{number}.sock"));
                std::fs::write(&file, own).unwrap();
                file
            })
            .collect();
        Self { rig, configurations, _ledger: ledger }
    }

    fn assert_nothing_twice(&self) {
        let counters = self.rig.mock.counters();
        assert_eq!(counters.created_twice, 0, "created twice");
        assert_eq!(counters.duplicate_steps, 0, "steps twice");
        assert_eq!(counters.steps_out_of_order, 0, "steps out of order");
        assert_eq!(counters.backward_moves, 0, "moves backwards");
    }
}

async fn metric(process: &Process, name: &str) -> f64 {
    sample(&process.page("/metrics").await, name).unwrap_or(0.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_daemons_send_side_by_side_and_the_other_reads_when_the_one_that_did_is_killed() {
    let mut shared = Shared::new(151, 400, "3s").await;
    let mut processes: Vec<Process> = shared.configurations.iter().map(|file| Process::start(file)).collect();
    for process in &processes {
        process.until_settled(400, 0).await;
    }
    // Whoever starts first may send all of the year by itself; of what goes on happening both get a share.
    let synced = "dongbo_claims_settled_total{result=\"synced\"}";
    until("both have sent something", async || {
        shared.rig.simulator.advance(now(), 20).await.unwrap();
        let shares = [metric(&processes[0], synced).await, metric(&processes[1], synced).await];
        shares.iter().all(|share| *share > 0.0)
    })
    .await;
    let leads = until_found("one of them leads", async || {
        let leads =
            [metric(&processes[0], "dongbo_leader").await, metric(&processes[1], "dongbo_leader").await];
        if leads[0] + leads[1] == 1.0 { Ok(leads) } else { Err(format!("{leads:?}")) }
    })
    .await;
    let leader = processes.remove(if leads[0] > 0.0 { 0 } else { 1 });
    shared.rig.simulator.advance(now(), 60).await.unwrap();
    leader.kill();
    shared.rig.simulator.advance(now(), 60).await.unwrap();
    until("the other leads", async || metric(&processes[0], "dongbo_leader").await > 0.0).await;
    until("equal", async || shared.rig.compare().await.is_clean()).await;
    shared.assert_nothing_twice();
    processes[0].terminate();
    let (status, _, log) = processes.remove(0).ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("lead.taken"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_whose_clocks_are_hours_apart_go_by_the_time_of_the_ledgers_server() {
    let shared = Shared::new(152, 300, "60s").await;
    let mut running = Vec::new();
    for (file, wrong_by) in shared.configurations.iter().zip([TimeDelta::hours(-1), TimeDelta::hours(2)]) {
        let config = Config::load(Some(file)).unwrap();
        running.push(Rig::start_with(&config, Clock::system_wrong_by(wrong_by)).await);
    }
    for daemon in &running {
        daemon.until("synced", |overview| overview.dossiers == 300 && all_synced(overview)).await;
    }
    for (daemon, offset) in running.iter().zip([3_600.0, -7_200.0]) {
        let page = daemon.metrics().await;
        let measured = sample(&page, "dongbo_clock_offset_seconds{peer=\"ledger\"}").unwrap();
        assert!((measured - offset).abs() < 1.0, "{measured}");
        for name in ["dongbo_leases_lost_total", "dongbo_leases_expired_total"] {
            assert_eq!(sample(&page, name), Some(0.0), "{name}");
        }
    }
    shared.rig.assert_portal_equals_local().await;
    shared.assert_nothing_twice();
    for daemon in running {
        daemon.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_stops_gives_back_what_it_holds_and_the_other_goes_on_at_once() {
    let shared = Shared::new(153, 400, "60s").await;
    let first = Process::start(&shared.configurations[0]);
    until("under way", async || shared.rig.mock.counters().creates > 50).await;
    let second = Process::start(&shared.configurations[1]);
    first.terminate();
    let (status, _, log) = first.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    second.until_settled(400, 0).await;
    assert_eq!(metric(&second, "dongbo_leases_expired_total").await, 0.0, "a lease was left to run out");
    shared.rig.assert_portal_equals_local().await;
    shared.assert_nothing_twice();
}
