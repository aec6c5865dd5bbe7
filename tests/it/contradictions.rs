//! Answers of the local system that contradict each other, on the surfaces that the verdict has.

use dongbo_model::FindingKind;
use serde_json::Value;

use crate::control::run;
use crate::kit::{example_mapping, until, write_mapping};
use support::{Plan, Rig, Running, now};

const DOSSIERS: usize = 24;
/// Sweeps every second.
const SWEEP: &str = "[source]\nsweep = \"* * * * * *\"";

/// A rig that is in step by the example mapping.
async fn in_step(seed: u64) -> Rig {
    let mut rig =
        Rig::new(Plan { seed, dossiers: DOSSIERS, overrides: SWEEP.to_owned(), ..Plan::default() }).await;
    rig.without_results().await;
    adopt(&mut rig, &example_mapping());
    let running = rig.start().await;
    running.until_settled(u64::try_from(DOSSIERS).unwrap()).await;
    swept(&running).await;
    running.stop().await;
    rig
}

/// The mapping that the rig's dongbo, and its commands, go by from the next start on.
fn adopt(rig: &mut Rig, mapping: &str) {
    let path = write_mapping(&rig.folder, mapping);
    let file = rig.folder.join("dongbo.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let before = format!("mapping = \"{}\"", rig.config.source.mapping.display());
    assert!(text.contains(&before));
    std::fs::write(&file, text.replace(&before, &format!("mapping = \"{}\"", path.display()))).unwrap();
    rig.config.source.mapping = path;
}

async fn swept(running: &Running) {
    let since = Some(now());
    let swept = async || running.pages.ctx.vitals.moments().last_sweep > since;
    until("a sweep has ended", swept).await;
}

/// Why things do not stand well, by what `status` tells of the ledger.
async fn reasons(rig: &Rig) -> Vec<(String, u64)> {
    let told = run(&rig.folder, &["status", "--json"]).await;
    let status: Value = serde_json::from_str(&told.stdout).unwrap();
    let reason =
        |one: &Value| (one["reason"].as_str().unwrap().to_owned(), one["many"].as_u64().unwrap_or_default());
    status["reasons"].as_array().unwrap().iter().map(reason).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_that_sweep_no_longer_gives_and_dossiers_still_reads_is_in_the_verdict() {
    let mut rig = in_step(81).await;
    let code = rig.mock.dossiers()[3].code.clone();
    let without = format!("WHERE ma_ho_so <> '{code}' AND ");
    let (before, sweep) =
        example_mapping().split_once("\n[sweep]\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let sweep = sweep.replacen("WHERE ", &without, 2);
    adopt(&mut rig, &format!("{before}\n[sweep]\n{sweep}"));
    let running = rig.start().await;
    let found = async || running.ledger.open_findings(10).await.unwrap();
    until("it is told", async || !found().await.is_empty()).await;
    let told = found().await;
    assert_eq!((told.len(), told[0].code.as_str(), told[0].finding.kind), (1, &*code, FindingKind::NotSwept));
    running.stop().await;
    let open = reasons(&rig).await;
    assert!(open.contains(&("queries_disagree".to_owned(), 1)), "{open:?}");

    adopt_again(&mut rig).await;
    let open = reasons(&rig).await;
    assert!(open.iter().all(|(reason, _)| reason != "queries_disagree"), "{open:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_rows_gone_from_changed_is_in_the_verdict() {
    let mut rig = in_step(82).await;
    let half = example_mapping().replacen(
        "WHERE (cap_nhat_luc",
        "WHERE id % 2 = 0 AND id % 3 > 0 AND (cap_nhat_luc",
        2,
    );
    adopt(&mut rig, &half);
    let running = rig.start().await;
    swept(&running).await;
    running.stop().await;
    let open = reasons(&rig).await;
    assert!(open.iter().any(|(reason, many)| reason == "changes_gone" && *many >= 12), "{open:?}");
    adopt_again(&mut rig).await;
    let open = reasons(&rig).await;
    assert!(open.iter().all(|(reason, _)| reason != "changes_gone"), "{open:?}");
}

/// The mapping is right again, and everything was compared by it.
async fn adopt_again(rig: &mut Rig) {
    adopt(rig, &format!("{}\n# right again\n", example_mapping()));
    let running = rig.start().await;
    swept(&running).await;
    running.until_settled(u64::try_from(DOSSIERS).unwrap()).await;
    let open = async || running.ledger.open_findings(10).await.unwrap();
    until("nothing is open", async || open().await.is_empty()).await;
    running.stop().await;
}
