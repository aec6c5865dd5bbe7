//! Programs that ask: each has a token in a file of its own.

use dongbo_model::locks::lock;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Mutex;

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Visitor;
use super::users::{Role, is_name};
use dongbo_settings::Secret;

/// Fewer characters are guessed.
const SHORTEST: usize = 32;

/// A program that may ask, such as a province's dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its name.
    pub name: String,
    /// The file with its token.
    pub file: PathBuf,
    /// Its rights.
    #[serde(default)]
    pub role: Role,
    /// The codes of the units that it sees; none: all.
    #[serde(default)]
    pub units: BTreeSet<String>,
}

impl Token {
    /// The key of its file, for messages.
    #[must_use]
    pub fn key(&self) -> String {
        format!("console.token {}: file", self.name)
    }

    /// The rules that its values break, each in a sentence.
    pub(crate) fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !is_name(&self.name) {
            wrong.push(format!("console.token: {:?} is no name", self.name));
        }
        if self.file.as_os_str().is_empty() {
            wrong.push(format!("{} is missing: the file with the token", self.key()));
        }
        wrong
    }

    /// Reads its token.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no token that nobody guesses.
    pub fn read(&self) -> Result<Secret, String> {
        let secret = Secret::from_file(&self.file).map_err(|error| error.to_string())?;
        if secret.expose().len() < SHORTEST {
            return Err(format!(
                "{} holds fewer than {SHORTEST} characters: write another one with openssl rand -hex 32",
                self.file.display()
            ));
        }
        Ok(secret)
    }
}

/// The mark by which a file shows that it is another one than before.
type Mark = (i64, i64, u64, u64);

/// A token as its file has it at any moment.
#[derive(Debug)]
pub(super) struct TokenFile {
    token: Token,
    /// The file's mark, and the hash of the token that it holds, if it holds one.
    last: Mutex<Option<(Mark, Option<[u8; 32]>)>>,
}

impl TokenFile {
    pub(super) const fn new(token: Token) -> Self {
        Self { token, last: Mutex::new(None) }
    }

    /// The hash of the token; `None` while there is none. The file is read again when it is another one.
    fn current(&self) -> Option<[u8; 32]> {
        let found = std::fs::metadata(&self.token.file).ok()?;
        let mark = (found.mtime(), found.mtime_nsec(), found.ino(), found.len());
        let mut last = lock(&self.last);
        if let Some((_, hash)) = last.filter(|(known, _)| *known == mark) {
            return hash;
        }
        let hash = self.token.read().ok().map(|secret| hash(secret.expose()));
        *last = Some((mark, hash));
        hash
    }

    /// The program that shows this token, if it is its own.
    pub(super) fn visitor(&self, shown: &str) -> Option<Visitor> {
        // Of what the times of a comparison tell nobody finds the text that is hashed.
        (self.current()? == hash(shown)).then(|| Visitor {
            name: self.token.name.clone(),
            role: self.token.role,
            units: (!self.token.units.is_empty()).then(|| self.token.units.clone()),
            ..Visitor::stranger()
        })
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The token that a request shows; `None` where it shows none.
pub(super) fn shown(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::{HeaderMap, header};

    use super::{Token, TokenFile, shown};
    use crate::access::Role;

    #[test]
    fn a_token_is_its_files_at_any_moment_and_a_short_one_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("province.token");
        let units = BTreeSet::from(["57".to_owned()]);
        let token = Token { name: "province".to_owned(), file: file.clone(), role: Role::Viewer, units };
        let known = TokenFile::new(token.clone());
        let (first, second) = ("1".repeat(64), "2".repeat(63));
        assert_eq!(known.visitor(&first), None, "there is no file");
        std::fs::write(&file, format!("{first}\n")).unwrap();
        let visitor = known.visitor(&first).unwrap();
        assert!(visitor.sees("57") && !visitor.sees("58") && !visitor.operates());
        for other in ["", "1", &first[1..], &first.replace('1', "2")] {
            assert_eq!(known.visitor(other), None, "{other}");
        }
        std::fs::write(&file, &second).unwrap();
        assert!(known.visitor(&first).is_none() && known.visitor(&second).is_some(), "renewed");
        std::fs::write(&file, "short").unwrap();
        assert_eq!(known.visitor("short"), None);
        assert!(token.read().unwrap_err().contains("openssl"));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(known.visitor(&second), None, "taken back");
    }

    #[test]
    fn another_kind_of_authorization_is_a_token_that_nobody_has() {
        let of = |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        for (value, token) in [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", "")]
        {
            assert_eq!(shown(&of(value)), Some(token), "{value}");
        }
        assert_eq!(shown(&HeaderMap::new()), None);
    }
}
