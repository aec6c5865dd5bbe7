//! Several sources on one ledger: each has its own dossiers, and one that several give is read from the first of them.

use dongbo_ledger::{
    Claim, Doubt, Lane, Ledger, NewResend, Next, RowState, SweptDossier, Touch, WantedSource, Whose,
};
use dongbo_model::{DossierCode, FindingKind, Mode};

use crate::book::{Book, LEASE, LIVE_FOR, TICK, fingerprint, on_both, synced, touch};

/// The readers of each of `names`, which are all sent for, in this order of precedence.
async fn sources(book: &Book, names: &[&str]) -> Vec<Ledger> {
    let sent = |name: &&str| ((*name).to_owned(), Mode::Push);
    sources_of(book, names.iter().map(sent).collect()).await
}

async fn sources_of(book: &Book, sources: Vec<(String, Mode)>) -> Vec<Ledger> {
    let names: Vec<String> = sources.iter().map(|(name, _)| name.clone()).collect();
    let (ids, alone) = book.ledger.number_sources(&names).await.unwrap();
    let wanted: Vec<WantedSource> =
        ids.iter().zip(sources).map(|(&id, (name, mode))| WantedSource { id, name, mode }).collect();
    book.ledger.adopt_sources(&wanted, book.now).await.unwrap();
    ids.into_iter().map(|id| book.ledger.of_source(id, alone)).collect()
}

async fn give(book: &Book, source: &Ledger, codes: &[&str]) -> u64 {
    let touches: Vec<Touch> = codes.iter().map(|code| touch("57", code, book.now)).collect();
    source.touch(&touches, None, book.now, TICK, LIVE_FOR).await.unwrap().due
}

async fn claims(book: &Book, source: &Ledger) -> Vec<Claim> {
    source.claim(Lane::ALL, 100, 0, "test", LEASE, book.now).await.unwrap().claims
}

fn codes(claims: &[Claim]) -> Vec<&str> {
    let mut codes: Vec<&str> = claims.iter().map(|claim| claim.code.as_str()).collect();
    codes.sort_unstable();
    codes
}

async fn settle_all(book: &Book, source: &Ledger) {
    for claim in claims(book, source).await {
        source.settle(&[synced(&claim)], book.now).await.unwrap();
    }
}

/// A whole sweep that meets `codes`, and no poll that gives more.
async fn sweep(book: &mut Book, source: &Ledger, codes: &[&str]) {
    book.later(10);
    let page: Vec<SweptDossier> = codes
        .iter()
        .filter_map(|code| DossierCode::new(code))
        .map(|code| SweptDossier { code, content: Some(fingerprint('a')), steps_fp: Some(fingerprint('c')) })
        .collect();
    source.note_listed(&page, "", None, book.now).await.unwrap();
    source.settle_missing(&[], book.now).await.unwrap();
}

async fn given_twice(book: &Book, code: &str) -> Vec<String> {
    let story = book.ledger.story(code, 20, book.now).await.unwrap().unwrap();
    let open = story.findings.into_iter().filter(|found| found.closed_at.is_none());
    open.filter(|found| found.kind == FindingKind::GivenTwice).map(|found| found.subject).collect()
}

async fn giver(book: &Book, code: &str) -> String {
    book.ledger.story(code, 1, book.now).await.unwrap().unwrap().source
}

async fn each_source_claims_its_own_dossiers_and_no_other_is_held_up(book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["A1", "A2"]).await;
    give(&book, &second, &["B1"]).await;
    assert_eq!(codes(&claims(&book, &second).await), ["B1"]);
    assert_eq!(codes(&claims(&book, &first).await), ["A1", "A2"]);
    assert_eq!(
        book.ledger.dossiers_by_source().await.unwrap().iter().map(|(_, many)| many.dossiers).sum::<u64>(),
        3
    );
}

async fn a_dossier_that_two_give_is_read_from_the_first_and_told(mut book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    assert_eq!(give(&book, &second, &["X", "Y"]).await, 2);
    settle_all(&book, &second).await;
    book.later(5);
    assert_eq!(give(&book, &first, &["X"]).await, 1, "it is read from the first from now on");
    assert_eq!((giver(&book, "X").await.as_str(), giver(&book, "Y").await.as_str()), ("a", "b"));
    assert_eq!(given_twice(&book, "X").await, ["b"]);
    settle_all(&book, &first).await;
    assert_eq!(given_twice(&book, "X").await, ["b"], "sending does not close what readers found");
    book.later(5);
    assert_eq!(give(&book, &second, &["X"]).await, 0, "the second's changes of it are not sent");
    assert!(claims(&book, &first).await.is_empty() && claims(&book, &second).await.is_empty());
    sweep(&mut book, &second, &["Y"]).await;
    assert_eq!(given_twice(&book, "X").await, Vec::<String>::new(), "it gives it no more");
}

async fn the_next_source_takes_over_when_the_first_gives_it_no_more(mut book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["X", "Y"]).await;
    give(&book, &second, &["X"]).await;
    settle_all(&book, &first).await;
    sweep(&mut book, &first, &["Y"]).await;
    assert_eq!(giver(&book, "X").await, "b");
    assert_eq!(codes(&claims(&book, &second).await), ["X"], "it is due, from the other");
    assert_eq!(given_twice(&book, "X").await, Vec::<String>::new());

    // The worker that meets it gone sees to it as well, without a sweep.
    give(&book, &first, &["X"]).await;
    assert_eq!(giver(&book, "X").await, "a");
    let code = DossierCode::new("X").unwrap();
    assert!(first.hand_over(&code, book.now).await.unwrap());
    assert_eq!(giver(&book, "X").await, "b");
    assert!(!second.hand_over(&code, book.now).await.unwrap(), "nobody else is left");
}

async fn a_sweep_tells_the_deletions_of_its_own_source_only(mut book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["A1", "A2"]).await;
    give(&book, &second, &["A0", "B1"]).await;
    settle_all(&book, &first).await;
    settle_all(&book, &second).await;
    sweep(&mut book, &first, &["A1"]).await;
    assert_eq!(codes(&claims(&book, &first).await), ["A2"]);
    assert!(claims(&book, &second).await.is_empty());
}

async fn a_source_that_is_left_keeps_its_dossiers_and_only_those_that_others_give_are_read_on(book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["X", "A"]).await;
    give(&book, &second, &["X", "B"]).await;
    settle_all(&book, &first).await;
    settle_all(&book, &second).await;
    sources(&book, &["b"]).await;
    let known = book.ledger.sources().await.unwrap();
    assert_eq!(
        known.iter().map(|one| (one.name.as_str(), one.left_at.is_some())).collect::<Vec<_>>(),
        [("b", false), ("a", true)]
    );
    assert_eq!(codes(&claims(&book, &second).await), ["X"]);
    let story = book.ledger.story("A", 1, book.now).await.unwrap().unwrap();
    assert_eq!((story.source.as_str(), story.state), ("a", RowState::Synced), "nothing is done about it");
    give(&book, &second, &["A"]).await;
    assert_eq!(giver(&book, "A").await, "b", "another source has it now");
    let [first, _] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["A"]).await;
    assert_eq!(giver(&book, "A").await, "a", "it is back, and comes first");
}

async fn another_order_of_precedence_moves_what_both_give(book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["X"]).await;
    give(&book, &second, &["X"]).await;
    settle_all(&book, &first).await;
    let [second, _] = sources(&book, &["b", "a"]).await.try_into().unwrap();
    assert_eq!(codes(&claims(&book, &second).await), ["X"]);
    assert_eq!(given_twice(&book, "X").await, ["a"]);
}

async fn the_only_source_may_be_called_otherwise_and_keeps_all_that_it_has(book: Book) {
    let [only] = sources(&book, &["motcua"]).await.try_into().unwrap();
    assert_eq!(only.own("intake"), "intake");
    give(&book, &only, &["A"]).await;
    let [only] = sources(&book, &["phuong-1"]).await.try_into().unwrap();
    assert_eq!((giver(&book, "A").await.as_str(), only.own("intake").as_str()), ("phuong-1", "intake"));
    let [_, other] = sources(&book, &["phuong-1", "phuong-2"]).await.try_into().unwrap();
    assert_eq!(other.own("intake"), "intake@2");
    assert_eq!(giver(&book, "A").await, "phuong-1");
}

async fn rows_without_a_code_are_told_apart_by_their_source(book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    let nameless = Touch { code: None, key: "4711".to_owned(), ..touch("57", "x", book.now) };
    for source in [&first, &second] {
        source.touch(std::slice::from_ref(&nameless), None, book.now, TICK, LIVE_FOR).await.unwrap();
    }
    assert_eq!(book.ledger.known().await.unwrap(), 2);
    let named = Touch { key: "4711".to_owned(), ..touch("57", "named", book.now) };
    first.touch(&[named], None, book.now, TICK, LIVE_FOR).await.unwrap();
    assert!(!first.holds_without_code().await.unwrap() && second.holds_without_code().await.unwrap());
    assert_eq!(second.forget_without_code(&[], book.now + TICK).await.unwrap(), 1);
}

async fn a_claimed_dossier_changes_hands_without_losing_its_claim(book: Book) {
    let [first, second] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &second, &["X"]).await;
    let claim = claims(&book, &second).await.remove(0);
    give(&book, &first, &["X"]).await;
    let settled = second.settle(&[synced(&claim)], book.now).await.unwrap();
    assert_eq!((settled.settled, settled.lease_lost), (1, 0));
    assert_eq!(codes(&claims(&book, &first).await), ["X"], "it is read from the first at once");
    let gone = dongbo_ledger::Settlement { next: Next::Held, ..synced(&claim) };
    assert_eq!(second.settle(&[gone], book.now).await.unwrap().lease_lost, 1);
}

async fn a_dossier_that_comes_from_a_watched_source_to_one_that_is_sent_for_is_in_doubt_and_back(
    mut book: Book,
) {
    let both = vec![("a".to_owned(), Mode::Push), ("b".to_owned(), Mode::Watch)];
    let [first, second] = sources_of(&book, both).await.try_into().unwrap();
    give(&book, &second, &["X", "Y"]).await;
    settle_all(&book, &second).await;
    assert_eq!(book.ledger.mode_of("X").await.unwrap(), Mode::Watch);
    book.later(5);
    give(&book, &first, &["X", "Z"]).await;
    assert_eq!(book.ledger.mode_of("X").await.unwrap(), Mode::Push);
    let taken = claims(&book, &first).await;
    let doubt = |code: &str| taken.iter().find(|claim| claim.code.as_str() == code).unwrap().doubt;
    assert_eq!(
        (doubt("X"), doubt("Z")),
        (Doubt::Unknown, Doubt::None),
        "a bridge may have sent the one meanwhile"
    );
    for claim in &taken {
        first.settle(&[synced(claim)], book.now).await.unwrap();
    }
    assert!(first.hand_over(&DossierCode::new("X").unwrap(), book.now).await.unwrap());
    let back = claims(&book, &second).await;
    assert_eq!((codes(&back), back[0].doubt), (vec!["X"], Doubt::Unknown));
}

async fn the_mode_is_changed_of_one_source_and_nothing_of_the_others_is_looked_up(book: Book) {
    let all = |mode: Mode| vec![("a".to_owned(), Mode::Push), ("b".to_owned(), mode)];
    let [first, second] = sources_of(&book, all(Mode::Push)).await.try_into().unwrap();
    give(&book, &first, &["A"]).await;
    give(&book, &second, &["B1", "B2"]).await;
    sources_of(&book, all(Mode::Watch)).await;
    let doubts = |claims: &[Claim]| claims.iter().map(|claim| claim.doubt).collect::<Vec<_>>();
    assert_eq!(doubts(&claims(&book, &first).await), [Doubt::None]);
    assert_eq!(doubts(&claims(&book, &second).await), [Doubt::Unknown; 2]);
    let watched = Whose { mode: Some(Mode::Watch), ..Whose::default() };
    let named = Whose { source: Some("a"), ..Whose::default() };
    let unknown = async |whose: &Whose<'_>| book.ledger.lacking(whose).await.unwrap().unknown;
    assert_eq!((unknown(&watched).await, unknown(&named).await), (2, 1));
    let moving = book.ledger.moving(None, book.now).await.unwrap();
    let told: Vec<_> = moving.iter().map(|one| (one.source.as_str(), one.mode, one.due)).collect();
    assert_eq!(told, [("a", Mode::Push, 1), ("b", Mode::Watch, 2)]);
}

async fn of_an_order_a_bridge_is_asked_for_dossiers_of_watched_sources_alone_and_the_others_take_turns(
    book: Book,
) {
    let both = vec![("a".to_owned(), Mode::Push), ("b".to_owned(), Mode::Watch)];
    let [first, second] = sources_of(&book, both).await.try_into().unwrap();
    give(&book, &first, &["A"]).await;
    give(&book, &second, &["B"]).await;
    let all = ["A".to_owned(), "B".to_owned()];
    assert_eq!(book.ledger.watched_among(&all).await.unwrap().into_iter().collect::<Vec<_>>(), ["B"]);
    let new = NewResend { codes: &all, per_minute: None };
    book.ledger.order_resend(new, "test", book.now).await.unwrap();
    let counts = book.ledger.resend_counts().await.unwrap();
    assert_eq!((counts.waiting, counts.for_bridge, counts.all()), (2, 1, 2));
    assert_eq!(book.ledger.next_resend().await.unwrap().unwrap().code, "B");
    for (window, expected) in [(0, 0), (5, 1), (5, 0)] {
        assert_eq!(book.ledger.begin_resends(5, window, book.now).await.unwrap(), expected, "{window}");
    }
    book.ledger.judge_resends(book.now).await.unwrap();
    let counts = book.ledger.resend_counts().await.unwrap();
    assert_eq!((counts.waiting, counts.asked), (1, 1), "it is to be looked up");
}

async fn what_a_source_that_was_left_has_not_sent_is_told_until_a_person_lets_it_go_and_comes_back_with_it(
    book: Book,
) {
    let [first, _] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    give(&book, &first, &["A1", "A2"]).await;
    sources(&book, &["b"]).await;
    let stranded = book.ledger.stranded(None).await.unwrap();
    assert_eq!(stranded.into_iter().collect::<Vec<_>>(), [("a".to_owned(), 2)]);
    assert!(!book.ledger.let_go("b", book.now).await.unwrap(), "it is read");
    assert!(book.ledger.let_go("a", book.now).await.unwrap());
    assert!(!book.ledger.let_go("a", book.now).await.unwrap(), "once");
    assert!(book.ledger.stranded(None).await.unwrap().is_empty());
    assert_eq!(book.ledger.gone(None).await.unwrap(), 2);
    let [first, _] = sources(&book, &["a", "b"]).await.try_into().unwrap();
    assert_eq!(book.ledger.gone(None).await.unwrap(), 0);
    assert_eq!(codes(&claims(&book, &first).await), ["A1", "A2"]);
}

on_both!(
    what_a_source_that_was_left_has_not_sent_is_told_until_a_person_lets_it_go_and_comes_back_with_it,
    a_dossier_that_comes_from_a_watched_source_to_one_that_is_sent_for_is_in_doubt_and_back,
    the_mode_is_changed_of_one_source_and_nothing_of_the_others_is_looked_up,
    of_an_order_a_bridge_is_asked_for_dossiers_of_watched_sources_alone_and_the_others_take_turns,
    each_source_claims_its_own_dossiers_and_no_other_is_held_up,
    a_dossier_that_two_give_is_read_from_the_first_and_told,
    the_next_source_takes_over_when_the_first_gives_it_no_more,
    a_sweep_tells_the_deletions_of_its_own_source_only,
    a_source_that_is_left_keeps_its_dossiers_and_only_those_that_others_give_are_read_on,
    another_order_of_precedence_moves_what_both_give,
    the_only_source_may_be_called_otherwise_and_keeps_all_that_it_has,
    rows_without_a_code_are_told_apart_by_their_source,
    a_claimed_dossier_changes_hands_without_losing_its_claim,
);
