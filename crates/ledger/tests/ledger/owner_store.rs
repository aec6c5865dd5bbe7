//! Looks into owners' stores: the last one of each dossier holds, and is counted by month and unit.

use chrono::TimeDelta;
use dongbo_ledger::OwnerStoreLook;
use dongbo_model::{Cell, Month};

use crate::book::{Book, on_both};

on_both! {
    the_last_look_of_a_dossier_holds_and_is_counted_where_the_dossier_is,
}

async fn the_last_look_of_a_dossier_holds_and_is_counted_where_the_dossier_is(book: Book) {
    let month = Month::parse("2026-08").unwrap();
    let look = |code: &str, unit: &str, found, hours| OwnerStoreLook {
        code: code.to_owned(),
        cell: Cell { agency: unit.to_owned(), procedure: "1.001193".to_owned(), month },
        looked_at: book.now + TimeDelta::hours(hours),
        wanted: 2,
        found,
    };
    let noted = [look("A", "H48.57", 0, 0), look("B", "H48.57", 1, 1), look("C", "H48.58", 2, 2)];
    for one in noted.iter().chain([&look("A", "H48.57", 2, 3)]) {
        book.ledger.note_owner_store_look(one).await.unwrap();
    }
    let counts = book.ledger.owner_store_counts().await.unwrap();
    let told: Vec<_> =
        counts.iter().map(|one| (one.unit.as_str(), one.looked, one.confirmed, one.last_at)).collect();
    let at = |hours| book.now + TimeDelta::hours(hours);
    assert_eq!(told, [("H48.57", 2, 1, at(3)), ("H48.58", 1, 1, at(2))]);
    let listed = book.ledger.owner_store_looks(month..=month).await.unwrap();
    assert_eq!(listed, [look("A", "H48.57", 2, 3), noted[1].clone(), noted[2].clone()]);
    let before = Month(month.0 - 1);
    assert_eq!(book.ledger.owner_store_looks(before..=before).await.unwrap(), []);
}
