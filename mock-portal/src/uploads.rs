//! The files that were uploaded: what is known of them, not their bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chance;
use crate::core::Core;
use crate::form::FileSeen;
use crate::sync::lock;

/// Every upload by the name (`IdTepTin`) that it got.
#[derive(Debug, Default)]
pub(crate) struct Uploads(BTreeMap<String, FileSeen>);

/// Files with the same bytes, as the outside sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadView {
    /// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// How often they were uploaded.
    pub uploads: u64,
    /// The names (`IdTepTin`) that the uploads got.
    pub ids: Vec<String>,
    /// The codes of the dossiers that name one of these, in their order.
    pub dossiers: Vec<String>,
}

impl Uploads {
    /// Takes a file in and names it.
    pub(crate) fn take(&mut self, file: FileSeen, seed: u64) -> String {
        let number = self.0.len();
        let id = format!("T{:016x}", chance::mix(seed, &["file", &number.to_string()]));
        self.0.insert(id.clone(), file);
        id
    }

    /// The hash of the file called `id`.
    pub(crate) fn sha256(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(|file| file.sha256.as_str())
    }
}

impl Core {
    pub(crate) fn uploaded(&self) -> Vec<UploadView> {
        let mut dossiers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for dossier in lock(&self.store).page("", usize::MAX, false) {
            let mut named = Vec::new();
            dossier.fields.values().for_each(|value| names(value, &mut named));
            for id in named {
                dossiers.entry(id).or_default().insert(dossier.code.clone());
            }
        }
        let mut views: BTreeMap<String, UploadView> = BTreeMap::new();
        for (id, file) in &lock(&self.uploads).0 {
            let view = views.entry(file.sha256.clone()).or_insert_with(|| UploadView {
                sha256: file.sha256.clone(),
                size: file.size,
                uploads: 0,
                ids: Vec::new(),
                dossiers: Vec::new(),
            });
            view.uploads += 1;
            view.ids.push(id.clone());
            view.dossiers.extend(dossiers.get(id).into_iter().flatten().cloned());
        }
        for view in views.values_mut() {
            view.dossiers.sort();
            view.dossiers.dedup();
        }
        views.into_values().collect()
    }
}

/// Every `IdGiayTo` within `value`.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("IdGiayTo").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| names(field, found));
        }
        _ => {}
    }
}
