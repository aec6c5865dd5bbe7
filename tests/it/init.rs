//! `dongbo init`: files to begin with, of which `dongbo check` tells what is still to be filled in.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::process::command;

fn init(folder: &Path, options: &[&str]) -> (i32, String, String) {
    let output = command().arg("init").arg("--dir").arg(folder).args(options).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn offline(folder: &Path) -> (i32, Value) {
    let mut command = command();
    let output = command
        .args(["check", "--offline", "--json", "--config"])
        .arg(folder.join("dongbo.toml"))
        .output()
        .unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn details(report: &Value, id: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap();
    let item = checks.iter().find(|item| item["id"] == id).unwrap();
    let lines = item["details"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

const VARIANTS: [&[&str]; 7] = [
    &[],
    &["--engine", "sqlite"],
    &["--shape", "json"],
    &["--engine", "mysql"],
    &["--engine", "mysql", "--shape", "json"],
    &["--engine", "sqlserver"],
    &["--engine", "sqlserver", "--shape", "json"],
];

#[test]
fn what_it_writes_can_be_read_and_lacks_exactly_what_nobody_can_guess() {
    for options in VARIANTS {
        let folder = tempfile::tempdir().unwrap();
        let (code, told, _) = init(folder.path(), options);
        assert_eq!(code, 0, "{told}");
        let (code, report) = offline(folder.path());
        assert_eq!(code, 2);
        let problems = details(&report, "configuration");
        let keys =
            ["source.url", "portal.adapter_url", "portal.dstcode", "portal.unit_code", "portal.username"];
        assert_eq!(problems.len(), keys.len(), "{options:?}: {problems:#?}");
        for key in keys {
            assert!(problems.iter().any(|problem| problem.contains(key)), "{key}: {problems:#?}");
            assert!(told.contains(key), "{key}: {told}");
        }
        let passwords = if options.contains(&"sqlite") { 1 } else { 2 };
        assert_eq!(details(&report, "secrets").len(), passwords, "{report:#}");
        assert_eq!(details(&report, "mapping"), Vec::<String>::new(), "{report:#}");
    }
}

#[test]
fn once_filled_in_it_is_a_configuration_to_start_with() {
    let urls = [
        "postgres://u@h/d",
        "/srv/motcua.db",
        "postgres://u@h/d",
        "mysql://u@h/d",
        "mariadb://u@h/d",
        "sqlserver://u@h/d",
        "sqlserver://u@h:14330/d",
    ];
    for (options, url) in VARIANTS.into_iter().zip(urls) {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(init(folder.path(), options).0, 0);
        let file = folder.path().join("dongbo.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (key, value) in [
            ("url", url),
            ("adapter_url", "https://adapter.example.gov.vn/rest"),
            ("dstcode", "VN:GOV:dvcqg"),
            ("unit_code", "H48"),
            ("username", "h48"),
        ] {
            let empty = format!("\n{key} = \"\"\n");
            assert!(text.contains(&empty), "{key}");
            text = text.replace(&empty, &format!("\n{key} = \"{value}\"\n"));
        }
        let ledger = folder.path().join("ledger.sqlite");
        std::fs::write(
            &file,
            format!("{text}[ledger]\npath = {ledger:?}\n[http]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n"),
        )
        .unwrap();
        for name in ["portal.password", "source.password"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let (code, report) = offline(folder.path());
        assert_eq!(code, 0, "{options:?}: {report:#}");
    }
}

#[test]
fn secrets_are_for_their_owner_alone_and_the_rest_for_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("etc/dongbo");
    assert_eq!(init(&dir, &[]).0, 0);
    for (name, mode) in [
        ("dongbo.toml", 0o640),
        ("mapping.toml", 0o640),
        ("portal.password", 0o600),
        ("source.password", 0o600),
    ] {
        let file = std::fs::metadata(dir.join(name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn nothing_is_written_where_something_is_there_and_a_password_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("mapping.toml"), "mine").unwrap();
    std::fs::write(at("portal.password"), "mine").unwrap();
    let (code, _, told) = init(folder.path(), &[]);
    assert_eq!(code, 2);
    for name in ["mapping.toml", "portal.password", "--force"] {
        assert!(told.contains(name), "{told}");
    }
    assert!(!told.contains("dongbo.toml,") && !at("dongbo.toml").exists(), "{told}");
    assert_eq!(std::fs::read(at("mapping.toml")).unwrap(), b"mine");
    assert_eq!(init(folder.path(), &["--force"]).0, 0);
    assert_ne!(std::fs::read(at("mapping.toml")).unwrap(), b"mine");
    assert_eq!(std::fs::read(at("portal.password")).unwrap(), b"mine");
}

#[test]
fn the_empty_password_files_that_the_installation_makes_are_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("portal.password"), "").unwrap();
    let (code, told, _) = init(folder.path(), &[]);
    assert_eq!(code, 0, "{told}");
    assert!(folder.path().join("dongbo.toml").exists());
}

#[test]
fn an_example_that_there_is_not_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, told) = init(folder.path(), &["--engine", "sqlite", "--shape", "json"]);
    assert_eq!(code, 2);
    assert!(told.contains("--engine postgres"), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
