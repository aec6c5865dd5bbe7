//! What is typed a little wrong: codes, commands, options and values; and errors as programs read them.

use std::path::Path;

use serde_json::Value;

use crate::check::{item, rig};
use crate::kit::{until, until_at_rest};
use crate::process::command;
use support::{Plan, Rig, now};

/// A run of the program: its exit code, and what it wrote to both.
fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = command().args(words).arg("--config").arg(folder.join("dongbo.toml")).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Codes of the ledger of a rig whose dongbo has run.
async fn settled(rig: &Rig, dossiers: u64) -> Vec<String> {
    let running = rig.start().await;
    running.until_settled(dossiers).await;
    let mut codes = Vec::new();
    for dossier in rig.mock.dossiers() {
        codes.push(dossier.code.clone());
    }
    running.stop().await;
    codes.sort();
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_found_in_spite_of_case_blanks_and_zeros_wherever_it_is_typed() {
    let rig = rig(Plan { seed: 271, dossiers: 4, communes: 1, ..Plan::default() }).await;
    let code = settled(&rig, 4).await.pop().unwrap();
    let (start, number) = code.rsplit_once('-').unwrap();
    let spaced = code.to_lowercase().replace(['-', '.'], " ");
    let short = format!("{start}-{}", number.trim_start_matches('0'));
    assert_ne!(short, code);
    for typed in [code.as_str(), &spaced, &short, &format!(" {code} ")] {
        for words in [
            vec!["why", typed, "--offline"],
            vec!["files", typed],
            vec!["mapping", "explain", typed],
            vec!["retry", typed, "--dry-run"],
        ] {
            let (ended, told, wrong) = run(&rig.folder, &words);
            assert!([0, 3].contains(&ended), "{words:?}: {told}{wrong}");
            if words[0] != "retry" && words[0] != "files" {
                assert!(told.contains(&code), "{words:?}: {told}");
            }
            if words[0] == "retry" && typed.trim() != code {
                assert!(told.contains(&format!("là {code}")), "{told}");
            }
        }
    }

    let wrong = format!("{code}7");
    let (ended, told, _) = run(&rig.folder, &["why", &wrong, "--offline"]);
    assert!(ended == 1 && told.contains(&format!("dongbo why {code}")), "{told}");
    let (ended, told, error) = run(&rig.folder, &["files", &wrong, "--json"]);
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!((ended, told.as_str(), &error["error"]["kind"]), (1, "", &"dossier_code".into()), "{error}");
    assert!(error["error"]["nearest"].as_array().unwrap().contains(&code.as_str().into()), "{error}");
}

#[test]
fn a_mistyped_word_gets_the_one_that_is_meant_and_another_make_of_database_none() {
    let folder = tempfile::tempdir().unwrap();
    for (words, lang, parts) in [
        (vec!["hled"], "vi", vec!["không có lệnh “hled”", "Có phải là: held"]),
        (vec!["hled"], "en", vec!["there is no command 'hled'", "Did you mean: held"]),
        (vec!["check", "--offlin"], "vi", vec!["--offline"]),
        (
            vec!["init", "--engine", "postgress"],
            "vi",
            vec!["Có phải là: postgres", "postgres, mysql, sqlserver, sqlite"],
        ),
    ] {
        let (ended, _, told) = run(folder.path(), &[words.as_slice(), &["--lang", lang]].concat());
        assert_eq!(ended, 2, "{words:?}: {told}");
        assert!(parts.iter().all(|part| told.contains(part)), "{words:?}: {told}");
    }
    let (ended, _, told) = run(folder.path(), &["init", "--engine", "oracle"]);
    assert_eq!(ended, 2, "{told}");
    assert!(told.contains("postgres, mysql, sqlserver, sqlite") && !told.contains("Có phải"), "{told}");
}

/// The commands that do something, by their words.
fn leaves(command: &clap::Command, words: &[String], all: &mut Vec<Vec<String>>) {
    let inner: Vec<_> = command.get_subcommands().filter(|inner| inner.get_name() != "help").collect();
    if inner.is_empty() || !command.is_subcommand_required_set() && !words.is_empty() {
        all.push(words.to_vec());
    }
    for inner in inner {
        leaves(inner, &[words, &[inner.get_name().to_owned()]].concat(), all);
    }
}

#[test]
fn every_error_of_every_command_is_one_json_document_where_json_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dongbo.toml"), "[push]\nmax_concurency = 3\n").unwrap();
    let mut all = Vec::new();
    leaves(&dongbo::cli::command(), &[], &mut all);
    assert!(all.len() > 15, "{all:?}");
    let read = |words: &[&str]| {
        let (ended, told, wrong) = run(folder.path(), words);
        assert!(told.is_empty(), "{words:?}: {told}");
        let document: Value = serde_json::from_str(&wrong).unwrap_or_else(|_| panic!("{words:?}: {wrong}"));
        assert_eq!(document["error"]["exit_code"], ended, "{words:?}: {wrong}");
        document["error"].clone()
    };
    for words in &all {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let unread = read(&[words.as_slice(), &["--json", "--khong-co"]].concat());
        assert_eq!((&unread["kind"], &unread["exit_code"]), (&"command_line".into(), &2.into()), "{words:?}");
        // These need no configuration, or report on it, or bring one, or leave it to the daemon.
        if ["check", "init", "defaults", "completions", "man", "rehearse", "reload"].contains(&words[0]) {
            continue;
        }
        let more: &[&str] = match words.as_slice() {
            ["why" | "retry" | "accept-steps"] | ["mapping", "explain"] => &["H1"],
            ["reconcile", "explain"] | ["indicators", "evidence"] => &["H1"],
            ["backfill"] => &["--from", "2026-01-01"],
            ["indicators", "list" | "explain" | "history"] => &["2.1"],
            ["report", "dossiers" | "handled" | "judged" | "seal"] => &["--period", "2026-08"],
            ["report", "addendum"] => &["--period", "2026-08", "--reason", "later"],
            ["indicators", "set"] => &["1.1", "97", "--period", "2026-08"],
            ["let-go"] | ["user", "add" | "passwd" | "remove"] => &["x"],
            _ => &[],
        };
        let yes: &[&str] =
            if ["retry", "accept-steps", "let-go"].contains(&words[0]) { &["--yes"] } else { &[] };
        let told = read(&[words.as_slice(), more, yes, &["--json"]].concat());
        assert_eq!((&told["kind"], &told["class"]), (&"configuration".into(), &"config".into()), "{words:?}");
        assert!(told["problems"].to_string().contains("max_concurrency"), "{words:?}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_has_the_newest_dossier_and_what_is_held_is_named() {
    let mut rig = rig(Plan { seed: 272, dossiers: 40, ..Plan::default() }).await;
    rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
    let check = |options: &[&str]| {
        let (_, told, _) = run(&rig.folder, &[&["check", "--json"], options].concat());
        serde_json::from_str::<Value>(&told).unwrap()
    };
    let sampled = check(&["--sample", "6"]);
    let sample = item(&sampled, "sample");
    assert_eq!(
        (&sample["outcome"], &sample["values"]["dossiers"]),
        (&"warn".into(), &6.into()),
        "{sample:#}"
    );
    assert!(sampled["checks"].as_array().unwrap().iter().all(|item| item["id"] != "held"), "no ledger yet");

    let running = rig.start().await;
    until("held", async || running.ledger.held_totals(&Default::default()).await.unwrap().dossiers == 1)
        .await;
    until_at_rest(&rig).await;
    running.stop().await;
    let report = check(&["--offline"]);
    let held = item(&report, "held");
    assert_eq!((&held["outcome"], &held["values"]["held"]), (&"warn".into(), &1.into()), "{held:#}");
    assert!(held["message"].as_str().unwrap().contains("1 hồ sơ đang bị giữ: dongbo held"), "{held:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_fits_the_width_that_is_told_and_loses_no_word() {
    let rig = rig(Plan { seed: 273, dossiers: 3, ..Plan::default() }).await;
    let told = |columns: Option<&str>| {
        let mut program = command();
        program
            .arg("check")
            .arg("--offline")
            .arg("--show")
            .arg("--config")
            .arg(rig.folder.join("dongbo.toml"));
        match columns {
            Some(columns) => program.env("COLUMNS", columns),
            None => program.env_remove("COLUMNS"),
        };
        String::from_utf8(program.output().unwrap().stdout).unwrap()
    };
    let words = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    let (piped, narrow) = (told(None), told(Some("80")));
    assert!(piped.lines().any(|line| line.chars().count() > 80), "{piped}");
    assert_eq!(words(&narrow), words(&piped));
    let too_long = |line: &&str| line.chars().count() > 80 && line.trim().contains(' ');
    let long: Vec<&str> = narrow.lines().filter(too_long).collect();
    // A path or an address is one word.
    assert!(long.iter().all(|line| line.split(' ').any(|word| word.chars().count() > 24)), "{long:#?}");
}
