//! The canonical form in which our values and the portal's are compared.

use std::borrow::Cow;

use serde_json::Value;

use super::moment;
use crate::envelope::{code_of, is_nothing};
use dongbo_model::{Text, is_code};
use dongbo_settings::HashKey;

/// A value in canonical form.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Canonical {
    Scalar(String),
    /// The items in sorted order: that of the list does not matter.
    List(Vec<Canonical>),
    /// The values of the template's fields, in the template's order.
    Object(Vec<Canonical>),
    /// A value of another kind than the template's, which equals none of ours.
    Alien,
}

/// `value` in the form of `template`, which is ours: other fields are left out, and a missing one is empty.
pub(super) fn canonical(value: Option<&Value>, template: &Value) -> Canonical {
    match (template, value) {
        (Value::Object(fields), Some(Value::Object(theirs))) => {
            Canonical::Object(fields.iter().map(|(name, field)| canonical(theirs.get(name), field)).collect())
        }
        (Value::Array(_), None) => Canonical::List(Vec::new()),
        (Value::Array(_), Some(theirs)) if !theirs.is_array() && is_nothing(theirs) => {
            Canonical::List(Vec::new())
        }
        (Value::Array(ours), Some(Value::Array(theirs))) => {
            // All items of a list of ours have one form. Where we have none, any item of theirs is one too many.
            let form = form_of(ours);
            let mut items: Vec<Canonical> = theirs.iter().map(|item| canonical(Some(item), &form)).collect();
            items.sort();
            Canonical::List(items)
        }
        (Value::String(_), None) => Canonical::Scalar(String::new()),
        (Value::String(_), Some(theirs)) if is_nothing(theirs) => Canonical::Scalar(String::new()),
        (Value::String(ours), Some(theirs)) => match scalar(theirs, ours) {
            // A portal that keeps the day only.
            Some(day) if moment::is_day_of(&day, ours) => {
                Canonical::Scalar(moment::compared(ours).unwrap_or(day))
            }
            Some(text) => Canonical::Scalar(text),
            None => Canonical::Alien,
        },
        _ => Canonical::Alien,
    }
}

/// The form of a list's items: the first one's, with lists that are empty in it taken from where they are not.
fn form_of(items: &[Value]) -> Cow<'_, Value> {
    let Some(first) = items.first() else { return Cow::Owned(Value::Null) };
    let mut form = Cow::Borrowed(first);
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    for (name, value) in items.iter().skip(1).filter_map(Value::as_object).flatten() {
        if form.get(name).is_some_and(is_empty)
            && !is_empty(value)
            && let Some(place) = form.to_mut().get_mut(name)
        {
            place.clone_from(value);
        }
    }
    form
}

/// A scalar as trimmed text in NFC with single blanks, a moment in the one form in which moments are compared, a number without
/// a fraction of zeros. A truth value is written as `like` writes them.
pub(super) fn scalar(value: &Value, like: &str) -> Option<String> {
    let text = match value {
        Value::Null => "",
        Value::String(text) => text,
        Value::Number(_) => return code_of(value),
        Value::Bool(flag) => match (flag, like) {
            (true, "True" | "False") => "True",
            (false, "True" | "False") => "False",
            (true, _) => "1",
            (false, _) => "0",
        },
        Value::Array(_) | Value::Object(_) => return None,
    };
    let text = Text::new(text);
    let text = text.as_str();
    if let Some(moment) = moment::compared(text) {
        return Some(moment);
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The field of an object as text; empty when it is missing or no scalar.
pub(super) fn text(item: &Value, field: &str) -> String {
    item.get(field).and_then(|value| scalar(value, "")).unwrap_or_default()
}

/// A value fit for the ledger: a code, a date or a number as it is; anything else could be a person's name, and is
/// hashed.
pub(super) fn kept(text: &str, key: &HashKey) -> String {
    if is_code(text) { text.to_owned() } else { key.hash(text) }
}

#[cfg(test)]
mod tests {
    use super::kept;
    use dongbo_settings::HashKey;

    #[test]
    fn a_code_is_kept_and_a_name_is_hashed() {
        let key = HashKey::random();
        let kept = |text: &str| kept(text, &key);
        for code in ["10", "20250915080203", "H48.57", "1.001193", "KQ-1", ""] {
            assert_eq!(kept(code), code);
        }
        for name in ["Nguyen", "Nguyễn Thị Canary", "a@b.vn", &"1".repeat(61)] {
            assert!(kept(name).starts_with('#') && kept(name).len() == 13, "{name}: {}", kept(name));
        }
    }
}
