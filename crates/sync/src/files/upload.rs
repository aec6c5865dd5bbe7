//! Bringing one file to the portal in dialect `rest`: read while it is sent, never whole in memory.

use dongbo_model::locks::lock;
use std::io;
use std::sync::{Arc, Mutex};

use futures_util::stream::{StreamExt as _, try_unfold};

use super::budget::Budget;
use super::claimed_file::Case;
use super::marks::same;
use super::store::StoreError;
use crate::ctx::Ctx;
use crate::gate::Stream;
use crate::vitals::Part;
use dongbo_ledger::ReadMark;
use dongbo_portal::{Answer, NotUploaded, Outcome, Rest};

/// Uploads files.
pub(super) struct Uploader {
    /// The portal.
    pub(super) rest: Rest,
    /// The bytes a second that are uploaded.
    pub(super) budget: Arc<Budget>,
    /// The handles that every worker holds.
    pub(super) ctx: Ctx,
}

/// Reasons why a file is not known to be on the portal.
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
    pub(super) async fn upload(&self, case: &Case, mark: &ReadMark) -> Result<String, Failed> {
        // Its limits are those of files: a scan of 40 MB takes no status its place.
        let mut permit = self.ctx.pass(Part::Files, Stream::Rest).await;
        permit.give_place_back();
        let (stat, blocks) = case.store.read(case.key.as_str(), None).await.map_err(Failed::Store)?;
        if !same(&stat, mark) {
            return Err(Failed::Store(StoreError::Changed));
        }
        // The portal's client tells only that the form broke off: why is kept here.
        let broke: Arc<Mutex<Option<StoreError>>> = Arc::default();
        let (kept, budget, ctx) = (Arc::clone(&broke), Arc::clone(&self.budget), self.ctx.clone());
        let content = try_unfold(blocks, move |mut blocks| {
            let (kept, budget, ctx) = (Arc::clone(&kept), Arc::clone(&budget), ctx.clone());
            async move {
                match blocks.next().await.transpose() {
                    Ok(Some(block)) => {
                        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
                        let waiting = ctx.vitals.waits(Part::Files);
                        budget.spend(length).await;
                        drop(waiting);
                        ctx.vitals.progressed(Part::Files);
                        ctx.metrics.file_bytes("uploaded", length);
                        Ok(Some((block, blocks)))
                    }
                    Ok(None) => Ok(None),
                    Err(error) => {
                        *lock(&kept) = Some(error);
                        Err(io::Error::other("the store broke off"))
                    }
                }
            }
        });
        let uploaded = self.rest.upload(&case.upload_name(), mark.size, &mark.sha256, content.boxed()).await;
        if let Some(error) = lock(&broke).take() {
            return Err(Failed::Store(error));
        }
        let taken = Answer::local(Outcome::Delivered, "");
        let answer = if let Err(NotUploaded::Answered(answer)) = &uploaded { answer } else { &taken };
        self.ctx.gate.record_beside(&permit, answer);
        match uploaded {
            Ok(receipt) => Ok(receipt.id.as_str().to_owned()),
            Err(NotUploaded::Damaged) => Err(Failed::Damaged),
            Err(NotUploaded::Answered(answer)) => Err(Failed::Answered(answer)),
        }
    }
}
