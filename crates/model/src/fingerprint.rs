//! Canonical fingerprints: equal for equal content, whatever database, Unicode form, time zone or row order it had.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Dossier, Step, Text};

/// Changes with the canonical form below. Another value makes every dossier look changed once.
const FORM: &str = "dongbo fingerprint 1";

/// The first 128 bits of a SHA-256 over the canonical form, as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of one text that is a `part` of something.
    pub(super) fn of_text(part: &str, text: &Text) -> Self {
        let mut canon = Canon::new(part);
        canon.text(text);
        canon.finish()
    }

    /// Reads what [`fmt::Display`] wrote; `None` for anything else.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let value = u128::from_str_radix(hex, 16).ok()?;
        (hex.len() == 32).then(|| Self(value.to_be_bytes()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The processing history as a chain: one link a step, each over the link before it.
///
/// Because steps append on the portal, "the portal has the first `n`" is one length and one fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepChain(Vec<Fingerprint>);

impl StepChain {
    /// The chain over `steps` in their order.
    #[must_use]
    pub fn over(steps: &[Step]) -> Self {
        let mut links = Vec::with_capacity(steps.len());
        let mut last = None;
        for step in steps {
            let link = chain_link(last, step);
            links.push(link);
            last = Some(link);
        }
        Self(links)
    }

    /// The number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fingerprint of the first `count` steps; `None` for none, and when there are not so many.
    #[must_use]
    pub fn prefix(&self, count: usize) -> Option<Fingerprint> {
        count.checked_sub(1).and_then(|last| self.0.get(last)).copied()
    }

    /// The fingerprint of all steps; `None` when there is none.
    #[must_use]
    pub fn whole(&self) -> Option<Fingerprint> {
        self.0.last().copied()
    }
}

struct Canon(Sha256);

impl Canon {
    fn new(part: &str) -> Self {
        let mut canon = Self(Sha256::new());
        canon.raw(FORM.as_bytes());
        canon.raw(part.as_bytes());
        canon
    }

    /// Length first, so that no two sequences of values can run together into the same bytes.
    fn raw(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &Text) {
        self.raw(text.as_str().as_bytes());
    }

    fn code(&mut self, code: &str) {
        self.raw(code.as_bytes());
    }

    fn optional_code(&mut self, code: Option<&str>) {
        self.raw(code.unwrap_or_default().as_bytes());
    }

    fn time(&mut self, time: DateTime<Utc>) {
        self.raw(&time.timestamp().to_be_bytes());
    }

    fn optional_time(&mut self, time: Option<DateTime<Utc>>) {
        match time {
            Some(time) => self.time(time),
            None => self.raw(&[]),
        }
    }

    fn flag(&mut self, flag: bool) {
        self.raw(&[u8::from(flag)]);
    }

    fn optional_flag(&mut self, flag: Option<bool>) {
        self.raw(match flag {
            None => &[],
            Some(false) => &[0],
            Some(true) => &[1],
        });
    }

    fn count(&mut self, count: usize) {
        self.raw(&(count as u64).to_be_bytes());
    }

    fn finish(self) -> Fingerprint {
        let digest = self.0.finalize();
        let mut first = [0; 16];
        first.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Fingerprint(first)
    }
}

pub(super) fn content(dossier: &Dossier) -> Fingerprint {
    let mut canon = Canon::new("content");
    head(&mut canon, dossier);
    lists(&mut canon, dossier);
    canon.finish()
}

fn head(canon: &mut Canon, dossier: &Dossier) {
    let applicant = &dossier.applicant;
    let procedure = &dossier.procedure;
    canon.code(dossier.code.as_str());
    for text in [&procedure.code, &procedure.name, &procedure.field_code, &procedure.field_name] {
        canon.text(text);
    }
    canon.text(&dossier.unit.code);
    canon.optional_code(dossier.channel.map(super::Channel::code));
    canon.code(applicant.kind.code());
    for text in [&applicant.name, &applicant.object_code, &applicant.extra, &applicant.email] {
        canon.text(text);
    }
    for text in [&applicant.fax, &applicant.phone, &dossier.summary, &dossier.return_note, &dossier.note] {
        canon.text(text);
    }
    canon.code(dossier.status.code());
    for time in [dossier.submitted_at, dossier.received_at, dossier.due_at] {
        canon.optional_time(time);
    }
    for time in [dossier.finished_at, dossier.returned_at, dossier.refused_at] {
        canon.optional_time(time);
    }
    canon.code(dossier.handover.code());
    canon.optional_code(dossier.submitted_to.map(super::SubmissionPlace::code));
    canon.optional_code(dossier.online_payment.map(super::OnlinePayment::code));
    canon.optional_flag(dossier.digitised);
    canon.optional_flag(dossier.vneid_verified);
}

fn lists(canon: &mut Canon, dossier: &Dossier) {
    canon.count(dossier.applicant.identities.len());
    for identity in &dossier.applicant.identities {
        canon.code(identity.kind.code());
        canon.text(&identity.number);
    }
    canon.count(dossier.databases.len());
    dossier.databases.iter().for_each(|database| canon.text(database));
    canon.count(dossier.shown_papers().count());
    for paper in dossier.shown_papers() {
        for text in [&paper.id, &paper.component_code, &paper.file_name] {
            canon.text(text);
        }
        canon.optional_code(paper.address().map(Text::as_str));
        canon.text(&paper.replaces_result);
        canon.flag(paper.deleted);
        canon.optional_flag(paper.digitised);
        canon.optional_code(paper.reuse.map(super::PaperReuse::code));
        canon.optional_flag(paper.from_store);
    }
    canon.count(dossier.shown_results().count());
    for result in dossier.shown_results() {
        for text in [&result.id, &result.result_code, &result.component_code, &result.name] {
            canon.text(text);
        }
        canon.optional_code(result.address().map(Text::as_str));
    }
    canon.count(dossier.fees.len());
    for fee in &dossier.fees {
        canon.text(&fee.code);
        canon.text(&fee.name);
        canon.optional_code(fee.moment.map(super::FeeMoment::code));
        canon.optional_code(fee.kind.map(super::FeeKind::code));
        match fee.amount_vnd {
            Some(amount) => canon.raw(&amount.to_be_bytes()),
            None => canon.raw(&[]),
        }
    }
    canon.count(dossier.supplements.len());
    for supplement in &dossier.supplements {
        for text in [&supplement.id, &supplement.requested_by, &supplement.request, &supplement.received_by] {
            canon.text(text);
        }
        canon.text(&supplement.received_note);
        canon.text(&supplement.state);
        for time in
            [supplement.requested_at, supplement.received_at, supplement.due_before, supplement.due_after]
        {
            canon.optional_time(time);
        }
    }
    canon.count(dossier.attachments.len());
    for attachment in &dossier.attachments {
        canon.text(&attachment.name);
        canon.text(&attachment.kind);
        match attachment.quantity {
            Some(quantity) => canon.raw(&quantity.to_be_bytes()),
            None => canon.raw(&[]),
        }
    }
}

/// `sequence` stays out: renumbering the local rows changes nothing that the portal shows.
fn chain_link(before: Option<Fingerprint>, step: &Step) -> Fingerprint {
    let mut canon = Canon::new("step");
    canon.raw(before.as_ref().map_or(&[], |link| link.0.as_slice()));
    canon.time(step.at);
    for text in [&step.handler, &step.position, &step.department, &step.content] {
        canon.text(text);
    }
    canon.code(step.status.code());
    canon.optional_time(step.started_at);
    canon.optional_time(step.deadline);
    canon.finish()
}
