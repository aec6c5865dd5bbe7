//! Causes for which dossiers and files wait for a person, and each finding.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Resource;
use super::call::{AFTER, FINDING, OWNER, Parameter, ROWS, SUBJECT, UNIT, cut, rows};
use super::problem::Problem;
use crate::asked::Asked;
use dongbo_ledger::{HeldCause, HeldDossier, HeldFilter, OpenFinding};
use dongbo_model::{Finding, FindingKind, Lang, Owner};

/// The selection that is asked for.
fn filter(asked: &Asked) -> HeldFilter {
    HeldFilter {
        kind: asked.parameter(FINDING.name).and_then(FindingKind::from_name),
        subject: asked.given(SUBJECT.name).map(str::to_owned),
        unit: asked.unit().map(str::to_owned),
        owner: asked.parameter(OWNER.name).and_then(Owner::from_name),
    }
}

/// One cause for which dossiers or files wait.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Cause {
    /// The kind of the finding.
    kind: FindingKind,
    /// Its subject; empty where it is the dossier itself.
    subject: String,
    /// The cause in a line.
    text: String,
    /// The remedy.
    remedy: String,
    /// The one who has to act.
    owner: Owner,
    /// The portal's masked words on the example, when it refused.
    words: String,
    /// Dossiers that it holds, or whose files it holds.
    dossiers: u64,
    /// Files that it holds.
    files: u64,
    /// The number of their units.
    units: u64,
    /// Since when the first of them is held for it.
    since: DateTime<Utc>,
    /// The code of one of them.
    example: String,
}

impl Cause {
    fn of(cause: HeldCause, lang: Lang) -> Self {
        Self {
            kind: cause.kind,
            text: cause.kind.line_about(lang, &cause.subject),
            remedy: cause.kind.remedy(lang).to_owned(),
            owner: cause.kind.owner(),
            subject: cause.subject,
            words: cause.words,
            dossiers: cause.dossiers,
            files: cause.files,
            units: cause.units,
            since: cause.since,
            example: cause.example,
        }
    }
}

/// Held dossiers and files, by cause.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct HeldAnswer {
    /// Dossiers with at least one finding that holds.
    dossiers: u64,
    /// Files with at least one finding: their dossiers go on without them.
    files: u64,
    /// All causes.
    causes_in_all: u64,
    /// The causes that hold most.
    causes: Vec<Cause>,
}

/// `GET /api/v1/held`.
pub(super) struct Held;

impl Resource for Held {
    type Answer = HeldAnswer;

    const PATH: &'static str = "/api/v1/held";
    const NAME: &'static str = "held";
    const SUMMARY: &'static str =
        "What waits for a person, by cause, those that hold most first: the numbers of dongbo held.";
    const PARAMETERS: &'static [Parameter] = &[UNIT, FINDING, SUBJECT, OWNER, ROWS];

    async fn answer(asked: &Asked) -> Result<HeldAnswer, Problem> {
        let (filter, ledger) = (filter(asked), &asked.console.ctx.ledger);
        let totals = ledger.held_totals(&filter).await?;
        let causes = ledger.held_causes(&filter, rows(asked)).await?;
        Ok(HeldAnswer {
            dossiers: totals.dossiers,
            files: totals.files,
            causes_in_all: totals.causes,
            causes: causes.into_iter().map(|cause| Cause::of(cause, asked.lang)).collect(),
        })
    }
}

/// An open finding.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FindingRow {
    /// The dossier's code, or `#` and the local key of a row that has none.
    code: String,
    /// The dossier's unit; empty where the ledger does not know it.
    unit: String,
    /// The kind of the finding.
    kind: FindingKind,
    /// Its subject.
    subject: String,
    /// The evidence in a few words; of a refusal the portal's, masked.
    detail: String,
    /// The one who has to act.
    owner: Owner,
    /// Since when it is open.
    since: DateTime<Utc>,
}

impl From<HeldDossier> for FindingRow {
    fn from(held: HeldDossier) -> Self {
        let HeldDossier { unit, found: OpenFinding { code, finding, opened_at } } = held;
        let Finding { kind, subject, detail } = finding;
        Self { code, unit, kind, subject, detail, owner: kind.owner(), since: opened_at }
    }
}

/// A page of findings.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FindingsAnswer {
    /// The findings, the oldest first.
    findings: Vec<FindingRow>,
    /// The parameter `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// The place of a finding among all. It is written so that nobody has to know what it holds.
#[derive(Debug, Serialize, Deserialize)]
struct Place(String, FindingKind, String, DateTime<Utc>);

impl Place {
    fn written(last: &FindingRow) -> Option<String> {
        let place = Self(last.code.clone(), last.kind, last.subject.clone(), last.since);
        serde_json::to_vec(&place).ok().map(hex::encode)
    }

    fn read(text: &str) -> Result<OpenFinding, Problem> {
        let place = hex::decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(Self(code, kind, subject, opened_at)) = place else {
            return Err(Problem::parameter(
                AFTER.name,
                "phải là next của trang trước",
                "it is the next of the page before",
            ));
        };
        Ok(OpenFinding { code, finding: Finding::new(kind, subject, String::new()), opened_at })
    }
}

/// `GET /api/v1/findings`.
pub(super) struct Findings;

impl Resource for Findings {
    type Answer = FindingsAnswer;

    const PATH: &'static str = "/api/v1/findings";
    const NAME: &'static str = "findings";
    const SUMMARY: &'static str = "Open findings for which a dossier or a file is held; with kind those of any kind. The rows of dongbo held --list.";
    const PARAMETERS: &'static [Parameter] = &[UNIT, FINDING, SUBJECT, OWNER, AFTER, ROWS];

    async fn answer(asked: &Asked) -> Result<FindingsAnswer, Problem> {
        let rows = rows(asked);
        let after = asked.parameter(AFTER.name).map(Place::read).transpose()?;
        let ledger = &asked.console.ctx.ledger;
        let held = ledger.held_dossiers(&filter(asked), after.as_ref(), rows + 1).await?;
        let mut findings: Vec<FindingRow> = held.into_iter().map(FindingRow::from).collect();
        let has_more = cut(&mut findings, rows);
        let next = findings.last().filter(|_| has_more).and_then(Place::written);
        Ok(FindingsAnswer { findings, next })
    }
}
