//! The client against the mock portal, which knows nothing of it.

use dongbo_model::Mode;
use dongbo_portal::{Outcome, Seen, StepsSeen};
use mock_portal::{Config, FaultKind, FaultRule, MockPortal, Service};
use tokio::task::JoinSet;

use crate::fixture::{Client, maximal, minimal, steps_of};

async fn start() -> (MockPortal, Client) {
    start_with(Config::default()).await
}

async fn start_with(mut config: Config) -> (MockPortal, Client) {
    "VN:GOV:dvcqg".clone_into(&mut config.ndxp.routing_code);
    let portal = MockPortal::start(config).await.unwrap();
    let client = Client::new(&portal.url());
    (portal, client)
}

#[tokio::test]
async fn the_life_of_a_dossier() {
    let (portal, client) = start().await;
    for mut dossier in [maximal("H48.57-250915-0012"), minimal("H48.57-250915-0013")] {
        assert_eq!(client.ndxp.look_up(&dossier, Mode::Push).await, Ok(None));
        assert_eq!(client.ndxp.update(&[&dossier]).await.outcome, Outcome::NotFound);
        let created = client.ndxp.create(&[&dossier]).await;
        assert_eq!(created.outcome, Outcome::Delivered, "{created:?}");
        let again = client.ndxp.create(&[&dossier]).await;
        assert_eq!((again.outcome, again.named), (Outcome::Duplicate, vec![dossier.code.clone()]));
        if !dossier.steps.is_empty() {
            assert_eq!(client.ndxp.append_steps(&steps_of(&dossier)).await.outcome, Outcome::Delivered);
        }
        let steps = StepsSeen::Prefix(dossier.steps.len());
        let seen = Seen {
            own_form: None,
            facts: None,
            histories: None,
            content_equal: true,
            status: Some(dossier.status),
            steps,
            portal_id: None,
            differing: Vec::new(),
        };
        assert_eq!(client.ndxp.look_up(&dossier, Mode::Push).await, Ok(Some(seen)));
        dossier.note = dongbo_model::Text::new("rev=4");
        assert!(!client.ndxp.look_up(&dossier, Mode::Push).await.unwrap().unwrap().content_equal);
        assert_eq!(client.ndxp.update(&[&dossier]).await.outcome, Outcome::Delivered);
        assert!(client.ndxp.look_up(&dossier, Mode::Push).await.unwrap().unwrap().content_equal);
    }
    assert_eq!(portal.counters().logins, 1);
    portal.stop().await;
}

#[tokio::test]
async fn the_hashes_of_files_that_a_portal_shows_make_no_difference() {
    let pull = mock_portal::Pull { enabled: true, delay_ms: 3_600_000, ..mock_portal::Pull::default() };
    let (portal, client) = start_with(Config { pull, ..Config::default() }).await;
    let dossier = maximal("H48.57-250915-0012");
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
    assert!(!portal.files_of("H48.57-250915-0012").is_empty());
    assert!(client.ndxp.look_up(&dossier, Mode::Push).await.unwrap().unwrap().content_equal);
    portal.stop().await;
}

#[tokio::test]
async fn thirty_two_workers_who_meet_a_lapsed_session_cause_one_log_in() {
    for status in [200, 401] {
        let mut config = Config::default();
        config.ndxp.session_lapse_status = status;
        let (portal, client) = start_with(config).await;
        assert_eq!(client.ndxp.log_in().await.outcome, Outcome::Delivered);
        portal.expire_sessions();
        let mut workers = JoinSet::new();
        for number in 0..32 {
            let ndxp = client.ndxp.clone();
            workers.spawn(async move { ndxp.create(&[&minimal(&format!("H48-{number}"))]).await.outcome });
        }
        let outcomes = workers.join_all().await;
        assert_eq!(outcomes, [Outcome::Delivered; 32]);
        let counters = portal.counters();
        assert_eq!((counters.logins, counters.creates), (2, 32), "HTTP {status}");
        portal.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_auth_failure_told_to_all_and_tried_once() {
    let mut config = Config::default();
    "another".clone_into(&mut config.ndxp.password);
    let (portal, client) = start_with(config).await;
    let mut workers = JoinSet::new();
    for number in 0..32 {
        let ndxp = client.ndxp.clone();
        workers.spawn(async move { ndxp.create(&[&minimal(&format!("H48-{number}"))]).await });
    }
    for answer in workers.join_all().await {
        assert_eq!((answer.outcome, answer.portal_code.as_str()), (Outcome::Auth, "1"));
        assert_eq!(answer.message, "Sai tên đăng nhập hoặc mật khẩu");
    }
    assert_eq!(client.story(), [("log_in", "auth")]);
    portal.stop().await;
}

#[tokio::test]
async fn a_bad_dossier_of_a_batch_is_refused_and_named() {
    let (portal, client) = start().await;
    let (good, mut bad) = (minimal("H48-1"), minimal("H48-12"));
    bad.summary = dongbo_model::Text::new("");
    let answer = client.ndxp.create(&[&good, &bad]).await;
    assert_eq!((answer.outcome, answer.named), (Outcome::Rejected, vec![bad.code]), "{}", answer.message);
    assert!(answer.message.contains("TrichYeuHoSo"), "{}", answer.message);
    portal.stop().await;
}

#[tokio::test]
async fn faults_are_met_as_what_they_are() {
    let (portal, client) = start().await;
    let dossier = maximal("H48-1");
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
    for (kind, outcome, drift) in [
        (FaultKind::CloseBefore {}, Outcome::Unknown, false),
        (FaultKind::CloseAfter {}, Outcome::Unknown, false),
        (FaultKind::Throttle { retry_after_s: 9 }, Outcome::Throttled, false),
        (FaultKind::Status { code: 500, after: false }, Outcome::Unknown, false),
        (FaultKind::Status { code: 502, after: true }, Outcome::Unknown, false),
        (FaultKind::Status { code: 503, after: false }, Outcome::Transient, false),
        (FaultKind::Html { after: true }, Outcome::Unknown, true),
        (FaultKind::CutJson { after: true }, Outcome::Unknown, false),
        (FaultKind::UnknownCode { after: false }, Outcome::Unknown, true),
        (FaultKind::SessionLapse {}, Outcome::Delivered, false),
        (FaultKind::RefuseContent { message: "Nội dung sai".to_owned() }, Outcome::Rejected, false),
    ] {
        let name = kind.name();
        portal.add_fault(FaultRule::new(kind).on(Service::Upsert).times(1)).unwrap();
        let answer = client.ndxp.update(&[&dossier]).await;
        assert_eq!((answer.outcome, answer.drift), (outcome, drift), "{name}: {answer:?}");
    }
    portal.stop().await;
}

#[tokio::test]
async fn a_portal_that_is_down_is_transient_and_comes_back() {
    let (portal, client) = start().await;
    let dossier = minimal("H48-1");
    portal.set_down(true);
    portal.settle().await;
    let answer = client.ndxp.create(&[&dossier]).await;
    assert_eq!(answer.outcome, Outcome::Transient, "{answer:?}");
    portal.set_down(false);
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
    portal.stop().await;
}
