//! Whose the files are that commands and the daemon make, and who may read them.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::process::{Process, command};
use support::{Plan, Rig};

/// A user that no system has.
const SERVICE: u32 = 54_321;

async fn rig(seed: u64) -> (Rig, PathBuf) {
    let temporary = tempfile::tempdir().unwrap().keep();
    let state = temporary.join("state");
    std::fs::create_dir(&state).unwrap();
    let overrides = format!("[ledger]\npath = \"{}\"", state.join("ledger.sqlite").display());
    let rig = Rig::within(&temporary, Plan { seed, dossiers: 12, overrides, ..Plan::default() }).await;
    rig.without_results().await;
    (rig, state)
}

/// Runs the program with these arguments, whatever comes of it.
fn run(config: &Path, arguments: &[&str]) {
    let mut program = command();
    program.args(arguments).arg("--config").arg(config).stdin(Stdio::null());
    program.output().unwrap();
}

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_roots_commands_make_belongs_to_the_service_which_starts_and_works_with_it() {
    let (rig, state) = rig(181).await;
    let is_root = rustix::process::geteuid().is_root();
    let config = rig.folder.join("dongbo.toml");
    if is_root {
        let own = |path: &Path| chown(path, Some(SERVICE), Some(SERVICE)).unwrap();
        own(&rig.folder);
        own(&state);
        files(&rig.folder).iter().for_each(|path| own(path));
    }
    let check = |when: &str| {
        for path in files(&state) {
            // What SQLite or a rename needed for a moment may be gone again.
            let Ok(file) = path.metadata() else { continue };
            assert_eq!(file.permissions().mode() & 0o077, 0, "{when}: others can read {}", path.display());
            assert!(!is_root || file.uid() == SERVICE, "{when}: {} is root's", path.display());
        }
    };
    // Before the first start, then beside a ledger without a daemon.
    for when in ["before the first start", "between two runs"] {
        for arguments in [
            &["status"][..],
            &["pause"],
            &["resume"],
            &["reconcile"],
            &["reconcile", "list"],
            &["held"],
            &["files"],
            &["why", "H48-1"],
            &["retry", "--all"],
            &["check"],
        ] {
            run(&config, arguments);
            check(&format!("{when}, {arguments:?}"));
        }
        assert!(
            when == "before the first start" || state.join("reconcile").is_dir(),
            "a comparison was made"
        );
        let mut program = command();
        if is_root {
            program.uid(SERVICE).gid(SERVICE);
        }
        let process = Process::start_as(program, &config);
        process.until_settled(12, 0).await;
        check("while it runs");
        process.terminate();
        assert_eq!(process.ended().await.0.code(), Some(0));
        check("after a run");
    }
    let names: Vec<String> =
        files(&state).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    for name in ["ledger.sqlite", "ledger.sqlite.lock", "ledger.sqlite.key"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    std::fs::remove_dir_all(&rig.folder).unwrap();
}
