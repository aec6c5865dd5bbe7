//! Old history goes: what ended long ago, but for the last call of each dossier. Everything open and every dossier stays.

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{Accepted, Attempt, Claim, Found, History, Lane, Ledger, Next, Settlement};
use dongbo_model::{Age, Cell, DifferenceKind, Differing, Finding, FindingKind, FoundBy, Month};
use tokio::task::yield_now;

use crate::book::{Book, on_both, synced};

/// Moves the book to `day` of its life.
fn on(book: &mut Book, day: i64) {
    book.now = day_of(day);
}

fn day_of(day: i64) -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day)
}

fn call(claim: &Claim, now: DateTime<Utc>) -> Settlement {
    let attempt = Attempt {
        started_at: now,
        ended_at: now,
        operations: "update".to_owned(),
        outcome: "delivered",
        http_status: Some(200),
        portal_code: "0".to_owned(),
        message: String::new(),
    };
    Settlement { attempt: Some(attempt), ..synced(claim) }
}

/// The dossier changes and is sent, on each of these days; what `found` names is open from then on.
async fn sent(book: &mut Book, code: &str, days: &[i64], found: &[Finding]) {
    for day in days {
        on(book, *day);
        book.touch(&[code], book.now).await;
        let claim = book.claim_one().await;
        let settlement = Settlement { findings: Some(found.to_vec()), ..call(&claim, book.now) };
        assert_eq!(book.settle(settlement).await, (1, 0));
    }
}

fn warning(subject: &str) -> Finding {
    Finding::new(FindingKind::Refused, subject, "")
}

/// A look-up on a day shows a difference in these fields of the dossier.
async fn looked_up(book: &Book, code: &str, fields: &[&str], day: i64) {
    let cell = Cell { agency: String::new(), procedure: String::new(), month: Month(0) };
    let found: Vec<Found> = fields
        .iter()
        .map(|field| Found {
            code: code.to_owned(),
            cell: cell.clone(),
            differing: Differing::plain(DifferenceKind::Content, *field, "a", "b"),
            cause: "unknown".into(),
            age: Age::Late,
            since: day_of(day),
        })
        .collect();
    book.ledger.record_differences(FoundBy::LookUp, &[code], &found, day_of(day)).await.unwrap();
}

/// Deletes all that ended before a day, two rows a batch; says how many rows went.
async fn prune(ledger: &Ledger, day: i64) -> [u64; 4] {
    let mut gone = [0; 4];
    for (gone, history) in gone.iter_mut().zip(History::ALL) {
        let mut pruning = ledger.prune(*history, day_of(day), 2);
        while let Some(many) = pruning.next().await.unwrap() {
            *gone += many;
        }
    }
    gone
}

/// The days on which a dossier's calls were that the ledger has.
async fn calls(book: &Book, code: &str) -> Vec<i64> {
    let story = book.ledger.story(code, 100, book.now).await.unwrap().unwrap();
    assert_eq!(story.attempts_in_all, u64::try_from(story.attempts.len()).unwrap());
    story.attempts.iter().map(|one| (one.ended_at - day_of(0)).num_days()).collect()
}

async fn old_calls_go_but_for_the_last_one_of_each_dossier(mut book: Book) {
    sent(&mut book, "changes often", &[0, 1, 2, 3, 4, 99, 100, 300], &[]).await;
    sent(&mut book, "rests", &[0, 10, 20], &[]).await;
    sent(&mut book, "sent once", &[5], &[]).await;
    sent(&mut book, "young", &[200, 301], &[]).await;
    let before = book.ledger.overview(book.now).await.unwrap();

    assert_eq!(prune(&book.ledger, 100).await, [8, 0, 0, 0]);
    assert_eq!(calls(&book, "changes often").await, [100, 300], "what ended at that moment is not older");
    assert_eq!(calls(&book, "rests").await, [20]);
    assert_eq!(calls(&book, "sent once").await, [5]);
    assert_eq!(calls(&book, "young").await, [200, 301]);
    assert_eq!(book.ledger.overview(book.now).await.unwrap(), before);
    assert_eq!(prune(&book.ledger, 100).await, [0; 4], "nothing is left to go");

    sent(&mut book, "rests", &[310], &[]).await;
    assert_eq!(prune(&book.ledger, 100).await, [1, 0, 0, 0], "it is the last one no more");
    assert_eq!(calls(&book, "rests").await, [310]);
}

async fn closed_findings_and_differences_go_when_they_are_old_and_open_ones_never(mut book: Book) {
    sent(&mut book, "A", &[0], &[warning("closed long ago"), warning("closed lately"), warning("open")])
        .await;
    looked_up(&book, "A", &["closed long ago", "closed lately", "open"], 0).await;
    looked_up(&book, "@cell", &["closed long ago", "also", "and this"], 0).await;
    sent(&mut book, "A", &[50], &[warning("closed lately"), warning("open")]).await;
    looked_up(&book, "A", &["closed lately", "open"], 50).await;
    looked_up(&book, "@cell", &[], 50).await;
    sent(&mut book, "A", &[150], &[warning("open")]).await;
    looked_up(&book, "A", &["open"], 150).await;

    assert_eq!(prune(&book.ledger, 100).await, [2, 1, 4, 0]);
    let story = book.ledger.story("A", 10, book.now).await.unwrap().unwrap();
    let left: Vec<_> =
        story.findings.iter().map(|one| (one.subject.as_str(), one.closed_at.is_some())).collect();
    assert_eq!(left, [("open", false), ("closed lately", true)]);
    let differences = book.ledger.differences_of("A", 10).await.unwrap();
    let left: Vec<_> =
        differences.iter().map(|one| (one.subject.as_str(), one.closed_at.is_some())).collect();
    assert_eq!(left, [("open", false), ("closed lately", true)]);
    assert_eq!(book.ledger.differences_of("@cell", 10).await.unwrap(), []);
    // What is closed anew is a past of its own.
    sent(&mut book, "A", &[160], &[]).await;
    assert_eq!(prune(&book.ledger, 155).await, [1, 1, 1, 0]);
}

async fn what_a_forgotten_dossier_has_left_goes_whole(mut book: Book) {
    sent(&mut book, "stays", &[0], &[]).await;
    for next in [Next::Due(day_of(1), Lane::Retry), Next::Forget] {
        on(&mut book, if next == Next::Forget { 2 } else { 1 });
        if next != Next::Forget {
            book.touch(&["gone"], book.now).await;
        }
        let claim = book.claim_one().await;
        let absent =
            Settlement { next, wanted: None, accepted: Accepted::default(), ..call(&claim, book.now) };
        assert_eq!(book.settle(absent).await, (1, 0));
    }
    assert_eq!(book.ledger.story("gone", 1, book.now).await.unwrap(), None);
    assert_eq!(prune(&book.ledger, 100).await[0], 2);
    assert_eq!(calls(&book, "stays").await, [0]);
}

async fn a_walk_that_is_broken_off_anywhere_leaves_whole_batches_and_the_next_one_goes_on(mut book: Book) {
    for number in 0..8 {
        sent(&mut book, &format!("H48-{number}"), &[number, number + 10, number + 20, 300], &[]).await;
    }
    let mut broken_off = 0;
    for polls in (0..30).map(|power| 1_u64 << power) {
        let mut pruning = book.ledger.prune(History::Attempts, day_of(100), 2);
        let ended = tokio::select! {
            biased;
            () = async { while pruning.next().await.unwrap().is_some() {} } => true,
            () = async { for _ in 0..polls { yield_now().await } } => false,
        };
        if ended {
            break;
        }
        broken_off += 1;
        // Others write on.
        sent(&mut book, "busy", &[300 + broken_off], &[]).await;
    }
    assert!(broken_off > 0);
    assert_eq!(prune(&book.ledger, 100).await[1..], [0, 0, 0]);
    prune(&book.ledger, 100).await;
    for number in 0..8 {
        assert_eq!(calls(&book, &format!("H48-{number}")).await, [300]);
    }
}

async fn a_later_walk_goes_on_where_the_last_one_was_left(mut book: Book) {
    for code in ["A", "B", "C"] {
        sent(&mut book, code, &[0, 1, 300], &[]).await;
    }
    let mut first = book.ledger.prune(History::Attempts, day_of(100), 2);
    assert_eq!(first.next().await.unwrap(), Some(2));
    sent(&mut book, "A", &[301], &[]).await;
    let all = day_of(400);
    let mut second = book.ledger.prune(History::Attempts, all, 1_000);
    assert_eq!(second.next().await.unwrap(), Some(5), "the young one of A before it, four of B and C");
    assert_eq!(second.next().await.unwrap(), None);
    assert_eq!(calls(&book, "A").await, [301]);
}

on_both! {
    old_calls_go_but_for_the_last_one_of_each_dossier,
    closed_findings_and_differences_go_when_they_are_old_and_open_ones_never,
    what_a_forgotten_dossier_has_left_goes_whole,
    a_walk_that_is_broken_off_anywhere_leaves_whole_batches_and_the_next_one_goes_on,
    a_later_walk_goes_on_where_the_last_one_was_left,
}
