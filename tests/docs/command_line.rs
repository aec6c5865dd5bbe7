//! `docs/commands.md` has every command and every option that the program has, and no other.

use std::collections::{BTreeMap, BTreeSet};

use crate::pages::page;

/// The options of each command that does something, by its words; those of every command stand under "".
type Options = BTreeMap<String, BTreeSet<String>>;

fn real() -> Options {
    let mut program = dongbo::cli::command();
    program.build();
    let shared = long_names(&program).collect::<BTreeSet<_>>();
    let mut all = Options::new();
    gather(&program, "", &shared, &mut all);
    all.insert(String::new(), shared);
    all
}

fn long_names(command: &clap::Command) -> impl Iterator<Item = String> {
    command.get_arguments().filter_map(|argument| argument.get_long()).map(str::to_owned)
}

fn gather(command: &clap::Command, words: &str, shared: &BTreeSet<String>, all: &mut Options) {
    let mut leaf = true;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        leaf = false;
        gather(inner, format!("{words} {}", inner.get_name()).trim(), shared, all);
    }
    if leaf || !command.is_subcommand_required_set() {
        all.insert(words.to_owned(), long_names(command).filter(|name| !shared.contains(name)).collect());
    }
}

/// The commands and options on the page: a heading for each command, and rows of tables that begin with an option.
fn documented(text: &str) -> Options {
    let mut all = Options::new();
    let mut section = None;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = match heading.strip_prefix("`dongbo ") {
                Some(words) => Some(words.trim_end_matches('`').to_owned()),
                None => (heading == "Options of every command").then(String::new),
            };
            if let Some(section) = &section {
                all.entry(section.clone()).or_default();
            }
        } else if let (Some(section), Some(row)) = (&section, line.strip_prefix("| `--")) {
            let name: String = row.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            all.entry(section.clone()).or_default().insert(name);
        }
    }
    all
}

#[test]
fn the_page_has_every_command_with_every_option() {
    let real = real();
    assert!(real.len() > 5 && real[""].contains("lang"), "{real:#?}");
    assert_eq!(documented(&page("docs/commands.md").text), real);
}

#[test]
fn an_option_is_read_under_its_heading() {
    let text =
        "## Options of every command\n| `--x Y` | |\n## `dongbo a b`\n| `--c-d N` | |\n## Other\n| `--e` |";
    let set = |name: &str| BTreeSet::from([name.to_owned()]);
    let expected = Options::from([(String::new(), set("x")), ("a b".to_owned(), set("c-d"))]);
    assert_eq!(documented(text), expected);
}
