//! Rewritings: values that a portal keeps in a form of its own, though they say the same.

use super::canonical::Canonical;
use crate::spelling::plain_words;

/// The least length of a text that may have been cut off.
const LEAST_CUT: usize = 20;
/// The least number of digits that makes a telephone number.
const LEAST_DIGITS: usize = 8;

/// Whether `theirs` may be what a portal makes of `ours`: case, blanks, punctuation and diacritics lost, a telephone number
/// written with the country's code, a long text cut off, a field that it does not keep.
pub(super) fn is_rewriting(ours: &Canonical, theirs: &Canonical) -> bool {
    match (ours, theirs) {
        _ if ours == theirs => true,
        (Canonical::Scalar(ours), Canonical::Scalar(theirs)) => {
            theirs.is_empty() || says_the_same(&unescaped(ours), &unescaped(theirs))
        }
        (Canonical::List(ours), Canonical::List(theirs))
        | (Canonical::Object(ours), Canonical::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| is_rewriting(ours, theirs))
        }
        _ => false,
    }
}

/// Whether a code was replaced by a name: a text of several words.
pub(super) fn is_name(theirs: &Canonical) -> bool {
    matches!(theirs, Canonical::Scalar(text) if text.contains(' ') && text.chars().any(char::is_alphabetic))
}

fn says_the_same(ours: &str, theirs: &str) -> bool {
    let (plain, shown) = (letters(ours), letters(theirs));
    if plain.is_empty() {
        return false;
    }
    let cut = shown.chars().count() >= LEAST_CUT && plain.starts_with(&shown);
    plain == shown || cut || digits(ours).is_some_and(|ours| Some(ours) == digits(theirs))
}

fn letters(text: &str) -> String {
    plain_words(text).split(' ').collect()
}

/// A telephone number without what countries and networks put before it; `None` for anything else.
fn digits(text: &str) -> Option<String> {
    let number = text.chars().all(|c| c.is_ascii_digit() || " .-+()".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let bare = digits.trim_start_matches('0');
    let bare = if digits.len() > LEAST_DIGITS + 2 { bare.strip_prefix("84").unwrap_or(bare) } else { bare };
    let bare = bare.trim_start_matches('0');
    (number && bare.len() >= LEAST_DIGITS).then(|| bare.to_owned())
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
        text = text.replace(entity, letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Canonical, is_rewriting};

    #[test]
    fn what_says_the_same_is_a_rewriting_and_another_value_is_none() {
        let scalar = |text: &str| Canonical::Scalar(text.to_owned());
        for (ours, theirs, same) in [
            ("Đăng ký khai sinh", "ĐĂNG KÝ KHAI SINH", true),
            ("Đăng ký khai sinh", "Dang ky khai sinh", true),
            ("Khai sinh (lần 2)", "Khai sinh lần 2.", true),
            ("0912345678", "+84912345678", true),
            ("0912345678", "84 912 345 678", true),
            ("0912.345.678", "0912345678", true),
            ("A & B", "A &amp; B", true),
            ("Đăng ký khai sinh cho trẻ em", "Đăng ký khai sinh cho trẻ", true),
            ("canary@example.vn", "", true),
            ("Đăng ký khai sinh", "Đăng ký khai tử", false),
            ("Đăng ký khai sinh", "Đăng ký", false),
            ("0912345678", "+84912345679", false),
            ("", "x", false),
            ("10", "100", false),
        ] {
            assert_eq!(is_rewriting(&scalar(ours), &scalar(theirs)), same, "{ours} / {theirs}");
        }
        let list = |items: &[&str]| Canonical::List(items.iter().map(|item| scalar(item)).collect());
        assert!(is_rewriting(&list(&["a", "b"]), &list(&["A", "B"])));
        assert!(!is_rewriting(&list(&["a", "b"]), &list(&["A"])));
        assert!(!is_rewriting(&scalar("a"), &Canonical::Alien));
    }
}
