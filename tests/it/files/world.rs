//! An office with files, a portal that comes for them or takes them, and a dongbo between.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_ledger::{Layer, LayerState, Overview};
use mock_portal::{Config, Pull};
use sha2::{Digest as _, Sha256};
use testbed::expect::{Expectation, Report, compare, compare_rest};
use testbed::onestop::{FilePlan, OfficeFile, OfficeFiles};

use crate::kit::{execute, until};
use crate::process::{Process, command};
pub(crate) use support::files::Dialect;
use support::files::{Delivered, without_links};
use support::{Plan, Rig, Running, now};

pub(crate) struct World {
    pub(crate) rig: Rig,
    pub(crate) office: OfficeFiles,
    pub(crate) dialect: Dialect,
}

/// The portal comes at once, and again at once.
pub(crate) fn eager() -> Pull {
    Pull { enabled: true, delay_ms: 0, jitter_ms: 20, again_after_ms: 50, ..Pull::default() }
}

/// Waits are short, so that what is chased is chased within the test.
const QUICK: &str = "
[files]
link_for = \"1h\"
chase_after = \"1h\"
look_again_after = \"1s\"
serve_per_second = 100000
";

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl World {
    /// `more` are further keys of `[files]`.
    pub(crate) async fn new(dialect: Dialect, dossiers: usize, portal: Config, more: &str) -> Self {
        Self::with_files(dialect, dossiers, portal, QUICK, more).await
    }

    /// As [`World::new`], with every key of `[files]` at its default, but for `more`.
    pub(crate) async fn at_defaults(dossiers: usize, portal: Config, more: &str) -> Self {
        Self::with_files(Dialect::Ndxp, dossiers, portal, "", more).await
    }

    async fn with_files(dialect: Dialect, dossiers: usize, portal: Config, files: &str, more: &str) -> Self {
        let portal = match dialect {
            Dialect::Ndxp if !portal.pull.enabled => Config { pull: eager(), ..portal },
            _ => portal,
        };
        let plan = Plan { dossiers, portal, overrides: files.to_owned(), ..Plan::default() };
        let mut rig = Rig::new(plan).await;
        let limit = 5 << 20;
        let plan = FilePlan::default();
        let office = rig.deliver_files(dialect, Delivered::ResultsAndPapers, plan, limit, more).await;
        office.write(rig.simulator.db()).await.unwrap();
        Self { rig, office, dialect }
    }

    /// Lets dongbo run as a process until it knows `dossiers`, and kills it in the middle of its work, several times,
    /// while the office goes on.
    pub(crate) async fn kill_often(&mut self, dossiers: u64) {
        for _ in 0..4 {
            let process = Process::start(&self.rig.folder.join("dongbo.toml"));
            self.rig.simulator.advance(now(), 15).await.unwrap();
            self.office.write(self.rig.simulator.db()).await.unwrap();
            let calls = || self.rig.mock.counters().calls.values().sum::<u64>();
            let enough = calls() + 15;
            // Where this test had to wait for its turn, everything may be done.
            until("it works", async || {
                process.health().await["dossiers"].as_u64() >= Some(dossiers)
                    && (calls() >= enough || self.is_equal().await)
            })
            .await;
            process.kill();
        }
    }

    /// Every file that the office names, with the hash of its bytes.
    pub(crate) async fn wanted(&self) -> BTreeMap<(String, String), String> {
        let named = self.office.named(self.rig.simulator.db()).await.unwrap();
        let hash =
            |file: &OfficeFile| std::fs::read(self.office.root().join(&file.key)).map(|bytes| sha256(&bytes));
        let with_bytes = named.iter().filter_map(|file| Some((file, hash(file).ok()?)));
        with_bytes.map(|(file, hash)| ((file.code.clone(), file.id.clone()), hash)).collect()
    }

    /// The portal's files by dossier: the hashes of those that it fetched, or that its dossiers name.
    pub(crate) fn on_portal(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut had: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in self.rig.mock.files().into_iter().filter(|file| !file.sha256.is_empty()) {
            had.entry(file.dossier).or_default().insert(file.sha256);
        }
        for upload in self.rig.mock.uploads() {
            for code in upload.dossiers {
                had.entry(code).or_default().insert(upload.sha256.clone());
            }
        }
        had
    }

    /// The files that the portal lacks, and the bytes that it has and nobody has sent.
    pub(crate) async fn differences(&self) -> Vec<String> {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for ((code, _), hash) in self.wanted().await {
            wanted.entry(code).or_default().insert(hash);
        }
        let had = self.on_portal();
        let codes: BTreeSet<&String> = wanted.keys().chain(had.keys()).collect();
        let of = |all: &BTreeMap<String, BTreeSet<String>>, code: &String| {
            all.get(code).cloned().unwrap_or_default()
        };
        let differing = codes.into_iter().filter(|code| of(&wanted, code) != of(&had, code));
        differing.map(|code| format!("{code}: {:?} / {:?}", of(&wanted, code), of(&had, code))).collect()
    }

    /// Compares everything but the files.
    pub(crate) async fn report(&self) -> Report {
        let mut expectation = Expectation::read(self.rig.simulator.db()).await.unwrap();
        let mut portal: Vec<serde_json::Value> =
            self.rig.mock.dossiers().iter().map(|dossier| serde_json::to_value(dossier).unwrap()).collect();
        if self.dialect == Dialect::Rest {
            return compare_rest(&expectation, &portal);
        }
        let lists = expectation.dossiers.values_mut().flat_map(|dossier| dossier.lists.values_mut());
        lists.for_each(without_links);
        portal.iter_mut().for_each(without_links);
        compare(&expectation, &portal)
    }

    /// Waits until all four layers are there.
    pub(crate) async fn complete(&self, running: &Running) -> Overview {
        running
            .until("complete in all four layers", |overview| {
                overview.dossiers > 0
                    && overview.to_verify == 0
                    && Layer::ALL
                        .iter()
                        .all(|&layer| overview.counts.of(layer).of(LayerState::Synced) == overview.dossiers)
            })
            .await
    }

    /// Both sides are one, file by file, and the portal was given nothing twice.
    pub(crate) async fn assert_equal(&self) {
        // The portal notes what it fetched a moment after the last byte was sent.
        until("the portal has noted every file", async || self.differences().await.is_empty()).await;
        let report = self.report().await;
        assert!(report.is_clean() && report.equal > 0, "{report:#?}");
        assert!(self.rig.mock.files().iter().all(|file| !file.unsteady), "a link gave different bytes");
        let counters = self.rig.mock.counters();
        assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0));
        assert_eq!(counters.backward_moves, 0);
    }

    /// The words of a command of ours about this world.
    pub(crate) fn told(&self, arguments: &[&str]) -> String {
        let config = self.rig.folder.join("dongbo.toml");
        let output = command().args(arguments).arg("--config").arg(config).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until the portal has the office's files, whatever the ledger says.
    pub(crate) async fn until_equal(&self, what: &str) {
        until(what, async || self.is_equal().await).await;
    }

    async fn is_equal(&self) -> bool {
        self.differences().await.is_empty() && self.report().await.is_clean()
    }
}

/// Has the clerk save a dossier without changing anything that the portal shows.
pub(crate) async fn touch(world: &World, code: &str) {
    let local = now().with_timezone(&chrono_tz::Asia::Ho_Chi_Minh).format("%Y-%m-%d %H:%M:%S%.6f");
    let save = format!("UPDATE ho_so SET cap_nhat_luc = '{local}' WHERE ma_ho_so = '{code}'");
    execute(world.rig.simulator.db(), &save).await;
}
