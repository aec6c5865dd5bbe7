//! Links by which the portal fetches files: signed, expiring, and not to be guessed.
//!
//! A link is `<public_url>/<link id>.<announcement>?h=<expiry>&k=<key>&c=<code>`. What stands before the `?` is its
//! reference: it says which bytes are offered, and how often they were. The code is an HMAC-SHA-256 over all before it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

use super::settings::Settings;
use dongbo_model::ErrorClass;
use dongbo_settings::{Secret, SecretError};

/// A key shorter than this could be guessed.
const LEAST_KEY_CHARS: usize = 32;

/// Keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkKeyError {
    /// The file cannot be read.
    #[error("files.link_keys_file: {0}")]
    File(#[from] SecretError),
    /// A line is no key.
    #[error(
        "files.link_keys_file: line {line} of {} is no key: write a name of letters and digits, a blank, and at least \
         {LEAST_KEY_CHARS} characters (openssl rand -hex 32)", .path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The links would lead nowhere.
    #[error("files.public_url is not set: say how the portal reaches files.listen")]
    NoAddress,
    /// Several of the above.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
}

impl LinkKeyError {
    /// The class, which says who has to act.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Config
    }
}

/// Reasons why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLink {
    /// It was never made, or changed on its way.
    Forged,
    /// It was good once.
    Expired,
}

/// The query of a link.
#[derive(Debug, Clone, Deserialize)]
pub struct Signature {
    /// When it ends, in seconds since 1970.
    h: i64,
    /// The name of the key.
    k: String,
    /// The code, in hexadecimal digits.
    c: String,
}

struct Key {
    name: String,
    /// Knows the key, and nothing yet of what it signs.
    mac: Hmac<Sha256>,
}

/// Makes links and checks them.
pub struct Links {
    base: String,
    link_for: Duration,
    signing: Key,
    retired: Vec<Key>,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("base", &self.base)
            .field("link_for", &self.link_for)
            .finish_non_exhaustive()
    }
}

impl Links {
    /// Reads the keys.
    ///
    /// # Errors
    /// When the file of keys is missing or holds something else, or no address is configured; all of it at once.
    pub fn new(config: &Settings) -> Result<Self, LinkKeyError> {
        let mut wrong = Vec::new();
        if config.public_url.is_empty() {
            wrong.push(LinkKeyError::NoAddress);
        }
        let mut keys = keys(&config.link_keys_file, &mut wrong).into_iter();
        let signing = keys.next();
        if signing.is_none() && wrong.iter().all(|wrong| matches!(wrong, LinkKeyError::NoAddress)) {
            wrong.push(LinkKeyError::Line { path: config.link_keys_file.clone(), line: 1 });
        }
        match (signing, wrong.len()) {
            (Some(signing), 0) => Ok(Self {
                base: config.public_url.trim_end_matches('/').to_owned(),
                link_for: config.link_for,
                signing,
                retired: keys.collect(),
            }),
            (_, 1) => Err(wrong.pop().unwrap_or(LinkKeyError::NoAddress)),
            _ => Err(LinkKeyError::Several(wrong)),
        }
    }

    /// The name by which the portal knows a file: its link without the signature.
    #[must_use]
    pub fn reference(&self, link_id: &str, announcement: i64) -> String {
        format!("{}/{link_id}.{announcement}", self.base)
    }

    /// The link as it is sent. Its end lies on a fixed beat, so that its text stays the same from one to the next.
    #[must_use]
    pub fn sign(&self, reference: &str, now: DateTime<Utc>) -> String {
        let Some((_, name)) = reference.rsplit_once('/') else { return reference.to_owned() };
        let beat = i64::try_from(self.link_for.as_secs()).unwrap_or(i64::MAX).max(1);
        let end = now.timestamp().div_euclid(beat).saturating_add(2).saturating_mul(beat);
        let code = hex::encode(mac(&self.signing, name, end).finalize().into_bytes());
        format!("{reference}?h={end}&k={}&c={code}", self.signing.name)
    }

    /// Whether we made the link to `name`, `<link id>.<announcement>`, and it is still good.
    ///
    /// # Errors
    /// `BadLink`, which says why the link is refused.
    pub fn check(&self, name: &str, signature: &Signature, now: DateTime<Utc>) -> Result<(), BadLink> {
        let key = std::iter::once(&self.signing).chain(&self.retired).find(|key| key.name == signature.k);
        let code = hex::decode(&signature.c).map_err(|_| BadLink::Forged)?;
        // Compared in a time that does not tell how much of it was right.
        mac(key.ok_or(BadLink::Forged)?, name, signature.h)
            .verify_slice(&code)
            .map_err(|_| BadLink::Forged)?;
        if signature.h <= now.timestamp() { Err(BadLink::Expired) } else { Ok(()) }
    }
}

/// The keys in the file at `path`; what is wrong with it is added to `problems`.
fn keys(path: &Path, problems: &mut Vec<LinkKeyError>) -> Vec<Key> {
    let text = match Secret::from_file(path) {
        Ok(text) => text,
        Err(error) => {
            problems.push(error.into());
            return Vec::new();
        }
    };
    let lines = text.expose().lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut keys = Vec::new();
    for (index, line) in lines {
        match key(line) {
            Some(key) => keys.push(key),
            None => {
                problems.push(LinkKeyError::Line { path: path.to_owned(), line: index.saturating_add(1) });
            }
        }
    }
    keys
}

fn key(line: &str) -> Option<Key> {
    let (name, secret) = line.trim().split_once(char::is_whitespace)?;
    let secret = secret.trim();
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !named || secret.len() < LEAST_KEY_CHARS {
        return None;
    }
    let mac = Hmac::new_from_slice(secret.as_bytes()).ok()?;
    Some(Key { name: name.to_owned(), mac })
}

fn mac(key: &Key, name: &str, end: i64) -> Hmac<Sha256> {
    let mut mac = key.mac.clone();
    for part in [name, &key.name, &end.to_string()] {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    mac
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{BadLink, LinkKeyError, Links, Signature};
    use crate::files::Settings;

    const OLD: &str = "k1 0123456789abcdef0123456789abcdef";
    const NEW: &str = "k2 fedcba9876543210fedcba9876543210";

    fn links(keys: &str) -> Result<Links, LinkKeyError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), keys).unwrap();
        Links::new(&Settings {
            public_url: "https://tep.example.vn/dongbo/".to_owned(),
            link_keys_file: file.path().to_owned(),
            link_for: Duration::from_hours(72),
            ..Settings::default()
        })
    }

    fn now() -> DateTime<Utc> {
        "2026-11-25T08:00:00Z".parse().unwrap()
    }

    /// The name in a link, and its signature.
    fn taken_apart(link: &str) -> (String, Signature) {
        let url = reqwest::Url::parse(link).unwrap();
        let name = url.path().rsplit('/').next().unwrap().to_owned();
        let of = |key: &str| url.query_pairs().find(|(name, _)| name == key).unwrap().1.into_owned();
        (name, Signature { h: of("h").parse().unwrap(), k: of("k"), c: of("c") })
    }

    #[test]
    fn all_that_keeps_links_from_being_made_is_told_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("k1 short\n{OLD}\n=\n")).unwrap();
        let settings = Settings { link_keys_file: file.path().to_owned(), ..Settings::default() };
        let told = Links::new(&settings).unwrap_err().to_string();
        for part in ["files.public_url is not set", "line 1 of", "line 3 of"] {
            assert!(told.contains(part), "{told}");
        }
        let missing = Settings { link_keys_file: "/khong/co".into(), ..Settings::default() };
        let told = Links::new(&missing).unwrap_err().to_string();
        assert!(
            told.contains("files.public_url is not set") && told.contains("files.link_keys_file: "),
            "{told}"
        );
    }

    #[test]
    fn a_link_is_good_as_it_was_made_and_in_no_other_form() {
        let links = links(OLD).unwrap();
        let reference = links.reference("ab12", 3);
        assert_eq!(reference, "https://tep.example.vn/dongbo/ab12.3");
        let (name, good) = taken_apart(&links.sign(&reference, now()));
        assert_eq!(links.check(&name, &good, now()), Ok(()));
        let changed = [
            ("ab12.4", good.clone()),
            ("ab13.3", good.clone()),
            ("ab12.3", Signature { h: good.h + 1, ..good.clone() }),
            ("ab12.3", Signature { k: "k9".to_owned(), ..good.clone() }),
            ("ab12.3", Signature { c: good.c.replace(&good.c[..1], "zz"), ..good.clone() }),
            ("ab12.3", Signature { c: String::new(), ..good.clone() }),
            ("ab12.3", Signature { c: "é1".to_owned(), ..good }),
        ];
        for (name, signature) in changed {
            assert_eq!(links.check(name, &signature, now()), Err(BadLink::Forged), "{name} {signature:?}");
        }
    }

    #[test]
    fn a_link_lasts_for_its_time_at_least_and_for_twice_as_long_at_most() {
        let links = links(OLD).unwrap();
        let (name, signature) = taken_apart(&links.sign(&links.reference("ab12", 1), now()));
        assert_eq!(links.check(&name, &signature, now() + TimeDelta::hours(72)), Ok(()));
        assert_eq!(links.check(&name, &signature, now() + TimeDelta::hours(144)), Err(BadLink::Expired));
    }

    #[test]
    fn a_dossier_that_is_sent_again_carries_the_same_link() {
        let links = links(OLD).unwrap();
        let reference = links.reference("ab12", 1);
        let beat = "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let begin = DateTime::from_timestamp(beat.timestamp().div_euclid(259_200) * 259_200, 0).unwrap();
        let first = links.sign(&reference, begin);
        assert_eq!(links.sign(&reference, begin + TimeDelta::hours(71)), first);
        assert_ne!(links.sign(&reference, begin + TimeDelta::hours(72)), first);
    }

    #[test]
    fn a_new_key_signs_and_the_old_one_is_honoured_until_it_is_removed() {
        let before = links(OLD).unwrap();
        let (name, old) = taken_apart(&before.sign(&before.reference("ab12", 1), now()));
        let both = links(&format!("{NEW}\n{OLD}\n")).unwrap();
        assert_eq!(both.check(&name, &old, now()), Ok(()));
        let (name, new) = taken_apart(&both.sign(&both.reference("ab12", 1), now()));
        assert_eq!(new.k, "k2");
        let after = links(NEW).unwrap();
        assert_eq!(after.check(&name, &new, now()), Ok(()));
        assert_eq!(after.check(&name, &old, now()), Err(BadLink::Forged));
    }

    #[test]
    fn a_line_that_is_no_key_is_told_by_its_number_and_never_shown() {
        for keys in ["k1", "k1 tooshort", "k-1 0123456789abcdef0123456789abcdef"] {
            let error = links(&format!("{OLD}\n{keys}")).unwrap_err();
            assert!(matches!(error, LinkKeyError::Line { line: 2, .. }), "{error}");
            assert!(!error.to_string().contains("tooshort") && !error.to_string().contains("0123456789"));
        }
    }
}
