//! The conditions under which a part counts as standing still, and as alive.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Part, Standstill, Vitals};
use dongbo_model::clock::Clock;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

#[test]
fn a_backlog_is_forecast_from_what_was_accepted_in_the_last_five_minutes() {
    let vitals = Vitals::new(Clock::manual(at(0)));
    assert_eq!(vitals.forecast(100, at(0)), None, "nothing is foretold from nothing");
    for second in 0..=100 {
        vitals.acknowledged(at(second), 5);
    }
    let forecast = vitals.forecast(1_000, at(100)).unwrap();
    assert!((190..=200).contains(&forecast.as_secs()), "{forecast:?}");
    assert_eq!(vitals.forecast(1_000, at(100 + 600)), None, "what is long ago foretells nothing");
}

#[test]
fn a_part_stands_still_when_it_has_finished_nothing_for_two_pieces_of_work_and_a_minute() {
    let clock = Clock::manual(at(0));
    let vitals = Arc::new(Vitals::new(clock.clone()));
    let _reads = vitals.on_duty(Part::Reading, Duration::from_secs(40));
    let _sends = [Part::Live, Part::Background].map(|part| vitals.on_duty(part, Duration::from_secs(60)));
    vitals.progressed(Part::Reading);
    vitals.progressed(Part::Live);
    let never = Standstill { part: Part::Background, since: None };
    assert_eq!(vitals.standstill(None, at(0)), Some(never), "who has finished nothing yet is not ready");
    vitals.progressed(Part::Background);
    assert_eq!(vitals.standstill(None, at(140)), None);
    let reading = Standstill { part: Part::Reading, since: Some(at(0)) };
    assert_eq!(vitals.standstill(None, at(141)), Some(reading));

    vitals.rests(Part::Reading, at(600));
    assert_eq!(vitals.standstill(None, at(180)), None, "what rests between polls does not stand still");
    let live = Standstill { part: Part::Live, since: Some(at(0)) };
    assert_eq!(vitals.standstill(None, at(181)), Some(live));
    assert_eq!(vitals.standstill(Some(at(500)), at(680)), None, "nor what waits for the next probe");
    assert_eq!(vitals.standstill(Some(at(500)), at(681)), Some(live));

    clock.advance_to(at(680));
    vitals.progressed(Part::Live);
    vitals.progressed(Part::Background);
    assert_eq!(vitals.standstill(None, at(741)), Some(reading), "a poll that never ends is seen");
}

#[tokio::test]
async fn some_parts_alone_are_no_proof_of_life() {
    let vitals = Vitals::new(Clock::manual(at(0)));
    let seen = vitals.progress();
    for part in [Part::Reading, Part::Live, Part::Reading] {
        vitals.progressed(part);
    }
    let waited = tokio::time::timeout(Duration::from_millis(50), vitals.all_progressed(&seen)).await;
    assert!(waited.is_err());
    vitals.progressed(Part::Background);
    let seen = vitals.all_progressed(&seen).await;
    let waited = tokio::time::timeout(Duration::from_millis(50), vitals.all_progressed(&seen)).await;
    assert!(waited.is_err(), "what was seen before proves nothing again");
}

#[test]
fn a_part_without_a_worker_is_expected_to_do_nothing_and_one_with_a_worker_is_even_before_its_first_piece_of_work()
 {
    let clock = Clock::manual(at(0));
    let vitals = Arc::new(Vitals::new(clock.clone()));
    let vital = [Part::Reading, Part::Live, Part::Background];
    let progress = || vital.iter().for_each(|&part| vitals.progressed(part));
    progress();
    let on_duty = vitals.on_duty(Part::Catalogue, Duration::from_secs(20));
    clock.advance_to(at(101));
    progress();
    let hung = Standstill { part: Part::Catalogue, since: None };
    assert_eq!(vitals.standstill(None, at(100)), None);
    assert_eq!(vitals.standstill(None, at(101)), Some(hung));
    drop(on_duty);
    assert_eq!(vitals.standstill(None, at(101)), None);
}

#[test]
fn a_rest_ends_when_work_begins_and_a_wait_for_others_excuses_for_as_long_as_it_lasts() {
    let clock = Clock::manual(at(0));
    let vitals = Arc::new(Vitals::new(clock.clone()));
    let _on_duty = vitals.on_duty(Part::Housekeeping, Duration::ZERO);
    let others = || [Part::Reading, Part::Live, Part::Background].map(|part| vitals.progressed(part));
    vitals.rests(Part::Housekeeping, at(86_400));
    clock.advance_to(at(40_000));
    others();
    assert_eq!(vitals.standstill(None, at(40_000)), None, "a daily part is asleep");
    vitals.begins(Part::Housekeeping);
    clock.advance_to(at(40_061));
    others();
    let hung = Standstill { part: Part::Housekeeping, since: None };
    assert_eq!(vitals.standstill(None, at(40_061)), Some(hung), "it was woken before its time, and hangs");
    let waiting = vitals.waits(Part::Housekeeping);
    clock.advance_to(at(80_000));
    others();
    assert_eq!(vitals.standstill(None, at(80_000)), None);
    drop(waiting);
    assert_eq!(vitals.standstill(None, at(80_060)), None, "from now on it works again");
}
