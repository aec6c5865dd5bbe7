//! Two writings of one code, which a database may take for equal and the portal does not.

use dongbo_model::invisible::is_invisible;

/// The form that all writings of one code have in common.
pub(super) fn common(code: &str) -> String {
    let plain = without_blanks(&code.to_lowercase());
    let is_number = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { plain.trim_start_matches('0').to_owned() } else { plain }
}

/// What tells `given` from the code that was `asked` for, of which it is another writing.
pub(super) fn difference(asked: &str, given: &str) -> &'static str {
    let (asked, given) = (asked.to_lowercase(), given.to_lowercase());
    if asked == given {
        "in other letters, capital or small"
    } else if without_blanks(&asked) == without_blanks(&given) {
        if asked.chars().chain(given.chars()).any(is_invisible) {
            "with invisible characters"
        } else {
            "with other blanks"
        }
    } else {
        "as a number, without the zeros before it"
    }
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::{common, difference};

    #[test]
    fn another_writing_of_a_code_is_told_from_another_code() {
        for (asked, given, told) in [
            ("H48-Đ1", "h48-đ1", "capital or small"),
            ("H48-01", " H48 -01", "other blanks"),
            ("H48-01", "H48\u{200b}-01", "invisible characters"),
            ("007", "7", "as a number"),
        ] {
            assert_eq!(common(asked), common(given));
            assert!(difference(asked, given).contains(told));
        }
        assert_ne!(common("H48-01"), common("H48-1"));
        assert_ne!(common("0"), common("7"));
    }
}
