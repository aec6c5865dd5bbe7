//! A document store behind HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use dongbo_model::ErrorClass;
use dongbo_sync::files::store::{KeyFault, Store, StoreError};
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;

use crate::kit::{CANARY, clock, noise, parts_are_right, read, silent, store, try_store};

/// How the store behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Good,
    WithoutHead,
    WithoutParts,
    WithoutLength,
    /// The whole file, whatever is asked for, and not a word of its length.
    Streaming,
    Compressing,
    /// Gives the wrong part.
    Confused,
    /// Half of the file, and then nothing more.
    Silent,
    /// Half of the file, and then the end of the connection.
    Cutting,
    Status(u16),
}

struct Site {
    manner: Mutex<Manner>,
    bytes: Bytes,
    redirect: Mutex<Option<String>>,
    /// The requests that came: method, path and whether the header that identifies us was there.
    asked: Mutex<Vec<(Method, String, bool)>>,
}

struct Server {
    site: Arc<Site>,
    address: SocketAddr,
    serving: tokio::task::AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    async fn at(host: &str) -> Self {
        let site = Arc::new(Site {
            manner: Mutex::new(Manner::Good),
            bytes: noise(300_000, 6).into(),
            redirect: Mutex::default(),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&site));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }).abort_handle();
        Self { site, address, serving }
    }

    fn base(&self) -> String {
        format!("http://{}/tep", self.address)
    }

    fn store(&self, more: &str) -> Arc<Store> {
        store(&format!("kind = 'http'\nbase_url = '{}'\n{more}", self.base()), &clock())
    }

    fn behaves(&self, manner: Manner) {
        *self.site.manner.lock().unwrap() = manner;
    }

    fn redirects(&self, to: impl Into<String>) {
        *self.site.redirect.lock().unwrap() = Some(to.into());
    }

    fn asked(&self) -> Vec<(Method, String, bool)> {
        std::mem::take(&mut self.site.asked.lock().unwrap())
    }
}

fn range(headers: &HeaderMap) -> Option<(usize, usize)> {
    let (first, last) = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let known = request.headers().get("x-known").is_some_and(|value| value == "very secret");
    site.asked.lock().unwrap().push((method.clone(), path.clone(), known));
    if path.starts_with("/tep/old")
        && let Some(to) = site.redirect.lock().unwrap().clone()
    {
        return (StatusCode::FOUND, [(header::LOCATION, to)]).into_response();
    }
    let manner = *site.manner.lock().unwrap();
    match manner {
        Manner::Status(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Manner::WithoutHead if method == Method::HEAD => {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        _ => {}
    }
    if !path.starts_with("/tep/a%20") && path != "/tep/a" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let size = site.bytes.len();
    let mut bytes = site.bytes.clone();
    let mut answer = Response::builder()
        .header(header::ETAG, "\"v1\"")
        .header(header::LAST_MODIFIED, "Tue, 15 Sep 2026 02:30:00 GMT");
    if let Some((first, last)) =
        range(request.headers()).filter(|_| !matches!(manner, Manner::WithoutParts | Manner::Streaming))
    {
        if first >= size {
            let told =
                [(header::CONTENT_RANGE, format!("bytes */{size}")), (header::ETAG, "\"v1\"".to_owned())];
            let changed = [(header::LAST_MODIFIED, "Tue, 15 Sep 2026 02:30:00 GMT")];
            return (StatusCode::RANGE_NOT_SATISFIABLE, told, changed).into_response();
        }
        let last = last.min(size - 1) - usize::from(manner == Manner::Confused);
        bytes = bytes.slice(first..=last);
        answer = answer
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"));
    }
    if manner == Manner::Compressing {
        answer = answer.header(header::CONTENT_ENCODING, "gzip");
    }
    if !matches!(manner, Manner::WithoutLength | Manner::Streaming) {
        answer = answer.header(header::CONTENT_LENGTH, bytes.len());
    }
    let half = || stream::iter([Ok(site.bytes.slice(..size / 2))]);
    let body = match manner {
        _ if method == Method::HEAD => Body::empty(),
        Manner::WithoutLength | Manner::Streaming => {
            Body::from_stream(stream::iter([Ok::<_, std::io::Error>(bytes)]))
        }
        Manner::Silent => Body::from_stream(half().chain(stream::pending::<Result<Bytes, std::io::Error>>())),
        Manner::Cutting => Body::from_stream(half().chain(stream::iter([Err(std::io::Error::other("cut"))]))),
        _ => Body::from(bytes),
    };
    answer.body(body).unwrap()
}

const LOOPBACK: &str = "allow_private = ['127.0.0.0/8']";

#[tokio::test]
async fn files_and_parts_of_them_are_read_from_stores_of_every_manner() {
    let server = Server::at("127.0.0.1").await;
    let store = server.store(LOOPBACK);
    for manner in
        [Manner::Good, Manner::WithoutHead, Manner::WithoutParts, Manner::WithoutLength, Manner::Streaming]
    {
        server.behaves(manner);
        parts_are_right(&store, "a", &server.site.bytes).await;
    }
    server.behaves(Manner::Good);
    server.asked();
    parts_are_right(&store, "a ?#%", &server.site.bytes).await;
    parts_are_right(&store, &format!("{}/a", server.base()), &server.site.bytes).await;
    assert_eq!(server.asked()[0].1, "/tep/a%20%3F%23%25");
    let stat = store.stat("a").await.unwrap();
    assert_eq!((stat.tag.as_str(), stat.changed), ("\"v1\"", Some("2026-09-15T02:30:00Z".parse().unwrap())));
    assert!(matches!(silent(store.stat(CANARY).await), StoreError::NotFound));
    store.probe().await.unwrap();
}

#[tokio::test]
async fn what_a_store_does_wrong_is_an_error_of_the_right_class() {
    let server = Server::at("127.0.0.1").await;
    let store = server.store(LOOPBACK);
    for (manner, class) in [
        (Manner::Status(401), ErrorClass::Auth),
        (Manner::Status(410), ErrorClass::Rejected),
        (Manner::Status(429), ErrorClass::Throttled),
        (Manner::Status(502), ErrorClass::Transient),
        (Manner::Status(204), ErrorClass::Transient),
        (Manner::Compressing, ErrorClass::Transient),
        (Manner::Cutting, ErrorClass::Transient),
    ] {
        server.behaves(manner);
        let error = silent(read(&store, "a", None).await);
        assert_eq!(error.class(), class, "{error:?}");
    }
    server.behaves(Manner::Confused);
    assert!(matches!(silent(read(&store, "a", Some(0..10)).await), StoreError::Answer { .. }));
    let base = server.base();
    drop(server);
    let gone = crate::kit::store(&format!("kind = 'http'\nbase_url = '{base}'\n{LOOPBACK}"), &clock());
    let error = silent(gone.stat(CANARY).await);
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_store_that_falls_silent_is_given_up_when_its_time_is_over() {
    let server = Server::at("127.0.0.1").await;
    let clock = clock();
    let section = format!("kind = 'http'\nbase_url = '{}'\ntimeout = '10s'\n{LOOPBACK}", server.base());
    let store = store(&section, &clock);
    server.behaves(Manner::Silent);
    let (stat, mut blocks) = store.read("a", None).await.unwrap();
    let mut came = 0;
    while came < stat.size / 2 {
        came += blocks.next().await.unwrap().unwrap().len() as u64;
    }
    let reading = tokio::spawn(async move { blocks.next().await });
    clock.advance_to(clock.next_sleeper().await);
    assert!(matches!(reading.await.unwrap(), Some(Err(StoreError::Stalled(_)))));
}

#[tokio::test]
async fn no_private_address_is_connected_to_unless_it_is_configured() {
    let server = Server::at("127.0.0.1").await;
    let port = server.address.port();
    // A number, a name that is looked up, and other ways to write the number.
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let section = format!("kind = 'http'\nbase_url = 'http://{host}:{port}/tep'");
        let closed = store(&format!("{section}\nallow_private = ['10.0.0.0/8']"), &clock());
        let error = silent(closed.read("a", None).await.map(|_| ()));
        assert!(matches!(error, StoreError::Address), "{host}: {error:?}");
        assert_eq!(error.class(), ErrorClass::Config);
    }
    assert_eq!(server.asked(), []);
    let named =
        store(&format!("kind = 'http'\nbase_url = 'http://localhost:{port}/tep'\n{LOOPBACK}"), &clock());
    assert!(read(&named, "a", None).await.is_ok());
}

#[tokio::test]
async fn redirects_stay_with_the_host_or_go_to_one_that_is_configured_and_are_judged_like_any_address() {
    let server = Server::at("127.0.0.2").await;
    let other = Server::at("127.0.0.3").await;
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("header");
    std::fs::write(&header, "X-Known: very secret\n").unwrap();
    let known = format!("header_file = '{}'", header.display());
    let both = "allow_private = ['127.0.0.2/32', '127.0.0.3/32']";
    let store = server.store(&format!("{both}\n{known}"));
    server.redirects("/tep/a");
    assert!(read(&store, "old", None).await.is_ok());
    assert!(server.asked().iter().all(|(_, _, known)| *known));

    for to in [
        format!("{}/a", other.base()),
        "ftp://127.0.0.2/a".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("http://me:secret@{}/tep/a", server.address),
        "/tep/old/and/again".to_owned(),
    ] {
        server.redirects(to.as_str());
        assert!(matches!(silent(store.stat("old").await), StoreError::Redirect { .. }), "{to}");
    }
    assert_eq!(other.asked(), []);

    server.redirects(format!("{}/a", other.base()));
    // Another program may listen at another port of the same host.
    let port = other.address.port();
    for hosts in ["127.0.0.3".to_owned(), format!("127.0.0.3:{}", port ^ 1), format!("127.0.0.2:{port}")] {
        let near = server.store(&format!("{both}\n{known}\nredirect_hosts = ['{hosts}']"));
        assert!(matches!(silent(near.stat("old").await), StoreError::Redirect { .. }), "{hosts}");
    }
    assert_eq!(other.asked(), []);
    let wide = server.store(&format!("{both}\n{known}\nredirect_hosts = ['127.0.0.3:{port}']"));
    assert!(read(&wide, "old", None).await.is_ok());
    // Who we are is not told to others.
    assert!(other.asked().iter().all(|(_, _, known)| !known));

    let narrow =
        server.store(&format!("allow_private = ['127.0.0.2/32']\nredirect_hosts = ['127.0.0.3:{port}']"));
    assert!(matches!(silent(narrow.stat("old").await), StoreError::Address));
    assert_eq!(other.asked(), []);
}

#[tokio::test]
async fn beside_its_base_the_same_server_is_not_told_who_we_are() {
    let server = Server::at("127.0.0.1").await;
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("header");
    std::fs::write(&header, "X-Known: very secret\n").unwrap();
    let store = server.store(&format!("{LOOPBACK}\nheader_file = '{}'", header.display()));
    for (to, told) in [
        ("/tep/a", true),
        ("/khac/a", false),
        ("/tep", false),
        ("/tepkhac/a", false),
        ("/tep/../khac/a", false),
        ("/tep/%2e%2e/khac/a", false),
        ("/tep/..%2fkhac/a", false),
    ] {
        server.redirects(to);
        drop(read(&store, "old", None).await);
        let asked = server.asked();
        let (_, path, known) = asked.last().unwrap();
        assert!(asked.len() > 1 && !path.starts_with("/tep/old"), "{to} is followed: {asked:?}");
        assert_eq!(*known, told, "{to}: {asked:?}");
    }
}

#[tokio::test]
async fn a_key_is_no_way_to_another_address() {
    let server = Server::at("127.0.0.1").await;
    let store = server.store(LOOPBACK);
    let at = |rest: &str| format!("{}{rest}", server.base());
    for (key, fault) in [
        (format!("../{CANARY}"), KeyFault::Climbs),
        (format!("%2e%2e/{CANARY}"), KeyFault::Encoded),
        (format!("//evil.example/{CANARY}"), KeyFault::Absolute),
        (format!("ftp://127.0.0.1/{CANARY}"), KeyFault::Scheme),
        (format!("file:///{CANARY}"), KeyFault::Scheme),
        (format!("https://user:{CANARY}@kho.vn/a"), KeyFault::Credentials),
        (format!("https://kho.vn/{CANARY}"), KeyFault::Elsewhere),
        (at(&format!("/../{CANARY}")), KeyFault::Climbs),
        (at(&format!("/%2E%2e/{CANARY}")), KeyFault::Encoded),
        (at(&format!("\\..\\{CANARY}")), KeyFault::Backslash),
        (at(&format!("khac/{CANARY}")), KeyFault::Elsewhere),
    ] {
        let error = silent(store.stat(&key).await);
        assert!(matches!(error, StoreError::BadKey(found) if found == fault), "{key}: {error:?}");
    }
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_header_file_that_holds_no_header_is_told_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("header");
    std::fs::write(&header, CANARY).unwrap();
    let section =
        format!("kind = 'http'\nbase_url = 'https://kho.vn/'\nheader_file = '{}'", header.display());
    let error = silent(try_store(&section, &clock()));
    assert!(error.to_string().contains("must hold one line"), "{error}");
}

#[tokio::test]
async fn a_file_of_unknown_length_is_read_no_further_than_is_taken() {
    let server = Server::at("127.0.0.1").await;
    server.behaves(Manner::Streaming);
    let section = format!("kind = 'http'\nbase_url = '{}'\nmax_bytes = 1000\n{LOOPBACK}", server.base());
    let store = store(&section, &clock());
    assert_eq!(store.stat("a").await.unwrap().size, 1001);
    let looked = dongbo_sync::files::inspect::look(&store, "a", "a.bin").await.unwrap();
    assert!(format!("{:?}", looked.verdict.defects).contains("TooLarge { limit: 1000 }"), "{looked:?}");
}
