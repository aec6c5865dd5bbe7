//! A ledger that an earlier version wrote is read and worked on as before: `tests/data/ledger-of-e9483c4.sqlite` was
//! written by the program of that commit.

use std::path::Path;

use dongbo_ledger::{
    FileNews, FileNext, FileSettlement, FileState, HeldFilter, Ledger, LedgerError, Next, Settled, Signature,
};
use dongbo_model::{
    Age, Cause, DifferenceKind, FindingKind, FoundBy, Lane, Layer, LayerState, PlainCause, Remedy,
};

use crate::book::{Book, LEASE, synced};

/// A book with a copy of the earlier version's ledger, some minutes after it was left.
async fn book() -> Book {
    let mut book = Book::sqlite().await;
    book.ledger.close().await;
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ledger-of-e9483c4.sqlite");
    std::fs::copy(kept, &book.config.path).unwrap();
    for end in ["-wal", "-shm"] {
        let beside = format!("{}{end}", book.config.path.display());
        if Path::new(&beside).exists() {
            std::fs::remove_file(beside).unwrap();
        }
    }
    book.ledger = Ledger::of(&book.config).await.unwrap();
    book.later(120);
    book
}

#[tokio::test]
async fn everything_that_an_earlier_version_wrote_is_read() {
    let book = book().await;
    let overview = book.ledger.overview(book.now).await.unwrap();
    assert_eq!(overview.dossiers, 41);
    let status = overview.counts.of(Layer::Status);
    let states = [LayerState::Synced, LayerState::InFlight, LayerState::Waiting, LayerState::Held];
    let counted = states.map(|state| status.of(state));
    assert_eq!(LayerState::ALL.iter().map(|&state| status.of(state)).sum::<u64>(), 41);
    assert_eq!((counted[1], counted[3]), (3, 5), "{overview:#?}");

    let causes = book.ledger.held_causes(&HeldFilter::default(), 10).await.unwrap();
    let causes: Vec<(FindingKind, &str, u64)> =
        causes.iter().map(|cause| (cause.kind, cause.subject.as_str(), cause.dossiers)).collect();
    assert!(causes.contains(&(FindingKind::UnmappedProcedure, "XX99", 2)), "{causes:?}");
    assert!(causes.contains(&(FindingKind::Refused, "steps:-7", 2)), "{causes:?}");
    assert!(causes.contains(&(FindingKind::MissingCode, "code", 1)), "{causes:?}");

    let differences = book.ledger.open_differences(None, "", 100).await.unwrap();
    let told = |kind: DifferenceKind| {
        let mut found = differences.iter().filter(|difference| difference.kind == kind);
        let difference = found.next().unwrap();
        let remedy = Remedy::of(difference.kind, &difference.cause, difference.age, difference.mendable);
        (difference.cause.clone(), difference.age, remedy)
    };
    let unmapped = Cause::Finding(FindingKind::UnmappedProcedure, "XX99".to_owned());
    assert_eq!(differences.len(), 5);
    assert!(differences.iter().any(|difference| difference.cause == unmapped));
    assert_eq!(
        told(DifferenceKind::StepExtra),
        (PlainCause::ChangedOnPortal.into(), Age::Late, Remedy::Portal)
    );
    assert_eq!(
        told(DifferenceKind::CountedMore),
        (PlainCause::BornOnPortal.into(), Age::Mismatch, Remedy::Unit)
    );
    let counts = book.ledger.open_differences(Some(FoundBy::Counts), "", 100).await.unwrap();
    assert_eq!((counts.len(), counts[0].layer), (1, Layer::Presence));

    assert_eq!(book.ledger.catalogue().await.unwrap().len(), 2);
    let runs = book.ledger.runs(10).await.unwrap();
    assert!(runs.len() == 1 && runs[0].summary.contains("guarded:2026-03"), "{runs:?}");
}

#[tokio::test]
async fn the_story_of_a_dossier_goes_on_where_an_earlier_version_left_it() {
    let mut book = book().await;
    book.later(3_600);
    let claims = book.claim(Lane::ALL, 100).await;
    assert!(claims.len() > 10, "{}", claims.len());
    let verified = claims.iter().find(|claim| claim.accepted.on_portal).unwrap();
    let story = book.ledger.story(verified.code.as_str(), 10, book.now).await.unwrap().unwrap();
    assert_eq!((story.attempts.len(), story.attempts[0].outcome.as_str()), (1, "delivered"));
    assert_eq!((verified.accepted.steps, verified.accepted.content.is_some()), (2, true));

    let batch: Vec<_> = claims.iter().map(synced).collect();
    let all = u64::try_from(batch.len()).unwrap();
    assert!(batch.iter().all(|one| one.next == Next::Synced));
    let settled = book.ledger.settle(&batch, book.now).await.unwrap();
    assert_eq!(
        settled,
        Settled { settled: all, lease_lost: 0, files_arrived: 0, live_due: false, delays: Vec::new() }
    );
    let overview = book.ledger.overview(book.now).await.unwrap();
    let status = overview.counts.of(Layer::Status);
    assert_eq!((status.of(LayerState::Synced), status.of(LayerState::Held)), (36, 5), "{overview:#?}");
}

#[tokio::test]
async fn files_that_an_earlier_version_proved_are_known_and_the_others_are_looked_at()
-> Result<(), LedgerError> {
    let mut book = book().await;
    let arrived = book.ledger.linked("0000").await?.unwrap();
    assert_eq!((arrived.mark.size, arrived.mark.signature), (1_000, Signature::Absent));
    let ready = book.ledger.linked("0001").await?.unwrap();
    assert_eq!((ready.announcement, ready.mark.signature), (1, Signature::Whole));

    book.later(2 * 86_400);
    let due = book.ledger.claim_files(10, 0, "test", LEASE, book.now).await?;
    let held = due.claims.iter().filter(|claim| claim.state == FileState::Held).count();
    assert_eq!((due.claims.len(), held), (3, 1));
    let news: Vec<FileNews> = due
        .claims
        .into_iter()
        .map(|claim| {
            let mark = claim.mark.clone();
            let next = FileNext::Again(book.now);
            FileNews::Ended(Box::new(FileSettlement {
                claim,
                next,
                mark,
                attempts: 1,
                findings: Some(Vec::new()),
                trouble: None,
            }))
        })
        .collect();
    assert!(book.ledger.note_files(&news, book.now).await?.refused.is_empty());
    let findings = book.ledger.open_findings(100).await?;
    assert!(findings.iter().all(|found| found.finding.kind != FindingKind::FileEmpty), "it was judged anew");
    Ok(())
}
