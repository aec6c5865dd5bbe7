//! The form of a value without its content, as a sample that is free of personal data.

use serde_json::Value;

/// The longest form told, in characters.
const MOST: usize = 160;
/// The most fields of an object that are told.
const MOST_FIELDS: usize = 12;
/// The deepest level that is told.
const DEEPEST: usize = 4;

/// The form of `value`: names of fields and kinds of values. A list has the form of its first item.
pub(crate) fn shape(value: &Value) -> String {
    let mut told = of(value, 0);
    if told.chars().count() > MOST {
        told = told.chars().take(MOST).chain(['…']).collect();
    }
    told
}

fn of(value: &Value, depth: usize) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(_) => "number".to_owned(),
        Value::String(text) if text.trim().is_empty() => "\"\"".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(_) | Value::Object(_) if depth >= DEEPEST => "…".to_owned(),
        Value::Array(items) => match items.first() {
            Some(first) => format!("[{}]", of(first, depth + 1)),
            None => "[]".to_owned(),
        },
        Value::Object(fields) => {
            let told = fields.iter().take(MOST_FIELDS);
            let mut told: Vec<String> =
                told.map(|(name, value)| format!("{}: {}", name_of(name), of(value, depth + 1))).collect();
            if fields.len() > MOST_FIELDS {
                told.push("…".to_owned());
            }
            format!("{{{}}}", told.join(", "))
        }
    }
}

/// A field's name, unless it looks like anything else: objects may be keyed by codes, numbers or names of people.
fn name_of(name: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphabetic() || c == '_';
    if name.len() <= 40 && name.chars().all(plain) { name } else { "?" }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shape;

    #[test]
    fn a_form_has_names_of_fields_and_nothing_of_their_content() {
        let value = json!({
            "MaHoSo": "H48-1", "errors": [{ "text": "Nguyễn Thị Canary", "so": 79123 }],
            "079123456789": 1, "Nguyễn Thị Canary": "", "ok": true,
        });
        let told = shape(&value);
        assert!(!told.contains("Canary") && !told.contains("079") && !told.contains("H48"), "{told}");
        assert!(told.contains("errors: [{so: number, text: text}]") && told.contains("ok: true"), "{told}");
        assert!(shape(&json!([[[[[[1]]]]]])).contains('…'));
    }
}
