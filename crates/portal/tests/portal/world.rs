//! The mock portal and a client of it, in whichever dialect.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, Mode, PortalId, Step};
use dongbo_portal::Dialect;
use dongbo_portal::{Answer, CallRecord, Portal, Seen, Sent, Writing};
use mock_portal::{Config, FaultKind, FaultRule, MockPortal, Service};

use crate::fixture::at;

/// A portal and a client that has not logged in yet.
pub(crate) struct World {
    pub(crate) mock: MockPortal,
    pub(crate) portal: Portal,
    pub(crate) clock: Clock,
    pub(crate) dialect: Dialect,
    records: Arc<Mutex<Vec<CallRecord>>>,
    _password: tempfile::NamedTempFile,
}

/// Runs a test in each dialect.
pub(crate) async fn in_both(test: impl AsyncFn(World)) {
    in_both_with(Config::default(), test).await;
}

/// Runs a test in each dialect against a portal of this configuration.
pub(crate) async fn in_both_with(config: Config, test: impl AsyncFn(World)) {
    for dialect in [Dialect::Ndxp, Dialect::Rest] {
        test(World::new(dialect, config.clone(), |_| {}).await).await;
    }
}

impl World {
    pub(crate) async fn rest() -> Self {
        Self::new(Dialect::Rest, Config::default(), |_| {}).await
    }

    pub(crate) async fn new(
        dialect: Dialect,
        mut mock: Config,
        change: impl FnOnce(&mut dongbo_portal::Settings),
    ) -> Self {
        "VN:GOV:dvcqg".clone_into(&mut mock.ndxp.routing_code);
        let mock = MockPortal::start(mock).await.unwrap();
        let password = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(password.path(), "dongbo\n").unwrap();
        let mut config = dongbo_portal::Settings {
            dialect,
            adapter_url: mock.url(),
            username: "dongbo".to_owned(),
            password_file: password.path().to_owned(),
            ..dongbo_portal::Settings::default()
        };
        match dialect {
            Dialect::Ndxp => {
                "VN:GOV:dvcqg".clone_into(&mut config.dstcode);
                "H48".clone_into(&mut config.unit_code);
            }
            Dialect::Rest => config.adapter_url.push_str("/rest"),
        }
        change(&mut config);
        assert_eq!(config.validate(), Vec::<String>::new());
        let clock = Clock::manual(at("2025-09-15T08:00:00Z"));
        let records = Arc::new(Mutex::new(Vec::new()));
        let observer = {
            let records = Arc::clone(&records);
            Arc::new(move |record: &CallRecord| records.lock().unwrap().push(record.clone()))
        };
        let portal = Portal::new(&config, clock.clone(), observer).unwrap();
        Self { mock, portal, clock, dialect, records, _password: password }
    }

    /// Creates a dossier, and says what the portal calls it.
    pub(crate) async fn create(&self, dossier: &Dossier) -> (Answer, Option<PortalId>) {
        let answer = self.portal.create(&[Sent { dossier, id: None }]).await;
        let id = answer.items.iter().find_map(|item| item.portal_id.clone());
        (answer, id)
    }

    pub(crate) async fn update(&self, dossier: &Dossier, id: Option<&PortalId>) -> Answer {
        self.portal.update(&[Sent { dossier, id }]).await
    }

    /// Appends the steps at these places.
    pub(crate) async fn append(
        &self,
        dossier: &Dossier,
        id: Option<&PortalId>,
        places: std::ops::Range<usize>,
    ) -> Answer {
        let steps: Vec<(Sent<'_>, &Step)> =
            dossier.steps[places].iter().map(|step| (Sent { dossier, id }, step)).collect();
        self.portal.append_steps(&steps).await
    }

    pub(crate) async fn see(&self, dossier: &Dossier) -> Seen {
        self.portal.look_up(dossier, Mode::Push).await.unwrap().unwrap()
    }

    /// Strikes the next call of this kind.
    pub(crate) fn strike(&self, service: Service, kind: FaultKind) {
        self.mock.add_fault(FaultRule::new(kind).on(service).times(1)).unwrap();
    }

    pub(crate) fn service_of_create(&self) -> Service {
        if self.dialect == Dialect::Ndxp { Service::Upsert } else { Service::HandIn }
    }

    pub(crate) fn service_of_update(&self) -> Service {
        if self.dialect == Dialect::Ndxp { Service::Upsert } else { Service::SetStatus }
    }

    pub(crate) fn service_of_steps(&self) -> Service {
        if self.dialect == Dialect::Ndxp { Service::AppendSteps } else { Service::Progress }
    }

    /// Whether a create alone brings all content.
    pub(crate) fn creates_whole(&self) -> bool {
        self.portal.writing() == Writing::Whole
    }

    /// Service and outcome of each exchange.
    pub(crate) fn story(&self) -> Vec<(&'static str, &'static str)> {
        let records = self.records.lock().unwrap();
        records.iter().map(|record| (record.service.name(), record.outcome.name())).collect()
    }
}

/// Timeouts short enough for a test.
pub(crate) fn impatient(config: &mut dongbo_portal::Settings) {
    config.read_timeout = Duration::from_millis(800);
    config.total_timeout = Duration::from_millis(1_000);
    config.connect_timeout = Duration::from_millis(800);
}
