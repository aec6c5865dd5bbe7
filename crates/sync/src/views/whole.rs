//! Everything that is told of a period and a unit at once.

use super::groups::{GroupView, groups};
use super::numbers::Numbers;
use super::rows::RowView;
use super::targets::{TargetView, Work, standings};
use super::words::apart;
use dongbo_indicators::fetched::OfPeriod;
use dongbo_indicators::{Both, Indicator, Official, period_before, values};
use dongbo_ledger::{LedgerError, Side};

/// The indicators of a whole period in every view, with the points of the groups and the standing of targets.
#[derive(Debug)]
pub struct Whole {
    /// The counts of both sides.
    pub both: Both,
    /// Those of the period before; `None` where nobody asks for it.
    before: Option<Both>,
    /// All that the portal published of the period.
    pub official: OfPeriod,
    /// The unit whose published figures stand beside ours; `None` for those of all together.
    pub published_unit: Option<String>,
    /// The indicators.
    pub rows: Vec<RowView>,
    /// The points of each group, and of all together.
    pub groups: Vec<GroupView>,
}

impl Whole {
    /// Reads what `numbers` ask for. Where no unit is asked for and all dossiers are of one, its published figures are meant. The
    /// period before is counted where `with_before` says so.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(numbers: &Numbers, with_before: bool) -> Result<Self, LedgerError> {
        let question = &numbers.question;
        let (period, unit) = (question.period, question.unit.as_deref());
        let both = numbers.whole(period).await?;
        let before = match with_before {
            true => Some(numbers.whole(period_before(period)).await?),
            false => None,
        };
        let official = numbers.published().await?;
        let published_unit = unit.or_else(|| both.local.only_unit()).map(str::to_owned);
        // The portal publishes nothing by procedure.
        let theirs: Option<Official> =
            question.procedures.is_none().then(|| official.of(published_unit.as_deref()));
        let row = |one: &Indicator| RowView::of(numbers, *one, &both, Some(unit), theirs.as_ref());
        let rows: Vec<RowView> = Indicator::ALL.iter().map(row).collect();
        let groups = groups(&rows, theirs.as_ref());
        Ok(Self { both, before, official, published_unit, rows, groups })
    }

    /// The standing of targets by one side, and the tasks beside them.
    #[must_use]
    pub fn targets(&self, numbers: &Numbers, side: Side) -> (Vec<TargetView>, Vec<Work>) {
        standings(numbers, &self.both, self.before.as_ref(), side)
    }

    /// Percentage points (of a mean time days) of the portal's value more than in the period before.
    #[must_use]
    pub fn trend(&self, numbers: &Numbers, row: &RowView) -> Option<f64> {
        let question = &numbers.question;
        let earlier = period_before(question.period);
        let given = numbers.given(earlier, question.unit.as_deref());
        let before = self.before.as_ref()?;
        let (_, before) = values(row.indicator, question.set, before, earlier, &given)?;
        apart(row.portal.and_then(|now| now.ratio), before.ratio)
    }
}
