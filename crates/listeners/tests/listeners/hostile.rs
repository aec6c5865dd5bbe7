//! Clients that say nothing, speak slowly, stay for ever or never read, over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use dongbo_listeners::{Door, Settings, serve_http};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A time that no test lasts.
const NEVER: Duration = Duration::from_secs(600);
/// The time within which what is waited for has to happen.
const SOON: Duration = Duration::from_secs(20);
const WHOLE: &[u8] = b"GET /short HTTP/1.1\r\nhost: dongbo\r\n\r\n";

/// Limits of which none is met, for tests that shorten one.
fn lenient() -> Settings {
    Settings {
        header_timeout: NEVER,
        idle_timeout: NEVER,
        stall_timeout: NEVER,
        least_rate: 0,
        max_connections: 8,
    }
}

struct Pages {
    address: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    /// Closed once the endless body is dropped.
    endless: Arc<Semaphore>,
    /// One permit lets one `/gated` go on.
    gate: Arc<Semaphore>,
    /// One permit for each `/gated` that was asked for.
    asked: Arc<Semaphore>,
    _stop: DropGuard,
}

/// Closes the semaphore when it is dropped.
struct Closes(Arc<Semaphore>);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn pages(limits: Settings) -> Pages {
    let (endless, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let asked = Arc::new(Semaphore::new(0));
    let (told, waits, asks) = (Arc::clone(&endless), Arc::clone(&gate), Arc::clone(&asked));
    let router = Router::new()
        .route("/short", get(|| async { "short" }))
        .route("/long", get(|| async { vec![b'x'; 8 << 20] }))
        .route(
            "/endless",
            get(move || async move {
                let block = Bytes::from(vec![b'x'; 64 << 10]);
                let closes = Closes(told);
                let blocks = futures_util::stream::repeat_with(move || {
                    let _kept = &closes;
                    Ok::<_, std::convert::Infallible>(block.clone())
                });
                Body::from_stream(blocks)
            }),
        )
        .route(
            "/gated",
            get(move || async move {
                asks.add_permits(1);
                waits.acquire().await.unwrap().forget();
                "gated"
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let door = Door::new(listener, "http.listen", limits);
    let serving = tokio::spawn(serve_http(door, router, stop.clone()));
    Pages { address, stop: stop.clone(), serving, endless, gate, asked, _stop: stop.drop_guard() }
}

impl Pages {
    async fn connect(&self, said: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(said).await.unwrap();
        client
    }

    /// Waits until so many `/gated` have been asked for.
    async fn are_asked(&self, many: u32) {
        let asked = tokio::time::timeout(SOON, self.asked.acquire_many(many)).await;
        asked.expect("requests arrive").unwrap().forget();
    }

    async fn asks(&self, path: &str) -> TcpStream {
        self.connect(format!("GET /{path} HTTP/1.1\r\nhost: dongbo\r\n\r\n").as_bytes()).await
    }
}

/// The text that comes, up to the first `end`.
async fn reads(client: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    let reading = async {
        while !text.ends_with(end.as_bytes()) {
            text.push(client.read_u8().await.unwrap());
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("an answer comes");
    String::from_utf8(text).unwrap()
}

/// Waits until the other side has ended the connection.
async fn is_ended(client: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end too.
    drop(tokio::time::timeout(SOON, client.read_to_end(&mut rest)).await.expect("the connection is ended"));
}

#[tokio::test]
async fn a_thousand_half_requests_keep_no_whole_one_out() {
    let pages = pages(lenient()).await;
    let mut halves = Vec::new();
    for _ in 0..300 {
        halves.push(pages.connect(b"GET /short HTTP/1.1\r\nhost: don").await);
    }
    let mut client = pages.connect(WHOLE).await;
    assert!(reads(&mut client, "short").await.starts_with("HTTP/1.1 200"));
    // Those that have waited longest went.
    is_ended(&mut halves[0]).await;
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_has_an_end() {
    let pages = pages(Settings { header_timeout: Duration::from_millis(200), ..lenient() }).await;
    let (mut client, mut hand) = pages.connect(b"GET /short HTTP/1.1\r\nx: ").await.into_split();
    let drips = async {
        while hand.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, drips).await.expect("a client that drips is ended");
    let mut said = String::new();
    drop(client.read_to_string(&mut said).await);
    assert_eq!(said, "");
}

#[tokio::test]
async fn a_connection_is_kept_for_another_request_and_not_for_ever() {
    let pages = pages(Settings { idle_timeout: Duration::from_secs(1), ..lenient() }).await;
    let mut client = pages.connect(WHOLE).await;
    reads(&mut client, "short").await;
    client.write_all(WHOLE).await.unwrap();
    reads(&mut client, "short").await;
    is_ended(&mut client).await;
}

#[tokio::test]
async fn a_client_that_never_reads_its_answer_loses_it() {
    let pages = pages(Settings { stall_timeout: Duration::from_millis(200), ..lenient() }).await;
    let _client = pages.asks("endless").await;
    let dropped = tokio::time::timeout(SOON, pages.endless.acquire()).await;
    assert!(dropped.expect("the answer is given up").is_err());
}

#[tokio::test]
async fn a_client_that_reads_slower_than_it_may_loses_its_answer_and_a_steady_one_gets_it_all() {
    // More than twice what the slow one reads, and little for the steady one even where it has to wait for its turn.
    let limits = Settings { stall_timeout: Duration::from_millis(500), least_rate: 128 << 10, ..lenient() };
    let pages = pages(limits).await;
    let mut slow = pages.asks("endless").await;
    let dribbling = async {
        let mut some = [0; 512];
        while !pages.endless.is_closed() {
            drop(slow.read(&mut some).await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, dribbling).await.expect("a slow reader is given up");
    let mut steady = pages.asks("long").await;
    let mut some = vec![0; 256 << 10];
    let mut had = 0;
    while had < 8 << 20 {
        let read = steady.read(&mut some).await.unwrap();
        assert_ne!(read, 0, "after {had} bytes");
        had += read;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn while_all_have_an_answer_to_come_the_next_waits_for_its_turn_and_none_is_sent_away() {
    let pages = pages(lenient()).await;
    let mut busy = Vec::new();
    for _ in 0..8 {
        busy.push(pages.asks("gated").await);
    }
    pages.are_asked(8).await;
    let mut next = pages.connect(WHOLE).await;
    let early = tokio::time::timeout(Duration::from_millis(100), next.read_u8()).await;
    assert!(early.is_err(), "there is no room yet");
    pages.gate.add_permits(8);
    for client in &mut busy {
        reads(client, "gated").await;
    }
    reads(&mut next, "short").await;
}

#[tokio::test]
async fn a_head_without_measure_is_refused() {
    let pages = pages(lenient()).await;
    let mut client = pages.connect(b"GET /short HTTP/1.1\r\nx: ").await;
    // It may be refused before all is said.
    drop(client.write_all(&[b'x'; 64 << 10]).await);
    let mut said = Vec::new();
    drop(tokio::time::timeout(SOON, client.read_to_end(&mut said)).await.expect("it is refused"));
}

#[tokio::test]
async fn a_stop_sends_who_is_idle_home_and_ends_what_was_asked_for() {
    let mut pages = pages(lenient()).await;
    let mut idle = pages.connect(WHOLE).await;
    reads(&mut idle, "short").await;
    let mut asking = pages.asks("gated").await;
    pages.are_asked(1).await;
    pages.stop.cancel();
    is_ended(&mut idle).await;
    pages.gate.add_permits(1);
    reads(&mut asking, "gated").await;
    tokio::time::timeout(SOON, &mut pages.serving).await.expect("it ends").unwrap();
    TcpStream::connect(pages.address).await.unwrap_err();
}

#[tokio::test]
async fn silent_clients_of_a_socket_in_the_file_system_make_room_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let door = Door::new(UnixListener::bind(&path).unwrap(), "control.socket", lenient());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(door.open(stop.clone(), |mut connection| async move {
        if let Ok(byte) = connection.read_u8().await {
            connection.visit().asked();
            drop(connection.write_u8(byte).await);
        }
    }));
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(UnixStream::connect(&path).await.unwrap());
    }
    let mut client = UnixStream::connect(&path).await.unwrap();
    client.write_u8(7).await.unwrap();
    assert_eq!(tokio::time::timeout(SOON, client.read_u8()).await.expect("it answers").unwrap(), 7);
    drop(silent);
    stop.cancel();
    tokio::time::timeout(SOON, serving).await.expect("it ends").unwrap();
}
