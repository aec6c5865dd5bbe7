//! The keys of code tables: local values that nobody may mistake for each other.

use std::collections::BTreeMap;

use dongbo_model::{Text, invisible};

/// Adds to `problems` the keys of table `name` that hold what nobody sees, and those that differ in blanks and case only and
/// mean different things.
pub(super) fn unmistakable<T: PartialEq>(
    name: &str,
    entries: &BTreeMap<String, T>,
    problems: &mut Vec<String>,
) {
    let mut met: BTreeMap<String, (&str, &T)> = BTreeMap::new();
    for (local, meaning) in entries {
        if let Some(hidden) = invisible::find(local) {
            let (local, hidden) = (invisible::shown(local), hidden.escape_unicode());
            problems.push(format!(
                "[{name}] \"{local}\": the key holds the invisible character {hidden}; write it without, local values are \
                 found all the same"
            ));
        }
        let (first, meant) = met.entry(loose(local)).or_insert((local, meaning));
        if *meant != meaning {
            let (first, local) = (invisible::shown(first), invisible::shown(local));
            problems.push(format!(
                "[{name}] \"{first}\" and \"{local}\" differ in blanks and case only and mean different things"
            ));
        }
    }
}

/// The key as a reader tells it from others.
fn loose(local: &str) -> String {
    let text = Text::new(local);
    text.as_str().chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::unmistakable;

    fn wrong(entries: &[(&str, &str)]) -> String {
        let entries: BTreeMap<String, &str> =
            entries.iter().map(|(local, code)| ((*local).to_owned(), *code)).collect();
        let mut problems = Vec::new();
        unmistakable("status", &entries, &mut problems);
        problems.join("\n")
    }

    #[test]
    fn keys_that_a_reader_takes_for_one_mean_one_thing() {
        for (one, other) in [
            ("Đã xong", "đã XONG"),
            ("Đã xong", " Đã xong "),
            ("Đã xong", "Đã  xong"),
            ("Đãxong", "Đã xong"),
            ("Đã xong", "\u{110}a\u{303} xong"),
        ] {
            assert!(wrong(&[(one, "9"), (other, "10")]).contains("mean different things"), "{one} {other}");
            assert_eq!(wrong(&[(one, "9"), (other, "9")]), "", "{one} {other}");
        }
        assert_eq!(wrong(&[("DA_XONG", "9"), ("DAXONG", "10")]), "");
    }

    #[test]
    fn what_nobody_sees_in_a_key_is_told() {
        let told = wrong(&[("DA_TRA\u{200b}", "10"), ("XONG\u{a0}1", "9")]);
        assert!(
            told.contains("\"DA_TRA\\u{200b}\": the key holds the invisible character \\u{200b}"),
            "{told}"
        );
        assert!(told.contains("XONG\\u{a0}1"), "{told}");
    }
}
