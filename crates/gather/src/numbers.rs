//! The numbers of the indicators as reports need them.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use dongbo_indicators::{
    Book, Both, FormulaSet, Given, Indicator, Question, Split, Target, Value, entries, owner_stores, sums,
    target_value, values,
};
use dongbo_ledger::{EnteredFigure, Ledger, LedgerError, OwnerStoreCount, Side};
use dongbo_model::Period;

use crate::{GatherError, Gathering};

/// A ledger that is read, with everything that numbers need beside it.
pub(crate) struct Numbers<'n> {
    pub(crate) ledger: &'n Ledger,
    pub(crate) book: Book,
    pub(crate) question: Question,
    pub(crate) entered: Vec<EnteredFigure>,
    /// Dossiers whose owners' stores were looked into.
    owner_stores: Vec<OwnerStoreCount>,
}

impl<'g> Gathering<'g> {
    /// Everything that the numbers of the report need.
    pub(crate) async fn numbers(&self) -> Result<Numbers<'g>, GatherError> {
        let book = Book::open(self.office.indicators, self.ledger.catalogue().await?)?;
        let question = Question {
            period: self.issue.period,
            unit: self.unit.map(str::to_owned),
            procedures: None,
            set: book.set,
            now: self.issue.at,
        };
        let entered = self.ledger.entered_figures(None, None).await?;
        let owner_stores = self.ledger.owner_store_counts().await?;
        Ok(Numbers { ledger: self.ledger, book, question, entered, owner_stores })
    }
}

/// An indicator, as it is computed or entered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OnBothSides {
    pub(crate) is_entered: bool,
    pub(crate) local: Value,
    pub(crate) portal: Value,
}

impl Numbers<'_> {
    /// The counts of both sides over `period`, by the cells of `set`, of `unit` and those below it.
    pub(crate) async fn whole(
        &self,
        period: Period,
        set: FormulaSet,
        unit: Option<&str>,
    ) -> Result<Both, LedgerError> {
        let question = Question { period, set, unit: unit.map(str::to_owned), ..self.question.clone() };
        let mut parts = sums(self.ledger, &self.book, &question, Split::Whole).await?;
        Ok(parts.remove("").unwrap_or_else(|| Both::of(&question)))
    }

    /// The counts that people entered for a unit, and those of the sample.
    pub(crate) fn given(&self, period: Period, unit: Option<&str>) -> Given {
        Given {
            owner_stores: owner_stores(&self.book, &self.owner_stores, period, unit),
            ..entries::given(&self.entered, period, unit.unwrap_or_default())
        }
    }

    /// An indicator of a unit by these counts: as it would be if the portal had all that the local system has, and as the portal has it;
    /// or as it was entered.
    pub(crate) fn value(
        &self,
        indicator: Indicator,
        set: FormulaSet,
        both: &Both,
        period: Period,
        unit: Option<&str>,
    ) -> OnBothSides {
        if let Some((local, portal)) = values(indicator, set, both, period, &self.given(period, unit)) {
            return OnBothSides { is_entered: false, local, portal };
        }
        let entered = entries::newest(&self.entered, indicator.name(), period, unit.unwrap_or_default());
        let value = entered.map(|one| entries::entered_value(Some(indicator), &one.figure));
        let value = value.unwrap_or_default();
        OnBothSides { is_entered: true, local: value, portal: value }
    }

    /// The number that a target is about, by what the portal accepted; `None` when nobody entered it.
    pub(crate) fn of_target(&self, target: &Target, both: &Both) -> Option<Value> {
        let Question { period, set, unit, .. } = &self.question;
        let unit = unit.as_deref();
        let given = self.given(*period, unit);
        target_value(target, *set, (both, Side::Portal), (*period, unit), &given, &self.entered)
    }
}

/// The counts of units, each with those of the units below it.
pub(crate) fn rolled_up<C: AddAssign + Copy>(book: &Book, units: BTreeMap<String, C>) -> Vec<(String, C)> {
    let whole = |(unit, own): (&String, &C)| {
        let mut sum = *own;
        let below = units.iter().filter(|(other, _)| *other != unit && book.is_within(other, unit));
        below.for_each(|(_, counts)| sum += *counts);
        (unit.clone(), sum)
    };
    units.iter().map(whole).collect()
}
