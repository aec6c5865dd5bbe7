//! Parsing of an answer: the verdict on it, and everything of it that may be kept.

use std::cell::LazyCell;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::call::Call;
use crate::classify::{Evidence, Statement, VerdictTable};
use crate::envelope::{Envelope, NoEnvelope, is_nothing};
use crate::items::{self, Asked, Items};
use crate::kept_code::kept_code;
use crate::outcome::Outcome;
use crate::service::Service;
use crate::session::NewSession;
use crate::transport::Reply;
use crate::values::{MOST_VALUES, are_at_most};
use crate::verdict::Verdict;
use dongbo_model::{DossierCode, Mask};

/// An answer whose session may have lapsed, with the parts that only some calls need.
pub(crate) struct Parsed {
    /// The portal does not take the session (any more). The outcome is then [`Outcome::Auth`], for a caller whose
    /// session was a fresh one.
    pub(crate) lapsed: bool,
    pub(crate) answer: Answer,
    /// The session that a successful log-in gives.
    pub(crate) session: Option<NewSession>,
    /// `result` (`data` in dialect `rest`) of a success, when it is there.
    pub(crate) result: Option<Box<RawValue>>,
}

/// The rules that answers are read by.
pub(crate) struct Rules {
    pub(crate) verdicts: VerdictTable,
    /// Forms of `result` in the answer to a write that say nothing.
    pub(crate) harmless_results: Vec<String>,
}

impl From<Answer> for Parsed {
    /// An answer that does not come from the portal.
    fn from(answer: Answer) -> Self {
        Self { lapsed: false, answer, session: None, result: None }
    }
}

impl Parsed {
    /// The verdict on this exchange, for metrics.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.lapsed { Verdict::SessionExpired } else { self.answer.outcome.into() }
    }

    /// The answer when the portal takes the session for other calls, and only this one not.
    pub(crate) fn refused_by_itself(mut self) -> Self {
        self.lapsed = false;
        self.answer.outcome = Outcome::Rejected;
        self
    }

    /// Takes the answer to a log-in as one to the calls that wait for it: any code but success refuses the account, and
    /// none of those calls has been sent, so nothing is unknown.
    pub(crate) fn settle_log_in(&mut self) {
        self.lapsed = false;
        let answer = &mut self.answer;
        let client_side = answer.http_status.is_some_and(|status| status < 500);
        answer.outcome = match answer.outcome {
            Outcome::Delivered if self.session.is_some() => Outcome::Delivered,
            Outcome::Delivered => {
                answer.drift = true;
                "the log-in succeeded without a session".clone_into(&mut answer.message);
                Outcome::Transient
            }
            Outcome::Unknown if client_side && !answer.portal_code.is_empty() => {
                answer.drift = false;
                Outcome::Auth
            }
            Outcome::Unknown => Outcome::Transient,
            Outcome::Duplicate | Outcome::Rejected | Outcome::NotFound | Outcome::Auth => Outcome::Auth,
            other @ (Outcome::Throttled | Outcome::Transient | Outcome::Config) => other,
        };
    }
}

/// Parses the answer to `call`. Besides the personal data of the call, `secrets` are kept out of its message.
pub(crate) fn parse<C: Call>(table: &Rules, call: &C, reply: Reply, secrets: &[&str]) -> Parsed {
    // Its share of the room for large answers is held until it is read.
    let Reply { status, retry_after, media_type, body, large: _large, .. } = reply;
    let (body, cut) = match body.and_then(|body| read_in_whole(call.service(), body)) {
        Ok(body) => (body, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let envelope = C::envelope(&body);
    let result = envelope.as_ref().ok().and_then(|envelope| envelope.result.as_deref());
    let too_many = result.is_some_and(|result| !is_readable(call.service(), result.get().as_bytes()));
    let (envelope, cut) = match envelope {
        Ok(_) if too_many => (Err(NoEnvelope::CutOff), Some(TOO_MANY.to_owned())),
        envelope => (envelope, cut),
    };
    let mut statement = envelope.as_ref().ok().map(Envelope::statement);
    let result = envelope.as_ref().ok().and_then(|envelope| envelope.result.as_deref());
    // Only the answer to a write speaks of dossiers there; elsewhere it may be words.
    let is_told = |result: &&RawValue| call.writes() || result.get().starts_with('"');
    let value: Option<Value> =
        result.filter(is_told).and_then(|result| serde_json::from_str(result.get()).ok());
    if let (Some(statement), Some(Value::String(words))) = (&mut statement, &value)
        && statement.message.trim().is_empty()
    {
        statement.message.clone_from(words);
    }
    let (service, can_miss) = (call.service(), call.can_miss());
    let judge = |http, statement: Option<&Statement>| {
        table.verdicts.judge(Evidence { service, http, statement, can_miss })
    };
    let verdict = judge(status, statement.as_ref());
    let whole = cut.is_none() && !matches!(envelope, Err(NoEnvelope::CutOff));
    let mut answer = Answer {
        drift: verdict.is_none() && whole,
        http_status: Some(status),
        retry_after,
        ..Answer::local(verdict.map_or(Outcome::Unknown, Verdict::outcome), "")
    };
    // Most answers are successes and have nothing to be masked.
    let mask = LazyCell::new(|| {
        let mut personal = call.personal();
        personal.extend_from_slice(secrets);
        Mask::new(&personal, &call.codes())
    });
    let masked = |text: &str| mask.apply(text);
    if let Some(statement) = &statement {
        answer.portal_code = kept_code(&statement.code);
    }
    if call.writes()
        && let Ok(envelope) = &envelope
    {
        let known = value.as_ref().is_some_and(|value| table.harmless_results.contains(&items::shape(value)));
        let asked = Asked {
            codes: &call.codes(),
            fields: &if value.as_ref().is_some_and(|value| !is_nothing(value)) {
                call.fields()
            } else {
                Vec::new()
            },
            judge: &|statement| judge(200, Some(statement)),
            masked: &masked,
        };
        let delivered = verdict == Some(Verdict::Delivered);
        let read = items::read(&asked, value.as_ref().filter(|_| !known), &beside(envelope), delivered);
        take_items(&mut answer, read, &masked);
    }
    if verdict == Some(Verdict::Delivered) {
        let result = result.map(ToOwned::to_owned);
        let session = envelope.ok().filter(|_| service == Service::LogIn);
        let session = session.and_then(|envelope| C::session(&envelope));
        return Parsed { lapsed: false, answer, session, result };
    }
    let message = statement.as_ref().map(|statement| statement.message.as_str()).unwrap_or_default();
    answer.named = named(call, message, result);
    answer.message = masked(message);
    if answer.message.is_empty() {
        answer.message = cut.unwrap_or_else(|| without_message(status, &media_type, &answer, envelope.err()));
    }
    Parsed { lapsed: verdict == Some(Verdict::SessionExpired), ..Parsed::from(answer) }
}

/// The reason why an answer is not read.
const TOO_MANY: &str = "the answer has more values than any dossier (50,000), and is not read";

/// The body, or the reason why it is not read although it came.
fn read_in_whole(service: Service, body: Vec<u8>) -> Result<Vec<u8>, String> {
    if is_readable(service, &body) { Ok(body) } else { Err(TOO_MANY.to_owned()) }
}

/// Whether no more is built of this JSON than there is room for. Of the list of procedures nothing is built but what is kept.
fn is_readable(service: Service, json: &[u8]) -> bool {
    service == Service::ListProcedures || are_at_most(MOST_VALUES, json)
}

/// The fields of an envelope that are not agreed.
fn beside(envelope: &Envelope<'_>) -> Value {
    let fields = envelope.others.iter();
    fields
        .filter_map(|(name, raw)| Some((name.to_string(), serde_json::from_str(raw.get()).ok()?)))
        .collect::<serde_json::Map<String, Value>>()
        .into()
}

/// Takes the verdicts on single dossiers into the answer. A success that is sure of none of them is none.
fn take_items(answer: &mut Answer, read: Items, masked: &dyn Fn(&str) -> String) {
    answer.drift |= read.strange || read.doubt.is_some();
    answer.items = read.verdicts;
    if let Some(why) = read.doubt {
        answer.message = masked(&format!("the answer says success, but {why}"));
        if answer.items.iter().all(|item| item.outcome == Outcome::Unknown) {
            answer.outcome = Outcome::Unknown;
        }
    }
}

/// The dossiers of the call that message or result name.
fn named(call: &impl Call, message: &str, result: Option<&RawValue>) -> Vec<DossierCode> {
    let result = result.map_or("", RawValue::get);
    let is_named = |code: &&DossierCode| names(message, code.as_str()) || names(result, code.as_str());
    call.codes().into_iter().filter(is_named).cloned().collect()
}

/// A description of an answer without a message.
fn without_message(status: u16, media_type: &str, answer: &Answer, envelope: Option<NoEnvelope>) -> String {
    let code = &answer.portal_code;
    let Some(none) = envelope else {
        return if code.is_empty() {
            format!("HTTP {status} without a code and a message")
        } else {
            format!("HTTP {status} with code {code} and without a message")
        };
    };
    let is = match none {
        NoEnvelope::CutOff => return format!("HTTP {status}: the answer breaks off within its JSON"),
        NoEnvelope::Empty => "is empty",
        NoEnvelope::Page => "is a page of HTML or XML",
        NoEnvelope::OtherJson => "is JSON of another kind",
        NoEnvelope::FieldTwice => "gives a field twice",
        NoEnvelope::NoJson => "is no JSON",
    };
    let kind = if media_type.is_empty() { String::new() } else { format!(" ({media_type})") };
    format!("HTTP {status}: the answer{kind} is not the JSON object that was agreed: it {is}")
}

/// Whether `text` has `code` in it as a word of its own: `H48-1` is not named by `H48-12`.
fn names(text: &str, code: &str) -> bool {
    text.match_indices(code).any(|(start, found)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|after| after.chars().next());
        let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        outside(before) && outside(after)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_code_is_named_only_as_a_word_of_its_own() {
        assert!(names("Hồ sơ H48-1: lỗi", "H48-1"));
        assert!(names("H48-12, H48-1", "H48-1"));
        assert!(!names("Hồ sơ H48-12: lỗi", "H48-1"));
        assert!(!names("XH48-1", "H48-1"));
        assert!(!names("", "H48-1"));
    }
}
