//! Clients of the file endpoint that mean no good: those that never read, and those that guess at links.

use std::time::Duration;

use mock_portal::{Config, PullKind, PullRule};
use testbed::onestop::OfficeFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::world::{Dialect, World, sha256};
use crate::kit::{execute, until};
use support::Running;

/// The link to `file`, once the portal was told of it.
async fn link(world: &World, file: &OfficeFile) -> String {
    let mut link = None;
    until("the file is announced", async || {
        let announced = world.rig.mock.files().into_iter();
        link = announced
            .filter(|told| told.dossier == file.code && told.file == file.id)
            .map(|told| told.link)
            .next();
        link.is_some()
    })
    .await;
    link.unwrap()
}

/// An office whose files the portal does not fetch, with short limits; one result is a large scan and one is XML.
async fn world() -> (World, Running, OfficeFile, OfficeFile) {
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
    let result =
        |end: &str| named.iter().find(|file| file.is_result && file.key.ends_with(end)).unwrap().clone();
    let (large, page) = (result("pdf"), result("xml"));
    let mut bytes = world.office.bytes(&large);
    bytes.splice(9..9, [b"%".to_vec(), vec![b'x'; 40_000_000], b"\n".to_vec()].concat());
    std::fs::write(world.office.root().join(&large.key), &bytes).unwrap();
    world.rig.mock.set_pull_rules(vec![PullRule::new(PullKind::Never)]).unwrap();
    let running = world.rig.start().await;
    (world, running, large, page)
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
    let (world, running, large, page) = world().await;
    let (large, page) = (link(&world, &large).await, link(&world, &page).await);
    let scan = head(&mut asks(&large).await).await;
    assert!(scan.starts_with("http/1.1 200") && scan.contains("content-length: 40"), "{scan}");
    assert!(
        scan.contains("x-content-type-options: nosniff") && !scan.contains("content-disposition"),
        "{scan}"
    );
    let xml = head(&mut asks(&page).await).await;
    for line in [
        "content-type: application/xml",
        "x-content-type-options: nosniff",
        "content-disposition: attachment",
        "content-security-policy: default-src 'none'; sandbox",
    ] {
        assert!(xml.contains(line), "{xml}");
    }

    // Both places are taken by readers that never read; they lose them, and who reads gets the file.
    let mut never = Vec::new();
    for _ in 0..2 {
        let mut client = asks(&large).await;
        head(&mut client).await;
        never.push(client);
    }
    let whole = async {
        loop {
            let answer = reqwest::get(&large).await.unwrap();
            // Who is too slow, on a busy machine, is taken for one that never reads, and asks again.
            #[expect(clippy::disallowed_methods, reason = "our own file, not a body from outside")]
            if answer.status().is_success()
                && let Ok(bytes) = answer.bytes().await
            {
                break bytes;
            }
        }
    };
    let whole = tokio::time::timeout(Duration::from_secs(60), whole).await.expect("a place is free again");
    assert!(world.wanted().await.values().any(|hash| *hash == sha256(&whole)));
    drop(never);

    // Links that nobody made are tried in great number: each costs a connection, and none of the portal's turns.
    let forged = format!("{}&c=00", large.split_once("&c=").unwrap().0);
    let guesses = (0..200).map(|_| async { head(&mut asks(&forged).await).await });
    let heads = futures_util::future::join_all(guesses).await;
    assert!(heads.iter().all(|head| head.starts_with("http/1.1 404")), "{heads:?}");
    assert!(heads.iter().any(|head| head.contains("connection: close")), "{heads:?}");
    let fetched = head(&mut asks(&page).await).await;
    assert!(fetched.starts_with("http/1.1 200"), "{fetched}");
    running.stop().await;
}
