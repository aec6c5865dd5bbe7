//! The verdict on how things stand, and its words.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::facts::HeldFacts;
use super::kinds::Standing;
use super::reason::Reason;
use crate::compare_jobs::Job;
use dongbo_model::{Lang, Owner, texts};

texts! {
    all_of(dossiers): "cả {dossiers}", "all of {dossiers}";
    share_of(share, dossiers): "{share} của {dossiers} đã khớp", "{share} of {dossiers} are in step";
    last_known(share, dossiers): "lần cuối biết {share} của {dossiers} đã khớp", "{share} of {dossiers} when last known";
    accepted_only(): "Cổng đã nhận tất cả; hai bên chưa lần nào được đối chiếu", "The portal accepted all; both sides were never compared";
    compared(at): "Cổng đã nhận tất cả; đối chiếu hai bên lần cuối {at}", "The portal accepted all; both sides last compared {at}";
    nothing_waits(): "Không còn gì chờ gửi", "Nothing waits to be sent";
    all_looked_up(): "Không còn gì chờ tra cứu", "Nothing waits to be looked up";
    all_seen(): "Tra cứu thấy Cổng đã có tất cả", "Look-ups have shown all of it on the portal";
    read(at): "đọc một cửa lần cuối {at}", "local database last read {at}";
    in_about(span): "khoảng {span} nữa", "in about {span}";
    after_probe(at): "chưa dự báo được; hỏi lại Cổng {at}", "not foreseeable; the portal is asked again {at}";
    not_foreseeable(): "chưa dự báo được", "not foreseeable";
    nothing_held(): "không có gì", "nothing";
    held_for(what, who): "{what} ({who})", "{what} ({who})";
    links(many): "{many} gửi bằng đường dẫn của hệ thống một cửa", "{many} go as links of the one-stop system";
    comparing(job, share): "Đang đối chiếu hai bên: {job}, xong {share}", "Reconciliation: {job}, {share} done";
    unconfirmed(dossiers): "{dossiers} từng mất trả lời của Cổng, sẽ được tra cứu xác nhận lại", "{dossiers} of which an answer was lost will be confirmed again";
    let_go(dossiers): "{dossiers} của nguồn đã bỏ không gửi nữa, theo lệnh", "{dossiers} of sources that were let go are no longer sent";
    report_failing(report, why): "Chưa lập được báo cáo {report}, sẽ thử lại: {why}", "The report {report} could not be drawn up and is tried again: {why}";
    source_left(name): "Nguồn {name} không còn trong cấu hình: hồ sơ giữ nguyên, không đọc nữa", "The source {name} is not in the configuration: its dossiers stay as they are and are not read";
    not_sent(dossiers): "{dossiers} không gửi ở trạng thái hiện tại, theo tệp ánh xạ", "{dossiers} not sent at their status, by the mapping";
}

/// The verdict on how things stand, with everything that it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Whether dongbo only watches: a vendor's bridge sends.
    pub watches: bool,
    /// How things stand.
    pub standing: Standing,
    /// Whether the daemon can see and work, whatever the portal does.
    pub ready: bool,
    /// The reasons, the gravest first; empty when both sides are in step.
    pub reasons: Vec<Reason>,
    /// Dossiers that the portal is to have; `None` when the ledger cannot be read.
    pub wanted: Option<u64>,
    /// Of these, those that it has whole.
    pub synced: Option<u64>,
    /// What is held, by who has to act.
    pub held_by: BTreeMap<Owner, HeldFacts>,
    /// When everything will be sent.
    pub forecast: Forecast,
    /// When it was last proved.
    pub proof: Proof,
    /// What is worth knowing and changes nothing.
    pub notes: Vec<Note>,
}

/// When everything will be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// Nothing waits to be sent.
    Nothing,
    /// In so many seconds, at the rate of the last minutes.
    In(u64),
    /// It cannot be foreseen before the portal, which is asked again then, answers.
    AfterProbe(DateTime<Utc>),
    /// It cannot be foreseen.
    Unknown,
}

/// When things were last proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Proof {
    /// The last time that all local changes were read.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last time that both sides were compared; `None` when only the portal's own acceptances tell.
    pub last_comparison: Option<DateTime<Utc>>,
    /// The next time; `None` when none is planned or known.
    pub next_comparison: Option<DateTime<Utc>>,
}

/// Something worth knowing that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Both sides are being compared: the job, how much is done, and of how much.
    Comparing(Job, u64, u64),
    /// So many result papers go as links of the one-stop system's own, which nobody can prove.
    Links(u64),
    /// Of so many dossiers an answer was lost that is not confirmed again yet.
    Unconfirmed(u64),
    /// So many dossiers are not sent at their status.
    NotSent(u64),
    /// This source is read no more, as the configuration does not name it.
    SourceLeft(String),
    /// A report that is drawn up on schedule failed, and why.
    ReportFailing(String, String),
    /// So many dossiers of sources that were left are not sent any more, as a person has accepted.
    LetGo(u64),
}

impl Note {
    /// The note in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Comparing(job, done, of) => comparing(lang, job.text(lang), lang.percent(*done, *of)),
            Self::Links(many) => links(lang, lang.many(*many, "tệp", "file", "files")),
            Self::Unconfirmed(dossiers) => unconfirmed(lang, lang.dossiers(*dossiers)),
            Self::NotSent(dossiers) => not_sent(lang, lang.dossiers(*dossiers)),
            Self::ReportFailing(report, why) => report_failing(lang, report, why),
            Self::SourceLeft(name) => source_left(lang, name),
            Self::LetGo(dossiers) => let_go(lang, lang.dossiers(*dossiers)),
        }
    }
}

impl Health {
    /// The gravest reason; `None` when both sides are in step.
    #[must_use]
    pub fn first(&self) -> Option<&Reason> {
        self.reasons.first()
    }

    /// The verdict in a line.
    #[must_use]
    pub fn headline(&self, lang: Lang) -> String {
        let verdict = self.standing.text(lang);
        match self.counts(lang) {
            Some(counts) => format!("{verdict}: {counts}"),
            None => verdict.to_owned(),
        }
    }

    fn counts(&self, lang: Lang) -> Option<String> {
        let (wanted, synced) = self.wanted.zip(self.synced).filter(|(wanted, _)| *wanted > 0)?;
        let (share, dossiers) = (lang.percent(synced, wanted), lang.dossiers(wanted));
        Some(match self.standing {
            Standing::InStep => all_of(lang, dossiers),
            Standing::Working | Standing::PersonNeeded => share_of(lang, share, dossiers),
            Standing::NotKnown => last_known(lang, share, dossiers),
        })
    }

    /// The gravest reason with what is known of it; when there is none, what proves that both sides are in step.
    #[must_use]
    pub fn cause(&self, lang: Lang) -> String {
        match (self.first(), self.proof.last_comparison) {
            (Some(reason), _) => reason.text(lang, self.at),
            (None, _) if self.watches => all_seen(lang),
            (None, Some(at)) => compared(lang, lang.at(at, self.at)),
            (None, None) => accepted_only(lang),
        }
    }

    /// What is held, by who has to act.
    #[must_use]
    pub fn held(&self, lang: Lang) -> String {
        let parts: Vec<String> = self
            .held_by
            .iter()
            .map(|(owner, held)| {
                let dossiers = (held.dossiers > 0).then(|| lang.dossiers(held.dossiers));
                let files = (held.files > 0).then(|| lang.many(held.files, "tệp", "file", "files"));
                let what = dossiers.into_iter().chain(files).collect::<Vec<_>>().join(", ");
                held_for(lang, what, owner.text(lang))
            })
            .collect();
        if parts.is_empty() { nothing_held(lang) } else { parts.join("; ") }
    }

    fn nothing_left(&self, lang: Lang) -> String {
        if self.watches { all_looked_up(lang) } else { nothing_waits(lang) }
    }

    /// When everything will be sent, or how fresh it is when nothing waits.
    #[must_use]
    pub fn when(&self, lang: Lang) -> String {
        match self.forecast {
            Forecast::Nothing => match self.proof.last_poll {
                Some(at) => format!(
                    "{}; {}",
                    self.nothing_left(lang),
                    read(lang, lang.relative(at.min(self.at), self.at))
                ),
                None => self.nothing_left(lang),
            },
            Forecast::In(seconds) => in_about(lang, lang.span(Duration::from_secs(seconds))),
            Forecast::AfterProbe(at) => after_probe(lang, lang.relative(at, self.at)),
            Forecast::Unknown => match self.proof.last_poll {
                Some(at) => format!(
                    "{}; {}",
                    not_foreseeable(lang),
                    read(lang, lang.relative(at.min(self.at), self.at))
                ),
                None => not_foreseeable(lang),
            },
        }
    }
}
