//! The stage: a local system, a portal, and dongbo between them, all in this process.

use std::any::Any;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use dongbo::config::Config;
use mock_portal::{FaultKind, FaultRule, Faults, MockPortal, Pull};
use testbed::onestop::{FilePlan, OfficeFiles, Simulator};

use crate::failure::Failure;
use crate::live::Live;
use crate::options::Options;
use support::files::{Delivered, Dialect};
use support::{Engine, Plan, Rig, Running};

/// Over the rig's configuration. The mock lets a `late` request land after 250 ms, so a look-up after a lost answer has
/// to wait longer than that. It answers within 100 ms or never, and a call that is waited for in vain keeps others from
/// going: hence the short timeouts. A lease has to outlast the time that a dossier waits for its turn in dongbo.
const OVERRIDES: &str = r#"
[source]
page_size = 2000
[portal]
connect_timeout = "250ms"
read_timeout = "250ms"
total_timeout = "250ms"
[push]
max_concurrency = 32
lease = "60s"
backoff_base = "20ms"
backoff_cap = "500ms"
lookup_after = "500ms"
verify_after = "500ms"
verify_share = 1.0
probe_every = "100ms"
[files]
concurrency = 64
serve_per_second = 100000
look_again_after = "1s"
chase_after = "30s"
"#;

/// The approximate size of a scan: a few pages of text.
const FILE_BYTES: std::ops::RangeInclusive<usize> = 1_000..=6_000;
/// No scan of the office is larger.
const MOST_FILE_BYTES: u64 = 5 << 20;

/// The share of the mock's nasty preset.
const FAULTS_OF_NASTY: f64 = 0.4;
/// Most answers 429 of the portal.
const MOST_THROTTLES: u64 = 5;

/// Everything that plays.
pub(crate) struct Stage {
    pub(crate) mock: MockPortal,
    pub(crate) running: Running,
    pub(crate) folder: PathBuf,
    /// The office's scans.
    pub(crate) scans: Arc<OfficeFiles>,
    live: Option<Live>,
    simulator: Option<Simulator>,
}

impl Stage {
    /// Makes the dossiers with their files, starts the portal and dongbo.
    pub(crate) async fn set(options: &Options, folder: &Path) -> Result<Self, Failure> {
        let pull = Pull { enabled: true, delay_ms: 0, jitter_ms: 200, at_once: 16, ..Pull::default() };
        let portal = mock_portal::Config {
            seed: options.seed,
            faults: faults(),
            pull,
            ..mock_portal::Config::default()
        };
        let plan = Plan {
            engine: Engine::Sqlite,
            seed: options.seed,
            communes: 1,
            dossiers: usize::try_from(options.wanted()).unwrap_or(usize::MAX),
            portal,
            overrides: OVERRIDES.to_owned(),
            // Whoever watches goes by the machine's time.
            ahead: TimeDelta::zero(),
        };
        let place = folder.to_owned();
        let files = FilePlan { seed: options.seed, bytes: FILE_BYTES, ..FilePlan::default() };
        let (rig, scans) = guarded(async move {
            let mut rig = Rig::within(&place, plan).await;
            let all = Delivered::ResultsAndPapers;
            let scans = rig.deliver_files(Dialect::Ndxp, all, files, MOST_FILE_BYTES, "").await;
            (rig, scans)
        })
        .await?;
        scans.write(rig.simulator.db()).await.map_err(Failure::Local)?;
        let (rig, running) = guarded(async move {
            let running = rig.start().await;
            (rig, running)
        })
        .await?;
        let Rig { simulator, mock, .. } = rig;
        Ok(Self {
            mock,
            running,
            folder: folder.to_owned(),
            scans: Arc::new(scans),
            live: None,
            simulator: Some(simulator),
        })
    }

    /// The local system begins to change, if it does not yet.
    pub(crate) fn begin_live(&mut self, per_second: u32) {
        if let Some(simulator) = self.simulator.take() {
            self.live = Some(Live::begin(simulator, Arc::clone(&self.scans), per_second));
        }
    }

    /// The local system stands still when this returns.
    pub(crate) async fn end_live(&mut self) -> Result<(), Failure> {
        if let Some(live) = self.live.take() {
            self.simulator = Some(live.end().await?);
        }
        Ok(())
    }

    /// Whether the local system goes on changing.
    pub(crate) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// The local system, while it stands still.
    pub(crate) fn local(&self) -> Option<&Simulator> {
        self.simulator.as_ref()
    }

    /// Starts dongbo anew with the configuration in `file`, which is returned.
    pub(crate) async fn restart(&mut self, file: PathBuf) -> Result<Config, Failure> {
        let config = Config::load(Some(&file)).map_err(|error| Failure::Rig(error.to_string()))?;
        self.running.restart_with(&config).await;
        Ok(config)
    }

    /// Stops everything in order.
    pub(crate) async fn close(mut self) -> Result<(), Failure> {
        let ended = self.end_live().await;
        guarded(self.running.stop()).await?;
        self.mock.stop().await;
        ended
    }
}

/// Every fault that the mock knows, each as often as leaves one call in ten struck: the portal is to look ill, and not
/// overloaded. It asks for a pause a few times only, because each stops everything for the whole second that it names.
fn faults() -> Vec<FaultRule> {
    let mut rules = Faults::nasty();
    for rule in &mut rules {
        rule.probability *= FAULTS_OF_NASTY;
        if matches!(rule.kind, FaultKind::Throttle { .. }) {
            rule.count = Some(MOST_THROTTLES);
        }
    }
    rules
}

/// Runs what belongs to the tests' rig, which panics where it cannot go on, and makes a sentence of that.
async fn guarded<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Failure> {
    let said = Arc::new(Mutex::new(None));
    let hears = Arc::clone(&said);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Ok(mut said) = hears.lock() {
            said.get_or_insert_with(|| words(panic.payload()));
        }
    }));
    let done = tokio::spawn(work).await;
    std::panic::set_hook(before);
    done.map_err(|error| {
        let said = said.lock().ok().and_then(|mut said| said.take());
        Failure::Rig(said.unwrap_or_else(|| error.to_string()))
    })
}

fn words(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("?").to_owned()
}
