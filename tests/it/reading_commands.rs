//! The commands that only read: `status`, `why`, `held`, `mapping`, and what comes with the program.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use dongbo_ledger::Ledger;
use mock_portal::{FaultKind, FaultRule};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::kit::until;
use crate::privacy::{personal, seen};
use crate::process::{Process, command};
use support::{Plan, Rig, now};

/// The output and the end of a command.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// Runs `dongbo` with `words`, separated by blanks, on the configuration in `folder`.
    fn new(folder: &Path, words: &str) -> Self {
        let config = folder.join("dongbo.toml");
        let output = command().args(words.split(' ')).arg("--config").arg(config).output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it as [`Ran::new`] does and reads the one JSON document that it prints.
    fn json(folder: &Path, words: &str) -> (i32, Value) {
        let ran = Self::new(folder, &format!("{words} --json"));
        let value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err));
        (ran.code, value)
    }

    #[track_caller]
    fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.out.contains(part), "{part:?} is not in\n{}\n{}", self.out, self.err);
        }
    }
}

/// Every field of a command's JSON is named in its section of `docs/commands.md`.
#[track_caller]
fn assert_documented(command: &str, value: &Value) {
    let text = include_str!("../../docs/commands.md");
    let section =
        text.split("\n## ").find(|section| section.starts_with(&format!("`dongbo {command}`"))).unwrap();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    assert!(
                        section.contains(&format!("`{name}`")),
                        "{name} is not in the section of {command}"
                    );
                    open.push(inner);
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

/// The unit of a dossier.
fn unit_of(folder: &Path, code: &str) -> String {
    let (_, story) = Ran::json(folder, &format!("why {code} --offline"));
    story["dossier"]["unit"].as_str().unwrap().to_owned()
}

/// The states of each layer add up to all dossiers, of which `held` are held.
fn assert_layers(status: &Value, dossiers: u64, held: u64) {
    let layers = status["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 4);
    for layer in layers {
        let states = ["synced", "due", "in_flight", "waiting", "held", "unproved"];
        let sum: u64 = states.iter().map(|state| layer[state].as_u64().unwrap()).sum();
        assert_eq!((sum, layer["held"].as_u64().unwrap()), (dossiers, held), "{layer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_daemon_runs_and_after_it_the_ledger_tells_where_everything_stands_and_why() {
    let mut rig = Rig::new(Plan { seed: 71, dossiers: 40, ..Plan::default() }).await;
    rig.without_results().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(rig.simulator.plant_unmapped_procedure(now()).await.unwrap().code);
    }
    let folder = rig.folder.clone();
    let process = Process::start(&folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 43, 3).await;

    let status = Ran::new(&folder, "status");
    assert_eq!((status.code, status.err.as_str()), (3, ""));
    let five: Vec<&str> = status.out.lines().collect();
    assert_eq!(five.len(), 5, "{}", status.out);
    assert!(five.iter().all(|line| line.nfc().count() <= 80), "{}", status.out);
    status.says(&[
        "Cần người xử lý: 93,02\u{a0}% của 43 hồ sơ đã khớp",
        "3 hồ sơ bị giữ",
        "3 hồ sơ (quản trị dongbo)",
    ]);
    Ran::new(&folder, "status --lang en")
        .says(&["93.02\u{a0}% of 43 dossiers", "3 dossiers (dongbo's operator)\n"]);
    let (code, share) = Ran::json(&folder, &format!("status --unit {}", unit_of(&folder, &held[0])));
    assert!(code == 3 && share["wanted"].as_u64().unwrap() < 43, "{share}");
    assert!(
        share["reasons"].as_array().unwrap().iter().any(|reason| reason["reason"] == "dossiers_held"),
        "{share}"
    );
    let nowhere = Ran::new(&folder, "status --unit nowhere");
    assert_eq!((nowhere.code, nowhere.out.as_str()), (2, ""), "{}", nowhere.err);
    let full = Ran::new(&folder, "status --full");
    full.says(&["Đã có trên Cổng", "Bị giữ: 3 hồ sơ, 1 nguyên nhân", "Thủ tục XX99 chưa có ánh xạ"]);
    let (code, status) = Ran::json(&folder, "status");
    assert_eq!((code, &status["complete"], &status["dossiers"]), (3, &false.into(), &43.into()));
    assert_eq!(
        (&status["standing"], &status["reasons"][0]["reason"]),
        (&"person_needed".into(), &"dossiers_held".into())
    );
    assert_layers(&status, 43, 3);
    assert_documented("status", &status);
    assert_eq!(status["held"]["most_frequent"][0]["subject"], "XX99");
    assert!(status["read_up_to"].as_str().unwrap().ends_with('Z'), "{status}");
    assert!(status["next_sweep"].is_string(), "{status}");

    let causes = Ran::new(&folder, "held");
    assert_eq!(causes.code, 3);
    causes.says(&["Thủ tục XX99 chưa có ánh xạ: 3 hồ sơ, ", "Thêm vào bảng [procedure] của tệp ánh xạ."]);
    let (_, causes) = Ran::json(&folder, "held --list --cause unmapped_procedure:XX99");
    assert_documented("held", &causes);
    let rows: Vec<&str> =
        causes["rows"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert!(rows.len() == 3 && held.iter().all(|code| rows.contains(&code.as_str())), "{causes}");
    let none = Ran::new(&folder, "held --cause bad_date");
    assert_eq!((none.code, none.out.trim()), (0, "Không có hồ sơ hay tệp nào bị giữ."));
    assert_eq!(Ran::new(&folder, "held --unit nowhere").code, 0);

    let story = Ran::new(&folder, &format!("why {}", held[0]));
    assert_eq!(story.code, 3);
    story.says(&[
        "Bị giữ: cần người xử lý",
        "Thủ tục XX99 chưa có ánh xạ (đang mở",
        "Chưa gọi Cổng lần nào.",
    ]);
    let synced = rig
        .mock
        .dossiers()
        .first()
        .map(|dossier| serde_json::to_value(dossier).unwrap()["code"].clone())
        .unwrap();
    let synced = synced.as_str().unwrap();
    let story = Ran::new(&folder, &format!("why {synced}"));
    assert_eq!(story.code, 0, "{}", story.out);
    story.says(&["Cổng đã nhận đủ", "tạo, thêm bước: Cổng đã nhận", "Hiện tại ở một cửa"]);
    let (code, story) = Ran::json(&folder, &format!("why {synced}"));
    assert_eq!((code, &story["dossier"]["next"]["what"]), (0, &"nothing".into()));
    assert_documented("why", &story);
    let steps = story["local"]["steps"].as_array().unwrap();
    assert!(!steps.is_empty() && steps.iter().all(|step| step["on_portal"] == true), "{story}");
    let mistyped = Ran::new(&folder, &format!("why {} --lang en", synced.to_lowercase().replace('-', "")));
    assert_eq!(mistyped.code, 0, "{}", mistyped.out);
    mistyped.says(&["Dossier", synced, "The portal accepted everything"]);
    let unknown = Ran::new(&folder, &format!("why {synced}9 --lang en"));
    assert_eq!(unknown.code, 1, "{}", unknown.out);
    unknown.says(&["The ledger does not know", "Did you mean", synced]);

    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    let status = Ran::new(&folder, "status");
    assert_eq!(status.code, 4);
    status.says(&[
        "Chưa rõ: lần cuối biết 93,02\u{a0}%",
        "Dịch vụ dongbo không chạy",
        "3 hồ sơ (quản trị dongbo)",
    ]);
    let created = rig.simulator.create_at(now()).await.unwrap().code;
    let (code, story) = Ran::json(&folder, &format!("why {created}"));
    assert_eq!((code, &story["known"], &story["local"]["what"]), (1, &false.into(), &"dossier".into()));
    assert!(story["next_sweep"].is_string(), "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_that_backs_off_is_told_with_its_failures_and_the_portals_words() {
    let overrides = "[push]\nbackoff_base = \"20m\"\nbackoff_cap = \"30m\"".to_owned();
    let mut rig = Rig::new(Plan { seed: 72, dossiers: 5, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 5, 0).await;
    rig.mock.add_fault(FaultRule::new(FaultKind::Status { code: 503, after: false })).unwrap();
    let code = rig.simulator.create_at(now()).await.unwrap().code;
    until("failed once", async || {
        let (_, story) = Ran::json(&rig.folder, &format!("why {code} --offline"));
        story["attempts_in_all"].as_u64() > Some(0)
    })
    .await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    let (ended, story) = Ran::json(&rig.folder, &format!("why {code} --offline"));
    assert_eq!((ended, &story["dossier"]["state"], &story["local"]), (3, &"due".into(), &Value::Null));
    assert!(story["dossier"]["next"]["after_failures"].as_u64() > Some(0), "{story}");
    assert_eq!(story["attempts"][0]["http_status"], 503);
    let told = Ran::new(&rig.folder, &format!("why {code} --offline --lang en"));
    told.says(&["times in a row.", "HTTP 503", "Unsent since"]);
    let (_, status) = Ran::json(&rig.folder, "status");
    let waiting: u64 =
        status["lanes"].as_array().unwrap().iter().map(|lane| lane["waiting"].as_u64().unwrap()).sum();
    let due: u64 = status["lanes"].as_array().unwrap().iter().map(|lane| lane["due"].as_u64().unwrap()).sum();
    assert_eq!(waiting + due, 1, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_finds_what_the_mapping_lacks_and_explain_shows_where() {
    let mut rig = Rig::new(Plan { seed: 73, dossiers: 60, ..Plan::default() }).await;
    let folder = rig.folder.clone();
    let full = Ran::new(&folder, "mapping coverage");
    assert_eq!((full.code, full.err.as_str()), (0, ""), "{}", full.out);
    full.says(&["Tệp ánh xạ có đủ mọi mã đang dùng ở 60 hồ sơ.", "[status]: đủ, "]);

    let status = rig.simulator.plant_unmapped_status(now()).await.unwrap().code;
    rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
    rig.simulator.plant_year_zero(now()).await.unwrap();
    let (code, found) = Ran::json(&folder, "mapping coverage");
    assert_documented("mapping coverage", &found);
    assert_eq!((code, &found["dossiers"], &found["covered"]), (3, &63.into(), &61.into()));
    let first = |table: &str| {
        let tables = found["tables"].as_array().unwrap();
        tables.iter().find(|candidate| candidate["table"] == table).unwrap()["values"][0].clone()
    };
    assert_eq!((&first("status")["local"], &first("status")["national"]), (&"LUU_KHO".into(), &Value::Null));
    assert_eq!((&first("procedure")["local"], &first("procedure")["dossiers"]), (&"XX99".into(), &1.into()));
    assert_eq!(found["defects"][0]["kind"], "bad_date");
    let told = Ran::new(&folder, "mapping coverage");
    told.says(&[
        "96,82\u{a0}% của 63 hồ sơ; còn thiếu ở 2 hồ sơ",
        "[status]: 1 giá trị chưa có ánh xạ",
        "LUU_KHO",
    ]);
    assert!(!told.out.contains("DA_TRA"), "{}", told.out);
    Ran::new(&folder, "mapping coverage --all").says(&["DA_TRA"]);
    let sampled = Ran::new(&folder, "mapping coverage --sample 10 --lang en");
    sampled.says(&["Only some dossiers were read"]);

    let explained = Ran::new(&folder, &format!("mapping explain {status}"));
    assert_eq!(explained.code, 3);
    explained.says(&["Trạng thái LUU_KHO chưa có ánh xạ", "chưa có trong [status]", "ChuHoSo", "•••"]);
    let (_, explained) = Ran::json(&folder, &format!("mapping explain {status}"));
    assert_documented("mapping explain", &explained);
    let testbed::Db::Sqlite(pool) = rig.simulator.db() else { panic!("SQLite is what this reads") };
    let written: String = sqlx::query_scalar("SELECT ngay_tiep_nhan FROM ho_so WHERE ma_ho_so = ?1")
        .bind(&status)
        .fetch_one(pool)
        .await
        .unwrap();
    let received =
        explained["fields"].as_array().unwrap().iter().find(|field| field["column"] == "received_at");
    assert_eq!(
        received.unwrap()["raw"],
        written.as_str(),
        "the raw value stands beside the moment that is sent"
    );
    for field in explained["fields"].as_array().unwrap() {
        // Sent nowhere: the order of steps, the names that the local system has for the dossier, and what figures are made of.
        let is_own = ["sequence", "local_id", "local_code", "receiving_unit", "officer", "digitised_at"]
            .contains(&field["column"].as_str().unwrap());
        assert!(field["wire"].is_string() || is_own, "{field}");
    }
    assert_eq!(Ran::new(&folder, "mapping explain H00.00-000000-0000").code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_in_what_any_command_says() {
    let mut rig = Rig::new(Plan { seed: 74, dossiers: 40, ..Plan::default() }).await;
    rig.simulator.plant_long_text(now()).await.unwrap();
    rig.simulator.plant_invalid_utf8(now()).await.unwrap();
    let testbed::Db::Sqlite(pool) = rig.simulator.db() else { panic!("SQLite is what this reads") };
    let sql =
        "SELECT ma_ho_so, trim(chu_ho_so), so_dinh_danh FROM ho_so WHERE length(so_dinh_danh) = 12 LIMIT 4";
    let citizens: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    for (code, name, number) in &citizens {
        let message = format!("CCCD {number} của {} không khớp", name.nfc().collect::<String>());
        rig.mock.add_fault(FaultRule::new(FaultKind::RefuseContent { message }).for_dossier(code)).unwrap();
    }
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(42, 42).await;
    let mut words: Vec<String> =
        ["status", "held", "held --list", "mapping coverage"].map(str::to_owned).into_iter().collect();
    for (code, ..) in &citizens {
        words.extend([format!("why {code}"), format!("mapping explain {code}")]);
    }
    let canaries = personal(rig.simulator.db()).await;
    let mut told = String::new();
    for words in &words {
        for form in ["", " --json", " --lang en"] {
            let ran = Ran::new(&rig.folder, &format!("{words}{form}"));
            for bytes in [ran.out.as_bytes(), ran.err.as_bytes()] {
                assert_eq!(seen(bytes, &canaries), Vec::<&str>::new(), "in {words}{form}");
            }
            told.push_str(&ran.out);
        }
    }
    assert!(told.contains("không khớp") && told.contains("•••"), "the portal's words are not told: {told}");
    process.terminate();
    process.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_ledger_a_reader_says_so_and_makes_none() {
    let rig = Rig::new(Plan { seed: 75, ..Plan::default() }).await;
    let path = rig.folder.join("ledger.sqlite");
    for (words, part) in [
        ("status", "dongbo chưa chạy lần nào ở đây"),
        ("held --lang en", "dongbo has not run here yet"),
        ("why H48.57-1", "--config"),
    ] {
        let ran = Ran::new(&rig.folder, words);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains(part) && ran.err.contains(path.to_str().unwrap()), "{}", ran.err);
    }
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_neither_writes_nor_takes_over_a_ledger_of_another_version() {
    let rig = Rig::new(Plan { seed: 78, ..Plan::default() }).await;
    let path = &rig.config.ledger.path;
    Ledger::open(path).await.unwrap().close().await;
    let reader = Ledger::open_read_only(path).await.unwrap();
    assert!(reader.remember("a", "b").await.is_err());
    reader.close().await;
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET version = version + 1000").execute(&pool).await.unwrap();
    pool.close().await;
    let ran = Ran::new(&rig.folder, "status");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("một phiên bản dongbo khác"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_terminals_or_on_request() {
    let rig = Rig::new(Plan { seed: 76, ..Plan::default() }).await;
    Ledger::open(&rig.config.ledger.path).await.unwrap().close().await;
    assert!(!Ran::new(&rig.folder, "status").out.contains('\u{1b}'));
    assert!(!Ran::new(&rig.folder, "status --color never").out.contains('\u{1b}'));
    let coloured = Ran::new(&rig.folder, "status --color always").out;
    assert!(coloured.starts_with("\u{1b}[1m\u{1b}[31mChưa rõ\u{1b}[0m\n"), "{coloured}");
    let english = command()
        .arg("status")
        .arg("--config")
        .arg(rig.folder.join("dongbo.toml"))
        .env("DONGBO_LANG", "en")
        .output()
        .unwrap();
    assert!(String::from_utf8(english.stdout).unwrap().contains("No daemon runs"));
}

#[test]
fn a_reader_who_has_left_ends_a_command_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command().arg("defaults").stdout(Stdio::from(writer)).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn completions_and_manual_pages_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = command().args(["completions", shell]).output().unwrap();
        assert!(String::from_utf8(script.stdout).unwrap().contains("coverage"), "{shell}");
    }
    let page = |words: &[&str]| {
        let output = command().arg("man").args(words).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, top) = page(&[]);
    assert!(code == Some(0) && top.starts_with(".ie") && top.contains("Mã thoát: 0 xong hết"), "{top}");
    assert!(page(&["--lang", "en"]).1.contains("Exit codes: 0 complete"));
    assert!(page(&["mapping", "explain"]).1.contains("dongbo\\-mapping\\-explain"));
    assert_eq!(page(&["nonsense"]).0, Some(2));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(page(&["--dir", folder.path().to_str().unwrap()]).0, Some(0));
    for name in ["dongbo.1", "dongbo-held.1", "dongbo-mapping-explain.1"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
}

#[tokio::test]
async fn held_is_told_at_once_with_a_hundred_thousand_findings() {
    let rig = Rig::new(Plan { seed: 77, ..Plan::default() }).await;
    let path = &rig.config.ledger.path;
    Ledger::open(path).await.unwrap().close().await;
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    let many = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 100000)";
    for sql in [
        "INSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at, touches, read_touches, fence,
             attempts, doubt, on_portal, steps_wanted, steps_accepted)
         SELECT 'H48.57-' || n, 'H48.' || (n % 100), 'held', 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0 FROM many",
        "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
         SELECT 'H48.57-' || n, 'unmapped_procedure', 'XX' || (n % 7), 'dossiers.procedure', n, n FROM many",
    ] {
        let (insert, select) = sql.split_at(sql.find("SELECT").unwrap());
        let sql = sqlx::AssertSqlSafe(format!("{insert} {many} {select}"));
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let began = Instant::now();
    let (code, held) = Ran::json(&rig.folder, "held");
    let took = began.elapsed();
    assert_eq!((code, &held["dossiers"], &held["causes_in_all"]), (3, &100_000.into(), &7.into()));
    assert_eq!(held["causes"][0]["units"], 100);
    assert!(took < Duration::from_secs(5), "{took:?}");
}
