//! A dossier of ours in the form in which the portal is expected to show it.

use serde::Serialize;
use serde_json::{Map, Value};

/// The list of result papers, which is compared only when look-ups return it (`portal.lookup.files`).
pub(super) const RESULTS: &str = "DanhSachGiayToKetQua";

/// A dossier of ours in a dialect's own words, as far as the dialect carries it.
pub(crate) struct Expected {
    /// Everything but the steps.
    pub(crate) content: Map<String, Value>,
    /// The field that holds the status.
    pub(crate) status: &'static str,
    /// The steps; a look-up need not repeat the dossier's code and identifier in each.
    pub(crate) steps: Vec<Value>,
    /// An empty step, which has every field that a step has.
    pub(crate) step_form: Value,
}

/// A step without the fields `names`, which name its dossier and need not be repeated in every step.
pub(crate) fn step_template(step: &impl Serialize, names: &[&str]) -> Value {
    let mut step = template(step);
    for name in names {
        step.remove(*name);
    }
    Value::Object(step)
}

/// A wire form as a JSON object.
pub(crate) fn template(wire: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(wire) {
        Ok(Value::Object(fields)) => fields,
        // Our wire forms are objects of texts and lists, which always serialise.
        _ => Map::new(),
    }
}
