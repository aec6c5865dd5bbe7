//! The parameters of a request: what may be asked, and whether it is.

use std::collections::BTreeSet;

use super::problem::{Problem, ProblemKind};
use crate::asked::{Asked, LANG};
use dongbo_indicators::{FormulaSet, GapReason, Indicator};
use dongbo_ledger::{ListState, Side};
use dongbo_model::{Age, DifferenceKind, FindingKind, Lang, Layer, Owner, Period};
use dongbo_sync::views::ListPart;

/// Rows of a page that asks for no other number.
const USUAL: u32 = 100;
/// Most rows of a page.
const MOST: u32 = 500;
/// The longest text, in characters.
const LONGEST: usize = 2_000;

/// One parameter of an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: ParameterKind,
    /// Whether it is a part of the path, and so has to be there.
    pub(super) in_path: bool,
}

/// The values that a parameter may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum ParameterKind {
    /// Any text up to the longest.
    Text,
    /// One of these.
    Word(&'static [&'static str]),
    /// The number of rows.
    Rows,
    /// A month, quarter, half-year or year.
    Period,
}

const fn text(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about, kind: ParameterKind::Text, in_path: false }
}

const fn word(name: &'static str, about: &'static str, words: &'static [&'static str]) -> Parameter {
    Parameter { name, about, kind: ParameterKind::Word(words), in_path: false }
}

/// The language, which every address takes.
pub(super) const LANGUAGE: Parameter =
    word(LANG, "The language of texts; otherwise Vietnamese.", Lang::NAMES);
/// The unit.
pub(super) const UNIT: Parameter = text(
    "unit",
    "Only what is of this unit, as the ledger names it. One who sees some units only names one of them, unless there is but one.",
);
/// The end of the page before.
pub(super) const AFTER: Parameter =
    text("after", "Only what comes behind this: the `next` of the page before.");
/// The number of rows.
pub(super) const ROWS: Parameter =
    Parameter { name: "limit", about: "Most rows of the page.", kind: ParameterKind::Rows, in_path: false };
/// The code of a dossier, in the path.
pub(super) const CODE: Parameter =
    Parameter { in_path: true, ..text("code", "The dossier's code, just as it is.") };
/// The state of dossiers.
pub(super) const STATE: Parameter = word("state", "Only dossiers that stand so.", ListState::NAMES);
/// The layer that lacks something.
pub(super) const LACKS: Parameter =
    word("lacks", "Only dossiers that lack something in this layer.", Layer::NAMES);
/// The kind of a finding.
pub(super) const FINDING: Parameter =
    word("kind", "Only what has an open finding of this kind.", FindingKind::NAMES);
/// The subject of a finding.
pub(super) const SUBJECT: Parameter =
    text("subject", "Only findings about this; empty for those about nothing else.");
/// The form of a refusal's words.
pub(super) const WORDS: Parameter = text("words", "Only refusals whose words have this form.");
/// The time for which a change waits.
pub(super) const WAITED: Parameter = word(
    "age",
    "Only dossiers with a change that has waited for this long or longer.",
    crate::pages::dossiers::Waited::NAMES,
);
/// The one who has to act.
pub(super) const OWNER: Parameter = word("owner", "Only what waits for this one.", Owner::NAMES);
/// The kind of a difference.
pub(super) const DIFFERENCE: Parameter =
    word("kind", "Only differences of this kind.", DifferenceKind::NAMES);
/// The cause of a difference.
pub(super) const CAUSE: Parameter = text("cause", "Only differences of this cause, by its stable name.");
/// The gravity of a difference.
pub(super) const AGE: Parameter = word("age", "Only differences of this gravity.", Age::NAMES);
/// Whether a difference can be put right from here.
pub(super) const MENDABLE: Parameter = word(
    "mendable",
    "Only differences that sending the dossier again can put right, or cannot.",
    &["yes", "no"],
);
/// The period of indicators.
pub(super) const PERIOD: Parameter = Parameter {
    name: "period",
    about: "The month, quarter, half-year or year, as 2026-08, 2026-Q3, 2026-H1 or 2026; otherwise the present month.",
    kind: ParameterKind::Period,
    in_path: false,
};
/// The set of formulas.
pub(super) const SET: Parameter =
    word("set", "The set of formulas; otherwise that of the configuration.", FormulaSet::NAMES);

/// The indicator, in the path.
pub(super) const INDICATOR: Parameter =
    Parameter { in_path: true, ..word("indicator", "The indicator, by its stable name.", Indicator::NAMES) };
/// The dossiers of an indicator.
pub(super) const PART: Parameter = word("part", "Which of its dossiers; otherwise missing.", ListPart::NAMES);
/// The side whose number it is.
pub(super) const VIEW: Parameter =
    word("view", "The side whose number it is; otherwise portal.", Side::NAMES);
/// The reason of a difference.
pub(super) const REASON: Parameter = word(
    "reason",
    "Only dossiers that both sides count, or judge, otherwise for this reason.",
    GapReason::NAMES,
);

/// Checks everything that is asked against what may be.
pub(super) fn check(asked: &Asked, known: &[Parameter]) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for (name, value) in asked.parameters() {
        let parameter = known
            .iter()
            .chain([&LANGUAGE])
            .find(|one| one.name == name)
            .ok_or_else(|| unknown(name, known))?;
        if !seen.insert(name) {
            return Err(Problem::parameter(name, "tham số bị lặp lại", "it is given more than once"));
        }
        parameter.kind.check(name, value)?;
    }
    if known.iter().any(|one| one.name == UNIT.name) { check_unit(asked) } else { Ok(()) }
}

fn unknown(name: &str, known: &[Parameter]) -> Problem {
    let names: Vec<&str> = known.iter().chain([&LANGUAGE]).map(|one| one.name).collect();
    let names = names.join(", ");
    let name: String = name.chars().take(LONGEST).collect();
    Problem::parameter(
        &name,
        format!("không có tham số này; có {names}"),
        format!("there is no such parameter; there are {names}"),
    )
}

/// One who sees some units only names one of these.
fn check_unit(asked: &Asked) -> Result<(), Problem> {
    let Some(own) = &asked.visitor.units else { return Ok(()) };
    match asked.parameter(UNIT.name) {
        Some(named) if own.contains(named) => Ok(()),
        Some(_) => Err(Problem::new(ProblemKind::NotForYou)),
        None if own.len() == 1 => Ok(()),
        None => {
            let own = own.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            Err(Problem::parameter(
                UNIT.name,
                format!("hãy chọn một trong {own}"),
                format!("name one of {own}"),
            ))
        }
    }
}

impl ParameterKind {
    fn check(self, name: &str, value: &str) -> Result<(), Problem> {
        let value = value.trim();
        match self {
            Self::Text if value.chars().count() > LONGEST => Err(Problem::parameter(
                name,
                format!("dài quá {LONGEST} ký tự"),
                format!("it has more than {LONGEST} characters"),
            )),
            Self::Word(words) if !value.is_empty() && !words.contains(&value) => {
                let words = words.join(", ");
                Err(Problem::parameter(
                    name,
                    format!("phải là một trong {words}"),
                    format!("it is one of {words}"),
                ))
            }
            Self::Rows if !value.is_empty() && rows_of(value).is_none() => Err(Problem::parameter(
                name,
                format!("phải là số từ 1 đến {MOST}"),
                format!("it is a number from 1 to {MOST}"),
            )),
            Self::Period if !value.is_empty() && Period::parse(value).is_none() => Err(Problem::parameter(
                name,
                "hãy ghi như 2026-08, 2026-Q3, 2026-H1 hoặc 2026",
                "write it as 2026-08, 2026-Q3, 2026-H1 or 2026",
            )),
            _ => Ok(()),
        }
    }

    /// The values as JSON Schema says them.
    pub(super) fn schema(self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::Text => json!({ "type": "string", "maxLength": LONGEST }),
            Self::Word(words) => json!({ "type": "string", "enum": words }),
            Self::Rows => json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL }),
            Self::Period => {
                json!({ "type": "string", "pattern": "^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$" })
            }
        }
    }
}

fn rows_of(value: &str) -> Option<u32> {
    value.parse().ok().filter(|rows| (1..=MOST).contains(rows))
}

/// The number of rows that are asked for.
pub(super) fn rows(asked: &Asked) -> u32 {
    asked.parameter(ROWS.name).and_then(rows_of).unwrap_or(USUAL)
}

/// Cuts what was read with one row more than `rows`, and says whether there is more.
pub(super) fn cut<T>(read: &mut Vec<T>, rows: u32) -> bool {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let has_more = read.len() > rows;
    read.truncate(rows);
    has_more
}
