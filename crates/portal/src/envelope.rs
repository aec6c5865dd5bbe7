//! The JSON object in which the portal wraps every answer.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::classify::Statement;
use crate::spelling::{plain_name, trimmed};

/// The longest chain of texts in texts that is opened.
const MOST_WRAPPINGS: usize = 3;
/// The most fields that an envelope has: four are agreed. Each is compared with all before it.
const MOST_FIELDS: usize = 200;

/// The parts of an answer's JSON that are agreed. Each dialect parses its own into this.
pub(crate) struct Envelope<'a> {
    pub(crate) code: Option<&'a RawValue>,
    pub(crate) message: Option<&'a RawValue>,
    /// `None` when it is not there; `Some` of `null` when it is there and empty. JSON within a text is taken out of it.
    pub(crate) result: Option<Cow<'a, RawValue>>,
    /// The session, in the dialect that has it beside the result.
    pub(crate) session: Option<&'a RawValue>,
    /// All other fields.
    pub(crate) others: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// The names of an envelope's fields in a dialect.
pub(crate) struct Names {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) result: &'static str,
    pub(crate) session: Option<&'static str>,
}

/// The way in which a body is not the JSON object that was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoEnvelope {
    /// It ends too early: it did not arrive in full.
    CutOff,
    /// It arrived in full and has nothing in it.
    Empty,
    /// It arrived in full and is a page of HTML or XML.
    Page,
    /// It arrived in full and is JSON of another kind.
    OtherJson,
    /// It arrived in full and gives a field twice.
    FieldTwice,
    /// It arrived in full and is no JSON.
    NoJson,
}

/// The fields of an object in their order, each with its name.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// The error of [`Fields`] when one comes twice.
const TWICE: &str = "a field comes twice";
/// The error of [`Fields`] when there are more than any envelope has.
const MANY: &str = "there are too many fields";

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;
        impl<'de> Visitor<'de> for OfObject {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some((FieldName(name), value)) =
                    map.next_entry::<FieldName<'de>, &'de RawValue>()?
                {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(TWICE));
                    }
                    if fields.len() >= MOST_FIELDS {
                        return Err(A::Error::custom(MANY));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(OfObject)
    }
}

#[derive(serde::Deserialize)]
struct FieldName<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Fields<'a> {
    /// Takes out the field `name`, or one whose name is only spelt otherwise.
    fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let exact = self.0.iter().position(|(known, _)| known == name);
        let plain = plain_name(name);
        let place = exact.or_else(|| self.0.iter().position(|(known, _)| plain_name(known) == plain))?;
        Some(self.0.remove(place).1)
    }
}

impl<'a> Envelope<'a> {
    /// Parses a body whose envelope has the fields of `names`.
    ///
    /// # Errors
    /// The body is cut off, or is not such an object.
    pub(crate) fn parse(body: &'a [u8], names: &Names) -> Result<Self, NoEnvelope> {
        let json = body.trim_ascii();
        match json.first() {
            Some(b'{') => {}
            None => return Err(NoEnvelope::Empty),
            Some(b'<') => return Err(NoEnvelope::Page),
            // An array would be taken for the fields in their order.
            Some(_) => {
                let is_json = serde_json::from_slice::<&RawValue>(json).is_ok();
                return Err(if is_json { NoEnvelope::OtherJson } else { NoEnvelope::NoJson });
            }
        }
        let mut fields = match serde_json::from_slice::<Fields<'a>>(json) {
            Ok(fields) => fields,
            Err(error) if error.is_eof() => return Err(NoEnvelope::CutOff),
            Err(error) if error.to_string().starts_with(TWICE) => return Err(NoEnvelope::FieldTwice),
            Err(error) if error.to_string().starts_with(MANY) => return Err(NoEnvelope::OtherJson),
            Err(_) => return Err(NoEnvelope::NoJson),
        };
        Ok(Self {
            code: fields.take(names.code),
            message: fields.take(names.message),
            result: fields.take(names.result).map(unwrapped),
            session: names.session.and_then(|name| fields.take(name)),
            others: fields.0,
        })
    }

    /// Code and message as rules look at them.
    pub(crate) fn statement(&self) -> Statement {
        Statement {
            code: self.code.and_then(code).unwrap_or_default(),
            message: self.message.map(words).unwrap_or_default(),
        }
    }
}

/// A value with JSON that stands in a text taken out of it.
fn unwrapped(raw: &RawValue) -> Cow<'_, RawValue> {
    let mut value = Cow::Borrowed(raw);
    for _ in 0..MOST_WRAPPINGS {
        let Some(inner) = text(Some(&value)) else { break };
        let inner = trimmed(&inner);
        if !inner.starts_with(['{', '[', '"']) && !matches!(inner, "null" | "true" | "false") {
            break;
        }
        let Ok(inner) = RawValue::from_string(inner.to_owned()) else { break };
        value = Cow::Owned(inner);
    }
    value
}

/// A JSON text.
pub(crate) fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

/// A JSON text, or a whole number as text: portals send identifiers either way.
pub(crate) fn scalar(raw: Option<&RawValue>) -> Option<String> {
    match text(raw) {
        Some(text) => Some(text.trim().to_owned()),
        None => raw?.get().parse::<i64>().ok().map(|number| number.to_string()),
    }
}

/// A code as rules name it: `0`, `0.0`, `"0"` and `" 0.0 "` are one. A truth value keeps its name, so that a rule can name
/// it; `None` for what is no scalar.
pub(crate) fn code(raw: &RawValue) -> Option<String> {
    code_of(&serde_json::from_str(raw.get()).ok()?)
}

/// As [`code`], of a value that is parsed already.
pub(crate) fn code_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(without_fraction(trimmed(text))),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Some("0".to_owned()),
            Some(whole) if !number.is_i64() && whole.fract() == 0.0 && whole.abs() < 1e15 => {
                Some(format!("{whole:.0}"))
            }
            _ => Some(number.to_string()),
        },
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number without the zeros behind its decimal point.
fn without_fraction(text: &str) -> String {
    let Some((whole, fraction)) = text.split_once('.') else { return text.to_owned() };
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_whole = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte == b'0');
    match whole {
        "-0" if is_whole => "0".to_owned(),
        _ if is_whole => whole.to_owned(),
        _ => text.to_owned(),
    }
}

/// The words of a message: a text, or all texts in a list or object of them.
fn words(raw: &RawValue) -> String {
    let value = serde_json::from_str(raw.get()).unwrap_or_default();
    let mut found = Vec::new();
    gather(&value, &mut found);
    found.join("; ")
}

/// Whether there is nothing in a value, however that is written: `null`, `""`, `[]`, `{}`, `[null]`, `[{}]`, or a record
/// all of whose fields are empty.
pub(crate) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => trimmed(text).is_empty(),
        Value::Array(items) => items.iter().all(is_nothing),
        Value::Object(fields) => fields.values().all(|field| is_nothing(field) || field.as_i64() == Some(0)),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Gathers every text that is in `value`.
fn gather<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if !trimmed(text).is_empty() => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| gather(field, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Names, NoEnvelope};

    const NAMES: Names =
        Names { code: "error_code", message: "message", result: "result", session: Some("session") };

    fn parse(json: &[u8]) -> Result<Envelope<'_>, NoEnvelope> {
        Envelope::parse(json, &NAMES)
    }

    fn stated(json: &str) -> (String, String) {
        let statement = parse(json.as_bytes()).ok().unwrap().statement();
        (statement.code, statement.message)
    }

    #[test]
    fn a_code_is_one_however_it_is_written() {
        for json in [
            r#"{"error_code":-3}"#,
            r#"{"error_code":"-3"}"#,
            r#" {"error_code":" -3 ","x":{}}"#,
            r#"{"error_code":-3.0}"#,
            r#"{"error_code":"-3.00"}"#,
            r#"{"errorCode":-3}"#,
            r#"{"ERROR_CODE":"\ufeff-3\u00a0"}"#,
        ] {
            assert_eq!(stated(json).0, "-3", "{json}");
        }
        for json in ["0", "0.0", "-0.0", "0e0", "\"0.0\"", "\" 0 \"", "\"-0.0\""] {
            assert_eq!(stated(&format!("{{\"error_code\":{json}}}")).0, "0", "{json}");
        }
        assert_eq!(stated(r#"{"error_code":"00"}"#).0, "00");
        for json in [r#"{"error_code":null}"#, "{}", r#"{"error_code":[0]}"#, r#"{"error_code":{"v":0}}"#] {
            assert_eq!(stated(json).0, "", "{json}");
        }
        assert_eq!(stated(r#"{"error_code":true}"#).0, "true", "a rule can name it");
        assert_eq!(stated(r#"{"error_code":0.5}"#).0, "0.5");
    }

    #[test]
    fn a_message_is_all_the_words_in_it() {
        assert_eq!(stated(r#"{"message":{"vi":"lỗi"}}"#).1, "lỗi");
        assert_eq!(stated(r#"{"message":["Thiếu A","","Thiếu B"]}"#).1, "Thiếu A; Thiếu B");
        assert_eq!(stated(r#"{"message":7}"#).1, "");
    }

    #[test]
    fn what_is_no_object_is_no_answer() {
        for (body, why) in [
            ("", NoEnvelope::Empty),
            (" \r\n", NoEnvelope::Empty),
            ("<html></html>", NoEnvelope::Page),
            ("[0,\"x\"]", NoEnvelope::OtherJson),
            ("\"Thành công\"", NoEnvelope::OtherJson),
            ("OK", NoEnvelope::NoJson),
            ("{'error_code':0}", NoEnvelope::NoJson),
            (r#"{"error_code":0}{"#, NoEnvelope::NoJson),
            (r#"{"error_code":0,"error_code":1}"#, NoEnvelope::FieldTwice),
            (r#"{"error_code":0,"mess"#, NoEnvelope::CutOff),
        ] {
            assert_eq!(parse(body.as_bytes()).err(), Some(why), "{body}");
        }
        assert!(parse(b"{\"message\":\"\xff\"}").is_err());
    }

    #[test]
    fn an_absent_result_is_told_from_an_empty_one_and_json_is_taken_out_of_texts() {
        let result = |json: &str| {
            let result = parse(json.as_bytes()).ok().unwrap().result;
            result.map(|raw| raw.get().to_owned())
        };
        assert_eq!(result("{}"), None);
        for (written, read) in [
            ("null", "null"),
            ("[ ]", "[ ]"),
            (r#""[]""#, "[]"),
            (r#""\"[]\"""#, "[]"),
            (r#"" {\"MaHoSo\":\"A\"} ""#, r#"{"MaHoSo":"A"}"#),
            (r#""null""#, "null"),
            (r#""""#, r#""""#),
            (r#""[lỗi]""#, r#""[lỗi]""#),
            (r#""Thành công""#, r#""Thành công""#),
        ] {
            assert_eq!(result(&format!("{{\"result\":{written}}}")).as_deref(), Some(read), "{written}");
        }
    }
}
