//! `TraCuuHoSo`: a dossier as it was sent, with the parts that the configuration adds or holds back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::answer::success;
use crate::core::Core;
use crate::files::{FileIds, Role};
use crate::sync::lock;
use crate::wire::answer::Answer;
use crate::wire::refusal::{Class, Refusal};

const RESULT_PAPERS: &str = "DanhSachGiayToKetQua";

pub(super) fn look_up(core: &Core, code: &str) -> Result<Answer, Refusal> {
    if code.is_empty() {
        return Err(Refusal::new(Class::Content, "Trường mahoso bắt buộc phải có"));
    }
    let lookup = &core.config.lookup;
    let store = lock(&core.store);
    let Some((body, steps)) = store.bodies(code) else { return Ok(success(core, "")) };
    let mut found = match (lookup.files, lookup.file_hash && core.config.pull.enabled) {
        (false, _) => Cow::Owned(without_result_papers(body)),
        (true, true) => Cow::Owned(with_hashes(core, code, body)),
        (true, false) => Cow::Borrowed(body),
    };
    if lookup.steps {
        // A stored dossier always has members, so the list goes in behind the last, before the brace.
        let text = found.to_mut();
        text.pop();
        text.push_str(r#","DanhSachTienDo":["#);
        for (index, step) in steps.enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(step);
        }
        text.push_str("]}");
    }
    let copies = (1..store.copies(code)).fold(found.to_string(), |all, _| format!("{all},{found}"));
    Ok(success(core, &copies))
}

fn without_result_papers(body: &str) -> String {
    let mut fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(body).unwrap_or_default();
    fields.remove(RESULT_PAPERS);
    serde_json::to_string(&fields).unwrap_or_default()
}

/// The dossier as it was sent, and with each result paper the hash of the bytes that the portal holds.
fn with_hashes(core: &Core, code: &str, body: &str) -> String {
    let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(body) else { return body.to_owned() };
    let book = lock(&core.files.book);
    let mut ids = FileIds::default();
    for paper in fields.get_mut(RESULT_PAPERS).and_then(Value::as_array_mut).into_iter().flatten() {
        let text = |name| paper.get(name).and_then(Value::as_str).unwrap_or_default();
        let file = ids.next(text("GiayToId"), text("TenGiayTo"));
        let hash = book.hash(code, Role::Result, &file).unwrap_or_default();
        if let Some(paper) = paper.as_object_mut() {
            paper.insert("HashTepTin".to_owned(), hash.into());
        }
    }
    Value::Object(fields).to_string()
}
