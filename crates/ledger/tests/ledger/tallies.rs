//! Counts are kept with each change; one that is not what is there is found and put right.

use dongbo_ledger::{Lane, Layer, LayerState, Miscount, Next, Settlement};
use dongbo_model::{Finding, FindingKind};
use sqlx::AssertSqlSafe;

use crate::book::{Book, on_both, synced};

/// Does `sql` on the ledger's database, past the ledger.
pub(crate) async fn damage(book: &Book, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    if book.config.url.is_empty() {
        let file = sqlx::SqlitePool::connect(&book.config.path.display().to_string()).await.unwrap();
        sqlx::query(sql).execute(&file).await.unwrap();
        file.close().await;
    } else {
        let server = sqlx::PgPool::connect(&book.config.url).await.unwrap();
        sqlx::query(sql).execute(&server).await.unwrap();
        server.close().await;
    }
}

async fn a_tally_that_is_wrong_is_put_right_and_told_of(book: Book) {
    book.touch(&["H48-1", "H48-2", "H48-3"], book.now).await;
    damage(&book, "DELETE FROM dossier_tally WHERE bin >= 0").await;
    damage(&book, "INSERT INTO finding_tally (kind, many) VALUES ('refused', 7)").await;
    assert_eq!(
        book.ledger.overview(book.now).await.unwrap().lane(Lane::Live).backlog,
        0,
        "nothing else counts them"
    );

    let found = book.ledger.recount().await.unwrap();
    let told: Vec<(&str, &str, i64, i64)> =
        found.iter().map(|one: &Miscount| (one.table, one.group.as_str(), one.told, one.there)).collect();
    assert_eq!(told, [("dossier", "57", 0, 3), ("finding", "refused", 7, 0)]);
    let overview = book.ledger.overview(book.now).await.unwrap();
    assert_eq!((overview.dossiers, overview.lane(Lane::Live).backlog, overview.findings), (3, 3, vec![]));
    assert_eq!(book.ledger.recount().await.unwrap(), []);
}

async fn a_dossier_that_is_not_sent_is_told_from_one_that_is_held_and_back(mut book: Book) {
    book.touch(&["H48-1"], book.now).await;
    let claim = book.claim_one().await;
    let not_for_portal = Finding::new(FindingKind::NotForPortal, "draft", "");
    let kept = Settlement { next: Next::NotSent, findings: Some(vec![not_for_portal]), ..synced(&claim) };
    book.settle(kept).await;
    let states = [LayerState::NotSent, LayerState::Held];
    let overview = book.ledger.overview(book.now).await.unwrap();
    assert_eq!((overview.not_sent, overview.held), (1, 0));

    book.later(10);
    book.touch(&["H48-1"], book.now).await;
    let claim = book.claim_one().await;
    let refused = Finding::new(FindingKind::Refused, "-5", "");
    book.settle(Settlement {
        next: Next::Held,
        findings: Some(vec![refused]),
        wanted: None,
        ..synced(&claim)
    })
    .await;
    let overview = book.ledger.overview(book.now).await.unwrap();
    assert_eq!((overview.not_sent, overview.held), (0, 1));
    let counts = overview.counts.of(Layer::Status);
    assert_eq!(states.map(|state| counts.of(state)), [0, 1]);
    assert_eq!(book.ledger.recount().await.unwrap(), []);
}

on_both!(
    a_tally_that_is_wrong_is_put_right_and_told_of,
    a_dossier_that_is_not_sent_is_told_from_one_that_is_held_and_back
);

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_adds_up_is_put_together_without_a_change() {
    let book = Book::postgres().await;
    for number in 0..20 {
        book.touch(&[&format!("H48-{number}")], book.now).await;
    }
    let before = book.ledger.overview(book.now).await.unwrap();
    let server = sqlx::PgPool::connect(&book.config.url).await.unwrap();
    for fold in ["dossier", "file", "finding"] {
        sqlx::query(AssertSqlSafe(format!("SELECT fold_{fold}_tally()"))).execute(&server).await.unwrap();
    }
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM dossier_tally").fetch_one(&server).await.unwrap();
    server.close().await;
    assert_eq!(rows, 2, "one for all dossiers of the unit, one for those that are due");
    assert_eq!(book.ledger.overview(book.now).await.unwrap(), before);
    assert_eq!(before.dossiers, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_a_start_has_no_time_for_is_found_while_it_is_worked_on() {
    let book = Book::sqlite().await;
    book.touch(&["H48-1"], book.now).await;
    assert_eq!(book.ledger.look_through().await, None);
    damage(&book, "UPDATE dossier SET content_wanted = 'no fingerprint'").await;
    assert!(book.ledger.look_through().await.unwrap().contains("contradicts itself"));
}
