//! The program itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{http, read};

#[tokio::test]
async fn it_prints_its_addresses_and_obeys_its_arguments() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mock-portal"))
        .args(["--config", concat!(env!("CARGO_MANIFEST_DIR"), "/mock-portal.toml")])
        .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--seed", "7", "--down", "--nasty"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addresses: Value = serde_json::from_str(&line).unwrap();
    let get = |url: String| http().get(url).send();
    assert!(get(addresses["url"].as_str().unwrap().to_owned()).await.is_err(), "the port is not down");
    let admin = addresses["admin_url"].as_str().unwrap();
    let rules = read(get(format!("{admin}/admin/faults")).await.unwrap()).await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(rules.json().as_array().unwrap().len(), mock_portal::Faults::nasty().len());
}

#[test]
fn a_configuration_that_is_wrong_ends_it_with_a_reason() {
    let path = std::env::temp_dir().join(format!("mock-portal-{}.toml", std::process::id()));
    std::fs::File::create(&path).unwrap().write_all(b"sed = 7").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mock-portal")).arg("--config").arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("unknown field"));
}
