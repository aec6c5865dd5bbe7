//! Contracts: which fields the portal takes, which it needs, and what they hold. Each is a data file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::Error;
use crate::service::Service;
use crate::wire::field::{FieldSpec, Shape, Table};

/// The contracts that are built in, by name.
const BUILT_IN: [(&str, &str); 2] = [
    ("guide-2020", include_str!("../contracts/guide-2020.toml")),
    ("guide-2024", include_str!("../contracts/guide-2024.toml")),
];

/// A table deeper within tables than this is taken for one that holds itself.
const DEEPEST: usize = 8;
/// The fields that were seen are noted in a mask of 64 bits.
const MOST_FIELDS: usize = 63;

/// The text of a built-in contract; `None` when none has this name.
#[must_use]
pub fn built_in_contract(name: &str) -> Option<&'static str> {
    BUILT_IN.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}

/// A contract, ready to check objects by.
#[derive(Debug)]
pub(crate) struct Contract {
    /// Most steps in one call.
    pub(crate) max_steps_per_call: usize,
    /// A dossier of dialect `ndxp`.
    pub(crate) dossier: Table,
    /// A dossier in the form of a province's proxy, which has some fields more.
    pub(crate) proxy_dossier: Table,
    /// A step of dialect `ndxp`.
    pub(crate) step: Table,
    rest: RestTables,
}

#[derive(Debug)]
struct RestTables {
    dossier: Table,
    status: Table,
    step: Table,
    token: Table,
    look_up: Table,
}

/// A contract as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractFile {
    /// The built-in contract that the rest is changes of.
    based_on: Option<String>,
    max_steps_per_call: Option<usize>,
    #[serde(default)]
    tables: BTreeMap<String, Vec<FieldRow>>,
    #[serde(default)]
    change: BTreeMap<String, BTreeMap<String, FieldRow>>,
}

/// One field as it is written: the keys that are given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldRow {
    #[serde(default)]
    name: String,
    need: Option<Need>,
    empty_at: Option<Vec<String>>,
    form: Option<Form>,
    of: Option<String>,
    longest: Option<usize>,
    values: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Need {
    Required,
    Optional,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Text,
    Digits,
    Date,
    DateTime,
    Instant,
    List,
    Object,
    OpenList,
}

impl Contract {
    /// The contract in the file at `path`, or else the built-in one of this name.
    pub(crate) fn load(name: &str, path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path else {
            let names = BUILT_IN.map(|(name, _)| name).join(", ");
            let unknown = || wrong(name, &format!("there is none; there are {names}"));
            return Self::parse(name, built_in_contract(name).ok_or_else(unknown)?);
        };
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(source) => Err(Error::ReadConfig { path: file, source }),
        }
    }

    /// The contract that `text` writes; errors call it `name`.
    fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let written = ContractFile::parse(name, text)?.resolved(name)?;
        let table = |of: &str| written.table(name, of, 0);
        let dossier = table("dossier")?;
        Ok(Self {
            max_steps_per_call: written
                .max_steps_per_call
                .filter(|most| *most > 0)
                .ok_or_else(|| wrong(name, "max_steps_per_call is missing or 0"))?,
            proxy_dossier: dossier.iter().chain(table("proxy")?.iter()).cloned().collect(),
            dossier,
            step: table("step")?,
            rest: RestTables {
                dossier: table("rest_dossier")?,
                status: table("rest_status")?,
                step: table("rest_step")?,
                token: table("rest_token")?,
                look_up: table("rest_look_up")?,
            },
        })
    }

    /// The table of each object in a call of dialect `rest`.
    pub(crate) fn rest(&self, service: Service) -> &Table {
        match service {
            Service::HandIn => &self.rest.dossier,
            Service::SetStatus => &self.rest.status,
            Service::Progress => &self.rest.step,
            Service::Auth => &self.rest.token,
            _ => &self.rest.look_up,
        }
    }
}

impl ContractFile {
    fn parse(name: &str, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|source| Error::ParseConfig { path: name.to_owned(), source })
    }

    /// The contract with its changes made to the one that it is based on.
    fn resolved(self, name: &str) -> Result<Self, Error> {
        let Some(base) = &self.based_on else {
            return if self.change.is_empty() { Ok(self) } else { Err(wrong(name, "change needs based_on")) };
        };
        let text =
            built_in_contract(base).ok_or_else(|| wrong(name, "based_on names no built-in contract"))?;
        let mut whole = Self::parse(base, text)?.resolved(base)?;
        whole.max_steps_per_call = self.max_steps_per_call.or(whole.max_steps_per_call);
        whole.tables.extend(self.tables);
        for (of, changes) in self.change {
            let Some(table) = whole.tables.get_mut(&of) else {
                return Err(wrong(name, &format!("there is no table {of} to change")));
            };
            for (field, change) in changes {
                match table.iter_mut().find(|row| row.name == field) {
                    Some(row) => row.change(change),
                    None => table.push(FieldRow { name: field, ..change }),
                }
            }
        }
        Ok(whole)
    }

    /// The table called `of`, with the tables that its fields name.
    fn table(&self, name: &str, of: &str, depth: usize) -> Result<Table, Error> {
        let rows = self.tables.get(of).ok_or_else(|| wrong(name, &format!("there is no table {of}")))?;
        if depth > DEEPEST || rows.len() > MOST_FIELDS {
            return Err(wrong(name, &format!("table {of} holds itself, or more than {MOST_FIELDS} fields")));
        }
        let known = rows.iter().filter(|row| row.need != Some(Need::Unknown));
        known.map(|row| self.field(name, of, row, depth)).collect()
    }

    fn field(&self, name: &str, of: &str, row: &FieldRow, depth: usize) -> Result<FieldSpec, Error> {
        let bad = |reason: &str| wrong(name, &format!("{of}.{}: {reason}", row.name));
        if row.name.is_empty() {
            return Err(bad("a field without a name"));
        }
        let inner = || match &row.of {
            Some(inner) => self.table(name, inner, depth + 1),
            None => Err(bad("a list or an object needs `of`, the table of its fields")),
        };
        let shape = match (row.form.unwrap_or(Form::Text), row.longest, &row.values) {
            (Form::Text, None, None) => Shape::Text,
            (Form::Text, Some(longest), None) => Shape::Limited(longest),
            (Form::Text, None, Some(values)) => Shape::OneOf(values.clone()),
            (_, Some(_), _) | (_, _, Some(_)) => {
                return Err(bad("a text has longest or values, nothing else"));
            }
            (Form::Digits, ..) => Shape::Digits,
            (Form::Date, ..) => Shape::Date,
            (Form::DateTime, ..) => Shape::DateTime,
            (Form::Instant, ..) => Shape::Instant,
            (Form::List, ..) => Shape::List(inner()?),
            (Form::Object, ..) => Shape::Object(inner()?),
            (Form::OpenList, ..) => Shape::OpenList,
        };
        Ok(FieldSpec {
            name: row.name.clone(),
            required: row.need == Some(Need::Required),
            empty_at: row.empty_at.clone().unwrap_or_default(),
            shape,
        })
    }
}

impl FieldRow {
    /// Replaces the keys that `change` gives.
    fn change(&mut self, change: Self) {
        let Self { name: _, need, empty_at, form, of, longest, values } = change;
        self.need = need.or(self.need);
        self.empty_at = empty_at.or(self.empty_at.take());
        self.form = form.or(self.form);
        self.of = of.or(self.of.take());
        self.longest = longest.or(self.longest);
        self.values = values.or(self.values.take());
    }
}

fn wrong(contract: &str, reason: &str) -> Error {
    Error::InvalidContract { contract: contract.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_contract_is_whole() {
        for (name, _) in BUILT_IN {
            let contract = Contract::load(name, None).unwrap();
            assert!(contract.dossier.iter().any(|field| field.name == "MaHoSo" && field.required), "{name}");
            assert!(contract.proxy_dossier.iter().any(|field| field.name == "SoBienNhan"), "{name}");
        }
        let told = Contract::load("guide-2019", None).unwrap_err().to_string();
        assert!(told.contains("guide-2020, guide-2024"), "{told}");
    }

    #[test]
    fn changes_are_made_to_what_they_are_based_on() {
        let text = r#"
            based_on = "guide-2024"
            [change.dossier]
            GhiChu = { need = "required", longest = 5 }
            SoGiayToChuHoSo = {}
            NoiNopHoSo = { need = "unknown" }
        "#;
        let contract = Contract::parse("mine", text).unwrap();
        let field = |name: &str| contract.dossier.iter().find(|field| field.name == name);
        assert!(field("GhiChu").is_some_and(|field| field.required));
        assert!(matches!(field("GhiChu").unwrap().shape, Shape::Limited(5)));
        assert!(field("SoGiayToChuHoSo").is_some_and(|field| !field.required));
        assert!(field("NoiNopHoSo").is_none());
        assert_eq!(contract.max_steps_per_call, 10);
    }

    #[test]
    fn what_makes_no_contract_is_told_with_its_place() {
        for (text, place) in [
            ("max_steps_per_call = 10", "dossier"),
            ("based_on = 'guide-1999'", "based_on"),
            ("based_on = 'guide-2024'\nmax_steps_per_call = 0", "max_steps_per_call"),
            ("[change.dossier]\nGhiChu = {}", "based_on"),
            ("based_on = 'guide-2024'\n[change.dosier]\nGhiChu = {}", "dosier"),
            ("based_on = 'guide-2024'\n[change.dossier]\nGhiChu = { form = 'list' }", "dossier.GhiChu"),
            (
                "based_on = 'guide-2024'\n[change.dossier]\nGhiChu = { form = 'list', of = 'dossier' }",
                "dossier",
            ),
            ("based_on = 'guide-2024'\n[change.dossier]\nNgayTra = { longest = 5 }", "dossier.NgayTra"),
        ] {
            let told = Contract::parse("mine", text).unwrap_err().to_string();
            assert!(told.contains("mine") && told.contains(place), "{text}: {told}");
        }
        assert!(Contract::parse("mine", "based_on = 'guide-2024'\nsteps = 1").is_err());
    }
}
