//! The comparison sees every sort of difference, and none where there is none.

use serde_json::{Value, json};
use testbed::expect::{Expectation, Report, compare};
use testbed::onestop::Status;

use crate::support::{after, history, now, on_sqlite};

/// The records that a faultless portal would show.
fn portal(expected: &Expectation) -> Vec<Value> {
    let mut pages = Vec::new();
    for (code, dossier) in &expected.dossiers {
        let mut fields = json!(dossier.scalars);
        for (name, list) in &dossier.lists {
            fields[name] = list.clone();
        }
        pages.push(json!({"code": code, "creates": 1, "fields": fields, "steps": dossier.steps}));
    }
    pages
}

/// A few dossiers, one of which has gone its whole way and comes first.
async fn few() -> Expectation {
    let (mut simulator, _dir) = on_sqlite(2).await;
    let code = simulator.create_at(now()).await.unwrap().code;
    let mut second = 1;
    while simulator.move_on(&code, after(second)).await.is_ok() {
        second += 1;
    }
    for _ in 0..4 {
        simulator.create_at(after(100)).await.unwrap();
    }
    simulator.plant_missing_required(after(101)).await.unwrap();
    let mut expected = Expectation::read(simulator.db()).await.unwrap();
    let whole = expected.dossiers.remove(&code).unwrap();
    // "!" sorts before every code.
    expected.dossiers.insert("!".to_owned(), whole);
    expected
}

fn differs(expected: &Expectation, pages: &[Value]) -> Report {
    let report = compare(expected, pages);
    assert!(!report.is_clean());
    report
}

#[tokio::test]
async fn a_faultless_portal_is_clean() {
    let (mut simulator, _dir) = on_sqlite(8).await;
    let expected = history(&mut simulator).await;
    let report = compare(&expected, &portal(&expected));
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.equal, expected.dossiers.len());
}

#[tokio::test]
async fn missing_and_unexpected_dossiers_are_seen() {
    let expected = few().await;
    let mut pages = portal(&expected);
    pages[0]["code"] = json!("H00-1");
    let report = differs(&expected, &pages);
    assert_eq!(
        (report.missing.first, report.unexpected.first),
        (vec!["!".to_owned()], vec!["H00-1".to_owned()])
    );
    assert_eq!(report.equal, 4);
}

#[tokio::test]
async fn a_held_dossier_may_show_an_earlier_state() {
    let expected = few().await;
    let mut pages = portal(&expected);
    pages.push(json!({"code": expected.held[0].code, "creates": 1, "fields": {}, "steps": []}));
    assert!(compare(&expected, &pages).is_clean());
}

#[tokio::test]
async fn a_different_an_absent_and_an_extra_field_are_seen() {
    let expected = few().await;
    let mut pages = portal(&expected);
    pages[0]["fields"]["ChuHoSo"] = json!("Ai đó");
    pages[0]["fields"]["KenhThucHien"] = json!(1);
    pages[0]["fields"]["TaiLieuNop"][0]["DuocSoHoa"] = json!("9");
    pages[0]["fields"].as_object_mut().unwrap().remove("Fax");
    pages[0]["fields"]["ThemVao"] = json!("x");
    let report = differs(&expected, &pages);
    let fields: Vec<_> = report.different.first.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(report.different.total, 5);
    for (field, found) in [("ChuHoSo", "Ai đó"), ("KenhThucHien", "1"), ("Fax", "<absent>"), ("ThemVao", "x")]
    {
        let place = fields.iter().position(|known| *known == field).unwrap();
        assert_eq!(report.different.first[place].found, found);
    }
    assert!(fields.contains(&"TaiLieuNop"));
    assert_eq!(report.equal, 4);
}

#[tokio::test]
async fn many_differences_are_counted_and_a_few_kept() {
    let (mut simulator, _dir) = on_sqlite(8).await;
    simulator.plant_same_instant(now(), 80).await.unwrap();
    let expected = Expectation::read(simulator.db()).await.unwrap();
    let mut pages = portal(&expected);
    for page in &mut pages {
        page["fields"]["GhiChu"] = json!("rev=0");
    }
    let report = differs(&expected, &pages);
    assert_eq!((report.different.total, report.different.first.len(), report.equal), (80, 50, 0));
}

#[tokio::test]
async fn every_fault_of_steps_is_seen() {
    let expected = few().await;
    let clean = portal(&expected);
    assert!(expected.dossiers["!"].steps.len() >= Status::ALL.len() / 3);
    let change = |damage: fn(&mut Vec<Value>)| {
        let mut pages = clean.clone();
        damage(pages[0]["steps"].as_array_mut().unwrap());
        let report = differs(&expected, &pages);
        [&report.steps_missing, &report.steps_twice, &report.steps_unexpected, &report.steps_out_of_order]
            .map(|list| list.total)
    };
    assert_eq!(change(|steps| drop(steps.pop())), [1, 0, 0, 0]);
    assert_eq!(change(|steps| steps.push(steps[0].clone())), [0, 1, 0, 0]);
    assert_eq!(change(|steps| steps.push(json!({"MaHoSo": "!"}))), [0, 0, 1, 0]);
    assert_eq!(change(|steps| steps.swap(0, 1)), [0, 0, 0, 1]);
    assert_eq!(change(|steps| steps[0]["NoiDungXuLy"] = json!("khác")), [1, 0, 1, 0]);
}

#[tokio::test]
async fn a_second_create_is_seen() {
    let expected = few().await;
    let mut pages = portal(&expected);
    pages[1]["creates"] = json!(2);
    let report = differs(&expected, &pages);
    assert_eq!(report.created_twice.total, 1);
    let mut pages = portal(&expected);
    pages.push(pages[1].clone());
    assert_eq!(differs(&expected, &pages).created_twice.total, 1);
}
