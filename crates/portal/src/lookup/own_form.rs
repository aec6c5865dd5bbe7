//! The portal's own form of a dossier's content.

use std::fmt;

use serde_json::{Map, Value};

use super::canonical::canonical;
use super::differences::kind_of;
use super::expected::RESULTS;
use super::rewriting::{is_name, is_rewriting};
use dongbo_model::DifferenceKind;
use dongbo_settings::HashKey;

/// The way in which the portal shows content that says the same as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnForm {
    /// The fields, separated by commas.
    pub fields: String,
    /// A hash of their values on the portal.
    pub hash: String,
}

impl fmt::Display for OwnForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.fields, self.hash)
    }
}

impl OwnForm {
    /// The portal's form of the fields of `wanted` that it has otherwise, when all of them say the same; `None` when one of them says
    /// something else.
    pub(super) fn of(wanted: &Map<String, Value>, theirs: &Value, key: &HashKey) -> Option<Self> {
        let (mut names, mut shown) = (Vec::new(), String::new());
        for (field, wanted) in wanted {
            let value = theirs.get(field);
            let (ours, theirs) = (canonical(Some(wanted), wanted), canonical(value, wanted));
            if ours == theirs {
                continue;
            }
            let same = match kind_of(field) {
                _ if field == RESULTS => false,
                None => value.is_none() || is_rewriting(&ours, &theirs),
                Some(DifferenceKind::Unit) => is_name(&theirs),
                Some(_) => false,
            };
            if !same {
                return None;
            }
            names.push(field.as_str());
            shown.push_str(&format!("{theirs:?}"));
        }
        (!names.is_empty()).then(|| Self { fields: names.join(","), hash: key.hash(&shown) })
    }
}
