//! A ledger goes from its file to a server, whole, and the file is closed behind it.

use dongbo_ledger::{Act, ActWay, Lane, LedgerError, NewAct};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::alike::{round, told};
use crate::book::{Book, LEASE};

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_the_same_on_the_server_as_it_did_in_its_file_and_goes_on_there() {
    let (mut file, server) = (Book::sqlite().await, Book::postgres().await);
    for seed in 0..12 {
        round(&mut file, &mut StdRng::seed_from_u64(seed)).await;
    }
    let list = crate::catalogue::list(&[("1.1", "Một"), ("1.2", "Hai")]);
    file.ledger.keep_catalogue(&list, file.now).await.unwrap();
    for (days, text) in [(0, "một"), (1, "hai")] {
        crate::publication::keep(&file.ledger, "2026-08", &[text], file.now + chrono::TimeDelta::days(days))
            .await;
    }
    let reported = |numerator| dongbo_ledger::NewFigure {
        period: "2026-08".to_owned(),
        unit: String::new(),
        figure: "reported".to_owned(),
        numerator,
        denominator: None,
    };
    for (numerator, by) in [(120, "lan"), (138, "minh")] {
        file.ledger.enter_figures(&[reported(numerator)], by, file.now).await.unwrap();
    }
    for who in ["lan", "minh"] {
        let act = NewAct { who, way: ActWay::Page, act: Act::LogIn, about: "" };
        file.ledger.write_down(&act, file.now).await.unwrap();
    }
    let moved = server.ledger.take_over(&file.ledger, file.now).await.unwrap();
    assert_eq!(server.ledger.acts(None, 9).await.unwrap(), file.ledger.acts(None, 9).await.unwrap());
    let audit = server.ledger.check_audit(None).await.unwrap();
    assert_eq!((audit.entries, audit.broken_at), (2, None));
    assert_eq!(moved.dossiers, file.ledger.known().await.unwrap());
    assert!(moved.attempts > 10 && moved.findings > 3, "{moved:?}");
    assert_eq!(told(&server.ledger, file.now).await, told(&file.ledger, file.now).await);
    assert_eq!(server.ledger.catalogue().await.unwrap(), file.ledger.catalogue().await.unwrap());
    assert_eq!(server.ledger.catalogue().await.unwrap().len(), 2);
    let published = crate::publication::key("2026-08");
    let answers = server.ledger.publication(&published, 9).await.unwrap();
    assert_eq!((answers.len(), &answers), (2, &file.ledger.publication(&published, 9).await.unwrap()));
    assert_eq!(server.ledger.publications().await.unwrap(), file.ledger.publications().await.unwrap());
    let dirty = async |ledger: &dongbo_ledger::Ledger| {
        let cells = ledger.dirty_cells(10_000).await.unwrap();
        cells.into_iter().map(|one| one.cell).collect::<Vec<_>>()
    };
    assert!(!dirty(&server.ledger).await.is_empty(), "its cells are summed up anew");
    let entered = server.ledger.entered_figures(Some("2026-08"), Some("reported")).await.unwrap();
    assert_eq!(entered, file.ledger.entered_figures(None, None).await.unwrap());
    let told: Vec<_> = entered.iter().map(|one| (one.figure.numerator, one.entered_by.as_str())).collect();
    assert_eq!(told, [(120, "lan"), (138, "minh")], "nothing is written over");
    let later = file.now + chrono::TimeDelta::hours(3);
    assert!(!server.ledger.claim(Lane::ALL, 100, 0, "host/2", LEASE, later).await.unwrap().claims.is_empty());

    let again = server.ledger.take_over(&file.ledger, file.now).await.unwrap_err();
    assert!(matches!(again, LedgerError::Moved { .. }), "{again}");
    let refused = dongbo_ledger::Ledger::of(&file.config).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Moved { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_holds_a_ledger_already_is_left_alone() {
    let (mut file, mut server) = (Book::sqlite().await, Book::postgres().await);
    round(&mut file, &mut StdRng::seed_from_u64(1)).await;
    round(&mut server, &mut StdRng::seed_from_u64(2)).await;
    let before = told(&server.ledger, server.now).await;
    let refused = server.ledger.take_over(&file.ledger, file.now).await.unwrap_err();
    assert!(matches!(refused, LedgerError::NotEmpty), "{refused}");
    assert_eq!(told(&server.ledger, server.now).await, before);
    file.reopen().await;
}
