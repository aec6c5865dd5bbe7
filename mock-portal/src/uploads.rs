//! The files that were uploaded: their hashes and sizes, not their bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chance;
use crate::form::UploadedFile;
use crate::store::DossierView;

/// Every upload, by the id (`IdTepTin`) that it got.
#[derive(Debug, Default)]
pub(crate) struct Uploads(BTreeMap<String, UploadedFile>);

/// Files with the same bytes, as the outside sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadView {
    /// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Number of bytes.
    pub size: u64,
    /// Number of times that they were uploaded.
    pub uploads: u64,
    /// The ids (`IdTepTin`) that the uploads got.
    pub ids: Vec<String>,
    /// The codes of the dossiers that name one of these ids, in their order.
    pub dossiers: Vec<String>,
}

impl Uploads {
    /// Takes a file in and returns its id.
    pub(crate) fn take(&mut self, file: UploadedFile, seed: u64) -> String {
        let number = self.0.len();
        let id = format!("T{:016x}", chance::mix(seed, &["file", &number.to_string()]));
        self.0.insert(id.clone(), file);
        id
    }

    /// The hash of the file called `id`.
    pub(crate) fn sha256(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(|file| file.sha256.as_str())
    }

    /// The uploads as the outside sees them, in the order of their hashes, each with those of `dossiers` that name it.
    pub(crate) fn views(&self, dossiers: &[DossierView]) -> Vec<UploadView> {
        let mut naming: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for dossier in dossiers {
            let mut ids = Vec::new();
            dossier.fields.values().for_each(|value| collect_ids(value, &mut ids));
            for id in ids {
                naming.entry(id).or_default().insert(&dossier.code);
            }
        }
        let mut views: BTreeMap<&str, UploadView> = BTreeMap::new();
        for (id, file) in &self.0 {
            let view = views.entry(&file.sha256).or_insert_with(|| UploadView {
                sha256: file.sha256.clone(),
                size: file.size,
                uploads: 0,
                ids: Vec::new(),
                dossiers: Vec::new(),
            });
            view.uploads += 1;
            view.ids.push(id.clone());
            view.dossiers.extend(naming.get(id.as_str()).into_iter().flatten().map(|&code| code.to_owned()));
        }
        for view in views.values_mut() {
            view.dossiers.sort();
            view.dossiers.dedup();
        }
        views.into_values().collect()
    }
}

/// Adds every `IdGiayTo` within `value` to `found`.
fn collect_ids<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("IdGiayTo").and_then(Value::as_str));
            fields.values().for_each(|field| collect_ids(field, found));
        }
        _ => {}
    }
}
