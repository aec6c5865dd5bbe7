//! Files that are no result: they stay here, with words for the unit, and hold nothing else.

use dongbo_ledger::{FileState, Layer, LayerState};
use dongbo_model::{FindingKind, Lang};
use mock_portal::Config;
use testbed::onestop::FileDamage;

use super::world::{Dialect, World};
use crate::process::command;

#[tokio::test(flavor = "multi_thread")]
async fn each_defect_holds_its_own_file_and_no_status_and_heals_when_the_file_is_mended() {
    for dialect in [Dialect::Ndxp, Dialect::Rest] {
        let world = World::new(dialect, 40, Config::default(), "").await;
        let named = world.office.named(world.rig.simulator.db()).await.unwrap();
        let mut results = named.iter().filter(|file| file.is_result && file.key.ends_with("pdf"));
        let mut planted = Vec::new();
        for (damage, kind) in FileDamage::ALL.into_iter().zip([
            FindingKind::FileMissing,
            FindingKind::FileEmpty,
            FindingKind::FileKindMismatch,
            FindingKind::FileTooLarge,
            FindingKind::FileCutOff,
        ]) {
            let file = results.next().unwrap();
            world.office.damage(file, damage).unwrap();
            planted.push((file, kind));
        }
        let running = world.rig.start().await;
        let held = u64::try_from(planted.len()).unwrap();
        let overview = running
            .until("the damaged files are held and all else is there", |overview| {
                let of = |layer, state| overview.counts.of(layer).of(state);
                of(Layer::Files, LayerState::Held) == held
                    && of(Layer::Files, LayerState::Synced) + held == overview.dossiers
                    && [Layer::Presence, Layer::Status, Layer::Steps]
                        .iter()
                        .all(|&layer| of(layer, LayerState::Synced) == overview.dossiers)
            })
            .await;
        assert_eq!(overview.held, 0, "a file holds its dossier");
        let findings = running.ledger.open_findings(100).await.unwrap();
        for (file, kind) in &planted {
            let of_it: Vec<_> =
                findings.iter().filter(|finding| finding.code.as_str() == file.code).collect();
            assert_eq!(of_it.len(), 1, "{file:?} {findings:#?}");
            assert_eq!(of_it[0].finding.kind, *kind);
            assert!(of_it[0].finding.subject.starts_with("result:KQ."), "{:?}", of_it[0]);
            assert!(!format!("{:?}", of_it[0]).contains(&file.key), "the key is told");
        }
        let open = running.ledger.open_files(None, 100).await.unwrap();
        assert_eq!(open.iter().filter(|file| file.state == FileState::Held).count(), planted.len());
        let told =
            command().args(["files", "--config"]).arg(world.rig.folder.join("dongbo.toml")).output().unwrap();
        assert_eq!(told.status.code(), Some(3), "{}", String::from_utf8_lossy(&told.stderr));
        let told = String::from_utf8(told.stdout).unwrap();
        for (file, kind) in &planted {
            let line = told.lines().find(|line| line.contains(&file.code)).unwrap();
            assert!(line.contains(&kind.explanation(Lang::Vi)), "{told}");
        }
        let sent = world.rig.mock.files().len() + world.rig.mock.uploads().len();
        assert!(sent + planted.len() <= named.len(), "something was sent in the place of a result");
        for (file, _) in &planted {
            world.office.mend(file).unwrap();
        }
        world.complete(&running).await;
        world.assert_equal().await;
        assert_eq!(running.ledger.open_findings(100).await.unwrap(), []);
        running.stop().await;
    }
}
