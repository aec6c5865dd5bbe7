//! Facts for the indicators: as the local system has a dossier, and as the portal confirmed it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use dongbo_ledger::{DossierFacts, Ledger};
use dongbo_model::clock::Clock;
use dongbo_model::{Facts, Status};
use mock_portal::{FaultKind, FaultRule, Service};
use sqlx::SqlitePool;
use support::spoil::{is_fit, spoil};
use support::{PATIENCE, Plan, Rig, all_synced, clock, now};

use crate::housekeeping::as_time_goes_by;
use crate::kit::{example_mapping, until, write_mapping};
use crate::watch::Vendor;

async fn each(rig: &Rig, ledger: &Ledger) -> BTreeMap<String, DossierFacts> {
    let mut found = BTreeMap::new();
    for dossier in rig.mock.dossiers() {
        found.insert(dossier.code.clone(), ledger.dossier_facts(&dossier.code).await.unwrap());
    }
    found
}

fn local(found: &DossierFacts) -> &Facts {
    found.local.as_ref().unwrap()
}

/// An office whose steps have a code of their officers, and dossiers one of the unit that received them.
async fn office(plan: Plan) -> Rig {
    let mut rig = Rig::new(plan).await;
    let text = example_mapping()
        .replacen("q.nguoi_xu_ly AS handler,", "q.nguoi_xu_ly AS handler, 'CB-' || (q.id % 7) AS officer,", 1)
        .replacen(
            "vneid, thanh_toan AS online_payment,",
            "vneid, 'MC' AS receiving_unit, thanh_toan AS online_payment,",
            1,
        );
    rig.config.source.mapping = write_mapping(&rig.folder, &text);
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_portal_took_is_kept_as_it_took_it_with_the_time_of_each_step() {
    let mut rig = office(Plan { seed: 766, dossiers: 30, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until_settled(30).await;
    let found = each(&rig, &running.ledger).await;
    assert_eq!(found.len(), 30);
    for (code, found) in &found {
        assert_eq!(found.local, found.portal, "{code}");
        let steps = rig.mock.dossier(code).unwrap().steps.len();
        assert!(found.steps_accepted_at.len() == steps && steps > 0, "{code}: {found:?}");
        assert!(found.steps_accepted_at.iter().all(Option::is_some), "{code}: {found:?}");
        let facts = local(found);
        assert!(facts.officer.as_ref().unwrap().as_str().starts_with("CB-"), "{facts:?}");
        assert_eq!(facts.received_by.as_ref().unwrap().as_str(), "MC");
    }
    let ended = |facts: &&Facts| facts.ended.is_some_and(|end| end.status == Status::Processed);
    assert!(found.values().map(local).filter(ended).count() > 10, "most of a year is done");
    assert!(found.values().map(local).any(|facts| facts.papers.any && facts.results.any_with_link_and_code));

    // One that is deleted locally stays on the portal, and its facts there do.
    let (deleted, before) = found.iter().next().unwrap();
    rig.simulator.delete_dossier(deleted).await.unwrap();
    let touched = running.ledger.touch_codes(&[deleted], now()).await.unwrap();
    running.pages.ctx.due.ring_all();
    assert_eq!(touched, 1);
    until("gone", async || running.ledger.dossier_facts(deleted).await.unwrap().local.is_none()).await;
    assert_eq!(running.ledger.dossier_facts(deleted).await.unwrap().portal, before.portal);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_without_an_answer_is_no_fact_of_the_portals_until_it_is_seen_there() {
    let rig = office(Plan { seed: 767, dossiers: 1, ..Plan::default() }).await;
    rig.mock.add_fault(FaultRule::new(FaultKind::CloseAfter {}).on(Service::Upsert).times(1)).unwrap();
    let blind = FaultRule::new(FaultKind::Status { code: 503, after: false }).on(Service::LookUp);
    rig.mock.add_fault(blind.named("blind")).unwrap();
    let running = rig.start().await;
    until("taken", async || rig.mock.dossiers().len() == 1).await;
    let code = rig.mock.dossiers()[0].code.clone();
    let facts = async || running.ledger.dossier_facts(&code).await.unwrap();
    until("read", async || facts().await.local.is_some()).await;
    assert_eq!(facts().await.portal, None, "the portal has it, and nobody knows");
    rig.mock.remove_fault("blind");
    running.until_settled(1).await;
    let found = facts().await;
    assert_eq!(found.portal, found.local);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_dongbo_watches_the_portals_facts_are_those_that_a_look_up_showed() {
    let mut vendor = Vendor::new(768, 8).await;
    vendor.stop().await;
    let (_, config) = vendor.watching("");
    let rig = &vendor.rig;
    let mut dossiers = rig.mock.dossiers();
    let behind = dossiers.remove(dossiers.iter().position(|one| is_fit("status", one)).unwrap());
    spoil(&rig.mock, "status", &behind);
    let late = dossiers.pop().unwrap();
    spoil(&rig.mock, "due_date", &late);
    let missing = dossiers.pop().unwrap();
    spoil(&rig.mock, "missing", &missing);
    let running = Rig::start_with(&config, clock()).await;
    running.until("looked at", |overview| crate::watch::seen_whole(overview) == 5).await;
    let of = async |code: &str| running.ledger.dossier_facts(code).await.unwrap();
    until("looked at", async || of(&behind.code).await.portal.is_some()).await;
    until("looked at", async || of(&late.code).await.portal.is_some()).await;
    let found = of(&behind.code).await;
    let shown = Facts { status: Status::Processed, ..local(&found).clone() };
    assert_eq!((local(&found).status, found.portal), (Status::Returned, Some(shown)));
    let found = of(&late.code).await;
    let promised = Some("2030-01-01T10:00:00Z".parse().unwrap());
    assert_eq!(found.portal, Some(Facts { due_at: promised, ..local(&found).clone() }));
    until("read", async || of(&missing.code).await.local.is_some()).await;
    let found = of(&missing.code).await;
    assert!(found.portal.is_none(), "{found:?}");
    let found = of(&dossiers[0].code).await;
    assert_eq!(found.portal, found.local);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_from_before_get_their_facts_page_by_page_whoever_kills_it_in_the_middle() {
    const DOSSIERS: u64 = 450;
    let mut portal = mock_portal::Config::default();
    // The mock does not know the moved clock.
    portal.rules.refuse_future_receipt = false;
    let overrides = "[source]\npoll_every = \"1m\"\noverlap_every = \"10m\"\nsweep = \"0 0 2 1 1 *\"\n\
                     [portal]\nbatch_size = 50\n[push]\nlease = \"10m\"";
    let plan = Plan { seed: 769, dossiers: 450, portal, overrides: overrides.to_owned(), ..Plan::default() };
    let rig = office(plan).await;
    rig.without_results().await;
    let clock = Clock::manual(now());
    let running = rig.start_on(clock.clone()).await;
    let ledger = running.ledger.clone();
    let synced = async || {
        let overview = ledger.overview(clock.now()).await.unwrap();
        overview.dossiers == DOSSIERS && overview.to_verify == 0 && all_synced(&overview)
    };
    as_time_goes_by(&clock, "synced", synced).await;
    running.stop().await;

    // As an earlier version leaves a ledger behind.
    let file = SqlitePool::connect(&rig.config.ledger.path.display().to_string()).await.unwrap();
    for sql in ["DELETE FROM fact", "DELETE FROM memo WHERE name = 'facts.filled'"] {
        sqlx::query(sql).execute(&file).await.unwrap();
    }
    let facts = async || -> u64 {
        let many: i64 = sqlx::query_scalar("SELECT count(*) FROM fact").fetch_one(&file).await.unwrap();
        many.try_into().unwrap()
    };
    let noted = async || -> String {
        let noted = "SELECT value FROM memo WHERE name = 'facts.filled'";
        sqlx::query_scalar(noted).fetch_optional(&file).await.unwrap().unwrap_or_default()
    };
    let running = rig.start_on(clock.clone()).await;
    let deadline = std::time::Instant::now() + PATIENCE;
    while noted().await.is_empty() {
        assert!(std::time::Instant::now() < deadline, "no page is filled");
        clock.advance_to(clock.now() + TimeDelta::milliseconds(50));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.break_off().await;
    let before = facts().await;
    assert!((100..DOSSIERS).contains(&before), "{before}");

    let running = rig.start_on(clock.clone()).await;
    as_time_goes_by(&clock, "filled", async || noted().await.contains("\"done\":true")).await;
    assert_eq!(facts().await, DOSSIERS, "one row each, as both sides have it alike");
    let codes: Vec<String> = rig.mock.dossiers().into_iter().map(|dossier| dossier.code).collect();
    for code in codes.iter().step_by(40) {
        let found = running.ledger.dossier_facts(code).await.unwrap();
        assert!(found.local.is_some() && found.local == found.portal, "{found:?}");
    }
    running.stop().await;
}
