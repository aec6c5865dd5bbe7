//! Reads an answer: its envelope, its verdict, and what of it may be kept.

use std::cell::LazyCell;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::classify::{self, Case, Said, Table};
use super::http::Reply;
use super::mask::Mask;
use super::session::Grant;
use super::{Answer, ItemVerdict, Outcome};
use crate::settings::{Dialect, Verdict};
use dongbo_model::DossierCode;
use dongbo_settings::Secret;

/// The longest `error_code` kept.
const MAX_CODE_BYTES: usize = 24;

/// A call, as far as its answer has to be read in view of it.
pub(super) trait Asked {
    /// How its answer is written.
    const DIALECT: Dialect;
    /// The service's name, for rules and metrics.
    fn service(&self) -> &'static str;
    /// The dossiers that it is about.
    fn codes(&self) -> Vec<&DossierCode>;
    /// The personal data in it.
    fn personal(&self) -> Vec<&str>;
    /// Whether it can be met with "there is no such dossier".
    fn can_miss(&self) -> bool;
    /// Whether it writes dossiers, so that the answer may hold a verdict on each.
    fn writes(&self) -> bool;
    /// Whether it is the log-in.
    fn logs_in(&self) -> bool;
}

/// The parts of an answer's JSON that are agreed; all else is ignored.
pub(super) struct Envelope<'a> {
    code: Option<&'a RawValue>,
    message: Option<&'a RawValue>,
    /// Told apart: `None` when it is not there, `Some` of `null` when it is there and empty.
    pub(super) result: Option<&'a RawValue>,
    session: Option<&'a RawValue>,
}

/// The envelope of dialect `ndxp`.
#[derive(Deserialize)]
struct NdxpEnvelope<'a> {
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session: Option<&'a RawValue>,
}

/// The envelope of dialect `rest`.
#[derive(Deserialize)]
struct RestEnvelope<'a> {
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    data: Option<&'a RawValue>,
}

/// What is in `data` of the answer to a log-in of dialect `rest`.
#[derive(Deserialize)]
struct Token<'a> {
    #[serde(borrow)]
    access_token: &'a RawValue,
    /// Seconds.
    #[serde(borrow, default)]
    expires_in: Option<&'a RawValue>,
}

fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
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

/// Why a body is not the JSON object that was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoEnvelope {
    /// It ends too early: it did not arrive in full.
    CutOff,
    /// It arrived in full and is something else.
    SomethingElse,
}

impl<'a> Envelope<'a> {
    pub(super) fn parse(body: &'a [u8], dialect: Dialect) -> Result<Self, NoEnvelope> {
        // Some servers put a byte order mark before their JSON.
        let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
        // An array would be taken for the fields in their order.
        if json.first() != Some(&b'{') {
            return Err(NoEnvelope::SomethingElse);
        }
        let parsed = match dialect {
            Dialect::Ndxp => serde_json::from_slice(json).map(|envelope: NdxpEnvelope<'a>| Self {
                code: envelope.error_code,
                message: envelope.message,
                result: envelope.result,
                session: envelope.session,
            }),
            Dialect::Rest => serde_json::from_slice(json).map(|envelope: RestEnvelope<'a>| Self {
                code: envelope.code,
                message: envelope.message,
                result: envelope.data,
                session: None,
            }),
        };
        parsed.map_err(|error| if error.is_eof() { NoEnvelope::CutOff } else { NoEnvelope::SomethingElse })
    }

    fn said(&self) -> Said {
        Said { code: scalar(self.code).unwrap_or_default(), message: text(self.message).unwrap_or_default() }
    }

    /// What a log-in brings.
    fn grant(&self, dialect: Dialect) -> Option<Grant> {
        let (token, life) = match dialect {
            Dialect::Ndxp => (text(self.session)?, None),
            Dialect::Rest => {
                let token: Token<'_> = serde_json::from_str(self.result?.get()).ok()?;
                let seconds = scalar(token.expires_in).and_then(|seconds| seconds.parse().ok());
                (text(Some(token.access_token))?, seconds.map(Duration::from_secs))
            }
        };
        (!token.is_empty()).then(|| Grant { token: Secret::new(token), life })
    }
}

pub(super) fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

/// A text, or a whole number as text: portals send codes either way.
pub(super) fn scalar(raw: Option<&RawValue>) -> Option<String> {
    match text(raw) {
        Some(text) => Some(text.trim().to_owned()),
        None => raw?.get().parse::<i64>().ok().map(|number| number.to_string()),
    }
}

/// An answer, before a lapsed session is dealt with.
pub(super) struct Reading {
    /// The portal does not take the session (any more). The outcome is then [`Outcome::Auth`], for who has had a
    /// fresh one.
    pub(super) lapsed: bool,
    pub(super) answer: Answer,
    /// What a log-in brought.
    pub(super) grant: Option<Grant>,
    pub(super) body: Vec<u8>,
}

impl Reading {
    /// No answer of the portal, but one of ours in its place.
    pub(super) const fn of_ours(answer: Answer) -> Self {
        Self { lapsed: false, answer, grant: None, body: Vec::new() }
    }

    /// What this exchange meant, for metrics.
    pub(super) const fn verdict(&self) -> Verdict {
        if self.lapsed { Verdict::SessionExpired } else { classify::verdict(self.answer.outcome) }
    }

    /// Reads the answer to a log-in as what it means for the calls that wait for it: any code but success refuses
    /// us, and none of those calls has been sent, so nothing is unknown.
    pub(super) fn settle_log_in(&mut self, dialect: Dialect) {
        self.lapsed = false;
        let answer = &mut self.answer;
        let client_side = answer.http_status.is_some_and(|status| status < 500);
        answer.outcome = match answer.outcome {
            Outcome::Delivered => {
                let envelope = Envelope::parse(&self.body, dialect).ok();
                self.grant = envelope.and_then(|envelope| envelope.grant(dialect));
                if self.grant.is_some() {
                    return;
                }
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

/// What is to be kept out of an answer's message besides the call's personal data.
pub(super) type Secrets<'a> = &'a [&'a str];

/// Reads an answer.
pub(super) fn read<C: Asked>(table: &Table, call: &C, reply: Reply, secrets: Secrets<'_>) -> Reading {
    let Reply { status, retry_after, media_type, body, .. } = reply;
    let (body, cut) = match body {
        Ok(body) => (body, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let envelope = Envelope::parse(&body, C::DIALECT);
    let said = envelope.as_ref().ok().map(Envelope::said);
    let service = call.service();
    let case = Case { service, http: status, said: said.as_ref(), can_miss: call.can_miss() };
    let verdict = table.judge(case);
    let whole = cut.is_none() && !matches!(envelope, Err(NoEnvelope::CutOff));
    let mut answer = Answer {
        outcome: verdict.map_or(Outcome::Unknown, classify::outcome),
        drift: verdict.is_none() && whole,
        http_status: Some(status),
        portal_code: String::new(),
        message: String::new(),
        named: Vec::new(),
        items: Vec::new(),
        retry_after,
    };
    // Most answers are successes and have nothing to be masked.
    let mask = LazyCell::new(|| {
        let mut personal = call.personal();
        personal.extend_from_slice(secrets);
        Mask::new(&personal, &call.codes())
    });
    let masked = |text: &str| mask.apply(text);
    if let Some(said) = &said {
        answer.portal_code = code_for_keeping(&said.code);
    }
    let result = envelope.as_ref().ok().and_then(|envelope| envelope.result).map(RawValue::get);
    if call.writes() {
        let items = result.map(|result| items(table, call, result, &masked)).unwrap_or_default();
        answer.drift |= items.iter().any(|(_, known)| !known);
        answer.items = items.into_iter().map(|(item, _)| item).collect();
    }
    if verdict != Some(Verdict::Delivered) {
        let codes = call.codes();
        let message = said.map(|said| said.message).unwrap_or_default();
        answer.message = masked(&message);
        if answer.message.is_empty() {
            answer.message = cut.unwrap_or_else(|| unsaid(status, &media_type, envelope.err()));
        }
        let named = |code: &&&DossierCode| {
            names(&message, code.as_str()) || result.is_some_and(|result| names(result, code.as_str()))
        };
        answer.named = codes.iter().filter(named).map(|code| (*code).clone()).collect();
    }
    Reading { lapsed: verdict == Some(Verdict::SessionExpired), answer, grant: None, body }
}

/// A sentence in place of the portal's, which gave none.
fn unsaid(status: u16, media_type: &str, envelope: Option<NoEnvelope>) -> String {
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

/// An `error_code` comes from outside too: what does not look like one may be anything, and is kept as `?`.
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
    table: &Table,
    call: &impl Asked,
    result: &str,
    masked: &dyn Fn(&str) -> String,
) -> Vec<(ItemVerdict, bool)> {
    let elements: Vec<&RawValue> = serde_json::from_str(result).unwrap_or_default();
    let items =
        elements.into_iter().filter_map(|element| serde_json::from_str::<Item<'_>>(element.get()).ok());
    let codes = call.codes();
    items
        .filter_map(|item| {
            let named = scalar(Some(item.dossier))?;
            let code = (*codes.iter().find(|code| code.as_str() == named)?).clone();
            let said =
                Said { code: scalar(Some(item.code))?, message: text(item.message).unwrap_or_default() };
            let case =
                Case { service: call.service(), http: 200, said: Some(&said), can_miss: call.can_miss() };
            let verdict = table.judge(case);
            let outcome = verdict.map_or(Outcome::Unknown, classify::outcome);
            let message = if outcome == Outcome::Delivered { String::new() } else { masked(&said.message) };
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
    use super::{Envelope, NoEnvelope, names};
    use crate::settings::Dialect;

    fn said(json: &str) -> (String, String) {
        let said = Envelope::parse(json.as_bytes(), Dialect::Ndxp).ok().unwrap().said();
        (said.code, said.message)
    }

    #[test]
    fn a_code_is_one_as_number_and_as_text() {
        for json in [r#"{"error_code":-3}"#, r#"{"error_code":"-3"}"#, r#" {"error_code":" -3 ","x":{}}"#] {
            assert_eq!(said(json).0, "-3", "{json}");
        }
        assert_eq!(said("\u{feff}{\"error_code\":\"00\",\"message\":\"Thành công\"}").1, "Thành công");
        for json in [r#"{"error_code":null}"#, r#"{"error_code":0.0}"#, r#"{"error_code":true}"#, "{}"] {
            assert_eq!(said(json).0, "", "{json}");
        }
        assert_eq!(said(r#"{"message":{"vi":"lỗi"}}"#).1, "");
    }

    #[test]
    fn what_is_no_object_is_no_answer() {
        for (body, why) in [
            ("", NoEnvelope::SomethingElse),
            ("<html></html>", NoEnvelope::SomethingElse),
            ("[0,\"x\"]", NoEnvelope::SomethingElse),
            ("{'error_code':0}", NoEnvelope::SomethingElse),
            (r#"{"error_code":0}{"#, NoEnvelope::SomethingElse),
            (r#"{"error_code":0,"error_code":1}"#, NoEnvelope::SomethingElse),
            (r#"{"error_code":0,"mess"#, NoEnvelope::CutOff),
        ] {
            assert_eq!(Envelope::parse(body.as_bytes(), Dialect::Ndxp).err(), Some(why), "{body}");
        }
        assert!(Envelope::parse(b"{\"message\":\"\xff\"}", Dialect::Ndxp).is_err());
    }

    #[test]
    fn each_dialect_has_its_own_envelope() {
        let parse = |json: &'static str, dialect| Envelope::parse(json.as_bytes(), dialect).ok().unwrap();
        let rest = parse(r#"{"code":400,"message":"Thiếu","data":null,"error_code":0}"#, Dialect::Rest);
        assert_eq!((rest.said().code.as_str(), rest.result.is_some()), ("400", true));
        let token = |json| parse(json, Dialect::Rest).grant(Dialect::Rest);
        let grant = token(r#"{"code":0,"data":{"access_token":"t","expires_in":"3600"}}"#).unwrap();
        assert_eq!((grant.token.expose(), grant.life.unwrap().as_secs()), ("t", 3_600));
        assert_eq!(token(r#"{"code":0,"data":{"access_token":"t"}}"#).unwrap().life, None);
        for none in [r#"{"data":{"access_token":""}}"#, r#"{"data":{}}"#, r#"{"access_token":"t"}"#] {
            assert!(token(none).is_none(), "{none}");
        }
    }

    #[test]
    fn an_absent_result_is_told_from_an_empty_one() {
        let result =
            |json| Envelope::parse(json, Dialect::Ndxp).ok().unwrap().result.map(|raw| raw.get().to_owned());
        assert_eq!(result(b"{}"), None);
        assert_eq!(result(br#"{"result":null}"#).as_deref(), Some("null"));
        assert_eq!(result(br#"{"result":[ ]}"#).as_deref(), Some("[ ]"));
    }

    #[test]
    fn a_code_is_named_only_as_a_word_of_its_own() {
        assert!(names("Hồ sơ H48-1: lỗi", "H48-1"));
        assert!(names("H48-12, H48-1", "H48-1"));
        assert!(!names("Hồ sơ H48-12: lỗi", "H48-1"));
        assert!(!names("XH48-1", "H48-1"));
        assert!(!names("", "H48-1"));
    }
}
