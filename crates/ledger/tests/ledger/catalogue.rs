//! The kept catalogue of procedures, on both engines.

use chrono::TimeDelta;
use dongbo_ledger::{CatalogueDetail, CatalogueEntry, CatalogueOrder, CatalogueTry, Ledger};

use crate::book::{Book, on_both};

on_both! {
    what_is_not_in_the_last_list_is_not_known_and_keeps_its_row,
    details_that_say_nothing_leave_what_was_known,
    tries_and_orders_are_remembered,
}

pub(super) fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect()
}

async fn kept(ledger: &Ledger) -> Vec<CatalogueEntry> {
    ledger.catalogue().await.unwrap()
}

async fn what_is_not_in_the_last_list_is_not_known_and_keeps_its_row(book: Book) {
    let (ledger, now) = (&book.ledger, book.now);
    assert_eq!((kept(ledger).await, ledger.catalogue_fetched().await.unwrap()), (Vec::new(), None));
    ledger.keep_catalogue(&list(&[("1.1", "Một"), ("1.2", "Hai")]), now).await.unwrap();
    let later = now + TimeDelta::days(1);
    ledger.keep_catalogue(&list(&[("1.2", "Hai (mới)"), ("1.3", "Ba")]), later).await.unwrap();
    let told: Vec<(String, String, bool)> =
        kept(ledger).await.into_iter().map(|entry| (entry.code, entry.name, entry.known)).collect();
    let row = |code: &str, name: &str, known| (code.to_owned(), name.to_owned(), known);
    assert_eq!(told, [row("1.1", "Một", false), row("1.2", "Hai (mới)", true), row("1.3", "Ba", true)]);
    assert_eq!(ledger.catalogue_fetched().await.unwrap(), Some(later));
    let back = now + TimeDelta::days(2);
    ledger.keep_catalogue(&list(&[("1.1", "Một")]), back).await.unwrap();
    let first = &kept(ledger).await[0];
    assert_eq!((first.known, first.fetched_at), (true, back));
}

async fn details_that_say_nothing_leave_what_was_known(book: Book) {
    let (ledger, now) = (&book.ledger, book.now);
    ledger.keep_catalogue(&list(&[("1.1", "Một")]), now).await.unwrap();
    let detail = CatalogueDetail {
        field_code: "G-HT".to_owned(),
        field_name: "Hộ tịch".to_owned(),
        returns_paper: Some(true),
        has_fee: Some(false),
        result_codes: Some(vec!["KQ.1".to_owned(), "KQ.\"2\"".to_owned()]),
        component_codes: Some(vec!["TP.1".to_owned()]),
    };
    ledger.keep_catalogue_detail("1.1", &detail, now).await.unwrap();
    let later = now + TimeDelta::days(1);
    ledger.keep_catalogue(&list(&[("1.1", "Một")]), later).await.unwrap();
    ledger.keep_catalogue_detail("1.1", &CatalogueDetail::default(), later).await.unwrap();
    let expected = CatalogueEntry {
        code: "1.1".to_owned(),
        name: "Một".to_owned(),
        field_code: "G-HT".to_owned(),
        field_name: "Hộ tịch".to_owned(),
        returns_paper: Some(true),
        has_fee: Some(false),
        result_codes: detail.result_codes.clone(),
        component_codes: detail.component_codes.clone(),
        known: true,
        fetched_at: later,
        detail_fetched_at: Some(later),
    };
    assert_eq!(kept(ledger).await, [expected]);
}

async fn tries_and_orders_are_remembered(book: Book) {
    let (ledger, now) = (&book.ledger, book.now);
    assert_eq!(
        (ledger.catalogue_try().await.unwrap(), ledger.catalogue_order().await.unwrap()),
        (None, None)
    );
    let tried = CatalogueTry { at: now, failure: Some("trống".to_owned()), details_missed: 2 };
    ledger.note_catalogue_try(&tried).await.unwrap();
    let order = CatalogueOrder { at: now, believe: true };
    ledger.order_catalogue(&order).await.unwrap();
    assert_eq!(ledger.catalogue_try().await.unwrap(), Some(tried));
    assert_eq!(ledger.catalogue_order().await.unwrap(), Some(order));
}
