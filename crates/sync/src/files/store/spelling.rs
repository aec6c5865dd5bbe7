//! The spellings of a path in Unicode. A letter with its marks is one character, or several (macOS; the composed Unicode
//! of Vietnamese keyboards sets only the tone apart), and folders that were copied from several machines mix them: so each
//! step of a path is compared by itself, as the letters that a reader sees.

use unicode_normalization::UnicodeNormalization as _;

/// The most paths that are followed at once. A path with more is ambiguous.
const MOST: usize = 16;

/// What is looked for below the root.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'p> {
    /// Whether this path is there: it is given back.
    Path(&'p str),
    /// The names in this folder.
    Folder(&'p str),
}

/// The path that is there under another spelling.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Like {
    /// Only this one.
    One(String),
    /// More than one, so that nobody can say which is meant.
    Several,
}

/// Finds the path that a reader would not tell from `key`, of which no exact spelling is there.
pub(super) fn like(key: &str, look: impl Fn(At<'_>) -> Vec<String>) -> Option<Like> {
    let mut found = vec![String::new()];
    for step in key.split('/') {
        let mut next = Vec::new();
        for folder in &found {
            let path =
                |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            // Letters of ASCII have one spelling.
            let names =
                if step.is_ascii() { vec![step.to_owned()] } else { spelled(folder, step, &path, &look) };
            next.extend(names.iter().map(|name| path(name)).filter(|path| !look(At::Path(path)).is_empty()));
        }
        if next.len() > MOST {
            return Some(Like::Several);
        }
        found = next;
    }
    let first = found.pop()?;
    Some(if found.is_empty() { Like::One(first) } else { Like::Several })
}

/// The names in `folder` that look like `step`.
fn spelled(
    folder: &str,
    step: &str,
    path: &impl Fn(&str) -> String,
    look: &impl Fn(At<'_>) -> Vec<String>,
) -> Vec<String> {
    // A large folder is not listed for the spelling that nearly every file has.
    let mut names: Vec<String> = Vec::new();
    for name in std::iter::once(step.to_owned()).chain(usual(step)) {
        if !names.contains(&name) && !look(At::Path(&path(&name))).is_empty() {
            names.push(name);
        }
    }
    if names.is_empty() {
        let seen: String = step.nfd().collect();
        names = look(At::Folder(folder));
        names.retain(|name| name.nfd().eq(seen.chars()));
    }
    names
}

/// The ways in which one keyboard or file system writes all of a name.
fn usual(step: &str) -> [String; 3] {
    let is_tone = |letter: &char| matches!(letter, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
    let tone_apart = |letter: char| {
        let (tones, letters): (String, String) = std::iter::once(letter).nfd().partition(is_tone);
        letters.nfc().chain(tones.chars()).collect::<String>()
    };
    [step.nfc().collect(), step.nfd().collect(), step.nfc().map(tone_apart).collect()]
}
