//! Loops without end: a portal that contradicts itself about one dossier, in every way that is seen or thought of. The writes of that
//! dossier end, it says why, and all others arrive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::{Json, Router};
use dongbo_ledger::{Layer, LayerState, OpenFinding, Selection};
use dongbo_model::FindingKind;
use serde_json::{Value, json};
use testbed::expect::Expectation;

use support::{Plan, Rig, Running, all_settled, all_synced, now};

/// The steps of a dossier in a look-up.
const STEPS: &str = "DanhSachTienDo";

/// Changes what a look-up shows of a dossier; `null` when it is not there.
type Show = fn(&mut Value);

/// The twists of a portal that contradicts itself about one dossier.
#[derive(Clone, Copy)]
struct Twist {
    /// The answer to a create (`None`), update (`Some(false)`) or call with steps (`Some(true)`) in which the dossier rides, in place
    /// of taking it. It is given the dossier's code.
    write: fn(Written, &str) -> Option<Value>,
    /// Changes what a look-up shows of it; `null` when it is not there.
    show: Show,
    /// Whether what was written is kept.
    keeps: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    New,
    Again,
    Steps,
}

const PLAIN: Twist = Twist { write: |_, _| None, show: |_| {}, keeps: true };

/// What the portal has, and what it was sent.
struct Desk {
    twist: Twist,
    victim: String,
    dossiers: BTreeMap<String, Value>,
    /// Writes of content, and steps, of the victim.
    contents: usize,
    steps: usize,
}

#[derive(Clone)]
struct Desks(Arc<Mutex<Desk>>);

impl Desks {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap()
    }
}

async fn answer(State(desks): State<Desks>, Json(call): Json<Value>) -> Json<Value> {
    let mut desk = desks.desk();
    let Some(service) = call["service"].as_str() else {
        return Json(json!({ "session": "s", "error_code": 0 }));
    };
    Json(match service {
        "TraCuuHoSo" => desk.look_up(call["mahoso"].as_str().unwrap()),
        "DongBoHoSoMC" => {
            desk.write(&call, if call["isUpdating"] == "True" { Written::Again } else { Written::New })
        }
        "CapNhatTienDoHoSoMC" => desk.write(&call, Written::Steps),
        other => panic!("{other}"),
    })
}

impl Desk {
    fn write(&mut self, call: &Value, written: Written) -> Value {
        let data = call["data"].as_array().unwrap().clone();
        let mine = data.iter().filter(|item| item["MaHoSo"] == *self.victim).count();
        match written {
            Written::Steps => self.steps += mine,
            Written::New | Written::Again => self.contents += mine,
        }
        let twisted = if mine > 0 { (self.twist.write)(written, &self.victim) } else { None };
        for item in data.into_iter().filter(|_| twisted.is_none()) {
            let code = item["MaHoSo"].as_str().unwrap().to_owned();
            if code == self.victim && !self.twist.keeps {
                continue;
            }
            let kept = self.dossiers.entry(code).or_insert(json!({ STEPS: [] }));
            if written == Written::Steps {
                kept[STEPS].as_array_mut().unwrap().push(item);
            } else {
                let steps = kept[STEPS].take();
                *kept = item;
                kept[STEPS] = steps;
            }
        }
        twisted.unwrap_or(json!({ "error_code": 0, "message": "Thành công", "result": [] }))
    }

    fn look_up(&self, code: &str) -> Value {
        let mut shown = self.dossiers.get(code).cloned().unwrap_or_default();
        if code == self.victim {
            (self.twist.show)(&mut shown);
        }
        let found = if shown.is_null() { json!([]) } else { json!([shown]) };
        json!({ "error_code": 0, "message": "", "result": found })
    }
}

struct World {
    rig: Rig,
    running: Running,
    desks: Desks,
    /// The steps of the victim at the office.
    steps: usize,
}

impl World {
    async fn new(twist: Twist) -> Self {
        let overrides = "[push]\nbackoff_cap = \"200ms\"\nlookup_after = \"50ms\"\nverify_after = \"50ms\"\nverify_share = 1.0";
        let plan = Plan { dossiers: 3, overrides: overrides.to_owned(), ..Plan::default() };
        let mut rig = Rig::new(plan).await;
        rig.without_results().await;
        let expected = Expectation::read(rig.simulator.db()).await.unwrap();
        let most_steps = expected.dossiers.iter().max_by_key(|(_, dossier)| dossier.steps.len()).unwrap();
        let (victim, steps) = (most_steps.0.clone(), most_steps.1.steps.len());
        let desk = Desk { twist, victim, dossiers: BTreeMap::new(), contents: 0, steps: 0 };
        let desks = Desks(Arc::new(Mutex::new(desk)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        rig.config.portal.adapter_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(axum::routing::post(answer)).with_state(desks.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let running = rig.start().await;
        Self { rig, running, desks, steps }
    }

    async fn findings(&self) -> Vec<OpenFinding> {
        self.running.ledger.open_findings(20).await.unwrap()
    }

    /// Waits until nothing is left to do, and asserts that it is this that holds the victim, and nobody else.
    async fn held(&self, kind: FindingKind) -> OpenFinding {
        self.running
            .until("settled", |overview| {
                overview.dossiers == 3 && overview.to_verify == 0 && all_settled(overview)
            })
            .await;
        let findings = self.findings().await;
        let victim = self.desks.desk().victim.clone();
        let holding: Vec<_> = findings.iter().filter(|found| found.finding.kind.holds()).collect();
        assert_eq!(holding.len(), 1, "{findings:?}");
        assert_eq!(
            (holding[0].code.as_str(), holding[0].finding.kind),
            (victim.as_str(), kind),
            "{findings:?}"
        );
        holding[0].clone()
    }

    /// The writes of the victim's content, and how often each of its steps was written at most.
    fn writes(&self) -> (usize, usize) {
        let desk = self.desks.desk();
        (desk.contents, desk.steps.div_ceil(self.steps.max(1)))
    }

    async fn stop(self) {
        self.running.stop().await;
        drop(self.rig);
    }
}

fn exists(code: &str) -> Value {
    json!({ "error_code": "3", "message": format!("Mã hồ sơ {code} đã tồn tại trên hệ thống") })
}

fn later(record: &mut Value) {
    if !record.is_null() {
        record["NgayTiepNhan"] = "20200102030405".into();
    }
}

fn hide(record: &mut Value) {
    *record = Value::Null;
}

#[tokio::test]
async fn what_exists_on_the_portal_and_is_not_shown_is_held_with_the_portals_words() {
    for write in [
        (|written, code| (written == Written::New).then(|| exists(code)))
            as fn(Written, &str) -> Option<Value>,
        |written, _| {
            let unnamed = json!({ "error_code": "3", "message": "Mã hồ sơ đã tồn tại trên hệ thống" });
            (written == Written::New).then_some(unnamed)
        },
    ] {
        let world = World::new(Twist { write, ..PLAIN }).await;
        let found = world.held(FindingKind::ExistsElsewhere).await;
        assert!(found.finding.detail.contains("đã tồn tại trên hệ thống"), "{found:?}");
        let (contents, _) = world.writes();
        assert!(contents <= 6, "{contents} writes");
        // A sweep of the same data changes nothing; an operator's word does.
        world.desks.desk().twist = PLAIN;
        let codes = Some(vec![found.code]);
        let selection = Selection { codes, ..Selection::default() };
        world.running.ledger.retry(&selection, std::time::Duration::ZERO, now()).await.unwrap();
        world.running.until("all synced", |overview| overview.to_verify == 0 && all_synced(overview)).await;
        world.stop().await;
    }
}

#[tokio::test]
async fn every_other_contradiction_about_content_is_held_after_five_writes() {
    let loops: [(&str, Twist); 6] = [
        ("accepted and never shown", Twist { keeps: false, show: hide, ..PLAIN }),
        ("accepted and shown otherwise", Twist { show: later, ..PLAIN }),
        (
            "updates answered as creates",
            Twist {
                write: |written, code| (written == Written::Again).then(|| exists(code)),
                show: later,
                ..PLAIN
            },
        ),
        (
            "shown and not found",
            Twist {
                write: |written, _| {
                    let missing =
                        json!({ "error_code": "-4", "message": "Không tìm thấy hồ sơ trên hệ thống" });
                    (written == Written::Again).then_some(missing)
                },
                show: later,
                ..PLAIN
            },
        ),
        (
            "a verdict that nobody understands",
            Twist {
                write: |written, code| {
                    let item = json!({ "MaHoSo": code, "error_code": 77, "message": "?" });
                    let others = json!({ "error_code": 0, "result": [item] });
                    (written != Written::Steps).then_some(others)
                },
                show: hide,
                ..PLAIN
            },
        ),
        (
            "exists by turns",
            Twist {
                write: |written, code| (written != Written::Steps).then(|| exists(code)),
                show: later,
                ..PLAIN
            },
        ),
    ];
    for (name, twist) in loops {
        let world = World::new(twist).await;
        if name == "exists by turns" {
            let victim = world.desks.desk().victim.clone();
            world.desks.desk().dossiers.insert(victim.clone(), json!({ "MaHoSo": victim, STEPS: [] }));
        }
        println!("{name}");
        let found = world.held(FindingKind::WrittenOften).await;
        assert!(found.finding.subject == "content" && !found.finding.detail.is_empty(), "{name}: {found:?}");
        let (contents, steps) = world.writes();
        assert!(contents <= 8 && steps <= 5, "{name}: {contents} writes, {steps} of each step");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_form_of_the_portals_own_is_accepted_and_told() {
    let world = World::new(Twist {
        show: |record| {
            if record.is_object() {
                record["TrichYeuHoSo"] = record["TrichYeuHoSo"].as_str().unwrap().to_uppercase().into();
                let phone = record["SoDienThoai"].as_str().unwrap().to_owned();
                if !phone.is_empty() {
                    record["SoDienThoai"] = format!("+84{}", phone.trim_start_matches('0')).into();
                }
            }
        },
        ..PLAIN
    })
    .await;
    world
        .running
        .until("all synced", |overview| {
            overview.dossiers == 3 && overview.to_verify == 0 && all_synced(overview)
        })
        .await;
    let findings = world.findings().await;
    let told: Vec<_> =
        findings.iter().map(|found| (found.finding.kind, found.finding.subject.as_str())).collect();
    assert!(
        matches!(told[..], [(FindingKind::PortalsOwnForm, fields)] if fields.ends_with("TrichYeuHoSo")),
        "{findings:?}"
    );
    let (contents, steps) = world.writes();
    assert!(contents <= 3 && steps <= 1, "{contents} writes, {steps} of each step");
    world.stop().await;
}

#[tokio::test]
async fn steps_that_the_portal_hides_doubles_or_rewrites_are_not_sent_for_ever() {
    let loops: [(&str, FindingKind, Show); 3] = [
        ("never shown", FindingKind::WrittenOften, |record| {
            if record.is_object() {
                record[STEPS] = json!([]);
            }
        }),
        ("shown twice", FindingKind::StepsDiffer, |record| {
            if let Some(steps) = record.get_mut(STEPS).and_then(Value::as_array_mut) {
                let again = steps.clone();
                steps.extend(again);
            }
        }),
        ("in other words", FindingKind::StepsDiffer, |record| {
            let steps = record.get_mut(STEPS).and_then(Value::as_array_mut);
            for step in steps.into_iter().flatten() {
                step["NoiDungXuLy"] = "khác".into();
            }
        }),
    ];
    for (name, kind, show) in loops {
        let world = World::new(Twist { show, ..PLAIN }).await;
        println!("{name}");
        world.held(kind).await;
        let (contents, steps) = world.writes();
        assert!(contents <= 5 && steps <= 5, "{name}: {contents} writes, {steps} of each step");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_portal_that_asks_one_dossier_to_wait_for_ever_blames_nobody_and_stops_no_other() {
    let throttled = |_: Written, _: &str| Some(json!({ "error_code": "99", "message": "thử lại sau" }));
    let world = World::new(Twist { write: throttled, ..PLAIN }).await;
    let synced =
        |overview: &dongbo_ledger::Overview| overview.counts.of(Layer::Presence).of(LayerState::Synced);
    world.running.until("the others arrived", |overview| synced(overview) == 2).await;
    let findings = world.findings().await;
    assert!(findings.iter().all(|found| !found.finding.kind.holds()), "{findings:?}");
    world.desks.desk().twist = PLAIN;
    world.running.until("all synced", |overview| overview.to_verify == 0 && all_synced(overview)).await;
    world.stop().await;
}

#[tokio::test]
async fn a_session_that_is_refused_for_one_dossier_only_holds_that_one() {
    let lapsed =
        |_: Written, _: &str| Some(json!({ "error_code": "-1", "message": "Phiên làm việc đã hết hạn" }));
    let world = World::new(Twist { write: lapsed, ..PLAIN }).await;
    let found = world.held(FindingKind::Refused).await;
    assert!(found.finding.detail.contains("Phiên làm việc"), "{found:?}");
    let (contents, _) = world.writes();
    assert!(contents <= 8, "{contents} writes");
    world.stop().await;
}
