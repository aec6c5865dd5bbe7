//! The stage: a folder of its own with the local system and the configuration in it, the portal, and dongbo.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use dongbo_model::Lang;
use mock_portal::{Faults, MockPortal};
use tempfile::TempDir;
use testbed::Db;
use testbed::day;
use testbed::onestop::{SimConfig, Simulator};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::options::Options;
use crate::program::{self, Program};
use crate::texts;

/// Time between two changes in the local system.
const CHANGE_EVERY: Duration = Duration::from_secs(2);

/// Everything that plays. Its folder goes with it.
pub(crate) struct Stage {
    simulator: Simulator,
    mock: MockPortal,
    program: Program,
    /// The code of a dossier that a person has to see to.
    held: String,
    config: PathBuf,
    folder: TempDir,
}

impl Stage {
    /// Makes a year of dossiers, two of which lack something, and starts a portal and dongbo.
    pub(crate) async fn set(options: &Options) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("dongbo-rehearse.").tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let mut simulator =
            Simulator::create(Db::sqlite(&at("onestop.sqlite")).await?, SimConfig::default()).await?;
        let dossiers = usize::try_from(options.dossiers).unwrap_or(usize::MAX);
        simulator.create_year(day::machine(), dossiers).await?;
        simulator.plant_unmapped_procedure(day::machine()).await?;
        let held = simulator.plant_missing_required(day::machine()).await?.code;
        let faults = if options.nasty { Faults::nasty() } else { Vec::new() };
        let mock =
            MockPortal::start(mock_portal::Config { faults, ..mock_portal::Config::default() }).await?;

        let config = at("dongbo.toml");
        let words = ["init", "--engine", "sqlite", "--dir"].map(OsStr::new);
        let place = [folder.path().as_os_str()];
        program::done("init", &[&words[..], &place[..]].concat()).await?;
        std::fs::write(at("portal.password"), "dongbo")?;
        std::fs::create_dir(at("conf.d"))?;
        std::fs::write(at("conf.d/trial.toml"), trial(&folder, &mock.url()))?;
        let program = Program::start(&config, folder.path(), &at("control.sock")).await?;
        Ok(Self { simulator, mock, program, held, config, folder })
    }

    /// What a person may type now.
    pub(crate) fn what_to_type(&self, lang: Lang) -> String {
        texts::what_to_type(lang, self.folder.path(), &self.config, &self.held)
    }

    /// Lets the local system change until somebody says stop, or dongbo ends by itself.
    pub(crate) async fn play(&mut self, stop: &mut mpsc::Receiver<()>) -> Result<(), Failure> {
        let mut changes = tokio::time::interval(CHANGE_EVERY);
        loop {
            tokio::select! {
                _ = stop.recv() => return Ok(()),
                failure = self.program.until_it_ends() => return Err(failure),
                _ = changes.tick() => drop(self.simulator.tick(day::machine()).await?),
            }
        }
    }

    /// Stops everything in order, and takes the folder away.
    pub(crate) async fn strike(self) {
        self.program.stop().await;
        self.mock.stop().await;
        self.simulator.db().close().await;
    }
}

/// The trial's configuration beside that which `init` wrote: every place and port is the trial's own.
fn trial(folder: &TempDir, portal: &str) -> String {
    // Debug writes a path as TOML writes a basic string.
    let at = |name: &str| format!("{:?}", folder.path().join(name).display().to_string());
    format!(
        "[source]\nurl = {source}\n[ledger]\npath = {ledger}\nwarn_free = \"1 MiB\"\n[control]\nsocket = {socket}\n\
         [http]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n[files]\nlisten = \"127.0.0.1:0\"\n\
         [portal]\nadapter_url = \"{portal}\"\ndstcode = \"VN:GOV:000.00.00.G22:dvcqg\"\nunit_code = \"H48.57\"\n\
         username = \"dongbo\"\nproxy = \"none\"\n[push]\nlookup_after = \"2s\"\nverify_after = \"2s\"\nbackoff_cap = \"10s\"\n",
        source = at("onestop.sqlite"),
        ledger = at("ledger.sqlite"),
        socket = at("control.sock"),
    )
}
