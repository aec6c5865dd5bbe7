//! The commands that README tells a newcomer to type exist.

use std::path::{Path, PathBuf};

use crate::pages::{lines, page, top};

const EXAMPLE: &str = "cargo run --release --example ";

/// The files of which one must exist for `command` to run; none for a command that is not ours.
fn needed(command: &str) -> Vec<PathBuf> {
    let first = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    if let Some(name) = command.strip_prefix(EXAMPLE).map(first) {
        return vec![
            top().join(format!("examples/{name}.rs")),
            top().join(format!("examples/{name}/main.rs")),
        ];
    }
    if command.starts_with("./scripts/") { vec![top().join(first(command))] } else { Vec::new() }
}

#[test]
fn every_script_and_example_in_readme_exists() {
    let readme = page("README.md");
    let commands: Vec<&str> = lines(&readme.text, Some("console"))
        .into_iter()
        .map(|line| line.trim_start_matches("$ ").trim())
        .filter(|command| !needed(command).is_empty())
        .collect();
    assert!(commands.iter().any(|command| command.starts_with(EXAMPLE)), "no example in {commands:?}");
    assert!(commands.iter().any(|command| command.starts_with("./scripts/")), "no script in {commands:?}");
    for command in commands {
        assert!(needed(command).iter().any(|path| path.is_file()), "README says `{command}`: no such file");
    }
}

#[test]
fn a_missing_script_is_missed() {
    assert!(!needed("./scripts/no-such-script --fast")[0].exists());
    assert_eq!(needed("./scripts/test it")[0].file_name(), Path::new("scripts/test").file_name());
    assert!(needed("cargo build --release").is_empty());
}
