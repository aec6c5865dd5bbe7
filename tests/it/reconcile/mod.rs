//! Comparing both sides, with a mock portal that is spoilt behind everybody's back.

mod alarms;
mod command;
mod counts;
mod damage;
mod engines;
mod rest;
mod watched;

use dongbo_ledger::Difference;
use dongbo_sync::reconcile::{Job, RunRequest, Scope, Summary};

use crate::kit::{until, until_at_rest};
use support::{Plan, Rig, Running};

/// A rig whose dossiers are all on the portal and at rest, and the dongbo that brought them there.
pub(crate) async fn settled(plan: Plan) -> (Rig, Running) {
    let dossiers = u64::try_from(plan.dossiers).unwrap();
    let rig = Rig::new(plan).await;
    let running = rig.start().await;
    running.until_settled(dossiers).await;
    until_at_rest(&rig).await;
    running.until_settled(dossiers).await;
    rig.assert_portal_equals_local().await;
    (rig, running)
}

/// Counts and look-ups of everything, within the budget.
pub(crate) fn order() -> RunRequest {
    RunRequest {
        jobs: vec![Job::Counts, Job::LookUps],
        scope: Scope::default(),
        full: false,
        repair: false,
        yes: false,
        by: "test".to_owned(),
    }
}

pub(crate) async fn compare(running: &Running, order: RunRequest) -> Summary {
    let board = &running.pages.board;
    let ticket = board.request(order).expect("too many wait").ticket;
    let ended = || board.state(ticket).done;
    until("compared", async || ended().is_some()).await;
    ended().unwrap().result.unwrap()
}

pub(crate) async fn open(running: &Running) -> Vec<Difference> {
    running.ledger.open_differences(None, "", 10_000).await.unwrap()
}

/// Each open difference as its dossier and its kind.
pub(crate) async fn told(running: &Running) -> Vec<(String, String)> {
    open(running)
        .await
        .into_iter()
        .map(|difference| (difference.code, difference.kind.name().to_owned()))
        .collect()
}
