//! The key of an installation, under which values that may be personal are hashed: without it a telephone is found by trying them
//! all.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::secret::Secret;

/// Bytes of a key.
const BYTES: usize = 32;
/// Digits of a hash: enough to tell two values of one dossier apart.
const DIGITS: usize = 12;

/// A key for hashes, made by chance once for each ledger. Cheap to clone, never printed, wiped when the last clone goes.
#[derive(Clone, PartialEq, Eq)]
pub struct HashKey(Arc<Secret>);

impl HashKey {
    /// A new key.
    #[must_use]
    pub fn random() -> Self {
        let bytes = zeroize::Zeroizing::new(rand::random::<[u8; BYTES]>());
        Self(Arc::new(Secret::new(hex::encode(&bytes[..]))))
    }

    /// The key that [`HashKey::written`] gave; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_key = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then(|| Self(Arc::new(Secret::new(text))))
    }

    /// The key as it is kept.
    #[must_use]
    pub fn written(&self) -> &str {
        self.0.expose()
    }

    /// The hash of `text` under this key: `#` and twelve hexadecimal digits.
    #[must_use]
    pub fn hash(&self, text: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose().as_bytes()) else {
            // A key of any length is taken.
            return "#".to_owned();
        };
        mac.update(text.as_bytes());
        let mut digits = hex::encode(mac.finalize().into_bytes());
        digits.truncate(DIGITS);
        format!("#{digits}")
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(•••)")
    }
}

#[cfg(test)]
mod tests {
    use super::HashKey;

    #[test]
    fn one_text_has_one_hash_under_a_key_and_another_under_another() {
        let (one, other) = (HashKey::random(), HashKey::random());
        let again = HashKey::read(&format!("{}\n", one.written())).unwrap();
        assert_eq!(one.hash("0912345678"), again.hash("0912345678"));
        assert_ne!(one.hash("0912345678"), other.hash("0912345678"));
        assert_ne!(one.hash("0912345678"), one.hash("0912345679"));
        assert_eq!(one.hash("").len(), 13);
        assert!(!format!("{one:?}").contains(one.written()));
        assert_eq!(HashKey::read(""), None, "an empty file holds none");
    }
}
