//! The verdict, and the counts of all dossiers and of each unit.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{AFTER, Parameter, ROWS, UNIT, cut, rows};
use super::problem::{Problem, ProblemKind};
use crate::asked::Asked;
use dongbo_ledger::Layer;
use dongbo_sync::health::Report;
use dongbo_sync::telling::LayerView;

/// Dossiers by how they stand.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DossierCounts {
    /// All that the ledger knows.
    dossiers: u64,
    /// Those that a person has to act on.
    held: u64,
    /// Those that the mapping does not send at their status.
    not_sent: u64,
    /// Since when the oldest change waits that nobody has to act on; `null` when none does.
    oldest_unsent: Option<DateTime<Utc>>,
    /// By layer.
    layers: Vec<LayerView>,
}

impl From<&dongbo_ledger::Overview> for DossierCounts {
    fn from(overview: &dongbo_ledger::Overview) -> Self {
        Self {
            dossiers: overview.dossiers,
            held: overview.held,
            not_sent: overview.not_sent,
            oldest_unsent: overview.oldest_unsent,
            layers: Layer::ALL.iter().map(|&layer| LayerView::of(overview, layer)).collect(),
        }
    }
}

/// The state of both sides at one moment.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OverviewAnswer {
    /// The unit that it is about; `null` for all.
    unit: Option<String>,
    /// Whether both sides are in step, why not, and what to do.
    verdict: Report,
    /// The counts; `null` while the ledger cannot be read.
    counts: Option<DossierCounts>,
}

/// `GET /api/v1/overview`.
pub(super) struct Overview;

impl Resource for Overview {
    type Answer = OverviewAnswer;

    const PATH: &'static str = "/api/v1/overview";
    const NAME: &'static str = "overview";
    const SUMMARY: &'static str =
        "The verdict and the counts, of all dossiers or of one unit's: the numbers of dongbo status.";
    const PARAMETERS: &'static [Parameter] = &[UNIT];

    async fn answer(asked: &Asked) -> Result<OverviewAnswer, Problem> {
        let unit = asked.unit();
        if let (Some(unit), Ok(units)) = (unit, asked.console.units().await)
            && !units.contains_key(unit)
        {
            // A unit that nobody knows is in step with nothing.
            return Err(Problem::new(ProblemKind::NotFound).about(UNIT.name));
        }
        Ok(OverviewAnswer {
            unit: unit.map(str::to_owned),
            verdict: asked.health_of(unit).await.report(asked.lang),
            counts: asked.counts_of(unit).await.as_ref().map(DossierCounts::from),
        })
    }
}

/// One unit.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unit {
    /// Its code, as the ledger names it; empty for dossiers without one.
    unit: String,
    /// Its dossiers.
    counts: DossierCounts,
}

/// A page of units.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UnitsAnswer {
    /// The units in the order of their codes.
    units: Vec<Unit>,
    /// The parameter `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// `GET /api/v1/units`.
pub(super) struct Units;

impl Resource for Units {
    type Answer = UnitsAnswer;

    const PATH: &'static str = "/api/v1/units";
    const NAME: &'static str = "units";
    const SUMMARY: &'static str = "The counts of each unit that the caller sees, whose sum is that of all.";
    const PARAMETERS: &'static [Parameter] = &[AFTER, ROWS];

    async fn answer(asked: &Asked) -> Result<UnitsAnswer, Problem> {
        let (after, rows) = (asked.parameter(AFTER.name), rows(asked));
        let known = asked.console.units().await?;
        let seen = known
            .iter()
            .filter(|(unit, _)| asked.visitor.sees(unit) && after.is_none_or(|after| unit.as_str() > after));
        let one_more = usize::try_from(rows).unwrap_or(usize::MAX).saturating_add(1);
        let mut units: Vec<Unit> = seen
            .take(one_more)
            .map(|(unit, overview)| Unit { unit: unit.clone(), counts: overview.into() })
            .collect();
        let has_more = cut(&mut units, rows);
        let next = units.last().filter(|_| has_more).map(|last| last.unit.clone());
        Ok(UnitsAnswer { units, next })
    }
}
