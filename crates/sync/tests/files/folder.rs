//! A tree of folders.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dongbo_model::ErrorClass;
use dongbo_sync::files::inspect::{Defect, look};
use dongbo_sync::files::store::{KeyFault, Store, StoreError};
use futures_util::StreamExt as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;
use unicode_normalization::UnicodeNormalization as _;

use crate::kit::{CANARY, clock, noise, parts_are_right, read, silent, store};

fn folder() -> (TempDir, Arc<Store>) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("tep");
    std::fs::create_dir_all(root.join("2026/09")).unwrap();
    std::fs::write(dir.path().join("secret"), "outside").unwrap();
    let store = store(&format!("kind = 'folder'\nroot = '{}'", root.display()), &clock());
    (dir, store)
}

fn root(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("tep")
}

#[tokio::test]
async fn files_and_parts_of_them_are_read() {
    let (dir, store) = folder();
    let bytes = noise(300_000, 1);
    std::fs::write(root(&dir).join("2026/09/Quyết định.pdf"), &bytes).unwrap();
    parts_are_right(&store, "2026/09/Quyết định.pdf", &bytes).await;
    std::fs::write(root(&dir).join("empty"), "").unwrap();
    assert_eq!(read(&store, "empty", None).await.unwrap().1, b"");
    assert!(matches!(silent(store.stat(CANARY).await), StoreError::NotFound));
    assert!(store.stat("2026/09/Quyết định.pdf").await.unwrap().changed.is_some());
    store.probe().await.unwrap();
}

#[tokio::test]
async fn a_name_that_is_composed_otherwise_in_the_folder_is_found() {
    let (dir, store) = folder();
    let spellings =
        ["k\u{1ebf}t qu\u{1ea3}.pdf", "ke\u{302}\u{301}t qua\u{309}.pdf", "k\u{ea}\u{301}t qua\u{309}.pdf"];
    for there in spellings {
        let path = root(&dir).join(there);
        std::fs::write(&path, "bytes").unwrap();
        for asked in spellings {
            assert_eq!(read(&store, asked, None).await.unwrap().1, b"bytes");
        }
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn no_key_and_no_link_leads_out_of_the_root() {
    let (dir, store) = folder();
    let root = root(&dir);
    for (key, fault) in [
        (format!("../{CANARY}"), KeyFault::Climbs),
        (format!("2026/../../{CANARY}"), KeyFault::Climbs),
        (format!("/etc/{CANARY}"), KeyFault::Absolute),
        (format!("..\\{CANARY}"), KeyFault::Backslash),
        (format!("%2e%2e/{CANARY}"), KeyFault::Encoded),
        (format!("{CANARY}\0.pdf"), KeyFault::Control),
    ] {
        let error = silent(store.stat(&key).await);
        assert!(matches!(error, StoreError::BadKey(found) if found == fault), "{key:?}: {error:?}");
        assert_eq!(error.class(), ErrorClass::Rejected);
    }
    symlink("../secret", root.join("climbing")).unwrap();
    symlink(dir.path().join("secret"), root.join("absolute")).unwrap();
    symlink(dir.path(), root.join("parent")).unwrap();
    symlink("2026/09/real.pdf", root.join("inside")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    std::fs::write(root.join("2026/09/real.pdf"), "inside").unwrap();
    for key in ["climbing", "absolute", "parent/secret", "loop"] {
        assert!(matches!(silent(store.stat(key).await), StoreError::Outside), "{key}");
    }
    assert_eq!(read(&store, "inside", None).await.unwrap().1, b"inside");
}

#[tokio::test]
async fn no_key_that_chance_makes_reads_anything_outside() {
    let (dir, store) = folder();
    let root = root(&dir);
    std::fs::write(root.join("2026/secret"), "inside").unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("2026", root.join("in")).unwrap();
    let steps = ["..", ".", "", "2026", "09", "up", "in", "secret", "%2e%2e", "..\\", "tep", "secret"];
    let mut read_inside = 0;
    for seed in 0..4_000 {
        let mut rng = StdRng::seed_from_u64(seed);
        let length = rng.random_range(1..6);
        let key = (0..length).map(|_| steps[rng.random_range(0..steps.len())]).collect::<Vec<_>>().join("/");
        if let Ok((_, bytes)) = read(&store, &key, None).await {
            assert_eq!(bytes, b"inside", "{key}");
            read_inside += 1;
        }
    }
    assert!(read_inside > 0);
}

/// Puts a folder and a link out of the root into one place in turn, as fast as it can.
fn swap(parent: &Path, stop: &AtomicBool) {
    let (place, aside) = (parent.join("09"), parent.join("aside"));
    let (link, away) = (parent.join("link"), parent.join("link-away"));
    symlink("../..", &away).unwrap();
    while !stop.load(Ordering::Relaxed) {
        std::fs::rename(&place, &aside).unwrap();
        std::fs::rename(&away, &place).unwrap();
        std::fs::rename(&place, &link).unwrap();
        std::fs::rename(&link, &away).unwrap();
        std::fs::rename(&aside, &place).unwrap();
    }
}

#[tokio::test]
async fn a_link_that_takes_a_folders_place_between_two_looks_is_not_followed() {
    let (dir, store) = folder();
    std::fs::write(root(&dir).join("2026/09/secret"), "inside").unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (parent, until) = (root(&dir).join("2026"), Arc::clone(&stop));
    let swapping = std::thread::spawn(move || swap(&parent, &until));
    let mut outcomes = [0_u32; 3];
    for _ in 0..3_000 {
        match read(&store, "2026/09/secret", None).await {
            Ok((_, bytes)) => {
                assert_eq!(bytes, b"inside");
                outcomes[0] += 1;
            }
            Err(StoreError::Outside) => outcomes[1] += 1,
            Err(StoreError::NotFound | StoreError::Unreachable { .. }) => outcomes[2] += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    stop.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
    assert!(outcomes[0] > 0, "{outcomes:?}");
}

#[tokio::test]
async fn what_is_no_file_is_refused_and_nobody_waits_for_a_writer() {
    let (dir, store) = folder();
    mknodat(CWD, root(&dir).join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root(&dir).join("socket")).unwrap();
    for key in ["pipe", "socket", "2026"] {
        assert!(matches!(silent(store.read(key, None).await.map(|_| ())), StoreError::NotAFile), "{key}");
        let looked = look(&store, key, "a.pdf").await.unwrap();
        assert_eq!(looked.verdict.defects, [Defect::Unreadable]);
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_an_error_at_the_end() {
    let (dir, store) = folder();
    let path = root(&dir).join("scan.pdf");
    let bytes = noise(200_000, 2);
    let shorter = &bytes[..100_000];
    let longer = [bytes.as_slice(), b"more"].concat();
    for after in [longer.as_slice(), shorter] {
        std::fs::write(&path, &bytes).unwrap();
        let (_, mut blocks) = store.read("scan.pdf", None).await.unwrap();
        assert!(blocks.next().await.unwrap().is_ok());
        std::fs::write(&path, after).unwrap();
        let mut last = None;
        while let Some(block) = blocks.next().await {
            last = Some(block);
        }
        assert!(matches!(last, Some(Err(StoreError::Changed))));
    }
}

#[tokio::test]
async fn a_root_that_is_gone_is_the_stores_trouble_and_not_the_files() {
    let (dir, store) = folder();
    std::fs::remove_dir_all(root(&dir)).unwrap();
    let error = silent(store.stat(CANARY).await);
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(look(&store, CANARY, "a.pdf").await.is_err());
}

#[tokio::test]
async fn a_file_is_looked_at_in_one_call() {
    let (dir, store) = folder();
    std::fs::write(root(&dir).join("a"), b"%PDF-1.4 ... %%EOF").unwrap();
    let looked = look(&store, "a", "a.pdf").await.unwrap();
    assert_eq!((looked.verdict.defects, looked.verdict.size), (vec![], 18));
    assert_eq!(looked.stat.unwrap().size, 18);
    assert_eq!(look(&store, "b", "a.pdf").await.unwrap().verdict.defects, [Defect::Missing]);
}

#[tokio::test]
async fn each_step_of_a_path_is_found_in_whichever_spelling_it_stands() {
    let (dir, store) = folder();
    let root = root(&dir);
    let (unit, name) = ("Đơn vị Hà Nội", "Quyết định số 1.pdf");
    let composed = |text: &str| text.nfc().collect::<String>();
    let apart = |text: &str| text.nfd().collect::<String>();
    // Half a name in one spelling and half in the other, as when a clerk has completed a name that was copied.
    let mixed = |text: &str| {
        let (first, second) = text.split_once(' ').unwrap();
        format!("{} {}", composed(first), apart(second))
    };
    let spellings: [&dyn Fn(&str) -> String; 3] = [&composed, &apart, &mixed];
    for (place, of_unit) in spellings.iter().enumerate() {
        for of_name in spellings {
            let folder = root.join(format!("n{place}")).join(of_unit(unit));
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join(of_name(name));
            std::fs::write(&path, "bytes").unwrap();
            for asked_unit in spellings {
                for asked_name in spellings {
                    let key = format!("n{place}/{}/{}", asked_unit(unit), asked_name(name));
                    assert_eq!(read(&store, &key, None).await.unwrap().1, b"bytes", "{key:?}");
                }
            }
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[tokio::test]
async fn of_two_spellings_the_exact_one_is_meant_and_without_it_nobody_guesses() {
    let (dir, store) = folder();
    let root = root(&dir);
    let name = "Quyết định.pdf";
    let spellings = [name.nfc().collect::<String>(), name.nfd().collect::<String>()];
    for spelling in &spellings {
        std::fs::write(root.join(spelling), spelling).unwrap();
    }
    for spelling in &spellings {
        assert_eq!(read(&store, spelling, None).await.unwrap().1, spelling.as_bytes());
    }
    let (first, second) = name.split_once(' ').unwrap();
    let third = format!("{} {}", first.nfd().collect::<String>(), second.nfc().collect::<String>());
    let error = store.stat(&third).await.unwrap_err();
    assert!(matches!(error, StoreError::BadKey(KeyFault::Ambiguous)), "{error:?}");
    let looked = look(&store, &third, "a.pdf").await.unwrap();
    assert_eq!(looked.verdict.defects, [Defect::Unreadable]);
}

#[tokio::test]
async fn a_spelling_leads_no_further_than_the_key_itself() {
    let (dir, store) = folder();
    let root = root(&dir);
    let name = "Hà Nội";
    symlink(dir.path(), root.join(name.nfd().collect::<String>())).unwrap();
    let key = format!("{}/secret", name.nfc().collect::<String>());
    assert!(matches!(silent(store.stat(&key).await), StoreError::Outside));
}
