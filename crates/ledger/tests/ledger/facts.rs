//! Facts of dossiers are kept for both sides, as far as they are known, and a cell in which one changes is summed up anew.

use chrono::TimeDelta;
use dongbo_ledger::{
    Accepted, Claim, Delayed, Doubt, FactPlace, FactQuery, FactsNews, FactsRead, Lane, Next, Settlement,
    Side, SideNews, Sums, WantedSource,
};
use dongbo_model::{Cell, DossierCode, Facts, Mode, Month, SourceId, Status};

use crate::book::{Book, facts, fingerprint, on_both, synced, touch};

on_both! {
    what_is_not_confirmed_is_not_accepted,
    a_holder_that_lost_its_lease_changes_no_facts,
    what_is_gone_from_the_local_system_has_only_the_facts_that_the_portal_accepted,
    a_changed_fact_has_its_old_and_its_new_cell_summed_up_anew_and_no_other,
    sums_that_were_begun_before_others_were_written_are_not_written,
    a_cell_that_changes_often_is_summed_up_once_and_the_newest_month_first,
    what_lacks_facts_is_found_page_by_page_and_filled_in_once,
    a_list_goes_on_behind_any_of_its_dossiers,
    what_is_moved_ahead_is_claimed_before_what_fell_due_earlier_in_its_unit,
}

fn known(facts: &Facts) -> SideNews {
    SideNews::Known(Box::new(facts.clone()))
}

/// The claim ended with these facts on both sides.
fn alike(claim: &Claim, facts: &Facts) -> Settlement {
    Settlement { facts: FactsNews { local: known(facts), portal: known(facts), steps: 2 }, ..synced(claim) }
}

fn cells_of(dirty: &[dongbo_ledger::DirtyCell]) -> Vec<Cell> {
    dirty.iter().map(|one| one.cell.clone()).collect()
}

async fn sum_up(book: &Book, value: &str) -> usize {
    let dirty = book.ledger.dirty_cells(100).await.unwrap();
    let sums = Sums { local: value.to_owned(), portal: value.to_owned(), last_end: None };
    let sums: Vec<_> = dirty.into_iter().map(|dirty| (dirty, sums.clone())).collect();
    book.ledger.write_sums("1", &sums).await.unwrap()
}

fn all() -> FactQuery {
    FactQuery { months: Month(0)..=Month(i64::from(u16::MAX)), units: None, procedures: None }
}

async fn what_is_not_confirmed_is_not_accepted(mut book: Book) {
    let before = facts("57", book.now);
    let after = Facts { status: Status::Processed, due_at: Some(book.now), ..before.clone() };
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    // The answer to its create was lost.
    book.settle(Settlement {
        next: Next::Due(book.now, Lane::Retry),
        doubt: Doubt::Unknown,
        accepted: Accepted::default(),
        facts: FactsNews { local: known(&before), ..FactsNews::default() },
        ..synced(&claim)
    })
    .await;
    let found = book.ledger.dossier_facts("A").await.unwrap();
    assert_eq!((found.local.as_ref(), found.portal.as_ref()), (Some(&before), None));
    book.later(5);
    let claim = book.claim_one().await;
    let accepted_at = book.now;
    let delayed = |steps: &[usize]| Delayed {
        source: SourceId::FIRST,
        unit: "57".to_owned(),
        accepted_at,
        changed_at: None,
        steps: steps.iter().map(|place| (*place, accepted_at)).collect(),
    };
    book.settle(Settlement { delayed: Some(delayed(&[1, 2])), ..alike(&claim, &before) }).await;
    book.later(5);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(Settlement {
        next: Next::Due(book.now, Lane::Retry),
        doubt: Doubt::Unknown,
        facts: FactsNews { local: known(&after), ..FactsNews::default() },
        ..synced(&claim)
    })
    .await;
    let found = book.ledger.dossier_facts("A").await.unwrap();
    assert_eq!((found.local.as_ref(), found.portal.as_ref()), (Some(&after), Some(&before)));
    assert_eq!(found.steps_accepted_at, [Some(accepted_at); 2]);
    book.later(5);
    let claim = book.claim_one().await;
    let steps = FactsNews { steps: 3, ..alike(&claim, &after).facts };
    book.settle(Settlement { facts: steps, ..alike(&claim, &after) }).await;
    let found = book.ledger.dossier_facts("A").await.unwrap();
    assert_eq!((found.local, found.portal), (Some(after.clone()), Some(after)));
    assert_eq!(
        found.steps_accepted_at,
        [Some(accepted_at), Some(accepted_at), None],
        "of the third nobody told"
    );
}

async fn a_holder_that_lost_its_lease_changes_no_facts(mut book: Book) {
    let (old, new) = (facts("57", book.now), facts("58", book.now));
    book.touch(&["A"], book.now).await;
    let late = book.claim_one().await;
    book.later(3_600);
    let claim = book.claim_one().await;
    book.settle(alike(&claim, &new)).await;
    assert_eq!(book.settle(alike(&late, &old)).await, (0, 1));
    let found = book.ledger.dossier_facts("A").await.unwrap();
    assert_eq!((found.local, found.portal), (Some(new.clone()), Some(new)));
}

async fn what_is_gone_from_the_local_system_has_only_the_facts_that_the_portal_accepted(mut book: Book) {
    let kept = facts("57", book.now);
    let gone = |claim: &Claim, next: Next, everywhere: bool| Settlement {
        next,
        wanted: None,
        facts: FactsNews::gone(everywhere),
        ..synced(claim)
    };
    book.touch(&["A", "B"], book.now).await;
    let claims = book.claim(Lane::ALL, 10).await;
    for claim in &claims {
        book.settle(alike(claim, &kept)).await;
    }
    book.later(5);
    book.touch(&["A", "B"], book.now).await;
    for claim in book.claim(Lane::ALL, 10).await {
        let next = if claim.code.as_str() == "A" { Next::Held } else { Next::Forget };
        let everywhere = next == Next::Forget;
        book.settle(gone(&claim, next, everywhere)).await;
    }
    let found = book.ledger.dossier_facts("A").await.unwrap();
    assert_eq!((found.local, found.portal), (None, Some(kept.clone())));
    assert_eq!(book.ledger.dossier_facts("B").await.unwrap(), dongbo_ledger::DossierFacts::default());

    // A source that the configuration does not name any more is read no more.
    book.touch(&["C"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(alike(&claim, &kept)).await;
    let (ids, _) = book.ledger.number_sources(&["motcua".to_owned(), "khac".to_owned()]).await.unwrap();
    let named = |id: SourceId, name: &str| WantedSource { id, name: name.to_owned(), mode: Mode::Push };
    let all = [named(ids[0], "motcua"), named(ids[1], "khac")];
    book.ledger.adopt_sources(&all, book.now).await.unwrap();
    assert!(book.ledger.dossier_facts("C").await.unwrap().local.is_some());
    sum_up(&book, "x").await;
    book.ledger.adopt_sources(&all[1..], book.now).await.unwrap();
    let found = book.ledger.dossier_facts("C").await.unwrap();
    assert_eq!((found.local, found.portal), (None, Some(kept.clone())));
    assert_eq!(cells_of(&book.ledger.dirty_cells(10).await.unwrap()), [kept.cell()]);
    assert_ne!(ids[1], SourceId::FIRST);
}

async fn a_changed_fact_has_its_old_and_its_new_cell_summed_up_anew_and_no_other(mut book: Book) {
    let (one, other) = (facts("57", book.now), facts("58", book.now));
    book.touch(&["A", "B"], book.now).await;
    let claims = book.claim(Lane::ALL, 10).await;
    book.settle(alike(&claims[0], &one)).await;
    book.settle(alike(&claims[1], &other)).await;
    assert_eq!(cells_of(&book.ledger.dirty_cells(10).await.unwrap()), [one.cell(), other.cell()]);
    assert_eq!(sum_up(&book, "1").await, 2);
    assert!(book.ledger.dirty_cells(10).await.unwrap().is_empty());

    // Read once more, and nothing is new.
    book.later(5);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(alike(&claim, &one)).await;
    assert!(book.ledger.dirty_cells(10).await.unwrap().is_empty());

    // It goes to the other unit, which the portal does not know yet.
    book.later(5);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    let news = FactsNews { local: known(&other), ..FactsNews::default() };
    book.settle(Settlement { facts: news, ..synced(&claim) }).await;
    assert_eq!(cells_of(&book.ledger.dirty_cells(10).await.unwrap()), [one.cell(), other.cell()]);
    let codes = async |side, facts: &Facts| -> Vec<String> {
        let found = book.ledger.facts_of(&facts.cell()).await.unwrap();
        let mut codes: Vec<String> =
            found.into_iter().filter(|one| one.is_on(side)).map(|one| one.code.to_string()).collect();
        codes.sort();
        codes
    };
    let (a, b) = (claims[0].code.to_string(), claims[1].code.to_string());
    assert_eq!(codes(Side::Local, &one).await, Vec::<String>::new());
    assert_eq!(codes(Side::Local, &other).await, [a.clone(), b.clone()]);
    assert_eq!((codes(Side::Portal, &one).await, codes(Side::Portal, &other).await), (vec![a], vec![b]));
}

async fn a_cell_that_changes_often_is_summed_up_once_and_the_newest_month_first(mut book: Book) {
    let (old, new) = (facts("57", book.now - TimeDelta::days(60)), facts("57", book.now));
    for status in [Status::Accepted, Status::InProcess, Status::Processed] {
        book.later(5);
        book.touch(&["A", "B"], book.now).await;
        let claims = book.claim(Lane::ALL, 10).await;
        for (claim, facts) in claims.iter().zip([&old, &new]) {
            book.settle(alike(claim, &Facts { status, ..facts.clone() })).await;
        }
    }
    let newest = book.ledger.dirty_cells(1).await.unwrap();
    assert_eq!(cells_of(&newest), [new.cell()]);
    let sums = Sums { local: "1".to_owned(), portal: "1".to_owned(), last_end: None };
    assert_eq!(book.ledger.write_sums("1", &[(newest[0].clone(), sums)]).await.unwrap(), 1);
    let left = book.ledger.dirty_cells(10).await.unwrap();
    assert_eq!(cells_of(&left), [old.cell()], "with all its marks");

    // A month asks for older cells only where something ended since it began.
    let ended = |last_end: Month| Sums { local: "2".to_owned(), last_end: Some(last_end), ..Sums::default() };
    let asked = async |since: Month| book.ledger.sums("1", &all(), since).await.unwrap().len();
    let (newest, oldest) = (new.cell().month, old.cell().month);
    assert_eq!(book.ledger.write_sums("1", &[(left[0].clone(), ended(oldest))]).await.unwrap(), 1);
    assert_eq!((asked(oldest).await, asked(newest).await), (2, 1));
    book.ledger.leave_other_forms("2").await.unwrap();
    let again = book.ledger.dirty_cells(10).await.unwrap();
    assert_eq!(book.ledger.write_sums("1", &[(again[1].clone(), ended(newest))]).await.unwrap(), 1);
    assert_eq!(asked(newest).await, 2);
}

async fn sums_that_were_begun_before_others_were_written_are_not_written(mut book: Book) {
    let facts = facts("57", book.now);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(alike(&claim, &facts)).await;
    let sums = |value: &str| Sums { local: value.to_owned(), portal: String::new(), last_end: None };
    let slow = book.ledger.dirty_cells(10).await.unwrap();
    book.later(5);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    let changed = Facts { status: Status::Returned, ..facts.clone() };
    book.settle(alike(&claim, &changed)).await;
    let quick = book.ledger.dirty_cells(10).await.unwrap();
    assert_eq!(book.ledger.write_sums("1", &[(quick[0].clone(), sums("new"))]).await.unwrap(), 1);
    assert_eq!(book.ledger.write_sums("1", &[(slow[0].clone(), sums("old"))]).await.unwrap(), 0);
    let told = book.ledger.sums("1", &all(), Month(0)).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].cell, told[0].sums.local.as_str()), (&facts.cell(), "new"));
    assert!(book.ledger.sums("2", &all(), Month(0)).await.unwrap().is_empty(), "of another form");

    // A change behind the marks that were read stays to be summed up, whoever gathers marks meanwhile.
    book.ledger.leave_other_forms("2").await.unwrap();
    let read = book.ledger.dirty_cells(10).await.unwrap();
    for status in [Status::Accepted, Status::InProcess] {
        book.later(5);
        book.touch(&["A"], book.now).await;
        let claim = book.claim_one().await;
        book.settle(alike(&claim, &Facts { status, ..facts.clone() })).await;
    }
    assert_eq!(book.ledger.gather_marks(100).await.unwrap(), 2);
    assert_eq!(book.ledger.gather_marks(100).await.unwrap(), 0);
    assert_eq!(book.ledger.write_sums("2", &[(read[0].clone(), sums("newer"))]).await.unwrap(), 1);
    assert_eq!(cells_of(&book.ledger.dirty_cells(10).await.unwrap()), [facts.cell()]);
    // A cell that has become empty is told no more.
    let left = book.ledger.dirty_cells(10).await.unwrap();
    book.ledger.write_sums("2", &[(left[0].clone(), Sums::default())]).await.unwrap();
    assert!(book.ledger.sums("2", &all(), Month(0)).await.unwrap().is_empty());
}

async fn what_lacks_facts_is_found_page_by_page_and_filled_in_once(mut book: Book) {
    let codes = ["A", "B", "C", "D"];
    book.touch(&codes, book.now).await;
    for claim in book.claim(Lane::ALL, 10).await {
        match claim.code.as_str() {
            // Never read: what it brings itself is not to be filled in.
            "D" => {}
            // The portal has other content of it.
            "B" => {
                let accepted = Accepted { content: Some(fingerprint('9')), ..synced(&claim).accepted };
                book.settle(Settlement { accepted, next: Next::Held, ..synced(&claim) }).await;
            }
            _ => {
                book.settle(synced(&claim)).await;
            }
        }
    }
    let page = book.ledger.facts_page("", 3).await.unwrap();
    let lacking: Vec<&str> = page.lacking.iter().map(DossierCode::as_str).collect();
    assert_eq!((lacking, page.last.as_deref()), (vec!["A", "B", "C"], Some("C")));
    let local = facts("57", book.now);
    let read = |code: &str, content: char| FactsRead {
        code: DossierCode::new(code).unwrap(),
        content: fingerprint(content),
        steps_fp: Some(fingerprint('b')),
        steps: 2,
        local: Box::new(local.clone()),
        portal: Box::new(local.clone()),
    };
    // What is read of C is not what is wanted: it has changed, and its change brings its facts.
    let page = [read("A", 'a'), read("B", 'a'), read("C", 'e'), read("D", 'a')];
    assert_eq!(book.ledger.note_facts(&page).await.unwrap(), 2);
    assert_eq!(book.ledger.note_facts(&page).await.unwrap(), 0, "nothing is new");
    let sides = async |code: &str| {
        let found = book.ledger.dossier_facts(code).await.unwrap();
        (found.local.is_some(), found.portal.is_some())
    };
    assert_eq!((sides("A").await, sides("B").await), ((true, true), (true, false)));
    assert_eq!((sides("C").await, sides("D").await), ((false, false), (false, false)));
    let left = book.ledger.facts_page("A", 10).await.unwrap();
    assert_eq!(left.lacking.iter().map(DossierCode::as_str).collect::<Vec<_>>(), ["C"]);
    assert_eq!(book.ledger.facts_page("D", 10).await.unwrap(), dongbo_ledger::FactsPage::default());
    book.later(1);
}

async fn a_list_goes_on_behind_any_of_its_dossiers(mut book: Book) {
    let month = TimeDelta::days(31);
    let mut expected = Vec::new();
    for number in 0..9 {
        let unit = ["57", "58", "59"][number % 3];
        let facts = facts(unit, book.now - month * i32::try_from(number / 4).unwrap());
        let code = format!("H-{number}");
        book.ledger
            .touch(&[touch(unit, &code, book.now)], None, book.now, crate::book::TICK, crate::book::LIVE_FOR)
            .await
            .unwrap();
        let claim = book.claim_one().await;
        book.settle(alike(&claim, &facts)).await;
        expected.push((facts.cell().month, unit.to_owned(), code));
    }
    expected.sort();
    for query in [all(), FactQuery { units: Some(vec!["57".to_owned(), "59".to_owned()]), ..all() }] {
        let wanted: Vec<&str> = expected
            .iter()
            .filter(|(_, unit, _)| query.units.as_ref().is_none_or(|units| units.contains(unit)))
            .map(|(_, _, code)| code.as_str())
            .collect();
        let mut listed = Vec::new();
        let mut after = FactPlace::default();
        loop {
            let page = book.ledger.list_facts(Side::Portal, &query, &after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.place();
            listed.extend(page.into_iter().map(|one| one.code.to_string()));
        }
        assert_eq!(listed, wanted);
    }
    let none = FactQuery { procedures: Some(vec!["9.9".to_owned()]), ..all() };
    assert!(book.ledger.list_facts(Side::Local, &none, &FactPlace::default(), 9).await.unwrap().is_empty());
    book.later(1);
}

async fn what_is_moved_ahead_is_claimed_before_what_fell_due_earlier_in_its_unit(mut book: Book) {
    let began = book.now;
    for code in ["A", "B", "C"] {
        book.touch(&[code], book.now).await;
        let claim = book.claim_one().await;
        book.settle(alike(&claim, &facts("57", began))).await;
        book.later(5);
    }
    let quiet = book.now;
    for code in ["A", "B", "C", "D"] {
        book.touch(&[code], book.now).await;
        book.later(5);
    }
    let page = book.ledger.waiting_between(quiet - TimeDelta::seconds(1), book.now, "", 3).await.unwrap();
    let found: Vec<(&str, bool, bool)> = page
        .dossiers
        .iter()
        .map(|one| (one.code.as_str(), one.local.is_some(), one.portal.is_some()))
        .collect();
    assert_eq!(found, [("A", true, true), ("B", true, true), ("C", true, true)]);
    let last = page.next.clone().unwrap();
    let rest = book.ledger.waiting_between(quiet - TimeDelta::seconds(1), book.now, &last, 3).await.unwrap();
    assert_eq!((rest.dossiers.len(), rest.next), (1, None), "D is new, and has no facts yet");
    assert!(rest.dossiers[0].local.is_none() && rest.dossiers[0].portal.is_none());

    let ahead = |code: &str, seconds| {
        let one = page.dossiers.iter().find(|one| one.code.as_str() == code).unwrap().clone();
        (one, std::time::Duration::from_secs(seconds))
    };
    assert_eq!(book.ledger.move_ahead(&[ahead("C", 3_600), ahead("B", 60)]).await.unwrap(), 2);
    assert_eq!(book.ledger.move_ahead(&[ahead("C", 3_600)]).await.unwrap(), 0, "it is not as it was found");
    let claims = book.claim(Lane::ALL, 3).await;
    let claimed: Vec<&str> = claims.iter().map(|claim| claim.code.as_str()).collect();
    assert_eq!(claimed.iter().copied().collect::<std::collections::BTreeSet<_>>(), ["A", "B", "C"].into());
    let again: Vec<(DossierCode, i64)> =
        claims.iter().map(|claim| (claim.code.clone(), claim.fence)).collect();
    book.ledger.give_back(&again).await.unwrap();
    assert_eq!(book.claim(Lane::ALL, 1).await[0].code.as_str(), "C");
    assert_eq!(book.claim(Lane::ALL, 1).await[0].code.as_str(), "B");
}
