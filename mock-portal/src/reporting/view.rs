//! The answer to a question about counts: the sums of each unit, page by page.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::metrics::Metric;
use super::question::{Question, department_id, formality_id};
use crate::catalogue::Catalogue;
use crate::evaluation::Evaluation;
use crate::facts::{Cell, Cells};

/// The sums of the units that a question is about.
pub(super) struct View<'a> {
    question: &'a Question,
    evaluation: &'a Evaluation,
    units: BTreeMap<String, Cell>,
    names: BTreeMap<&'a str, &'a str>,
}

impl<'a> View<'a> {
    /// `None` when the period makes no sense or no unit has the id or code asked for.
    pub(super) fn new(
        catalogue: &'a Catalogue,
        cells: &Cells,
        question: &'a Question,
        evaluation: &'a Evaluation,
    ) -> Option<Self> {
        let period = Period::of(question)?;
        let units = units(catalogue, cells, &question.root_department_id);
        if units.is_empty() {
            return None;
        }
        let names = catalogue.agencies.iter().map(|agency| (&*agency.code, &*agency.name)).collect();
        let mut view = Self { question, evaluation, units, names };
        for ((unit, procedure, year, month), cell) in cells {
            let of_formality = question
                .formality()
                .is_none_or(|wanted| *wanted == formality_id(procedure) || wanted == procedure);
            if period.contains(*year, *month)
                && of_formality
                && let Some(sum) = view.units.get_mut(unit)
            {
                sum.add(cell);
            }
        }
        Some(view)
    }

    fn department(&self, unit: &str, fields: Map<String, Value>) -> Value {
        let name = self.names.get(unit).copied().unwrap_or_default();
        let mut row = Map::new();
        row.insert("departmentId".to_owned(), department_id(unit).into());
        row.insert("departmentCode".to_owned(), unit.into());
        row.insert("departmentName".to_owned(), name.into());
        row.extend(fields);
        Value::Object(row)
    }

    fn total(&self) -> Cell {
        self.units.values().fold(Cell::default(), |mut sum, cell| {
            sum.add(cell);
            sum
        })
    }

    fn is_uncounted(&self, unit: &str) -> bool {
        self.evaluation.nulls.iter().any(|uncounted| uncounted == unit)
    }

    /// Answer of the groups with plain figures: the total, and a row for each unit.
    pub(super) fn tree(&self, figures: fn(&Cell) -> Value) -> Value {
        let row = |unit: &str, cell: &Cell| {
            let Value::Object(mut fields) = figures(cell) else { return Value::Null };
            if self.is_uncounted(unit) {
                fields.values_mut().for_each(|value| *value = Value::Null);
            }
            self.department(unit, fields)
        };
        let children: Vec<Value> = self.units.iter().map(|(unit, cell)| row(unit, cell)).collect();
        let (page, pages) = self.question.page(&children);
        json!({ "parent": row("", &self.total()), "children": page,
            "currentPage": self.question.page_number(), "totalPages": pages })
    }

    /// Answer of the groups with scored metrics: an overview, and a row for each unit.
    pub(super) fn metrics(&self, metrics_of: fn(&Cell) -> Vec<Metric>) -> Value {
        let fields = |unit: &str, cell: &Cell| {
            let uncounted = self.is_uncounted(unit);
            let metrics: Vec<Value> = metrics_of(cell)
                .into_iter()
                .map(|metric| metric.to_json(uncounted, self.evaluation.provisional))
                .collect();
            Map::from_iter([("metrics".to_owned(), Value::Array(metrics))])
        };
        let rows: Vec<Value> =
            self.units.iter().map(|(unit, cell)| self.department(unit, fields(unit, cell))).collect();
        let (page, pages) = self.question.page(&rows);
        json!({ "overview": fields("", &self.total()), "evaluation": page,
            "currentPage": self.question.page_number(), "totalPages": pages })
    }
}

/// The period that is counted.
enum Period {
    /// The one group that takes days in place of a period counts everything.
    All,
    Months(i32, RangeInclusive<u32>),
}

impl Period {
    fn of(question: &Question) -> Option<Self> {
        let months = match question.time_type.as_str() {
            "year" => 1..=12,
            "quarter" if (1..=4).contains(&question.quarter) => {
                question.quarter * 3 - 2..=question.quarter * 3
            }
            "month" if (1..=12).contains(&question.month) => question.month..=question.month,
            "" => return Some(Self::All),
            _ => return None,
        };
        Some(Self::Months(question.year, months))
    }

    fn contains(&self, year: i32, month: u32) -> bool {
        match self {
            Self::All => true,
            Self::Months(wanted, months) => *wanted == year && months.contains(&month),
        }
    }
}

/// The units that the catalogue or the counts know below `root`, an id or a code; all of them when it is empty.
fn units(catalogue: &Catalogue, cells: &Cells, root: &str) -> BTreeMap<String, Cell> {
    let counted: BTreeSet<&str> = cells.keys().map(|(unit, ..)| unit.as_str()).collect();
    let known = catalogue.agencies.iter().map(|agency| agency.code.as_str()).chain(counted);
    let wanted = known.filter(|unit| root.is_empty() || *root == department_id(unit) || root == *unit);
    wanted.map(|unit| (unit.to_owned(), Cell::default())).collect()
}
