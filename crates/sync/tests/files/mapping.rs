//! The stores in the example mapping.

use dongbo_source::Mapping;
use dongbo_source::stores::{FilesConfig, StorePlace};

const EXAMPLE: &str = include_str!("../../../../config/mapping.example.toml");

fn files(text: &str) -> Result<FilesConfig, String> {
    let mapping = Mapping::parse(&format!("{EXAMPLE}\n{text}"), "test.toml");
    mapping.map(|mapping| mapping.files().clone()).map_err(|error| error.to_string())
}

#[test]
fn each_store_of_the_example_is_one() {
    let (_, stores) = EXAMPLE.split_once("One of four kinds:").unwrap();
    let mut kinds = Vec::new();
    for store in stores.split("# [files.").skip(1) {
        let store = format!("# [files.{store}");
        let lines: Vec<_> = store.lines().map(|line| line.trim_start_matches('#').trim()).collect();
        let files = files(&lines.join("\n")).unwrap();
        kinds.push(match files.papers.unwrap().place {
            StorePlace::Folder { .. } => "folder",
            StorePlace::Column(_) => "column",
            StorePlace::Http(_) => "http",
            StorePlace::S3(_) => "s3",
        });
    }
    assert_eq!(kinds, ["folder", "column", "http", "s3"]);
}

#[test]
fn a_misspelt_key_a_missing_parameter_and_a_missing_engine_are_told() {
    let misspelt = files("[files.results]\nkind = 'folder'\nroott = '/x'").unwrap_err();
    assert!(misspelt.contains("did you mean `root`?"), "{misspelt}");
    let column = "[files.papers]\nkind = 'column'\nsqlite = 'SELECT :key, :start, :lenght'";
    let wrong = files(column).unwrap_err();
    for told in [
        "[files.papers].sqlite: unknown parameter :lenght, did you mean :length?",
        "[files.papers] lacks the key postgres, which [changed] has",
    ] {
        assert!(wrong.contains(told), "{wrong}");
    }
}
