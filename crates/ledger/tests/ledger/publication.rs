//! What the portal publishes is kept as it came, on both engines.

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{
    Ledger, Publication, PublicationAnswer, PublicationKey, PublicationOutcome, PublicationPage,
    PublicationState,
};

use crate::book::{Book, on_both};

on_both! {
    answers_that_differ_are_kept_and_equal_ones_only_seen_again,
    a_question_without_an_answer_keeps_what_was_answered_before,
}

pub(super) fn key(period: &str) -> PublicationKey {
    PublicationKey { topic: "progress".to_owned(), root: "17".to_owned(), period: period.to_owned() }
}

fn pages(texts: &[&str]) -> Vec<PublicationPage> {
    texts.iter().map(|text| PublicationPage { http: 201, raw: (*text).to_owned() }).collect()
}

/// Keeps an answer, and says whether it is news.
pub(super) async fn keep(ledger: &Ledger, period: &str, texts: &[&str], now: DateTime<Utc>) -> bool {
    let pages = pages(texts);
    ledger.note_publication(&key(period), PublicationAnswer::Figures(&pages), 2, now).await.unwrap()
}

async fn state(ledger: &Ledger) -> PublicationState {
    let [state] = &ledger.publications().await.unwrap()[..] else { panic!("one question was asked") };
    state.clone()
}

async fn answers_that_differ_are_kept_and_equal_ones_only_seen_again(book: Book) {
    let ledger = &book.ledger;
    let at = |day: i64| book.now + TimeDelta::days(day);
    assert!(keep(ledger, "2026-08", &[r#"{"một":1}"#, "2"], at(0)).await);
    assert!(!keep(ledger, "2026-08", &[r#"{"một":1}"#, "2"], at(1)).await);
    assert!(keep(ledger, "2026-08", &["3"], at(2)).await);
    let answer = |from: i64, to: i64, texts: &[&str]| Publication {
        fetched_at: at(from),
        seen_at: at(to),
        pages: pages(texts),
    };
    let kept = ledger.publication(&key("2026-08"), 9).await.unwrap();
    assert_eq!(kept, [answer(2, 2, &["3"]), answer(0, 1, &[r#"{"một":1}"#, "2"])]);
    assert!(keep(ledger, "2026-08", &["4"], at(3)).await);
    let kept = ledger.publication(&key("2026-08"), 9).await.unwrap();
    assert_eq!(kept, [answer(3, 3, &["4"]), answer(2, 2, &["3"])], "two are kept");
    assert_eq!(ledger.publication(&key("2026-08"), 1).await.unwrap(), [answer(3, 3, &["4"])]);
    assert_eq!(ledger.publication(&key("2026-07"), 9).await.unwrap(), []);
}

async fn a_question_without_an_answer_keeps_what_was_answered_before(book: Book) {
    let ledger = &book.ledger;
    let at = |day: i64| book.now + TimeDelta::days(day);
    let note = async |answer: PublicationAnswer<'_>, day: i64| {
        assert!(!ledger.note_publication(&key("2026-08"), answer, 2, at(day)).await.unwrap());
        let state = state(ledger).await;
        (state.outcome, state.failures, state.answered_at, state.detail)
    };
    let (missing, failed) = (PublicationOutcome::Missing, PublicationOutcome::Failed);
    assert_eq!(note(PublicationAnswer::Nothing, 0).await, (missing, 0, None, String::new()));
    keep(ledger, "2026-08", &["1"], at(1)).await;
    let why = "HTTP 500".to_owned();
    assert_eq!(note(PublicationAnswer::Failed(&why), 2).await, (failed, 1, Some(at(1)), why.clone()));
    assert_eq!(note(PublicationAnswer::Failed(&why), 3).await, (failed, 2, Some(at(1)), why));
    assert_eq!(state(ledger).await.asked_at, at(3));
    assert_eq!(note(PublicationAnswer::Nothing, 4).await, (missing, 0, Some(at(1)), String::new()));
    assert_eq!(ledger.publication(&key("2026-08"), 9).await.unwrap().len(), 1);
}
