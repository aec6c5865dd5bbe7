//! A report is written from the ledger, each of its numbers leads to as many dossiers, and a sealed year tells what is done to it.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::Datelike as _;
use serde_json::Value;

use crate::control::{Said, dongbo};
use crate::kit::execute;
use crate::process::Process;
use support::{Plan, Rig, now};

/// A number in a page, and the command that it says lists its dossiers.
fn sources(page: &str) -> BTreeSet<(String, u64)> {
    let cells = page.split(" data-source=\"").skip(1);
    let read = cells.filter_map(|cell| {
        let (command, rest) = cell.split_once('"')?;
        let number = rest.split_once('>')?.1.split('<').next()?;
        // Shares are of the numbers beside them.
        Some((command.replace("&#39;", ""), number.replace('.', "").parse().ok()?))
    });
    read.collect()
}

async fn listed(rig: &Rig, command: &str) -> usize {
    let words: Vec<&str> = command.split(' ').skip(1).chain(["--limit", "1000", "--json"]).collect();
    let said: Value = serde_json::from_str(&dongbo(rig, &words).await.stdout).unwrap();
    let rows = said.get("rows").or(said.get("dossiers")).and_then(Value::as_array);
    rows.unwrap_or_else(|| panic!("{command}: {said}")).len()
}

async fn written(rig: &Rig, kind: &str, year: &str, folder: &Path) -> Value {
    let out = folder.display().to_string();
    dongbo(rig, &["report", kind, "--period", year, "--out", &out, "--json"]).await.json(0)
}

async fn sealing(rig: &Rig, folder: &Path, words: &[&str]) -> Said {
    let out = folder.display().to_string();
    dongbo(rig, &[&["report"][..], words, &["--out", &out, "--json"]].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_leads_to_its_dossiers_and_a_sealed_year_tells_what_is_done_to_it() {
    let rig = Rig::new(Plan { seed: 233, dossiers: 12, ..Plan::default() }).await;
    let one = rig.simulator.db().texts("SELECT min(ma_ho_so) FROM ho_so").await.unwrap().remove(0);
    execute(rig.simulator.db(), &format!("UPDATE ho_so SET trang_thai = 'LA' WHERE ma_ho_so = '{one}'"))
        .await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 12, 1).await;

    let folder = rig.folder.join("reports");
    // The office's dossiers may have come before the turn of the year.
    let (mut leads, mut dossiers) = (0, 0);
    for year in [now().year() - 1, now().year()] {
        let view = written(&rig, "sync", &year.to_string(), &folder).await;
        assert_eq!(view["files"].as_array().unwrap().len(), 4, "{view}");
        let page = std::fs::read_to_string(view["files"][0].as_str().unwrap()).unwrap();
        assert!(page.contains("1 hồ sơ chưa đọc được ngày tiếp nhận"), "the held one is in no period");
        for (command, number) in sources(&page) {
            if command.starts_with("dongbo report dossiers") {
                assert_eq!(listed(&rig, &command).await, usize::try_from(number).unwrap(), "{command}");
                leads += 1;
            }
            if command == format!("dongbo report dossiers --period {year} --state wanted --layer presence") {
                dossiers += number;
            }
        }
    }
    assert_eq!(dossiers, 11);
    assert!(leads > 20, "only {leads} numbers lead to dossiers");

    let year = (now().year() - 1).to_string();
    let quality = written(&rig, "quality", &now().year().to_string(), &folder).await;
    let page = std::fs::read_to_string(quality["files"][0].as_str().unwrap()).unwrap();
    let waiting =
        sources(&page).into_iter().filter(|(command, _)| command.contains("--owner operator")).max().unwrap();
    assert_eq!((waiting.1, listed(&rig, &waiting.0).await), (1, 1), "{waiting:?}");

    let early = sealing(&rig, &folder, &["seal", "--period", &now().year().to_string()]).await;
    assert_eq!(early.code, 2, "{}", early.stderr);
    let sealed = sealing(&rig, &folder, &["seal", "--period", &year]).await.json(0);
    assert_eq!(
        (sealed["number"].as_u64(), sealed["files"].as_array().unwrap().len()),
        (Some(1), 4),
        "{sealed}"
    );
    let again = written(&rig, "sync", &year, &folder).await;
    assert_eq!(again["sealed"], true);
    assert!(again["files"][3].as_str().unwrap().contains("-bo-sung-"), "{again}");
    let open = sealing(&rig, &folder, &["verify"]).await.json(3);
    assert_eq!(open["flaws"][0]["kind"], "added", "{open}");
    sealing(&rig, &folder, &["addendum", "--period", &year, "--reason", "later"]).await.json(0);
    let intact = sealing(&rig, &folder, &["verify"]).await.json(0);
    assert_eq!((intact["entries"].as_u64(), intact["files"].as_u64()), (Some(2), Some(8)), "{intact}");
    std::fs::write(folder.join(&year).join("dong-bo.csv"), "1").unwrap();
    let changed =
        sealing(&rig, &folder, &["verify", "--noted", sealed["hash"].as_str().unwrap()]).await.json(3);
    assert_eq!(
        (changed["flaws"].as_array().unwrap().len(), &changed["flaws"][0]["kind"]),
        (1, &Value::from("changed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_every_kind_leads_to_as_many_dossiers() {
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/config/targets/bo-y.toml");
    let register = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(register.path(), "dossier,number,day\n").unwrap();
    let overrides = format!(
        "[indicators]\ntargets = [\"{plan}\"]\n[report]\napologies = \"{}\"\n",
        register.path().display()
    );
    let rig = Rig::new(Plan { seed: 191, dossiers: 30, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 30, 0).await;
    let (folder, year) = (rig.folder.join("reports"), (now().year() - 1).to_string());
    let mut known: BTreeSet<(String, u64)> = BTreeSet::new();
    for kind in ["late", "publication", "quarterly", "half-year", "annex"] {
        let view = written(&rig, kind, &year, &folder).await;
        let page = std::fs::read_to_string(view["files"][0].as_str().unwrap()).unwrap();
        let found: Vec<(String, u64)> =
            sources(&page).into_iter().filter(|one| !known.contains(one)).collect();
        for (command, number) in
            found.into_iter().filter(|(command, _)| !command.starts_with("dongbo delays"))
        {
            let is_alike = |other: &(String, u64)| other.1 == 0 && other.0.len() == command.len();
            // Many numbers are 0 alike: one of a length is enough.
            if number > 0 || !known.iter().any(is_alike) {
                assert_eq!(
                    listed(&rig, &command).await,
                    usize::try_from(number).unwrap(),
                    "{kind}: {command}"
                );
            }
            known.insert((command, number));
        }
    }
    for led in ["indicators list", "report judged", "report handled", "report dossiers"] {
        let many = known.iter().filter(|(command, number)| *number > 0 && command.contains(led)).count();
        assert!(many >= 5, "only {many} numbers lead to {led}");
    }
}
