//! The verdict rules of this dialect.

/// The rules that are compiled in.
pub(super) const VERDICTS: &str = include_str!("verdicts.toml");

#[cfg(test)]
mod tests {
    use super::VERDICTS;
    use crate::classify::VerdictTable;

    #[test]
    fn the_rules_compiled_in_make_sense() {
        for rule in VerdictTable::new(&[], VERDICTS).unwrap().rules() {
            assert_eq!(rule.problems(), Vec::<String>::new(), "{rule:?}");
        }
    }
}
