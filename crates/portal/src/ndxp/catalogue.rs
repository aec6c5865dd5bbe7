//! The portal's catalogue of procedures: its list, and the details of one.
//!
//! `LayDanhSachTTHC` is asked on the share path and gives `{MATTHC, TENTTHC}` of each; `LayThuTuc` gives
//! `LINHVUCTHUCHIEN[0].{MALINHVUC, TENLINHVUC}`. Where its fees and results stand is not published, but read by a known client:
//! so their paths are configuration (`catalogue.fees_field`, `catalogue.results_field`). That client reads the codes of results
//! from `MAKETQUA` there, and those of components from `THANHPHANHOSO[].GIAYTO[].MAGIAYTO`.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::envelope::scalar;
use crate::outcome::Outcome;
use crate::parse::Parsed;
use dongbo_model::Text;

/// The most procedures that a list may have. The country has some 6,500.
const MOST_PROCEDURES: usize = 50_000;

/// A procedure as the list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProcedure {
    /// National code (`MATTHC`), never empty.
    pub code: Text,
    /// National name (`TENTTHC`); may be empty.
    pub name: Text,
}

/// The portal's details of a procedure beyond its name. A detail that it does not give is empty or `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcedureDetail {
    /// Code of its field (`MALINHVUC`).
    pub field_code: Text,
    /// Name of its field (`TENLINHVUC`).
    pub field_name: Text,
    /// Whether its list of results has an item.
    pub returns_paper: Option<bool>,
    /// Whether its list of fees has an item that is not free.
    pub has_fee: Option<bool>,
    /// The codes of the papers that it returns; `None` unless the portal lists them and each has one.
    pub result_codes: Option<Vec<Text>>,
    /// The codes of the papers that are handed in for it; `None` unless the portal lists them and each has one.
    pub component_codes: Option<Vec<Text>>,
}

/// The names of fields of `LayThuTuc` that the guide leaves open.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueFields<'n> {
    /// Path of the lists of fees: names with dots between them, through objects and lists of objects.
    pub fees: &'n str,
    /// A fee's amount in such a list.
    pub amount: &'n str,
    /// Path of the list of results.
    pub results: &'n str,
}

/// The procedures in the answer to `LayDanhSachTTHC`, in its order; each code once.
///
/// # Errors
/// The answer, when it is no success or holds no list of procedures.
pub(super) fn listed(parsed: Parsed) -> Result<Vec<ListedProcedure>, Answer> {
    let Listed(items) = list(parsed)?.0;
    let mut seen = HashSet::new();
    Ok(items.into_iter().filter(|item| seen.insert(item.code.clone())).collect())
}

/// The procedures of a list that have a code, taken up one by one: of what else stands in it nothing is built.
struct Listed(Vec<ListedProcedure>);

#[derive(serde::Deserialize)]
struct RawListed<'a> {
    #[serde(rename = "MATTHC", borrow)]
    code: Option<&'a RawValue>,
    #[serde(rename = "TENTTHC", borrow)]
    name: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfList;
        impl<'de> Visitor<'de> for OfList {
            type Value = Listed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of procedures")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Listed, A::Error> {
                let mut listed = Vec::new();
                while let Some(item) = items.next_element::<RawListed<'de>>()? {
                    let told = |raw: Option<&RawValue>| Text::new(scalar(raw).unwrap_or_default());
                    let code = told(item.code);
                    if code.is_empty() {
                        continue;
                    }
                    if listed.len() >= MOST_PROCEDURES {
                        return Err(A::Error::custom("more procedures than there can be"));
                    }
                    listed.push(ListedProcedure { code, name: told(item.name) });
                }
                Ok(Listed(listed))
            }
        }
        deserializer.deserialize_seq(OfList)
    }
}

/// The details in the answer to `LayThuTuc` for the procedure `code`; `None` when the portal does not know it.
///
/// # Errors
/// The answer, when it is no success or holds something else.
pub(super) fn detail(
    parsed: Parsed,
    code: &str,
    fields: CatalogueFields<'_>,
) -> Result<Option<ProcedureDetail>, Answer> {
    let (items, answer): (Vec<Map<String, Value>>, Answer) = match list(parsed) {
        Err(answer) if answer.outcome == Outcome::NotFound => return Ok(None),
        other => other?,
    };
    if items.is_empty() {
        return Ok(None);
    }
    let Some(found) = items.iter().find(|item| text(item, "MATTHC").as_str() == code) else {
        return Err(answer.drifted("LayThuTuc succeeded without showing the procedure asked for"));
    };
    let field = found.get("LINHVUCTHUCHIEN").and_then(Value::as_array).and_then(|fields| fields.first());
    let field = field.and_then(Value::as_object);
    let part = |name| field.map(|field| text(field, name)).unwrap_or_default();
    let items = |path: &str| items_at(found, path);
    Ok(Some(ProcedureDetail {
        field_code: part("MALINHVUC"),
        field_name: part("TENLINHVUC"),
        returns_paper: items(fields.results).map(|results| !results.is_empty()),
        has_fee: items(fields.fees).map(|fees| fees.iter().any(|fee| costs(fee, fields.amount))),
        result_codes: items(fields.results).and_then(|results| codes(results, "MAKETQUA")),
        component_codes: items("THANHPHANHOSO").and_then(component_codes),
    }))
}

/// The codes of components, which stand in groups: the cases of one procedure ask for different papers.
fn component_codes(groups: Vec<&Value>) -> Option<Vec<Text>> {
    let mut papers = Vec::new();
    for group in groups {
        papers.extend(group.get("GIAYTO")?.as_array()?);
    }
    codes(papers, "MAGIAYTO")
}

/// The code of every item under `key`, each once. A list in which one item has no code says nothing about which codes
/// there are, and neither does an empty one.
fn codes<'v>(items: impl IntoIterator<Item = &'v Value>, key: &str) -> Option<Vec<Text>> {
    let mut codes = Vec::new();
    for item in items {
        let code = text(item.as_object()?, key);
        if code.is_empty() {
            return None;
        }
        codes.push(code);
    }
    codes.sort();
    codes.dedup();
    (!codes.is_empty()).then_some(codes)
}

/// The result as the list that it is to be.
fn list<T: DeserializeOwned>(parsed: Parsed) -> Result<(T, Answer), Answer> {
    let Parsed { answer, result, .. } = parsed;
    if answer.outcome != Outcome::Delivered {
        return Err(answer);
    }
    match result.map(|result| serde_json::from_str(result.get())) {
        Some(Ok(items)) => Ok((items, answer)),
        None | Some(Err(_)) => Err(answer.drifted("the catalogue's answer holds no list of procedures")),
    }
}

/// The items of all lists at a path of names with dots between them, which leads through objects and through every object of
/// a list; `None` when it leads to no list.
fn items_at<'v>(item: &'v Map<String, Value>, path: &str) -> Option<Vec<&'v Value>> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let here = match item.get(name)? {
        Value::Array(items) => items.iter().collect(),
        object @ Value::Object(_) => vec![object],
        _ => return None,
    };
    let Some(rest) = rest else { return Some(here) };
    let lists = here.into_iter().filter_map(Value::as_object).filter_map(|item| items_at(item, rest));
    lists.reduce(|all, more| [all, more].concat())
}

fn text(item: &Map<String, Value>, name: &str) -> Text {
    match item.get(name) {
        Some(Value::String(text)) => Text::new(text.as_str()),
        Some(Value::Number(number)) => Text::new(number.to_string()),
        _ => Text::default(),
    }
}

/// Whether a fee is more than 0. One without a figure is: the amount may depend on the case.
fn costs(fee: &Value, amount_field: &str) -> bool {
    let amount = fee.as_object().map(|fee| text(fee, amount_field)).unwrap_or_default();
    let mut figures = amount.as_str().chars().filter(char::is_ascii_digit).peekable();
    figures.peek().is_none() || figures.any(|figure| figure != '0')
}
