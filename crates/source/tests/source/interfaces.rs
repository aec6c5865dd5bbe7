//! Interfaces over HTTP of every kind: how they give pages, whom they let in, and where they lead.

use std::time::Duration;

use dongbo_model::ErrorClass;
use dongbo_source::{HttpSettings, Scan, Settings, Source, SourceError};
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed::interface::{Asked, Interface, Reply};

use crate::over_http;
use crate::support::{codes, open, scan, sweep};

/// `canbo:mat-khau` and `canbo:mat-khau-moi`, as a browser sends them.
const SIGNED_IN: &str = "Basic Y2FuYm86bWF0LWtoYXU=";
const SIGNED_IN_ANEW: &str = "Basic Y2FuYm86bWF0LWtoYXUtbW9p";

/// The mapping of iGate with this paging and way of signing in, and with these keys of a list in the place of its own.
fn mapping(paging: &str, sign_in: &str, list: &str) -> String {
    let text = over_http::mapping()
        .replace("paging = \"page\"", &format!("paging = \"{paging}\""))
        .replace("sign_in = \"password\"", &format!("sign_in = \"{sign_in}\""));
    let begin = text.find("query = { page").unwrap();
    let end = text.find("items = \".content").unwrap();
    text.replace(&text[begin..end], &format!("{list}\n")).replace("last = \".last\"\n", "")
}

/// Dossiers numbered downwards from `newest`, the newest first.
fn items(newest: usize, many: usize) -> Vec<Value> {
    let item = |number: usize| {
        let code = format!("H48.57-200101-{number:04}");
        let at = format!("2020-01-01T10:{:02}:00.000+0700", number % 60);
        json!({"id": number.to_string(), "code": code, "agency": {"code": "H48.57"}, "updatedDate": at})
    };
    (0..many).map(|place| item(newest - place)).collect()
}

/// The settings of a source at `url`, whose account has a password in the folder.
fn settings(url: String) -> (Settings, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "mat-khau").unwrap();
    let http = HttpSettings { user: "canbo".to_owned(), calls_per_second: 200, ..HttpSettings::default() };
    let config = Settings {
        url,
        password_file: Some(password),
        http,
        connect_timeout: Duration::from_secs(2),
        statement_timeout: Duration::from_secs(5),
        ..Settings::default()
    };
    (config, folder)
}

async fn refused(source: &Source) -> SourceError {
    source.changed(&mut Scan::since(None, Duration::ZERO)).await.unwrap_err()
}

const CURSOR: &str = "query = { after = \"{cursor}\" }\nnext = \".next\"";
const LINK: &str = "query = { limit = \"{size}\" }";

#[tokio::test]
async fn a_list_is_read_by_the_mark_that_each_page_gives_and_a_mark_that_leads_in_a_circle_is_named() {
    let pages = |asked: &Asked| {
        let (newest, many, next) = match asked.target.split_once("after=") {
            None => (9, 4, Some("m1")),
            Some((_, rest)) if rest.starts_with("m1") => (5, 3, Some("m2")),
            Some(_) => (2, 2, None),
        };
        Reply::Json(json!({"content": items(newest, many), "next": next}))
    };
    let interface = Interface::start(pages).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let source = open(&config, &mapping("cursor", "none", CURSOR));
    let (changes, _) = scan(&source, None).await;
    assert_eq!(codes(&changes).len(), 9);
    let marks: Vec<bool> = interface.asked().iter().map(|asked| asked.target.contains("after=")).collect();
    assert_eq!(marks, [false, true, true], "the first page has none");
    assert_eq!(codes(&sweep(&source).await).len(), 9);
    assert!(interface.asked().iter().all(|asked| asked.method == "GET"), "a source is only read");

    let circle = |_: &Asked| Reply::Json(json!({"content": items(9, 3), "next": "m1"}));
    let interface = Interface::start(circle).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let error = refused(&open(&config, &mapping("cursor", "none", CURSOR))).await;
    assert!(error.to_string().contains("leads to itself"), "{error}");
}

#[tokio::test]
async fn a_page_by_marks_that_is_too_long_is_asked_for_with_fewer_rows_and_a_row_too_long_by_itself_is_named()
{
    let many = 8;
    let pages = move |long: usize| {
        move |asked: &Asked| {
            let number = |name: &str| {
                let (_, rest) = asked.target.split_once(name)?;
                rest.split('&').next()?.parse::<usize>().ok()
            };
            let from = number("after=").unwrap_or(0);
            let to = (from + number("n=").unwrap()).min(many);
            let mut rows = items(many, many)[from..to].to_vec();
            for (place, row) in (from..).zip(&mut rows) {
                row["pad"] = "x".repeat(if place == long { 200_000 } else { 30_000 }).into();
            }
            let next = (to < many).then(|| to.to_string());
            Reply::Json(json!({"content": rows, "next": next}))
        }
    };
    let list = "query = { after = \"{cursor}\", n = \"{size}\" }\nnext = \".next\"";
    let interface = Interface::start(pages(many)).await.unwrap();
    let (mut config, _folder) = settings(interface.url());
    config.http.max_response_bytes = 100_000;
    let (changes, _) = scan(&open(&config, &mapping("cursor", "none", list)), None).await;
    assert_eq!(codes(&changes).len(), many);

    let interface = Interface::start(pages(4)).await.unwrap();
    config.url = interface.url();
    let error = refused(&open(&config, &mapping("cursor", "none", list))).await;
    assert!(error.to_string().contains("source.http.max_response_bytes"), "{error}");
}

#[tokio::test]
async fn a_list_is_read_by_the_link_to_the_next_page_and_one_that_leads_elsewhere_is_not_followed() {
    let linked = |link: String| {
        move |asked: &Asked| match asked.target.contains("trang=2") {
            true => Reply::Json(json!({"content": items(5, 5)})),
            false => {
                let headers = vec![format!("Link: <{link}>; rel=\"next\", </pa?trang=1>; rel=\"first\"")];
                Reply::Plain(200, headers, json!({"content": items(9, 4)}).to_string())
            }
        }
    };
    let interface = Interface::start(linked("/pa/dossier/search?trang=2".to_owned())).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let (changes, _) = scan(&open(&config, &mapping("link", "none", LINK)), None).await;
    assert_eq!(codes(&changes).len(), 9);
    assert!(interface.asked()[0].target.contains("limit=50"));

    let elsewhere = Interface::start(|_| Reply::Json(json!({"content": []}))).await.unwrap();
    let interface = Interface::start(linked(format!("{}pa?trang=2", elsewhere.url()))).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let error = refused(&open(&config, &mapping("link", "none", LINK))).await;
    assert!(error.to_string().contains("is sent to another host or port"), "{error}");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_to_elsewhere_is_refused_and_one_within_the_same_place_is_followed() {
    let elsewhere = Interface::start(|_| Reply::Json(json!({"content": items(3, 3)}))).await.unwrap();
    let moved = |to: String| {
        move |asked: &Asked| match asked.target.starts_with("/moi") {
            true => Reply::Json(json!({"content": items(3, 3)})),
            false => Reply::Plain(302, vec![format!("Location: {to}")], String::new()),
        }
    };
    let interface = Interface::start(moved(elsewhere.url())).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let source = open(&config, &mapping("link", "basic", LINK));
    let error = refused(&source).await;
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("another host or port (status 302)"), "{error}");
    assert!(elsewhere.asked().is_empty(), "the password goes nowhere else");
    let interface = Interface::start(moved("/moi".to_owned())).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let (changes, _) = scan(&open(&config, &mapping("link", "basic", LINK)), None).await;
    assert_eq!(codes(&changes).len(), 3);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_a_new_one_is_taken_without_a_restart_over_http() {
    let guarded = |asked: &Asked| match asked.authorization.as_str() {
        SIGNED_IN_ANEW => Reply::Json(json!({"content": items(3, 3)})),
        _ => Reply::Plain(401, Vec::new(), "sai mat-khau".to_owned()),
    };
    let interface = Interface::start(guarded).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let source = open(&config, &mapping("link", "basic", LINK));
    let error = refused(&source).await;
    assert_eq!(error.class(), ErrorClass::Auth);
    let told = error.to_string();
    assert!(told.contains("status 401") && !told.contains("mat-khau"), "{told}");
    assert!(interface.asked().iter().all(|asked| asked.authorization == SIGNED_IN));
    assert_eq!(interface.asked().len(), 2, "once more with what the file says then");
    std::fs::write(config.password_file.clone().unwrap(), "mat-khau-moi").unwrap();
    let (changes, _) = scan(&source, None).await;
    assert_eq!(codes(&changes).len(), 3);
}

#[tokio::test]
async fn a_right_that_is_missing_is_told_over_http() {
    let interface = Interface::start(|_| Reply::Plain(403, Vec::new(), String::new())).await.unwrap();
    let (config, _folder) = settings(interface.url());
    let error = refused(&open(&config, &mapping("link", "basic", LINK))).await;
    assert_eq!(error.class(), ErrorClass::Auth);
    assert!(error.to_string().contains("is not allowed (status 403)"), "{error}");
}

#[tokio::test]
async fn a_false_interface_never_learns_the_password_and_that_of_an_own_authority_does() {
    let (interface, authority) =
        Interface::encrypted(|_| Reply::Json(json!({"content": items(3, 3)}))).await.unwrap();
    let (_, of_another) = Interface::encrypted(|_| Reply::Silence).await.unwrap();
    let (mut config, folder) = settings(interface.url());
    let ca_file = folder.path().join("ca.pem");
    config.tls.ca_file = Some(ca_file.clone());
    std::fs::write(&ca_file, of_another).unwrap();
    let error = refused(&open(&config, &mapping("link", "basic", LINK))).await;
    assert!(error.to_string().contains("TLS with it fails"), "{error}");
    assert!(interface.asked().is_empty());
    std::fs::write(&ca_file, authority).unwrap();
    let (changes, _) = scan(&open(&config, &mapping("link", "basic", LINK)), None).await;
    assert_eq!(codes(&changes).len(), 3);
    assert!(interface.asked().iter().all(|asked| asked.authorization == SIGNED_IN));
}

#[tokio::test]
async fn an_interface_that_is_away_or_falls_silent_is_given_up_for_now_and_waited_for() {
    let silent = Interface::start(|_| Reply::Silence).await.unwrap();
    let (mut silent_config, _one) = settings(silent.url());
    silent_config.statement_timeout = Duration::from_millis(100);
    let (away_config, _two) = settings("http://127.0.0.1:1/".to_owned());
    let [silent, away] =
        [silent_config, away_config].map(|config| open(&config, &mapping("link", "none", LINK)));
    let (silent, away) = tokio::join!(refused(&silent), refused(&away));
    assert!(silent.to_string().contains("is not answered within 100ms"), "{silent}");
    assert!(away.to_string().contains("nothing listens at its port"), "{away}");
    assert_eq!((silent.class(), away.class()), (ErrorClass::Transient, ErrorClass::Transient));
}
