//! A proxy on the way to the portal.

use std::sync::{Arc, Mutex};

use dongbo_model::Lang;
use dongbo_portal::Outcome;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::Client;
use crate::tls::{Authority, showing};

/// What the proxy does with the requests that come.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Leads,
    Says(&'static str),
}

/// The heads of the requests that came.
type Asked = Arc<Mutex<Vec<String>>>;

async fn proxy(manner: Manner) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Asked = Arc::default();
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(lead(stream, manner, Arc::clone(&log)));
        }
    });
    (address, asked)
}

async fn lead(mut stream: TcpStream, manner: Manner, log: Asked) -> Option<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut block = [0; 4096];
        let read = stream.read(&mut block).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&block[..read]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let target = text.split(' ').nth(1)?.to_owned();
    log.lock().unwrap().push(text.clone());
    if let Manner::Says(status) = manner {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return stream.write_all(answer.as_bytes()).await.ok();
    }
    if text.starts_with("CONNECT ") {
        let mut there = TcpStream::connect(&target).await.ok()?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
        return copy_bidirectional(&mut stream, &mut there).await.ok().map(drop);
    }
    let host = target.trim_start_matches("http://").split('/').next()?.to_owned();
    let mut there = TcpStream::connect(host).await.ok()?;
    there.write_all(&head).await.ok()?;
    copy_bidirectional(&mut stream, &mut there).await.ok().map(drop)
}

async fn portal(root: &Authority) -> String {
    let (certificate, key) = root.issue("localhost", |_| {});
    let chain = dongbo_settings::pem::certificates(certificate.as_bytes()).unwrap();
    showing(chain, &key).await
}

#[tokio::test]
async fn calls_go_through_the_proxy_that_the_key_names_with_the_credentials_of_the_file() {
    let root = Authority::new("root");
    let url = portal(&root).await;
    let (address, asked) = proxy(Manner::Leads).await;
    let credentials = root.file("proxy", "dongbo:rat:m@t/%\n");
    let client = Client::with(&url, |config| {
        config.ca_file = Some(root.ca_file());
        config.proxy = format!("http://{address}");
        config.proxy_credentials_file = Some(credentials.clone());
    });
    assert_eq!(client.ndxp.log_in().await.outcome, Outcome::Delivered);
    let asked = asked.lock().unwrap().clone();
    let host = url.trim_start_matches("https://");
    assert!(asked[0].starts_with(&format!("CONNECT {host} ")), "{asked:?}");
    let known = asked[0].lines().find(|line| line.to_lowercase().starts_with("proxy-authorization: "));
    // "dongbo:rat:m@t/%" in Base64.
    assert!(known.unwrap().ends_with("Basic ZG9uZ2JvOnJhdDptQHQvJQ=="), "{asked:?}");
}

#[tokio::test]
async fn a_proxy_that_does_not_lead_there_is_told_by_name_with_its_class() {
    let root = Authority::new("root");
    let url = portal(&root).await;
    let nobody = format!("127.0.0.1:{}", testbed::servers::lasting_port().unwrap());
    let says = |words| async move { proxy(Manner::Says(words)).await.0 };
    for (address, outcome, hint) in [
        (says("407 Proxy Authentication Required").await, Outcome::Auth, "407"),
        (says("403 Forbidden").await, Outcome::Config, "refuses the way to"),
        (says("502 Bad Gateway").await, Outcome::Config, "refuses the way to"),
        (nobody, Outcome::Transient, "cannot be reached"),
    ] {
        let credentials = root.file("proxy", "dongbo:very-secret\n");
        let client = Client::with(&url, |config| {
            config.ca_file = Some(root.ca_file());
            config.proxy = address.clone();
            config.proxy_credentials_file = Some(credentials.clone());
        });
        let answer = client.ndxp.log_in().await;
        assert_eq!(answer.outcome, outcome, "{answer:?}");
        for part in [hint, address.as_str(), "portal.proxy", url.trim_start_matches("https://")] {
            assert!(answer.message.contains(part), "{part} is not in {answer:?}");
        }
        let vietnamese = client.records()[0].obstacle.as_ref().unwrap().text(Lang::Vi).to_owned();
        assert!(vietnamese.contains(&address) && vietnamese.contains("proxy"), "{vietnamese}");
        assert!(!format!("{answer:?} {vietnamese}").contains("very-secret"));
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_through_a_proxy_too() {
    let (root, other) = (Authority::new("root"), Authority::new("other"));
    let url = portal(&root).await;
    let (address, _) = proxy(Manner::Leads).await;
    let client = Client::with(&url, |config| {
        config.ca_file = Some(other.ca_file());
        config.proxy = address;
    });
    let answer = client.ndxp.log_in().await;
    assert_eq!(answer.outcome, Outcome::Config, "{answer:?}");
    assert!(answer.message.contains("set portal.ca_file"), "{answer:?}");
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_us_is_told_over_plain_http_too() {
    let (address, asked) = proxy(Manner::Says("407 Proxy Authentication Required")).await;
    let client = Client::with("http://127.0.0.1:9", |config| config.proxy = address.clone());
    let answer = client.ndxp.log_in().await;
    assert_eq!(answer.outcome, Outcome::Auth, "{answer:?}");
    assert!(answer.message.contains(&address), "{answer:?}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}
