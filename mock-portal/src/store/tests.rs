use serde_json::json;

use super::*;

fn dossier<'a>(operation: Operation, status: u8, note: &'a str) -> Write<'a> {
    Write {
        operation,
        code: "A",
        body: r#"{"MaHoSo":"A"}"#,
        status,
        is_cancellation: false,
        note,
        at: "",
        fingerprint: 0,
    }
}

fn step(at: &str, fingerprint: u64) -> Write<'_> {
    Write {
        operation: Operation::Step,
        code: "A",
        body: "{}",
        status: 2,
        is_cancellation: false,
        note: "",
        at,
        fingerprint,
    }
}

fn counters(store: &Store) -> Counters {
    let mut counters = Counters::default();
    store.count_into(&mut counters);
    counters
}

#[test]
fn updates_that_go_back_are_applied_and_counted() {
    let mut store = Store::default();
    store.apply(&dossier(Operation::Create, 2, ""), 1);
    for (status, backward) in [(4, 0), (5, 0), (2, 0), (2, 0), (9, 0), (4, 1), (10, 1), (9, 2)] {
        store.apply(&dossier(Operation::Update, status, ""), 2);
        assert_eq!(counters(&store).backward_moves, backward, "to {status}");
    }
    assert_eq!(store.view("A").unwrap().history.len(), 9);
}

#[test]
fn a_lower_revision_is_a_step_back_even_at_the_same_status() {
    let mut store = Store::default();
    store.apply(&dossier(Operation::Create, 4, "x rev=3; y"), 1);
    store.apply(&dossier(Operation::Update, 4, "rev=10"), 2);
    assert_eq!(counters(&store).backward_moves, 0);
    store.apply(&dossier(Operation::Update, 4, "rev=9"), 3);
    assert_eq!(counters(&store).backward_moves, 1);
    // Lower status and lower revision at once are one step back.
    store.apply(&dossier(Operation::Update, 1, "rev=8"), 4);
    assert_eq!(counters(&store).backward_moves, 2);
    store.apply(&dossier(Operation::Update, 1, "no mark"), 5);
    store.apply(&dossier(Operation::Update, 1, "rev=7"), 6);
    assert_eq!(counters(&store).backward_moves, 3);
}

#[test]
fn steps_twice_and_steps_late_are_stored_and_counted() {
    let mut store = Store::default();
    store.apply(&dossier(Operation::Create, 2, ""), 1);
    for (at, fingerprint) in
        [("20250101000000", 1), ("20250102000000", 2), ("20250102000000", 2), ("20250101120000", 3)]
    {
        store.apply(&step(at, fingerprint), 2);
    }
    let counted = counters(&store);
    assert_eq!((counted.steps, counted.duplicate_steps, counted.steps_out_of_order), (4, 1, 1));
    assert_eq!(store.view("A").unwrap().steps.len(), 4);
}

#[test]
fn a_second_create_is_counted() {
    let mut store = Store::default();
    store.apply(&dossier(Operation::Create, 2, ""), 1);
    store.apply(&dossier(Operation::Create, 2, ""), 2);
    assert_eq!((counters(&store).created_twice, store.view("A").unwrap().creates), (1, 2));
}

#[test]
fn damage_is_done_whole_or_not_at_all() {
    let mut store = Store::default();
    store.apply(&dossier(Operation::Create, 2, ""), 1);
    for n in 1..=3 {
        let body = format!(r#"{{"n":"{n}"}}"#);
        store.apply(&Write { body: &body, ..step("20250101000000", n) }, 2);
    }
    let set = json!({"ChuHoSo": "khác"}).as_object().unwrap().clone();
    let too_far = Damage { set: set.clone(), swap_steps: Some((0, 3)), ..Damage::default() };
    assert!(store.damage("A", &too_far).is_err());
    assert!(!store.view("A").unwrap().fields.contains_key("ChuHoSo"));
    assert!(!store.damage("B", &Damage::default()).unwrap());

    let all =
        Damage { set, drop_step: Some(0), duplicate_step: Some(1), swap_steps: Some((0, 2)), copies: None };
    assert!(store.damage("A", &all).unwrap());
    let view = store.view("A").unwrap();
    assert_eq!(view.fields["ChuHoSo"], "khác");
    let order: Vec<&Value> = view.steps.iter().map(|step| &step["n"]).collect();
    assert_eq!(order, ["3", "3", "2"]);
}

#[test]
fn pages_follow_the_codes() {
    let mut store = Store::default();
    for code in ["C", "A", "B", "D"] {
        store.apply(&Write { code, ..dossier(Operation::Create, 2, "") }, 1);
    }
    let codes = |after, limit| -> Vec<String> {
        store.page(after, limit, false).into_iter().map(|view| view.code).collect()
    };
    assert_eq!(codes("", 2), ["A", "B"]);
    assert_eq!(codes("B", 9), ["C", "D"]);
    assert!(codes("D", 9).is_empty());
}
