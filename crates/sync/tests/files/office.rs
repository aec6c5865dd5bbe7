//! The files of the simulated one-stop system, and what we say of them.

use std::sync::Arc;

use dongbo_sync::files::inspect::{Defect, look};
use dongbo_sync::files::store::Store;
use tempfile::TempDir;
use testbed::Db;
use testbed::onestop::{FileDamage, FilePlan, OfficeFiles, SimConfig, Simulator};

use crate::kit::{clock, store};

struct Office {
    db: Db,
    files: OfficeFiles,
    store: Arc<Store>,
    _dir: TempDir,
}

async fn office() -> Office {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&dir.path().join("motcua.db")).await.unwrap();
    let mut simulator = Simulator::create(db.clone(), SimConfig::default()).await.unwrap();
    simulator.create_year("2026-09-15T02:30:00Z".parse().unwrap(), 150).await.unwrap();
    let files = OfficeFiles::new(dir.path().join("tep"), FilePlan::default());
    files.write(&db).await.unwrap();
    let section = format!("kind = 'folder'\nroot = '{}'\nmax_bytes = '5 MiB'", files.root().display());
    Office { db, store: store(&section, &clock()), files, _dir: dir }
}

#[tokio::test]
async fn the_files_of_a_simulated_office_are_in_order_and_the_same_for_one_seed() {
    let office = office().await;
    let named = office.files.named(&office.db).await.unwrap();
    let (mut ends, mut signed, mut results) = (std::collections::BTreeSet::new(), 0, 0);
    for file in &named {
        let looked = look(&office.store, &file.key, &file.key).await.unwrap();
        assert_eq!(looked.verdict.defects, [], "{file:?}");
        assert_eq!(looked.verdict.size, office.files.bytes(file).len() as u64);
        ends.insert(file.key.rsplit('.').next().unwrap());
        results += usize::from(file.is_result);
        signed += usize::from(looked.verdict.signed);
        assert!(!looked.verdict.signed || file.is_result);
        assert_ne!(looked.verdict.covers_whole, Some(false));
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["jpg", "pdf", "xml"]);
    assert!(results > 40 && named.len() > 2 * results && signed > results / 3, "{results} {signed}");
    assert_eq!(office.files.write(&office.db).await.unwrap(), []);
}

#[tokio::test]
async fn each_kind_of_damage_is_found_and_gone_when_it_is_mended() {
    let office = office().await;
    let named = office.files.named(&office.db).await.unwrap();
    let of_form = |end: &str| named.iter().find(|file| file.key.ends_with(end)).unwrap();
    for file in [of_form("pdf"), of_form("jpg"), of_form("xml")] {
        for damage in FileDamage::ALL {
            office.files.damage(file, damage).unwrap();
            let defects = look(&office.store, &file.key, &file.key).await.unwrap().verdict.defects;
            let found = |wanted: fn(&Defect) -> bool| defects.first().is_some_and(wanted);
            let as_planted = match damage {
                FileDamage::Missing => found(|defect| *defect == Defect::Missing),
                FileDamage::Empty => found(|defect| *defect == Defect::Empty),
                FileDamage::WrongKind => found(|defect| matches!(defect, Defect::KindMismatch { .. })),
                FileDamage::TooLarge(_) => found(|defect| matches!(defect, Defect::TooLarge { .. })),
                FileDamage::Cut => found(|defect| *defect == Defect::CutOff),
            };
            assert!(as_planted, "{damage:?} {} {defects:?}", file.key);
            office.files.mend(file).unwrap();
            assert_eq!(look(&office.store, &file.key, &file.key).await.unwrap().verdict.defects, []);
        }
    }
}
