//! Questions and progress for a person at a terminal.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use chrono::TimeDelta;

use super::Said;
use crate::kit::until_at_rest;
use crate::process::{Process, command};
use support::{Plan, Rig, now};

/// Runs `dongbo` on a terminal of its own (script of util-linux makes it), and types `answer` once `prompt` is shown.
async fn at_terminal(rig: &Rig, line: &str, prompt: &'static str, answer: &'static str) -> Said {
    let program = env!("CARGO_BIN_EXE_dongbo");
    let config = rig.folder.join("dongbo.toml");
    // A shell that stayed between would die of the Ctrl-C that the program handles, and script would tell its end.
    let line = format!("exec {program} {line} --config {}", config.display());
    // Of the environment that says nothing of dongbo but its time.
    let plain = command();
    tokio::task::spawn_blocking(move || {
        let mut script = std::process::Command::new("script");
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        let mut child = script
            .args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut keyboard = child.stdin.take().unwrap();
        let mut screen = child.stdout.take().unwrap();
        let (mut shown, mut bytes, mut asked) = (Vec::new(), [0; 4_096], false);
        while let Ok(length @ 1..) = screen.read(&mut bytes) {
            shown.extend_from_slice(&bytes[..length]);
            if !asked && String::from_utf8_lossy(&shown).contains(prompt) {
                asked = true;
                keyboard.write_all(answer.as_bytes()).unwrap();
            }
        }
        let code = child.wait().unwrap().code().unwrap();
        Said { code, stdout: String::from_utf8_lossy(&shown).into_owned(), stderr: String::new() }
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_shows_how_many_and_does_nothing_before_a_yes() {
    let mut rig = Rig::new(Plan { seed: 141, dossiers: 5, ..Plan::default() }).await;
    for _ in 0..2 {
        rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
    }
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(7, 2).await;
    until_at_rest(&rig).await;
    let no = at_terminal(&rig, "retry --all-held", "[c/K]", "\n").await;
    assert_eq!(no.code, 1, "{}", no.stdout);
    for words in
        ["2 hồ sơ sẽ được đọc lại", "Thủ tục XX99 chưa có ánh xạ", "Gửi lại 2 hồ sơ?", "Không làm gì."]
    {
        assert!(no.stdout.contains(words), "{words} is not in {}", no.stdout);
    }
    let yes = at_terminal(&rig, "retry --all-held --lang en", "[y/N]", "y\n").await;
    assert_eq!(yes.code, 0, "{}", yes.stdout);
    assert!(yes.stdout.contains("2 dossiers are tried again"), "{}", yes.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_shows_a_bar_and_goes_on_after_ctrl_c() {
    let overrides = "[source]\npage_size = 5".to_owned();
    let rig = Rig::new(Plan { seed: 142, dossiers: 60, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(60, 0).await;
    let from = (now() - TimeDelta::days(800)).format("%Y-%m-%d");
    let order = format!("backfill --from {from} --per-minute 300");
    let left = at_terminal(&rig, &order, "đã đọc", "\u{3}").await;
    assert_eq!(left.code, 0, "{}", left.stdout);
    assert!(left.stdout.contains("Đồng bộ bù vẫn chạy trong dịch vụ dongbo"), "{}", left.stdout);
    let end = at_terminal(&rig, "backfill", "never", "").await;
    assert_eq!(end.code, 0, "{}", end.stdout);
    assert!(
        end.stdout.contains('█') && end.stdout.contains("60 hồ sơ, 60 được kiểm tra lại"),
        "{}",
        end.stdout
    );
    assert!(end.stdout.contains("· xong"), "{}", end.stdout);
}
