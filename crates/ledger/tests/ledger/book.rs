//! A ledger of a test's own, with the time in it and the ways that it is used.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{
    Accepted, Claim, Doubt, Lane, Layer, LayerState, Ledger, Next, Settlement, Touch, Wanted,
};
use dongbo_model::{
    ApplicantKind, DossierCode, Facts, Fees, Fingerprint, Papers, PortalId, Results, Status, Text,
};
use testbed::servers::{TestDatabase, fresh_database};

/// Runs each of these tests on both engines.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::book::Book::sqlite().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::book::Book::postgres().await).await;
                }
            )+
        }
    };
}
pub(crate) use on_both;

pub(crate) const LIVE_FOR: Duration = Duration::from_secs(300);
pub(crate) const LEASE: Duration = Duration::from_secs(60);
pub(crate) const TICK: Duration = Duration::from_secs(1);
pub(crate) const BOTH: &[Lane] = &[Lane::Retry, Lane::Backfill];

/// A ledger of a test's own, and the time in it.
pub(crate) struct Book {
    pub(crate) ledger: Ledger,
    pub(crate) now: DateTime<Utc>,
    pub(crate) config: dongbo_ledger::Settings,
    _folder: tempfile::TempDir,
    _database: Option<TestDatabase>,
}

impl Book {
    pub(crate) async fn sqlite() -> Self {
        Self::open(None).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open(Some(fresh_database().await.unwrap())).await
    }

    async fn open(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.as_ref().map(|database| database.url().to_owned()).unwrap_or_default();
        let config = dongbo_ledger::Settings {
            path: folder.path().join("ledger.sqlite"),
            url,
            ..dongbo_ledger::Settings::default()
        };
        let ledger = Ledger::of(&config).await.unwrap();
        let now = "2026-03-02T01:00:00Z".parse().unwrap();
        Self { ledger, now, config, _folder: folder, _database: database }
    }

    pub(crate) async fn reopen(&mut self) {
        self.ledger.close().await;
        self.ledger = Ledger::of(&self.config).await.unwrap();
    }

    pub(crate) fn later(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub(crate) async fn touch(&self, codes: &[&str], changed_at: DateTime<Utc>) -> u64 {
        let touches: Vec<Touch> = codes.iter().map(|code| touch("57", code, changed_at)).collect();
        self.ledger.touch(&touches, None, self.now, TICK, LIVE_FOR).await.unwrap().due
    }

    pub(crate) async fn touch_unit(&self, unit: &str, codes: &[String], changed_at: DateTime<Utc>) {
        let touches: Vec<Touch> = codes.iter().map(|code| touch(unit, code, changed_at)).collect();
        self.ledger.touch(&touches, None, self.now, TICK, LIVE_FOR).await.unwrap();
    }

    pub(crate) async fn claim(&self, lanes: &[Lane], limit: usize) -> Vec<Claim> {
        self.ledger.claim(lanes, limit, 0, "test", LEASE, self.now).await.unwrap().claims
    }

    pub(crate) async fn claim_one(&self) -> Claim {
        let mut claims = self.claim(Lane::ALL, 10).await;
        assert_eq!(claims.len(), 1);
        claims.remove(0)
    }

    pub(crate) async fn settle(&self, settlement: Settlement) -> (u64, u64) {
        let done = self.ledger.settle(&[settlement], self.now).await.unwrap();
        (done.settled, done.lease_lost)
    }

    pub(crate) async fn counts(&self, layer: Layer) -> Vec<u64> {
        let overview = self.ledger.overview(self.now).await.unwrap();
        let counts = overview.counts.of(layer);
        LayerState::ALL.iter().map(|&state| counts.of(state)).collect()
    }
}

pub(crate) fn touch(unit: &str, code: &str, changed_at: DateTime<Utc>) -> Touch {
    Touch {
        key: format!("key of {code}"),
        code: DossierCode::new(code),
        unit: unit.to_owned(),
        changed_at,
        finding: None,
    }
}

pub(crate) fn fingerprint(digit: char) -> Fingerprint {
    Fingerprint::parse(&digit.to_string().repeat(32)).unwrap()
}

/// The facts of a dossier that this unit received.
pub(crate) fn facts(unit: &str, received_at: DateTime<Utc>) -> Facts {
    Facts {
        unit: Text::new(unit),
        procedure: Text::new("1.001193"),
        received_by: None,
        status: Status::Accepted,
        channel: None,
        submitted_to: None,
        applicant: ApplicantKind::Citizen,
        submitted_at: None,
        received_at: Some(received_at),
        due_at: None,
        finished_at: None,
        returned_at: None,
        ended: None,
        asked: 0,
        first_asked_at: None,
        waiting_since: None,
        waited: 0,
        vneid: None,
        digitised_flag: None,
        paid_online: None,
        fees: Fees::None,
        papers: Papers::default(),
        digitised_at: None,
        results: Results::default(),
        databases: false,
        officer: None,
    }
}

/// Everything wanted was accepted.
pub(crate) fn synced(claim: &Claim) -> Settlement {
    Settlement {
        code: claim.code.clone(),
        fence: claim.fence,
        touches: claim.touches,
        next: Next::Synced,
        unproved_links: None,
        files: None,
        attempts: 0,
        doubt: Doubt::None,
        wanted: Some(Wanted { content: fingerprint('a'), steps: 2, steps_fp: Some(fingerprint('b')) }),
        accepted: Accepted {
            results: None,
            on_portal: true,
            status: None,
            content: Some(fingerprint('a')),
            steps: 2,
            steps_fp: Some(fingerprint('b')),
            portal_id: PortalId::new("hs-1"),
        },
        findings: Some(Vec::new()),
        rounds: claim.rounds.clone(),
        landing: dongbo_ledger::Landing::default(),
        history_shown: None,
        delayed: None,
        facts: dongbo_ledger::FactsNews::default(),
        attempt: None,
        cell: None,
        proof: dongbo_ledger::Proof::Sent,
    }
}
