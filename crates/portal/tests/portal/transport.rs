//! Failures on the way to the portal and back.

use dongbo_portal::{Answer, Outcome, PortalError};

use crate::canned::{Act, Canned, answer, bytes, says};
use crate::fixture::{Client, at, minimal};

async fn create(act: Act) -> Answer {
    let server = Canned::start([act]).await;
    let dossier = minimal("H48-1");
    Client::impatient(&server.url()).ndxp.create(&[&dossier]).await
}

#[tokio::test]
async fn what_was_certainly_not_sent_is_transient() {
    let dossier = minimal("H48-1");
    let address = format!("127.0.0.1:{}", testbed::servers::lasting_port().unwrap());
    let answer = Client::new(&format!("http://{address}")).ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.http_status), (Outcome::Transient, None));
    assert!(answer.message.contains(&format!("{address} refuses connections")), "{}", answer.message);

    let client = Client::with("https://no-such-host.invalid", |_| {});
    let answer = client.ndxp.create(&[&dossier]).await;
    assert_eq!(answer.outcome, Outcome::Transient);
    assert!(answer.message.contains("no-such-host.invalid:443"), "{}", answer.message);
    // Where the resolver itself cannot be reached, the connection timeout comes first.
    let hints = ["DNS", "no connection to"];
    assert!(hints.iter().any(|hint| answer.message.contains(hint)), "{}", answer.message);
}

#[tokio::test]
async fn what_may_have_arrived_is_unknown_and_no_drift() {
    let whole = bytes(200, "", r#"{"error_code":0}"#);
    for (act, hint) in [
        (Act::SendAndHang(vec![]), "did not answer in time"),
        (Act::SendAndClose(vec![]), "was cut before an answer"),
        (Act::SendAndClose(whole[..20].to_vec()), "was cut before an answer"),
        (Act::SendAndClose(whole[..whole.len() - 5].to_vec()), "was cut within the answer"),
        (Act::SendAndHang(whole[..whole.len() - 5].to_vec()), "stopped in the middle"),
        (Act::SendAndClose(b"SSH-2.0-OpenSSH\r\n".to_vec()), "is not HTTP as dongbo understands it"),
    ] {
        let answer = create(act).await;
        assert_eq!((answer.outcome, answer.drift), (Outcome::Unknown, false), "{answer:?}");
        assert!(answer.message.contains(hint) && answer.message.contains("127.0.0.1:"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_status_that_speaks_for_itself_needs_no_whole_body() {
    let cut = bytes(503, "", "<html>down for maintenance</html>");
    let answer = create(Act::SendAndClose(cut[..cut.len() - 9].to_vec())).await;
    assert_eq!((answer.outcome, answer.http_status), (Outcome::Transient, Some(503)));
}

#[tokio::test]
async fn an_answer_over_the_cap_is_not_read() {
    let long = format!(r#"{{"error_code":0,"message":"{}"}}"#, "x".repeat(2_000));
    let chunked = format!(
        "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    for act in [answer(200, "", &long), Act::Send(chunked.into_bytes())] {
        let server = Canned::start([act]).await;
        let client = Client::with(&server.url(), |config| config.max_response_bytes = 1_000);
        let dossier = minimal("H48-1");
        let answer = client.ndxp.create(&[&dossier]).await;
        assert_eq!((answer.outcome, answer.drift), (Outcome::Unknown, false));
        assert!(answer.message.contains("longer than 1000 bytes"), "{}", answer.message);
        let client = Client::with(&server.url(), |config| config.max_response_bytes = 3_000);
        assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
    }
}

#[tokio::test]
async fn a_call_is_sent_once_whatever_becomes_of_it() {
    let server = Canned::start([says("0", ""), Act::SendAndClose(vec![])]).await;
    let client = Client::new(&server.url());
    let dossier = minimal("H48-1");
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
    assert_eq!(client.ndxp.create(&[&dossier]).await.outcome, Outcome::Unknown, "on a kept connection");
    assert_eq!(server.calls().len(), 2);
}

#[test]
fn what_is_missing_at_the_start_is_named_with_its_key() {
    use std::sync::Arc;

    use dongbo_model::ErrorClass;
    use dongbo_model::clock::Clock;
    use dongbo_portal::Ndxp;

    let junk = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(junk.path(), "canary").unwrap();
    let good = dongbo_portal::Settings {
        adapter_url: "https://adapter.example.vn".to_owned(),
        password_file: junk.path().to_owned(),
        ..dongbo_portal::Settings::default()
    };
    let fail = |config: dongbo_portal::Settings| -> PortalError {
        Ndxp::new(&config, Clock::manual(at("2025-09-15T08:00:00Z")), Arc::new(|_| {})).err().unwrap()
    };
    let nowhere = std::path::PathBuf::from("/nowhere/x.pem");
    for (config, key) in [
        (dongbo_portal::Settings { password_file: nowhere.clone(), ..good.clone() }, "portal.password_file"),
        (dongbo_portal::Settings { ca_file: Some(nowhere), ..good.clone() }, "portal.ca_file"),
        (dongbo_portal::Settings { ca_file: Some(junk.path().to_owned()), ..good.clone() }, "portal.ca_file"),
        (
            dongbo_portal::Settings { client_certificate_file: Some(junk.path().to_owned()), ..good.clone() },
            "portal.client_certificate_file",
        ),
        (dongbo_portal::Settings { adapter_url: "adapter".to_owned(), ..good.clone() }, "portal.adapter_url"),
        (dongbo_portal::Settings { dstcode: "a\nb".to_owned(), ..good }, "portal.dstcode"),
    ] {
        let error = fail(config);
        assert!(error.to_string().contains(key), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert_eq!(error.class(), ErrorClass::Config);
    }
}
