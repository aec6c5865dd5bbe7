//! Comparing both sides in dialect `rest`.

use dongbo_portal::Dialect;
use dongbo_sync::reconcile::{Job, RunRequest};

use super::{compare, order, told};
use crate::kit::until_at_rest;
use support::{Plan, Rig, clock};

#[tokio::test(flavor = "multi_thread")]
async fn in_dialect_rest_what_is_equal_is_found_equal_and_what_was_lost_is_sent_again() {
    let mut rig = Rig::new(Plan { seed: 541, dossiers: 80, ..Plan::default() }).await;
    rig.config.portal.dialect = Dialect::Rest;
    rig.config.portal.adapter_url = format!("{}/rest", rig.mock.url());
    rig.config.portal.dstcode = String::new();
    rig.config.portal.unit_code = String::new();
    let running = Rig::start_with(&rig.config, clock()).await;
    running.until_settled(80).await;
    until_at_rest(&rig).await;
    running.until_settled(80).await;
    let full = RunRequest { jobs: vec![Job::LookUps], full: true, ..order() };
    let equal = compare(&running, full.clone()).await;
    assert_eq!((equal.equal, equal.different, told(&running).await.len()), (80, 0, 0), "{equal:#?}");
    let lost = rig.mock.dossiers()[3].code.clone();
    assert!(rig.mock.delete_dossier(&lost));
    let found = compare(&running, RunRequest { repair: true, yes: true, ..full.clone() }).await;
    assert_eq!(told(&running).await, [(lost.clone(), "missing".to_owned())]);
    assert_eq!(found.repaired, 1);
    running.until_settled(80).await;
    let after = compare(&running, full).await;
    assert!(after.is_equal() && rig.mock.dossier(&lost).is_some(), "{after:#?}");
    running.stop().await;
}
