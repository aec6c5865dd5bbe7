//! The dossiers behind an indicator.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{AFTER, INDICATOR, PART, PERIOD, Parameter, REASON, ROWS, SET, UNIT, VIEW, rows};
use super::problem::{Problem, ProblemKind};
use crate::asked::Asked;
use crate::pages::behind::{about, read};
use dongbo_indicators::{FormulaSet, GapReason, Hundredths, Indicator};
use dongbo_ledger::Side;
use dongbo_sync::views::{BehindView, ListPart, Wanted};

/// The dossiers of one reason.
#[derive(Debug, Serialize, JsonSchema)]
struct OfReason {
    /// The fact for which both sides count them, or judge them, otherwise.
    reason: GapReason,
    /// The reason in words.
    text: String,
    /// The number of dossiers.
    dossiers: u64,
}

/// A page of the dossiers behind an indicator.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BehindAnswer {
    /// The indicator.
    indicator: Indicator,
    /// Which of its dossiers.
    part: ListPart,
    /// The side whose number it is.
    view: Side,
    /// The period.
    period: String,
    /// The unit, with those below it; `null` for all.
    unit: Option<String>,
    /// The set of formulas.
    set: FormulaSet,
    /// The number of dossiers on all pages.
    total: u64,
    /// Of `accepted-since`: when the portal gave the figures that it published.
    published_at: Option<DateTime<Utc>>,
    /// Of `falsely-late`: the points of 2.1 that hang on them.
    points: Option<Hundredths>,
    /// How many for each reason.
    reasons: Vec<OfReason>,
    /// The dossiers in the order of their codes.
    dossiers: Vec<BehindView>,
    /// The parameter `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// `GET /api/v1/indicators/{indicator}/dossiers`.
pub(super) struct DossiersBehind;

impl Resource for DossiersBehind {
    type Answer = BehindAnswer;

    const PATH: &'static str = "/api/v1/indicators/{indicator}/dossiers";
    const NAME: &'static str = "dossiersBehind";
    const SUMMARY: &'static str = "The dossiers behind an indicator, each with its part in it and the verdict on time by both sides, and why these differ: as dongbo indicators list.";
    const PARAMETERS: &'static [Parameter] = &[INDICATOR, PART, VIEW, REASON, PERIOD, UNIT, SET, AFTER, ROWS];

    async fn answer(asked: &Asked) -> Result<BehindAnswer, Problem> {
        let about = about(asked).ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
        let most = usize::try_from(rows(asked)).unwrap_or(usize::MAX);
        let wanted = Wanted { after: asked.given(AFTER.name).unwrap_or_default(), most };
        let (numbers, listed) = read(asked, about, wanted).await?;
        let question = numbers.question;
        let next = listed.rows.last().filter(|_| listed.has_more).map(|last| last.code.clone());
        let of_reason = |(reason, dossiers): (GapReason, u64)| OfReason {
            reason,
            text: reason.text(asked.lang).to_owned(),
            dossiers,
        };
        Ok(BehindAnswer {
            indicator: about.indicator,
            part: about.part,
            view: about.view,
            period: question.period.to_string(),
            unit: question.unit,
            set: question.set,
            total: listed.total,
            published_at: listed.published_at,
            points: listed.points,
            reasons: listed.by_reason.into_iter().map(of_reason).collect(),
            dossiers: listed.rows,
            next,
        })
    }
}
