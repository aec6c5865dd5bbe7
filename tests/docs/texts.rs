//! The texts of the program as they stand in its source: string literals outside of tests, and pairs in both languages.

use std::path::{Path, PathBuf};

use crate::pages::top;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) vi: String,
    pub(crate) en: String,
}

/// The texts of one file.
pub(crate) struct Texts {
    pub(crate) path: PathBuf,
    /// Every string literal.
    pub(crate) literals: Vec<String>,
    /// The literals that say one thing in both languages.
    pub(crate) pairs: Vec<Pair>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Mark(char),
}

/// The texts of every file of the program and of what it is made of.
pub(crate) fn all() -> Vec<Texts> {
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        gather(&top().join(folder), &mut files);
    }
    files.into_iter().map(|path| read(&path)).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            gather(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> Texts {
    let source = std::fs::read_to_string(path).unwrap();
    let code = source.split("\n#[cfg(test)]\nmod ").next().unwrap();
    let tokens = tokens(code);
    let literals = tokens.iter().filter_map(|token| match token {
        Token::Text(text) => Some(text.clone()),
        _ => None,
    });
    Texts { path: path.to_owned(), literals: literals.collect(), pairs: pairs(&tokens) }
}

/// The pairs of `texts!`, of the tables of words, and of `pick` and `Advice::new`.
fn pairs(tokens: &[Token]) -> Vec<Pair> {
    let is_call = |before: &[Token]| matches!(before, [.., Token::Word(name), Token::Mark('(')] if name == "pick" || name == "new");
    let mut pairs = Vec::new();
    for at in 0..tokens.len() {
        let (before, rest) = tokens.split_at(at);
        let [Token::Text(vi), Token::Mark(','), Token::Text(en), rest @ ..] = rest else { continue };
        let after = match rest {
            [Token::Mark(','), after @ ..] | after => after.first(),
        };
        let is_pair = match (before.last(), after) {
            (Some(Token::Mark(':')), Some(Token::Mark(';'))) => true,
            (Some(Token::Mark('[')), Some(Token::Mark(']'))) => {
                matches!(before, [.., Token::Text(_) | Token::Mark(']'), Token::Mark(','), Token::Mark('[')])
            }
            (Some(Token::Mark('(')), Some(Token::Mark(')'))) => is_call(before),
            _ => false,
        };
        if is_pair {
            pairs.push(Pair { vi: vi.clone(), en: en.clone() });
        }
    }
    pairs
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if rest.starts_with("r#\"") {
            let (text, after) = rest[3..].split_once("\"#").unwrap();
            tokens.push(Token::Text(text.to_owned()));
            rest = after;
        } else if c == '"' {
            let (text, after) = literal(&rest[1..]);
            tokens.push(Token::Text(text));
            rest = after;
        } else if c == '\'' {
            rest = after_character(&rest[1..]);
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Mark(c));
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    tokens
}

/// The literal that begins here, and what follows it.
fn literal(code: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = code.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &code[at + 1..]),
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('\n') => {
                    let blanks = code[at + 2..].chars().take_while(|c| c.is_whitespace()).count();
                    for _ in 0..blanks {
                        chars.next();
                    }
                }
                Some(escaped) => text.push(escaped),
                None => {}
            },
            c => text.push(c),
        }
    }
    panic!("a literal has no end: {text}");
}

/// What follows a character, or the mark of a lifetime.
fn after_character(code: &str) -> &str {
    let mut chars = code.char_indices();
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let after = &code[at + escaped.len_utf8()..];
            after.split_once('\'').map_or("", |(_, after)| after)
        }
        (Some(_), Some((at, '\''))) => &code[at + 1..],
        _ => code,
    }
}

#[test]
fn pairs_are_found_in_every_form_in_which_they_are_written() {
    let code = r##"
        // "not this", "nor this"
        texts! { hello(name): "Chào {name}", "Hello {name}"; }
        Rain = "rain", ["mưa \"to\"", "rain"] => 'x';
        lang.pick(
            "một \
             hai",
            "one two",
        ) + fn x<'a>() ['"', '\''] f("a", "b")
    "##;
    let found = pairs(&tokens(code));
    let pair = |vi: &str, en: &str| Pair { vi: vi.to_owned(), en: en.to_owned() };
    assert_eq!(
        found,
        [pair("Chào {name}", "Hello {name}"), pair("mưa \"to\"", "rain"), pair("một hai", "one two")]
    );
}
