//! The verdict as programs read it: one JSON for every surface.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::kinds::{ReasonKind, Standing};
use super::reason::Reason;
use super::verdict::{Forecast, Health, Note, Proof};
use dongbo_model::{Lang, Owner};

/// The verdict as programs read it. Texts are in the language that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
pub struct Report {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// How things stand.
    pub standing: Standing,
    /// The verdict in a line.
    pub verdict: String,
    /// The reasons, the gravest first.
    pub reasons: Vec<ReasonReport>,
    /// What is held, by who has to act.
    pub held_by: Vec<HeldReport>,
    /// Dossiers that the portal is to have; `null` when the ledger cannot be read.
    pub wanted: Option<u64>,
    /// Of these, those that it has whole.
    pub in_step: Option<u64>,
    /// Seconds until everything is sent; `null` when that cannot be foreseen.
    pub done_in_s: Option<u64>,
    /// When it was last proved.
    pub proved: Proof,
    /// What is worth knowing and changes nothing.
    pub notes: Vec<NoteReport>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
pub struct ReasonReport {
    /// Its kind.
    pub reason: ReasonKind,
    /// The source that it is about, where there are several.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// How things stand because of it.
    pub standing: Standing,
    /// The one who has to act.
    pub owner: Owner,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// How many it is about.
    pub many: Option<u64>,
    /// The reason in a few words.
    pub text: String,
    /// What more is known of it: masked words, a query, a part.
    pub detail: String,
    /// What to do.
    pub remedy: String,
}

/// The number held for one owner.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "HeldBy")]
pub struct HeldReport {
    /// The one who has to act.
    pub owner: Owner,
    /// Dossiers.
    pub dossiers: u64,
    /// Files.
    pub files: u64,
}

/// Something worth knowing that changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "VerdictNote")]
pub struct NoteReport {
    /// Its stable name.
    pub note: &'static str,
    /// How many it is about; of a comparison, how many are done.
    pub many: u64,
    /// The note in a sentence.
    pub text: String,
}

impl Health {
    /// The verdict as programs read it.
    #[must_use]
    pub fn report(&self, lang: Lang) -> Report {
        Report {
            at: self.at,
            standing: self.standing,
            verdict: self.headline(lang),
            reasons: self.reasons.iter().map(|reason| reason.report(lang)).collect(),
            held_by: self
                .held_by
                .iter()
                .map(|(&owner, held)| HeldReport { owner, dossiers: held.dossiers, files: held.files })
                .collect(),
            wanted: self.wanted,
            in_step: self.synced,
            done_in_s: match self.forecast {
                Forecast::Nothing => Some(0),
                Forecast::In(seconds) => Some(seconds),
                Forecast::AfterProbe(_) | Forecast::Unknown => None,
            },
            proved: self.proof,
            notes: self.notes.iter().map(|note| note.report(lang)).collect(),
        }
    }
}

impl Reason {
    fn report(&self, lang: Lang) -> ReasonReport {
        ReasonReport {
            reason: self.kind,
            source: self.source.clone(),
            standing: self.standing(),
            owner: self.owner(),
            since: self.since,
            many: self.many,
            text: self.headline(lang),
            detail: self.detail.text(lang),
            remedy: self.remedy(lang),
        }
    }
}

impl Note {
    fn report(&self, lang: Lang) -> NoteReport {
        let (note, many) = match self {
            Self::Comparing(_, done, _) => ("comparing", *done),
            Self::Links(many) => ("links", *many),
            Self::Unconfirmed(many) => ("unconfirmed", *many),
            Self::NotSent(many) => ("not_sent", *many),
            Self::ReportFailing(..) => ("report_failing", 1),
            Self::SourceLeft(_) => ("source_left", 1),
            Self::LetGo(many) => ("let_go", *many),
        };
        NoteReport { note, many, text: self.text(lang) }
    }
}
