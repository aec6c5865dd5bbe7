//! The file of those who may log in.

use dongbo_model::locks::lock;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::password;
use dongbo_model::vocabulary;
use dongbo_settings::{capped, ownership, whole};

/// The longest name, in characters.
const LONGEST_NAME: usize = 64;
/// The head of the file.
const HEAD: &str =
    "# Who may log in at the console. dongbo user writes this file; the daemon takes it over at once.\n\n";

vocabulary! {
    /// The rights of a user. Each has those of the ones before, too.
    #[derive(Default)]
    pub enum Role
    texts {
        /// The name for people.
        text
    }
    {
        /// Looks.
        #[default]
        Viewer = "viewer", ["người xem", "viewer"];
        /// Has dossiers tried again, pauses, reconciles.
        Operator = "operator", ["người vận hành", "operator"];
        /// Sees the configuration and the audit log.
        Administrator = "administrator", ["quản trị", "administrator"];
    }
}

/// One who may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The user's rights.
    pub role: Role,
    /// The codes of the units that the user sees; none: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub units: BTreeSet<String>,
    /// The argon2id hash of the password.
    pub password: String,
}

/// Everybody who may log in, by name.
pub type Users = BTreeMap<String, User>;

/// A file of users that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// It cannot be read.
    #[error("cannot read the users in {}: {source}; dongbo user add makes the file (console.users_file)", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// It is none.
    #[error("the file of users {} cannot be understood: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The fault, without a secret.
        what: String,
    },
    /// It cannot be written.
    #[error("cannot write the users to {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

/// Whether a name may be a user's: letters, digits, and `.`, `_`, `-` or `@` between them.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || ['.', '_', '-', '@'].contains(&c);
    !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(fits)
}

/// Reads the users in the file at `path`.
///
/// # Errors
/// When it cannot be read or understood.
pub fn read(path: &Path) -> Result<Users, UsersError> {
    let wrong = |what: String| UsersError::Wrong { path: path.to_owned(), what };
    let text =
        capped::read_text(path).map_err(|source| UsersError::Read { path: path.to_owned(), source })?;
    // The parser's own words show the line, in which a hash may stand.
    let users: Users = toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
    for (name, user) in &users {
        if !is_name(name) {
            return Err(wrong(format!("{name:?} is no name")));
        }
        if !password::is_hash(&user.password) {
            return Err(wrong(format!(
                "the password of {name} is no argon2id hash; set it with dongbo user passwd {name}"
            )));
        }
    }
    Ok(users)
}

/// Writes the file at `path` anew, whole or not at all; its owner alone may read it.
///
/// # Errors
/// When it cannot be written; the old one stays.
pub fn write(path: &Path, users: &Users) -> Result<(), UsersError> {
    let failed = |source| UsersError::Write { path: path.to_owned(), source };
    let text = toml::to_string(users).map_err(|error| failed(io::Error::other(error)))?;
    whole::replace(path, format!("{HEAD}{text}").as_bytes(), Some(ownership::OWN)).map_err(failed)
}

/// The mark by which a file shows that it is another one than before.
type Mark = (i64, i64, u64, u64);

/// The users as the file has them at any moment.
#[derive(Debug)]
pub(super) struct UserFile {
    path: PathBuf,
    last: Mutex<Option<Last>>,
}

#[derive(Debug)]
struct Last {
    mark: Mark,
    users: Arc<Users>,
    /// Those who changed since somebody asked for that.
    changed: BTreeSet<String>,
}

impl UserFile {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, last: Mutex::new(None) }
    }

    /// The users as they are now; the file is read again when it is another one.
    pub(super) fn current(&self) -> Result<Arc<Users>, UsersError> {
        let failed = |source| UsersError::Read { path: self.path.clone(), source };
        let found = std::fs::metadata(&self.path).map_err(failed)?;
        let mark = (found.mtime(), found.mtime_nsec(), found.ino(), found.len());
        let mut last = lock(&self.last);
        if let Some(last) = last.as_ref().filter(|last| last.mark == mark) {
            return Ok(Arc::clone(&last.users));
        }
        let users = Arc::new(read(&self.path)?);
        let mut changed = BTreeSet::new();
        if let Some(before) = last.take() {
            let names = before.users.keys().chain(users.keys());
            changed.extend(names.filter(|name| before.users.get(*name) != users.get(*name)).cloned());
            changed.extend(before.changed);
        }
        *last = Some(Last { mark, users: Arc::clone(&users), changed });
        Ok(users)
    }

    /// The names of those who changed since this was asked before, with commas between; `None` where nobody did.
    pub(super) fn changed(&self) -> Result<Option<String>, UsersError> {
        self.current()?;
        let mut last = lock(&self.last);
        let changed = last.as_mut().map(|last| std::mem::take(&mut last.changed)).unwrap_or_default();
        let names: Vec<String> = changed.into_iter().collect();
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Role, User, UserFile, Users, is_name, read, write};

    fn user(role: Role, units: &[&str]) -> User {
        let password =
            "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUh$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let units = units.iter().map(|unit| (*unit).to_owned()).collect();
        User { role, units, password: password.to_owned() }
    }

    #[test]
    fn users_are_kept_for_their_owner_alone_and_those_who_change_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        let file = UserFile::new(path.clone());
        assert!(file.current().unwrap_err().to_string().contains("dongbo user add"));
        let mut users = Users::from([
            ("lan".to_owned(), user(Role::Administrator, &[])),
            ("minh.nguyễn".to_owned(), user(Role::Viewer, &["000.01 \"<b>", "000.02"])),
        ]);
        write(&path, &users).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path).unwrap(), users);
        assert_eq!(
            (&*file.current().unwrap(), file.changed().unwrap()),
            (&users, None),
            "nobody was known before"
        );
        users.get_mut("minh.nguyễn").unwrap().role = Role::Operator;
        users.insert("hoa".to_owned(), user(Role::Viewer, &[]));
        write(&path, &users).unwrap();
        assert_eq!(*file.current().unwrap(), users);
        assert_eq!(file.changed().unwrap().as_deref(), Some("hoa, minh.nguyễn"), "whoever looked meanwhile");
        assert_eq!(file.changed().unwrap(), None, "once");
        assert!(Role::Administrator > Role::Operator && Role::Operator > Role::Viewer);
    }

    #[test]
    fn a_file_that_is_not_understood_lets_nobody_in_and_shows_no_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        for (text, told) in [
            ("[lan]\nrole = \"king\"\npassword = \"SECRET\"", "king"),
            ("[lan]\nrole = \"viewer\"\npassword = \"SECRET\"", "passwd lan"),
            ("[lan]\nrole = \"viewer\"\npassword = \"SECRET\"\nunit = \"57\"", "unit"),
            ("[\"lan anh\"]\nrole = \"viewer\"\npassword = \"SECRET\"", "no name"),
            ("password = \"SECRET", "lan"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(!error.contains("SECRET"), "{error}");
            assert!(told == "lan" || error.contains(told), "{error}");
        }
        for name in ["", "lan anh", "a\n", "<b>", "a/b", &"x".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
