//! A vendor's bridge sends, and dongbo only watches: it compares, explains, and has the bridge send again what is missing.

mod resent;
mod switched;
mod watched;

use std::path::{Path, PathBuf};

use dongbo::config::Config;
use dongbo_ledger::{Ledger, Overview};
use dongbo_model::{Layer, LayerState};
use mock_portal::DossierView;

use support::{Plan, Rig, Running, merged};

/// An office whose dossiers a vendor's bridge, which is a dongbo with a ledger of its own, has brought to the portal.
pub(crate) struct Vendor {
    pub(crate) rig: Rig,
    bridge: Option<Running>,
    pub(super) dossiers: u64,
}

impl Vendor {
    pub(crate) async fn new(seed: u64, dossiers: usize) -> Self {
        // It hears within a moment that it is asked to send again.
        let overrides = "[push]\nlands_within = \"600ms\"".to_owned();
        let plan = Plan { seed, dossiers, overrides, ..Plan::default() };
        let rig = Rig::new(plan).await;
        let bridge = rig.start().await;
        let dossiers = u64::try_from(dossiers).unwrap();
        bridge.until_settled(dossiers).await;
        Self { rig, bridge: Some(bridge), dossiers }
    }

    /// The bridge's own ledger.
    pub(super) fn ledger(&self) -> Ledger {
        self.bridge.as_ref().unwrap().ledger.clone()
    }

    /// From here on the bridge does nothing more.
    pub(crate) async fn stop(&mut self) {
        self.bridge.take().unwrap().stop().await;
    }

    /// Takes dossiers off the portal, and spoils others as `with` does it.
    pub(super) fn lose(&self, many: usize) -> Vec<DossierView> {
        let lost: Vec<DossierView> = self.rig.mock.dossiers().into_iter().take(many).collect();
        lost.iter().for_each(|dossier| assert!(self.rig.mock.delete_dossier(&dossier.code)));
        lost
    }

    /// A configuration of a dongbo beside it that watches.
    pub(crate) fn watching(&self, overrides: &str) -> (PathBuf, Config) {
        watching(&self.rig, overrides)
    }
}

/// A configuration of a dongbo beside that of `rig` that watches, in a folder of its own.
pub(super) fn watching(rig: &Rig, overrides: &str) -> (PathBuf, Config) {
    let folder = rig.folder.join("watch");
    std::fs::create_dir_all(&folder).unwrap();
    let plain = std::fs::read_to_string(rig.folder.join("dongbo.toml")).unwrap();
    let own = format!(
        "[source]\nmode = \"watch\"\n[ledger]\npath = \"{}\"\n[control]\nsocket = \"{}\"\n\
         [watch]\nlook_after = \"0s\"\nlook_again_after = \"200ms\"\nlook_again_cap = \"1s\"\n",
        folder.join("ledger.sqlite").display(),
        folder.join("control.sock").display(),
    );
    let text = merged(&merged(&plain, &own), overrides);
    std::fs::write(folder.join("dongbo.toml"), text).unwrap();
    let config = Config::load(Some(&folder.join("dongbo.toml"))).unwrap();
    (folder, config)
}

/// Dossiers that the portal has whole, as far as look-ups have shown.
pub(crate) fn seen_whole(overview: &Overview) -> u64 {
    [Layer::Presence, Layer::Status, Layer::Steps]
        .map(|layer| overview.counts.of(layer).of(LayerState::Synced))
        .into_iter()
        .min()
        .unwrap()
}

/// The codes of the dossiers in which look-ups have found this kind of difference, in order.
pub(super) async fn differing(ledger: &Ledger, kind: &str) -> Vec<String> {
    let mut codes = Vec::new();
    let open = ledger.each_difference(None, |difference| {
        if difference.kind.name() == kind {
            codes.push(difference.code.clone());
        }
    });
    open.await.unwrap();
    codes.dedup();
    codes
}

/// Everything that was written to the mock portal.
pub(super) fn writes(rig: &Rig) -> u64 {
    let counters = rig.mock.counters();
    counters.creates + counters.updates + counters.steps
}

/// Runs a command with the configuration in `folder`.
pub(super) async fn dongbo(folder: &Path, arguments: &[&str]) -> crate::control::Said {
    crate::control::run(folder, arguments).await
}
