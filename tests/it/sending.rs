//! Sending as a whole: the cost of a backlog, the effect of a refused dossier on others, and a long outage.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use dongbo_ledger::{Layer, LayerState};
use dongbo_model::FindingKind;
use dongbo_model::clock::Clock;
use mock_portal::{FaultKind, FaultRule, Service, is_chosen};
use testbed::expect::Expectation;

use support::{PATIENCE, Plan, Rig, all_synced, now};

/// Local changes behind all dossiers: the simulator counts them in the remark of each.
async fn local_changes(rig: &Rig) -> u64 {
    let expectation = Expectation::read(rig.simulator.db()).await.unwrap();
    let revision = |note: &String| note.strip_prefix("rev=").and_then(|rev| rev.parse::<u64>().ok());
    expectation.dossiers.values().filter_map(|dossier| revision(&dossier.scalars["GhiChu"])).sum()
}

/// Calls made for a backlog of 1,000 dossiers with this many steps a call, and the rig to ask further.
async fn calls_for_a_backlog(steps_per_call: usize) -> (u64, Rig) {
    let mut portal = mock_portal::Config::default();
    portal.rules.max_steps_per_call = Some(steps_per_call);
    let overrides = format!("[portal]\nsteps_per_call = {steps_per_call}");
    let rig = Rig::new(Plan { dossiers: 1_000, portal, overrides, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until("all synced", |overview| overview.dossiers == 1_000 && all_synced(overview)).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
    (rig.mock.counters().calls.values().sum(), rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_in_batches_of_fifty_costs_at_most_a_tenth_of_a_call_for_each_change() {
    let (calls, rig) = calls_for_a_backlog(50).await;
    let changes = local_changes(&rig).await;
    println!("batches of 50, steps by 50: {calls} calls for {changes} changes");
    assert!(calls * 10 <= changes, "{calls} calls for {changes} changes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_with_steps_by_tens_fills_its_calls() {
    let (calls, rig) = calls_for_a_backlog(10).await;
    let changes = local_changes(&rig).await;
    let steps = rig.mock.counters().steps;
    println!("batches of 50, steps by 10: {calls} calls for {changes} changes, {steps} steps");
    let fewest = steps.div_ceil(10) + 1_000_u64.div_ceil(50) + 1;
    assert!(calls * 100 <= fewest * 115, "{calls} calls where {fewest} could do");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_dossiers_are_held_with_the_portals_words_and_hold_nobody_else() {
    let refuse =
        FaultRule::new(FaultKind::RefuseContent { message: "nội dung không hợp lệ".to_owned() })
            .named("poison")
            .on(Service::Upsert)
            .for_percent_of_dossiers(2.0);
    let mut portal = mock_portal::Config { seed: 5, faults: vec![refuse], ..mock_portal::Config::default() };
    // Nothing says which dossier of a batch it is: the culprit has to be searched for.
    portal.rules.name_offender = false;
    let rig = Rig::new(Plan { dossiers: 500, portal, ..Plan::default() }).await;
    let running = rig.start().await;
    let overview = running.until_settled(500).await;

    let expectation = Expectation::read(rig.simulator.db()).await.unwrap();
    let refused: BTreeSet<&str> = expectation
        .dossiers
        .keys()
        .map(String::as_str)
        .filter(|code| is_chosen(5, "poison", code, 2.0))
        .collect();
    assert!(!refused.is_empty());
    let findings = running.ledger.open_findings(500).await.unwrap();
    let held: BTreeSet<&str> = findings.iter().map(|open| open.code.as_str()).collect();
    assert_eq!(held, refused);
    for open in &findings {
        assert_eq!(open.finding.kind, FindingKind::Refused);
        assert!(open.finding.detail.contains("nội dung không hợp lệ"), "{open:?}");
    }
    let presence = overview.counts.of(Layer::Presence);
    assert_eq!(presence.of(LayerState::Held), u64::try_from(refused.len()).unwrap());

    rig.mock.clear_faults();
    running.ledger.free_held(now()).await.unwrap();
    running.until("all synced", all_synced).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

/// A portal that is gone for three days, on a clock that the test moves.
#[tokio::test(flavor = "multi_thread")]
async fn three_days_of_outage_cost_one_probe_an_interval_and_drain_at_the_allowed_rate_live_first() {
    const PROBE_EVERY: TimeDelta = TimeDelta::minutes(5);
    const RATE: i64 = 20;
    let mut portal = mock_portal::Config { start_down: true, ..mock_portal::Config::default() };
    // The local system writes by the moved clock, which the mock does not know.
    portal.rules.refuse_future_receipt = false;
    let mut rig = Rig::new(Plan {
        dossiers: 300,
        portal,
        overrides: format!(
            "[source]\npoll_every = \"1m\"\noverlap_every = \"10m\"\nsweep = \"0 0 2 1 1 *\"\n[portal]\nbatch_size = 1\n\
             [push]\nprobe_every = \"5m\"\ncalls_per_second = {RATE}\nlease = \"10m\"\nmax_concurrency = 4\n\
             backoff_base = \"10s\"\nbackoff_cap = \"10m\"\nlookup_after = \"1s\""
        ),
        ..Plan::default()
    })
    .await;
    let clock = Clock::manual(now());
    let running = rig.start_on(clock.clone()).await;
    let refused = |rig: &Rig| rig.mock.counters().connections_refused;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while running.pages.ctx.gate.closed().is_none() {
        clock.advance_to(clock.now() + TimeDelta::milliseconds(50));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(tokio::time::Instant::now() < deadline, "the breaker did not open");
    }
    let before = refused(&rig);
    let mut probes = 0;
    for interval in 0..(3 * 24 * 12) {
        if interval % 60 == 0 {
            rig.simulator.advance(clock.now(), 10).await.unwrap();
        }
        clock.advance_to(clock.now() + PROBE_EVERY);
        probes += 1;
        let put_off = || running.pages.ctx.gate.closed().is_some_and(|(_, probe_at)| probe_at > clock.now());
        while refused(&rig) < before + probes || !put_off() {
            assert!(tokio::time::Instant::now() < deadline, "no probe in interval {interval}");
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
    assert_eq!(refused(&rig), before + probes, "one probe an interval and no more");

    rig.mock.set_down(false);
    rig.mock.reset_counters();
    let calls_before = rig.mock.calls().len();
    clock.advance_to(clock.now() + PROBE_EVERY);
    let back_at = clock.now();
    let mut live = Vec::new();
    loop {
        let overview = running.ledger.overview(clock.now()).await.unwrap();
        let waiting = overview.dossiers - overview.counts.of(Layer::Presence).of(LayerState::Synced);
        if all_synced(&overview) && overview.to_verify == 0 {
            break;
        }
        if live.is_empty() && waiting < 250 {
            for _ in 0..5 {
                live.push(rig.simulator.create_at(clock.now()).await.unwrap().code);
            }
            clock.advance_to(clock.now() + TimeDelta::minutes(1));
            // They are heard of while time stands still: how fast this machine reads is not what is asked here.
            let all = overview.dossiers + 5;
            while running.ledger.overview(clock.now()).await.unwrap().dossiers < all {
                tokio::time::sleep(Duration::from_millis(1)).await;
                assert!(tokio::time::Instant::now() < deadline, "the live ones are not heard of");
            }
        }
        clock.advance_to(clock.now() + TimeDelta::milliseconds(20));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(tokio::time::Instant::now() < deadline, "the backlog does not drain: {overview:?}");
    }
    let took = clock.now() - back_at;
    running.stop().await;

    let calls = rig.mock.calls().split_off(calls_before);
    let most = took.num_seconds() * RATE + RATE;
    assert!(i64::try_from(calls.len()).unwrap() <= most, "{} calls in {took}, {most} allowed", calls.len());
    let place = |code: &String| calls.iter().position(|call| call.dossiers.contains(code)).unwrap();
    let last_live = live.iter().map(place).max().unwrap();
    let left: usize = calls.iter().skip(last_live).filter(|call| call.service == Service::Upsert).count();
    assert!(left > 150, "when the last live dossier went, only {left} of the backlog were still to go");
    rig.assert_portal_equals_local().await;
}
