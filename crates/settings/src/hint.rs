//! "Did you mean": the known word nearest to a mistyped one.

/// A word this unlike is another word, not a slip of the finger.
const ALIKE: f64 = 0.6;

/// A question with the expected name that is meant; `None` when [`nearest_name`] finds none.
#[must_use]
pub fn nearest_hint(error_text: &str) -> Option<String> {
    nearest_name(error_text).map(|name| format!("did you mean `{name}`?"))
}

/// Reads serde's "unknown field `x`, expected one of `a`, `b`" (also its forms for one and two fields, and those
/// for variants) and finds the expected name nearest to the one that was met.
#[must_use]
pub fn nearest_name(error_text: &str) -> Option<&str> {
    let (_, rest) =
        error_text.split_once("unknown field `").or_else(|| error_text.split_once("unknown variant `"))?;
    let (wrong, rest) = rest.split_once('`')?;
    let (_, expected) = rest.split_once("expected ")?;
    // Every second piece between backticks is a name.
    nearest(wrong, expected.split('`').skip(1).step_by(2))
}

/// The one of `known` nearest to `wrong`; `None` when none comes near.
pub fn nearest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wrong = wrong.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

/// Up to `most` of `known` that come near to `wrong`, the nearest first, each once.
pub fn nearest_of<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>, most: usize) -> Vec<&'k str> {
    let wrong = wrong.to_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    near.dedup_by(|left, right| left.1 == right.1);
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

/// The `most` of `known` that are nearest to `wrong`, the nearest first.
pub fn nearest_few<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>, most: usize) -> Vec<&'k str> {
    // What stands before the last point is another name, as that of the table before a column's.
    let bare = wrong.rsplit('.').next().unwrap_or(wrong).to_lowercase();
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&bare, &name.to_lowercase());
    let mut names: Vec<(f64, &str)> = known.into_iter().map(|name| (likeness(name), name)).collect();
    names.sort_by(|left, right| right.0.total_cmp(&left.0));
    names.into_iter().take(most).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearest_few, nearest_hint};

    #[test]
    fn the_nearest_come_first_and_not_all() {
        let known = ["id", "ma_ho_so", "ho_so", "don_vi"];
        assert_eq!(nearest_few("h.ma_hoso", known, 2), ["ma_ho_so", "ho_so"]);
    }

    #[test]
    fn every_form_of_serde_is_read() {
        for (text, meant) in [
            ("unknown field `statuss`, expected one of `name`, `status`, `unit`", "status"),
            ("unknown field `postgre`, expected `sqlite` or `postgres`", "postgres"),
            ("unknown field `codes`, expected `code`", "code"),
            ("unknown variant `colums`, expected `columns` or `json`", "columns"),
        ] {
            assert_eq!(nearest_hint(text), Some(format!("did you mean `{meant}`?")), "{text}");
        }
    }

    #[test]
    fn what_is_nothing_alike_gets_no_hint() {
        assert_eq!(nearest_hint("unknown field `x`, expected one of `name`, `status`"), None);
        assert_eq!(nearest_hint("missing field `name`"), None);
        assert_eq!(nearest_hint("unknown field `x`, there are no fields"), None);
        assert_eq!(nearest("ma_hoso", ["ma_ho_so", "ma_thu_tuc"]), Some("ma_ho_so"));
    }
}
