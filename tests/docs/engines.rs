//! `docs/engines.md`: each cell of the table names a test that there is.

use std::collections::BTreeSet;
use std::path::Path;

use crate::pages::{page, top};

/// All that is written in tests below `folder`.
fn tests(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            tests(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_promise_is_proved_for_every_engine_by_a_test_that_there_is() {
    let mut text = String::new();
    for folder in ["crates/source/tests", "crates/sync/tests", "tests/it"] {
        tests(&top().join(folder), &mut text);
    }
    // A test is a function, or a line of a macro that makes it one for each engine.
    let named: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| {
            let line = line.trim_start();
            let starts = ["async fn ", "fn ", "Sqlite ", "Postgres ", "Mysql ", "Sqlserver "];
            let name = starts.iter().find_map(|start| line.strip_prefix(start))?;
            name.split(['(', ',']).next()
        })
        .collect();
    let page = page("docs/engines.md").text;
    // The first table alone is of promises.
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .filter(|line| !line.starts_with("|--"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let (heads, promises) = rows.split_first().unwrap();
    let mut cells = 0;
    for row in promises {
        assert_eq!(row.len(), heads.len(), "{row:?}");
        for cell in row.iter().skip(1).filter(|cell| !matches!(**cell, "—" | "not tried")) {
            let name = cell.trim_matches('`');
            assert!(named.contains(name), "{}: no test has the name {cell}", row[0]);
            cells += 1;
        }
    }
    assert!(cells > 90, "{cells}");
}
