//! Every label with all the values that it can have. None is a dossier or a citizen; units are named by the indicators alone.

use super::file_outcome::FileOutcome;
use super::kinds::Label;
use crate::compare_jobs::Job;
use crate::health::kinds::{ReasonKind, Standing};
use crate::owner_store::LookOutcome;
use crate::reporting::ReportOutcome;
use crate::vitals::Part;
use dongbo_indicators::Indicator;
use dongbo_ledger::{FileState, History, Lane, Layer, LayerState, PublicationOutcome, Side};
use dongbo_model::{Age, FileTrouble, FindingKind, Remedy};
use dongbo_model::{ErrorClass, Trouble};
use dongbo_portal::{Service, Verdict};

/// The ways in which claims end.
pub(super) const RESULTS: [&str; 6] = ["synced", "to_verify", "put_off", "held", "not_sent", "forgotten"];
/// The findings on files that are looked at.
const FOUNDS: [&str; 4] = ["unchanged", "sound", "defective", "failed"];
/// The ways that the bytes of files take.
const DIRECTIONS: [&str; 3] = ["read", "served", "uploaded"];
/// Levels of the log, the gravest first.
pub(super) const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// The jobs that compare both sides; the sweep has metrics of its own.
pub(super) const JOBS: [Job; 3] = [Job::Counts, Job::LookUps, Job::Catalogue];
/// The reasons that a running daemon can have: the others are seen from outside.
pub(super) fn reasons() -> impl Iterator<Item = ReasonKind> {
    let outside =
        [ReasonKind::NoDaemon, ReasonKind::DaemonUnasked, ReasonKind::DaemonSilent, ReasonKind::ConfigBroken];
    ReasonKind::ALL.iter().copied().filter(move |kind| !outside.contains(kind))
}

/// The occasions of messages to people, and what becomes of one.
pub(super) const OCCASIONS: [&str; 2] = ["bulletin", "alert"];
pub(super) const SENDINGS: [&str; 2] = ["sent", "failed"];
/// The results of a reload.
pub(super) const CHANGES: [&str; 2] = ["change", "step"];
/// The outcome of a question about published figures that the API refuses to be asked.
pub(super) const REFUSED: &str = "refused";
pub(super) const RELOADS: [&str; 2] = ["success", "failure"];
/// The ledger's files, and what stands behind the first one's name in theirs.
pub(super) const FILES: [(&str, &str); 2] = [("database", ""), ("wal", "-wal")];

pub(super) static PART: Label = Label {
    name: "part",
    meaning: "reading the local database, sending live changes, sending everything else; writing the outcomes of dossiers, \
              following the pause, probing a stopped portal; the sweep, reading a backfill, filling in facts of old dossiers, proving the mapping; looking at \
              files and uploading them, writing their outcomes, serving them; reconciliation, fetching the catalogue, \
              fetching published figures, looking into owners' stores, summing up the indicators, drawing up reports, telling people, deleting old history",
    values: || Part::ALL.iter().map(|part| part.name()).collect(),
};
pub(super) static SOURCE: Label =
    Label { name: "source", meaning: "the name of one of several sources", values: Vec::new };
pub(super) static UNIT: Label = Label { name: "unit", meaning: "the code of the unit", values: Vec::new };
pub(super) static INDICATOR: Label = Label {
    name: "indicator",
    meaning: "see [indicators.md](indicators.md)",
    values: || Indicator::MAIN.iter().map(|indicator| indicator.name()).collect(),
};
pub(super) static PLAN: Label = Label {
    name: "plan",
    meaning: "the name of the file of indicators.targets, without its ending",
    values: Vec::new,
};
pub(super) static GOAL: Label =
    Label { name: "goal", meaning: "the indicator, or the figure that people enter", values: Vec::new };
pub(super) static ASKED: Label = Label {
    name: "number",
    meaning: "as it stands by what the portal accepted, and as the plan asks for it",
    values: || ["now", "asked"].to_vec(),
};
pub(super) static PERIOD: Label = Label {
    name: "period",
    meaning: "the present one, in Vietnam",
    values: || ["month", "quarter", "year"].to_vec(),
};
pub(super) static SIDE: Label = Label {
    name: "side",
    meaning: "the local system, or what the portal accepted",
    values: || Side::NAMES.to_vec(),
};
pub(super) static STANDING: Label =
    Label { name: "standing", meaning: "see [health.md](health.md)", values: || Standing::NAMES.to_vec() };
pub(super) static REASON: Label = Label {
    name: "reason",
    meaning: "see [health.md](health.md#reasons)",
    values: || reasons().map(ReasonKind::name).collect(),
};
pub(super) static LAYER: Label = Label {
    name: "layer",
    meaning: "see [states.md](states.md#layers)",
    values: || Layer::ALL.iter().map(|layer| layer.name()).collect(),
};
pub(super) static STATE: Label = Label {
    name: "state",
    meaning: "see [states.md](states.md#layers)",
    values: || LayerState::ALL.iter().map(|state| state.name()).collect(),
};
pub(super) static LANE: Label = Label {
    name: "lane",
    meaning: "changed just now, failed before, from before dongbo looked",
    values: || Lane::ALL.iter().map(|lane| lane.name()).collect(),
};
pub(super) static KIND: Label = Label {
    name: "kind",
    meaning: "see [mapping.md](mapping.md#findings)",
    values: || FindingKind::ALL.iter().map(|kind| kind.name()).collect(),
};
pub(super) static UNKNOWN: Label = Label {
    name: "column",
    meaning: "of `[dossiers]`, which `[unknown]` of the mapping declares",
    values: || dongbo_source::UNKNOWABLE.to_vec(),
};
pub(super) static DIFFERENCE: Label = Label {
    name: "layer",
    meaning: "of the [difference](reconciliation.md#differences)",
    values: || Layer::NAMES.to_vec(),
};
pub(super) static AGE: Label = Label {
    name: "age",
    meaning: "see [reconciliation.md](reconciliation.md#ages)",
    values: || Age::ALL.iter().map(|age| age.name()).collect(),
};
/// Not `job`, which Prometheus gives to what it asks.
pub(super) static TASK: Label = Label {
    name: "task",
    meaning: "the portal's counts, look-ups, the portal's list of procedures",
    values: || JOBS.iter().map(|job| job.name()).collect(),
};
pub(super) static PUBLISHED: Label = Label {
    name: "outcome",
    meaning: "figures, none, no answer or one that is not understood, an answer that refuses to be asked",
    values: || PublicationOutcome::NAMES.iter().copied().chain([REFUSED]).collect(),
};
pub(super) static LOOKED: Label = Label {
    name: "outcome",
    meaning: "every result is there, some are not, it could not be asked about, no answer or one that is not understood, an answer \
              that refuses to be asked",
    values: || LookOutcome::NAMES.to_vec(),
};
pub(super) static OCCASION: Label = Label {
    name: "occasion",
    meaning: "the bulletin, what has to be acted on or is over",
    values: || OCCASIONS.to_vec(),
};
pub(super) static SENDING: Label =
    Label { name: "outcome", meaning: "taken by the way, or to be sent again", values: || SENDINGS.to_vec() };
pub(super) static WAY: Label =
    Label { name: "way", meaning: "the name of one of `[[notify.way]]`", values: Vec::new };
pub(super) static REPORTED: Label = Label {
    name: "outcome",
    meaning: "written, or not and to be tried again",
    values: || ReportOutcome::NAMES.to_vec(),
};
pub(super) static REMEDY: Label = Label {
    name: "remedy",
    meaning: "sending again, looking up, sending at last, a person for the finding, the unit, the portal's operators, \
              time alone",
    values: || Remedy::ALL.iter().map(|remedy| remedy.name()).collect(),
};
pub(super) static SERVICE: Label = Label {
    name: "service",
    meaning: "log-in, create and update, steps, look-up (probes included), list of procedures, one procedure; of dialect \
              `rest`: create, update, steps, upload",
    values: || Service::ALL.iter().map(|service| service.name()).collect(),
};
pub(super) static OUTCOME: Label = Label {
    name: "outcome",
    meaning: "a verdict, see [verdicts.md](verdicts.md)",
    values: || Verdict::ALL.iter().map(|verdict| verdict.name()).collect(),
};
pub(super) static TROUBLE: Label = Label {
    name: "trouble",
    meaning: "no answer, log-in refused, wrong address or set-up, answers that are not understood",
    values: || Trouble::ALL.iter().map(|trouble| trouble.name()).collect(),
};
pub(super) static PEER: Label =
    Label { name: "peer", meaning: "whose clock", values: || vec!["ledger", "portal", "source"] };
pub(super) static CERTIFICATE: Label = Label {
    name: "certificate",
    meaning: "the portal's, and ours for the portal",
    values: || vec!["portal", "client"],
};
pub(super) static RESULT: Label = Label {
    name: "result",
    meaning: "all accepted; accepted, and to be confirmed; comes back later; a person has to act; never sent, and gone \
              from the local database",
    values: || RESULTS.to_vec(),
};
pub(super) static OPERATION: Label = Label {
    name: "operation",
    meaning: "poll, full sweep, proof of the mapping, reading claimed dossiers",
    values: || vec!["poll", "sweep", "probe", "read"],
};
pub(super) static CLASS: Label = Label {
    name: "class",
    meaning: "waiting helps; access is refused; configuration or mapping is wrong; a fault of dongbo",
    values: || {
        [ErrorClass::Transient, ErrorClass::Auth, ErrorClass::Config, ErrorClass::Bug]
            .map(ErrorClass::name)
            .to_vec()
    },
};
pub(super) static FILE_TROUBLE: Label = Label {
    name: "trouble",
    meaning: "see [files.md](files.md#what-stands-in-the-way)",
    values: || FileTrouble::NAMES.to_vec(),
};
pub(super) static FILE_STATE: Label = Label {
    name: "state",
    meaning: "see [states.md](states.md#files)",
    values: || FileState::ALL.iter().map(|state| state.name()).collect(),
};
pub(super) static FOUND: Label = Label {
    name: "found",
    meaning: "as it was; read and in order; something is wrong with it; its store did not give it",
    values: || FOUNDS.to_vec(),
};
pub(super) static FETCH: Label = Label {
    name: "outcome",
    meaning: "see [files.md](files.md#requests)",
    values: || FileOutcome::ALL.iter().map(|outcome| outcome.name()).collect(),
};
pub(super) static DIRECTION: Label = Label {
    name: "direction",
    meaning: "out of a store to be proved, to the portal that fetches, to the portal that takes uploads",
    values: || DIRECTIONS.to_vec(),
};
pub(super) static FILE: Label = Label {
    name: "file",
    meaning: "the database itself, and its write-ahead log",
    values: || FILES.map(|(name, _)| name).to_vec(),
};
pub(super) static TABLE: Label = Label {
    name: "table",
    meaning: "calls to the portal, closed findings, closed differences, how long single changes took",
    values: || History::ALL.iter().map(|history| history.name()).collect(),
};
pub(super) static CHANGE: Label = Label {
    name: "of",
    meaning: "a dossier's change until the portal has all of it; a step until the portal has it",
    values: || CHANGES.to_vec(),
};
pub(super) static VERSION: Label =
    Label { name: "version", meaning: "of dongbo", values: || vec![env!("CARGO_PKG_VERSION")] };
pub(super) static RELOAD: Label =
    Label { name: "result", meaning: "taken over, or not", values: || RELOADS.to_vec() };
pub(super) static LEVEL: Label = Label { name: "level", meaning: "of the line", values: || LEVELS.to_vec() };
