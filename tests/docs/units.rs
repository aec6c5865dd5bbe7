//! The files for systemd are ones that systemd takes, and the services are shut in.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::pages::top;

const SERVICES: [&str; 2] = ["dongbo.service", "mock-portal.service"];
/// Of 100: an exposure of 1.5, as `systemd-analyze security` shows it.
const MOST_EXPOSED: &str = "--threshold=15";

/// The unit in a folder of its own, with a program in place of ours, which is not installed here.
fn staged(service: &str, change: impl Fn(String) -> String) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(top().join("systemd").join(service)).unwrap();
    let text =
        text.replace("/usr/local/bin/dongbo", "/bin/true").replace("/usr/local/bin/mock-portal", "/bin/true");
    let file = folder.path().join(service);
    std::fs::write(&file, change(text)).unwrap();
    (folder, file)
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| panic!("{program} is needed (scripts/test installs it): {error}"))
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The complaints of systemd about the unit, without those about other units of this machine.
fn complaints(file: &Path) -> Vec<String> {
    let output =
        run("systemd-analyze", &["verify", "--recursive-errors=no", "--man=no", file.to_str().unwrap()]);
    let name = file.file_name().unwrap().to_str().unwrap();
    let said = words(&output);
    assert!(output.status.success() || said.contains(name), "{said}");
    said.lines().filter(|line| line.contains(name)).map(str::to_owned).collect()
}

fn security(file: &Path) -> Output {
    run("systemd-analyze", &["security", "--offline=yes", "--no-pager", MOST_EXPOSED, file.to_str().unwrap()])
}

#[test]
fn systemd_has_nothing_against_the_units() {
    for service in SERVICES {
        let (_folder, file) = staged(service, |text| text);
        assert_eq!(complaints(&file), Vec::<String>::new());
    }
}

#[test]
fn a_key_that_systemd_does_not_know_is_complained_of() {
    let (_folder, file) = staged("dongbo.service", |text| text.replace("WatchdogSec=", "WatchdogSecs="));
    let complaints = complaints(&file);
    assert!(complaints.iter().any(|line| line.contains("WatchdogSecs")), "{complaints:?}");
}

#[test]
fn the_services_are_exposed_by_no_more_than_1_5() {
    for service in SERVICES {
        let (_folder, file) = staged(service, |text| text);
        let output = security(&file);
        assert!(output.status.success(), "{}", words(&output));
    }
    let (_folder, file) = staged("dongbo.service", |text| text.replace("SystemCallFilter=", "#"));
    assert!(!security(&file).status.success(), "without a filter of system calls it would be more");
}

#[test]
fn the_daemon_sees_who_asks_it() {
    let text = std::fs::read_to_string(top().join("systemd/dongbo.service")).unwrap();
    // In a user namespace every user but root and its own would be "nobody".
    assert!(text.lines().all(|line| line != "PrivateUsers=yes"));
    let families = text.lines().find_map(|line| line.strip_prefix("RestrictAddressFamilies="));
    assert!(
        families.is_some_and(|families| families.contains("AF_UNIX")),
        "directories of users are asked by sockets"
    );
}

#[test]
fn the_user_and_the_folders_are_made_and_the_configuration_is_readable_to_the_service_alone() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    let below = format!("--root={}", root.path().display());
    let file = |kind: &str| top().join("systemd").join(kind).join("dongbo.conf").display().to_string();
    let made = run("systemd-sysusers", &[&below, &file("sysusers.d")]);
    assert!(made.status.success(), "{}", words(&made));
    let users = std::fs::read_to_string(root.path().join("etc/passwd")).unwrap();
    let user = users.lines().find(|line| line.starts_with("dongbo:")).expect("no user");
    assert!(user.ends_with(":/var/lib/dongbo:/usr/sbin/nologin"), "{user}");

    let as_root = root.path().metadata().unwrap().uid() == 0;
    // Only root can give a folder to another; everybody else has the lines read, and no folder made.
    let only = if as_root { "--prefix=/etc" } else { "--prefix=/nowhere" };
    let made = run("systemd-tmpfiles", &["--create", &below, only, &file("tmpfiles.d")]);
    assert!(made.status.success() && words(&made).is_empty(), "{}", words(&made));
    if as_root {
        let group: u32 = user.split(':').nth(3).unwrap().parse().unwrap();
        let folder = root.path().join("etc/dongbo").metadata().unwrap();
        assert_eq!((folder.uid(), folder.gid(), folder.permissions().mode() & 0o777), (0, group, 0o750));
    }
}
