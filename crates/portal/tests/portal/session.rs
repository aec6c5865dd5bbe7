//! Sessions: log-in, lapse, refusal.

use dongbo_portal::Outcome;

use crate::canned::{Act, Canned, answer, json, says};
use crate::fixture::{Client, minimal};

const LAPSED: &str = "Phiên làm việc đã hết hạn";

#[tokio::test]
async fn a_lapsed_session_is_renewed_once_and_the_call_repeated() {
    for lapsed in [says("-1", LAPSED), says("9", LAPSED), answer(401, "", "")] {
        let server = Canned::start([lapsed, says("0", "")]).await;
        let client = Client::new(&server.url());
        let dossier = minimal("H48-1");
        assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
        assert_eq!(
            client.story(),
            [
                ("log_in", "delivered"),
                ("DongBoHoSoMC", "session_expired"),
                ("log_in", "delivered"),
                ("DongBoHoSoMC", "delivered"),
            ]
        );
    }
}

#[tokio::test]
async fn a_session_refused_right_after_a_log_in_is_an_auth_failure_and_no_reason_to_hammer() {
    let server = Canned::start([says("-1", LAPSED)]).await;
    let client = Client::new(&server.url());
    let dossier = minimal("H48-1");
    let answer = client.ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.message.as_str()), (Outcome::Auth, LAPSED));
    assert_eq!(
        (server.log_ins().len(), server.calls().len()),
        (2, 3),
        "and one look-up that fares no better"
    );
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Auth);
    assert_eq!((server.log_ins().len(), server.calls().len()), (2, 3), "within the pause");
    client.clock.advance_to(crate::fixture::at("2025-09-15T08:00:10Z"));
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Auth);
    assert_eq!((server.log_ins().len(), server.calls().len()), (4, 6), "after the pause");
}

#[tokio::test]
async fn a_session_that_only_one_call_is_refused_for_is_a_refusal_of_that_call() {
    let lapsed = says("-1", LAPSED);
    let server = Canned::start([lapsed.clone(), lapsed, says("0", ""), says("0", "")]).await;
    let client = Client::new(&server.url());
    let dossier = minimal("H48-1");
    let answer = client.ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.message.as_str()), (Outcome::Rejected, LAPSED));
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered, "the session stands");
    assert_eq!(server.log_ins().len(), 2);
}

#[tokio::test]
async fn a_log_in_that_fails_means_that_the_call_was_not_sent() {
    for (log_in, outcome, drift) in [
        (json(r#"{"error_code":1,"message":"Sai mật khẩu"}"#), Outcome::Auth, false),
        (json(r#"{"error_code":"77","message":""}"#), Outcome::Auth, false),
        (answer(400, "", r#"{"error_code":"77"}"#), Outcome::Auth, false),
        (says("3", "Tài khoản không tồn tại"), Outcome::Auth, false),
        (says("-1", LAPSED), Outcome::Auth, false),
        (answer(401, "", ""), Outcome::Auth, false),
        (answer(403, "", ""), Outcome::Auth, false),
        (answer(404, "", ""), Outcome::Config, false),
        (answer(429, "", ""), Outcome::Throttled, false),
        (answer(500, "", r#"{"error_code":"77"}"#), Outcome::Transient, false),
        (answer(503, "", ""), Outcome::Transient, false),
        (json(r#"{"error_code":0}"#), Outcome::Transient, true),
        (json(r#"{"error_code":0,"session":""}"#), Outcome::Transient, true),
        (json("<html>"), Outcome::Transient, true),
        (Act::SendAndClose(vec![]), Outcome::Transient, false),
    ] {
        let server = Canned::with_log_in(log_in, [says("0", "")]).await;
        let client = Client::new(&server.url());
        let dossier = minimal("H48-1");
        let answer = client.ndxp.create(&[&dossier]).await;
        assert_eq!((answer.outcome, answer.drift), (outcome, drift), "{answer:?}");
        assert!(!answer.message.is_empty());
        assert_eq!(client.story(), [("log_in", outcome.name())]);
        assert!(server.calls().is_empty());
    }
}

#[tokio::test]
async fn an_explicit_log_in_always_asks_the_portal() {
    let server = Canned::start([says("0", "")]).await;
    let client = Client::new(&server.url());
    assert_eq!(client.ndxp.log_in().await.outcome, Outcome::Delivered);
    assert_eq!(client.ndxp.log_in().await.outcome, Outcome::Delivered);
    assert_eq!(server.log_ins().len(), 2);
}
