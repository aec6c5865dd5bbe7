//! The ledger's own promises: claims are fenced, fair and ordered; settlements are true; counts add up.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo::dossier::{DossierCode, Finding, FindingKind, Fingerprint};
use dongbo::ledger::{
    Accepted, Claim, Doubt, Lane, Layer, LayerState, Ledger, Next, Settlement, Touch, Wanted,
};

const LIVE_FOR: Duration = Duration::from_secs(300);
const LEASE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_secs(1);
const BOTH: &[Lane] = &[Lane::Retry, Lane::Backfill];

struct Book {
    ledger: Ledger,
    now: DateTime<Utc>,
    _folder: tempfile::TempDir,
}

impl Book {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        Self { ledger, now: "2026-03-02T01:00:00Z".parse().unwrap(), _folder: folder }
    }

    fn later(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    async fn touch(&self, codes: &[&str], changed_at: DateTime<Utc>) -> u64 {
        let touches: Vec<Touch> = codes.iter().map(|code| touch("57", code, changed_at)).collect();
        self.ledger.touch(&touches, None, self.now, TICK, LIVE_FOR).await.unwrap().due
    }

    async fn touch_unit(&self, unit: &str, codes: &[String], changed_at: DateTime<Utc>) {
        let touches: Vec<Touch> = codes.iter().map(|code| touch(unit, code, changed_at)).collect();
        self.ledger.touch(&touches, None, self.now, TICK, LIVE_FOR).await.unwrap();
    }

    async fn claim(&self, lanes: &[Lane], limit: usize) -> Vec<Claim> {
        self.ledger.claim(lanes, limit, 0, "test", LEASE, self.now).await.unwrap().claims
    }

    async fn claim_one(&self) -> Claim {
        let mut claims = self.claim(Lane::ALL, 10).await;
        assert_eq!(claims.len(), 1);
        claims.remove(0)
    }

    async fn settle(&self, settlement: Settlement) -> (u64, u64) {
        let done = self.ledger.settle(&[settlement], self.now).await.unwrap();
        (done.settled, done.lease_lost)
    }

    async fn counts(&self, layer: Layer) -> Vec<u64> {
        let overview = self.ledger.overview(self.now).await.unwrap();
        let counts = overview.counts.of(layer);
        LayerState::ALL.iter().map(|&state| counts.of(state)).collect()
    }
}

fn touch(unit: &str, code: &str, changed_at: DateTime<Utc>) -> Touch {
    Touch {
        key: format!("key of {code}"),
        code: DossierCode::new(code),
        unit: unit.to_owned(),
        changed_at,
        finding: None,
    }
}

fn fingerprint(digit: char) -> Fingerprint {
    Fingerprint::parse(&digit.to_string().repeat(32)).unwrap()
}

/// Everything wanted was accepted.
fn synced(claim: &Claim) -> Settlement {
    Settlement {
        code: claim.code.clone(),
        fence: claim.fence,
        touches: claim.touches,
        next: Next::Synced,
        attempts: 0,
        doubt: Doubt::None,
        wanted: Some(Wanted { content: fingerprint('a'), steps: 2, steps_fp: Some(fingerprint('b')) }),
        accepted: Accepted {
            on_portal: true,
            status: None,
            content: Some(fingerprint('a')),
            steps: 2,
            steps_fp: Some(fingerprint('b')),
        },
        findings: Some(Vec::new()),
        attempt: None,
    }
}

#[tokio::test]
async fn a_holder_whose_lease_ran_out_changes_nothing_and_is_told() {
    let mut book = Book::open().await;
    book.touch(&["A"], book.now).await;
    let slow = book.claim_one().await;
    book.later(61);
    let next = book.claim_one().await;
    assert!(next.fence > slow.fence);
    assert_eq!(next.doubt, Doubt::Unknown, "what the slow one sent is not known");

    assert_eq!(book.settle(synced(&slow)).await, (0, 1));
    assert_eq!(book.counts(Layer::Presence).await, [0, 0, 1, 0, 0], "still in flight for its new holder");
    assert_eq!(book.settle(synced(&next)).await, (1, 0));
    assert_eq!(book.counts(Layer::Presence).await, [1, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_claim_that_is_given_back_leaves_no_trace() {
    let book = Book::open().await;
    book.touch(&["A"], book.now).await;
    let first = book.claim_one().await;
    book.ledger.give_back(&[(first.code.clone(), first.fence)]).await.unwrap();
    let again = book.claim_one().await;
    assert_eq!((again.doubt, again.attempts), (Doubt::None, 0));
}

#[tokio::test]
async fn a_change_heard_of_while_it_is_being_sent_makes_the_dossier_due_again() {
    let mut book = Book::open().await;
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.later(5);
    book.touch(&["A"], book.now).await;
    book.settle(synced(&claim)).await;
    assert_eq!(book.counts(Layer::Presence).await, [1, 0, 0, 0, 0], "it is on the portal");
    assert_eq!(book.counts(Layer::Status).await, [0, 1, 0, 0, 0], "but not as it is now");
    assert_eq!(book.claim_one().await.code.as_str(), "A");
}

#[tokio::test]
async fn hearing_of_the_same_change_again_does_nothing_after_the_clocks_next_tick() {
    let mut book = Book::open().await;
    let changed_at = book.now;
    assert_eq!(book.touch(&["A"], changed_at).await, 1);
    assert_eq!(book.touch(&["A"], changed_at).await, 0, "read twice");
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    book.later(2);
    assert_eq!(book.touch(&["A"], changed_at).await, 1, "a second write could have had the same time");
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    book.later(2);
    assert_eq!(book.touch(&["A"], changed_at).await, 0, "never again");
    assert_eq!(book.touch(&["A"], changed_at - TimeDelta::hours(1)).await, 1, "a time set back is a change");
}

#[tokio::test]
async fn a_unit_with_a_great_backlog_leaves_the_others_their_share() {
    let book = Book::open().await;
    let long_ago = book.now - TimeDelta::days(30);
    let many: Vec<String> = (0..300).map(|n| format!("big-{n:03}")).collect();
    let few: Vec<String> = (0..10).map(|n| format!("small-{n}")).collect();
    let some: Vec<String> = (0..40).map(|n| format!("medium-{n:02}")).collect();
    book.touch_unit("big", &many, long_ago).await;
    book.touch_unit("small", &few, long_ago).await;
    book.touch_unit("medium", &some, long_ago).await;

    let claims = book.claim(BOTH, 90).await;
    let of = |unit: &str| claims.iter().filter(|claim| claim.unit == unit).count();
    assert_eq!(
        (of("small"), of("medium"), of("big")),
        (10, 40, 40),
        "shares left by the small one are shared"
    );
}

#[tokio::test]
async fn live_changes_come_first_and_only_while_they_are_live() {
    let mut book = Book::open().await;
    book.touch(&["old"], book.now - TimeDelta::days(3)).await;
    book.touch(&["new"], book.now).await;
    assert_eq!(book.claim(&[Lane::Live], 10).await.len(), 1);
    let backlog = book.claim(BOTH, 10).await;
    assert_eq!(backlog.iter().map(|claim| claim.code.as_str()).collect::<Vec<_>>(), ["old"]);

    book.touch(&["waits"], book.now).await;
    book.later(301);
    book.ledger.demote(LIVE_FOR, book.now).await.unwrap();
    let claims = book.claim(&[Lane::Live], 10).await;
    assert!(claims.is_empty(), "what has waited for five minutes gives way to what is live now");
}

#[tokio::test]
async fn a_dossier_that_backs_off_is_not_claimed_before_its_time_and_its_time_is_told() {
    let mut book = Book::open().await;
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    let due_at = book.now + TimeDelta::seconds(30);
    let failed = Settlement {
        next: Next::Due(due_at, Lane::Retry),
        attempts: 1,
        doubt: Doubt::Unknown,
        accepted: Accepted::default(),
        ..synced(&claim)
    };
    book.settle(failed).await;
    let nothing = book.ledger.claim(BOTH, 10, 0, "test", LEASE, book.now).await.unwrap();
    assert_eq!((nothing.claims.len(), nothing.next_due), (0, Some(due_at)));
    assert_eq!(book.counts(Layer::Presence).await, [0, 0, 0, 1, 0]);

    book.later(10);
    book.touch(&["A"], book.now).await;
    assert!(book.claim(Lane::ALL, 10).await.is_empty(), "a further change does not shorten the wait");
    book.later(20);
    let again = book.claim_one().await;
    assert_eq!((again.attempts, again.doubt, again.lane), (1, Doubt::Unknown, Lane::Retry));
}

#[tokio::test]
async fn a_held_dossier_waits_for_a_change_and_its_finding_closes_with_it() {
    let mut book = Book::open().await;
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    let finding = Finding::new(FindingKind::UnmappedStatus, "LUU_KHO", "");
    let held = Settlement {
        next: Next::Held,
        wanted: None,
        accepted: Accepted::default(),
        findings: Some(vec![finding.clone()]),
        ..synced(&claim)
    };
    book.settle(held).await;
    assert_eq!(book.counts(Layer::Steps).await, [0, 0, 0, 0, 1]);
    assert!(book.claim(Lane::ALL, 10).await.is_empty());
    let open = book.ledger.open_findings(10).await.unwrap();
    assert_eq!(open.iter().map(|open| &open.finding).collect::<Vec<_>>(), [&finding]);

    book.later(60);
    book.touch(&["A"], book.now).await;
    let claim = book.claim_one().await;
    book.settle(synced(&claim)).await;
    assert!(book.ledger.open_findings(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_without_a_code_is_counted_and_held_until_it_has_one() {
    let mut book = Book::open().await;
    let nameless = Touch { code: None, key: "4711".to_owned(), ..touch("57", "x", book.now) };
    for _ in 0..2 {
        book.ledger.touch(std::slice::from_ref(&nameless), None, book.now, TICK, LIVE_FOR).await.unwrap();
    }
    assert_eq!(book.counts(Layer::Presence).await, [0, 0, 0, 0, 1]);
    assert_eq!(book.ledger.open_findings(10).await.unwrap()[0].finding.kind, FindingKind::MissingCode);

    book.later(5);
    let named = Touch { code: DossierCode::new("A"), changed_at: book.now, ..nameless };
    book.ledger.touch(&[named], None, book.now, TICK, LIVE_FOR).await.unwrap();
    assert_eq!(book.counts(Layer::Presence).await, [0, 1, 0, 0, 0], "one dossier, not two");
    assert!(book.ledger.open_findings(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dossier_that_was_never_sent_and_is_gone_is_forgotten_unless_it_came_back() {
    let mut book = Book::open().await;
    book.touch(&["A", "B"], book.now).await;
    let claims = book.claim(Lane::ALL, 10).await;
    book.later(5);
    book.touch(&["B"], book.now).await;
    for claim in &claims {
        let gone =
            Settlement { next: Next::Forget, wanted: None, accepted: Accepted::default(), ..synced(claim) };
        assert_eq!(book.settle(gone).await, (1, 0));
    }
    assert_eq!(book.claim_one().await.code.as_str(), "B");
    assert_eq!(book.ledger.known().await.unwrap(), 1);
}

#[tokio::test]
async fn the_cursor_moves_with_its_page_and_never_back() {
    let book = Book::open().await;
    let touches = [touch("57", "A", book.now)];
    let write = |at| book.ledger.touch(&touches, Some(("intake", at)), book.now, TICK, LIVE_FOR);
    write(book.now).await.unwrap();
    write(book.now - TimeDelta::hours(1)).await.unwrap();
    assert_eq!(book.ledger.cursor("intake").await.unwrap(), Some(book.now));
}

#[tokio::test]
async fn what_was_settled_survives_closing_and_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let now: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().unwrap();
    let ledger = Ledger::open(&path).await.unwrap();
    ledger.touch(&[touch("57", "A", now)], None, now, TICK, LIVE_FOR).await.unwrap();
    let claim = ledger.claim(Lane::ALL, 1, 0, "test", LEASE, now).await.unwrap().claims.remove(0);
    ledger.settle(&[synced(&claim)], now).await.unwrap();
    ledger.close().await;

    let ledger = Ledger::open(&path).await.unwrap();
    let overview = ledger.overview(now).await.unwrap();
    assert_eq!(overview.completeness(Layer::Steps), Some(1.0));
    assert_eq!(overview.oldest_unsent, None);
}
