//! The numbers of both sides, and that which a target is about.

use dongbo_ledger::{EnteredFigure, Side};
use dongbo_model::Period;

use crate::board::Both;
use crate::entries;
use crate::formulas::{Given, Sides, Value, value};
use crate::indicator::{FormulaSet, Indicator, Origin};
use crate::targets::Target;

/// The value of an indicator on each side: as it would be if the portal had all that the local system has, and as the portal has it.
/// `None` when it is entered and not computed. A sample is of what the portal has alone.
#[must_use]
pub fn values(
    indicator: Indicator,
    set: FormulaSet,
    both: &Both,
    period: Period,
    given: &Given,
) -> Option<(Value, Value)> {
    let (local, portal) = (both.local.raw.received, both.portal.raw.received);
    let side = |shown, portal_received| {
        let sides = Sides { shown, local_received: local, portal_received, period };
        value(indicator, set, &sides, given)
    };
    if indicator.origin() == Origin::Sampled {
        return side(&both.portal, portal).map(|sampled| (Value::default(), sampled));
    }
    side(&both.local, local).zip(side(&both.portal, portal))
}

/// The number that a target is about, of `unit` or all together: computed on `side`, or entered; `None` when nobody entered it.
#[must_use]
pub fn target_value(
    target: &Target,
    set: FormulaSet,
    (both, side): (&Both, Side),
    (period, unit): (Period, Option<&str>),
    given: &Given,
    entered: &[EnteredFigure],
) -> Option<Value> {
    let entered = |indicator: Option<Indicator>, name: &str| {
        let newest = entries::newest(entered, name, period, unit.unwrap_or_default())?;
        Some(entries::entered_value(indicator, &newest.figure))
    };
    match (target.indicator, &target.figure) {
        (Some(indicator), _) => values(indicator, set, both, period, given)
            .map(|(local, portal)| if side == Side::Local { local } else { portal })
            .or_else(|| entered(Some(indicator), indicator.name())),
        (None, Some(figure)) => entered(None, figure),
        (None, None) => None,
    }
}
