//! The table of floors in docs/architecture.md is what the manifests say, and no crate imports from a floor above its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::pages::top;

/// Crates for tests alone, which may use any floor and be used by the tests of any.
const FOR_TESTS: [&str; 5] = ["mock-portal", "rehearse", "simulation", "support", "testbed"];
/// The stand-ins for the world outside: they judge dongbo, so they share no code with it.
const STAND_INS: [&str; 2] = ["mock-portal", "testbed"];

/// One row of the table.
#[derive(Debug)]
struct Floor {
    number: u32,
    imports: BTreeSet<String>,
}

/// The words between backticks in a cell.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The table's rows by the crate that each is about.
fn table(page: &str) -> BTreeMap<String, Floor> {
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        let name = quoted(cells.get(1)?).into_iter().next()?;
        Some((name, Floor { number, imports: quoted(cells.get(3)?).into_iter().collect() }))
    });
    rows.collect()
}

/// The names of a manifest's dependencies in `section`.
fn dependencies(folder: &Path, section: &str) -> Vec<String> {
    let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
    let listed = manifest.get(section).and_then(toml::Value::as_table);
    listed.into_iter().flat_map(|listed| listed.keys().cloned()).collect()
}

/// The name of one of dongbo's own crates, as the table has it.
fn short(package: &str) -> Option<&str> {
    if package == "dongbo" { Some(package) } else { package.strip_prefix("dongbo-") }
}

/// The floors' crates and their folders.
fn crates() -> BTreeMap<String, std::path::PathBuf> {
    let folders = std::fs::read_dir(top().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let named = folders.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path));
    named.chain([("dongbo".to_owned(), top().to_owned())]).collect()
}

/// Whether any source file below `folder` names `library`.
fn uses(folder: &Path, library: &str) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            uses(&path, library)
        } else {
            std::fs::read_to_string(path).is_ok_and(|text| text.contains(&format!("{library}::")))
        }
    })
}

fn architecture() -> BTreeMap<String, Floor> {
    table(&std::fs::read_to_string(top().join("docs/architecture.md")).unwrap())
}

#[test]
fn the_table_of_floors_has_every_crate_and_the_imports_that_its_code_has() {
    let (table, crates) = (architecture(), crates());
    assert_eq!(table.keys().collect::<Vec<_>>(), crates.keys().collect::<Vec<_>>());
    for (name, folder) in crates {
        let listed = dependencies(&folder, "dependencies");
        let imports: BTreeSet<String> =
            listed.iter().filter_map(|dependency| short(dependency)).map(str::to_owned).collect();
        assert_eq!(table[&name].imports, imports, "docs/architecture.md on the imports of {name}");
        for import in imports {
            let library = format!("dongbo_{import}");
            assert!(uses(&folder.join("src"), &library), "{name} depends on {library} and never uses it");
        }
    }
}

#[test]
fn no_crate_and_no_test_of_one_imports_from_a_floor_above() {
    let table = architecture();
    for (name, folder) in crates() {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let of_tests = section == "dev-dependencies";
            for dependency in dependencies(&folder, section) {
                assert!(
                    of_tests || !FOR_TESTS.contains(&dependency.as_str()),
                    "{name} ships with {dependency}, which is for tests"
                );
                let Some(import) = short(&dependency) else { continue };
                assert!(
                    table[import].number < table[&name].number,
                    "{name} imports from its own floor or above: {import} ({section})"
                );
            }
        }
    }
}

#[test]
fn the_judge_of_both_sides_and_the_stand_in_portal_share_nothing_with_dongbo() {
    for name in STAND_INS {
        let folder = top().join(name);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let ours: Vec<String> = dependencies(&folder, section)
                .into_iter()
                .filter(|dependency| short(dependency).is_some())
                .collect();
            assert!(ours.is_empty(), "{name} uses {ours:?}");
        }
    }
}

#[test]
fn a_row_is_read_whatever_else_its_cells_say() {
    let rows = table(
        "| floor | crate | owns | imports |\n|---|---|---|---|\n\
         | 1 | [`settings`](../x.rs) | layers, `Secret` | `model` |\n| 0 | [`model`](y) | words | |\n",
    );
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows["settings"].number, &rows["settings"].imports),
        (1, &BTreeSet::from(["model".to_owned()]))
    );
    assert!(rows["model"].imports.is_empty());
}
