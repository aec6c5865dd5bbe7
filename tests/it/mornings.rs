//! The four mornings of docs/operations.md: each is staged, every command on the page is run for real, and what it says is
//! compared with the page, numbers and times apart. `DONGBO_WRITE_DOCS=1` writes what was said into the page instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mock_portal::DossierView;
use serde_json::Value;

use crate::kit::{example_mapping, until, until_at_rest, write_mapping};
use crate::process::{Process, command};
use support::{Plan, Rig, now, sample};

/// Local dossiers at the beginning.
const DOSSIERS: usize = 1_500;
/// Local dossiers of the morning on which both sides are compared.
const COMPARED: usize = 400;
/// Dossiers of one unit, procedure and month that the portal loses.
const LOST: usize = 2;
/// As many as the issue of a morning that has happened.
const WITHOUT_MAPPING: usize = 412;
/// The names on a real host of the rig's places.
const ETC: &str = "/etc/dongbo";

/// A commune, the portal, and a daemon that has been running for a while.
struct Morning {
    rig: Rig,
    process: Process,
    transcripts: Vec<(&'static str, String)>,
}

impl Morning {
    async fn begin(seed: u64, dossiers: usize) -> Self {
        // But for these, what a host has that was configured by the documented defaults.
        let overrides = "[source]\npoll_every = \"1s\"\n[push]\nlookup_after = \"2s\"\nverify_after = \"5s\"\nprobe_every = \"10s\"\n\
                         calls_per_second = 50\nlive_for = \"5m\"\nlease = \"60s\"\nbackoff_base = \"2s\"\nbackoff_cap = \"30m\"\n\
                         [portal]\nconnect_timeout = \"5s\"\nread_timeout = \"15s\"\ntotal_timeout = \"20s\"\n[reconcile]\nsample = 100"
            .to_owned();
        let rig = Rig::new(Plan { seed, dossiers, overrides, ..Plan::default() }).await;
        rig.without_results().await;
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(rig.folder.join("portal.password"), private).unwrap();
        let mapping = write_mapping(&rig.folder, &example_mapping());
        let file = rig.folder.join("dongbo.toml");
        let mut table: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        let source = table.get_mut("source").and_then(toml::Value::as_table_mut).unwrap();
        source.insert("mapping".to_owned(), mapping.display().to_string().into());
        std::fs::write(&file, table.to_string()).unwrap();
        let process = Process::start(&file);
        process.until_settled(dossiers.try_into().unwrap(), 0).await;
        Self { rig, process, transcripts: Vec::new() }
    }

    /// Runs what an operator types, one after the other, and keeps what is said.
    fn types(&mut self, name: &'static str, commands: &[&str]) -> String {
        let mut transcript = String::new();
        for typed in commands {
            let said = self.run(typed);
            transcript.push_str(&format!("$ {typed}\n{said}"));
        }
        self.transcripts.push((name, transcript.clone()));
        transcript
    }

    fn run(&self, typed: &str) -> String {
        let said = if let Some(event) = typed.strip_prefix("journalctl -u dongbo -g ") {
            let log = self.process.log();
            log.lines().filter(|line| line.contains(event)).map(|line| format!("{line}\n")).collect()
        } else {
            let words = typed.strip_prefix("dongbo ").unwrap().split(' ');
            let output = command()
                .args(words)
                .arg("--config")
                .arg(self.rig.folder.join("dongbo.toml"))
                .output()
                .unwrap();
            String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
        };
        let folder = self.rig.folder.display().to_string();
        let said = said
            .replace(&format!("{folder}/ledger.sqlite"), "/var/lib/dongbo/ledger.sqlite")
            .replace(&format!("{folder}/control.sock"), "/run/dongbo/control.sock");
        said.replace(&folder, ETC).lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    async fn until_status(&self, what: &str, met: impl Fn(&Value) -> bool) {
        until(what, async || met(&self.process.health().await)).await;
    }
}

/// A line without what differs from run to run: numbers, units of time, widths.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for c in line.chars() {
        let c = if c.is_ascii_digit() { '9' } else { c };
        let repeated = "9 ─—-".contains(c) && shape.ends_with(c);
        let within = matches!(c, '.' | ',' | ':' | '/') && shape.ends_with('9');
        if !repeated && !within {
            shape.push(c);
        }
    }
    let said_otherwise = [
        ("phút", "giây"),
        ("9 giờ", "9 giây"),
        ("ngày", "giây"),
        ("9 giây 9 giây", "9 giây"),
        ("9 giây trước", "vừa xong"),
        ("sau giây lát", "vừa xong"),
        ("sau 9 giây", "vừa xong"),
    ];
    said_otherwise.iter().fold(shape, |shape, (this, that)| shape.replace(this, that)).trim().to_owned()
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")
}

/// Compares transcripts with the page, or writes them into it.
fn on_the_page(transcripts: &[(&str, String)]) {
    // Two mornings may be over at the same time, and each writes the whole page.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = std::fs::read_to_string(page()).unwrap();
    for (name, transcript) in transcripts {
        let opening = format!("<!-- morning: {name} -->\n```console\n");
        let begin =
            text.find(&opening).unwrap_or_else(|| panic!("docs/operations.md has no {name}")) + opening.len();
        let end = begin + text[begin..].find("```").unwrap();
        if std::env::var_os("DONGBO_WRITE_DOCS").is_some() {
            text.replace_range(begin..end, transcript);
            continue;
        }
        let shapes = |text: &str| text.lines().map(shape).collect::<Vec<_>>();
        assert_eq!(
            shapes(&text[begin..end]),
            shapes(transcript),
            "{name}: docs/operations.md shows what is not so; look, then write it anew with DONGBO_WRITE_DOCS=1\n{transcript}"
        );
    }
    if std::env::var_os("DONGBO_WRITE_DOCS").is_some() {
        std::fs::write(page(), text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_mornings_of_sending_are_as_the_runbook_shows_them() {
    let mut morning = Morning::begin(71, DOSSIERS).await;
    until_at_rest(&morning.rig).await;
    let well = morning.types("well", &["dongbo status"]);
    assert!(well.contains("Khớp với Cổng: cả"), "{well}");

    morning.rig.mock.set_down(true);
    morning.rig.simulator.advance(now(), 300).await.unwrap();
    morning.until_status("stopped", |health| health["sending"] == "down").await;
    // What changes while sending is stopped waits in the lane of live changes.
    morning.rig.simulator.advance(now(), 40).await.unwrap();
    until("at rest but for the portal", async || {
        let status: Value = serde_json::from_str(&morning.run("dongbo status --json")).unwrap();
        let lanes = status["lanes"].as_array().unwrap();
        let (live, retry) = (&lanes[0], &lanes[1]);
        live["due"].as_u64() > Some(0)
            && retry["due"].as_u64() > Some(0)
            && lanes.iter().all(|lane| lane["waiting"] == 0)
            && status["leases"].as_array().unwrap().is_empty()
    })
    .await;
    let down =
        morning.types("down", &["dongbo status", "journalctl -u dongbo -g portal.stopped", "dongbo check"]);
    assert!(down.contains("portal.stopped"), "{down}");
    morning.rig.mock.set_down(false);
    let known = u64::try_from(morning.rig.simulator.open_dossiers()).unwrap();
    assert!(known > 0);
    until("equal again", async || morning.rig.compare().await.is_clean()).await;
    let dossiers = morning.rig.mock.dossiers().len().try_into().unwrap();
    morning.process.until_settled(dossiers, 0).await;
    until_at_rest(&morning.rig).await;
    morning.types("down again up", &["dongbo status"]);

    let mut codes = Vec::new();
    for _ in 0..WITHOUT_MAPPING {
        codes.push(morning.rig.simulator.plant_unmapped_procedure(now()).await.unwrap().code);
    }
    let many = u64::try_from(WITHOUT_MAPPING).unwrap();
    morning.process.until_settled(dossiers + many, many).await;
    // Codes have two forms; `held` names the first in their order, too.
    let why = format!("dongbo why {}", codes.iter().min().unwrap());
    until_at_rest(&morning.rig).await;
    let held = morning.types("unmapped", &["dongbo status", "dongbo held", &why]);
    assert!(held.contains("412") && held.contains("XX99"), "{held}");
    let entry = "\n[procedure]\n\"XX99\" = { code = \"1.013225\", name = \"Cấp giấy phép xây dựng\", field_code = \"G-XD\", field_name = \"Xây dựng\" }";
    write_mapping(&morning.rig.folder, &example_mapping().replace("\n[procedure]", entry));
    let reloaded = morning.run("dongbo reload");
    morning.process.until_settled(dossiers + many, 0).await;
    until("swept", async || {
        sample(&morning.process.page("/metrics").await, "dongbo_last_sweep_timestamp_seconds")
            .is_some_and(|at| at > 0.0)
    })
    .await;
    until_at_rest(&morning.rig).await;
    morning.transcripts.push(("unmapped mended", format!("$ dongbo reload\n{reloaded}")));
    morning.types("unmapped sent", &["dongbo held", "dongbo status"]);
    on_the_page(&morning.transcripts);
    morning.process.terminate();
    assert_eq!(morning.process.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_morning_after_the_portal_lost_dossiers_is_as_the_runbook_shows_it() {
    let mut morning = Morning::begin(72, COMPARED).await;
    until_at_rest(&morning.rig).await;
    let dossiers = morning.rig.mock.dossiers();
    // After a run all have been seen, and only the counts lead to what was lost.
    morning.run("dongbo reconcile");
    let cell = |it: &DossierView| {
        let text = |field: &str| it.fields[field].as_str().unwrap().to_owned();
        (text("DonViXuLy"), text("MaTTHC"), text("NgayTiepNhan")[..6].to_owned())
    };
    // Codes have two forms.
    let mut cells: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for dossier in dossiers.iter().filter(|dossier| dossier.code.starts_with("H48")) {
        cells.entry(cell(dossier)).or_default().push(&dossier.code);
    }
    let lost: Vec<&str> = cells.into_values().max_by_key(Vec::len).unwrap().into_iter().take(LOST).collect();
    assert_eq!(lost.len(), LOST);
    assert!(lost.iter().all(|code| morning.rig.mock.delete_dossier(code)));

    let explain = format!("dongbo reconcile explain {}", lost.iter().min().unwrap());
    let told = morning.types("lost", &["dongbo reconcile", "dongbo reconcile list", &explain]);
    assert!(told.contains("mất trên Cổng"), "{told}");
    morning.types("lost mended", &["dongbo reconcile --repair"]);
    until("they are back", async || lost.iter().all(|code| morning.rig.mock.dossier(code).is_some())).await;
    morning.process.until_settled(COMPARED.try_into().unwrap(), 0).await;
    until_at_rest(&morning.rig).await;
    let gone = morning.types("lost gone", &["dongbo reconcile", "dongbo reconcile list"]);
    assert!(gone.contains("Hai bên khớp"), "{gone}");
    on_the_page(&morning.transcripts);
    morning.process.terminate();
    assert_eq!(morning.process.ended().await.0.code(), Some(0));
}
