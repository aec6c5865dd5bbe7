//! The dossiers that wait for a call, and the choice of those that ride in the next one.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::call::{Call, ParcelId};
use super::parcel::Parcel;
use super::stage::{Company, Need};

/// The depth to which the steps queue is searched for dossiers that fill a call up.
const STEPS_SEARCH: usize = 40;

/// The most that one call may carry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) creates: usize,
    pub(super) updates: usize,
    pub(super) steps: usize,
}

/// Parcels by their next need.
#[derive(Debug, Default)]
pub(super) struct Queues {
    look_ups: VecDeque<ParcelId>,
    /// Look-ups of what is accepted whole.
    confirmations: VecDeque<ParcelId>,
    creates: VecDeque<ParcelId>,
    updates: VecDeque<ParcelId>,
    steps: VecDeque<(ParcelId, Range<usize>)>,
    steps_alone: VecDeque<(ParcelId, Range<usize>)>,
    /// Parts of a refused batch, to be sent as they are.
    parts: VecDeque<Call>,
}

impl Queues {
    /// Queues a parcel by its need; gives it back when it needs nothing.
    pub(super) fn route(&mut self, id: ParcelId, parcel: &Parcel) -> Option<ParcelId> {
        match parcel.need() {
            Need::LookUp if parcel.only_confirms() => self.confirmations.push_back(id),
            Need::LookUp => self.look_ups.push_back(id),
            Need::Create if parcel.goes_alone() => self.push_part(Call::Create(vec![id])),
            Need::Update if parcel.goes_alone() => self.push_part(Call::Update(vec![id])),
            Need::Create => self.creates.push_back(id),
            Need::Update => self.updates.push_back(id),
            Need::Steps(range, Company::Together) => self.steps.push_back((id, range)),
            Need::Steps(range, Company::Alone | Company::OneByOne) => self.steps_alone.push_back((id, range)),
            Need::Nothing => return Some(id),
        }
        None
    }

    /// Queues a part of a refused batch.
    pub(super) fn push_part(&mut self, call: Call) {
        self.parts.push_back(call);
    }

    /// The number of dossiers that wait.
    pub(super) fn len(&self) -> usize {
        let in_parts: usize = self.parts.iter().map(|call| call.ids().len()).sum();
        self.look_ups.len()
            + self.confirmations.len()
            + self.creates.len()
            + self.updates.len()
            + self.steps.len()
            + self.steps_alone.len()
            + in_parts
    }

    /// Whether anything waits but steps that could still fill up a call.
    pub(super) fn has_call(&self, steps_per_call: usize, more_steps_to_come: bool) -> bool {
        !self.look_ups.is_empty()
            || !self.confirmations.is_empty()
            || !self.parts.is_empty()
            || !self.creates.is_empty()
            || !self.updates.is_empty()
            || !self.steps_alone.is_empty()
            || self.steps_fill(steps_per_call)
            || (!self.steps.is_empty() && !more_steps_to_come)
    }

    /// The next call. What unblocks dossiers comes first, then steps that fill a call, so that dossiers get done; look-ups that only
    /// confirm come last.
    pub(super) fn next(&mut self, most: Most, more_steps_to_come: bool) -> Option<Call> {
        let steps_per_call = most.steps;
        if let Some(id) = self.look_ups.pop_front() {
            return Some(Call::LookUp(id));
        }
        if let Some(call) = self.parts.pop_front() {
            return Some(call);
        }
        if let Some((id, range)) = self.steps_alone.pop_front() {
            return Some(Call::Steps(vec![(id, head(range, steps_per_call))]));
        }
        if self.steps_fill(steps_per_call) {
            return self.steps_call(steps_per_call);
        }
        if !self.creates.is_empty() {
            return Some(Call::Create(take(&mut self.creates, most.creates)));
        }
        if !self.updates.is_empty() {
            return Some(Call::Update(take(&mut self.updates, most.updates)));
        }
        if !more_steps_to_come && let Some(call) = self.steps_call(steps_per_call) {
            return Some(call);
        }
        self.confirmations.pop_front().map(Call::LookUp)
    }

    /// Empties every queue.
    pub(super) fn drain(&mut self) -> Vec<ParcelId> {
        let queues = std::mem::take(self);
        let steps = queues.steps.into_iter().chain(queues.steps_alone).map(|(id, _)| id);
        queues
            .look_ups
            .into_iter()
            .chain(queues.confirmations)
            .chain(queues.creates)
            .chain(queues.updates)
            .chain(steps)
            .chain(queues.parts.iter().flat_map(Call::ids))
            .collect()
    }

    /// Takes out every parcel that `leaves`, from wherever it waits.
    pub(super) fn take_out(&mut self, leaves: impl Fn(ParcelId) -> bool) -> Vec<ParcelId> {
        let mut out = Vec::new();
        let mut stays = |id: &ParcelId| {
            let leaving = leaves(*id);
            if leaving {
                out.push(*id);
            }
            !leaving
        };
        self.look_ups.retain(&mut stays);
        self.confirmations.retain(&mut stays);
        self.creates.retain(&mut stays);
        self.updates.retain(&mut stays);
        self.steps.retain(|(id, _)| stays(id));
        self.steps_alone.retain(|(id, _)| stays(id));
        for part in &mut self.parts {
            if let Call::Create(ids) | Call::Update(ids) = part {
                ids.retain(&mut stays);
            }
        }
        self.parts.retain(|part| !part.ids().is_empty());
        out
    }

    /// Whether enough steps wait for a call that is full, whichever dossiers they come from.
    fn steps_fill(&self, steps_per_call: usize) -> bool {
        let mut waiting = 0_usize;
        self.steps.iter().any(|(_, range)| {
            waiting = waiting.saturating_add(range.len());
            waiting >= steps_per_call.saturating_mul(2)
        })
    }

    /// Takes dossiers from the queue, the oldest first, that fit into one call. A dossier with more steps than a call
    /// takes sends its first ones alone; its rest comes back when they are accepted, so its order is kept.
    fn steps_call(&mut self, steps_per_call: usize) -> Option<Call> {
        let (first, range) = self.steps.pop_front()?;
        let range = head(range, steps_per_call);
        let mut room = steps_per_call.saturating_sub(range.len());
        let mut parts = vec![(first, range)];
        let mut at = 0;
        while room > 0 && at < STEPS_SEARCH {
            let Some((_, range)) = self.steps.get(at) else { break };
            if range.len() <= room {
                room = room.saturating_sub(range.len());
                parts.extend(self.steps.remove(at));
            } else {
                at += 1;
            }
        }
        Some(Call::Steps(parts))
    }
}

/// Cuts a refused batch: those that the portal named go alone and the rest together, or else two halves.
pub(super) fn split(ids: &[ParcelId], named: &[ParcelId]) -> Vec<Vec<ParcelId>> {
    if !named.is_empty() && named.len() < ids.len() {
        let rest: Vec<ParcelId> = ids.iter().copied().filter(|id| !named.contains(id)).collect();
        let mut parts = vec![rest];
        parts.extend(named.iter().map(|id| vec![*id]));
        return parts;
    }
    let (front, back) = ids.split_at(ids.len().div_ceil(2));
    [front, back].into_iter().filter(|part| !part.is_empty()).map(<[ParcelId]>::to_vec).collect()
}

fn take(queue: &mut VecDeque<ParcelId>, many: usize) -> Vec<ParcelId> {
    queue.drain(..many.min(queue.len())).collect()
}

fn head(range: Range<usize>, most: usize) -> Range<usize> {
    range.start..range.end.min(range.start.saturating_add(most))
}

/// Parcels by their id.
pub(super) type Parcels = HashMap<ParcelId, Parcel>;

#[cfg(test)]
mod tests {
    use super::{Call, Most, Queues, split};

    const MOST: Most = Most { creates: 50, updates: 50, steps: 10 };

    fn steps(lengths: &[usize]) -> Queues {
        let mut queues = Queues::default();
        for (id, length) in (0..).zip(lengths) {
            queues.steps.push_back((id, 0..*length));
        }
        queues
    }

    #[test]
    fn steps_of_several_dossiers_fill_calls_and_none_rides_in_two_at_once() {
        let mut queues = steps(&[4, 7, 3, 3, 25]);
        let call = queues.next(MOST, false).unwrap();
        assert_eq!(call, Call::Steps(vec![(0, 0..4), (2, 0..3), (3, 0..3)]), "4 + 3 + 3 fit, 7 waits");
        assert_eq!(queues.next(MOST, false).unwrap(), Call::Steps(vec![(1, 0..7)]));
        assert_eq!(queues.next(MOST, false).unwrap(), Call::Steps(vec![(4, 0..10)]), "its first ten only");
        assert_eq!(queues.next(MOST, false), None);
    }

    #[test]
    fn look_ups_that_only_confirm_come_after_all_that_is_sent() {
        let mut queues = steps(&[2]);
        queues.confirmations.push_back(7);
        queues.creates.push_back(8);
        queues.look_ups.push_back(9);
        let order: Vec<Call> = std::iter::from_fn(|| queues.next(MOST, false)).collect();
        let sent = [Call::LookUp(9), Call::Create(vec![8]), Call::Steps(vec![(0, 0..2)]), Call::LookUp(7)];
        assert_eq!(order, sent);
        let mut queues = steps(&[2]);
        queues.confirmations.push_back(7);
        assert_eq!(queues.next(MOST, true), Some(Call::LookUp(7)), "while steps wait for company");
    }

    #[test]
    fn a_few_steps_wait_for_company_only_while_more_can_come() {
        let mut queues = steps(&[2]);
        assert!(!queues.has_call(10, true));
        assert_eq!(queues.next(MOST, true), None);
        assert!(queues.has_call(10, false));
        assert!(queues.next(MOST, false).is_some());
    }

    #[test]
    fn a_refused_batch_is_cut_at_what_the_portal_named_or_in_halves() {
        assert_eq!(split(&[1, 2, 3, 4, 5], &[]), [vec![1, 2, 3], vec![4, 5]]);
        assert_eq!(split(&[1, 2, 3, 4, 5], &[4]), [vec![1, 2, 3, 5], vec![4]]);
        assert_eq!(split(&[1, 2], &[1, 2]), [vec![1], vec![2]], "all named says no more than none");
    }
}
