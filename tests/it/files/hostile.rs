//! Clients of the file endpoint that mean no good: those that never read, and those that guess at links.

use std::time::Duration;

use mock_portal::{Config, PullKind, PullRule};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::world::{Dialect, World, sha256};
use crate::kit::{execute, until};
use support::Running;

/// The links that the portal was given and does not follow, with the keys of their files.
async fn links(world: &World) -> Vec<String> {
    let mut links = Vec::new();
    until("links are announced", async || {
        links = world.rig.mock.files().into_iter().map(|file| file.link).collect();
        links.len() >= 3
    })
    .await;
    links
}

/// An office whose files the portal does not fetch, with short limits; one result is a large scan and one is XML.
async fn world() -> (World, Running) {
    let limits = "serve_concurrency = 2\nserve_bytes_per_second = 0\nbytes_per_second = 0\n\n[listeners]\nstall_timeout = \"300ms\"\nleast_rate = \"64 KiB\"\nidle_timeout = \"10m\"";
    let world = World::new(Dialect::Ndxp, 20, Config::default(), limits).await;
    let to_xml = "UPDATE ket_qua SET khoa_tep = replace(khoa_tep, '.pdf', '.xml')
        WHERE id = (SELECT max(id) FROM ket_qua WHERE khoa_tep LIKE '%.pdf')";
    execute(world.rig.simulator.db(), to_xml).await;
    world.office.write(world.rig.simulator.db()).await.unwrap();
    let mapping = world.rig.folder.join("mapping.toml");
    let roomy =
        std::fs::read_to_string(&mapping).unwrap().replace("max_bytes = 5242880", "max_bytes = 64000000");
    std::fs::write(&mapping, roomy).unwrap();
    let named = world.office.named(world.rig.simulator.db()).await.unwrap();
    let large = named.iter().find(|file| file.is_result && file.key.ends_with("pdf")).unwrap();
    let mut bytes = world.office.bytes(large);
    bytes.splice(9..9, [b"%".to_vec(), vec![b'x'; 40_000_000], b"\n".to_vec()].concat());
    std::fs::write(world.office.root().join(&large.key), &bytes).unwrap();
    world.rig.mock.set_pull_rules(vec![PullRule::new(PullKind::Never)]).unwrap();
    let running = world.rig.start().await;
    (world, running)
}

/// A connection on which `link` was asked for.
async fn asks(link: &str) -> TcpStream {
    let rest = link.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut client = TcpStream::connect(host).await.unwrap();
    client.write_all(format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    client
}

/// The head of the answer that comes.
async fn head(client: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_never_read_and_guessers_at_links_keep_the_portal_from_no_file() {
    let (world, running) = world().await;
    let links = links(&world).await;
    let mut large = None;
    let mut page = None;
    for link in &links {
        let mut client = asks(link).await;
        let head = head(&mut client).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        if head.contains("content-length: 40") {
            large = Some(link);
        }
        if head.contains("content-type: application/xml") {
            assert!(head.contains("content-disposition: attachment"), "{head}");
            assert!(head.contains("content-security-policy: default-src 'none'; sandbox"), "{head}");
            page = Some(link);
        } else if head.contains("content-type: application/pdf") {
            assert!(!head.contains("content-disposition"), "{head}");
        }
    }
    let (large, _) = (large.expect("the large scan is announced"), page.expect("the XML is announced"));

    // Both places are taken by readers that never read; they lose them, and who reads gets the file.
    let mut never = Vec::new();
    for _ in 0..2 {
        let mut client = asks(large).await;
        head(&mut client).await;
        never.push(client);
    }
    let whole = async {
        loop {
            let answer = reqwest::get(large).await.unwrap();
            if answer.status().is_success() {
                #[expect(clippy::disallowed_methods, reason = "our own file, not a body from outside")]
                break answer.bytes().await.unwrap();
            }
        }
    };
    let whole = tokio::time::timeout(Duration::from_secs(60), whole).await.expect("a place is free again");
    assert!(world.wanted().await.values().any(|hash| *hash == sha256(&whole)));
    drop(never);

    // Links that nobody made are tried in great number: each costs a connection, and none of the portal's turns.
    let forged = format!("{}0", large.split_once("&c=").unwrap().0.to_owned() + "&c=00");
    let mut closed = 0;
    for _ in 0..60 {
        let mut client = asks(&forged).await;
        let head = head(&mut client).await;
        assert!(head.starts_with("http/1.1 404"), "{head}");
        closed += usize::from(head.contains("connection: close"));
    }
    assert!(closed > 20, "{closed}");
    assert!(reqwest::get(links.last().unwrap()).await.unwrap().status().is_success());
    running.stop().await;
}
