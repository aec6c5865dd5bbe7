//! Parsing of an answer: the verdict on it, and everything of it that may be kept.

use std::cell::LazyCell;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::{Answer, ItemVerdict};
use crate::call::Call;
use crate::classify::{Evidence, Statement, VerdictTable};
use crate::envelope::{Envelope, NoEnvelope, scalar, text};
use crate::outcome::Outcome;
use crate::service::Service;
use crate::session::NewSession;
use crate::transport::Reply;
use crate::verdict::Verdict;
use dongbo_model::{DossierCode, Mask};

/// The longest `error_code` kept.
const MAX_CODE_BYTES: usize = 24;

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

/// One element of `result` or `data`, when the portal gives verdicts there.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "MaHoSo", borrow)]
    dossier: &'a RawValue,
    #[serde(borrow, alias = "error_code")]
    code: &'a RawValue,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
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
pub(crate) fn parse<C: Call>(table: &VerdictTable, call: &C, reply: Reply, secrets: &[&str]) -> Parsed {
    let Reply { status, retry_after, media_type, body, .. } = reply;
    let (body, cut) = match body {
        Ok(body) => (body, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let envelope = C::envelope(&body);
    let statement = envelope.as_ref().ok().map(Envelope::statement);
    let (service, can_miss) = (call.service(), call.can_miss());
    let verdict = table.judge(Evidence { service, http: status, statement: statement.as_ref(), can_miss });
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
        answer.portal_code = code_for_keeping(&statement.code);
    }
    let result = envelope.as_ref().ok().and_then(|envelope| envelope.result);
    if call.writes() {
        let items = result.map(|result| items(table, call, result, &masked)).unwrap_or_default();
        answer.drift |= items.iter().any(|(_, known)| !known);
        answer.items = items.into_iter().map(|(item, _)| item).collect();
    }
    if verdict == Some(Verdict::Delivered) {
        let result = result.map(ToOwned::to_owned);
        let session = envelope.ok().filter(|_| service == Service::LogIn);
        let session = session.and_then(|envelope| C::session(&envelope));
        return Parsed { lapsed: false, answer, session, result };
    }
    let message = statement.map(|statement| statement.message).unwrap_or_default();
    answer.named = named(call, &message, result);
    answer.message = masked(&message);
    if answer.message.is_empty() {
        answer.message = cut.unwrap_or_else(|| without_message(status, &media_type, envelope.err()));
    }
    Parsed { lapsed: verdict == Some(Verdict::SessionExpired), ..Parsed::from(answer) }
}

/// The dossiers of the call that message or result name.
fn named(call: &impl Call, message: &str, result: Option<&RawValue>) -> Vec<DossierCode> {
    let result = result.map_or("", RawValue::get);
    let is_named = |code: &&DossierCode| names(message, code.as_str()) || names(result, code.as_str());
    call.codes().into_iter().filter(is_named).cloned().collect()
}

/// A description of an answer without a message.
fn without_message(status: u16, media_type: &str, envelope: Option<NoEnvelope>) -> String {
    match envelope {
        Some(NoEnvelope::CutOff) => format!("HTTP {status}: the answer breaks off within its JSON"),
        Some(NoEnvelope::SomethingElse) if media_type.is_empty() => {
            format!("HTTP {status}: the answer is not the JSON object that was agreed")
        }
        Some(NoEnvelope::SomethingElse) => {
            format!("HTTP {status}: the answer ({media_type}) is not the JSON object that was agreed")
        }
        None => format!("HTTP {status} without a message"),
    }
}

/// An `error_code` fit for ledger and log: what does not look like one may hold anything, and is kept as `?`.
fn code_for_keeping(code: &str) -> String {
    let looks = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if code.len() <= MAX_CODE_BYTES && code.bytes().all(looks) {
        Mask::new(&[], &[]).apply(code)
    } else {
        "?".to_owned()
    }
}

/// The verdicts on single dossiers of the call, each with whether its meaning is known.
fn items(
    table: &VerdictTable,
    call: &impl Call,
    result: &RawValue,
    masked: &dyn Fn(&str) -> String,
) -> Vec<(ItemVerdict, bool)> {
    let elements: Vec<&RawValue> = serde_json::from_str(result.get()).unwrap_or_default();
    let items =
        elements.into_iter().filter_map(|element| serde_json::from_str::<Item<'_>>(element.get()).ok());
    let codes = call.codes();
    items
        .filter_map(|item| {
            let named = scalar(Some(item.dossier))?;
            let code = (*codes.iter().find(|code| code.as_str() == named)?).clone();
            let statement =
                Statement { code: scalar(Some(item.code))?, message: text(item.message).unwrap_or_default() };
            let verdict = table.judge(Evidence {
                service: call.service(),
                http: 200,
                statement: Some(&statement),
                can_miss: call.can_miss(),
            });
            let outcome = verdict.map_or(Outcome::Unknown, Verdict::outcome);
            let message =
                if outcome == Outcome::Delivered { String::new() } else { masked(&statement.message) };
            Some((ItemVerdict { code, outcome, message, portal_id: None }, verdict.is_some()))
        })
        .collect()
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
