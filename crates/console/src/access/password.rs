//! Passwords and their hashes.

use std::fmt;

use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use dongbo_model::{Lang, texts};
use dongbo_settings::Secret;

/// Fewer characters are guessed.
const SHORTEST: usize = 10;
/// More are nobody's password, and only take time.
const LONGEST: usize = 200;
/// Names of fewer characters are words of passwords, too.
const SHORTEST_NAME: usize = 4;
/// A hash of nobody's password, so that a name that is not known takes as long as one that is.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUh$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

texts! {
    too_short(): "mật khẩu phải có ít nhất {SHORTEST} ký tự", "a password has at least {SHORTEST} characters";
    too_long(): "mật khẩu dài quá {LONGEST} ký tự", "a password has at most {LONGEST} characters";
    like_the_name(): "mật khẩu không được chứa tên người dùng", "a password must not contain the user's name";
}

/// The reason why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// It is too short.
    Short,
    /// It is too long.
    Long,
    /// The user's name is in it.
    Name,
}

impl Weak {
    /// The reason for people.
    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        match self {
            Self::Short => too_short(lang),
            Self::Long => too_long(lang),
            Self::Name => like_the_name(lang),
        }
    }
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// The reason why a password does not do for the user `name`, if there is one.
#[must_use]
pub fn weakness(name: &str, password: &Secret) -> Option<Weak> {
    let text = password.expose();
    let length = text.chars().count();
    match length {
        _ if length < SHORTEST => Some(Weak::Short),
        _ if length > LONGEST => Some(Weak::Long),
        _ if name.chars().count() >= SHORTEST_NAME && text.to_lowercase().contains(&name.to_lowercase()) => {
            Some(Weak::Name)
        }
        _ => None,
    }
}

/// The argon2id hash of a password; `None` when there is no memory for it.
#[must_use]
pub fn hash(password: &Secret, salt: [u8; 16]) -> Option<String> {
    let salt = SaltString::encode_b64(&salt).ok()?;
    let hash = Argon2::default().hash_password(password.expose().as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// Whether a text is a hash of this kind.
pub(super) fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some())
}

/// Whether `password` is the one with this hash; without one it takes as long, and is not.
pub(super) fn is_of(password: &Secret, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODYS)) else { return false };
    let text = password.expose().as_bytes();
    let fits = text.len() <= LONGEST * 4 && Argon2::default().verify_password(text, &parsed).is_ok();
    fits && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::{NOBODYS, Weak, hash, is_hash, is_of, weakness};
    use dongbo_settings::Secret;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let password = Secret::new("mật khẩu của Lan");
        let hashed = hash(&password, [7; 16]).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && is_hash(&hashed), "{hashed}");
        assert!(!hashed.contains("Lan"));
        assert!(is_of(&password, Some(&hashed)));
        assert!(!is_of(&Secret::new("mật khẩu của lan"), Some(&hashed)));
        assert!(is_hash(NOBODYS) && !is_of(&password, None), "nobody's takes as long");
        for not in ["", "plain", "$2y$05$abcdefghijklmnopqrstuv"] {
            assert!(!is_hash(not) && !is_of(&password, Some(not)), "{not}");
        }
    }

    #[test]
    fn passwords_that_are_guessed_are_not_taken() {
        let of = |password: &str| weakness("Lan.Anh", &Secret::new(password));
        assert_eq!(of("ngắn quá"), Some(Weak::Short));
        assert_eq!(of("xin chào LAN.ANH nhé"), Some(Weak::Name));
        assert_eq!(of(&"ă".repeat(201)), Some(Weak::Long));
        assert_eq!(of("mười ký tự"), None);
    }
}
