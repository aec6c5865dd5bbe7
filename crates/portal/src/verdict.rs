//! Verdicts on answers, and the rules that give them.

use serde::Deserialize;

use crate::outcome::Outcome;
use dongbo_model::vocabulary;

vocabulary! {
    /// The verdict of a rule on an answer: an [`Outcome`] for the dossiers of the call, or a lapsed session, after which
    /// the call is repeated.
    pub enum Verdict
    columns {
        /// The outcome for the dossiers. For a lapsed session it is the one of a call that even a fresh session does not
        /// save.
        outcome: Outcome
    }
    {
        /// Applied.
        Delivered = "delivered" => Outcome::Delivered;
        /// Not applied, because the portal knows the dossier already.
        Duplicate = "duplicate" => Outcome::Duplicate;
        /// Not applied, because the session has lapsed: log in and send again.
        SessionExpired = "session_expired" => Outcome::Auth;
        /// Not applied: slow down.
        Throttled = "throttled" => Outcome::Throttled;
        /// Not applied, and goes away by itself.
        Transient = "transient" => Outcome::Transient;
        /// May have been applied: look it up.
        Unknown = "unknown" => Outcome::Unknown;
        /// Refused for its content: a person has to act. Needs a message of the portal.
        Rejected = "rejected" => Outcome::Rejected;
        /// Not applied, because the portal does not know the dossier.
        NotFound = "not_found" => Outcome::NotFound;
        /// Not applied: account, certificate or permission is refused.
        Auth = "auth" => Outcome::Auth;
        /// Not applied: address or set-up is wrong.
        Config = "config" => Outcome::Config;
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Delivered => Self::Delivered,
            Outcome::Duplicate => Self::Duplicate,
            Outcome::Throttled => Self::Throttled,
            Outcome::Transient => Self::Transient,
            Outcome::Unknown => Self::Unknown,
            Outcome::Rejected => Self::Rejected,
            Outcome::NotFound => Self::NotFound,
            Outcome::Auth => Self::Auth,
            Outcome::Config => Self::Config,
        }
    }
}

/// A rule on how an answer is read. Every condition given must hold; `crates/portal/src/ndxp/verdicts.toml` has examples.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictRule {
    /// Only for this service, by its name on the wire, or `log_in`.
    pub service: Option<String>,
    /// Only for this HTTP status: `"429"`, or a whole class, `"5xx"`.
    pub http: Option<String>,
    /// Only for one of these `error_code`s; a number and the same text are one code.
    pub code: Option<Vec<String>>,
    /// Only when `message` contains one of these, whatever its case and Unicode form.
    pub message_contains: Option<Vec<String>>,
    /// Not when `message` contains one of these.
    #[serde(default)]
    pub message_lacks: Vec<String>,
    /// The verdict on such an answer.
    pub outcome: Verdict,
}

impl VerdictRule {
    /// Everything that is wrong with this rule, each as the end of a sentence that begins with the rule's name.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.service.is_none()
            && self.http.is_none()
            && self.code.is_none()
            && self.message_contains.is_none()
        {
            problems.push("has no condition, so it would match every answer".to_owned());
        }
        if let Some(http) = &self.http
            && !is_http_pattern(http)
        {
            problems.push(format!("has http = \"{http}\": use three digits, or one and xx, like \"5xx\""));
        }
        if self.code.as_ref().is_some_and(Vec::is_empty) {
            problems.push("has an empty list of codes, so it can match nothing".to_owned());
        }
        let texts = self.message_contains.iter().flatten().chain(&self.message_lacks);
        if self.message_contains.as_ref().is_some_and(Vec::is_empty)
            || texts.into_iter().any(String::is_empty)
        {
            problems.push("has an empty message pattern".to_owned());
        }
        if self.outcome == Verdict::Delivered && self.code.is_none() {
            problems.push("calls an answer delivered without looking at its code".to_owned());
        }
        problems
    }
}

fn is_http_pattern(pattern: &str) -> bool {
    let Some(class) = pattern.strip_suffix("xx") else {
        return pattern.len() == 3 && pattern.parse::<u16>().is_ok();
    };
    class.len() == 1 && class.bytes().all(|byte| byte.is_ascii_digit())
}
