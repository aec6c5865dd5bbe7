//! The meaning of each of the portal's answers for the dossiers that rode in the call.

use chrono::{DateTime, Utc};
use rand::RngExt;

use super::call::{Brought, Call, ParcelId};
use super::circles::Write;
use super::courier::Courier;
use super::parcel::{Parcel, PutOff};
use super::queues::split;
use super::report;
use super::settler::Ending;
use super::stage::Shown;
use dongbo_ledger::Next;
use dongbo_model::clock::later;
use dongbo_portal::{Answer, Outcome};

/// The two calls that write whole dossiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Upsert {
    Create,
    Update,
}

impl Upsert {
    const fn write(self) -> Write {
        match self {
            Self::Create => Write::Create,
            Self::Update => Write::Update,
        }
    }
}

impl Courier {
    /// Acts on the result of a call: every dossier of it is queued again, put off, or settled.
    pub(super) async fn act_on(&mut self, call: Call, brought: Brought, started_at: DateTime<Utc>) {
        let answer = brought.answer();
        let operation = call.operation();
        let now = self.shared.ctx.clock.now();
        for id in call.ids() {
            if let Some(parcel) = self.parcels.get_mut(&id) {
                parcel.note_call(operation, &answer, started_at, now);
            }
        }
        drop(answer);
        match (call, brought) {
            (Call::LookUp(id), Brought::Seen(seen)) => {
                let shown = self.parcels.get_mut(&id).map(|parcel| parcel.seen(seen.as_ref()));
                let parcel = self.parcels.get(&id);
                if parcel.is_some_and(Parcel::waits_to_be_shown) {
                    self.fail(id, true, None).await;
                    return;
                }
                if let Some(parcel) = parcel
                    && shown == Some(Shown::BrokenWord)
                {
                    self.shared.ctx.metrics.verification_failed();
                    tracing::warn!(event = "portal.not_as_accepted", code = %parcel.dossier.code,
                        "The portal does not show what it accepted of dossier {}; it is sent again", parcel.dossier.code);
                }
                self.route(id).await;
            }
            // A look-up changes nothing on the portal, so no outcome of it adds doubt.
            (Call::LookUp(id), Brought::Answered(answer)) => self.fail_all(&[id], false, &answer).await,
            (Call::Create(ids), Brought::Answered(answer)) => {
                self.upserted(Upsert::Create, ids, &answer).await
            }
            (Call::Update(ids), Brought::Answered(answer)) => {
                self.upserted(Upsert::Update, ids, &answer).await
            }
            (Call::Steps(parts), Brought::Answered(answer)) => self.appended(parts, &answer).await,
            (Call::Create(_) | Call::Update(_) | Call::Steps(_), Brought::Seen(_)) => {}
        }
    }

    async fn upserted(&mut self, kind: Upsert, ids: Vec<ParcelId>, answer: &Answer) {
        match answer.outcome {
            Outcome::Delivered => {
                self.note_answered(&ids, kind.write(), answer);
                for id in self.take_verdicts(ids, answer).await {
                    if let Some(parcel) = self.parcels.get_mut(&id) {
                        match kind {
                            Upsert::Create => {
                                let mut items = answer.items.iter();
                                let item = items.find(|item| item.code == parcel.dossier.code);
                                parcel.created(item.and_then(|item| item.portal_id.clone()));
                            }
                            Upsert::Update => parcel.content_accepted(),
                        }
                    }
                    self.route(id).await;
                }
            }
            // The portal knows a dossier that the ledger thought new, or does not know one that it thought sent. Of a
            // known one the steps are not known either, so seeing is the only safe way on.
            Outcome::Duplicate | Outcome::NotFound => {
                self.part_company(kind, &ids, answer);
                self.look_again(ids).await;
            }
            Outcome::Rejected => self.isolate(kind, ids, answer).await,
            Outcome::Unknown => {
                // It answered, and what it says of the dossiers is not understood.
                if !answer.items.is_empty() {
                    self.note_answered(&ids, kind.write(), answer);
                }
                self.fail_all(&ids, true, answer).await;
            }
            Outcome::Throttled | Outcome::Transient => self.fail_all(&ids, false, answer).await,
            Outcome::Auth | Outcome::Config => self.interrupt_all(&ids).await,
        }
    }

    /// After a batch came back because of one dossier, that one goes alone; all do when the answer names none.
    fn part_company(&mut self, kind: Upsert, ids: &[ParcelId], answer: &Answer) {
        if let [id] = ids {
            self.note_answered(ids, kind.write(), answer);
            if kind == Upsert::Create
                && answer.outcome == Outcome::Duplicate
                && let Some(parcel) = self.parcels.get_mut(id)
            {
                parcel.exists();
            }
            return;
        }
        for id in ids {
            if let Some(parcel) = self.parcels.get_mut(id)
                && (answer.named.is_empty() || answer.named.contains(&parcel.dossier.code))
            {
                parcel.leave_batch();
            }
        }
    }

    fn note_answered(&mut self, ids: &[ParcelId], write: Write, answer: &Answer) {
        let now = self.shared.ctx.clock.now();
        for id in ids {
            if let Some(parcel) = self.parcels.get_mut(id) {
                parcel.answered(write, answer, now);
            }
        }
    }

    /// A refusal holds one dossier. In a batch the one is searched for; all others go on.
    async fn isolate(&mut self, kind: Upsert, ids: Vec<ParcelId>, answer: &Answer) {
        if let [id] = ids.as_slice() {
            if let Some(parcel) = self.parcels.get_mut(id) {
                parcel.refused("content", &answer.portal_code, &answer.message);
            }
            self.route(*id).await;
            return;
        }
        // Whether the portal took the others is not said, so they go again; what it has by then, it says.
        let ids = self.take_verdicts(ids, answer).await;
        if ids.is_empty() {
            return;
        }
        let named: Vec<ParcelId> = ids
            .iter()
            .copied()
            .filter(|id| {
                self.parcels.get(id).is_some_and(|parcel| answer.named.contains(&parcel.dossier.code))
            })
            .collect();
        for part in split(&ids, &named) {
            self.queues.push_part(match kind {
                Upsert::Create => Call::Create(part),
                Upsert::Update => Call::Update(part),
            });
        }
    }

    /// Where the portal gives verdicts on single dossiers, a refused one is held at once and one with any other bad
    /// verdict is looked up. Returns the others.
    async fn take_verdicts(&mut self, ids: Vec<ParcelId>, answer: &Answer) -> Vec<ParcelId> {
        let mut others = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(parcel) = self.parcels.get_mut(&id) else { continue };
            let item = answer.items.iter().find(|item| item.code == parcel.dossier.code);
            match item.filter(|item| item.outcome != Outcome::Delivered) {
                None => {
                    others.push(id);
                    continue;
                }
                Some(item) if item.outcome == Outcome::Rejected => {
                    parcel.refused("content", &item.portal_code, &item.message);
                }
                Some(_) => parcel.contradicted(),
            }
            self.route(id).await;
        }
        others
    }

    async fn appended(&mut self, parts: Vec<(ParcelId, std::ops::Range<usize>)>, answer: &Answer) {
        let ids: Vec<ParcelId> = parts.iter().map(|(id, _)| *id).collect();
        match answer.outcome {
            Outcome::Delivered => {
                for (id, range) in parts {
                    self.note_answered(&[id], Write::Steps(range.len()), answer);
                    if let Some(parcel) = self.parcels.get_mut(&id) {
                        let item = answer.items.iter().find(|item| item.code == parcel.dossier.code);
                        // A verdict on a dossier does not say which of its steps it means.
                        match item.filter(|item| item.outcome != Outcome::Delivered) {
                            None => parcel.steps_accepted(range.end),
                            Some(item) if item.outcome == Outcome::Rejected => {
                                if !parcel.narrow_steps(range.len(), false) {
                                    parcel.refused("steps", &item.portal_code, &item.message);
                                }
                            }
                            Some(_) => parcel.contradicted(),
                        }
                    }
                    self.route(id).await;
                }
            }
            // Steps append, so before any of a refused call goes again it must be seen which the portal took.
            Outcome::Rejected => {
                let together = parts.len() > 1;
                for (id, range) in parts {
                    if let Some(parcel) = self.parcels.get_mut(&id)
                        && !parcel.narrow_steps(range.len(), together)
                    {
                        parcel.refused("steps", &answer.portal_code, &answer.message);
                    }
                    self.route(id).await;
                }
            }
            Outcome::Duplicate | Outcome::NotFound => {
                if let [(id, range)] = parts.as_slice() {
                    self.note_answered(&[*id], Write::Steps(range.len()), answer);
                }
                self.look_again(ids).await;
            }
            Outcome::Unknown => self.fail_all(&ids, true, answer).await,
            Outcome::Throttled | Outcome::Transient => self.fail_all(&ids, false, answer).await,
            Outcome::Auth | Outcome::Config => self.interrupt_all(&ids).await,
        }
    }

    async fn look_again(&mut self, ids: Vec<ParcelId>) {
        for id in ids {
            if let Some(parcel) = self.parcels.get_mut(&id) {
                parcel.contradicted();
            }
            self.route(id).await;
        }
    }

    async fn fail_all(&mut self, ids: &[ParcelId], in_doubt: bool, answer: &Answer) {
        match answer.outcome {
            Outcome::Auth | Outcome::Config => self.interrupt_all(ids).await,
            _ => {
                for id in ids {
                    self.fail(*id, in_doubt, Some(answer)).await;
                }
            }
        }
    }

    async fn interrupt_all(&mut self, ids: &[ParcelId]) {
        for id in ids {
            self.interrupt(*id).await;
        }
    }

    /// Puts a dossier off by its backoff; `Retry-After` wins when it is longer, and an unknown outcome gives the lost
    /// request time to land before it is looked up.
    pub(super) async fn fail(&mut self, id: ParcelId, in_doubt: bool, answer: Option<&Answer>) {
        let Some(parcel) = self.parcels.remove(&id) else { return };
        let rules = &self.shared.rules;
        let mut wait = rules.backoff.wait(parcel.failures(), &mut self.chance);
        if in_doubt {
            wait = wait.max(rules.lookup_after);
        }
        if let Some(asked) = answer.and_then(|answer| answer.retry_after) {
            wait = wait.max(asked.min(rules.backoff.cap));
        }
        let due_at = later(self.shared.ctx.clock.now(), wait);
        self.end(Ending::Settled(Box::new(parcel.put_off(PutOff::Failed { in_doubt }, due_at)))).await;
    }

    /// Ends the claim of a dossier for which everything possible was done.
    pub(super) async fn settle(&mut self, id: ParcelId) {
        let Some(parcel) = self.parcels.remove(&id) else { return };
        let sampled = self.chance.random_bool(self.shared.rules.verify_share.clamp(0.0, 1.0));
        let rules = &self.shared.rules;
        let wait = if parcel.has_broken_word() {
            rules.verify_after.max(rules.backoff.ceiling(parcel.failures()))
        } else {
            rules.verify_after
        };
        let verify_at = later(self.shared.ctx.clock.now(), wait);
        let unit = parcel.claim.unit.clone();
        let settlement = parcel.settle(verify_at, sampled, self.shared.rules.lands_within);
        if settlement.next == Next::Held {
            report::report_held(&settlement.code, &unit, settlement.findings.as_deref().unwrap_or_default());
        }
        self.end(Ending::Settled(Box::new(settlement))).await;
    }
}
