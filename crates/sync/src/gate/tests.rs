//! The gate's rules, without a portal.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;

use super::{Change, Closed, Gate, Load, NotNow, Stream, Way};
use crate::push::Settings;
use dongbo_model::Trouble;
use dongbo_model::clock::Clock;
use dongbo_portal::{Answer, Outcome};

fn answer(outcome: Outcome) -> Answer {
    Answer::local(outcome, "")
}

fn clock() -> Clock {
    Clock::manual(DateTime::<Utc>::UNIX_EPOCH)
}

fn config() -> Settings {
    Settings { calls_per_second: 0, max_concurrency: 8, ..Settings::default() }
}

#[test]
fn concurrency_grows_by_one_a_round_and_is_halved_once_for_one_burst_of_trouble() {
    let gate = Gate::new(&config(), clock());
    assert_eq!(gate.limit(), 1.0);
    for _ in 0..200 {
        let permit = gate.try_acquire(Stream::Background).unwrap();
        gate.record(&permit, Load::LOOK_UP, &answer(Outcome::Delivered));
    }
    assert_eq!(gate.limit(), 8.0, "up to the most that is allowed");
    let permits: Vec<_> = (0..8).map(|_| gate.try_acquire(Stream::Background).unwrap()).collect();
    assert_eq!(gate.try_acquire(Stream::Background).unwrap_err(), NotNow::Busy);
    for permit in &permits[..3] {
        gate.record(permit, Load::LOOK_UP, &answer(Outcome::Throttled));
    }
    assert_eq!(gate.limit(), 4.0, "three answers of one burst halve it once");
}

#[test]
fn answers_that_are_lost_now_and_then_leave_the_concurrency_where_it_was() {
    let gate = Gate::new(&config(), clock());
    for call in 0..1_000 {
        let permit = gate.try_acquire(Stream::Background).unwrap();
        let outcome = if call % 20 == 19 { Outcome::Unknown } else { Outcome::Delivered };
        gate.record(&permit, Load::LOOK_UP, &answer(outcome));
        drop(permit);
        assert!(call < 200 || gate.limit() == 8.0, "one lost answer in twenty is no overload");
    }
    let fails = (0..40).map(|call| if call % 2 == 0 { Outcome::Unknown } else { Outcome::Delivered });
    for outcome in fails {
        let permit = gate.try_acquire(Stream::Background).unwrap();
        gate.record(&permit, Load::LOOK_UP, &answer(outcome));
    }
    assert!(gate.limit() <= 4.0, "one in two is");
}

#[test]
fn a_portal_that_answers_later_and_later_gets_fewer_calls_at_once() {
    let clock = clock();
    let gate = Gate::new(&config(), clock.clone());
    let call_lasting = |seconds: f64| {
        let permit = gate.try_acquire(Stream::Background).unwrap();
        clock.advance_to(clock.now() + TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap());
        gate.record(&permit, Load::LOOK_UP, &answer(Outcome::Delivered));
    };
    (0..200).for_each(|_| call_lasting(0.2));
    assert_eq!(gate.limit(), 8.0);
    (0..20).for_each(|_| call_lasting(2.0));
    assert!(gate.limit() <= 4.0, "{}", gate.limit());
}

#[test]
fn live_calls_go_before_all_others() {
    let gate = Gate::new(&config(), clock());
    let busy = gate.try_acquire(Stream::Background).unwrap();
    assert_eq!(gate.try_acquire(Stream::Live).unwrap_err(), NotNow::Busy);
    drop(busy);
    assert_eq!(gate.try_acquire(Stream::Background).unwrap_err(), NotNow::Busy, "a live call waits");
    drop(gate.try_acquire(Stream::Live).unwrap());
    assert!(gate.try_acquire(Stream::Background).is_ok());
}

#[test]
fn calls_keep_to_the_rate_and_retry_after_stops_them_all() {
    let clock = clock();
    let gate = Gate::new(&Settings { calls_per_second: 10, ..config() }, clock.clone());
    let mut calls = 0;
    for _ in 0..1_000 {
        if let Ok(permit) = gate.try_acquire(Stream::Background) {
            gate.record(&permit, Load::LOOK_UP, &answer(Outcome::Delivered));
            calls += 1;
        }
        clock.advance_to(clock.now() + TimeDelta::milliseconds(10));
    }
    assert!((100..=101).contains(&calls), "{calls} calls in ten seconds at ten a second");

    clock.advance_to(clock.now() + TimeDelta::seconds(1));
    let permit = gate.try_acquire(Stream::Live).unwrap();
    let throttled = Answer { retry_after: Some(Duration::from_secs(7)), ..answer(Outcome::Throttled) };
    gate.record(&permit, Load::LOOK_UP, &throttled);
    drop(permit);
    let wait = clock.now() + TimeDelta::seconds(7);
    assert_eq!(gate.try_acquire(Stream::Live).unwrap_err(), NotNow::Until(wait));
}

#[test]
fn failures_in_a_row_stop_everything_and_one_good_probe_begins_again_with_one_call() {
    let clock = clock();
    let gate = Gate::new(&Settings { breaker_failures: 3, ..config() }, clock.clone());
    let fail = |outcome| {
        let permit = gate.try_acquire(Stream::Background).unwrap();
        gate.record(&permit, Load::LOOK_UP, &answer(outcome))
    };
    assert_eq!(fail(Outcome::Transient), Change::None);
    assert_eq!(fail(Outcome::Unknown), Change::None);
    assert_eq!(fail(Outcome::Delivered), Change::None, "a good answer forgives");
    assert_eq!(fail(Outcome::Transient), Change::None);
    assert_eq!(fail(Outcome::Transient), Change::None);
    assert_eq!(fail(Outcome::Transient), Change::Opened(Trouble::Down));
    assert_eq!(gate.try_acquire(Stream::Live).unwrap_err(), NotNow::Closed);

    let first_probe = gate.closed().unwrap().1;
    assert_eq!(first_probe, clock.now() + TimeDelta::seconds(30));
    clock.advance_to(first_probe);
    assert_eq!(gate.record_probe(&answer(Outcome::Transient)), Change::None);
    assert_eq!(gate.closed().unwrap().1, first_probe + TimeDelta::seconds(30));
    assert_eq!(gate.record_probe(&answer(Outcome::Delivered)), Change::Closed);
    assert_eq!(gate.limit(), 1.0);
    assert!(gate.try_acquire(Stream::Live).is_ok());
}

#[test]
fn a_pause_lets_nothing_through_and_its_end_brings_back_what_was_before() {
    let gate = Gate::new(&config(), clock());
    let under_way = gate.try_acquire(Stream::Background).unwrap();
    assert!(gate.pause(true));
    assert!(!gate.pause(true), "no news");
    assert_eq!(gate.try_acquire(Stream::Live).unwrap_err(), NotNow::Closed);
    assert_eq!(gate.way(), Way::Paused);
    assert_eq!(gate.record(&under_way, Load::LOOK_UP, &answer(Outcome::Auth)), Change::Opened(Trouble::Auth));
    assert_eq!(gate.way(), Way::Paused, "a paused portal is not probed either");
    assert!(gate.pause(false));
    assert_eq!(gate.way(), Way::Stopped);
    gate.adopt(&config());
    assert_eq!(gate.way(), Way::Open);
    gate.pause(true);
    gate.adopt(&config());
    assert_eq!(gate.way(), Way::Paused, "a new configuration ends no pause");
}

#[test]
fn a_refused_log_in_stops_at_once_and_answers_that_nobody_understands_after_a_few() {
    let gate = Gate::new(&config(), clock());
    let permit = gate.try_acquire(Stream::Live).unwrap();
    assert_eq!(gate.record(&permit, Load::LOOK_UP, &answer(Outcome::Auth)), Change::Opened(Trouble::Auth));

    let gate = Gate::new(&Settings { breaker_drift: 2, ..config() }, clock());
    let permit = gate.try_acquire(Stream::Live).unwrap();
    let strange = Answer { drift: true, ..answer(Outcome::Unknown) };
    assert_eq!(gate.record(&permit, Load::LOOK_UP, &strange), Change::None);
    assert_eq!(gate.record(&permit, Load::LOOK_UP, &strange), Change::Opened(Trouble::Drift));
}

#[test]
fn a_clock_that_is_set_back_does_not_stop_sending() {
    let clock = clock();
    let gate = Gate::new(&Settings { calls_per_second: 10, ..config() }, clock.clone());
    drop(gate.try_acquire(Stream::Live).unwrap());
    clock.step(TimeDelta::minutes(-25));
    let NotNow::Until(next) = gate.try_acquire(Stream::Live).unwrap_err() else { panic!("not paced") };
    assert!(next - clock.now() <= TimeDelta::milliseconds(100), "the rate's own interval and no more");
}

#[test]
fn of_those_who_wait_live_calls_go_first_then_the_background_then_the_rest_and_nobody_polls() {
    let clock = clock();
    let gate = Gate::new(&config(), clock.clone());
    let busy = gate.try_acquire(Stream::Background).unwrap();
    let mut rest = Box::pin(gate.acquire(Stream::Rest));
    let mut background = Box::pin(gate.acquire(Stream::Background));
    let mut live = Box::pin(gate.acquire(Stream::Live));
    assert!((&mut rest).now_or_never().is_none());
    assert!((&mut background).now_or_never().is_none());
    assert!((&mut live).now_or_never().is_none());
    assert!(clock.next_sleeper().now_or_never().is_none(), "nobody looks again after a while");
    drop(busy);
    assert!((&mut rest).now_or_never().is_none());
    assert!((&mut background).now_or_never().is_none());
    drop((&mut live).now_or_never().unwrap().unwrap());
    drop(live);
    assert!((&mut rest).now_or_never().is_none());
    drop((&mut background).now_or_never().unwrap().unwrap());
    drop(background);
    assert!((&mut rest).now_or_never().unwrap().is_ok());
}

#[tokio::test]
async fn a_wait_ends_with_the_call_that_was_under_way() {
    let gate = Gate::new(&config(), clock());
    for stream in [Stream::Live, Stream::Background, Stream::Rest] {
        let busy = gate.try_acquire(Stream::Live).unwrap();
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.acquire(stream).await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(busy);
        assert_eq!(waiting.await.unwrap(), Ok(()), "{stream:?}");
    }
}

#[tokio::test]
async fn a_gate_that_closes_sends_those_who_wait_away() {
    let gate = Gate::new(&config(), clock());
    let busy = gate.try_acquire(Stream::Live).unwrap();
    let waiting = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move { gate.acquire(Stream::Rest).await.map(drop) }
    });
    tokio::task::yield_now().await;
    gate.pause(true);
    assert_eq!(waiting.await.unwrap(), Err(Closed));
    assert_eq!(gate.acquire(Stream::Live).await.map(drop), Err(Closed));
    drop(busy);
    gate.pause(false);
    assert!(gate.acquire(Stream::Live).await.is_ok(), "it forgets who went away");
}

#[test]
fn a_backlog_lets_one_of_the_rest_through_after_fifteen_of_its_calls() {
    let gate = Gate::new(&config(), clock());
    let mut rest = Box::pin(gate.acquire(Stream::Rest));
    let mut permit = gate.try_acquire(Stream::Background).unwrap();
    assert!((&mut rest).now_or_never().is_none());
    let mut passed = 0;
    loop {
        // The next of the backlog waits before this one ends.
        assert_eq!(gate.try_acquire(Stream::Background).unwrap_err(), NotNow::Busy);
        drop(permit);
        if let Some(passing) = (&mut rest).now_or_never() {
            assert!(passing.is_ok());
            break;
        }
        permit = gate.try_acquire(Stream::Background).unwrap();
        passed += 1;
    }
    assert_eq!(passed, 15);
}

#[test]
fn an_upload_that_is_answered_with_429_holds_live_calls_up_and_gives_its_place_back_while_it_lasts() {
    let clock = clock();
    let gate = Gate::new(&config(), clock.clone());
    let mut upload = gate.try_acquire(Stream::Rest).unwrap();
    assert_eq!(gate.try_acquire(Stream::Live).unwrap_err(), NotNow::Busy);
    upload.give_place_back();
    drop(gate.try_acquire(Stream::Live).unwrap());
    let throttled = Answer { retry_after: Some(Duration::from_secs(7)), ..answer(Outcome::Throttled) };
    gate.record_beside(&upload, &throttled);
    drop(upload);
    let wait = clock.now() + TimeDelta::seconds(7);
    assert_eq!(gate.try_acquire(Stream::Live).unwrap_err(), NotNow::Until(wait));
    clock.advance_to(wait);
    drop(gate.try_acquire(Stream::Live).unwrap());
    assert!(gate.try_acquire(Stream::Live).is_ok(), "a place is given back once");
}
