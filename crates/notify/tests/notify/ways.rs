//! Each way against a real server of its kind, which takes a message, refuses it, hangs, leads elsewhere or babbles.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use dongbo_model::{ErrorClass, Lang};
use dongbo_notify::{Message, SendError, Settings, Teller, Way, send};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use testbed::interface::{Interface, Reply};
use testbed::smtp::{MailServer, Manner};

fn settings() -> Settings {
    Settings { timeout: Duration::from_secs(1), title: "Tỉnh <b>&".to_owned(), ..Settings::default() }
}

fn message() -> Message {
    let at: chrono::DateTime<Utc> = "2026-03-02T23:30:00Z".parse().unwrap();
    Teller::new(&settings(), Lang::Vi).test("thử\r\nBcc: x@example.vn", at)
}

fn way(text: &str) -> Way {
    toml::from_str(&format!("name = \"x\"\n{text}")).unwrap()
}

async fn sent(way: &Way) -> Result<(), SendError> {
    send(&settings(), way, &message(), 7).await
}

fn file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn mail(server: &MailServer, folder: &Path, more: &str) -> Way {
    let authority = file(folder, "ca.pem", server.authority());
    let password = file(folder, "password", "geheim-7\n");
    way(&format!(
        "kind = \"email\"\nserver = \"localhost\"\nport = {}\nfrom = \"dongbo@example.vn\"\n\
         to = [\"lan@example.vn\", \"minh@example.vn\"]\nusername = \"dongbo\"\npassword_file = {password:?}\n\
         ca_file = {authority:?}\n{more}",
        server.port()
    ))
}

/// The parts of a mail, decoded.
fn parts(text: &str) -> Vec<String> {
    let bodies = text.split("base64\r\n\r\n").skip(1).map(|rest| rest.split("\r\n--").next().unwrap());
    let decoded = bodies.map(|body| STANDARD.decode(body.replace("\r\n", "")).unwrap());
    decoded.map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

#[tokio::test]
async fn a_mail_goes_encrypted_with_its_account_and_says_the_same_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::start(Manner::Takes).await.unwrap();
    sent(&mail(&server, folder.path(), "")).await.unwrap();
    let mails = server.mails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(mail.encrypted && mail.from.contains("dongbo@example.vn"), "{mail:?}");
    assert_eq!(mail.to.len(), 2);
    let account = STANDARD.decode(mail.log_in.trim_start_matches("PLAIN ")).unwrap();
    assert_eq!(account, b"\0dongbo\0geheim-7");
    let (head, _) = mail.text.split_once("\r\n\r\n").unwrap();
    assert!(head.is_ascii() && !head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    let parts = parts(&mail.text);
    assert!(parts[0].contains("thử\\r\\nBcc") && parts[0].contains("Tỉnh <b>&"), "{}", parts[0]);
    assert!(parts[1].contains("Tỉnh &lt;b&gt;&amp;") && !parts[1].contains("<b>"), "{}", parts[1]);
}

#[tokio::test]
async fn what_keeps_a_mail_is_told_by_its_class_without_what_the_server_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::start(Manner::Takes).await.unwrap();
    let mail_way = mail(&server, folder.path(), "");
    for (manner, class, words) in [
        (Manner::RefusesLogIn, ErrorClass::Auth, "password_file"),
        (Manner::RefusesRecipients, ErrorClass::Config, "SMTP 550"),
        (Manner::Busy, ErrorClass::Transient, "SMTP 451"),
        (Manner::InTheClear, ErrorClass::Config, "encryption"),
        (Manner::Babbles, ErrorClass::Transient, "no mail server"),
        (Manner::Silent, ErrorClass::Transient, "in time"),
    ] {
        server.behave(manner);
        let error = sent(&mail_way).await.unwrap_err();
        assert_eq!(error.class, class, "{manner:?}: {error}");
        assert!(error.words.contains(words) || manner == Manner::Silent, "{manner:?}: {error}");
        assert!(!error.words.contains("lan@") && !error.words.contains("geheim"), "{error}");
    }
    server.behave(Manner::Takes);
    let strange = MailServer::start(Manner::Takes).await.unwrap();
    let other = way(&format!(
        "kind = \"email\"\nserver = \"localhost\"\nport = {}\nfrom = \"a@b.vn\"\nto = [\"a@b.vn\"]\nca_file = {:?}",
        strange.port(),
        folder.path().join("ca.pem")
    ));
    let untrusted = sent(&other).await.unwrap_err();
    assert!(untrusted.class == ErrorClass::Config && untrusted.words.contains("not trusted"), "{untrusted}");
    assert!(server.mails().is_empty() && strange.mails().is_empty());
}

#[tokio::test]
async fn a_webhook_is_signed_over_time_and_body_and_the_key_stays_here() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Interface::start(|_| Reply::Plain(204, Vec::new(), String::new())).await.unwrap();
    let key = file(folder.path(), "key", "geheim");
    sent(&way(&format!("kind = \"webhook\"\nurl = \"{}in\"\nsecret_file = {key:?}", receiver.url())))
        .await
        .unwrap();
    let asked = receiver.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/in"));
    let (time, signature) =
        (asked.header("dongbo-timestamp").unwrap(), asked.header("dongbo-signature").unwrap());
    let mut mac = Hmac::<Sha256>::new_from_slice(b"geheim").unwrap();
    mac.update(format!("{time}.{}", asked.body).as_bytes());
    assert_eq!(signature, format!("v1={}", hex::encode(mac.finalize().into_bytes())));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        (&body["version"], &body["occasion"], &body["lang"]),
        (&json!(1), &json!("test"), &json!("vi"))
    );
    assert!(body["text"].as_str().unwrap().contains("Tỉnh <b>&") && !asked.body.contains("geheim"));
}

#[tokio::test]
async fn a_receiver_that_fails_hangs_leads_elsewhere_or_babbles_is_told_so_and_followed_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Interface::start(|_| Reply::Plain(200, Vec::new(), String::new())).await.unwrap();
    let there = elsewhere.url();
    let receiver = Interface::start(move |asked| match asked.target.as_str() {
        "/moved" => Reply::Plain(302, vec![format!("Location: {there}")], String::new()),
        "/busy" => Reply::Plain(429, vec!["Retry-After: 90".to_owned()], String::new()),
        "/down" => Reply::Plain(503, Vec::new(), "lan@example.vn".to_owned()),
        "/shut" => Reply::Plain(401, Vec::new(), String::new()),
        "/gone" => Reply::Plain(404, Vec::new(), String::new()),
        "/babble" => Reply::Raw(b"\xff\xfe no HTTP \r\n\r\n"),
        _ => Reply::Silence,
    })
    .await
    .unwrap();
    for (path, class) in [
        ("moved", ErrorClass::Config),
        ("busy", ErrorClass::Throttled),
        ("down", ErrorClass::Transient),
        ("shut", ErrorClass::Auth),
        ("gone", ErrorClass::Config),
        ("babble", ErrorClass::Transient),
        ("hang", ErrorClass::Transient),
    ] {
        let began = Instant::now();
        let error =
            sent(&way(&format!("kind = \"webhook\"\nurl = \"{}{path}\"", receiver.url()))).await.unwrap_err();
        assert_eq!(error.class, class, "{path}: {error}");
        assert!(began.elapsed() < Duration::from_secs(5), "{path} took too long");
        assert!(!error.words.contains("lan@") && !error.words.contains(path), "{error}");
        assert_eq!(error.retry_after, (path == "busy").then_some(Duration::from_secs(90)));
    }
    assert!(elsewhere.asked().is_empty(), "a redirect was followed");
    let hidden = file(folder.path(), "url", &format!("{}geheim/down", receiver.url()));
    let error = sent(&way(&format!("kind = \"slack\"\nurl_file = {hidden:?}"))).await.unwrap_err();
    assert!(!error.words.contains("geheim"), "{error}");
}

#[tokio::test]
async fn telegram_zalo_and_slack_are_told_in_their_own_forms_and_believed_by_their_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Interface::start(|asked| {
        let said: Value = serde_json::from_str(&asked.body).unwrap();
        let good =
            said["chat_id"] == "-100" || said["recipient"]["user_id"] == "42" || said["text"].is_string();
        match (asked.target.as_str(), good) {
            ("/bot12:geheim/sendMessage", _) if said["chat_id"] == "-100" => {
                Reply::Json(json!({ "ok": true }))
            }
            ("/bot12:geheim/sendMessage", _) => Reply::Json(json!({ "ok": false, "error_code": 400 })),
            ("/v3.0/oa/message/cs", true) => Reply::Json(json!({ "error": 0 })),
            ("/v3.0/oa/message/cs", false) => Reply::Json(json!({ "error": -216, "message": "lan" })),
            _ => Reply::Plain(200, Vec::new(), "ok".to_owned()),
        }
    })
    .await
    .unwrap();
    let token = file(folder.path(), "token", "12:geheim");
    let of = |kind: &str, to: &str| {
        way(&format!(
            "kind = \"{kind}\"\nurl = \"{}\"\nto = [\"{to}\"]\nsecret_file = {token:?}",
            receiver.url()
        ))
    };
    for (right, wrong) in [(of("telegram", "-100"), of("telegram", "1")), (of("zalo", "42"), of("zalo", "1"))]
    {
        sent(&right).await.unwrap();
        let error = sent(&wrong).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Auth, "{error}");
        assert!(!error.words.contains("geheim") && !error.words.contains("lan"), "{error}");
    }
    let hook = file(folder.path(), "hook", &format!("{}T1", receiver.url()));
    sent(&way(&format!("kind = \"slack\"\nurl_file = {hook:?}"))).await.unwrap();
    let asked = receiver.asked();
    let body = |at: usize| -> Value { serde_json::from_str(&asked[at].body).unwrap() };
    let telegram = body(0)["text"].as_str().unwrap().to_owned();
    assert!(telegram.contains("Tỉnh &lt;b&gt;&amp;") && body(0)["parse_mode"] == "HTML", "{telegram}");
    assert_eq!(asked[2].header("access_token"), Some("12:geheim"));
    assert!(body(2)["message"]["text"].as_str().unwrap().contains("Tỉnh <b>&"));
    assert!(body(4)["text"].as_str().unwrap().contains("Tỉnh &lt;b&gt;&amp;"));
}

#[tokio::test]
async fn a_file_is_there_whole_and_a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("a/b");
    sent(&way(&format!("kind = \"folder\"\nfolder = {to:?}"))).await.unwrap();
    let mut names: Vec<_> = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["20260303-063000000-test.json", "20260303-063000000-test.txt"]);
    let json: Value = serde_json::from_slice(&std::fs::read(to.join(&names[0])).unwrap()).unwrap();
    assert_eq!(json["occasion"], "test");
    let under_a_file = file(folder.path(), "plain", "").join("below");
    let error = sent(&way(&format!("kind = \"folder\"\nfolder = {under_a_file:?}"))).await.unwrap_err();
    assert!(error.class == ErrorClass::Config && error.words.contains("folder"), "{error}");
}
