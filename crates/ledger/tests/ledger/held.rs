//! What is held, by cause: refusals whose words differ in what is the dossier's own are one, and files are counted too.

use chrono::TimeDelta;
use dongbo_ledger::{
    DossierFiles, FileMark, FileNews, FileNext, FileSettlement, FilesIn, HeldDossier, HeldFilter, HeldTotals,
    Lane, ListCause, ListFilter, Next, Selection, Settlement,
};
use dongbo_model::{FileRole, Finding, FindingKind, Fingerprint, Month, Place};

use crate::book::{Book, LEASE, on_both, synced};

on_both! {
    four_hundred_refusals_that_differ_in_codes_and_numbers_alone_are_one_cause,
    files_that_wait_for_a_person_are_held_by_cause_beside_dossiers,
}

async fn hold(book: &Book, findings: impl Fn(&str) -> Vec<Finding>) {
    let claims = book.claim(Lane::ALL, 1_000).await;
    let held: Vec<Settlement> = claims
        .iter()
        .map(|claim| Settlement {
            next: Next::Held,
            wanted: None,
            findings: Some(findings(claim.code.as_str())),
            ..synced(claim)
        })
        .collect();
    book.ledger.settle(&held, book.now).await.unwrap();
}

async fn four_hundred_refusals_that_differ_in_codes_and_numbers_alone_are_one_cause(book: Book) {
    for unit in 0..4 {
        let codes: Vec<String> = (0..100).map(|number| format!("H48.{unit}-260302-{number:04}")).collect();
        book.touch_unit(&unit.to_string(), &codes, book.now).await;
    }
    // The portal writes the code and a number of its own into its words, and not always in one spelling.
    hold(&book, |code| {
        let serial = code.len() * 7 + usize::from(code.as_bytes()[code.len() - 1]);
        let words = match serial % 3 {
            0 => format!("Hồ sơ {code}: ngày hẹn trả trước ngày nhận {serial} ngày"),
            1 => format!("HỒ SƠ {}:  ngày hẹn trả trước ngày nhận {serial}.5 ngày.", code.to_lowercase()),
            _ => format!("Ho\u{302}\u{300} sơ {code}: ngày hẹn trả trước ngày nhận 1/{serial} ngày"),
        };
        vec![Finding::new(FindingKind::Refused, "content:-5", words)]
    })
    .await;
    book.touch(&["OTHER"], book.now).await;
    let other = |_: &str| vec![Finding::new(FindingKind::Refused, "content:-5", "Thiếu trích yếu")];
    hold(&book, other).await;

    let all = HeldFilter::default();
    let causes = book.ledger.held_causes(&all, 100).await.unwrap();
    let told: Vec<(u64, u64)> = causes.iter().map(|cause| (cause.dossiers, cause.units)).collect();
    assert_eq!(told, [(400, 4), (1, 1)], "{causes:#?}");
    for cause in &causes {
        let (kind, subject, form) = (cause.kind, Some(cause.subject.clone()), cause.form());
        let filter = ListFilter { cause: Some(ListCause { kind, subject, form }), ..ListFilter::default() };
        let overview = book.ledger.overview(book.now).await.unwrap();
        let listed = book.ledger.list(&filter, "", 1_000, &overview, book.now).await.unwrap();
        assert_eq!(listed.len() as u64, cause.dossiers, "the list of a cause has just its dossiers");
        let last = listed.last().unwrap();
        assert!(last.row.is_some() && last.finding == Some(FindingKind::Refused));
        let behind = book.ledger.list(&filter, &last.code, 1_000, &overview, book.now).await.unwrap();
        assert_eq!(behind, []);
    }
    let first = &causes[0];
    assert_eq!(first.example, "H48.0-260302-0000");
    assert!(
        first.words.to_uppercase().contains(&first.example),
        "the words are the example's: {}",
        first.words
    );
    let totals = book.ledger.held_totals(&all).await.unwrap();
    assert_eq!(totals, HeldTotals { dossiers: 401, files: 0, causes: 2 });
    assert_eq!(book.ledger.held_causes(&all, 1).await.unwrap().len(), 1);
    let one_unit = HeldFilter { unit: Some("2".to_owned()), ..HeldFilter::default() };
    assert_eq!(book.ledger.held_causes(&one_unit, 100).await.unwrap()[0].dossiers, 100);
}

async fn files_that_wait_for_a_person_are_held_by_cause_beside_dossiers(book: Book) {
    let place = |digit: char| Place {
        role: FileRole::Result,
        key: Fingerprint::parse(&digit.to_string().repeat(32)).unwrap(),
    };
    book.touch(&["A", "B", "C"], book.now).await;
    for claim in book.claim(Lane::ALL, 10).await {
        if claim.code.as_str() == "C" {
            // Two rows with one code: the subject is the code, and the cause is everybody's.
            let twice = Finding::new(FindingKind::DuplicateCode, "C", "2 rows");
            book.settle(Settlement { next: Next::Held, findings: Some(vec![twice]), ..synced(&claim) }).await;
            continue;
        }
        let marks =
            ['1', '2'].map(|digit| FileMark { place: place(digit), look: false, lost: false, named: None });
        let files = Some(DossierFiles { marks: marks.to_vec(), lane: Lane::Live, lists_fewer: false });
        assert_eq!(book.settle(Settlement { files, ..synced(&claim) }).await, (1, 0));
    }
    let due = book.ledger.claim_files(10, 0, "test", LEASE, book.now).await.unwrap();
    let again = book.now + TimeDelta::hours(1);
    let news: Vec<FileNews> = due
        .claims
        .into_iter()
        .map(|claim| {
            let words = format!("Tệp số {} của hồ sơ {} hỏng", claim.place.mark(), claim.code.as_str());
            let refused = Finding::new(FindingKind::FileRefused, claim.place.subject("KQ.G07"), words);
            FileNews::Ended(Box::new(FileSettlement {
                claim,
                next: FileNext::Held(again),
                mark: None,
                attempts: 0,
                findings: Some(vec![refused]),
                trouble: None,
            }))
        })
        .collect();
    book.ledger.note_files(&news, book.now).await.unwrap();

    let all = HeldFilter::default();
    let causes = book.ledger.held_causes(&all, 10).await.unwrap();
    let told: Vec<_> =
        causes.iter().map(|one| (one.kind, one.subject.as_str(), one.dossiers, one.files)).collect();
    let expected =
        [(FindingKind::FileRefused, "result:KQ.G07", 2, 4), (FindingKind::DuplicateCode, "", 1, 0)];
    assert_eq!(told, expected, "{causes:#?}");
    let totals = book.ledger.held_totals(&all).await.unwrap();
    assert_eq!(totals, HeldTotals { dossiers: 1, files: 4, causes: 2 });
    let held = book.ledger.held_dossiers(&all, None, 10).await.unwrap();
    assert_eq!(held.len(), 5);
    for limit in [1, 2, 4] {
        let mut paged: Vec<HeldDossier> = Vec::new();
        loop {
            let after = paged.last().map(|last| &last.found);
            let page = book.ledger.held_dossiers(&all, after, limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, held, "in pages of {limit}");
    }
    let missing = async |which: FilesIn| book.ledger.files_missing(&which).await.unwrap();
    assert_eq!(missing(FilesIn::default()).await, 4);
    assert_eq!(missing(FilesIn { dossier: Some("A".to_owned()), ..FilesIn::default() }).await, 2);
    assert_eq!(missing(FilesIn { month: Month::parse("2026-03"), ..FilesIn::default() }).await, 0);
    let named = HeldFilter { subject: Some("result:KQ.G07".to_owned()), ..HeldFilter::default() };
    assert_eq!(book.ledger.held_totals(&named).await.unwrap().files, 4);
    let preview = book.ledger.preview_retry(&Selection::default(), book.now).await.unwrap();
    assert_eq!(preview.causes[0].subject, "");
}
