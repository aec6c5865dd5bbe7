//! Published figures as they are read from an answer: what is `null` there is `None` here, and nothing is made up.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{EvaluationError, Topic, reading};

/// The figures of one topic and period.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Published {
    /// Those of everything below the department that was asked about; `None` when the answer has no such row.
    pub whole: Option<PublishedRow>,
    /// Those of each unit, in the order of the answer.
    pub rows: Vec<PublishedRow>,
    /// Codes and fields that dongbo does not know, and values that it cannot read, each with its number.
    pub odd: Vec<Odd>,
}

/// The figures of one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublishedRow {
    /// The unit.
    pub department: Department,
    /// Its figures.
    pub figures: Figures,
}

/// A unit as the portal names it. What the answer does not have is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Department {
    /// The portal's own id.
    pub id: Option<String>,
    /// The unit code, which is that of `DonViXuLy`.
    pub code: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// The figures of one unit, in the form of their topic.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figures {
    /// Scored metrics, in the order of the answer.
    Metrics(Vec<Metric>),
    /// Plain figures by their names, as they are.
    Tree(BTreeMap<String, Option<f64>>),
    /// The scores of all groups.
    Score(UnitScore),
}

/// A scored metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Metric {
    /// The code, such as `DOSSIER_SYNC`.
    pub code: String,
    /// The name.
    pub name: Option<String>,
    /// The numerator.
    pub numerator: Option<u64>,
    /// The denominator.
    pub denominator: Option<u64>,
    /// The share in percent.
    pub ratio: Option<f64>,
    /// The points.
    pub score: Option<f64>,
    /// The most points that there are.
    pub max_score: Option<f64>,
    /// A remark on the data, such as `TEMP_NATIONAL_REPORT_DENOMINATOR`.
    pub data_quality: Option<String>,
    /// The remark in words.
    pub data_quality_message: Option<String>,
}

/// The scores of one unit in all groups.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct UnitScore {
    /// The points of all groups.
    pub total: Option<f64>,
    /// `AGENCY` or `COMMUNE`.
    pub child_group: Option<String>,
    /// The place among the provinces.
    pub rank: Option<u64>,
    /// The change of the total since the period before.
    pub delta: Option<f64>,
    /// The mean total of the units that it is compared with.
    pub average: Option<f64>,
    /// The points of each group, in the order of the answer.
    pub radar: Vec<Axis>,
    /// The totals of the months before.
    pub monthly: Vec<ChartPoint>,
}

/// The points of one group.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Axis {
    /// The group's code, such as `TDGQ`.
    pub code: String,
    /// The points.
    pub score: Option<f64>,
    /// The most points that there are.
    pub max_score: Option<f64>,
}

/// The total of one month.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ChartPoint {
    /// The month as the portal writes it.
    pub month: String,
    /// The total.
    pub score: Option<f64>,
}

/// Something in an answer that dongbo does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Odd {
    /// Its kind.
    pub kind: OddKind,
    /// The code or field.
    pub name: String,
    /// How often it stands in the answer.
    pub many: u64,
}

dongbo_model::vocabulary! {
    /// The kind of something in an answer that dongbo does not know.
    pub enum OddKind
    texts {
        /// The name for people.
        text
    }
    {
        /// A metric or group whose code is not known; its figures are kept.
        UnknownCode = "unknown_code", ["mã chưa biết", "unknown code"];
        /// A field that is not known; it is kept in the raw answer.
        UnknownField = "unknown_field", ["trường chưa biết", "unknown field"];
        /// A known field whose value is of another kind than it should be; it counts as not published.
        NotRead = "not_read", ["giá trị không đọc được", "value that cannot be read"];
    }
}

impl Published {
    /// Reads the pages of one answer as they were kept.
    ///
    /// # Errors
    /// `Failed` when a page is no answer of the topic's form.
    pub fn read<P: AsRef<str>>(topic: Topic, pages: &[P]) -> Result<Self, EvaluationError> {
        reading::read(topic, pages)
    }

    /// Whether it has any figure at all: a period without one is not published yet.
    #[must_use]
    pub fn has_figures(&self) -> bool {
        self.rows.iter().chain(&self.whole).any(|row| row.figures.any())
    }

    /// The figures of the unit with this code or this id of the portal's.
    #[must_use]
    pub fn of_unit(&self, unit: &str) -> Option<&PublishedRow> {
        self.rows.iter().find(|row| row.department.is(unit))
    }
}

impl Department {
    /// Whether it has this code, or this id of the portal's.
    #[must_use]
    pub fn is(&self, unit: &str) -> bool {
        self.code.as_deref() == Some(unit) || self.id.as_deref() == Some(unit)
    }
}

impl Figures {
    fn any(&self) -> bool {
        match self {
            Self::Metrics(metrics) => metrics.iter().any(|metric| {
                metric.numerator.is_some()
                    || metric.denominator.is_some()
                    || metric.ratio.is_some()
                    || metric.score.is_some()
            }),
            Self::Tree(figures) => figures.values().any(Option::is_some),
            Self::Score(score) => {
                score.total.is_some() || score.radar.iter().any(|axis| axis.score.is_some())
            }
        }
    }
}
