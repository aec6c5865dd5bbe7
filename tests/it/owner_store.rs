//! Samples of the stores of dossiers' owners: which results are there, who is asked about, and what is kept.

use dongbo::config::Config;
use mock_portal::{DossierView, OwnerStore};

use crate::control::dongbo;
use crate::kit::until;
use crate::privacy::{personal, seen};
use support::{Plan, Rig, Running, clock, merged, sample};

/// A dossier that has ended with a result that the owner's store is to have.
fn is_due(dossier: &DossierView) -> bool {
    let list = |field: &str| dossier.fields[field].as_array().cloned().unwrap_or_default();
    let ended = ["9", "10"].contains(&dossier.fields["TrangThaiHoSo"].as_str().unwrap());
    let coded = list("DanhSachGiayToKetQua").iter().any(|result| result["MaGiayToKetQua"] != "");
    ended && coded && !list("DinhDanhCHS").is_empty()
}

async fn looks(running: &Running, outcome: &str) -> f64 {
    let name = format!("dongbo_owner_store_looks_total{{outcome=\"{outcome}\"}}");
    sample(&running.metrics().await, &name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_tells_whose_results_are_in_the_store_and_keeps_nobodys_identity() {
    let rig = Rig::new(Plan { seed: 41, dossiers: 80, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until_settled(80).await;
    running.stop().await;
    let lacking = rig.mock.dossiers().into_iter().find(is_due).unwrap();
    rig.mock.set_owner_store(OwnerStore { lacks: vec![lacking.code.clone()], ..OwnerStore::default() });
    let requester = rig.folder.join("requester");
    std::fs::write(&requester, "Trần Thị Thử Canary\n012345678901\n").unwrap();
    let file = rig.folder.join("dongbo.toml");
    let sampling = format!(
        "[owner_store]\nurl = \"{}/kho/tra-cuu\"\nrequester_file = \"{}\"\nsample = \"* * * * * *\"\n\
         dossiers = 500\nper_minute = 60000\nmonths = 24\nafter = \"0s\"\n",
        rig.mock.url(),
        requester.display()
    );
    std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), &sampling)).unwrap();
    let checked = async |code| {
        let report = dongbo(&rig, &["check", "--offline", "--json"]).await.json(code);
        let items = report["checks"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["id"] == "owner_store").unwrap()["outcome"].clone()
    };
    assert_eq!(checked(0).await, "ok");
    std::fs::rename(&requester, requester.with_extension("away")).unwrap();
    assert_eq!(checked(2).await, "fail", "the start would refuse it");
    std::fs::rename(requester.with_extension("away"), &requester).unwrap();
    let running = Rig::start_with(&Config::load(Some(&file)).unwrap(), clock()).await;
    until("looked for", async || looks(&running, "missing").await > 0.0).await;
    until("shown", async || {
        let share = sample(&running.metrics().await, "dongbo_owner_store_confirmed_ratio");
        share.is_some_and(|share| (0.5..1.0).contains(&share))
    })
    .await;

    let year = lacking.fields["NgayTiepNhan"].as_str().unwrap()[..4].to_owned();
    let missing = ["indicators", "list", "owner-store", "--period", &year, "--json"];
    let missing = dongbo(&rig, &missing).await.json(0);
    assert_eq!(
        (&missing["total"], &missing["dossiers"][0]["code"]),
        (&1.into(), &lacking.code.clone().into())
    );
    let shown = dongbo(&rig, &["indicators", "show", "--period", &year, "--json"]).await.json(0);
    let rows = shown["indicators"].as_array().unwrap();
    let row = rows.iter().find(|row| row["indicator"] == "owner-store").unwrap();
    let count = |name: &str| row["portal"][name].as_u64().unwrap();
    assert_eq!((count("numerator") + 1, &row["origin"]), (count("denominator"), &"sampled".into()), "{row}");
    assert!(row["lists"][0].as_str().unwrap().ends_with("--part missing"), "{row}");
    let status = dongbo(&rig, &["status", "--full", "--json"]).await;
    let stores = &status.json(status.code)["owner_stores"];
    assert_eq!(stores["looked"].as_u64().unwrap(), stores["confirmed"].as_u64().unwrap() + 1, "{stores}");

    rig.mock.set_owner_store(OwnerStore { refuse_with: 403, ..OwnerStore::default() });
    until("refused", async || looks(&running, "refused").await > 0.0).await;
    running.stop().await;
    let mut canaries = personal(rig.simulator.db()).await;
    canaries.extend(["012345678901", "Trần Thị Thử Canary"].map(str::to_owned));
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        let Ok(bytes) = std::fs::read(rig.folder.join(name)) else { continue };
        assert_eq!(seen(&bytes, &canaries), [""; 0], "{name}");
    }
}
