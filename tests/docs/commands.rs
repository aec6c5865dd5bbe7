//! The commands that README tells a newcomer to type exist, and every command of dongbo on any page can be typed as it
//! stands there.

use std::path::{Path, PathBuf};

use crate::pages::{all, lines, page, top};

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

/// The commands of dongbo that a page tells people to type, in blocks and within sentences.
fn typed(text: &str) -> Vec<String> {
    let blocks = [Some("sh"), Some("console")].into_iter().flat_map(|language| lines(text, language));
    let in_blocks = blocks.map(|line| {
        let line = line.trim_start_matches("$ ");
        let line = line.strip_prefix("sudo -u dongbo ").or(line.strip_prefix("sudo ")).unwrap_or(line);
        let ends = [" | ", " >", " # "].iter().filter_map(|end| line.find(end));
        line[..ends.min().unwrap_or(line.len())].trim().to_owned()
    });
    let prose = lines(text, None).join("\n");
    let in_prose: Vec<String> = prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|span| span.split(" \\|").next().unwrap().to_owned())
        .collect();
    let is_ours = |line: &String| {
        let next = line.strip_prefix("dongbo ").and_then(|rest| rest.chars().next());
        next.is_some_and(|c| c.is_ascii_lowercase()) && !line.starts_with("dongbo help ")
    };
    in_blocks.filter(|line| !line.starts_with("dongbo biết ")).chain(in_prose).filter(is_ours).collect()
}

/// The words of a command, with what stands between quotes in one piece.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn every_command_of_dongbo_on_any_page_can_be_typed() {
    let mut many = 0;
    for page in all() {
        for command in typed(&page.text) {
            many += 1;
            let tried = dongbo::cli::command().try_get_matches_from(words(&command));
            let missing = clap::error::ErrorKind::MissingRequiredArgument;
            // In a sentence a command is also named without what it takes.
            let refused = tried.err().filter(|error| error.kind() != missing);
            assert!(refused.is_none(), "{}: `{command}`: {}", page.path.display(), refused.unwrap());
        }
    }
    assert!(many > 30, "only {many} commands were found");
}

#[test]
fn a_command_is_found_in_a_block_and_in_a_sentence_with_its_quotes() {
    let text = "Try `dongbo why '#3 90'` now.\n```sh\nsudo dongbo held --list | head\nls\n```\n";
    assert_eq!(typed(text), ["dongbo held --list", "dongbo why '#3 90'"]);
    assert_eq!(words("dongbo why '#3 90'"), ["dongbo", "why", "#3 90"]);
}
