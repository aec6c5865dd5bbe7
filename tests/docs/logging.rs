//! `docs/logging.md` names every event that the program logs, with its level and fields, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::pages::{page, top};

/// The levels at which an event is logged and the fields that it has.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    levels: BTreeSet<String>,
    fields: BTreeSet<String>,
}

/// A call of a macro of `tracing`: its level and the text between its brackets.
fn calls(source: &str) -> Vec<(String, String)> {
    let mut calls = Vec::new();
    for (place, _) in source.match_indices("tracing::") {
        let rest = &source[place + "tracing::".len()..];
        let Some((name, rest)) = rest.split_once("!(") else { continue };
        if ["error", "warn", "info", "debug", "trace"].contains(&name) {
            calls.push((name.to_owned(), arguments(rest).to_owned()));
        }
    }
    calls
}

/// Up to the bracket that closes the one just opened.
fn arguments(text: &str) -> &str {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..place];
        }
    }
    panic!("a macro is not closed: {text}")
}

/// The arguments by themselves: divided at commas that stand in no bracket and no quotation.
fn divided(arguments: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut from) = (0, false, false, 0);
    let mut parts = Vec::new();
    for (place, c) in arguments.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(arguments[from..place].trim());
                from = place + 1;
            }
            _ => {}
        }
    }
    parts.push(arguments[from..].trim());
    parts
}

/// The event of a macro call, and its fields: those before the sentence.
fn event(arguments: &str) -> Option<(String, BTreeSet<String>)> {
    let parts = divided(arguments);
    let fields = parts.iter().take_while(|part| !part.starts_with('"'));
    let (mut name, mut names) = (None, BTreeSet::new());
    for field in fields {
        let (key, value) = field.split_once('=').map_or((*field, ""), |(key, value)| (key, value.trim()));
        let key = key.trim().trim_start_matches(['%', '?']);
        let key = key.rsplit('.').next().unwrap();
        if key == "event" {
            name = Some(value.trim_matches('"').to_owned());
        } else {
            names.insert(key.to_owned());
        }
    }
    name.map(|name| (name, names))
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            // What unit tests log is no event of the program.
            let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
            found.push((path.display().to_string(), text));
        }
    }
}

fn program() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&top().join("src"), &mut found);
    for floor in std::fs::read_dir(top().join("crates")).unwrap() {
        sources(&floor.unwrap().path().join("src"), &mut found);
    }
    found
}

/// Every event that the source code names.
fn real() -> BTreeMap<String, Shape> {
    let mut events: BTreeMap<String, Shape> = BTreeMap::new();
    for (path, text) in program() {
        for (level, arguments) in calls(&text) {
            let (name, fields) = event(&arguments)
                .unwrap_or_else(|| panic!("{path}: a line without an event: {level}!({arguments})"));
            let shape = events.entry(name).or_default();
            shape.levels.insert(level);
            shape.fields.extend(fields);
        }
    }
    // The log's own lines, which cannot be logged as others are.
    for (name, level, fields) in [("log.level_set", "info", &["levels"][..]), ("log.no_journal", "warn", &[])]
    {
        let literal = format!("event: \"{name}\"");
        assert!(program().iter().any(|(_, text)| text.contains(&literal)), "{name} is gone");
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        events.insert(name.to_owned(), Shape { levels: [level.to_owned()].into(), fields });
    }
    events
}

/// Name, level and fields of every row of the page's tables that begins with an event.
fn documented(text: &str) -> BTreeMap<String, Shape> {
    let words = |cell: &str| -> BTreeSet<String> {
        cell.split(',')
            .map(|word| word.trim().trim_matches('`').to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    };
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
            let name = cells.first()?.trim_end_matches('`');
            let (level, fields) = (cells.get(1)?, cells.get(3)?);
            name.contains('.')
                .then(|| (name.to_owned(), Shape { levels: words(level), fields: words(fields) }))
        })
        .collect()
}

#[test]
fn the_page_lists_every_event_with_its_level_and_fields() {
    let mut real = real();
    assert!(real.len() > 20, "only {} events were found: {real:?}", real.len());
    let mut documented = documented(&page("docs/logging.md").text);
    // Any level, and whatever fields a library has.
    assert!(documented.remove("library.said").is_some());
    for (name, shape) in &real {
        assert!(documented.contains_key(name), "docs/logging.md lacks `{name}`: {shape:?}");
    }
    for name in documented.keys() {
        assert!(real.contains_key(name), "docs/logging.md names `{name}`, which is not logged");
    }
    for (name, shape) in documented {
        assert_eq!(real.remove(&name).unwrap(), shape, "{name}: the code is left, the page right");
    }
}

#[test]
fn an_events_name_is_an_area_and_what_happened() {
    for name in real().into_keys() {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(name.split_once('.').is_some_and(|(area, what)| word(area) && word(what)), "{name}");
    }
}

#[test]
fn every_error_says_its_class() {
    for (path, text) in program() {
        for (level, arguments) in calls(&text) {
            let (name, fields) = event(&arguments).unwrap();
            assert!(level != "error" || fields.contains("class"), "{path}: {name} has no class");
        }
    }
}

#[test]
fn a_macro_is_read_with_its_level_event_and_fields() {
    let source = r#"x; tracing::warn!(event = "a.b", code = %it.code, offset.rows, ?parts, "Rows (of {}), \"all\"", f(1, 2)); y"#;
    let calls = calls(source);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].0, "warn");
    let (name, fields) = event(&calls[0].1).unwrap();
    assert_eq!(name, "a.b");
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), ["code", "parts", "rows"]);
    assert_eq!(event("\"Nothing\""), None);
}
