//! The body of a request to a vendor's bridge, with names in braces for what belongs to the dossier.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use dongbo_model::Dossier;
use dongbo_settings::hint::nearest;

/// The names that may stand in braces.
const NAMES: [&str; 4] = ["id", "code", "national_code", "updated"];

/// A value of a dossier in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// The local system's own identifier.
    Id,
    /// The code that the local system knows it by.
    Code,
    /// The code that the portal knows it by.
    NationalCode,
    /// Whether it is sent as changed, and not as new.
    Updated,
}

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Name),
}

/// The form in which values stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Within the quotes of JSON.
    Json,
    /// In a form of a web page.
    Web,
    /// As they are.
    Plain,
}

impl Form {
    /// The form for a type of content.
    pub(super) fn of(content_type: &str) -> Self {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind.ends_with("json") {
            Self::Json
        } else if kind == "application/x-www-form-urlencoded" {
            Self::Web
        } else {
            Self::Plain
        }
    }

    fn write(self, text: &str) -> String {
        match self {
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                let inner = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
                inner.unwrap_or_default().to_owned()
            }
            Self::Web => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            Self::Plain => text.to_owned(),
        }
    }
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

/// A name in braces that is none of those that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnknownName(String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(f, "{{{name}}} is none of {{id}}, {{code}}, {{national_code}}, {{updated}}")?;
        nearest(name, NAMES).map_or(Ok(()), |meant| write!(f, "; is {{{meant}}} meant?"))
    }
}

impl Template {
    /// Reads a body. Braces around anything but small letters and `_` stand for themselves.
    pub(super) fn parse(text: &str) -> Result<Self, UnknownName> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            plain.push_str(before);
            let word = behind.split_once('}').map(|(word, _)| word).unwrap_or_default();
            if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                plain.push('{');
                rest = behind;
                continue;
            }
            let name = match word {
                "id" => Name::Id,
                "code" => Name::Code,
                "national_code" => Name::NationalCode,
                "updated" => Name::Updated,
                other => return Err(UnknownName(other.to_owned())),
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Value(name));
            rest = behind.split_once('}').map(|(_, rest)| rest).unwrap_or_default();
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self(pieces))
    }

    /// Whether it tells a dossier that is changed from a new one.
    pub(super) fn tells_updates(&self) -> bool {
        self.0.contains(&Piece::Value(Name::Updated))
    }

    /// The body for a dossier.
    pub(super) fn write(&self, dossier: &Dossier, updated: bool, form: Form) -> String {
        let own = dossier.local_code.as_str();
        let value = |name: Name| match name {
            Name::Id => form.write(dossier.local_id.as_str()),
            Name::Code => form.write(if own.is_empty() { dossier.code.as_str() } else { own }),
            Name::NationalCode => form.write(dossier.code.as_str()),
            Name::Updated => updated.to_string(),
        };
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(name) => value(*name),
        };
        self.0.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Template};

    #[test]
    fn braces_of_json_stand_for_themselves_and_an_unknown_name_is_told_with_the_nearest() {
        let body = r#"{"configId": "x", "dossier": {"id": "{id}", "updated": {updated}}, "empty": {}}"#;
        let template = Template::parse(body).unwrap();
        assert!(template.tells_updates());
        let error = Template::parse("{national_cod}").unwrap_err().to_string();
        assert!(error.ends_with("is {national_code} meant?"), "{error}");
    }

    #[test]
    fn a_value_cannot_break_out_of_its_place() {
        assert_eq!(Form::of("application/json; charset=utf-8").write("a\"b\\"), "a\\\"b\\\\");
        assert_eq!(Form::of("application/x-www-form-urlencoded").write("a&b=c"), "a%26b%3Dc");
        assert_eq!(Form::of("text/plain").write("a&b"), "a&b");
    }
}
