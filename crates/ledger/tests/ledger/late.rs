//! Requests that may land late: a lost answer is remembered until a look-up that came late enough.

use std::time::Duration;

use chrono::TimeDelta;
use dongbo_ledger::{HistoryAct, Landing, Next, Settlement};
use dongbo_model::PortalHistory;

use crate::book::{Book, on_both, synced};

const HOUR: Duration = Duration::from_secs(3_600);
const CODE: &str = "H48.57-260302-0001";

async fn a_lost_answer_is_confirmed_again_once_and_not_before(mut book: Book) {
    book.touch(&[CODE], book.now).await;
    let claim = book.claim_one().await;
    let landing = Landing { lost_at: Some(book.now), sure_until: None };
    book.settle(Settlement { landing, ..synced(&claim) }).await;
    let lost = book.ledger.unconfirmed().await.unwrap().unwrap();
    assert_eq!((lost.dossiers, lost.until(HOUR)), (1, book.now + TimeDelta::hours(1)));
    book.reopen().await;
    book.later(3_599);
    assert_eq!(book.ledger.confirm_again(HOUR, book.now).await.unwrap(), 0, "too early");

    // A change within the hour goes out without a look-up, and one that looks too early settles nothing.
    book.touch(&[CODE], book.now).await;
    let claim = book.claim_one().await;
    assert_eq!(claim.doubt, dongbo_ledger::Doubt::None);
    let early = Landing { lost_at: None, sure_until: Some(book.now - TimeDelta::hours(1)) };
    book.settle(Settlement { landing: early, ..synced(&claim) }).await;
    assert!(book.ledger.unconfirmed().await.unwrap().is_some());

    book.later(1);
    assert_eq!(book.ledger.confirm_again(HOUR, book.now).await.unwrap(), 1);
    assert_eq!(book.ledger.confirm_again(HOUR, book.now).await.unwrap(), 0, "once");
    let claim = book.claim_one().await;
    assert_eq!(claim.doubt, dongbo_ledger::Doubt::Verify);
    let sure = Landing { lost_at: None, sure_until: Some(book.now - TimeDelta::hours(1)) };
    book.settle(Settlement { landing: sure, ..synced(&claim) }).await;
    assert_eq!(book.ledger.unconfirmed().await.unwrap(), None);
    let story = book.ledger.story(CODE, 5, book.now).await.unwrap().unwrap();
    assert_eq!((story.lost_at, story.confirmed_at), (None, Some(book.now)));
}

async fn a_lease_that_ran_out_is_confirmed_again_too(mut book: Book) {
    book.touch(&[CODE], book.now).await;
    book.claim_one().await;
    book.later(3_600);
    let claim = book.claim_one().await;
    book.settle(Settlement { doubt: dongbo_ledger::Doubt::None, ..synced(&claim) }).await;
    book.later(3_600);
    assert_eq!(book.ledger.confirm_again(HOUR, book.now).await.unwrap(), 1);
}

async fn the_portals_steps_are_accepted_as_they_were_seen_and_that_is_taken_back(mut book: Book) {
    let history = PortalHistory { shown: 4, covers: 2, twice: 2, hash: "#1".to_owned() };
    book.touch(&[CODE], book.now).await;
    let claim = book.claim_one().await;
    let held = |history: &PortalHistory| Settlement {
        next: Next::Held,
        history_shown: Some(history.clone()),
        ..synced(&claim)
    };
    book.settle(held(&history)).await;
    let codes = [CODE.to_owned(), "H48.57-260302-0002".to_owned()];
    let preview = book.ledger.preview_histories(&codes, HistoryAct::Accept).await.unwrap();
    assert_eq!((preview.rows.len(), preview.rows[0].steps, &preview.unknown), (1, 2, &codes[1..].to_vec()));
    let mut other = preview.rows.clone();
    other[0].history.hash = "#2".to_owned();
    let accept = HistoryAct::Accept;
    assert_eq!(book.ledger.settle_histories(&other, accept, "lan", book.now).await.unwrap(), 0, "another");
    assert_eq!(book.ledger.settle_histories(&preview.rows, accept, "lan", book.now).await.unwrap(), 1);
    let claim = book.claim_one().await;
    assert_eq!(claim.doubt, dongbo_ledger::Doubt::Unknown, "it is looked up first");
    let accepted = claim.history.clone().unwrap();
    assert_eq!((accepted.history, accepted.by.as_str()), (history, "lan"));
    book.settle(synced(&claim)).await;

    book.later(60);
    let back = HistoryAct::TakeBack;
    let preview = book.ledger.preview_histories(&codes[..1], back).await.unwrap();
    assert_eq!(preview.rows[0].accepted.as_ref().unwrap().0, "lan");
    assert_eq!(book.ledger.settle_histories(&preview.rows, back, "lan", book.now).await.unwrap(), 1);
    let claim = book.claim_one().await;
    assert_eq!((claim.history, claim.doubt), (None, dongbo_ledger::Doubt::Unknown));
}

on_both! {
    a_lost_answer_is_confirmed_again_once_and_not_before,
    a_lease_that_ran_out_is_confirmed_again_too,
    the_portals_steps_are_accepted_as_they_were_seen_and_that_is_taken_back,
}
