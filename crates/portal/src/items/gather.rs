//! Gathers what an answer says of the dossiers of its call, one by one and together.

use serde_json::{Map, Value};

use super::fields::{Meaning, Word};
use super::{Asked, shape};
use crate::classify::Statement;
use crate::envelope::{code_of, is_nothing};
use crate::outcome::Outcome;
use crate::spelling::trimmed;
use crate::verdict::Verdict;
use dongbo_model::DossierCode;

/// What is said of one dossier.
#[derive(Debug)]
pub(super) enum Said {
    /// Its code, and nothing more.
    Named,
    /// That it was accepted.
    Accepted,
    /// Something whose meaning is not sure.
    Unclear(String),
    /// A code like the answer's own. `contradicted`: the words beside it say that something is wrong.
    Stated { statement: Statement, contradicted: bool },
}

/// The list in which a dossier stands, when its place says what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    AmongAccepted,
    AmongRefused,
}

/// Everything that an answer says.
pub(super) struct Gathered<'a> {
    codes: &'a [&'a DossierCode],
    sent: &'a [String],
    /// What is said of each dossier, by its place in the call.
    pub(super) said: Vec<(usize, Said)>,
    /// The first thing that was not understood.
    pub(super) strange: Option<String>,
    /// A word that says that something went wrong, without saying of which dossier.
    bad: Option<String>,
    /// Codes that are about no single dossier.
    statements: Vec<Statement>,
    refused: Option<u64>,
    accepted: Option<u64>,
}

impl<'a> Gathered<'a> {
    pub(super) const fn new(codes: &'a [&'a DossierCode], sent: &'a [String]) -> Self {
        Self {
            codes,
            sent,
            said: Vec::new(),
            strange: None,
            bad: None,
            statements: Vec::new(),
            refused: None,
            accepted: None,
        }
    }

    /// Takes in `result`.
    pub(super) fn result(&mut self, result: &Value) {
        match result {
            Value::Bool(true) => {}
            Value::Bool(false) => self.bad("its result is false"),
            // The number of rows written.
            Value::Number(number) if number.as_u64().is_some_and(|number| self.counts_all(number)) => {}
            Value::String(text) if !trimmed(text).is_empty() => self.words(text, Place::Anywhere),
            other => self.value(other, Place::Anywhere),
        }
    }

    /// Takes in the fields beside `result`, of which only those count that are known to speak of the outcome.
    pub(super) fn beside(&mut self, fields: &Value) {
        for (name, value) in fields.as_object().into_iter().flatten() {
            if is_nothing(value) {
                continue;
            }
            match Meaning::of(name, value, &[]) {
                Some(Meaning::Refused | Meaning::Accepted) => self.counted(name, value),
                Some(Meaning::Complaint) => self.complains(name, value),
                Some(Meaning::Status) if Word::of_status(value, true) == Word::Bad => self.bad(name),
                Some(Meaning::Wrapper) if value.is_array() => {
                    let known = self.strange.clone();
                    self.value(value, Place::Anywhere);
                    self.strange = known;
                }
                _ => {}
            }
        }
    }

    /// The way in which what is said of all contradicts the answer's success or itself, when `refused` of its dossiers are
    /// not accepted.
    pub(super) fn contradiction(&self, asked: &Asked<'_>, refused: usize) -> Option<String> {
        let judged = self.statements.iter().map(|statement| (asked.judge)(statement).map(Verdict::outcome));
        let is_refused = judged.into_iter().any(|outcome| outcome != Some(Outcome::Delivered));
        if refused == 0 {
            if is_refused {
                return Some("its result has another code".to_owned());
            }
            if let Some(bad) = &self.bad {
                return Some(bad.clone());
            }
        }
        let many = u64::try_from(refused).unwrap_or(u64::MAX);
        // Steps are counted one by one, and several may be of one dossier.
        if self.refused.is_some_and(|told| told < many || (many == 0 && told > 0)) {
            return Some("its number of refusals is another than those that it names".to_owned());
        }
        let all = u64::try_from(self.codes.len()).unwrap_or(u64::MAX);
        let told =
            self.accepted.zip(self.refused).map(|(accepted, refused)| accepted.saturating_add(refused));
        let too_few = self.accepted.is_some_and(|accepted| accepted.saturating_add(many) < all)
            && told.is_none_or(|told| told < all);
        too_few.then(|| "it accepted fewer than were sent".to_owned())
    }

    fn value(&mut self, value: &Value, place: Place) {
        match value {
            _ if is_nothing(value) => {}
            Value::Array(items) => items.iter().for_each(|item| self.value(item, place)),
            Value::Object(fields) => self.object(fields, place),
            Value::String(text) => self.words(text, place),
            Value::Number(_) | Value::Bool(_) => self.strange(value),
            Value::Null => {}
        }
    }

    /// A text: a code, or words that may name some.
    fn words(&mut self, text: &str, place: Place) {
        if let Some(index) = self.index_of(text) {
            self.say(index, place, Said::Named);
        } else if place == Place::AmongRefused {
            self.bad("it lists a refusal");
        } else {
            match Word::of(text) {
                Word::Good => {}
                Word::Bad => self.bad("its message reports a failure"),
                Word::Unknown => self.strange(&Value::String(text.to_owned())),
            }
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, place: Place) {
        let by_name = |(name, value): (&String, &Value)| {
            (Meaning::of(name, value, &[]) == Some(Meaning::Dossier)).then(|| code_of(value)).flatten()
        };
        let named = fields.iter().find_map(by_name).filter(|code| !code.is_empty());
        let index = match &named {
            Some(code) => self.index_of(code),
            // Any field may be called anything, but only the dossier's has its code.
            None => fields.values().filter_map(Value::as_str).find_map(|text| self.index_of(text)),
        };
        match (named, index) {
            (Some(_), None) => {
                self.strange = self.strange.take().or(Some("it names a dossier that was not sent".to_owned()))
            }
            (_, Some(index)) => self.item(index, fields, place),
            (None, None) if fields.keys().any(|name| self.index_of(name).is_some()) => {
                self.keyed(fields, place)
            }
            (None, None) if place == Place::AmongRefused => self.bad("it lists a refusal"),
            (None, None) if self.codes.len() == 1 && self.judges(fields) => self.item(0, fields, place),
            (None, None) => self.wrapper(fields, place),
        }
    }

    /// Whether an object without a dossier's code has a code of its own.
    fn judges(&self, fields: &Map<String, Value>) -> bool {
        fields.iter().any(|(name, value)| {
            Meaning::of(name, value, self.sent) == Some(Meaning::Code) && code_of(value).is_some()
        })
    }

    /// An object whose fields are called by the codes of dossiers.
    fn keyed(&mut self, fields: &Map<String, Value>, place: Place) {
        for (name, value) in fields {
            match (self.index_of(name), value) {
                (Some(index), Value::Object(fields)) => self.item(index, fields, place),
                (Some(index), Value::Number(_)) => {
                    let code = code_of(value).unwrap_or_default();
                    let statement = Statement { code, message: String::new() };
                    self.say(index, place, Said::Stated { statement, contradicted: false });
                }
                (Some(index), value) => {
                    let said = match Word::of_status(value, false) {
                        Word::Good => Said::Accepted,
                        Word::Bad | Word::Unknown => {
                            Said::Unclear(value.as_str().unwrap_or_default().to_owned())
                        }
                    };
                    self.say(index, place, said);
                }
                (None, value) => self.value(value, place),
            }
        }
    }

    /// An object about one dossier.
    fn item(&mut self, index: usize, fields: &Map<String, Value>, place: Place) {
        let mut code: Option<String> = None;
        let mut message = Vec::new();
        let (mut complaint, mut word, mut unclear) = (false, None, false);
        let coded = self.judges(fields);
        for (name, value) in fields.iter().filter(|(_, value)| !is_nothing(value)) {
            if value.as_str().is_some_and(|text| self.index_of(text) == Some(index)) {
                continue;
            }
            match Meaning::of(name, value, self.sent) {
                Some(Meaning::Code) => {
                    let other = code_of(value);
                    unclear |= code.is_some() && code != other;
                    code = code.or(other);
                }
                Some(Meaning::Message) => message.extend(value.as_str()),
                Some(Meaning::Complaint) => {
                    complaint |= value.as_str().is_none_or(|text| Word::of(text) != Word::Good);
                    message.extend(value.as_str());
                }
                Some(Meaning::Status) => {
                    let said = Word::of_status(value, coded);
                    complaint |= said == Word::Bad;
                    word = Some(if word.is_some_and(|word| word != said) { Word::Unknown } else { said });
                }
                Some(Meaning::Refused) => {
                    complaint |= !matches!(value, Value::Bool(false)) && value.as_i64() != Some(0);
                }
                Some(Meaning::Accepted | Meaning::Total | Meaning::Neutral | Meaning::Dossier) => {}
                Some(Meaning::Wrapper) if self.sent.iter().any(|field| field == name) => {}
                // Beside a code, more words or numbers say nothing against it.
                None if coded
                    && (value.is_string() || value.is_number() || value.as_bool() == Some(true)) => {}
                Some(Meaning::Wrapper) | None => {
                    self.strange(&Value::Object(fields.clone()));
                    unclear |= code.is_none();
                }
            }
        }
        let message = message.join("; ");
        let said = match (code, word) {
            _ if unclear => Said::Unclear(message),
            (Some(code), _) => {
                Said::Stated { statement: Statement { code, message }, contradicted: complaint }
            }
            (None, _) if complaint => Said::Unclear(message),
            (None, Some(Word::Good)) => Said::Accepted,
            (None, Some(Word::Bad | Word::Unknown)) => Said::Unclear(message),
            (None, None) if !message.is_empty() && Word::of(&message) == Word::Good => Said::Accepted,
            (None, None) if !message.is_empty() => Said::Unclear(message),
            (None, None) => Said::Named,
        };
        self.say(index, place, said);
    }

    /// An object about the call, or about several dossiers.
    fn wrapper(&mut self, fields: &Map<String, Value>, place: Place) {
        let coded = self.judges(fields);
        for (name, value) in fields.iter().filter(|(_, value)| !is_nothing(value)) {
            match Meaning::of(name, value, self.sent) {
                Some(Meaning::Code) => {
                    let code = code_of(value).unwrap_or_default();
                    self.statements.push(Statement { code, message: String::new() });
                }
                Some(Meaning::Message) => {
                    if value.as_str().is_some_and(|text| Word::of(text) == Word::Bad) {
                        self.bad("its message reports a failure");
                    }
                }
                Some(Meaning::Complaint) => self.complains(name, value),
                Some(Meaning::Status) => match Word::of_status(value, coded) {
                    Word::Good => {}
                    Word::Bad => self.bad(name),
                    Word::Unknown => self.strange(&Value::Object(fields.clone())),
                },
                Some(Meaning::Refused | Meaning::Accepted) => self.counted(name, value),
                Some(Meaning::Total) => {
                    let all = value.as_u64().is_some_and(|number| self.counts_all(number));
                    if !all {
                        self.strange(&Value::Object(fields.clone()));
                    }
                }
                Some(Meaning::Wrapper) => self.value(value, place),
                Some(Meaning::Neutral | Meaning::Dossier) => {}
                None => self.strange(&Value::Object(fields.clone())),
            }
        }
    }

    /// A number of refused or accepted ones, or a list of them.
    fn counted(&mut self, name: &str, value: &Value) {
        let refuses = Meaning::of(name, value, &[]) == Some(Meaning::Refused);
        let place = if refuses { Place::AmongRefused } else { Place::AmongAccepted };
        match (value, value.as_u64()) {
            (_, Some(number)) => {
                let told = if refuses { &mut self.refused } else { &mut self.accepted };
                *told = Some(told.map_or(number, |known| known.max(number)));
            }
            (Value::Bool(flag), _) if *flag == refuses => self.bad(name),
            (Value::Bool(_), _) => {}
            (Value::Array(_) | Value::Object(_), _) => self.value(value, place),
            _ => self.strange(value),
        }
    }

    fn complains(&mut self, name: &str, value: &Value) {
        if value.as_str().is_none_or(|text| Word::of(text) != Word::Good) {
            self.bad(name);
        }
    }

    /// Notes what is said of a dossier, as its place allows.
    fn say(&mut self, index: usize, place: Place, said: Said) {
        let said = match (place, said) {
            (Place::AmongAccepted, Said::Named) => Said::Accepted,
            (Place::AmongRefused, Said::Named | Said::Accepted) => Said::Unclear(String::new()),
            (Place::AmongRefused, Said::Stated { statement, .. }) => {
                Said::Stated { statement, contradicted: true }
            }
            (_, said) => said,
        };
        self.said.push((index, said));
    }

    fn strange(&mut self, value: &Value) {
        if self.strange.is_none() {
            self.strange = Some(format!("its result has a form that is not known: {}", shape(value)));
        }
    }

    fn bad(&mut self, why: &str) {
        if self.bad.is_none() {
            let named = !why.contains(' ');
            self.bad =
                Some(if named { format!("its field {why} reports a failure") } else { why.to_owned() });
        }
    }

    fn index_of(&self, text: &str) -> Option<usize> {
        self.codes.iter().position(|code| code.as_str().eq_ignore_ascii_case(trimmed(text)))
    }

    fn counts_all(&self, number: u64) -> bool {
        usize::try_from(number).is_ok_and(|number| number >= self.codes.len())
    }
}
