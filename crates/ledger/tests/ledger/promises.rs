//! The ledger's own promises: claims are fenced, fair and ordered; settlements are true; counts add up. Each is proved on
//! both engines.

use chrono::TimeDelta;
use dongbo_ledger::{Accepted, Claim, Doubt, Lane, Layer, Ledger, Next, Settlement, Touch};
use dongbo_model::{DossierCode, Finding, FindingKind, PortalId};

use crate::book::{BOTH, Book, LEASE, LIVE_FOR, TICK, on_both, synced, touch};

async fn a_holder_whose_lease_ran_out_changes_nothing_and_is_told(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let slow = book.claim_one().await;
    book.later(61);
    let next = book.claim_one().await;
    assert!(next.fence > slow.fence);
    assert_eq!(next.doubt, Doubt::Unknown, "what the slow one sent is not known");

    assert_eq!(book.settle(synced(&slow)).await, (0, 1));
    assert_eq!(
        book.counts(Layer::Presence).await,
        [0, 0, 1, 0, 0, 0, 0],
        "still in flight for its new holder"
    );
    assert_eq!(book.settle(synced(&next)).await, (1, 0));
    assert_eq!(book.counts(Layer::Presence).await, [1, 0, 0, 0, 0, 0, 0]);
}

async fn what_the_portal_calls_a_dossier_is_kept_until_the_portal_does_not_know_it(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let mut claim = book.claim_one().await;
    assert_eq!(claim.accepted.portal_id, None);
    for id in [Some("hs-1"), Some("hs-2"), None] {
        let accepted = match id {
            Some(id) => Accepted { portal_id: PortalId::new(id), ..synced(&claim).accepted },
            None => Accepted::default(),
        };
        let next = Next::Due(book.now, Lane::Live);
        book.settle(Settlement { accepted, next, ..synced(&claim) }).await;
        book.reopen().await;
        claim = book.claim_one().await;
        assert_eq!(claim.accepted.portal_id.as_ref().map(PortalId::as_str), id);
    }
}

async fn a_claim_that_is_given_back_leaves_no_trace(book: Book) {
    book.touch(&["A"], book.now).await;
    let first = book.claim_one().await;
    book.ledger.give_back(&[(first.code.clone(), first.fence)]).await.unwrap();
    let again = book.claim_one().await;
    assert_eq!((again.doubt, again.attempts), (Doubt::None, 0));
}

async fn a_change_heard_of_while_it_is_being_sent_makes_the_dossier_due_again(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.later(5);
    book.touch(&["A"], book.now).await;
    book.settle(synced(&claim)).await;
    assert_eq!(book.counts(Layer::Presence).await, [1, 0, 0, 0, 0, 0, 0], "it is on the portal");
    assert_eq!(book.counts(Layer::Status).await, [0, 1, 0, 0, 0, 0, 0], "but not as it is now");
    assert_eq!(book.claim_one().await.code.as_str(), "A");
}

async fn hearing_of_the_same_change_again_does_nothing_after_the_clocks_next_tick(mut book: Book) {
    let changed_at = book.now;
    assert_eq!(book.touch(&["A"], changed_at).await, 1);
    assert_eq!(book.touch(&["A"], changed_at).await, 0, "read twice");
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    book.later(2);
    assert_eq!(book.touch(&["A"], changed_at).await, 1, "a second write could have had the same time");
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    book.later(2);
    assert_eq!(book.touch(&["A"], changed_at).await, 0, "never again");
    assert_eq!(book.touch(&["A"], changed_at - TimeDelta::hours(1)).await, 1, "a time set back is a change");
}

async fn a_unit_with_a_great_backlog_leaves_the_others_their_share(book: Book) {
    let long_ago = book.now - TimeDelta::days(30);
    let many: Vec<String> = (0..300).map(|n| format!("big-{n:03}")).collect();
    let few: Vec<String> = (0..10).map(|n| format!("small-{n}")).collect();
    let some: Vec<String> = (0..40).map(|n| format!("medium-{n:02}")).collect();
    book.touch_unit("big", &many, long_ago).await;
    book.touch_unit("small", &few, long_ago).await;
    book.touch_unit("medium", &some, long_ago).await;

    let claims = book.claim(BOTH, 90).await;
    let of = |unit: &str| claims.iter().filter(|claim| claim.unit == unit).count();
    assert_eq!(
        (of("small"), of("medium"), of("big")),
        (10, 40, 40),
        "shares left by the small one are shared"
    );
}

async fn a_unit_that_gets_work_beside_a_backlog_is_served_at_once_and_within_a_second_when_another_daemon_heard(
    mut book: Book,
) {
    let long_ago = book.now - TimeDelta::days(30);
    let named = |unit: &str, many: usize| (0..many).map(|n| format!("{unit}-{n:03}")).collect::<Vec<_>>();
    let of = |claims: &[Claim], unit: &str| claims.iter().filter(|claim| claim.unit == unit).count();
    book.touch_unit("big", &named("big", 300), long_ago).await;
    assert_eq!(of(&book.claim(BOTH, 50).await, "big"), 50);
    book.touch_unit("here", &named("here", 9), long_ago).await;
    let claims = book.claim(BOTH, 10).await;
    assert_eq!((of(&claims, "big"), of(&claims, "here")), (5, 5));

    let another = Ledger::of(&book.config).await.unwrap();
    let touches: Vec<Touch> = named("there", 9).iter().map(|code| touch("there", code, long_ago)).collect();
    another.touch(&touches, None, book.now, TICK, LIVE_FOR).await.unwrap();
    another.close().await;
    book.later(1);
    let claims = book.claim(BOTH, 9).await;
    assert_eq!((of(&claims, "big"), of(&claims, "here"), of(&claims, "there")), (3, 3, 3));
    // What is known of the units may be more than they have left.
    assert_eq!(book.claim(BOTH, 300).await.len(), 249);
}

async fn live_changes_come_first_and_only_while_they_are_live(mut book: Book) {
    book.touch(&["old"], book.now - TimeDelta::days(3)).await;
    book.touch(&["new"], book.now).await;
    assert_eq!(book.claim(&[Lane::Live], 10).await.len(), 1);
    let backlog = book.claim(BOTH, 10).await;
    assert_eq!(backlog.iter().map(|claim| claim.code.as_str()).collect::<Vec<_>>(), ["old"]);

    book.touch(&["waits"], book.now).await;
    book.later(301);
    book.ledger.demote(LIVE_FOR, book.now).await.unwrap();
    let claims = book.claim(&[Lane::Live], 10).await;
    assert!(claims.is_empty(), "what has waited for five minutes gives way to what is live now");
}

async fn what_has_to_be_sent_is_claimed_before_all_that_is_only_to_be_confirmed(mut book: Book) {
    let long_ago = book.now - TimeDelta::days(30);
    let codes = |unit: &str| -> Vec<String> { (0..40).map(|n| format!("{unit}-{n:02}")).collect() };
    book.touch_unit("done", &codes("done"), long_ago).await;
    for claim in book.claim(BOTH, 40).await {
        let confirmed = Settlement { next: Next::Verify(book.now), ..synced(&claim) };
        book.settle(confirmed).await;
    }
    book.later(60);
    book.touch_unit("new", &codes("new"), long_ago).await;
    // One of those to be confirmed turns out to lack something, which could not be sent yet.
    let lost = book.claim(BOTH, 41).await.into_iter().find(|claim| claim.unit == "done").unwrap();
    let lacking = Settlement {
        next: Next::Due(book.now, Lane::Backfill),
        doubt: Doubt::Verify,
        accepted: Accepted::default(),
        ..synced(&lost)
    };
    book.settle(lacking).await;
    book.later(61);
    let units = |claims: Vec<dongbo_ledger::Claim>| -> Vec<String> {
        claims.into_iter().map(|claim| claim.unit).collect()
    };
    let again = units(book.claim(BOTH, 1).await);
    assert_eq!(again, ["done"], "what lacks something is sent before all that is only confirmed");
    let first = units(book.claim(BOTH, 40).await);
    assert_eq!(first, vec!["new"; 40], "though the others are due since before, and are of another unit");
    assert_eq!(units(book.claim(BOTH, 40).await), vec!["done"; 39], "and then they are looked up");
}

async fn a_dossier_that_backs_off_is_not_claimed_before_its_time_and_its_time_is_told(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    let due_at = book.now + TimeDelta::seconds(30);
    let failed = Settlement {
        next: Next::Due(due_at, Lane::Retry),
        attempts: 1,
        doubt: Doubt::Unknown,
        accepted: Accepted::default(),
        ..synced(&claim)
    };
    book.settle(failed).await;
    let nothing = book.ledger.claim(BOTH, 10, 0, "test", LEASE, book.now).await.unwrap();
    assert_eq!((nothing.claims.len(), nothing.next_due), (0, Some(due_at)));
    assert_eq!(book.counts(Layer::Presence).await, [0, 0, 0, 1, 0, 0, 0]);

    book.later(10);
    book.touch(&["A"], book.now).await;
    assert!(book.claim(Lane::ALL, 10).await.is_empty(), "a further change does not shorten the wait");
    book.later(20);
    let again = book.claim_one().await;
    assert_eq!((again.attempts, again.doubt, again.lane), (1, Doubt::Unknown, Lane::Retry));
}

async fn a_held_dossier_waits_for_a_change_and_its_finding_closes_with_it(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    let finding = Finding::new(FindingKind::UnmappedStatus, "LUU_KHO", "");
    let held = Settlement {
        next: Next::Held,
        wanted: None,
        accepted: Accepted::default(),
        findings: Some(vec![finding.clone()]),
        ..synced(&claim)
    };
    book.settle(held).await;
    assert_eq!(book.counts(Layer::Steps).await, [0, 0, 0, 0, 1, 0, 0]);
    assert!(book.claim(Lane::ALL, 10).await.is_empty());
    let open = book.ledger.open_findings(10).await.unwrap();
    assert_eq!(open.iter().map(|open| &open.finding).collect::<Vec<_>>(), [&finding]);

    book.later(60);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    assert!(book.ledger.open_findings(10).await.unwrap().is_empty());
}

async fn a_row_without_a_code_is_counted_and_held_until_it_has_one(mut book: Book) {
    let nameless = Touch { code: None, key: "4711".to_owned(), ..touch("57", "x", book.now) };
    for _ in 0..2 {
        book.ledger.touch(std::slice::from_ref(&nameless), None, book.now, TICK, LIVE_FOR).await.unwrap();
    }
    assert_eq!(book.counts(Layer::Presence).await, [0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(book.ledger.open_findings(10).await.unwrap()[0].finding.kind, FindingKind::MissingCode);

    book.later(5);
    let named = Touch { code: DossierCode::new("A"), changed_at: book.now, ..nameless };
    book.ledger.touch(&[named], None, book.now, TICK, LIVE_FOR).await.unwrap();
    assert_eq!(book.counts(Layer::Presence).await, [0, 1, 0, 0, 0, 0, 0], "one dossier, not two");
    assert!(book.ledger.open_findings(10).await.unwrap().is_empty());
}

async fn a_dossier_that_was_never_sent_and_is_gone_is_forgotten_unless_it_came_back(mut book: Book) {
    book.touch(&["A", "B"], book.now).await;
    let claims = book.claim(Lane::ALL, 10).await;
    book.later(5);
    book.touch(&["B"], book.now).await;
    for claim in &claims {
        let gone =
            Settlement { next: Next::Forget, wanted: None, accepted: Accepted::default(), ..synced(claim) };
        assert_eq!(book.settle(gone).await, (1, 0));
    }
    assert_eq!(book.claim_one().await.code.as_str(), "B");
    assert_eq!(book.ledger.known().await.unwrap(), 1);
}

async fn the_cursor_moves_with_its_page_and_never_back(book: Book) {
    let touches = [touch("57", "A", book.now)];
    let write = |at| book.ledger.touch(&touches, Some(("intake", at)), book.now, TICK, LIVE_FOR);
    write(book.now).await.unwrap();
    write(book.now - TimeDelta::hours(1)).await.unwrap();
    assert_eq!(book.ledger.cursor("intake").await.unwrap(), Some(book.now));
}

async fn what_was_settled_survives_closing_and_opening(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    book.reopen().await;
    let overview = book.ledger.overview(book.now).await.unwrap();
    assert_eq!(overview.completeness(Layer::Steps), Some(1.0));
    assert_eq!(overview.oldest_unsent, None);
}

async fn a_holder_whose_lease_ran_out_opens_and_closes_no_finding(mut book: Book) {
    book.touch(&["A"], book.now).await;
    let slow = book.claim_one().await;
    book.later(61);
    let next = book.claim_one().await;
    let refused = Finding::new(FindingKind::Refused, "-5", "masked words");
    let held = |claim: &Claim, finding: &Finding| Settlement {
        next: Next::Held,
        findings: Some(vec![finding.clone()]),
        ..synced(claim)
    };
    assert_eq!(book.settle(held(&next, &refused)).await, (1, 0));
    let other = Finding::new(FindingKind::UnmappedStatus, "LUU_KHO", "");
    assert_eq!(book.settle(held(&slow, &other)).await, (0, 1));
    let open = book.ledger.open_findings(10).await.unwrap();
    assert_eq!(open.iter().map(|open| &open.finding).collect::<Vec<_>>(), [&refused]);
}

async fn claimers_at_the_same_time_never_get_the_same_dossier(book: Book) {
    let codes: Vec<String> = (0..400).map(|n| format!("D-{n:03}")).collect();
    for unit in ["57", "58", "59", "60"] {
        let of_unit: Vec<String> = codes.iter().map(|code| format!("{unit}-{code}")).collect();
        book.touch_unit(unit, &of_unit, book.now - TimeDelta::days(9)).await;
    }
    let mut claimers = tokio::task::JoinSet::new();
    for claimer in 0..6_usize {
        let (ledger, now) = (book.ledger.clone(), book.now);
        claimers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed =
                    ledger.claim(BOTH, 30, claimer, &format!("claimer {claimer}"), LEASE, now).await.unwrap();
                if claimed.claims.is_empty() {
                    return mine;
                }
                mine.extend(claimed.claims.into_iter().map(|claim| claim.code));
            }
        });
    }
    let mut all: Vec<DossierCode> = claimers.join_all().await.into_iter().flatten().collect();
    all.sort();
    let claimed = all.len();
    all.dedup();
    assert_eq!((claimed, all.len()), (1_600, 1_600), "each once, and none is left");
}

async fn writers_in_any_order_never_wait_for_each_other_in_a_circle(book: Book) {
    let codes: Vec<String> = (0..60).map(|n| format!("D-{n:02}")).collect();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..6_usize {
        let (ledger, start, codes) = (book.ledger.clone(), book.now, codes.clone());
        writers.spawn(async move {
            for round in 0..25_i64 {
                let now = start + TimeDelta::seconds(round);
                let mut touches: Vec<Touch> = codes.iter().map(|code| touch("57", code, now)).collect();
                if writer % 2 == 0 {
                    touches.reverse();
                }
                ledger.touch(&touches, Some(("intake", now)), now, TICK, LIVE_FOR).await.unwrap();
                let claims = ledger
                    .claim(Lane::ALL, 40, writer, &format!("writer {writer}"), LEASE, now)
                    .await
                    .unwrap()
                    .claims;
                let mut settlements: Vec<Settlement> = claims.iter().map(synced).collect();
                if writer % 3 == 0 {
                    settlements.reverse();
                }
                let done = ledger.settle(&settlements, now).await.unwrap();
                assert_eq!(done.lease_lost, 0);
                let backwards: Vec<&str> = codes.iter().rev().map(String::as_str).collect();
                ledger.touch_codes(&backwards, now).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let overview = book.ledger.overview(book.now + TimeDelta::hours(1)).await.unwrap();
    assert_eq!((overview.dossiers, overview.held), (60, 0));
    assert_eq!(book.ledger.leases().await.unwrap(), []);
}

on_both! {
    a_holder_whose_lease_ran_out_changes_nothing_and_is_told,
    what_the_portal_calls_a_dossier_is_kept_until_the_portal_does_not_know_it,
    a_claim_that_is_given_back_leaves_no_trace,
    a_change_heard_of_while_it_is_being_sent_makes_the_dossier_due_again,
    hearing_of_the_same_change_again_does_nothing_after_the_clocks_next_tick,
    a_unit_with_a_great_backlog_leaves_the_others_their_share,
    a_unit_that_gets_work_beside_a_backlog_is_served_at_once_and_within_a_second_when_another_daemon_heard,
    live_changes_come_first_and_only_while_they_are_live,
    what_has_to_be_sent_is_claimed_before_all_that_is_only_to_be_confirmed,
    a_dossier_that_backs_off_is_not_claimed_before_its_time_and_its_time_is_told,
    a_held_dossier_waits_for_a_change_and_its_finding_closes_with_it,
    a_row_without_a_code_is_counted_and_held_until_it_has_one,
    a_dossier_that_was_never_sent_and_is_gone_is_forgotten_unless_it_came_back,
    the_cursor_moves_with_its_page_and_never_back,
    what_was_settled_survives_closing_and_opening,
    a_holder_whose_lease_ran_out_opens_and_closes_no_finding,
    claimers_at_the_same_time_never_get_the_same_dossier,
    writers_in_any_order_never_wait_for_each_other_in_a_circle,
}
