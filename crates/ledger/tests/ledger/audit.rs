//! The audit log: what is written down stays as it is, or shows that it does not.

use chrono::TimeDelta;
use dongbo_ledger::{Act, ActWay, NewAct};

use crate::book::{Book, on_both};
use crate::tallies::damage;

on_both! {
    each_entry_follows_from_those_before_it_however_many_write_at_once,
}

const fn paused(who: &str) -> NewAct<'_> {
    NewAct { who, way: ActWay::Command, act: Act::Pause, about: "" }
}

async fn each_entry_follows_from_those_before_it_however_many_write_at_once(book: Book) {
    let empty = book.ledger.check_audit(None).await.unwrap();
    assert_eq!((empty.entries, empty.broken_at), (0, None));
    let writing = (0..20).map(|number| {
        let (ledger, at) = (book.ledger.clone(), book.now + TimeDelta::seconds(number));
        tokio::spawn(
            async move { ledger.write_down(&paused(&format!("người {number}\n")), at).await.unwrap() },
        )
    });
    let mut written = Vec::new();
    for one in writing.collect::<Vec<_>>() {
        written.push(one.await.unwrap());
    }
    written.sort_by_key(|act| act.number);
    assert!(written.iter().map(|act| act.number).eq(1..=20), "without gaps");
    let mut told = book.ledger.acts(None, 100).await.unwrap();
    told.reverse();
    assert_eq!(told, written);
    assert!(told.iter().all(|act| !act.who.contains('\n')));
    let older: Vec<u64> = book.ledger.acts(Some(4), 2).await.unwrap().iter().map(|act| act.number).collect();
    assert_eq!(older, [3, 2]);
    let check = book.ledger.check_audit(Some(&written[7].hash)).await.unwrap();
    assert_eq!((check.entries, check.broken_at, check.noted), (20, None, Some(true)));
    assert_eq!(check.last_hash, written[19].hash);
    assert_eq!(book.ledger.check_audit(Some("another")).await.unwrap().noted, Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_changed_taken_out_or_cut_off_shows_also_after_others_are_added() {
    for (spoil, broken_at) in [
        ("UPDATE audit SET who = 'minh' WHERE number = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE number = 5", 5),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number > 4", 5),
        ("UPDATE audit SET about = 'a', act = 'pausea' WHERE number = 1", 1),
        ("DELETE FROM audit", 1),
    ] {
        let book = Book::sqlite().await;
        for _ in 0..5 {
            book.ledger.write_down(&paused("lan"), book.now).await.unwrap();
        }
        damage(&book, spoil).await;
        assert_eq!(book.ledger.check_audit(None).await.unwrap().broken_at, Some(broken_at), "{spoil}");
        book.ledger.write_down(&paused("lan"), book.now).await.unwrap();
        assert_eq!(
            book.ledger.check_audit(None).await.unwrap().broken_at,
            Some(broken_at),
            "{spoil}, then more"
        );
    }
}
