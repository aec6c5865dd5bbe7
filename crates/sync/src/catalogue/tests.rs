//! When the catalogue is fetched and what is believed of it, by a manual clock and a real mock portal.

use std::sync::Arc;

use chrono::TimeDelta;
use mock_portal::{FaultKind, FaultRule, MockPortal, Service};

use super::*;
use dongbo_ledger::CatalogueOrder;
use dongbo_model::Procedure;
use dongbo_model::clock::Clock;
use dongbo_portal::{Observer, Reader};

struct World {
    mock: MockPortal,
    clock: Clock,
    refresher: Refresher,
    _folder: tempfile::TempDir,
}

/// 10:00 in Vietnam.
const MORNING: &str = "2026-03-02T03:00:00Z";

impl World {
    async fn new() -> Self {
        let mock = MockPortal::start(mock_portal::Config::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "dongbo").unwrap();
        let mut config = crate::Settings::default();
        config.portal.adapter_url = mock.url();
        "dongbo".clone_into(&mut config.portal.username);
        "H48".clone_into(&mut config.portal.unit_code);
        config.portal.password_file = password;
        config.push.calls_per_second = 0;
        config.catalogue.pause = Duration::ZERO;
        let clock = Clock::manual(MORNING.parse().unwrap());
        let observer: Observer = Arc::new(|_| {});
        let text = |text: &str| Text::new(text);
        let birth =
            Procedure { code: text("1.001193"), name: text(""), field_code: text(""), field_name: text("") };
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let refresher = Refresher {
            portal: Reader::new(&config.portal, clock.clone(), observer).unwrap().listing().unwrap(),
            ctx: Ctx::new(ledger, clock.clone(), &config.push),
            schedule: config.catalogue.refresh.parse().unwrap(),
            config: config.catalogue,
            view: Catalogue::default(),
            procedures: vec![vec![birth].into()],
            longest_call: Duration::from_secs(20),
        };
        refresher.ctx.vitals.lead(true);
        Self { mock, clock, refresher, _folder: folder }
    }

    async fn look(&self, progress: &mut Progress) {
        self.refresher.look(progress).await.unwrap();
    }

    /// The number of requests for the list.
    fn lists(&self) -> u64 {
        self.mock.counters().calls.get("LayDanhSachTTHC").copied().unwrap_or_default()
    }

    async fn failure(&self) -> Option<String> {
        self.refresher.ctx.ledger.catalogue_try().await.unwrap().unwrap().failure
    }

    async fn order(&self, believe: bool) {
        self.clock.step(TimeDelta::seconds(1));
        let order = CatalogueOrder { at: self.clock.now(), believe };
        self.refresher.ctx.ledger.order_catalogue(&order).await.unwrap();
        self.clock.step(TimeDelta::seconds(1));
    }

    fn leave(&self, many: usize) {
        let mut procedures = mock_portal::Catalogue::default().procedures;
        procedures.truncate(many);
        self.mock.set_procedures(procedures);
    }

    fn break_lists(&self) {
        let rule = FaultRule::new(FaultKind::Status { code: 503, after: false });
        self.mock.add_fault(rule.named("broken").on(Service::Procedures)).unwrap();
    }

    fn birth(&self) -> Procedure {
        self.refresher.view.complete(&self.refresher.in_use()[0])
    }
}

#[tokio::test]
async fn what_was_never_fetched_is_fetched_at_once_with_the_details_of_the_mappings_procedures_only() {
    let world = World::new().await;
    assert!(!world.refresher.view.lacks("9.999999"));
    world.look(&mut Progress::default()).await;
    let counters = world.mock.counters();
    assert_eq!((counters.calls["LayDanhSachTTHC"], counters.calls["LayThuTuc"]), (1, 1));
    let birth = world.birth();
    assert_eq!((birth.name.as_str(), birth.field_code.as_str()), ("Đăng ký khai sinh", "G-HT"));
    assert_eq!(birth.field_name.as_str(), "Hộ tịch");
    assert!(world.refresher.view.lacks("9.999999") && !world.refresher.view.lacks("2.000815"));
    let kept = world.refresher.ctx.ledger.catalogue().await.unwrap();
    let kept = |code: &str| kept.iter().find(|entry| entry.code == code).unwrap();
    assert_eq!((kept("1.001193").returns_paper, kept("1.001193").has_fee), (Some(true), Some(false)));
    assert_eq!((kept("2.000815").returns_paper, kept("2.000815").detail_fetched_at), (None, None));
    let seen = world.refresher.ctx.vitals.moments().catalogue.unwrap();
    assert_eq!((seen.known, seen.vanished, seen.at), (10, 0, world.clock.now()));
}

#[tokio::test]
async fn it_is_fetched_once_each_night_and_once_for_nights_that_were_missed() {
    let world = World::new().await;
    let mut progress = Progress::default();
    for _ in 0..3 {
        world.look(&mut progress).await;
    }
    // 1:29 and 1:31 in the night in Vietnam.
    world.clock.step(TimeDelta::minutes(15 * 60 + 29));
    world.look(&mut progress).await;
    assert_eq!(world.lists(), 1);
    world.clock.step(TimeDelta::minutes(2));
    world.look(&mut progress).await;
    world.look(&mut progress).await;
    assert_eq!(world.lists(), 2);
    // Three nights later it is started again.
    world.clock.step(TimeDelta::days(3));
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    world.look(&mut progress).await;
    assert_eq!(world.lists(), 3);
}

#[tokio::test]
async fn who_does_not_lead_only_reads_what_was_fetched() {
    let world = World::new().await;
    world.refresher.ctx.vitals.lead(false);
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    assert_eq!(world.lists(), 0);
    // The one that leads has fetched it.
    let list = [("1.001193".to_owned(), "Khai sinh".to_owned())];
    world.refresher.ctx.ledger.keep_catalogue(&list, world.clock.now()).await.unwrap();
    world.look(&mut progress).await;
    assert_eq!((world.lists(), world.birth().name.as_str()), (0, "Khai sinh"));
}

#[tokio::test]
async fn a_failed_fetch_keeps_the_old_one_and_comes_again_later_and_later() {
    let world = World::new().await;
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    world.break_lists();
    world.clock.step(TimeDelta::days(1));
    world.look(&mut progress).await;
    world.look(&mut progress).await;
    assert_eq!(world.lists(), 2);
    assert!(world.failure().await.unwrap().contains("transient"));
    assert!(!world.refresher.view.lacks("1.001193") && world.birth().lacks().is_empty());
    world.clock.step(TimeDelta::seconds(61));
    world.look(&mut progress).await;
    world.clock.step(TimeDelta::seconds(61));
    world.look(&mut progress).await;
    assert_eq!(world.lists(), 3);
    world.mock.clear_faults();
    world.clock.step(TimeDelta::seconds(60));
    world.look(&mut progress).await;
    world.look(&mut progress).await;
    assert_eq!((world.lists(), world.failure().await), (4, None));
}

#[tokio::test]
async fn an_empty_list_and_one_that_shrank_by_more_than_half_are_not_believed_unless_ordered() {
    let world = World::new().await;
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    for (many, said) in [(0, "empty"), (4, "from 10 to 4")] {
        world.leave(many);
        world.order(false).await;
        world.look(&mut progress).await;
        assert!(world.failure().await.unwrap().contains(said));
        assert!(!world.refresher.view.lacks("2.000815"));
    }
    // Half of it may be true.
    world.leave(5);
    world.order(false).await;
    world.look(&mut progress).await;
    assert_eq!(world.failure().await, None);
    assert!(world.refresher.view.lacks("2.000815"));
    world.leave(1);
    world.order(true).await;
    world.look(&mut progress).await;
    assert_eq!(world.failure().await, None);
    assert_eq!(
        world.refresher.ctx.vitals.moments().catalogue.map(|seen| (seen.known, seen.vanished)),
        Some((1, 9))
    );
    // It keeps its name, for dossiers of it are still to be read.
    assert!(world.birth().lacks().is_empty());
}

#[tokio::test]
async fn an_order_is_carried_out_once() {
    let world = World::new().await;
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    world.order(false).await;
    for _ in 0..3 {
        world.look(&mut progress).await;
    }
    assert_eq!(world.lists(), 2);
}

#[tokio::test]
async fn a_portal_in_trouble_is_not_asked_for_further_details_and_asked_again_soon() {
    let mut world = World::new().await;
    let birth = world.refresher.in_use()[0].clone();
    let wedding = Procedure { code: Text::new("1.000894"), ..birth.clone() };
    world.refresher.procedures = vec![vec![birth, wedding].into()];
    let rule = FaultRule::new(FaultKind::Status { code: 503, after: false });
    world.mock.add_fault(rule.on(Service::Procedure)).unwrap();
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    assert_eq!(world.mock.counters().calls["LayThuTuc"], 1);
    assert_eq!(world.refresher.ctx.ledger.catalogue_try().await.unwrap().unwrap().details_missed, 2);
    // The list is believed all the same: names are there, fields are not.
    assert_eq!(world.birth().lacks(), ["field_code", "field_name"]);
    world.mock.clear_faults();
    world.clock.step(TimeDelta::seconds(61));
    world.look(&mut progress).await;
    assert!(world.birth().lacks().is_empty());
    assert_eq!(world.refresher.ctx.ledger.catalogue_try().await.unwrap().unwrap().details_missed, 0);
}

#[tokio::test]
async fn while_sending_is_stopped_nothing_is_asked() {
    let world = World::new().await;
    world.refresher.ctx.gate.pause(true);
    let mut progress = Progress::default();
    let looked = tokio::time::timeout(Duration::from_millis(300), world.look(&mut progress)).await;
    assert!(looked.is_err() && world.lists() == 0);
}

#[tokio::test]
async fn a_procedure_that_comes_into_use_later_has_its_details_fetched_without_another_list() {
    let mut world = World::new().await;
    let mut progress = Progress::default();
    world.look(&mut progress).await;
    let lists = world.lists();
    let birth = world.refresher.in_use()[0].clone();
    let wedding = Procedure { code: Text::new("1.000894"), ..birth.clone() };
    assert!(!world.refresher.view.complete(&wedding).lacks().is_empty());
    world.refresher.procedures = vec![vec![birth, wedding.clone()].into()];
    world.look(&mut progress).await;
    assert_eq!(world.refresher.view.complete(&wedding).lacks(), Vec::<&str>::new());
    assert_eq!(world.lists(), lists);
}
