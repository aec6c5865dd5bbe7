//! The port shut, opened, and closed for good.

use mock_portal::{Config, MockPortal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{World, dossier};

async fn connect(portal: &MockPortal) -> TcpStream {
    TcpStream::connect(portal.url().strip_prefix("http://").unwrap()).await.unwrap()
}

/// Whether the other side closed without a byte; a reset is a close too.
async fn is_cut(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    matches!(stream.read(&mut byte).await, Ok(0) | Err(_))
}

#[tokio::test]
async fn while_down_connections_are_closed_and_counted() {
    let mut world = World::with(Config { start_down: true, ..Config::default() }).await;
    for _ in 0..3 {
        assert!(is_cut(&mut connect(&world.portal).await).await);
    }
    let counters = world.portal.counters();
    assert_eq!((counters.connections, counters.connections_refused), (3, 3));
    assert!(counters.calls.is_empty());
    world.portal.set_down(false);
    world.log_in().await;
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
    world.portal.set_down(true);
    world.create(&[dossier("B")]).await.unwrap_err();
    assert!(!world.holds("B"));
}

#[tokio::test]
async fn going_down_cuts_a_thousand_connections_that_stand() {
    let world = World::new().await;
    let mut streams = Vec::new();
    for _ in 0..1_000 {
        let mut stream = connect(&world.portal).await;
        // A call each, so that every connection is known to be served and kept alive.
        stream.write_all(b"GET /auth HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 405");
        streams.push(stream);
    }
    world.portal.set_down(true);
    for stream in &mut streams {
        let mut rest = Vec::new();
        // Ends only when the connection does.
        let _reset_or_end = stream.read_to_end(&mut rest).await;
    }
    world.portal.set_down(false);
    assert!(world.create(&[dossier("A")]).await.unwrap().is_success());
}

#[tokio::test]
async fn stopping_closes_both_ports() {
    let world = World::new().await;
    let url = world.portal.url();
    let admin_url = world.portal.admin_url();
    let mut standing = connect(&world.portal).await;
    world.portal.stop().await;
    assert!(is_cut(&mut standing).await);
    for url in [url, admin_url] {
        assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.is_err());
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let one = MockPortal::start(Config::default()).await.unwrap();
    let listen = one.url().strip_prefix("http://").unwrap().parse().unwrap();
    let error = MockPortal::start(Config { listen, ..Config::default() }).await.unwrap_err();
    assert!(error.to_string().contains(&listen.to_string()));
}
