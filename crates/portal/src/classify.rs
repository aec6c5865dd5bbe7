//! The classification of answers: rules over service, HTTP status, `error_code` and message.

use std::cell::OnceCell;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::service::Service;
use crate::verdict::{Verdict, VerdictRule};

/// The rules in the order in which they are tried.
pub(crate) struct VerdictTable(Vec<VerdictRule>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompiledIn {
    verdicts: Vec<VerdictRule>,
}

/// Code and message of an answer whose envelope could be parsed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// `error_code`; empty when there is none.
    pub(crate) code: String,
    /// `message`; empty when there is none.
    pub(crate) message: String,
}

/// An answer, as far as rules look at it.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) service: Service,
    pub(crate) http: u16,
    /// `None` when the body is not the JSON object that was agreed.
    pub(crate) statement: Option<&'a Statement>,
    /// Whether the verdict can be `not_found`.
    pub(crate) can_miss: bool,
}

impl VerdictTable {
    /// The rules of the configuration, then those compiled in for the dialect.
    ///
    /// # Errors
    /// `compiled_in` is no list of rules.
    pub(crate) fn new(configured: &[VerdictRule], compiled_in: &str) -> Result<Self, toml::de::Error> {
        let compiled_in: CompiledIn = toml::from_str(compiled_in)?;
        let rules = configured.iter().cloned().chain(compiled_in.verdicts);
        Ok(Self(rules.map(folded).collect()))
    }

    /// The verdict of the first rule that matches; `None` when no rule does.
    pub(crate) fn judge(&self, evidence: Evidence<'_>) -> Option<Verdict> {
        let message = OnceCell::new();
        self.0.iter().find(|rule| matches(rule, evidence, &message)).map(|rule| rule.outcome)
    }

    /// The rules, for tests of what is compiled in.
    #[cfg(test)]
    pub(crate) fn rules(&self) -> &[VerdictRule] {
        &self.0
    }
}

/// A rule with its message patterns in the form in which messages are compared.
fn folded(mut rule: VerdictRule) -> VerdictRule {
    let patterns = rule.message_contains.iter_mut().flatten().chain(&mut rule.message_lacks);
    for pattern in patterns {
        *pattern = fold(pattern);
    }
    rule
}

/// One spelling for every text that a reader takes for the same.
fn fold(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
}

fn matches(rule: &VerdictRule, evidence: Evidence<'_>, folded: &OnceCell<String>) -> bool {
    if rule.service.as_ref().is_some_and(|service| service != evidence.service.name())
        || rule.http.as_ref().is_some_and(|pattern| !http_matches(pattern, evidence.http))
        || (rule.outcome == Verdict::NotFound && !evidence.can_miss)
    {
        return false;
    }
    let none = Statement::default();
    let statement = evidence.statement.unwrap_or(&none);
    if let Some(codes) = &rule.code {
        // Without a reason nobody can put right what was refused.
        let reasonless = rule.outcome == Verdict::Rejected && statement.message.trim().is_empty();
        if reasonless || !codes.contains(&statement.code) {
            return false;
        }
    }
    let message = || folded.get_or_init(|| fold(&statement.message)).as_str();
    rule.message_contains
        .as_ref()
        .is_none_or(|patterns| patterns.iter().any(|pattern| message().contains(pattern.as_str())))
        && !rule.message_lacks.iter().any(|pattern| message().contains(pattern.as_str()))
}

fn http_matches(pattern: &str, status: u16) -> bool {
    match pattern.strip_suffix("xx") {
        Some(class) => class.parse() == Ok(status / 100),
        None => pattern.parse() == Ok(status),
    }
}
