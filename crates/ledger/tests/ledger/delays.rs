//! How long changes took is kept for the last one of each dossier and for each step, and its spread by unit and month.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{Claim, Delayed, History, Lane, Ledger, Settlement};
use dongbo_model::{Month, SourceId};

use crate::book::{Book, LEASE, LIVE_FOR, TICK, on_both, synced, touch};

on_both! {
    what_changed_since_the_ledger_follows_is_spread_by_unit_and_month,
    a_holder_that_lost_its_lease_tells_of_no_delay,
    single_delays_go_after_a_while_and_their_spread_stays,
    delays_are_told_of_each_source_too,
}

/// The claim ended with all that was wanted, which the portal took at `at`, with these steps.
fn brought(claim: &Claim, at: DateTime<Utc>, steps: &[(usize, DateTime<Utc>)]) -> Settlement {
    let delayed = Delayed {
        source: claim.source,
        unit: claim.unit.clone(),
        accepted_at: at,
        changed_at: claim.unsent_since,
        steps: steps.to_vec(),
    };
    Settlement { delayed: Some(delayed), ..synced(claim) }
}

async fn medians(book: &Book, unit: &str) -> (u64, Option<Duration>, u64, Option<Duration>) {
    let found = book.ledger.delays(&[Month::of(book.now)], None, None).await.unwrap();
    let delays = found.get(&(Month::of(book.now), unit.to_owned())).cloned().unwrap_or_default();
    let median = |spread: &dongbo_ledger::DelaySpread| spread.percentile(5_000);
    (delays.changes.many(), median(&delays.changes), delays.steps.many(), median(&delays.steps))
}

async fn what_changed_since_the_ledger_follows_is_spread_by_unit_and_month(mut book: Book) {
    let old = book.now - TimeDelta::days(3);
    book.touch(&["old"], old).await;
    let began = book.now;
    book.later(5);
    let claim = book.claim_one().await;
    book.settle(brought(&claim, book.now, &[(1, old)])).await;
    assert_eq!(medians(&book, "57").await, (0, None, 0, None), "nobody can say how long the old stock took");
    assert_eq!(book.ledger.following_since().await.unwrap(), Some(began));

    // Two changes that went in one sending are one delay, from the first on.
    let first = book.now + TimeDelta::seconds(1);
    book.later(2);
    book.touch(&["old"], first).await;
    book.later(3);
    book.touch(&["old"], first + TimeDelta::seconds(3)).await;
    book.later(4);
    let claim = book.claim_one().await;
    assert_eq!(claim.unsent_since, Some(first));
    let steps = [(2, first), (3, first + TimeDelta::seconds(3))];
    let accepted = first + TimeDelta::milliseconds(9_000);
    let done = book.ledger.settle(&[brought(&claim, accepted, &steps)], book.now).await.unwrap();
    assert_eq!(done.delays.len(), 3);
    let (changes, change, steps, step) = medians(&book, "57").await;
    assert_eq!((changes, steps), (1, 2));
    let seconds = |told: Option<Duration>| told.unwrap().as_secs_f64();
    assert!((9.0..=9.0 * 1.0625).contains(&seconds(change)), "{change:?}");
    assert!((6.0..=6.0 * 1.0625).contains(&seconds(step)), "{step:?}");

    // A step that the portal lost and gets again was accepted once; the last change takes the place of the one before.
    let changed = book.now + TimeDelta::seconds(1);
    book.later(2);
    book.touch(&["old"], changed).await;
    let claim = book.claim_one().await;
    book.settle(brought(&claim, changed + TimeDelta::seconds(2), &[(3, first), (4, changed)])).await;
    assert_eq!((medians(&book, "57").await.0, medians(&book, "57").await.2), (2, 3));
    let story = book.ledger.story("old", 10, book.now).await.unwrap().unwrap();
    let told: Vec<_> = story.delays.iter().map(|delay| (delay.step, delay.took().as_secs())).collect();
    assert_eq!(told, [(None, 2), (Some(2), 9), (Some(3), 6), (Some(4), 2)]);

    book.touch(&["waits"], book.now).await;
    let found = book.ledger.delays(&[Month::of(book.now)], Some("57"), None).await.unwrap();
    let delays = &found[&(Month::of(book.now), "57".to_owned())];
    assert_eq!((delays.waiting, delays.waiting_since), (1, Some(book.now)));
    assert!(book.ledger.delays(&[Month::of(book.now)], Some("58"), None).await.unwrap().is_empty());
}

async fn a_holder_that_lost_its_lease_tells_of_no_delay(mut book: Book) {
    book.touch(&["lost"], book.now).await;
    let late = book.claim_one().await;
    book.later(61);
    let claim = book.claim_one().await;
    assert_eq!(book.settle(brought(&late, book.now, &[(1, book.now)])).await, (0, 1));
    assert_eq!(medians(&book, "57").await.0, 0);
    book.settle(brought(&claim, book.now, &[])).await;
    assert_eq!(medians(&book, "57").await.0, 1);
}

async fn single_delays_go_after_a_while_and_their_spread_stays(mut book: Book) {
    book.touch(&["gone"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(brought(&claim, book.now, &[(1, book.now)])).await;
    book.later(60);
    let mut pruning = book.ledger.prune(History::Delays, book.now, 1);
    let mut gone = 0;
    while let Some(many) = pruning.next().await.unwrap() {
        gone += many;
    }
    assert_eq!(gone, 2);
    assert!(book.ledger.story("gone", 1, book.now).await.unwrap().unwrap().delays.is_empty());
    assert_eq!(medians(&book, "57").await.0, 1);
}

async fn delays_are_told_of_each_source_too(mut book: Book) {
    let names = ["mot".to_owned(), "hai".to_owned()];
    let (ids, alone) = book.ledger.number_sources(&names).await.unwrap();
    let [first, second] = [0, 1].map(|place| book.ledger.of_source(ids[place], alone));
    let give = |source: Ledger, code: &'static str, at| async move {
        source.touch(&[touch("57", code, at)], None, at, TICK, LIVE_FOR).await.unwrap();
    };
    give(first.clone(), "A", book.now).await;
    give(second.clone(), "B", book.now).await;
    give(second.clone(), "C", book.now).await;
    book.later(2);
    for (source, many) in [(&first, 1), (&second, 1)] {
        let claims = source.claim(Lane::ALL, many, 0, "test", LEASE, book.now).await.unwrap().claims;
        for claim in claims {
            book.settle(brought(&claim, book.now, &[(1, book.now), (2, book.now)])).await;
        }
    }
    let of = async |source: Option<SourceId>| {
        let found = book.ledger.delays(&[Month::of(book.now)], None, source).await.unwrap();
        let one = found.get(&(Month::of(book.now), "57".to_owned())).cloned().unwrap_or_default();
        (one.changes.many(), one.steps.many(), one.waiting)
    };
    assert_eq!((of(Some(ids[0])).await, of(Some(ids[1])).await), ((1, 2, 0), (1, 2, 1)));
    assert_eq!(of(None).await, (2, 4, 1));
}
