//! The ledger's knowledge of files, on both engines.

use chrono::TimeDelta;
use dongbo_ledger::{
    DossierFiles, FileClaim, FileMark, FileNews, FileNext, FileSettlement, FileState, FilesNoted, Lane,
    Layer, Named, Offered, ReadMark, Settlement, Signature,
};
use dongbo_model::ErrorClass;
use dongbo_model::{DossierCode, FileRole, Finding, FindingKind, Fingerprint, Place};

use crate::book::{Book, LEASE, on_both, synced};

on_both! {
    a_file_goes_from_its_dossier_to_the_portal_and_its_layer_follows,
    a_file_that_the_portal_seems_not_to_have_is_looked_at_anew_and_stays_named,
    a_file_that_is_no_result_holds_itself_and_its_finding_is_its_own,
    a_file_that_the_dossier_does_not_list_is_gone_and_a_late_holder_changes_nothing,
    of_two_claims_of_a_file_that_end_together_only_the_later_one_tells_what_was_found,
    a_claim_takes_all_files_of_a_dossier_so_that_it_is_read_once,
    what_came_of_many_files_is_written_together_but_for_what_came_too_late,
    what_the_database_refuses_keeps_nothing_else_from_being_written,
}

fn place(digit: char) -> Place {
    Place { role: FileRole::Result, key: Fingerprint::parse(&digit.to_string().repeat(32)).unwrap() }
}

fn mark(place: Place, named: Option<Named>) -> FileMark {
    FileMark { place, look: false, lost: false, named }
}

fn read() -> ReadMark {
    ReadMark {
        size: 7,
        changed_at: None,
        tag: String::new(),
        sha256: "ab".repeat(32),
        signature: Signature::Partial,
    }
}

fn offered() -> Offered {
    let link_id = Some("f00d".to_owned());
    Offered { announcement: 1, link_id, reference: "https://tep.example.vn/f00d.1".to_owned() }
}

/// Settles a dossier that lists these files.
async fn list(book: &Book, marks: Vec<FileMark>, lists_fewer: bool) {
    let claim = book.claim_one().await;
    let files = Some(DossierFiles { marks, lane: Lane::Live, lists_fewer });
    assert_eq!(book.settle(Settlement { files, ..synced(&claim) }).await, (1, 0));
}

async fn claim_file(book: &Book) -> FileClaim {
    let due = book.ledger.claim_files(4, 0, "test", LEASE, book.now).await.unwrap();
    let [claim] = due.claims.try_into().unwrap();
    claim
}

fn ended(claim: FileClaim, next: FileNext, findings: Vec<Finding>) -> FileNews {
    let findings = Some(findings);
    FileNews::Ended(Box::new(FileSettlement {
        claim,
        next,
        mark: Some(read()),
        attempts: 0,
        findings,
        trouble: None,
    }))
}

fn arrived(code: &str, link_id: &str) -> FileNews {
    FileNews::Arrived(DossierCode::new(code).unwrap(), link_id.to_owned())
}

async fn note(book: &Book, news: &[FileNews]) -> FilesNoted {
    book.ledger.note_files(news, book.now).await.unwrap()
}

async fn settle(book: &Book, claim: FileClaim, next: FileNext, findings: Vec<Finding>) {
    assert!(note(book, &[ended(claim, next, findings)]).await.refused.is_empty());
}

async fn state(book: &Book) -> FileState {
    assert_eq!(book.ledger.recount().await.unwrap(), []);
    let files = book.ledger.open_files(Some("A"), 10).await.unwrap();
    files[0].state
}

async fn a_file_goes_from_its_dossier_to_the_portal_and_its_layer_follows(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    assert_eq!(book.counts(Layer::Files).await, [0, 1, 0, 0, 0, 0, 0], "to be looked at");
    let claim = claim_file(&book).await;
    assert_eq!(book.counts(Layer::Files).await, [0, 0, 1, 0, 0, 0, 0]);
    assert!(book.ledger.renew_file(&claim, book.now + TimeDelta::seconds(90)).await.unwrap());
    settle(&book, claim, FileNext::Ready(offered()), Vec::new()).await;
    assert_eq!(state(&book).await, FileState::Ready);
    let known = book.ledger.known_files(&[DossierCode::new("A").unwrap()]).await.unwrap();
    assert_eq!(known["A"][0].proved, Some((read().sha256, offered().reference)));

    // Its dossier is due, and names it.
    let until = book.now + TimeDelta::hours(6);
    let named = Named { reference: offered().reference, fetch_until: Some(until) };
    list(&book, vec![mark(place('1'), Some(named))], false).await;
    assert_eq!(state(&book).await, FileState::Announced);
    assert_eq!(book.counts(Layer::Files).await, [0, 0, 0, 1, 0, 0, 0]);
    let due = book.ledger.claim_files(4, 0, "test", LEASE, book.now).await.unwrap();
    assert_eq!((due.claims.len(), due.next_due), (0, Some(until)));
    let linked = book.ledger.linked("f00d").await.unwrap().unwrap();
    assert_eq!((linked.place, linked.mark, linked.announcement), (place('1'), read(), 1));
    assert_eq!(book.ledger.linked("beef").await.unwrap(), None);

    assert_eq!(note(&book, &[arrived("A", "f00d")]).await.arrived, 1);
    assert_eq!(note(&book, &[arrived("A", "f00d")]).await.arrived, 0, "that is no news");
    book.reopen().await;
    assert_eq!(book.counts(Layer::Files).await, [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(book.ledger.open_files(None, 10).await.unwrap(), []);
    let counts = book.ledger.file_counts().await.unwrap();
    assert_eq!(counts.of(FileState::Arrived), 1);
    assert_eq!((counts.results(Signature::Partial), counts.results(Signature::Whole)), (1, 0));
    let story = book.ledger.story("A", 10, book.now).await.unwrap().unwrap();
    assert_eq!(story.layers.len(), 4);

    // What the portal lost with its dossier goes to it again.
    book.later(60);
    book.touch(&["A"], book.now).await;
    list(&book, vec![FileMark { lost: true, look: true, ..mark(place('1'), None) }], false).await;
    assert_eq!(state(&book).await, FileState::Ready);
}

async fn a_file_that_the_portal_seems_not_to_have_is_looked_at_anew_and_stays_named(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None), mark(place('2'), None)], false).await;
    let due = book.ledger.claim_files(4, 0, "test", LEASE, book.now).await.unwrap();
    for claim in due.claims {
        let offer = Offered { reference: claim.place.mark(), link_id: Some(claim.place.mark()), ..offered() };
        settle(&book, claim, FileNext::Ready(offer), Vec::new()).await;
    }
    let both = ['1', '2'].map(|digit| {
        let named = Named { reference: place(digit).mark(), fetch_until: None };
        mark(place(digit), Some(named))
    });
    list(&book, both.to_vec(), false).await;
    book.later(60);

    let gone = ["A", "B"].map(|code| (code, FileRole::Result, "11111111"));
    let doubted = book.ledger.doubt_files(&gone, book.now).await.unwrap();
    assert_eq!(doubted, ["A".to_owned()].into());
    let again = book.ledger.doubt_files(&gone, book.now).await.unwrap();
    assert!(again.is_empty(), "it is on its way already");
    let claim = claim_file(&book).await;
    assert_eq!((claim.place, claim.state), (place('1'), FileState::New));
    let known = book.ledger.known_files(&[DossierCode::new("A").unwrap()]).await.unwrap();
    assert!(known["A"].iter().all(|file| file.proved.is_some()), "both stay named meanwhile");
    let newly = Offered { announcement: 2, ..offered() };
    let noted = note(&book, &[ended(claim, FileNext::Ready(newly), Vec::new())]).await;
    assert!(noted.dossier_due, "its dossier tells the portal of it");
}

async fn a_file_that_is_no_result_holds_itself_and_its_finding_is_its_own(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    let claim = claim_file(&book).await;
    let missing = Finding::new(FindingKind::FileMissing, place('1').subject("KQ.G07.000122"), "");
    let again = book.now + TimeDelta::hours(1);
    settle(&book, claim, FileNext::Held(again), vec![missing]).await;
    assert_eq!(book.counts(Layer::Files).await, [0, 0, 0, 0, 1, 0, 0]);
    let open = book.ledger.open_files(None, 10).await.unwrap();
    assert_eq!(open[0].findings, [("file_missing".to_owned(), String::new())]);

    // Its dossier is settled meanwhile, and that closes nothing.
    book.later(60);
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    assert_eq!(book.ledger.open_findings(10).await.unwrap().len(), 1);
    assert_eq!(book.ledger.judge_held_files_anew(book.now).await.unwrap(), 1);
    let claim = claim_file(&book).await;
    settle(&book, claim, FileNext::Ready(offered()), Vec::new()).await;
    assert_eq!(book.ledger.open_findings(10).await.unwrap(), []);
}

async fn a_file_that_the_dossier_does_not_list_is_gone_and_a_late_holder_changes_nothing(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None), mark(place('2'), None)], false).await;
    let slow = book.ledger.claim_files(4, 0, "slow", LEASE, book.now).await.unwrap().claims;
    assert_eq!(slow.len(), 2);
    book.later(61);
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('2'), None)], true).await;
    let next = claim_file(&book).await;
    assert_eq!(next.place, place('2'));
    for late in slow {
        settle(&book, late, FileNext::Ready(offered()), Vec::new()).await;
    }
    assert_eq!(state(&book).await, FileState::New);
    settle(&book, next, FileNext::Gone, Vec::new()).await;
    assert_eq!(book.ledger.open_files(Some("A"), 10).await.unwrap(), []);
    assert_eq!(book.counts(Layer::Files).await, [1, 0, 0, 0, 0, 0, 0]);
}

async fn of_two_claims_of_a_file_that_end_together_only_the_later_one_tells_what_was_found(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    let slow = claim_file(&book).await;
    book.later(61);
    let next = claim_file(&book).await;
    let late = vec![Finding::new(FindingKind::FileNotFetched, "paper:1", "3")];
    let offer = || FileNext::Ready(offered());
    note(&book, &[ended(slow, offer(), late), ended(next, offer(), Vec::new())]).await;
    assert_eq!(book.ledger.open_findings(10).await.unwrap(), []);
}

/// An offer of a file under this link.
fn offered_as(link_id: &str) -> Offered {
    Offered { link_id: Some(link_id.to_owned()), reference: link_id.to_owned(), announcement: 1 }
}

/// Three dossiers at rest: A with two files, B and C with one each; and the claims of all files.
async fn four_files(book: &Book) -> Vec<FileClaim> {
    book.touch(&["A", "B", "C"], book.now).await;
    let mut claims = book.claim(Lane::ALL, 10).await;
    claims.sort_by(|one, other| one.code.cmp(&other.code));
    for (claim, places) in claims.iter().zip(["12", "3", "4"]) {
        let marks = places.chars().map(|digit| mark(place(digit), None)).collect();
        let files = Some(DossierFiles { marks, lane: Lane::Live, lists_fewer: false });
        assert_eq!(book.settle(Settlement { files, ..synced(claim) }).await, (1, 0));
    }
    let mut files = book.ledger.claim_files(10, 0, "test", LEASE, book.now).await.unwrap().claims;
    files.sort_by_key(|claim| claim.place.key.to_string());
    assert_eq!(files.len(), 4);
    files
}

async fn a_claim_takes_all_files_of_a_dossier_so_that_it_is_read_once(mut book: Book) {
    four_files(&book).await;
    book.later(61);
    let mut claimed = Vec::new();
    for turn in 0..3 {
        let due = book.ledger.claim_files(1, turn, "test", LEASE, book.now).await.unwrap();
        assert_eq!(due.in_turn, 1);
        let code = due.claims[0].code.clone();
        assert!(due.claims.iter().all(|claim| claim.code == code), "{due:?}");
        claimed.push((code.as_str().to_owned(), due.claims.len()));
    }
    claimed.sort();
    assert_eq!(claimed, [("A".to_owned(), 2), ("B".to_owned(), 1), ("C".to_owned(), 1)]);
    let more = book.ledger.claim_files(1, 3, "test", LEASE, book.now).await.unwrap();
    assert_eq!((more.claims.len(), more.in_turn), (0, 0));

    // Of many, some wait for the next claim, so that one dossier does not fill the lane.
    book.touch(&["D"], book.now).await;
    let digits = (0..40).map(|number| Fingerprint::parse(&format!("{number:032}")).unwrap());
    let marks = digits.map(|key| mark(Place { role: FileRole::Paper, key }, None)).collect();
    list(&book, marks, false).await;
    let mut counts = Vec::new();
    for turn in 0..3 {
        let due = book.ledger.claim_files(1, turn, "test", LEASE, book.now).await.unwrap();
        counts.push(due.claims.len());
    }
    assert!(counts.iter().all(|count| *count <= 17), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 40);
}

/// How far the files of all dossiers have come, by dossier and place.
async fn states(book: &Book) -> Vec<(String, FileState)> {
    assert_eq!(book.ledger.recount().await.unwrap(), []);
    let codes = ["A", "B", "C"].map(|code| DossierCode::new(code).unwrap());
    let mut known = book.ledger.known_files(&codes).await.unwrap();
    let mut states = Vec::new();
    for code in ["A", "B", "C"] {
        let files = known.remove(code).unwrap_or_default();
        states.extend(files.into_iter().map(|file| (code.to_owned(), file.state)));
    }
    states
}

fn as_states(states: [(&str, FileState); 4]) -> Vec<(String, FileState)> {
    states.map(|(code, state)| (code.to_owned(), state)).to_vec()
}

async fn what_came_of_many_files_is_written_together_but_for_what_came_too_late(mut book: Book) {
    let mut claims = four_files(&book).await.into_iter();
    let mut next = || claims.next().unwrap();
    let (one, two, three, four) = (next(), next(), next(), next());
    let missing = Finding::new(FindingKind::FileMissing, place('2').subject("KQ.G07.000122"), "");
    let held = FileNext::Held(book.now + TimeDelta::hours(1));
    let (chase, late) = (three.clone(), four.clone());
    let noted = note(
        &book,
        &[
            ended(three, FileNext::Ready(offered_as("3")), Vec::new()),
            ended(one, FileNext::Ready(offered_as("1")), Vec::new()),
            ended(two, held, vec![missing]),
        ],
    )
    .await;
    assert!(noted.dossier_due && noted.refused.is_empty());
    let (ready, new) = (FileState::Ready, FileState::New);
    assert_eq!(
        states(&book).await,
        as_states([("A", ready), ("A", FileState::Held), ("B", ready), ("C", new)])
    );
    assert_eq!(book.ledger.open_findings(10).await.unwrap().len(), 1);
    let due: Vec<_> = book
        .claim(Lane::ALL, 10)
        .await
        .into_iter()
        .map(|claim| (claim.code.to_string(), claim.touched))
        .collect();
    assert_eq!(
        due,
        [("A".to_owned(), false), ("B".to_owned(), false)],
        "due, and none of its files is looked at again"
    );

    // The lease of the fourth file ends and somebody else has it; the third arrives while somebody looks at it.
    book.later(61);
    let other = claim_file(&book).await;
    assert_eq!(other.code.as_str(), "C");
    let noted = note(
        &book,
        &[
            ended(late, FileNext::Ready(offered_as("late")), Vec::new()),
            ended(chase, FileNext::Ready(offered_as("3 anew")), Vec::new()),
            arrived("B", "3"),
            arrived("B", "never made"),
            FileNews::Questioned(DossierCode::new("A").unwrap(), "1".to_owned()),
        ],
    )
    .await;
    assert_eq!((noted.arrived, noted.dossier_due), (1, false));
    assert_eq!(
        states(&book).await,
        as_states([("A", ready), ("A", FileState::Held), ("B", FileState::Arrived), ("C", new)])
    );
    let questioned = claim_file(&book).await;
    assert_eq!((questioned.code.as_str(), questioned.place), ("A", place('1')));
    assert!(note(&book, &[ended(other, FileNext::Ready(offered_as("4")), Vec::new())]).await.dossier_due);
}

async fn what_the_database_refuses_keeps_nothing_else_from_being_written(book: Book) {
    let mut claims = four_files(&book).await.into_iter();
    let mut next = || claims.next().unwrap();
    let (one, two, three, four) = (next(), next(), next(), next());
    let unproved = FileSettlement {
        claim: three,
        next: FileNext::Ready(offered_as("3")),
        mark: None,
        attempts: 0,
        findings: None,
        trouble: None,
    };
    let noted = note(
        &book,
        &[
            ended(one, FileNext::Ready(offered_as("1")), Vec::new()),
            ended(two, FileNext::Ready(offered_as("2")), Vec::new()),
            FileNews::Ended(Box::new(unproved)),
            ended(four, FileNext::Ready(offered_as("4")), Vec::new()),
        ],
    )
    .await;
    let refused: Vec<_> = noted.refused.iter().map(|(code, error)| (code.as_str(), error.class())).collect();
    assert_eq!(refused, [("B", ErrorClass::Bug)]);
    assert!(noted.dossier_due);
    let (ready, new) = (FileState::Ready, FileState::New);
    assert_eq!(states(&book).await, as_states([("A", ready), ("A", ready), ("B", new), ("C", ready)]));
}
