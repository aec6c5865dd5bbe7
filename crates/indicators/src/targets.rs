//! Targets of the plans that bind an office, from files.

use dongbo_settings::hint;
use serde::{Deserialize, Serialize};

use crate::exact::{Exact, Hundredths};
use crate::formulas::Value;
use crate::indicator::Indicator;

/// A plan with its targets.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name.
    pub plan: String,
    /// The agency that it binds.
    pub agency: String,
    /// Where its targets were taken from.
    pub source: String,
    /// The codes of the units that it binds; empty: all that dongbo serves.
    #[serde(default)]
    pub units: Vec<String>,
    /// Its targets.
    #[serde(default, rename = "target")]
    pub targets: Vec<Target>,
    /// A demand of it that is no number.
    #[serde(default, rename = "task")]
    pub tasks: Vec<Task>,
}

/// A number that a plan asks for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The plan's words.
    pub text: String,
    /// The year that it is for.
    pub year: i64,
    /// The indicator that it is about; else `figure`.
    pub indicator: Option<Indicator>,
    /// The name of the figure that people enter for it.
    pub figure: Option<String>,
    /// Percent that have to be reached.
    pub at_least: Option<Hundredths>,
    /// The count that must not be exceeded.
    pub at_most_count: Option<u64>,
    /// The count that has to be reached: of an indicator its numerator.
    pub at_least_count: Option<u64>,
    /// How it stood when the plan was written, in percent.
    pub stood_at: Option<Hundredths>,
    /// A remark of whoever wrote it down here.
    pub note: Option<String>,
}

/// Something that a plan asks for and that is no number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The plan's words.
    pub text: String,
    /// The year that it is for.
    pub year: i64,
    /// How often it has to be done.
    pub every: Every,
}

/// How often a task has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Once in the year.
    Year,
    /// In each quarter.
    Quarter,
    /// In each month.
    Month,
    /// Each time that it comes up.
    Time,
}

/// The reason why a file is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It is no TOML of this shape.
    #[error("{message}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Unreadable {
        /// The reader's words, with the place.
        message: String,
        /// The key or the indicator that was meant.
        hint: Option<String>,
    },
    /// A target asks for nothing, or for two things.
    #[error("target \"{text}\": {flaw}")]
    Target {
        /// Its words.
        text: String,
        /// The fault.
        flaw: &'static str,
    },
    /// There is nothing in it.
    #[error("the plan has neither a target nor a task")]
    Empty,
}

impl Plan {
    /// Reads the file of a plan (`config/targets/` has some).
    ///
    /// # Errors
    /// It is no TOML of this shape, names an unknown key or indicator (the nearest one is told), or a target does not ask for one
    /// thing about one number.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = toml::from_str(text).map_err(|error| PlanError::Unreadable {
            message: error.to_string().trim_end().to_owned(),
            hint: hint::nearest_hint(error.message()),
        })?;
        if plan.targets.is_empty() && plan.tasks.is_empty() {
            return Err(PlanError::Empty);
        }
        match plan.targets.iter().find_map(|target| Some((target, target.flaw()?))) {
            Some((target, flaw)) => Err(PlanError::Target { text: target.text.clone(), flaw }),
            None => Ok(plan),
        }
    }

    /// Whether it binds the unit with this code; `None` stands for all units together.
    #[must_use]
    pub fn binds(&self, unit: Option<&str>) -> bool {
        self.units.is_empty() || unit.is_none_or(|unit| self.units.iter().any(|bound| bound == unit))
    }
}

impl Target {
    fn flaw(&self) -> Option<&'static str> {
        let asks = [self.at_least.is_some(), self.at_most_count.is_some(), self.at_least_count.is_some()];
        if self.indicator.is_some() == self.figure.is_some() {
            Some("give either indicator or figure")
        } else if asks.into_iter().filter(|asked| *asked).count() != 1 {
            Some("give one of at_least, at_least_count, at_most_count")
        } else if self.figure.is_some() && self.at_least.is_some() {
            Some("a figure is a count: give at_least_count or at_most_count")
        } else if self.indicator.is_some() && self.at_most_count.is_some() {
            Some("no indicator is better for being less")
        } else if self.at_least.is_some_and(|percent| percent > Hundredths(10_000)) {
            Some("at_least is more than 100 percent")
        } else if !(2_000..=2_999).contains(&self.year) {
            Some("the year is none")
        } else {
            None
        }
    }

    /// How `value` stands to this target.
    #[must_use]
    pub fn standing(&self, value: &Value) -> Standing {
        if let Some(percent) = self.at_least {
            return Standing::of_percent(percent, value);
        }
        let (least, most) = (self.at_least_count, self.at_most_count);
        let count = value.numerator;
        let lacking = least.map_or(0, |least| least.saturating_sub(count));
        let met = lacking == 0 && most.is_none_or(|most| count <= most);
        Standing { met: Some(met), distance: None, lacking: Some(lacking) }
    }
}

/// How a number stands to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Whether it is reached; `None` while there is no number.
    pub met: Option<bool>,
    /// Percentage points that are missing; 0 when it is reached.
    pub distance: Option<Hundredths>,
    /// Dossiers (or what else the numerator counts) that have to be added to the numerator to reach it; `None` where it would
    /// take more than there are.
    pub lacking: Option<u64>,
}

impl Standing {
    fn of_percent(percent: Hundredths, value: &Value) -> Self {
        let Some(ratio) = value.ratio else { return Self { met: None, distance: None, lacking: None } };
        let (numerator, denominator) = (u128::from(value.numerator), u128::from(value.denominator));
        // What is shown as reached because it was rounded up is not.
        let weighted =
            Exact::ratio(value.numerator, value.denominator).is_some_and(|own| own.percent() != ratio);
        let met = if weighted {
            ratio >= percent
        } else {
            numerator * 10_000 >= denominator * u128::from(percent.0)
        };
        let wanted = (denominator * u128::from(percent.0)).div_ceil(10_000);
        let lacking = u64::try_from(wanted.saturating_sub(numerator)).ok();
        Self {
            met: Some(met),
            distance: Some(Hundredths(percent.0.saturating_sub(ratio.0))),
            lacking: if met { Some(0) } else { lacking.filter(|_| !weighted) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Plan, PlanError, Target};
    use crate::exact::Hundredths;
    use crate::formulas::Value;

    /// The plans that dongbo ships.
    const SHIPPED: [&str; 5] = [
        include_str!("../../../config/targets/bo-y.toml"),
        include_str!("../../../config/targets/dak-koi.toml"),
        include_str!("../../../config/targets/duong-an.toml"),
        include_str!("../../../config/targets/sa-thay.toml"),
        include_str!("../../../config/targets/xuan-thanh.toml"),
    ];

    fn value(numerator: u64, denominator: u64) -> Value {
        let ratio = crate::Exact::ratio(numerator, denominator).map(crate::Exact::percent);
        Value { numerator, denominator, ratio, points: None }
    }

    fn at_least(percent: u32) -> Target {
        let plan = format!(
            "plan = \"p\"\nagency = \"a\"\nsource = \"s\"\n[[target]]\ntext = \"t\"\nyear = 2026\nindicator = \"1.4\"\nat_least = {percent}\n"
        );
        Plan::parse(&plan).unwrap().targets.remove(0)
    }

    #[test]
    fn the_five_plans_are_read_with_their_standing_figures() {
        let plans: Vec<Plan> = SHIPPED.iter().map(|text| Plan::parse(text).unwrap()).collect();
        let on_time =
            plans[0].targets.iter().find(|target| target.indicator == Some(crate::Indicator::OnTime));
        assert_eq!(on_time.unwrap().stood_at, Some(Hundredths(8_224)));
        assert!(plans.iter().all(|plan| plan.binds(Some("H44.08")) && !plan.source.is_empty()));
        assert_eq!(plans.iter().map(|plan| plan.targets.len()).sum::<usize>(), 42);
    }

    #[test]
    fn the_missing_dossiers_are_counted_and_nothing_is_reached_by_rounding() {
        let to_full = at_least(100).standing(&value(9_588, 10_000));
        assert_eq!(
            (to_full.met, to_full.lacking, to_full.distance),
            (Some(false), Some(412), Some(Hundredths(412)))
        );
        let nearly = at_least(100).standing(&value(99_999, 100_000));
        assert_eq!((nearly.met, nearly.lacking), (Some(false), Some(1)), "shown as 100.00");
        let reached = at_least(80).standing(&value(4, 5));
        assert_eq!(
            (reached.met, reached.lacking, reached.distance),
            (Some(true), Some(0), Some(Hundredths(0)))
        );
        assert_eq!(at_least(80).standing(&value(0, 0)).met, None);
    }

    #[test]
    fn a_plan_that_says_something_unknown_is_refused_with_what_was_meant() {
        let head = "plan = \"p\"\nagency = \"a\"\nsource = \"s\"\n";
        let target =
            |rest: &str| Plan::parse(&format!("{head}[[target]]\ntext = \"t\"\nyear = 2026\n{rest}"));
        for (rest, meant) in [
            ("indicator = \"online-fastr\"\nat_least = 80\n", "online-faster"),
            ("indicator = \"2.1\"\nat_leest = 80\n", "at_least"),
        ] {
            let error = target(rest).unwrap_err();
            assert!(error.to_string().contains(&format!("did you mean `{meant}`?")), "{error}");
        }
        for rest in [
            "indicator = \"2.1\"\n",
            "indicator = \"2.1\"\nfigure = \"x\"\nat_least = 80\n",
            "indicator = \"2.1\"\nat_least = 80\nat_least_count = 3\n",
            "indicator = \"2.1\"\nat_least = 101\n",
            "figure = \"x\"\nat_least = 80\n",
        ] {
            assert!(matches!(target(rest), Err(PlanError::Target { .. })), "{rest}");
        }
        assert_eq!(Plan::parse(head), Err(PlanError::Empty));
        assert!(matches!(
            target("indicator = \"2.1\"\nat_least = 80.125\n"),
            Err(PlanError::Unreadable { .. })
        ));
    }
}
