//! The verdicts on single dossiers in the answer to a write, in whatever form the portal gives them.
//!
//! The answer's own code says what became of the call; `result` may say otherwise of its dossiers. So it is read strictly:
//! what is not understood, names only some dossiers or contradicts the code leaves in doubt all that is not surely accepted.

mod fields;
mod gather;
mod shape;

use serde_json::Value;

use self::gather::{Gathered, Said};
pub(crate) use self::shape::shape;
use crate::answer::ItemVerdict;
use crate::classify::Statement;
use crate::kept_code::kept_code;
use crate::outcome::Outcome;
use crate::verdict::Verdict;
use dongbo_model::DossierCode;

/// What is read from the answer to a write.
#[derive(Default)]
pub(crate) struct Items {
    /// The verdicts on dossiers that the answer speaks of, and on those that it leaves in doubt.
    pub(crate) verdicts: Vec<ItemVerdict>,
    /// Whether a verdict was given whose meaning no rule knows.
    pub(crate) strange: bool,
    /// The reason why some dossiers are left in doubt.
    pub(crate) doubt: Option<String>,
}

/// The call that is answered, as far as reading the verdicts depends on it.
pub(crate) struct Asked<'a> {
    /// Its dossiers.
    pub(crate) codes: &'a [&'a DossierCode],
    /// The fields that its records have, which an echo of them repeats.
    pub(crate) fields: &'a [String],
    /// The verdict of the rules on a statement.
    pub(crate) judge: &'a dyn Fn(&Statement) -> Option<Verdict>,
    /// Covers what is personal.
    pub(crate) masked: &'a dyn Fn(&str) -> String,
}

/// Reads `result`, and the fields beside it, of an answer that says success, or that says something else (`!delivered`):
/// then only what is said of single dossiers counts.
pub(crate) fn read(asked: &Asked<'_>, result: Option<&Value>, beside: &Value, delivered: bool) -> Items {
    let mut gathered = Gathered::new(asked.codes, asked.fields);
    if let Some(result) = result {
        gathered.result(result);
    }
    gathered.beside(beside);
    let mut items = Items::default();
    let mut silent = Vec::new();
    let mut refused = 0;
    for (index, &code) in asked.codes.iter().enumerate() {
        let said: Vec<&Said> =
            gathered.said.iter().filter(|(of, _)| *of == index).map(|(_, said)| said).collect();
        match verdict_on(code, asked, &said, &mut items.strange) {
            Some(verdict) => {
                refused += usize::from(verdict.outcome != Outcome::Delivered);
                items.verdicts.push(verdict);
            }
            None => silent.push((code, said.is_empty())),
        }
    }
    if !delivered {
        return items;
    }
    let unnamed = silent.iter().filter(|(_, unnamed)| *unnamed).count();
    let speaks = !gathered.said.is_empty();
    let contradiction = gathered.contradiction(asked, refused);
    items.doubt = contradiction.clone().or(gathered.strange).or_else(|| {
        (speaks && unnamed > 0)
            .then(|| format!("it names only some of the call's {} dossiers", asked.codes.len()))
    });
    if contradiction.is_some() {
        for item in items.verdicts.iter_mut().filter(|item| item.outcome == Outcome::Delivered) {
            item.outcome = Outcome::Unknown;
        }
    }
    let unclear = items.verdicts.iter().any(|item| item.outcome == Outcome::Unknown);
    if items.doubt.is_some() {
        items.verdicts.extend(silent.into_iter().map(|(code, _)| bare(code, Outcome::Unknown)));
    } else if unclear {
        items.doubt = Some("a verdict in it is not understood".to_owned());
    }
    items
}

/// The verdict on a dossier of which all this is said; `None` when nothing is, or only its code.
fn verdict_on(
    code: &DossierCode,
    asked: &Asked<'_>,
    said: &[&Said],
    strange: &mut bool,
) -> Option<ItemVerdict> {
    let mut found: Option<ItemVerdict> = None;
    for said in said {
        let mut verdict = bare(code, Outcome::Delivered);
        let words = match said {
            Said::Named => continue,
            Said::Accepted => "",
            Said::Unclear(words) => {
                verdict.outcome = Outcome::Unknown;
                words.as_str()
            }
            Said::Stated { statement, contradicted } => {
                let outcome = (asked.judge)(statement).map_or(Outcome::Unknown, Verdict::outcome);
                let doubted = *contradicted && outcome == Outcome::Delivered;
                verdict.outcome = if doubted { Outcome::Unknown } else { outcome };
                verdict.portal_code = kept_code(&statement.code);
                statement.message.as_str()
            }
        };
        *strange |= verdict.outcome == Outcome::Unknown;
        if verdict.outcome != Outcome::Delivered {
            verdict.message = (asked.masked)(words);
        }
        found = Some(match found {
            None => verdict,
            Some(first) if first.outcome == verdict.outcome => first,
            // One that is said to be both is neither.
            Some(first) => {
                *strange = true;
                let told = if first.message.is_empty() { verdict } else { first };
                ItemVerdict { outcome: Outcome::Unknown, ..told }
            }
        });
    }
    found
}

fn bare(code: &DossierCode, outcome: Outcome) -> ItemVerdict {
    let (portal_code, message) = (String::new(), String::new());
    ItemVerdict { code: code.clone(), outcome, portal_code, message, portal_id: None }
}
