//! Bytes that command a terminal, in everything that others write: whatever a command shows of them, it shows as text.

use mock_portal::{FaultKind, FaultRule};

use crate::control::run;
use crate::kit::{example_mapping, execute, write_mapping};
use crate::process::Process;
use support::{Plan, Rig, merged, now};

/// The window's title, an empty screen, a colour in one byte, a string for the terminal, letters in another order.
const HOSTILE: &str = "X\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{90}q\u{9c}\u{202e}Y\u{2066}\u{7f}";

/// What stands in `said` that could command a terminal.
fn commands(said: &str) -> Vec<char> {
    let bidi = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    said.chars().filter(|&c| (c.is_control() && c != '\n') || bidi(c)).collect()
}

/// Every command that reads, with what it is asked about.
fn readers(code: &str) -> Vec<Vec<String>> {
    let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    vec![
        of(&["status"]),
        of(&["status", "--full"]),
        of(&["status", "--unit", HOSTILE]),
        of(&["why", code]),
        of(&["why", HOSTILE]),
        of(&["held"]),
        of(&["held", "--list"]),
        of(&["held", "--unit", HOSTILE]),
        of(&["files"]),
        of(&["files", code]),
        of(&["check"]),
        of(&["check", "--offline"]),
        of(&["mapping", "explain", code]),
        of(&["mapping", "coverage", "--all"]),
        of(&["catalogue", "list"]),
        of(&["reconcile", "list"]),
        of(&["reconcile", "show"]),
        of(&["reconcile", "explain", code]),
        of(&["retry", HOSTILE, "--dry-run"]),
        of(&["retry", "--all-held", "--dry-run"]),
        of(&["log-level", HOSTILE]),
        of(&["pause", HOSTILE]),
        of(&["resume"]),
        of(&["ledger", HOSTILE]),
        of(&[HOSTILE]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_word_of_others_commands_the_terminal_of_who_reads_it() {
    let mut rig = Rig::new(Plan { seed: 149, dossiers: 6, ..Plan::default() }).await;
    rig.without_results().await;
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(rig.simulator.create_at(now()).await.unwrap().code);
    }
    let message = format!("không hợp lệ: {HOSTILE}");
    rig.mock.add_fault(FaultRule::new(FaultKind::RefuseContent { message }).for_dossier(&codes[0])).unwrap();
    let raw = HOSTILE;
    for sql in [
        format!("UPDATE ho_so SET don_vi = '{raw}' WHERE ma_ho_so IN ('{}', '{}')", codes[0], codes[1]),
        format!("UPDATE ho_so SET trang_thai = '{raw}' WHERE ma_ho_so = '{}'", codes[2]),
        format!("UPDATE ho_so SET ma_thu_tuc = '{raw}' WHERE ma_ho_so = '{}'", codes[1]),
        format!("UPDATE ho_so SET ma_ho_so = 'H48{raw}' WHERE ma_ho_so = '{}'", codes[3]),
    ] {
        execute(rig.simulator.db(), &sql).await;
    }
    let text = example_mapping();
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(10, 10).await;

    // What an earlier version has written, or another hand.
    let ledger = rig.config.ledger.path.display().to_string();
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{ledger}")).await.unwrap();
    for sql in [
        "UPDATE dossier SET unit = unit || ?",
        "UPDATE finding SET subject = subject || ?1, detail = detail || ?1",
        "UPDATE attempt SET message = message || ?1, portal_code = portal_code || ?1",
    ] {
        sqlx::query(sql).bind(HOSTILE).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let mut shown = String::new();
    for words in readers(&codes[0]) {
        for form in [&[][..], &["--json"], &["--lang", "en"]] {
            let arguments: Vec<&str> = words.iter().map(String::as_str).chain(form.iter().copied()).collect();
            let said = run(&rig.folder, &arguments).await;
            for text in [&said.stdout, &said.stderr] {
                assert_eq!(commands(text), Vec::<char>::new(), "{arguments:?}: {text:?}");
            }
            shown.push_str(&said.stdout);
            shown.push_str(&said.stderr);
        }
    }
    assert!(shown.contains("\\u{1b}]0;owned"), "nothing of it is shown: {shown}");
    assert!(shown.contains("\\u001b]0;owned"), "nothing of it is in JSON");
    assert_eq!(commands(&process.log()), Vec::<char>::new(), "in the log");
    assert_eq!(commands(&process.page("/healthz").await), Vec::<char>::new());
    drop(process);

    // A mapping and a configuration whose faults are told in their own words.
    let broken = text.replacen("[status]", &format!("[\"{}\"]", escaped(raw)), 1);
    let mapping = write_mapping(&rig.folder, &broken).display().to_string();
    let config = rig.folder.join("dongbo.toml");
    let good = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        merged(&good, &format!("[source]\nmapping = \"{mapping}\"\n[log]\nlevel = \"{}\"", escaped(raw))),
    )
    .unwrap();
    for arguments in [&["check"][..], &["check", "--json"], &["status"], &["why", "H48"], &["run"]] {
        let said = run(&rig.folder, arguments).await;
        for text in [&said.stdout, &said.stderr] {
            assert_eq!(commands(text), Vec::<char>::new(), "{arguments:?}: {text:?}");
        }
    }
}

/// `text` as a string of TOML holds it.
fn escaped(text: &str) -> String {
    text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}
