//! Comparing an archive with its chain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use dongbo_model::Lang;

use super::entry::{self, Link};
use super::{SealError, shown, store};

/// A fault of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// A sealed file has another content.
    Changed {
        /// The file below the archive.
        file: String,
    },
    /// A sealed file is not there.
    Missing {
        /// The file below the archive.
        file: String,
    },
    /// A file in a sealed folder is in no entry.
    Added {
        /// The file below the archive.
        file: String,
    },
    /// An entry of the chain cannot be read as one.
    Unreadable {
        /// The entry.
        file: String,
    },
    /// The entry with this number is not there.
    NoEntry {
        /// The number.
        number: u64,
    },
    /// Two entries have this number.
    Twice {
        /// The number.
        number: u64,
    },
    /// An entry does not follow from the one before it, or lies in another folder than it was written for.
    Loose {
        /// The number.
        number: u64,
    },
    /// No entry has the hash that was written down elsewhere.
    NotNoted {
        /// The hash.
        hash: String,
    },
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// The periods that are sealed.
    pub periods: BTreeSet<String>,
    /// The entries of the chain.
    pub entries: u64,
    /// The files that are in it.
    pub files: u64,
    /// The hash of the last entry; `None` while nothing is sealed.
    pub head: Option<String>,
    /// The faults.
    pub flaws: Vec<Flaw>,
}

impl Flaw {
    /// The stable name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Missing { .. } => "missing",
            Self::Added { .. } => "added",
            Self::Unreadable { .. } => "unreadable",
            Self::NoEntry { .. } => "no_entry",
            Self::Twice { .. } => "twice",
            Self::Loose { .. } => "loose",
            Self::NotNoted { .. } => "not_noted",
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn told(&self, lang: Lang) -> String {
        let (vi, en) = match self {
            Self::Changed { file } => (
                format!("{file}: nội dung đã bị sửa sau khi niêm phong"),
                format!("{file}: changed after it was sealed"),
            ),
            Self::Missing { file } => (
                format!("{file}: đã niêm phong nhưng không còn"),
                format!("{file}: sealed, and no longer there"),
            ),
            Self::Added { file } => (
                format!("{file}: được thêm sau khi niêm phong, chưa có bổ sung nào ghi nhận"),
                format!("{file}: added after the period was sealed, and in no addendum"),
            ),
            Self::Unreadable { file } => (
                format!("{file}: mắt xích đã bị sửa, không đọc được"),
                format!("{file}: this entry of the chain was changed and cannot be read"),
            ),
            Self::NoEntry { number } => (
                format!("chuỗi niêm phong thiếu mắt xích số {number}"),
                format!("entry {number} of the chain is missing"),
            ),
            Self::Twice { number } => (
                format!("chuỗi niêm phong có hai mắt xích số {number}"),
                format!("the chain has entry {number} twice"),
            ),
            Self::Loose { number } => (
                format!("mắt xích số {number} không nối với mắt xích trước nó: một trong hai đã bị sửa"),
                format!("entry {number} does not follow from the one before it: one of both was changed"),
            ),
            Self::NotNoted { hash } => (
                format!("chuỗi niêm phong không có mã {hash} đã ghi: chuỗi đã bị làm lại hoặc bị cắt bớt"),
                format!(
                    "the chain does not have the noted hash {hash}: it was made again from the start, or cut off"
                ),
            ),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(Lang::En))
    }
}

/// The flaws of the chain itself, whose links are in the order of their numbers.
pub(super) fn links(chain: &[Link]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut before: Option<&Link> = None;
    for link in chain {
        let number = link.entry.number;
        let expected = before.map_or(1, |before| before.entry.number + 1);
        if number < expected {
            flaws.push(Flaw::Twice { number });
            continue;
        }
        // A gap is named by its first number: a number that was changed could stand for millions of them.
        if number > expected {
            flaws.push(Flaw::NoEntry { number: expected });
        } else if link.entry.previous != before.map(|before| before.hash.clone()) {
            flaws.push(Flaw::Loose { number });
        }
        if link.folder != link.entry.period {
            flaws.push(Flaw::Loose { number });
        }
        before = Some(link);
    }
    flaws
}

/// Compares the archive below `root` with its chain.
pub(super) fn verify(root: &Path, noted: Option<&str>) -> Result<Verified, SealError> {
    let mut chain = Vec::new();
    let mut verified = Verified::default();
    for path in entry::paths(root)? {
        match entry::read(&path) {
            Ok(link) => chain.push(link),
            Err(SealError::Unreadable { .. }) => {
                verified.flaws.push(Flaw::Unreadable { file: below(root, &path) });
            }
            Err(error) => return Err(error),
        }
        verified
            .periods
            .extend(path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()));
    }
    chain.sort_by_key(|link| link.entry.number);
    verified.flaws.extend(links(&chain));
    verified.entries = u64::try_from(chain.len()).unwrap_or(u64::MAX);
    verified.head = chain.last().map(|link| link.hash.clone());
    if let Some(noted) = noted
        && !chain.iter().any(|link| link.hash.eq_ignore_ascii_case(noted))
    {
        verified.flaws.push(Flaw::NotNoted { hash: noted.to_owned() });
    }
    for period in verified.periods.clone() {
        verified.files += compare(root, &period, &chain, &mut verified.flaws)?;
    }
    Ok(verified)
}

/// Compares the folder of a period with the entries that are in it, and returns the number of files that these cover.
fn compare(root: &Path, period: &str, chain: &[Link], flaws: &mut Vec<Flaw>) -> Result<u64, SealError> {
    let folder = root.join(period);
    let sealed = chain.iter().filter(|link| link.folder == period).flat_map(|link| &link.entry.files);
    let sealed: BTreeMap<&str, &entry::Kept> = sealed.map(|kept| (kept.name.as_str(), kept)).collect();
    let there: BTreeSet<String> =
        store::names(&folder)?.into_iter().filter(|name| !entry::is_entry(name)).collect();
    for (name, kept) in &sealed {
        let file = format!("{period}/{name}");
        // What an entry names lies in its folder, whatever somebody wrote into it.
        if !there.contains(*name) {
            flaws.push(Flaw::Missing { file });
            continue;
        }
        let is_plain = std::fs::symlink_metadata(folder.join(name)).is_ok_and(|data| data.is_file());
        let same = is_plain && store::hash_file(&folder.join(name))? == (kept.bytes, kept.sha256.clone());
        if !same {
            flaws.push(Flaw::Changed { file });
        }
    }
    let added = there.iter().filter(|name| !sealed.contains_key(name.as_str()));
    flaws.extend(added.map(|name| Flaw::Added { file: format!("{period}/{name}") }));
    Ok(u64::try_from(sealed.len()).unwrap_or(u64::MAX))
}

fn below(root: &Path, path: &Path) -> String {
    shown(path.strip_prefix(root).unwrap_or(path))
}
