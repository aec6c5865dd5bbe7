//! `docs/install.md` and what types it on a real machine (`scripts/installation`) go together, and the units, ports and grants with
//! the configuration that is shipped.

use std::collections::BTreeSet;

use dongbo::config::DEFAULTS;

use crate::pages::{page, top};

/// A block that is shown and not typed: the programs are built before.
const SHOWN: &str = "build";
/// A block that goes on until somebody ends it.
const TRIAL: &str = "trial";

fn text(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap()
}

/// The names of the page's marked blocks; each mark stands right above a block of commands.
fn marked(page: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = page.lines().collect();
    let marks = lines.windows(2).filter_map(|pair| {
        let name = pair[0].strip_prefix("<!-- installation: ")?.strip_suffix(" -->")?;
        assert_eq!(pair[1], "```sh", "no commands below the mark {name}");
        Some(name.to_owned())
    });
    marks.collect()
}

#[test]
fn every_marked_block_of_the_page_is_typed_on_a_real_machine_and_every_block_is_marked() {
    let page = page("docs/install.md").text;
    let walk = text("scripts/installation.d/walk");
    let typed = walk.lines().flat_map(|line| {
        let one = line.trim().strip_prefix("type_block ").map(|name| vec![name.to_owned()]);
        let many = line.trim().strip_prefix("for name in ").and_then(|rest| rest.split_once(';'));
        let many = many.map(|(names, _)| names.split(' ').map(str::to_owned).collect());
        one.or(many).unwrap_or_default()
    });
    let typed: BTreeSet<String> = typed.filter(|name| name != "\"$name\"").collect();
    let mut marked = marked(&page);
    assert!(marked.remove(SHOWN) && marked.remove(TRIAL), "{marked:?}");
    assert_eq!(typed, marked);
    let blocks = page.lines().filter(|line| *line == "```sh").count();
    let marks = page.lines().filter(|line| line.starts_with("<!-- installation: ")).count();
    assert_eq!(blocks, marks, "a block of commands without a mark is typed by nobody");
}

#[test]
fn systemd_hands_over_every_password_that_the_default_configuration_names() {
    // The service's user reads the secrets of ways itself, anew for each message.
    let sections = DEFAULTS.split("\n[notify]\n").next().unwrap();
    let named = sections.lines().filter_map(|line| {
        let (key, value) = line.trim_start_matches("# ").split_once(" = ")?;
        (key == "password_file").then(|| value.trim_matches('"').to_owned())
    });
    let named: BTreeSet<String> = named.collect();
    assert_eq!(named.len(), 4, "{named:?}");
    let unit = text("systemd/dongbo.service");
    let folders = text("systemd/tmpfiles.d/dongbo.conf");
    for file in named {
        let name = file.rsplit('/').next().unwrap();
        assert!(unit.contains(&format!("\nLoadCredential={name}:{file}\n")), "{file} is not handed over");
        assert!(folders.contains(&format!("\nf {file} 0600 root root -\n")), "{file} is not made");
    }
}

#[test]
fn everything_that_listens_by_default_has_a_port_of_its_own() {
    let own = DEFAULTS.lines().filter_map(|line| line.strip_prefix("listen = \"127.0.0.1:"));
    let own = own.map(|rest| rest.trim_end_matches('"').to_owned());
    let mock = text("systemd/mock-portal.service");
    let mock =
        mock.split("127.0.0.1:").skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
    let ports: Vec<String> = own.chain(mock).collect();
    let different: BTreeSet<&String> = ports.iter().collect();
    assert_eq!((ports.len(), different.len()), (5, 5), "{ports:?}");
}

#[test]
fn the_grants_on_the_page_are_for_every_table_that_the_example_of_a_mapping_reads() {
    let mapping: toml::Table = text("config/mapping.example.toml").parse().unwrap();
    let mut tables = BTreeSet::new();
    for sql in mapping.values().filter_map(|query| query.get("postgres")?.as_str()) {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let named = words.windows(2).filter(|pair| ["FROM", "JOIN"].contains(&pair[0]));
        tables.extend(named.map(|pair| pair[1].to_owned()));
    }
    let page = page("docs/install.md").text;
    let grant =
        page.split("GRANT SELECT ON ").nth(1).and_then(|rest| rest.split_once(" TO dongbo;")).unwrap().0;
    let granted: BTreeSet<String> = grant.split(", ").map(str::to_owned).collect();
    assert_eq!(granted, tables);
}
