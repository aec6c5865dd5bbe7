//! The dossiers of a period are counted by unit and procedure, and each of them is listed as it was counted.

use std::collections::BTreeMap;

use dongbo_ledger::{Lane, LayerState, Next, PlacedFilter, Settlement};
use dongbo_model::{Cell, Finding, FindingKind, Layer, Month};

use crate::book::{Book, on_both, synced};

on_both! {
    what_is_counted_of_a_period_is_what_is_listed_and_all_of_it_is_counted,
}

fn cell(procedure: &str, month: &str) -> Cell {
    Cell { agency: "H48.57".to_owned(), procedure: procedure.to_owned(), month: Month::parse(month).unwrap() }
}

async fn what_is_counted_of_a_period_is_what_is_listed_and_all_of_it_is_counted(book: Book) {
    for unit in ["57", "58"] {
        let codes: Vec<String> = (0..10).map(|number| format!("H48.{unit}-{number}")).collect();
        book.touch_unit(unit, &codes, book.now).await;
    }
    let settled: Vec<Settlement> = book
        .claim(Lane::ALL, 100)
        .await
        .iter()
        .map(|claim| {
            let number = claim.code.as_str().as_bytes().last().unwrap() - b'0';
            let place = match number {
                0..7 => cell("1.001193", "2026-02"),
                7..9 => cell("2.000815", "2026-02"),
                _ => cell("2.000815", "2026-03"),
            };
            let refused = Finding::new(FindingKind::Refused, "-5", "");
            let (next, findings) = match number {
                0 => (Next::Held, vec![refused]),
                _ => (Next::Synced, Vec::new()),
            };
            Settlement { next, findings: Some(findings), cell: Some(place), ..synced(claim) }
        })
        .collect();
    book.ledger.settle(&settled, book.now).await.unwrap();
    book.touch(&["H48.57-never-read"], book.now).await;

    let february = Month::parse("2026-02").unwrap();
    let all = PlacedFilter { first: february, last: february, unit: None, procedure: None };
    let counts = book.ledger.placed_counts(&all, book.now).await.unwrap();
    let told: Vec<_> = counts
        .iter()
        .map(|one| {
            let synced = one.overview.counts.of(Layer::Presence).of(LayerState::Synced);
            (one.unit.as_str(), one.procedure.as_str(), one.overview.dossiers, one.overview.held, synced)
        })
        .collect();
    let of = |unit| [(unit, "1.001193", 7, 1, 7), (unit, "2.000815", 2, 0, 2)];
    assert_eq!(told, [of("57"), of("58")].concat());
    assert_eq!(book.ledger.count_without_month(None).await.unwrap(), 1);
    assert_eq!(book.ledger.count_without_month(Some("58")).await.unwrap(), 0);

    let mut listed = Vec::new();
    loop {
        let after =
            listed.last().map(|one: &dongbo_ledger::PlacedDossier| one.code.clone()).unwrap_or_default();
        let page = book.ledger.placed_dossiers(&all, &after, 4, book.now).await.unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    assert!(listed.is_sorted_by(|one, other| one.code < other.code));
    for &layer in Layer::ALL {
        let mut states: BTreeMap<(&str, &str, LayerState), u64> = BTreeMap::new();
        for one in &listed {
            *states.entry((&one.unit, &one.procedure, one.layer(layer))).or_default() += 1;
        }
        for one in &counts {
            for &state in LayerState::ALL {
                let many =
                    states.get(&(one.unit.as_str(), one.procedure.as_str(), state)).copied().unwrap_or(0);
                assert_eq!(many, one.overview.counts.of(layer).of(state), "{one:?} {layer:?} {state:?}");
            }
        }
    }
    assert_eq!(listed.iter().filter(|one| one.state == LayerState::Held).count(), 2);
    let copies = PlacedFilter {
        last: Month(february.0 + 1),
        unit: Some("57".to_owned()),
        procedure: Some("2.000815".to_owned()),
        ..all
    };
    let copies = book.ledger.placed_dossiers(&copies, "", 100, book.now).await.unwrap();
    let codes: Vec<_> = copies.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["H48.57-7", "H48.57-8", "H48.57-9"]);
}
