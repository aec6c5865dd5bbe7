//! Differences between both sides: one by one, and by cause.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{AFTER, AGE, CAUSE, DIFFERENCE, MENDABLE, Parameter, ROWS, UNIT, rows};
use super::problem::Problem;
use crate::asked::Asked;
use crate::pages::comparison::Chosen;
use dongbo_ledger::{Difference, DifferenceGroup};
use dongbo_model::{Age, DifferenceKind, FoundBy, Lang, Layer, Remedy};

/// A difference between both sides.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Difference")]
pub(super) struct DifferenceView {
    /// The dossier's code, or `@` and a cell of the portal's counts.
    code: String,
    /// Its kind.
    kind: DifferenceKind,
    /// The field, step or paper.
    subject: String,
    /// The way in which it was found.
    found_by: FoundBy,
    /// The layer of completeness that it lies in.
    layer: Layer,
    /// Its cause, by its stable name.
    cause: String,
    /// The gravity by age.
    age: Age,
    /// Whether sending the dossier again can put it right.
    mendable: bool,
    /// Our value; empty where there is none.
    ours: String,
    /// The portal's value; empty where there is none.
    theirs: String,
    /// Since when both sides should have been equal.
    since: DateTime<Utc>,
    /// When it was found first.
    opened_at: DateTime<Utc>,
    /// When it was last seen.
    seen_at: DateTime<Utc>,
    /// When its dossier was last sent on its way to be put right.
    repaired_at: Option<DateTime<Utc>>,
    /// When it was gone; `null` while it is open.
    closed_at: Option<DateTime<Utc>>,
}

impl From<Difference> for DifferenceView {
    fn from(one: Difference) -> Self {
        Self {
            cause: one.cause.to_string(),
            code: one.code,
            kind: one.kind,
            subject: one.subject,
            found_by: one.found_by,
            layer: one.layer,
            age: one.age,
            mendable: one.mendable,
            ours: one.ours,
            theirs: one.theirs,
            since: one.since,
            opened_at: one.opened_at,
            seen_at: one.seen_at,
            repaired_at: one.repaired_at,
            closed_at: one.closed_at,
        }
    }
}

/// A page of differences.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DifferencesAnswer {
    /// The differences in the order of their codes. Those of one code stay together, so that there may be a few more than asked for.
    differences: Vec<DifferenceView>,
    /// The parameter `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// `GET /api/v1/differences`.
pub(super) struct Differences;

impl Resource for Differences {
    type Answer = DifferencesAnswer;

    const PATH: &'static str = "/api/v1/differences";
    const NAME: &'static str = "differences";
    const SUMMARY: &'static str =
        "Open differences between both sides: the rows of dongbo reconcile list --rows.";
    const PARAMETERS: &'static [Parameter] = &[UNIT, DIFFERENCE, CAUSE, AGE, MENDABLE, AFTER, ROWS];

    async fn answer(asked: &Asked) -> Result<DifferencesAnswer, Problem> {
        let (ledger, after) = (&asked.console.ctx.ledger, asked.given(AFTER.name).unwrap_or_default());
        let most = usize::try_from(rows(asked)).unwrap_or(usize::MAX);
        let (read, next) = Chosen::of(asked).page(ledger, after, most).await?;
        Ok(DifferencesAnswer { differences: read.into_iter().map(DifferenceView::from).collect(), next })
    }
}

/// Open differences of one kind, cause and gravity.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DifferenceCause {
    /// Their kind.
    kind: DifferenceKind,
    /// Their cause, by its stable name.
    cause: String,
    /// The cause in words.
    text: String,
    /// The gravity by age.
    age: Age,
    /// Whether sending them again can put them right.
    mendable: bool,
    /// Who has to do what.
    remedy: &'static str,
    /// Their number.
    many: u64,
    /// Since when the oldest is open.
    since: DateTime<Utc>,
    /// The code of one of them.
    example: String,
    /// Of these, those that were sent again and not looked at since.
    sent_again: u64,
    /// Of these, those that were sent again and still differed afterwards.
    unmended: u64,
}

impl DifferenceCause {
    fn of(group: DifferenceGroup, lang: Lang) -> Self {
        let remedy = Remedy::of(group.kind, &group.cause, group.age, group.mendable);
        Self {
            remedy: remedy.owner_of(lang, &group.cause),
            text: group.cause.text(lang),
            cause: group.cause.to_string(),
            kind: group.kind,
            age: group.age,
            mendable: group.mendable,
            many: group.many,
            since: group.since,
            example: group.example,
            sent_again: group.sent_again,
            unmended: group.unmended,
        }
    }
}

/// Open differences by cause.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CausesAnswer {
    /// Whether both sides were ever compared: without that nobody knows whether anything differs.
    compared: bool,
    /// The causes.
    causes: Vec<DifferenceCause>,
}

/// `GET /api/v1/differences/causes`.
pub(super) struct Causes;

impl Resource for Causes {
    type Answer = CausesAnswer;

    const PATH: &'static str = "/api/v1/differences/causes";
    const NAME: &'static str = "differenceCauses";
    const SUMMARY: &'static str = "Open differences by cause: the numbers of dongbo reconcile list.";
    const PARAMETERS: &'static [Parameter] = &[UNIT];

    async fn answer(asked: &Asked) -> Result<CausesAnswer, Problem> {
        let ledger = &asked.console.ctx.ledger;
        let groups = ledger.difference_causes_of(asked.unit()).await?;
        Ok(CausesAnswer {
            compared: !ledger.runs(1).await?.is_empty(),
            causes: groups.into_iter().map(|group| DifferenceCause::of(group, asked.lang)).collect(),
        })
    }
}
