//! Dossiers: lists of them, a page at a time, and everything about one.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{
    AFTER, CODE, FINDING, LACKS, Parameter, ROWS, STATE, SUBJECT, UNIT, WAITED, WORDS, cut, rows,
};
use super::comparison::DifferenceView;
use super::problem::Problem;
use crate::asked::Asked;
use crate::pages;
use dongbo_ledger::{Layer, LayerState, ListedDossier, Overview};
use dongbo_model::{FindingKind, Mode};
use dongbo_sync::telling::{AttemptView, DossierView, FindingView, WaitingFile};

/// A dossier in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DossierRow {
    /// Its code; `#` and the local key for a row that has none.
    code: String,
    /// Its state; `null` where the ledger has only a finding about it.
    row: Option<RowOfDossier>,
    /// The kind of an open finding about it.
    finding: Option<FindingKind>,
}

/// The state of a dossier in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RowOfDossier {
    /// Its unit; may be empty.
    unit: String,
    /// The state of what the portal lacks of it.
    state: LayerState,
    /// The state of each layer.
    layers: Vec<LayerOfRow>,
    /// The newest local change heard of, by the local clock.
    changed_at: DateTime<Utc>,
    /// The oldest change that the portal has not accepted.
    unsent_since: Option<DateTime<Utc>>,
}

/// One layer of a dossier in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LayerOfRow {
    /// The layer.
    layer: Layer,
    /// Its state.
    state: LayerState,
}

impl From<ListedDossier> for DossierRow {
    fn from(listed: ListedDossier) -> Self {
        let row = listed.row.map(|row| RowOfDossier {
            unit: row.unit,
            state: row.state,
            layers: row.layers.into_iter().map(|(layer, state)| LayerOfRow { layer, state }).collect(),
            changed_at: row.changed_at,
            unsent_since: row.unsent_since,
        });
        Self { code: listed.code, row, finding: listed.finding }
    }
}

/// A page of dossiers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DossiersAnswer {
    /// The dossiers in the order of their codes.
    dossiers: Vec<DossierRow>,
    /// The parameter `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// `GET /api/v1/dossiers`.
pub(super) struct Dossiers;

impl Resource for Dossiers {
    type Answer = DossiersAnswer;

    const PATH: &'static str = "/api/v1/dossiers";
    const NAME: &'static str = "dossiers";
    const SUMMARY: &'static str =
        "Dossiers by how they stand, each page at the same cost: the filters of the page /dossiers.";
    const PARAMETERS: &'static [Parameter] =
        &[UNIT, STATE, LACKS, FINDING, SUBJECT, WORDS, WAITED, AFTER, ROWS];

    async fn answer(asked: &Asked) -> Result<DossiersAnswer, Problem> {
        let rows = rows(asked);
        let seen = asked.console.lookout.look().await;
        let overview = seen.counted.map_or_else(|_| Overview::default(), |counted| counted.overview.clone());
        let (filter, after) = (pages::dossiers::filter(asked), asked.given(AFTER.name).unwrap_or_default());
        let ledger = &asked.console.ctx.ledger;
        let mut listed = ledger.list(&filter, after, rows + 1, &overview, asked.now).await?;
        let has_more = cut(&mut listed, rows);
        let next = listed.last().filter(|_| has_more).map(|last| last.code.clone());
        Ok(DossiersAnswer { dossiers: listed.into_iter().map(DossierRow::from).collect(), next })
    }
}

/// Everything about one dossier.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DossierAnswer {
    /// Its code.
    code: String,
    /// The source that gives it.
    source: String,
    /// Whether it is sent or only looked for.
    mode: Mode,
    /// The next thing to happen to it, in words.
    told: String,
    /// Its state and times.
    dossier: DossierView,
    /// The files that the portal does not have.
    files: Vec<WaitingFile>,
    /// Findings about it, open and closed.
    findings: Vec<FindingView>,
    /// Differences between both sides, open and closed.
    differences: Vec<DifferenceView>,
    /// The newest calls to the portal about it.
    attempts: Vec<AttemptView>,
    /// The number of all calls.
    attempts_in_all: u64,
}

/// `GET /api/v1/dossiers/{code}`.
pub(super) struct OneDossier;

impl Resource for OneDossier {
    type Answer = DossierAnswer;

    const PATH: &'static str = "/api/v1/dossiers/{code}";
    const NAME: &'static str = "dossier";
    const SUMMARY: &'static str = "Everything about one dossier, as dongbo why --offline tells it. For another code that is like it, the problem's about names the one that may be meant.";
    const PARAMETERS: &'static [Parameter] = &[CODE];

    async fn answer(asked: &Asked) -> Result<DossierAnswer, Problem> {
        let told = pages::dossier::read(asked).await?;
        let (next, _) = told.dossier.next_in_words(asked.lang, asked.now);
        Ok(DossierAnswer {
            code: told.story.code,
            source: told.story.source,
            mode: told.mode,
            told: next,
            dossier: told.dossier,
            files: told.files,
            findings: told.findings,
            differences: told.differences.into_iter().map(DifferenceView::from).collect(),
            attempts: told.attempts,
            attempts_in_all: told.story.attempts_in_all,
        })
    }
}
