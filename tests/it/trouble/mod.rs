//! Trouble on the way: the real program between a local database and a portal that are each reached through a line
//! which stalls, cuts, slows, refuses and goes over to another server. What it costs meanwhile is measured.

mod ledger;
mod portal;
mod source;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use testbed::proxy::Proxy;

use crate::kit::until;
use crate::process::Process;
use support::{Engine, Plan, Rig, now, sample};

/// Short waits for the local database, so that a test sees several of them.
const SHORT: &str = "[source]\nconnect_timeout = \"1s\"\nstatement_timeout = \"1s\"\n";
/// The length of a trouble.
const LASTS: Duration = Duration::from_secs(2);
/// The time that a busy machine may take beyond what was announced.
const SLACK: Duration = Duration::from_secs(3);

/// The program, and the lines to both of its neighbours.
struct Site {
    rig: Rig,
    source: Option<Proxy>,
    portal: Proxy,
    config: PathBuf,
    process: Process,
}

impl Site {
    /// A program in step with its portal. `engine` is reached through a line when it is a server.
    async fn new(engine: Engine, seed: u64) -> Self {
        Self::with(engine, seed, |text| text).await
    }

    /// A scene with another configuration.
    async fn with(engine: Engine, seed: u64, change: impl FnOnce(String) -> String) -> Self {
        let plan = Plan { engine, seed, dossiers: 20, overrides: SHORT.to_owned(), ..Plan::default() };
        let rig = Rig::new(plan).await;
        let config = rig.folder.join("dongbo.toml");
        let mut text = std::fs::read_to_string(&config).unwrap();
        let mock = rig.mock.url();
        let portal = Proxy::before(mock.strip_prefix("http://").unwrap()).await.unwrap();
        text = text.replace(&mock, &format!("http://{}", portal.address()));
        let mut source = None;
        if let Some((_, rest)) = rig.config.source.url.split_once('@') {
            let address = rest.split('/').next().unwrap();
            let line = Proxy::before(address).await.unwrap();
            text = text.replace(address, &line.address().to_string());
            source = Some(line);
        }
        std::fs::write(&config, change(text)).unwrap();
        let process = Process::start(&config);
        Self { rig, source, portal, config, process }
    }

    fn source(&self) -> &Proxy {
        self.source.as_ref().unwrap()
    }

    async fn until_equal(&self) {
        until("equal", async || self.rig.compare().await.is_clean()).await;
    }

    /// Nothing lost and nothing twice, after more changes than were on their way.
    async fn assert_whole(&mut self) {
        self.rig.simulator.advance(now(), 5).await.unwrap();
        self.until_equal().await;
        let counters = self.rig.mock.counters();
        assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0), "something came twice");
        assert_eq!((counters.steps_out_of_order, counters.backward_moves), (0, 0));
    }

    async fn metric(&self, name: &str) -> f64 {
        sample(&self.process.page("/metrics").await, name).unwrap_or_default()
    }

    async fn polls(&self) -> f64 {
        self.metric("dongbo_polls_total").await
    }

    async fn failed_polls(&self) -> f64 {
        self.metric("dongbo_source_errors_total{operation=\"poll\",class=\"transient\"}").await
    }

    async fn stopped(&self) -> bool {
        self.process.page("/metrics").await.lines().any(|line| {
            line.strip_prefix("dongbo_sending_stopped{").is_some_and(|rest| rest.ends_with("} 1.0"))
        })
    }

    async fn until_stopped(&self) {
        until("stopped", async || self.stopped().await).await;
    }

    /// Looks at what the program has used so far.
    async fn begin(&self) -> Use {
        Use {
            at: Instant::now(),
            cpu: cpu(self.process.id()),
            memory: memory(self.process.id()),
            lines: self.process.log().lines().count(),
            source: self.source.as_ref().map_or(0, Proxy::accepted),
            portal: self.portal.accepted(),
            failed_polls: self.failed_polls().await,
        }
    }

    /// Holds what was used since then against its bounds: `source` and `portal` are the most connections to each.
    async fn assert_calm(&self, what: &str, before: &Use, source: u64, portal: u64) {
        let after = self.begin().await;
        let lasted = before.at.elapsed();
        let cpu = after.cpu.saturating_sub(before.cpu);
        let memory = after.memory.saturating_sub(before.memory);
        let lines = after.lines - before.lines;
        let (to_source, to_portal) = (after.source - before.source, after.portal - before.portal);
        let failed = after.failed_polls - before.failed_polls;
        println!(
            "trouble: {what}: {lasted:.1?}, cpu {cpu:?}, memory +{memory} KiB, {lines} log lines, connections: source \
             {to_source}, portal {to_portal}; failed polls {failed}"
        );
        let log = self.process.log();
        assert!(cpu < lasted.mul_f64(0.5) + Duration::from_millis(500), "{what}: a busy loop? {cpu:?}");
        assert!(memory < 32 * 1_024, "{what}: memory grew by {memory} KiB");
        assert!(lines <= 12, "{what}: {lines} lines\n{log}");
        assert!(to_source <= source, "{what}: {to_source} connections to the database");
        assert!(to_portal <= portal, "{what}: {to_portal} connections to the portal");
    }

    /// Polls succeed again within the wait that was announced last and one attempt, which on a line that is dead already
    /// lasts for its `silence`.
    async fn assert_polls_again(&self, what: &str, before: &Use, healed: Instant, silence: Duration) {
        let failed = self.failed_polls().await - before.failed_polls;
        // Half a second, doubled with each failure.
        let announced = Duration::from_millis(250).mul_f64(2_f64.powf(failed));
        let polls = self.polls().await;
        until("a poll", async || self.polls().await > polls).await;
        let took = healed.elapsed();
        println!("trouble: {what}: a poll {took:.1?} after it was over, {announced:?} were announced");
        assert!(
            took < announced + silence + Duration::from_secs(2) + SLACK,
            "{what}: {took:?}, announced {announced:?}"
        );
    }

    /// Sending goes on within one probe.
    async fn assert_sends_again(&self, what: &str, healed: Instant) {
        until("sending", async || !self.stopped().await).await;
        let took = healed.elapsed();
        println!("trouble: {what}: sending {took:.1?} after it was over");
        let probe = self.rig.config.push.probe_every + self.rig.config.portal.total_timeout * 2;
        assert!(took < probe + SLACK, "{what}: {took:?}");
    }

    /// Stops it; gives all that it logged, with the sums.
    async fn done(self) -> String {
        self.process.terminate();
        let (status, _, log) = self.process.ended().await;
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains("task.panicked"), "{log}");
        log
    }
}

/// The resources used up to a moment.
struct Use {
    at: Instant,
    cpu: Duration,
    /// Resident, in KiB.
    memory: u64,
    lines: usize,
    source: u64,
    portal: u64,
    failed_polls: f64,
}

/// CPU time of a process, in hundredths of a second.
fn cpu(id: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // The name in parentheses may hold blanks; `utime` and `stime` are fields 14 and 15 of all.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

fn memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
