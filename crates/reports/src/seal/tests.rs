use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use dongbo_model::Period;
use tempfile::TempDir;

use super::{Archive, Flaw, SealError, Sealing};

fn at(day: &str) -> DateTime<Utc> {
    format!("{day}T02:00:00Z").parse().unwrap()
}

fn sealing(day: &str) -> Sealing {
    Sealing { at: at(day), program: "dongbo 0.1.0".to_owned() }
}

fn period(typed: &str) -> Period {
    Period::parse(typed).unwrap()
}

/// An archive with two sealed months and an addendum to the first, as a year goes.
fn archive() -> (TempDir, Archive, String) {
    let folder = TempDir::new().unwrap();
    let archive = Archive::new(folder.path());
    for (month, day) in [("2026-07", "2026-08-03"), ("2026-08", "2026-09-03")] {
        archive.keep(period(month), "dong-bo", "html", at(day), b"<p>one</p>").unwrap();
        archive.keep(period(month), "dong-bo", "csv", at(day), b"one").unwrap();
        archive.seal(period(month), &sealing(day)).unwrap();
    }
    archive.keep(period("2026-07"), "dong-bo", "csv", at("2026-09-15"), b"two").unwrap();
    let head = archive.add(period("2026-07"), "12 hồ sơ được sửa", &sealing("2026-09-15")).unwrap().hash;
    (folder, archive, head)
}

fn flaws(archive: &Archive, noted: Option<&str>) -> Vec<String> {
    let flaws = archive.verify(noted).unwrap().flaws;
    flaws.iter().map(|flaw| format!("{}: {flaw}", flaw.kind())).collect()
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn months_are_chained_and_what_comes_later_is_an_addendum_with_its_day() {
    let (folder, archive, head) = archive();
    let verified = archive.verify(Some(&head)).unwrap();
    assert_eq!((verified.flaws.len(), verified.entries, verified.files), (0, 3, 5));
    assert_eq!(verified.head.as_deref(), Some(head.as_str()));
    assert_eq!(verified.periods.into_iter().collect::<Vec<_>>(), ["2026-07", "2026-08"]);
    assert!(folder.path().join("2026-07/dong-bo-bo-sung-2026-09-15.csv").is_file());
    assert_eq!(fs::read(folder.path().join("2026-07/dong-bo.csv")).unwrap(), b"one", "what is sealed stays");
    let addendum = fs::read_to_string(folder.path().join("2026-07/seal-000003.json")).unwrap();
    assert!(addendum.contains("12 hồ sơ được sửa") && addendum.contains("dongbo 0.1.0"), "{addendum}");
}

#[test]
fn whatever_is_done_to_a_sealed_month_is_named() {
    type Tamper = fn(&Path);
    let ways: [(Tamper, &[&str]); 9] = [
        (
            |root| fs::write(root.join("2026-08/dong-bo.csv"), "1000").unwrap(),
            &["changed: 2026-08/dong-bo.csv"],
        ),
        (
            |root| fs::remove_file(root.join("2026-08/dong-bo.html")).unwrap(),
            &["missing: 2026-08/dong-bo.html"],
        ),
        (|root| fs::write(root.join("2026-07/new.html"), "new").unwrap(), &["added: 2026-07/new.html"]),
        (|root| fs::create_dir(root.join("2026-07/more")).unwrap(), &["added: 2026-07/more"]),
        (
            |root| {
                let kept = root.join("2026-08/dong-bo.csv");
                fs::copy(&kept, root.join("elsewhere")).unwrap();
                fs::remove_file(&kept).unwrap();
                std::os::unix::fs::symlink(root.join("elsewhere"), kept).unwrap();
            },
            &["changed: 2026-08/dong-bo.csv"],
        ),
        (|root| fs::remove_file(root.join("2026-08/seal-000002.json")).unwrap(), &["no_entry: entry 2"]),
        (
            |root| fs::write(root.join("2026-08/seal-000002.json"), "{}").unwrap(),
            &["unreadable: 2026-08/seal-000002.json", "no_entry: entry 2"],
        ),
        (
            |root| edit(&root.join("2026-07/seal-000001.json"), "2026-08-03", "2026-08-04"),
            &["loose: entry 2"],
        ),
        (
            |root| {
                let copy = fs::read(root.join("2026-07/seal-000001.json")).unwrap();
                fs::write(root.join("2026-08/seal-000001.json"), copy).unwrap();
            },
            &["twice: the chain has entry 1"],
        ),
    ];
    for (number, (tamper, expected)) in ways.into_iter().enumerate() {
        let (folder, archive, _) = archive();
        tamper(folder.path());
        let found = flaws(&archive, None);
        for flaw in expected {
            let named = found.iter().any(|found| found.starts_with(flaw) || found.contains(flaw));
            assert!(named, "{number}: {flaw} is not in {found:?}");
        }
    }
}

#[test]
fn a_file_changed_together_with_its_entry_breaks_the_chain_and_a_chain_made_anew_lacks_the_noted_hash() {
    let (folder, archive, head) = archive();
    let file = folder.path().join("2026-07/dong-bo.csv");
    let (_, old) = super::store::hash_file(&file).unwrap();
    fs::write(&file, "two").unwrap();
    let (_, new) = super::store::hash_file(&file).unwrap();
    edit(&folder.path().join("2026-07/seal-000001.json"), &old, &new);
    assert!(flaws(&archive, None).iter().any(|flaw| flaw.starts_with("loose: entry 2")));

    for entry in ["2026-07/seal-000001.json", "2026-08/seal-000002.json", "2026-07/seal-000003.json"] {
        fs::remove_file(folder.path().join(entry)).unwrap();
    }
    archive.seal(period("2026-07"), &sealing("2026-10-01")).unwrap();
    archive.seal(period("2026-08"), &sealing("2026-10-01")).unwrap();
    assert!(flaws(&archive, None).is_empty(), "nothing inside can tell");
    assert!(flaws(&archive, Some(&head))[0].starts_with("not_noted"));
}

#[test]
fn the_end_of_the_chain_cut_off_with_its_files_shows_by_the_noted_hash() {
    let (folder, archive, head) = archive();
    fs::remove_file(folder.path().join("2026-07/seal-000003.json")).unwrap();
    fs::remove_file(folder.path().join("2026-07/dong-bo-bo-sung-2026-09-15.csv")).unwrap();
    assert!(flaws(&archive, None).is_empty());
    assert_eq!(archive.verify(Some(&head)).unwrap().flaws, [Flaw::NotNoted { hash: head }]);
}

#[test]
fn only_a_period_that_is_over_and_has_files_is_sealed_and_only_once() {
    let folder = TempDir::new().unwrap();
    let archive = Archive::new(folder.path().join("not/there/yet"));
    let august = period("2026-08");
    let empty = archive.seal(august, &sealing("2026-09-03")).unwrap_err();
    assert!(matches!(empty, SealError::NoFiles { .. }), "{empty}");
    archive.keep(august, "dong-bo", "csv", at("2026-08-20"), b"one").unwrap();
    archive.keep(august, "dong-bo", "csv", at("2026-09-03"), b"two").unwrap();
    let early = archive.seal(august, &sealing("2026-08-31")).unwrap_err();
    assert!(matches!(early, SealError::NotOver { .. }), "{early}");
    let unsealed = archive.add(august, "why", &sealing("2026-09-03")).unwrap_err();
    assert!(matches!(unsealed, SealError::NotSealed { .. }), "{unsealed}");
    let sealed = archive.seal(august, &sealing("2026-09-01")).unwrap();
    assert_eq!((sealed.number, sealed.files.len(), sealed.files[0].bytes), (1, 1, 3));
    let again = archive.seal(august, &sealing("2026-09-03")).unwrap_err();
    assert!(matches!(again, SealError::AlreadySealed { .. }), "{again}");
    let nothing = archive.add(august, "why", &sealing("2026-09-03")).unwrap_err();
    assert!(matches!(nothing, SealError::NoFiles { .. }), "{nothing}");
}

#[test]
fn nothing_is_added_to_a_broken_chain_and_a_crash_leaves_no_report() {
    let (folder, archive, _) = archive();
    fs::write(folder.path().join("2026-08/.dong-bo.html.tmp"), "half").unwrap();
    assert!(flaws(&archive, None).is_empty(), "what a crash leaves is no part of it");
    fs::remove_file(folder.path().join("2026-08/seal-000002.json")).unwrap();
    archive.keep(period("2026-09"), "dong-bo", "csv", at("2026-10-02"), b"one").unwrap();
    let broken = archive.seal(period("2026-09"), &sealing("2026-10-02")).unwrap_err();
    assert!(matches!(broken, SealError::Broken { .. }), "{broken}");
    assert!(!folder.path().join("2026-09/seal-000004.json").exists());
}

#[test]
fn two_addenda_of_one_day_have_names_of_their_own() {
    let (folder, archive, _) = archive();
    let again = archive.keep(period("2026-07"), "dong-bo", "csv", at("2026-09-15"), b"three").unwrap();
    assert!(again.ends_with("dong-bo-bo-sung-2026-09-15-2.csv"), "{again:?}");
    archive.add(period("2026-07"), "again", &sealing("2026-09-15")).unwrap();
    assert!(flaws(&archive, None).is_empty());
    assert!(folder.path().join("2026-07/seal-000004.json").is_file());
}

#[test]
fn many_at_once_make_one_chain() {
    let folder = TempDir::new().unwrap();
    let archive = Archive::new(folder.path());
    std::thread::scope(|scope| {
        for month in 1..=8 {
            let archive = &archive;
            scope.spawn(move || {
                let period = period(&format!("2026-{month:02}"));
                archive.keep(period, "dong-bo", "csv", at("2026-10-01"), b"one").unwrap();
                archive.seal(period, &sealing("2026-10-01")).unwrap();
            });
        }
    });
    let verified = archive.verify(None).unwrap();
    assert_eq!((verified.entries, verified.flaws.len()), (8, 0));
}
