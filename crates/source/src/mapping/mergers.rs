//! Units that were merged into others, each from a day on: dossiers of before keep the code that they were received under, and people
//! see the unit that has them now.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::code_tables::AgencyForm;
use dongbo_model::clock::Clock;
use dongbo_model::{Text, Unit, day_of};

/// One entry of `[[merged_units]]`, with national codes.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MergerFile {
    old: String,
    new: String,
    /// The name of the new unit, where the portal wants that.
    #[serde(default)]
    name: String,
    /// The first day of the new one, in Vietnam.
    from: String,
}

#[derive(Debug, Clone)]
struct Merger {
    old: Text,
    new: Unit,
    from: NaiveDate,
}

/// The mergers of units.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mergers {
    all: Vec<Merger>,
    clock: Option<Clock>,
}

impl Mergers {
    /// Reads the entries, and adds what is wrong with them to `problems`.
    pub(super) fn check(written: Vec<MergerFile>, agency: AgencyForm, problems: &mut Vec<String>) -> Self {
        let mut all: Vec<Merger> = Vec::with_capacity(written.len());
        for MergerFile { old, new, name, from } in written {
            let mut wrong = |what: &str| problems.push(format!("[[merged_units]] \"{old}\": {what}"));
            let Ok(from) = NaiveDate::parse_from_str(&from, "%Y-%m-%d") else {
                wrong("from is no day like \"2025-07-01\"");
                continue;
            };
            let (code, name, old_code) = (Text::new(new.as_str()), Text::new(name), Text::new(old.as_str()));
            if old_code.is_empty() || code.is_empty() || old_code == code {
                wrong("old and new must be two national codes");
            }
            if all.iter().any(|merger| merger.old == old_code) {
                wrong("it was merged once only");
            }
            if agency == AgencyForm::Name && name.is_empty() {
                wrong("agency = \"name\" needs the name of the new unit");
            }
            let agency = if agency == AgencyForm::Name { name } else { code.clone() };
            all.push(Merger { old: old_code, new: Unit { code, agency }, from });
        }
        let circles =
            |merger: &&Merger| all.iter().try_fold(&merger.new.code, |code, _| next(&all, code)).is_some();
        if let Some(merger) = all.iter().find(circles) {
            let old = merger.old.as_str();
            problems.push(format!("[[merged_units]] \"{old}\": the mergers lead in a circle"));
        }
        Self { all, clock: None }
    }

    /// These, with `clock` to tell which have come.
    pub(super) fn with_clock(self, clock: Clock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// The unit that `unit` was on the day of `at`.
    pub(crate) fn on(&self, unit: Unit, at: DateTime<Utc>) -> Unit {
        if self.all.is_empty() {
            return unit;
        }
        let day = day_of(at);
        let mut found = unit;
        for _ in &self.all {
            let next = self.all.iter().find(|merger| merger.old == found.code && merger.from <= day);
            match next {
                Some(merger) => found = merger.new.clone(),
                None => break,
            }
        }
        found
    }

    /// The unit that `unit` is now.
    pub(crate) fn now(&self, unit: Unit) -> Unit {
        match &self.clock {
            Some(clock) => self.on(unit, clock.now()),
            None => unit,
        }
    }
}

fn next<'m>(all: &'m [Merger], code: &Text) -> Option<&'m Text> {
    all.iter().find(|merger| merger.old == *code).map(|merger| &merger.new.code)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{MergerFile, Mergers};
    use crate::mapping::code_tables::AgencyForm;
    use dongbo_model::clock::Clock;
    use dongbo_model::{Text, Unit};

    fn merger(old: &str, new: &str, from: &str) -> MergerFile {
        MergerFile { old: old.into(), new: new.into(), name: String::new(), from: from.into() }
    }

    fn mergers(written: Vec<MergerFile>) -> (Mergers, Vec<String>) {
        let mut problems = Vec::new();
        (Mergers::check(written, AgencyForm::Code, &mut problems), problems)
    }

    fn unit(code: &str) -> Unit {
        Unit { code: Text::new(code), agency: Text::new(code) }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_unit_is_the_one_of_the_day_in_vietnam_and_mergers_follow_each_other() {
        let (mergers, problems) =
            mergers(vec![merger("H1.A", "H1.B", "2025-07-01"), merger("H1.B", "H2.C", "2026-01-01")]);
        assert_eq!(problems, Vec::<String>::new());
        let code = |day: &str| mergers.on(unit("H1.A"), at(day)).code.as_str().to_owned();
        assert_eq!(code("2025-06-30T16:59:59Z"), "H1.A", "the last second of June in Vietnam");
        assert_eq!(code("2025-06-30T17:00:00Z"), "H1.B");
        assert_eq!(code("2026-03-01T00:00:00Z"), "H2.C");
        assert_eq!(mergers.on(unit("H1.X"), at("2026-03-01T00:00:00Z")), unit("H1.X"));
        let now = mergers.with_clock(Clock::manual(at("2025-12-01T00:00:00Z")));
        assert_eq!(now.now(unit("H1.A")), unit("H1.B"));
    }

    #[test]
    fn what_cannot_be_a_table_of_mergers_is_told() {
        let (_, problems) = mergers(vec![
            merger("A", "B", "1/7/2025"),
            merger("A", "A", "2025-07-01"),
            merger("C", "D", "2025-07-01"),
            merger("D", "C", "2025-07-01"),
        ]);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("from") && problems[1].contains("two national codes"), "{problems:?}");
        assert!(problems[2].contains("circle"), "{problems:?}");
    }
}
