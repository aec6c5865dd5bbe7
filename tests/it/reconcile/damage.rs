//! Every kind of difference is found, nothing else is, and what can be put right is.

use std::collections::BTreeSet;

use mock_portal::{Damage, DossierView};
use serde_json::json;

use super::{compare, open, order, settled, told};
use crate::kit::until;
use dongbo_model::{DifferenceKind, FoundBy};
use dongbo_sync::reconcile::{Job, RunRequest, Scope};
use support::spoil::{MENDABLE, is_fit, set, spoil};
use support::{Plan, Rig, now};

/// Spoils one dossier after another; each that is met is spoilt once.
struct Vandal<'r> {
    rig: &'r Rig,
    left: Vec<DossierView>,
    done: BTreeSet<(String, String)>,
}

impl<'r> Vandal<'r> {
    fn new(rig: &'r Rig) -> Self {
        Self { rig, left: rig.mock.dossiers(), done: BTreeSet::new() }
    }

    /// Takes a dossier that is `fit`.
    fn take(&mut self, kind: &str, fit: impl Fn(&DossierView) -> bool) -> DossierView {
        let place = self.left.iter().position(fit).unwrap_or_else(|| panic!("no dossier is fit for {kind}"));
        let dossier = self.left.remove(place);
        self.done.insert((dossier.code.clone(), kind.to_owned()));
        dossier
    }

    fn spoil(
        &mut self,
        kind: &str,
        fit: impl Fn(&DossierView) -> bool,
        damage: impl Fn(&DossierView) -> Damage,
    ) {
        let dossier = self.take(kind, fit);
        assert!(self.rig.mock.damage(&dossier.code, &damage(&dossier)).unwrap());
    }

    /// Damage that the ordinary push can repair.
    fn spoil_mendably(&mut self) {
        for kind in MENDABLE {
            let dossier = self.take(kind, |dossier| is_fit(kind, dossier));
            spoil(&self.rig.mock, kind, &dossier);
        }
    }

    /// Damage that cannot be repaired from here.
    fn spoil_for_good(&mut self) {
        let several = |it: &DossierView| it.steps.len() > 2;
        self.spoil("step_extra", several, |_| Damage { duplicate_step: Some(0), ..Damage::default() });
        self.spoil("step_order", several, |_| Damage { swap_steps: Some((0, 1)), ..Damage::default() });
        self.spoil("duplicated", several, |_| Damage { copies: Some(2), ..Damage::default() });
    }

    fn spoilt(&self) -> Vec<(String, String)> {
        self.done.iter().cloned().collect()
    }
}

fn full() -> RunRequest {
    RunRequest { jobs: vec![Job::LookUps], full: true, ..order() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_equal_is_found_equal_and_the_sample_bounds_what_was_not_seen() {
    let plan = Plan {
        seed: 501,
        dossiers: 400,
        overrides: "[reconcile]\nsample = 300".to_owned(),
        ..Plan::default()
    };
    let (rig, running) = settled(plan).await;
    let summary = compare(&running, order()).await;
    assert!(summary.is_equal() && summary.notes.is_empty(), "{summary:#?}");
    assert_eq!((summary.cells.equal, summary.cells.different), (summary.cells.compared, 0));
    assert!(summary.cells.compared > 50 && summary.count_calls < 300, "{summary:#?}");
    assert_eq!(summary.looked_up, 400, "none had been seen since it was accepted");
    assert_eq!(summary.sample.looked_at, 300);
    assert!(summary.sample.bound.unwrap() < 0.01);
    assert!(told(&running).await.is_empty());
    rig.mock.reset_counters();
    let again = compare(&running, order()).await;
    assert_eq!(
        (again.looked_up, again.equal),
        (300, 300),
        "what was seen equal is only seen again by chance"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_damage_in_all_four_layers_is_found_and_nothing_else_and_repaired_to_equality() {
    let (rig, running) = settled(Plan { seed: 502, dossiers: 300, ..Plan::default() }).await;
    let mut vandal = Vandal::new(&rig);
    vandal.spoil_mendably();
    let summary = compare(&running, full()).await;
    assert_eq!(told(&running).await, vandal.spoilt());
    assert_eq!((summary.looked_up, summary.equal, summary.different), (300, 288, 12));
    assert_eq!(summary.by_layer.values().sum::<u64>(), 12);
    assert!(
        ["presence", "status", "steps", "files"].iter().all(|layer| summary.by_layer.contains_key(*layer))
    );
    assert_eq!(summary.repaired, 0, "nothing is changed unless it is ordered");
    assert!(!rig.compare().await.is_clean());

    let repaired = compare(&running, RunRequest { repair: true, yes: true, ..full() }).await;
    assert_eq!(repaired.repaired, 12);
    running.until_settled(300).await;
    rig.assert_portal_equals_local().await;
    let after = compare(&running, full()).await;
    assert!(after.is_equal() && after.closed == 12 && told(&running).await.is_empty(), "{after:#?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_put_right_from_here_is_told_and_left_alone() {
    let (rig, running) = settled(Plan { seed: 503, dossiers: 200, ..Plan::default() }).await;
    let mut vandal = Vandal::new(&rig);
    vandal.spoil_for_good();
    let summary = compare(&running, RunRequest { repair: true, yes: true, ..full() }).await;
    assert_eq!(told(&running).await, vandal.spoilt());
    assert_eq!(summary.repaired, 0);
    for difference in open(&running).await {
        let cause = match difference.kind {
            DifferenceKind::StepExtra => "applied_twice",
            _ => "changed_on_portal",
        };
        assert!(!difference.mendable && difference.cause.to_string() == cause, "{difference:?}");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_clerks_go_on_working_only_damage_is_told() {
    // What clerks did a moment ago and is on its way is not late.
    let overrides = "[reconcile]\nlate_after = \"1h\"\nmismatch_after = \"1h\"".to_owned();
    let (mut rig, running) = settled(Plan { seed: 504, dossiers: 250, overrides, ..Plan::default() }).await;
    let mut vandal = Vandal::new(&rig);
    // Finished dossiers change no more, so what is done to them stays.
    vandal.left.retain(|dossier| dossier.fields["TrangThaiHoSo"] == "10");
    vandal.spoil_mendably();
    let spoilt: BTreeSet<String> = vandal.spoilt().into_iter().map(|(code, _)| code).collect();
    let mut found = BTreeSet::new();
    for _ in 0..4 {
        let Rig { simulator, .. } = &mut rig;
        let work = async { simulator.advance(now(), 60).await.unwrap() };
        let ((), _) = tokio::join!(async { drop(compare(&running, full()).await) }, work);
        // With a `late_after` of nothing the ledger tells of all that is on its way at that moment.
        let shown =
            open(&running).await.into_iter().filter(|difference| difference.found_by == FoundBy::LookUp);
        found.extend(shown.map(|difference| difference.code));
    }
    assert_eq!(found, spoilt);
    compare(&running, RunRequest { repair: true, yes: true, ..full() }).await;
    until("equal", async || rig.compare().await.is_clean()).await;
    running.until_settled(250).await;
    let after = compare(&running, full()).await;
    assert!(after.is_equal() && told(&running).await.is_empty(), "{after:#?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_share_of_a_month_is_sent_again_only_when_a_person_says_so() {
    let (rig, running) = settled(Plan { seed: 505, dossiers: 600, ..Plan::default() }).await;
    let month = |it: &DossierView| it.fields["NgayTiepNhan"].as_str().unwrap()[..6].to_owned();
    let dossiers = rig.mock.dossiers();
    let busiest = dossiers
        .iter()
        .map(month)
        .max_by_key(|m| dossiers.iter().filter(|dossier| month(dossier) == *m).count());
    let lost: Vec<&DossierView> =
        dossiers.iter().filter(|dossier| Some(month(dossier)) == busiest).take(25).collect();
    assert_eq!(lost.len(), 25);
    lost.iter().for_each(|dossier| assert!(rig.mock.delete_dossier(&dossier.code)));
    let guarded = compare(&running, RunRequest { repair: true, ..full() }).await;
    assert_eq!((guarded.repaired, guarded.plan.len()), (0, 1));
    assert!(guarded.plan[0].guarded && guarded.notes[0].to_string().starts_with("guarded:"), "{guarded:#?}");
    let said = compare(&running, RunRequest { repair: true, yes: true, ..full() }).await;
    assert_eq!(said.repaired, 25);
    running.until_settled(600).await;
    rig.assert_portal_equals_local().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dossier_or_one_month_can_be_compared_alone() {
    let (rig, running) = settled(Plan { seed: 506, dossiers: 200, ..Plan::default() }).await;
    let dossiers = rig.mock.dossiers();
    let [one, other] = [&dossiers[0], &dossiers[150]];
    for dossier in [one, other] {
        rig.mock.damage(&dossier.code, &set("TrichYeuHoSo", json!("Khác"))).unwrap();
    }
    let scope = Scope { dossier: Some(one.code.clone()), ..Scope::default() };
    let summary = compare(&running, RunRequest { jobs: vec![Job::LookUps], scope, ..order() }).await;
    assert_eq!((summary.looked_up, summary.different), (1, 1));
    let received = other.fields["NgayTiepNhan"].as_str().unwrap();
    let month = dongbo_model::Month::parse(&format!("{}-{}", &received[..4], &received[4..6]));
    let scope = Scope { month, ..Scope::default() };
    let summary = compare(&running, RunRequest { jobs: vec![Job::LookUps], scope, ..order() }).await;
    assert!(summary.looked_up < 100 && summary.different >= 1, "{summary:#?}");
    assert_eq!(told(&running).await.len(), 2);
    running.stop().await;
}
