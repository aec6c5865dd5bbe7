//! Bringing one file to the portal in dialect `rest`: read while it is sent, never whole in memory.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{StreamExt as _, try_unfold};

use super::budget::Budget;
use super::case::Case;
use super::marks::same;
use super::store::StoreError;
use crate::metrics::Metrics;
use dongbo_ledger::ReadMark;
use dongbo_portal::{Answer, NotUploaded, Rest};

/// Uploads files.
pub(super) struct Uploader {
    /// The portal.
    pub(super) rest: Rest,
    /// The bytes a second that are uploaded.
    pub(super) budget: Arc<Budget>,
    /// Counts the bytes.
    pub(super) metrics: Arc<Metrics>,
}

/// Why a file is not known to be on the portal.
pub(super) enum Failed {
    /// Its store did not give it.
    Store(StoreError),
    /// The portal took in other bytes.
    Damaged,
    /// The portal's answer, or what took its place.
    Answered(Answer),
}

impl Uploader {
    /// Uploads the file of `case` that `mark` proved; returns what the portal calls it (`IdTepTin`).
    pub(super) async fn upload(&self, case: &Case<'_>, mark: &ReadMark) -> Result<String, Failed> {
        let (stat, blocks) = case.store.read(case.key.as_str(), None).await.map_err(Failed::Store)?;
        if !same(&stat, mark) {
            return Err(Failed::Store(StoreError::Changed));
        }
        // The portal's client tells only that the form broke off: why is kept here.
        let broke: Arc<Mutex<Option<StoreError>>> = Arc::default();
        let (kept, budget, metrics) =
            (Arc::clone(&broke), Arc::clone(&self.budget), Arc::clone(&self.metrics));
        let content = try_unfold(blocks, move |mut blocks| {
            let (kept, budget, metrics) = (Arc::clone(&kept), Arc::clone(&budget), Arc::clone(&metrics));
            async move {
                match blocks.next().await.transpose() {
                    Ok(Some(block)) => {
                        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
                        budget.spend(length).await;
                        metrics.file_bytes("uploaded", length);
                        Ok(Some((block, blocks)))
                    }
                    Ok(None) => Ok(None),
                    Err(error) => {
                        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        Err(io::Error::other("the store broke off"))
                    }
                }
            }
        });
        let uploaded = self.rest.upload(&case.upload_name(), mark.size, &mark.sha256, content.boxed()).await;
        if let Some(error) = broke.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(Failed::Store(error));
        }
        match uploaded {
            Ok(receipt) => Ok(receipt.id.as_str().to_owned()),
            Err(NotUploaded::Damaged) => Err(Failed::Damaged),
            Err(NotUploaded::Answered(answer)) => Err(Failed::Answered(answer)),
        }
    }
}
