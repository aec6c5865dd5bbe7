//! The first step of an answer: from the name in a link to the file as the local database has it now.

use std::sync::Arc;

use super::refusal::Refusal;
use crate::files::store::{AllStores, Store};
use crate::sources::Sources;
use dongbo_ledger::{Ledger, Linked};
use dongbo_model::{FileKind, Text};
use dongbo_source::Reading;

/// Finds the files that links lead to.
pub(super) struct Locator {
    pub(super) ledger: Ledger,
    pub(super) sources: Sources,
    pub(super) stores: AllStores,
}

/// A file that a link leads to.
pub(super) struct Located {
    pub(super) linked: Linked,
    pub(super) link_id: String,
    pub(super) store: Arc<Store>,
    /// The file's key in its store.
    pub(super) key: Text,
    /// The kind that the key's end promises.
    pub(super) kind: Option<FileKind>,
}

impl Locator {
    /// The file behind the link `name`, `<link id>.<announcement>`, which we made.
    pub(super) async fn locate(&self, name: &str) -> Result<Located, Refusal> {
        let (link_id, announcement) = name.split_once('.').ok_or(Refusal::Unknown)?;
        let linked = self.ledger.linked(link_id).await?.ok_or(Refusal::Unknown)?;
        if announcement.parse::<i64>().is_ok_and(|announcement| announcement > linked.announcement) {
            return Err(Refusal::Unknown);
        }
        let key = self.key(&linked).await?.ok_or(Refusal::Unknown)?;
        let stores = self.stores.of(linked.source).ok_or(Refusal::Unknown)?;
        let store = Arc::clone(stores.of(linked.place.role).ok_or(Refusal::Unknown)?);
        let kind = FileKind::promised_by(key.as_str());
        Ok(Located { linked, link_id: link_id.to_owned(), store, key, kind })
    }

    /// The file's key; `None` when its dossier does not list it any more, or is read no more.
    async fn key(&self, linked: &Linked) -> Result<Option<Text>, Refusal> {
        let Some(one) = self.sources.of(linked.source) else { return Ok(None) };
        let readings = one.source.read(std::slice::from_ref(&linked.code)).await?;
        let Some(Reading::Dossier(dossier)) = readings.into_iter().next() else { return Ok(None) };
        Ok(dossier.file_at(linked.place).map(|(key, _)| key.clone()))
    }
}
