//! Sending again what differs: the source is the truth, and the portal is only added to or updated, by the ordinary push.

use std::collections::{BTreeMap, BTreeSet};

use super::note::{Note, NoteKind};
use super::run::{Run, tell_repaired};
use super::summary::MonthPlan;
use super::{ReconcileError, Reconciler};
use dongbo_ledger::Difference;
use dongbo_model::{FileRole, FoundBy, Month, Place, Remedy};

/// The number of dossiers of a month that may always be sent again, however few there are.
const ALWAYS: u64 = 20;
/// Dossiers sent again at once.
const AT_ONCE: usize = 500;

impl Reconciler {
    /// Plans what is to be sent again, and sends it when that is ordered and no guard stands before it.
    pub(super) async fn repair(&self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let scope = &run.request.scope;
        let mut wanted: BTreeMap<Month, BTreeMap<String, Mending>> = BTreeMap::new();
        self.each_difference(Some(FoundBy::LookUp), |difference| {
            let named = scope.dossier.as_ref().is_none_or(|code| *code == difference.code);
            if can_be_mended(difference) && named && scope.holds(Some(&difference.cell)) {
                let month = wanted.entry(difference.cell.month).or_default();
                month.entry(difference.code.clone()).or_default().add(difference);
            }
        })
        .await?;
        let mut sizes: BTreeMap<Month, u64> = BTreeMap::new();
        for count in self.ctx.ledger.cell_counts(self.ctx.clock.now()).await? {
            *sizes.entry(count.cell.month).or_default() += count.known;
        }
        for (month, codes) in &wanted {
            let (dossiers, of) =
                (u64::try_from(codes.len()).unwrap_or(u64::MAX), sizes.get(month).copied().unwrap_or(0));
            let guarded = dossiers > ALWAYS && above_share(dossiers, of, self.config.repair_share);
            run.summary.plan.push(MonthPlan { month: month.to_string(), dossiers, of, guarded });
            if guarded && run.request.repair && !run.request.yes {
                run.note(Note::about(NoteKind::Guarded, month));
            }
        }
        if !run.request.repair {
            return Ok(());
        }
        let guarded: BTreeSet<&str> =
            run.summary.plan.iter().filter(|plan| plan.guarded).map(|plan| plan.month.as_str()).collect();
        let free = |month: &Month| run.request.yes || !guarded.contains(month.to_string().as_str());
        let mendings: BTreeMap<&str, &Mending> = wanted
            .iter()
            .filter(|(month, _)| free(month))
            .flat_map(|(_, dossiers)| dossiers.iter().map(|(code, mending)| (code.as_str(), mending)))
            .collect();
        let mut repaired = 0;
        let all: Vec<(&str, &Mending)> = mendings.iter().map(|(code, mending)| (*code, *mending)).collect();
        for batch in all.chunks(AT_ONCE) {
            repaired += self.mend(batch).await?;
        }
        self.each_difference(Some(FoundBy::LookUp), |difference| {
            if mendings.contains_key(difference.code.as_str()) {
                tell_repaired(difference);
            }
        })
        .await?;
        if repaired > 0 {
            self.ctx.due.ring_all();
        }
        run.summary.repaired = repaired;
        Ok(())
    }

    /// Has some dossiers put right. Returns how many.
    async fn mend(&self, batch: &[(&str, &Mending)]) -> Result<u64, ReconcileError> {
        let now = self.ctx.clock.now();
        let files: Vec<(&str, FileRole, &str)> = batch
            .iter()
            .flat_map(|(code, mending)| {
                mending.files.iter().map(|(role, mark)| (*code, *role, mark.as_str()))
            })
            .collect();
        let doubted =
            if files.is_empty() { BTreeSet::new() } else { self.ctx.ledger.doubt_files(&files, now).await? };
        let sent: Vec<&str> =
            batch.iter().filter(|(_, mending)| mending.send).map(|(code, _)| *code).collect();
        let by_files = doubted.iter().filter(|code| !sent.contains(&code.as_str())).count();
        let again = self.ctx.ledger.send_again(&sent, now).await?;
        let codes: Vec<&str> = batch.iter().map(|(code, _)| *code).collect();
        self.ctx.ledger.note_repaired(&codes, now).await?;
        Ok(again.saturating_add(u64::try_from(by_files).unwrap_or(u64::MAX)))
    }
}

/// The means of putting a dossier right.
#[derive(Debug, Default)]
struct Mending {
    /// Sending it again.
    send: bool,
    /// Bringing these of its files to the portal anew, which sends it when they are ready.
    files: Vec<(FileRole, String)>,
}

impl Mending {
    fn add(&mut self, difference: &Difference) {
        // Only where it is about bytes is a file of ours called by its mark.
        match Place::marked_by(&difference.subject) {
            Some((role, mark)) => self.files.push((role, mark.to_owned())),
            None => self.send = true,
        }
    }
}

/// Whether sending the dossier again may put it right, and that has not been tried since it was last seen.
fn can_be_mended(it: &Difference) -> bool {
    Remedy::of(it.kind, &it.cause, it.age, it.mendable) == Remedy::Repair
        && it.repaired_at.is_none_or(|at| at < it.seen_at)
}

fn above_share(part: u64, whole: u64, share: f64) -> bool {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    float(part) > float(whole) * share
}

#[cfg(test)]
mod tests {
    use super::above_share;

    #[test]
    fn just_the_share_is_not_above_it() {
        assert!(!above_share(50, 1_000, 0.05));
        assert!(above_share(51, 1_000, 0.05));
        assert!(above_share(1, 0, 0.05));
    }
}
