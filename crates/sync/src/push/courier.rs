//! Carries claimed dossiers to the portal: forms calls, makes them side by side, and hands answers on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::call::{Brought, Call, Carried, ParcelId, late, make};
use super::parcel::{Parcel, PutOff};
use super::queues::{Most, Parcels, Queues};
use super::report;
use super::settler::{Ending, Endings};
use super::stage::Need;
use crate::ctx::Ctx;
use crate::gate::{Change, NotNow, Permit, Stream, report_change};
use crate::vitals::Part;
use dongbo_model::ErrorClass;
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::{Clock, later};
use dongbo_model::{Catalogue, DossierCode};
use dongbo_portal::Portal;

/// The time between two looks at leases, where they are not so short that this would be too seldom.
const LEASE_LOOK: Duration = Duration::from_secs(2);
/// A call ends so long before the leases of its dossiers, so that its outcome is still written under them.
const LEASE_MARGIN: TimeDelta = TimeDelta::milliseconds(500);

/// The numbers that a courier goes by.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// Whether a dossier can be looked up.
    pub(super) looks_up: bool,
    /// Most dossiers in one create.
    pub(super) creates_per_call: usize,
    /// Most dossiers in one update.
    pub(super) batch_size: usize,
    pub(super) steps_per_call: usize,
    /// A call is not begun with less of the lease left than this.
    pub(super) call_budget: Duration,
    /// The time for which a claim lasts; it is renewed before half of that is over.
    pub(super) lease: Duration,
    pub(super) backoff: Backoff,
    pub(super) lookup_after: Duration,
    pub(super) verify_after: Duration,
    pub(super) verify_share: f64,
    /// The longest time in which a request lands.
    pub(super) lands_within: Duration,
}

/// The things that couriers share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) ctx: Ctx,
    pub(super) portal: Portal,
    pub(super) catalogue: Catalogue,
    pub(super) endings: Endings,
    pub(super) rules: Rules,
}

pub(super) struct Done {
    pub(super) call: Call,
    pub(super) brought: Brought,
    pub(super) started_at: DateTime<Utc>,
    permit: Permit,
}

/// Carries the dossiers of one stream.
pub(super) struct Courier {
    pub(super) shared: Shared,
    pub(super) parcels: Parcels,
    pub(super) queues: Queues,
    pub(super) chance: StdRng,
    stream: Stream,
    part: Part,
    next_id: ParcelId,
    calls: JoinSet<Done>,
    /// The dossiers that ride in each call, should its task die.
    riders: HashMap<Id, Vec<ParcelId>>,
    /// Calls under way whose dossiers may need their steps sent afterwards.
    before_steps: usize,
}

impl Courier {
    pub(super) fn new(shared: Shared, (stream, part): (Stream, Part), chance: StdRng) -> Self {
        Self {
            shared,
            stream,
            part,
            chance,
            parcels: Parcels::new(),
            queues: Queues::default(),
            next_id: 0,
            calls: JoinSet::new(),
            riders: HashMap::new(),
            before_steps: 0,
        }
    }

    /// Carries the dossiers that come through `work` until that ends or `stop` is given. On `stop` nothing new is begun,
    /// waiting dossiers are given back, and calls under way are finished.
    pub(super) async fn run(mut self, mut work: mpsc::Receiver<Vec<Parcel>>, stop: CancellationToken) {
        let mut open = true;
        let lease_look = LEASE_LOOK.min(self.shared.rules.lease / 6);
        let mut look_at_leases = later(self.shared.ctx.clock.now(), lease_look);
        let gate = Arc::clone(&self.shared.ctx.gate);
        let clock = self.shared.ctx.clock.clone();
        while open || !self.calls.is_empty() || self.queues.len() > 0 {
            let wait = if stop.is_cancelled() { Err(NotNow::Closed) } else { self.dispatch().await };
            if wait == Err(NotNow::Closed) {
                self.give_back_waiting().await;
            }
            let asks = wait == Err(NotNow::Busy);
            let paced_until = if let Err(NotNow::Until(moment)) = wait { Some(moment) } else { None };
            let holds = !self.parcels.is_empty();
            // What ends work goes before what begins it; the look at the leases is rare, so it holds nothing up.
            tokio::select! {
                biased;
                () = stop.cancelled(), if open => {
                    open = false;
                    work.close();
                    while let Some(parcels) = work.recv().await {
                        self.take_in(parcels).await;
                    }
                }
                () = clock.sleep_until(look_at_leases), if holds => {
                    look_at_leases = later(clock.now(), lease_look);
                    self.renew_leases().await;
                    self.give_back_short_leases().await;
                }
                Some(done) = self.calls.join_next_with_id() => self.finish(done).await,
                () = gate.ready(self.stream), if asks => {}
                () = sleep_until(&clock, paced_until), if paced_until.is_some() => {}
                more = work.recv(), if open && self.wants_more() => match more {
                    Some(parcels) => self.take_in(parcels).await,
                    None => open = false,
                },
                // Everything was given back just now and nothing is under way: the loop's condition ends it.
                else => {}
            }
        }
    }

    /// Begins as many calls as may go now. `Ok` when nothing more is there to be called.
    async fn dispatch(&mut self) -> Result<(), NotNow> {
        let steps_per_call = self.shared.rules.steps_per_call;
        while self.queues.has_call(steps_per_call, self.before_steps > 0) {
            let permit = self.shared.ctx.gate.try_acquire(self.stream)?;
            let more_steps = self.before_steps > 0;
            let rules = &self.shared.rules;
            let most =
                Most { creates: rules.creates_per_call, updates: rules.batch_size, steps: steps_per_call };
            let Some(call) = self.queues.next(most, more_steps) else {
                break;
            };
            if let Some(call) = self.drop_short_leases(call).await {
                self.begin(call, permit);
            }
        }
        self.shared.ctx.gate.is_idle(self.stream);
        Ok(())
    }

    /// The lease is the deadline: a dossier whose lease would end while the call is out is put off instead.
    async fn drop_short_leases(&mut self, call: Call) -> Option<Call> {
        let short: Vec<ParcelId> = call.ids().into_iter().filter(|id| self.is_short(*id)).collect();
        if short.is_empty() {
            return Some(call);
        }
        for id in &short {
            self.interrupt(*id).await;
        }
        let stays = |id: &ParcelId| !short.contains(id);
        let rest = match call {
            Call::LookUp(_) => return None,
            Call::Create(ids) => Call::Create(ids.into_iter().filter(stays).collect()),
            Call::Update(ids) => Call::Update(ids.into_iter().filter(stays).collect()),
            Call::Steps(parts) => Call::Steps(parts.into_iter().filter(|(id, _)| stays(id)).collect()),
        };
        (!rest.ids().is_empty()).then_some(rest)
    }

    /// Renews leases while work goes on. A dossier that somebody else has by now is let go, but for one that is under
    /// way: its outcome is logged, and not written.
    async fn renew_leases(&mut self) {
        let now = self.shared.ctx.clock.now();
        let soon = later(now, self.shared.rules.lease / 2);
        let old = |parcel: &Parcel| parcel.claim.lease_until < soon;
        let claims: Vec<(DossierCode, i64)> = self
            .parcels
            .values()
            .filter(|parcel| old(parcel))
            .map(|parcel| (parcel.claim.code.clone(), parcel.claim.fence))
            .collect();
        if claims.is_empty() {
            return;
        }
        let until = later(now, self.shared.rules.lease);
        let renewed: HashSet<String> = match self.shared.ctx.ledger.renew(&claims, until).await {
            Ok(renewed) => renewed.into_iter().collect(),
            Err(error) => {
                self.shared.ctx.metrics.ledger_failed();
                tracing::warn!(
                    event = "lease.not_renewed",
                    class = error.class().name(),
                    dossiers = claims.len(),
                    "{} leases could not be renewed; what does not end in time is given back or looked up: {error}",
                    claims.len()
                );
                return;
            }
        };
        let mut lost = HashSet::new();
        for (&id, parcel) in self.parcels.iter_mut().filter(|(_, parcel)| old(parcel)) {
            if renewed.contains(parcel.claim.code.as_str()) {
                parcel.claim.lease_until = until;
            } else {
                lost.insert(id);
            }
        }
        for id in self.queues.take_out(|id| lost.contains(&id)) {
            self.parcels.remove(&id);
            self.shared.ctx.metrics.lease_lost(1);
            self.shared.ctx.vitals.progressed(self.part);
        }
    }

    /// Gives back in time the dossiers whose leases would run out in the queue: nothing was sent of them, so that nothing is
    /// in doubt.
    async fn give_back_short_leases(&mut self) {
        let mut queues = std::mem::take(&mut self.queues);
        let short = queues.take_out(|id| self.is_short(id));
        self.queues = queues;
        for id in short {
            self.interrupt(id).await;
        }
    }

    /// Whether the lease would not outlast a call.
    fn is_short(&self, id: ParcelId) -> bool {
        let must_last_until = later(self.shared.ctx.clock.now(), self.shared.rules.call_budget);
        self.parcels.get(&id).is_none_or(|parcel| parcel.claim.lease_until < must_last_until)
    }

    fn begin(&mut self, call: Call, permit: Permit) {
        let ids = call.ids();
        let dossiers: Vec<Carried> = ids
            .iter()
            .filter_map(|id| self.parcels.get(id))
            .map(|parcel| (Arc::clone(&parcel.dossier), parcel.portal_id().cloned()))
            .collect();
        let portal = self.shared.portal.clone();
        let started_at = self.shared.ctx.clock.now();
        let leases = ids.iter().filter_map(|id| self.parcels.get(id)).map(|parcel| parcel.claim.lease_until);
        let left =
            leases.min().map(|until| until - started_at - LEASE_MARGIN).and_then(|left| left.to_std().ok());
        if !matches!(call, Call::Steps(_)) {
            self.before_steps += 1;
        }
        let clock = self.shared.ctx.clock.clone();
        let task = self.calls.spawn(async move {
            // A call may hold a log-in and a repetition: whatever it does, it ends before the lease.
            let made = clock.timeout(left.unwrap_or_default(), make(&portal, &call, &dossiers)).await;
            let brought = made.unwrap_or_else(|| Brought::Answered(late()));
            Done { call, brought, started_at, permit }
        });
        self.riders.insert(task.id(), ids);
    }

    async fn finish(&mut self, done: Result<(Id, Done), JoinError>) {
        match done {
            Ok((id, done)) => {
                self.riders.remove(&id);
                if !matches!(done.call, Call::Steps(_)) {
                    self.before_steps = self.before_steps.saturating_sub(1);
                }
                let answer = done.brought.answer();
                let change = self.shared.ctx.gate.record(&done.permit, done.call.load(), &answer);
                if let Change::Opened(trouble) = change {
                    self.shared.ctx.metrics.sending_stopped(trouble);
                }
                report_change(change, &answer);
                drop(answer);
                drop(done.permit);
                self.act_on(done.call, done.brought, done.started_at).await;
            }
            Err(error) => {
                // Whether a look-up or an upsert died is not known any more; at worst steps travel less full.
                self.before_steps = self.before_steps.saturating_sub(1);
                let riders = self.riders.remove(&error.id()).unwrap_or_default();
                tracing::error!(
                    event = "push.call_died",
                    class = ErrorClass::Bug.name(),
                    dossiers = riders.len(),
                    "A call to the portal died inside dongbo ({}); its dossiers will be looked up. Please report this",
                    crate::crew::ended(&error)
                );
                let now = self.shared.ctx.clock.now();
                for id in riders {
                    if let Some(parcel) = self.parcels.get_mut(&id) {
                        parcel.lost(now);
                    }
                    self.fail(id, true, None).await;
                }
            }
        }
    }

    async fn take_in(&mut self, parcels: Vec<Parcel>) {
        for parcel in parcels {
            let id = self.next_id;
            self.next_id = self.next_id.wrapping_add(1);
            self.parcels.insert(id, parcel);
            self.route(id).await;
        }
    }

    /// Queues a dossier for its next call, or settles it.
    pub(super) async fn route(&mut self, id: ParcelId) {
        let Some(parcel) = self.parcels.get_mut(&id) else { return };
        if self.shared.catalogue.lacks(parcel.dossier.procedure.code.as_str()) {
            parcel.hold_for_procedure();
        }
        if !self.shared.rules.looks_up && parcel.need() == Need::LookUp {
            parcel.unseen();
        }
        parcel.hold_in_circles();
        if parcel.goes_in_circles() {
            self.fail(id, true, None).await;
        } else if let Some(id) = self.queues.route(id, parcel) {
            self.settle(id).await;
        }
    }

    async fn give_back_waiting(&mut self) {
        for id in self.queues.drain() {
            self.interrupt(id).await;
        }
    }

    /// Ends a claim without blame: given back when nothing happened, settled as due when something did.
    pub(super) async fn interrupt(&mut self, id: ParcelId) {
        let Some(parcel) = self.parcels.remove(&id) else { return };
        let ending = if parcel.is_untouched() {
            Ending::GivenBack(parcel.claim.code.clone(), parcel.claim.fence)
        } else {
            let now = self.shared.ctx.clock.now();
            Ending::Settled(Box::new(parcel.put_off(PutOff::Interrupted, now)))
        };
        self.end(ending).await;
    }

    pub(super) async fn end(&self, ending: Ending) {
        self.shared.ctx.vitals.progressed(self.part);
        if self.shared.endings.send(ending).await.is_err() {
            // The settler outlives every courier; without it the lease runs out and the dossier is looked up.
            report::report_settler_gone();
        }
    }

    /// Takes in more while less waits than would fill every call that may be under way.
    fn wants_more(&self) -> bool {
        let in_reach = self.shared.rules.batch_size.saturating_mul(8).clamp(100, 400);
        self.queues.len() < in_reach
    }
}

async fn sleep_until(clock: &Clock, moment: Option<DateTime<Utc>>) {
    if let Some(moment) = moment {
        clock.sleep_until(moment).await;
    }
}
