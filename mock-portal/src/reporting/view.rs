//! The answer to a question about counts: the sums of each unit, page by page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value, json};

use super::metrics::{self, MetricsOf};
use super::period::Period;
use super::question::{Question, department_id, formality_id};
use super::scores;
use super::sum::Sum;
use crate::catalogue::Catalogue;
use crate::evaluation::Evaluation;
use crate::facts::{Cell, Cells};

/// The level of a commune in the list of agencies.
const COMMUNE: &str = "4";
/// The level of a province.
const PROVINCE: &str = "2";

/// The units that a question is about, and the counts that it is answered from.
pub(super) struct View<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) cells: &'a Cells,
    pub(super) question: &'a Question,
    pub(super) evaluation: &'a Evaluation,
    /// The present day, on which a period that goes on is judged.
    pub(super) today: NaiveDate,
}

impl View<'_> {
    /// Whether a period is published.
    pub(super) fn is_published(&self, period: Period) -> bool {
        let withheld = |month: &String| {
            let number = |text: &str| text.parse::<u32>().ok();
            let (year, month) = month.split_once('-').unwrap_or_default();
            number(year)
                .zip(number(month))
                .is_some_and(|(year, month)| period.contains(i32::try_from(year).unwrap_or_default(), month))
        };
        let over = !self.evaluation.ended_only || period.last < self.today;
        over && !self.evaluation.unpublished.iter().any(withheld)
    }

    /// The sums of each unit that the question is about, in a period. Empty when no unit has the id or code asked for.
    pub(super) fn sums(&self, period: Period) -> Vec<(String, Sum)> {
        let mut units: BTreeMap<&str, BTreeMap<&str, Cell>> =
            self.units().into_iter().map(|unit| (unit, BTreeMap::new())).collect();
        for ((unit, procedure, year, month), cell) in self.cells {
            if period.contains(*year, *month)
                && self
                    .question
                    .formality()
                    .is_none_or(|asked| asked == formality_id(procedure) || asked == procedure)
                && let Some(procedures) = units.get_mut(unit.as_str())
            {
                procedures.entry(procedure.as_str()).or_default().add(cell);
            }
        }
        let judged = (period.last.min(self.today), self.today <= period.last);
        let sum = |(unit, procedures): (&str, BTreeMap<&str, Cell>)| {
            (unit.to_owned(), Sum::of(self.catalogue, &procedures, judged))
        };
        units.into_iter().map(sum).collect()
    }

    /// The sums of each province, with all units below it.
    fn provinces(&self, period: Period) -> Vec<(String, Sum)> {
        let of_units = self.sums(period);
        let provinces = self.catalogue.agencies.iter().filter(|agency| agency.level == PROVINCE);
        let sum = |code: &str| {
            let below = of_units.iter().filter(|(unit, _)| is_below(unit, code));
            below.fold(Sum::default(), |mut all, (_, sum)| {
                all.add(sum);
                all
            })
        };
        provinces.map(|province| (province.code.clone(), sum(&province.code))).collect()
    }

    /// The codes of the units that the catalogue or the counts know below the root that is asked about, itself included.
    fn units(&self) -> BTreeSet<&str> {
        let root = self.question.root_department_id.as_str();
        let counted = self.cells.keys().map(|(unit, ..)| unit.as_str());
        let known: BTreeSet<&str> =
            self.catalogue.agencies.iter().map(|agency| agency.code.as_str()).chain(counted).collect();
        if root.is_empty() {
            return known;
        }
        let Some(root) = known.iter().copied().find(|unit| *unit == root || department_id(unit) == root)
        else {
            return BTreeSet::new();
        };
        known.into_iter().filter(|unit| is_below(unit, root)).collect()
    }

    /// Whether a unit's counts are still missing.
    pub(super) fn is_uncounted(&self, unit: &str) -> bool {
        self.evaluation.nulls.iter().any(|uncounted| uncounted == unit)
    }

    /// The kind of a unit among those of its province.
    pub(super) fn group(&self, unit: &str) -> &'static str {
        let level = self.catalogue.agencies.iter().find(|agency| agency.code == unit);
        if level.is_some_and(|agency| agency.level == COMMUNE) { "COMMUNE" } else { "AGENCY" }
    }

    /// A row of a unit, with these fields.
    pub(super) fn department(&self, unit: &str, fields: impl IntoIterator<Item = Value>) -> Value {
        let agency = self.catalogue.agencies.iter().find(|agency| agency.code == unit);
        let name = agency.map(|agency| agency.name.as_str()).unwrap_or_default();
        let mut row =
            json!({ "departmentId": department_id(unit), "departmentCode": unit, "departmentName": name });
        if let Some(row) = row.as_object_mut() {
            let objects = fields.into_iter().filter_map(|fields| match fields {
                Value::Object(fields) => Some(fields),
                _ => None,
            });
            row.extend(objects.flatten());
        }
        row
    }

    /// Answer of the groups with plain figures: the total, and a row for each unit. `None` when no unit is meant.
    pub(super) fn tree(&self, period: Period, figures: fn(&Sum) -> Value) -> Option<Value> {
        let (sums, total) = self.with_total(period)?;
        let row = |unit: &str, sum: &Sum| {
            let mut fields = figures(sum);
            if let Some(fields) = fields.as_object_mut() {
                if self.is_uncounted(unit) {
                    fields.values_mut().for_each(|value| *value = Value::Null);
                }
                if self.evaluation.news {
                    fields.insert("totalPaused".to_owned(), 7.into());
                }
            }
            self.department(unit, [fields])
        };
        let children: Vec<Value> = sums.iter().map(|(unit, sum)| row(unit, sum)).collect();
        Some(self.paged(&children, "children", &[("parent", row("", &total))]))
    }

    /// Answer of the groups with scored metrics: an overview, and a row for each unit. `None` when no unit is meant.
    pub(super) fn metrics(&self, period: Period, metrics_of: MetricsOf) -> Option<Value> {
        let (sums, total) = self.with_total(period)?;
        let fields = |unit: &str, sum: &Sum| json!({ "metrics": metrics::list(&metrics_of(sum), self.is_uncounted(unit), self.evaluation) });
        let rows: Vec<Value> =
            sums.iter().map(|(unit, sum)| self.department(unit, [fields(unit, sum)])).collect();
        Some(self.paged(&rows, "evaluation", &[("overview", fields("", &total))]))
    }

    /// Answer with all groups at once: of provinces when they are asked for, else of units. `None` when no unit is meant.
    pub(super) fn results(&self, period: Period) -> Option<Value> {
        let of_provinces = self.question.root_department_id.is_empty()
            && self.question.department_type == "ADMINISTRATIVE_UNIT";
        let rows = if of_provinces {
            scores::of_provinces(self, scores::scored(self, period, |period| self.provinces(period)))
        } else {
            scores::of_units(self, scores::scored(self, period, |period| self.sums(period)))
        };
        (!rows.is_empty()).then(|| self.paged(&rows, "evaluation", &[]))
    }

    fn with_total(&self, period: Period) -> Option<(Vec<(String, Sum)>, Sum)> {
        let sums = self.sums(period);
        let mut total = Sum::default();
        sums.iter().for_each(|(_, sum)| total.add(sum));
        (!sums.is_empty()).then_some((sums, total))
    }

    fn paged(&self, rows: &[Value], name: &str, more: &[(&str, Value)]) -> Value {
        let (page, pages) = self.question.page(rows);
        let mut data = Map::new();
        data.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        data.insert(name.to_owned(), page.into());
        data.insert("currentPage".to_owned(), self.question.page_number().into());
        data.insert("totalPages".to_owned(), pages.into());
        if self.evaluation.news {
            data.insert("generatedBy".to_owned(), "v2".into());
        }
        Value::Object(data)
    }
}

impl Period {
    /// The month's total as the chart has it.
    pub(super) fn chart_point(self, total: Option<f64>) -> Value {
        json!({ "year": self.first.year(), "month": self.first.month(), "totalScore": total })
    }
}

/// Whether a unit is the department or one below it.
fn is_below(unit: &str, department: &str) -> bool {
    unit.strip_prefix(department).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
