//! Expressions in jq over the answers of an HTTP source: they do what the columns of a `SELECT` do.

use std::fmt;
use std::sync::Arc;

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use jaq_json::{Num, Val};

use crate::error::SourceError;
use crate::value::Value;

/// The most values that an expression gives for one answer: no list of a dossier and no page has as many.
const MOST_VALUES: usize = 50_000;
/// The most characters of an expression that an error about it repeats.
const QUOTED: usize = 40;

/// An expression, ready to be used by many tasks.
#[derive(Clone)]
pub(crate) struct Expression {
    text: Arc<str>,
    filter: Arc<Filter<JustLut<Val>>>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    /// A number that is written with more digits than a machine's has.
    Decimal(String),
    Text(String),
    /// A list or an object, which no column takes.
    Other,
}

impl Cell {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Int(number) => Value::Int(*number),
            Self::Real(number) => Value::Real(*number),
            Self::Decimal(digits) => Value::Decimal(digits.as_str().into()),
            Self::Text(text) => Value::Text(text.as_str().into()),
            Self::Other => Value::Other,
        }
    }

    /// The value as text, where it is one or a whole number; `None` for all else.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Self::Int(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl From<Val> for Cell {
    fn from(value: Val) -> Self {
        match value {
            Val::Null => Self::Null,
            Val::Bool(truth) => Self::Bool(truth),
            Val::Num(Num::Int(number)) => i64::try_from(number).map_or(Self::Other, Self::Int),
            Val::Num(Num::Float(number)) => Self::Real(number),
            Val::Num(number) => Self::Decimal(number.to_string()),
            Val::TStr(text) => String::from_utf8(text.to_vec()).map_or(Self::Other, Self::Text),
            Val::BStr(_) | Val::Arr(_) | Val::Obj(_) => Self::Other,
        }
    }
}

/// A row by the names of its columns.
pub(crate) type Row = Vec<(String, Cell)>;

impl Expression {
    /// The expression that `text` writes, or what is wrong with it.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let loaded = Loader::new(defs).load(&arena, File { code: text, path: () });
        let modules = loaded.map_err(|errors| {
            let places = errors.iter().filter_map(|(_, error)| match error {
                jaq_core::load::Error::Io(_) => None,
                jaq_core::load::Error::Lex(wrong) => wrong.first().map(|(_, rest)| near(rest)),
                jaq_core::load::Error::Parse(wrong) => wrong.first().map(|(_, rest)| near(rest)),
            });
            format!("it is no expression of jq{}", places.collect::<Vec<_>>().join(","))
        })?;
        let filter = Compiler::default().with_funs(funs).compile(modules).map_err(|errors| {
            let names = errors.iter().flat_map(|(_, wrong)| wrong).map(|(name, _)| (*name).to_owned());
            format!("it uses what jq does not know: {}", names.collect::<Vec<_>>().join(", "))
        })?;
        Ok(Self { text: text.into(), filter: Arc::new(filter) })
    }

    /// The values that it gives for `input`; an error names `query`, and nothing of the input.
    pub(crate) fn values(&self, query: &str, input: &Val) -> Result<Vec<Val>, SourceError> {
        let context = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new([]));
        let mut values = Vec::new();
        for given in self.filter.id.run((context, input.clone())) {
            let value = given.map_err(|stopped| SourceError::Data {
                query: query.to_owned(),
                code: "jq".to_owned(),
                words: match stopped.get_err() {
                    Ok(error) => masked(&error.to_string(), &self.text),
                    Err(_) => "it stops itself".to_owned(),
                },
                damage: false,
            })?;
            if values.len() >= MOST_VALUES {
                return Err(SourceError::TooLarge { query: query.to_owned() });
            }
            values.push(value);
        }
        Ok(values)
    }

    /// The rows that it gives for `input`.
    pub(crate) fn rows(&self, query: &str, input: &Val) -> Result<Vec<Row>, SourceError> {
        self.values(query, input)?.into_iter().map(|value| row(query, value)).collect()
    }
}

fn row(query: &str, value: Val) -> Result<Row, SourceError> {
    let Val::Obj(fields) = value else {
        return Err(SourceError::Query {
            query: query.to_owned(),
            reason: format!(
                "its rows must be objects with the names of columns, as {{code: .code}}, and it gives {}",
                kind(&value)
            ),
        });
    };
    let named = fields.iter().filter_map(|(name, value)| match Cell::from(name.clone()) {
        Cell::Text(name) => Some((name, Cell::from(value.clone()))),
        _ => None,
    });
    Ok(named.collect())
}

/// The kind of a value, for messages.
pub(crate) const fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "nothing",
        Val::Bool(_) => "a truth value",
        Val::Num(_) => "a number",
        Val::BStr(_) | Val::TStr(_) => "a text",
        Val::Arr(_) => "a list",
        Val::Obj(_) => "an object",
    }
}

fn near(rest: &str) -> String {
    let rest: String = rest.trim().chars().take(QUOTED).collect();
    if rest.is_empty() { ", at its end".to_owned() } else { format!(", near {rest}") }
}

/// The words of an error of jq without the values that it quotes: only what the expression itself says is kept of them.
fn masked(words: &str, expression: &str) -> String {
    let quoted = |value: &str| {
        let bare = value.trim_matches('"');
        let is_of_mapping = !bare.is_empty() && value.starts_with('"') && expression.contains(bare);
        if is_of_mapping { value.to_owned() } else { written_kind(value).to_owned() }
    };
    if let Some((value, with)) =
        words.strip_prefix("cannot index ").and_then(|rest| rest.rsplit_once(" with "))
    {
        return format!("cannot index {} with {}", written_kind(value), quoted(with));
    }
    if let Some((value, as_what)) =
        words.strip_prefix("cannot use ").and_then(|rest| rest.rsplit_once(" as "))
    {
        return format!("cannot use {} as {as_what}", written_kind(value));
    }
    if words.starts_with("cannot calculate ") {
        return "cannot calculate with these kinds of values".to_owned();
    }
    "it fails on the value".to_owned()
}

fn written_kind(value: &str) -> &'static str {
    match value.trim_start().chars().next() {
        Some('{') => "an object",
        Some('[') => "a list",
        Some('"') => "a text",
        Some('n') => "nothing",
        Some('t' | 'f') => "a truth value",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use jaq_json::Val;

    use super::{Cell, Expression};
    use crate::error::SourceError;

    fn json(text: &str) -> Val {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_row_has_the_columns_that_the_expression_names() {
        let text = r#"{code, procedure: (.procedure.code // "" | split(".")[:2] | join(".")),
                       name: (.agency.name[]? | select(.languageId == 228).name), count: (.count // null)}"#;
        let item = r#"{"code": "H1", "procedure": {"code": "1.001612.000.00.00.H48"},
            "agency": {"name": [{"languageId": 46, "name": "Commune"}, {"languageId": 228, "name": "Xã"}]}}"#;
        let rows = Expression::compile(text).unwrap().rows("dossiers", &json(item)).unwrap();
        let named =
            |name: &str| rows[0].iter().find(|(found, _)| found == name).map(|(_, cell)| cell.clone());
        assert_eq!(named("code"), Some(Cell::Text("H1".to_owned())));
        assert_eq!(named("procedure"), Some(Cell::Text("1.001612".to_owned())));
        assert_eq!(named("name"), Some(Cell::Text("Xã".to_owned())));
        assert_eq!(named("count"), Some(Cell::Null));
    }

    #[test]
    fn a_field_that_is_a_list_where_an_object_is_expected_is_named_without_its_content() {
        let expression = Expression::compile("{name: .applicant.fullname}").unwrap();
        let wrong = expression.rows("dossiers", &json(r#"{"applicant": [{"fullname": "Nguyễn"}]}"#));
        let Err(SourceError::Data { words, .. }) = wrong else { panic!("{wrong:?}") };
        assert_eq!(words, "cannot index a list with \"fullname\"");
        let wrong = Expression::compile(".a | ltrimstr(1) | tonumber | error").unwrap();
        let told = wrong.rows("dossiers", &json(r#"{"a": "079123"}"#)).unwrap_err().to_string();
        assert!(!told.contains("079123"), "{told}");
    }

    #[test]
    fn what_is_no_expression_is_told_with_its_place() {
        assert!(Expression::compile("{code: .code").unwrap_err().starts_with("it is no expression of jq"));
        assert!(Expression::compile(".a | trimm").unwrap_err().contains("trimm"));
        let told = Expression::compile(".[]").unwrap().rows("changed", &json("[[1]]")).unwrap_err();
        assert!(told.to_string().contains("it gives a list"), "{told}");
    }
}
