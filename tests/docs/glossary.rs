//! Every text of the program, in both languages, is held to `docs/glossary.md`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::pages::{self, page};
use crate::texts::{self, Pair};

/// What marks a sentence as English, and is no word of Vietnamese.
const ENGLISH: [&str; 14] =
    ["the", "is", "are", "of", "and", "that", "which", "was", "with", "has", "from", "by", "not", "cannot"];
/// So many words without a mark on any letter are no Vietnamese.
const UNMARKED: usize = 4;
/// English texts that hold a Vietnamese word for what has no other name.
const NAMED_IN_VIETNAMESE: [&str; 1] = ["Tiếng Việt"];
/// Turns of phrase that are no plain technical English.
const NO_ENGLISH: [&str; 14] = [
    "is no zone",
    "means nothing here",
    "turn comes",
    "proved itself",
    "foretold",
    "runs no more",
    "any more",
    "anew",
    "lets us in",
    "to see to",
    "is had",
    "cannot be had",
    "born on",
    "noughts",
];

/// A row of the glossary.
struct Entry {
    vi: String,
    en: String,
    not_used: Vec<String>,
}

fn glossary() -> Vec<Entry> {
    let text = page("docs/glossary.md").text;
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let entries = cells.filter(|cells| cells.first().is_some_and(|first| first != "Tiếng Việt"));
    let entries: Vec<_> = entries
        .map(|cells| {
            let [vi, en, _, _, not_used] = cells.try_into().unwrap();
            let not_used = not_used.split(", ").filter(|word| !word.is_empty()).map(str::to_owned);
            Entry { vi, en, not_used: not_used.collect() }
        })
        .collect();
    assert!(entries.len() > 20, "the tables of docs/glossary.md are not read");
    entries
}

fn is_vietnamese(c: char) -> bool {
    matches!(c, 'À'..='ỹ') && c.is_alphabetic() && !matches!(c, 'ß' | 'µ')
}

fn has_marks(text: &str) -> bool {
    text.chars().any(is_vietnamese)
}

/// Whether `text` has `words`, which begin and end where words do.
fn says(text: &str, words: &str) -> bool {
    let (text, words) = (text.to_lowercase(), words.to_lowercase());
    text.match_indices(&words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric() && c != '_')
    })
}

/// The plain words of a text: neither values, nor commands, keys and names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation() && !"{}[]_".contains(c)))
        .filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic))
}

/// What is wrong with a pair.
fn faults(pair: &Pair) -> Vec<String> {
    let mut faults = Vec::new();
    let Pair { vi, en } = pair;
    if let Some(word) = words(vi).find(|word| ENGLISH.contains(word)) {
        faults.push(format!("English “{word}” in Vietnamese"));
    }
    if !has_marks(vi) && words(vi).count() >= UNMARKED {
        faults.push("Vietnamese without a mark on any letter".to_owned());
    }
    if has_marks(en) && !NAMED_IN_VIETNAMESE.contains(&en.as_str()) {
        faults.push("Vietnamese in English".to_owned());
    }
    if [vi, en].into_iter().any(|text| has_tight_percent(text)) {
        faults.push("a percentage without a blank before its sign".to_owned());
    }
    faults
}

fn has_tight_percent(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| text[..at].ends_with(|c: char| c.is_ascii_digit() || c == '}'))
}

/// Every text with the file that it stands in: literals, help, alerts, panels and what pages say in Vietnamese.
fn everything() -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(pages::top()).unwrap_or(path).display().to_string();
    let mut all = Vec::new();
    for file in texts::all() {
        all.extend(file.literals.into_iter().map(|text| (name(&file.path), text)));
    }
    help(&dongbo::cli::command(), &mut all);
    for path in ["monitoring/alerts.yml", "monitoring/dashboard.json"] {
        all.extend(page(path).text.lines().map(|line| (path.to_owned(), line.to_owned())));
    }
    for page in pages::all() {
        let path = name(&page.path);
        if path != "docs/glossary.md" && path != "CHANGELOG.md" {
            let lines = pages::lines(&page.text, None);
            all.extend(lines.into_iter().map(|line| (path.clone(), line.to_owned())));
        }
    }
    all
}

fn help(command: &clap::Command, all: &mut Vec<(String, String)>) {
    let told = command.get_arguments().filter_map(|argument| argument.get_help());
    for text in told.chain(command.get_about()) {
        all.push((format!("help of {}", command.get_name()), text.to_string()));
    }
    command.get_subcommands().for_each(|inner| help(inner, all));
}

#[test]
fn no_text_has_a_word_that_the_glossary_leaves_out() {
    let mut wrong = BTreeSet::new();
    let left_out = glossary().into_iter().flat_map(|entry| entry.not_used).collect::<Vec<_>>();
    for (path, text) in everything() {
        // Pages speak English of their own; what commands say is held to more.
        let english = NO_ENGLISH.iter().map(ToString::to_string).filter(|_| !path.ends_with(".md"));
        for words in left_out.iter().cloned().chain(english) {
            let in_this_language = has_marks(&text) || !has_marks(&words) && !path.ends_with(".md");
            if in_this_language && says(&text, &words) {
                wrong.insert(format!("{path}: “{words}” in “{text}”"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_term_of_the_glossary_is_used() {
    let all = everything();
    let is_used = |term: &str| all.iter().any(|(path, text)| !path.ends_with(".md") && says(text, term));
    let unused: Vec<_> =
        glossary().into_iter().flat_map(|entry| [entry.vi, entry.en]).filter(|term| !is_used(term)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn each_language_is_spoken_to_its_end() {
    let mut wrong = Vec::new();
    let mut many = 0;
    for file in texts::all() {
        many += file.pairs.len();
        for pair in &file.pairs {
            wrong.extend(
                faults(pair).into_iter().map(|fault| format!("{}: {fault}: {pair:?}", file.path.display())),
            );
        }
        // The second part of a text that is put together has no pair of its own.
        // What `init` writes for a person to fill in is in both languages.
        let vietnamese = file.literals.iter().filter(|text| has_marks(text) && !text.starts_with('#'));
        for text in vietnamese {
            if let Some(word) = words(text).find(|word| ENGLISH.contains(word)) {
                wrong.push(format!("{}: English “{word}” in “{text}”", file.path.display()));
            }
        }
    }
    assert!(many > 500, "only {many} pairs were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_text_in_the_wrong_language_is_seen() {
    let pair = |vi: &str, en: &str| faults(&Pair { vi: vi.to_owned(), en: en.to_owned() });
    assert_eq!(pair("hợp lệ: {files} (dongbo reconcile list)", "valid: {files}"), [""; 0]);
    assert_eq!(pair("the portal is down", "the portal is down").len(), 2);
    assert_eq!(pair("nothing could be sent", "nothing could be sent").len(), 1);
    assert_eq!(pair("khớp", "hồ sơ").len(), 1);
    assert_eq!(pair("khớp 95%", "95 % agree").len(), 1);
    assert!(says("Sổ cái hỏng", "sổ cái") && !says("luồng lành", "làn"));
}
