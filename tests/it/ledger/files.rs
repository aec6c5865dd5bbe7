//! What the ledger keeps of files, on both engines.

use chrono::TimeDelta;
use dongbo::dossier::{FileRole, Finding, FindingKind, Fingerprint, Place};
use dongbo::ledger::{
    DossierFiles, FileClaim, FileMark, FileNext, FileSettlement, FileState, Lane, Layer, Named, Offered,
    ReadMark, Settlement, Signature,
};

use super::{Book, LEASE, on_both, synced};

on_both! {
    a_file_goes_from_its_dossier_to_the_portal_and_its_layer_follows,
    a_file_that_is_no_result_holds_itself_and_its_finding_is_its_own,
    a_file_that_the_dossier_does_not_list_is_gone_and_a_late_holder_changes_nothing,
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

async fn settle(book: &Book, claim: FileClaim, next: FileNext, findings: Vec<Finding>) -> bool {
    let one = FileSettlement { claim, next, mark: Some(read()), attempts: 0, findings: Some(findings) };
    book.ledger.settle_file(&one, book.now).await.unwrap().held
}

async fn state(book: &Book) -> FileState {
    let files = book.ledger.open_files(Some("A"), 10).await.unwrap();
    files[0].state
}

async fn a_file_goes_from_its_dossier_to_the_portal_and_its_layer_follows(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    assert_eq!(book.counts(Layer::Files).await, [0, 1, 0, 0, 0, 0], "to be looked at");
    let claim = claim_file(&book).await;
    assert_eq!(book.counts(Layer::Files).await, [0, 0, 1, 0, 0, 0]);
    assert!(book.ledger.renew_file(&claim, book.now + TimeDelta::seconds(90)).await.unwrap());
    assert!(settle(&book, claim, FileNext::Ready(offered()), Vec::new()).await);
    assert_eq!(state(&book).await, FileState::Ready);
    let known = book.ledger.known_files(&[dongbo::dossier::DossierCode::new("A").unwrap()]).await.unwrap();
    assert_eq!(known["A"][0].proved, Some((read().sha256, offered().reference)));

    // Its dossier is due, and names it.
    let until = book.now + TimeDelta::hours(6);
    let named = Named { reference: offered().reference, fetch_until: Some(until) };
    list(&book, vec![mark(place('1'), Some(named))], false).await;
    assert_eq!(state(&book).await, FileState::Announced);
    assert_eq!(book.counts(Layer::Files).await, [0, 0, 0, 1, 0, 0]);
    let due = book.ledger.claim_files(4, 0, "test", LEASE, book.now).await.unwrap();
    assert_eq!((due.claims.len(), due.next_due), (0, Some(until)));
    let linked = book.ledger.linked("f00d").await.unwrap().unwrap();
    assert_eq!((linked.place, linked.mark, linked.announcement), (place('1'), read(), 1));
    assert_eq!(book.ledger.linked("beef").await.unwrap(), None);

    assert!(book.ledger.file_arrived("f00d", book.now).await.unwrap());
    assert!(!book.ledger.file_arrived("f00d", book.now).await.unwrap(), "that is no news");
    book.reopen().await;
    assert_eq!(book.counts(Layer::Files).await, [1, 0, 0, 0, 0, 0]);
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

async fn a_file_that_is_no_result_holds_itself_and_its_finding_is_its_own(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    let claim = claim_file(&book).await;
    let missing = Finding::new(FindingKind::FileMissing, place('1').subject("KQ.G07.000122"), "");
    let again = book.now + TimeDelta::hours(1);
    assert!(settle(&book, claim, FileNext::Held(again), vec![missing]).await);
    assert_eq!(book.counts(Layer::Files).await, [0, 0, 0, 0, 1, 0]);
    let open = book.ledger.open_files(None, 10).await.unwrap();
    assert_eq!(open[0].findings, [("file_missing".to_owned(), String::new())]);

    // Its dossier is settled meanwhile, and that closes nothing.
    book.later(60);
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None)], false).await;
    assert_eq!(book.ledger.open_findings(10).await.unwrap().len(), 1);
    assert_eq!(book.ledger.judge_held_files_anew(book.now).await.unwrap(), 1);
    let claim = claim_file(&book).await;
    assert!(settle(&book, claim, FileNext::Ready(offered()), Vec::new()).await);
    assert_eq!(book.ledger.open_findings(10).await.unwrap(), []);
}

async fn a_file_that_the_dossier_does_not_list_is_gone_and_a_late_holder_changes_nothing(mut book: Book) {
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('1'), None), mark(place('2'), None)], false).await;
    let mut slow = book.ledger.claim_files(4, 0, "slow", LEASE, book.now).await.unwrap().claims;
    assert_eq!(slow.len(), 2);
    book.later(61);
    book.touch(&["A"], book.now).await;
    list(&book, vec![mark(place('2'), None)], true).await;
    let next = claim_file(&book).await;
    assert_eq!(next.place, place('2'));
    let late = slow.remove(0);
    assert!(!settle(&book, late, FileNext::Ready(offered()), Vec::new()).await);
    assert!(!settle(&book, slow.remove(0), FileNext::Ready(offered()), Vec::new()).await);
    assert!(settle(&book, next, FileNext::Gone, Vec::new()).await);
    assert_eq!(book.ledger.open_files(Some("A"), 10).await.unwrap(), []);
    assert_eq!(book.counts(Layer::Files).await, [1, 0, 0, 0, 0, 0]);
}
