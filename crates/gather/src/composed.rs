//! The reports that are put together from the others: the head's and the technical annex.

use std::collections::BTreeMap;

use dongbo_indicators::{Indicator, Origin};
use dongbo_ledger::{EnteredFigure, LedgerError, PublicationOutcome};
use dongbo_model::{Lang, Period};
use dongbo_reports::{Annex, EnteredRow, Formula, HalfYear, LateFigures};

use crate::numbers::Numbers;
use crate::{GatherError, Gathering};

impl Gathering<'_> {
    /// The figures of the report on late dossiers.
    pub(crate) async fn lateness(self) -> Result<LateFigures, GatherError> {
        let numbers = self.numbers().await?;
        let late = self.late(&numbers).await?;
        Ok(LateFigures { late, issue: self.issue })
    }

    /// The figures of the head's six-monthly report.
    pub(crate) async fn half_year(self) -> Result<HalfYear, GatherError> {
        let numbers = self.numbers().await?;
        let whole = numbers.whole(self.issue.period, numbers.question.set, self.unit).await?;
        Ok(HalfYear {
            handled: self.handled(&numbers).await?,
            index: self.index(&numbers, &whole).await?,
            late: self.late(&numbers).await?,
            issue: self.issue.clone(),
            sync: self.sync().await?,
        })
    }

    /// The figures of the technical annex.
    pub(crate) async fn annex(self) -> Result<Annex, GatherError> {
        let numbers = self.numbers().await?;
        let whole = numbers.whole(self.issue.period, numbers.question.set, self.unit).await?;
        let year = self.issue.period.months().end().year();
        let announced = i32::try_from(year).ok().and_then(|year| numbers.book.calendar.announced(year));
        Ok(Annex {
            formulas: Indicator::ALL.iter().map(|one| formula(self.issue.lang, *one)).collect(),
            index: self.index(&numbers, &whole).await?,
            entered: self.entered(&numbers),
            published: self.published().await?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            calendar: (year, announced),
            issue: self.issue.clone(),
            sync: self.sync().await?,
        })
    }

    /// The figures that people entered for the period or a part of it.
    fn entered(&self, numbers: &Numbers<'_>) -> Vec<EnteredRow> {
        let lang = self.issue.lang;
        let of_unit = |one: &&EnteredFigure| self.unit.is_none_or(|unit| one.figure.unit == unit);
        let in_period = |one: &&EnteredFigure| self.has(&one.figure.period);
        let row = |one: &EnteredFigure| EnteredRow {
            figure: Indicator::from_name(&one.figure.figure).map_or_else(
                || one.figure.figure.clone(),
                |known| format!("{} {}", known.name(), known.text(lang)),
            ),
            period: one.figure.period.clone(),
            unit: one.figure.unit.clone(),
            value: match one.figure.denominator {
                None => lang.count(one.figure.numerator),
                Some(whole) => lang.percent(one.figure.numerator, whole),
            },
            by: one.entered_by.clone(),
            at: one.entered_at,
        };
        numbers.entered.iter().filter(of_unit).filter(in_period).map(row).collect()
    }

    /// Whether a period as the ledger writes it lies in the report's.
    fn has(&self, written: &str) -> bool {
        let (first, last) = self.issue.period.months().into_inner();
        Period::parse(written).is_some_and(|period| {
            let (begins, ends) = period.months().into_inner();
            begins >= first && ends <= last
        })
    }

    /// The outcome of the questions about published figures, by period: kept, not published, not fetched.
    async fn published(&self) -> Result<Vec<(String, [u64; 3])>, LedgerError> {
        let mut periods: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        let states = self.ledger.publications().await?;
        for state in states.into_iter().filter(|state| self.has(&state.key.period)) {
            let [kept, missing, failed] = periods.entry(state.key.period).or_default();
            match (state.answered_at, state.outcome) {
                (Some(_), _) | (None, PublicationOutcome::Published) => *kept += 1,
                (None, PublicationOutcome::Missing) => *missing += 1,
                (None, PublicationOutcome::Failed) => *failed += 1,
            }
        }
        Ok(periods.into_iter().collect())
    }
}

fn formula(lang: Lang, of: Indicator) -> Formula {
    let entered = of.origin() == Origin::Entered;
    let name = if entered {
        format!("{} ({})", of.text(lang), of.origin().text(lang))
    } else {
        of.text(lang).to_owned()
    };
    Formula {
        id: of.name().to_owned(),
        name,
        numerator: of.numerator(lang).to_owned(),
        denominator: of.denominator(lang).to_owned(),
        exclusions: of.exclusions(lang).to_owned(),
        open: of.open(lang).to_owned(),
    }
}
