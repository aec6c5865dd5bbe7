//! A document server that gives most files and stumbles over some, each in its own way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use dongbo_ledger::FileState;
use dongbo_model::FindingKind;
use mock_portal::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::world::{Dialect, World};
use crate::kit::until;

/// The manners of the server towards one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Manner {
    Status(u16),
    HeadRefused(u16),
    Chunked,
    NoLength,
    Redirect,
    RedirectAway,
    Short,
    Gzip,
    Login,
    Json,
}

/// The manners, and the finding that each becomes; `None` when the file arrives all the same.
const MANNERS: [(Manner, Option<FindingKind>); 17] = [
    (Manner::Status(400), Some(FindingKind::FileBadAnswer)),
    (Manner::Status(401), Some(FindingKind::FileDenied)),
    (Manner::Status(403), Some(FindingKind::FileDenied)),
    (Manner::Status(204), Some(FindingKind::FileBadAnswer)),
    (Manner::Status(404), Some(FindingKind::FileMissing)),
    (Manner::Status(418), Some(FindingKind::FileBadAnswer)),
    (Manner::HeadRefused(405), None),
    (Manner::HeadRefused(403), None),
    (Manner::HeadRefused(500), None),
    (Manner::Chunked, None),
    (Manner::NoLength, None),
    (Manner::Redirect, None),
    (Manner::RedirectAway, Some(FindingKind::FileRedirected)),
    (Manner::Short, Some(FindingKind::FileUnsteady)),
    (Manner::Gzip, Some(FindingKind::FileBadAnswer)),
    (Manner::Login, Some(FindingKind::FileBadAnswer)),
    (Manner::Json, Some(FindingKind::FileBadAnswer)),
];

type Manners = Arc<Mutex<BTreeMap<String, Manner>>>;

async fn serve(listener: TcpListener, root: PathBuf, manners: Manners) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, root.clone(), Arc::clone(&manners)));
    }
}

async fn answer(mut stream: TcpStream, root: PathBuf, manners: Manners) -> Option<()> {
    let mut asked = Vec::new();
    while !asked.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut block = [0; 4096];
        let read = stream.read(&mut block).await.ok().filter(|read| *read > 0)?;
        asked.extend_from_slice(&block[..read]);
    }
    let asked = String::from_utf8(asked).unwrap();
    let mut words = asked.split(' ');
    let (method, path) = (words.next()?, words.next()?.trim_start_matches('/'));
    let key = path.trim_start_matches("moved/");
    let manner = manners.lock().unwrap().get(key).copied().filter(|_| !path.starts_with("moved/"));
    let mut bytes = std::fs::read(root.join(key)).unwrap_or_default();
    let mut length = Some(bytes.len());
    let mut more = String::new();
    let mut status = if bytes.is_empty() { 404 } else { 200 };
    match manner {
        Some(Manner::Status(other)) => (status, bytes, length) = (other, Vec::new(), Some(0)),
        Some(Manner::HeadRefused(other)) if method == "HEAD" => (status, length) = (other, Some(0)),
        Some(Manner::Chunked) => {
            more = "Transfer-Encoding: chunked\r\n".to_owned();
            let head = format!("{:x}\r\n", bytes.len());
            bytes = [head.as_bytes(), &bytes, b"\r\n0\r\n\r\n"].concat();
            length = None;
        }
        Some(Manner::NoLength) => length = None,
        Some(Manner::Redirect) => {
            (status, length, more) = (307, Some(0), format!("Location: /moved/{key}\r\n"));
        }
        Some(Manner::RedirectAway) => {
            (status, length, more) = (302, Some(0), "Location: http://other.example.vn/\r\n".to_owned());
        }
        Some(Manner::Short) => length = Some(bytes.len() + 100),
        Some(Manner::Gzip) => more = "Content-Encoding: gzip\r\n".to_owned(),
        Some(Manner::Login) => bytes = b"\n<!DOCTYPE html><html><body>Login</body></html>".to_vec(),
        Some(Manner::Json) => bytes = br#"{"code":404,"message":"Not found"}"#.to_vec(),
        _ => {}
    }
    if matches!(manner, Some(Manner::Login | Manner::Json)) {
        length = Some(bytes.len());
    }
    if status == 204 {
        length = None;
    }
    let length = length.map(|length| format!("Content-Length: {length}\r\n")).unwrap_or_default();
    let head = format!("HTTP/1.1 {status} X\r\n{length}{more}Connection: close\r\n\r\n");
    let body = if method == "HEAD" || matches!(status, 204 | 302 | 307) { &[][..] } else { &bytes };
    stream.write_all(&[head.as_bytes(), body].concat()).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_store_stumbles_over_is_a_finding_with_its_cause_and_holds_nothing_else() {
    let world = World::new(Dialect::Ndxp, 60, Config::default(), "").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let mapping = world.rig.folder.join("mapping.toml");
    let folder = format!("kind = \"folder\"\nroot = \"{}\"", world.office.root().display());
    let server = format!("kind = \"http\"\nbase_url = \"{base}\"\nallow_private = [\"127.0.0.0/8\"]");
    let text = std::fs::read_to_string(&mapping).unwrap();
    assert!(text.contains(&folder));
    std::fs::write(&mapping, text.replace(&folder, &server)).unwrap();
    let named = world.office.named(world.rig.simulator.db()).await.unwrap();
    let results = named.iter().filter(|file| file.is_result && file.key.ends_with("pdf"));
    let planted: Vec<_> = results.zip(MANNERS).collect();
    assert_eq!(planted.len(), MANNERS.len());
    let manners: Manners = Arc::default();
    manners.lock().unwrap().extend(planted.iter().map(|(file, (manner, _))| (file.key.clone(), *manner)));
    let serving = tokio::spawn(serve(listener, world.office.root().to_owned(), Arc::clone(&manners)));
    let running = world.rig.start().await;
    let held = planted.iter().filter(|(_, (_, kind))| kind.is_some()).count();
    let all = named.len();
    until("the others have arrived, and these are held", async || {
        let counts = running.ledger.file_counts().await.unwrap();
        counts.of(FileState::Held) == u64::try_from(held).unwrap()
            && counts.of(FileState::Arrived) == u64::try_from(all - held).unwrap()
    })
    .await;
    for (file, (manner, kind)) in &planted {
        let files = running.ledger.open_files(Some(&file.code), 100).await.unwrap();
        let kinds: Vec<&str> =
            files.iter().flat_map(|file| &file.findings).map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, kind.iter().map(|kind| kind.name()).collect::<Vec<_>>(), "{manner:?}");
        let Some(kind) = kind else { continue };
        let told = world.told(&["why", &file.code, "--offline"]);
        assert!(told.contains(kind.explanation(dongbo_model::Lang::Vi).as_str()), "{manner:?}: {told}");
        assert!(!told.contains("Không cần làm gì") && !told.contains(&file.key), "{manner:?}: {told}");
    }
    manners.lock().unwrap().clear();
    world.complete(&running).await;
    world.assert_equal().await;
    assert_eq!(running.ledger.open_findings(100).await.unwrap(), []);
    running.stop().await;
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_told_as_that_and_blames_no_file() {
    let world = World::new(Dialect::Ndxp, 10, Config::default(), "").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mapping = world.rig.folder.join("mapping.toml");
    let folder = format!("kind = \"folder\"\nroot = \"{}\"", world.office.root().display());
    let server =
        format!("kind = \"http\"\nbase_url = \"http://{address}/\"\nallow_private = [\"127.0.0.0/8\"]");
    let text = std::fs::read_to_string(&mapping).unwrap();
    std::fs::write(&mapping, text.replace(&folder, &server)).unwrap();
    let named = world.office.named(world.rig.simulator.db()).await.unwrap();
    let broken: Manners = Arc::default();
    broken.lock().unwrap().extend(named.iter().map(|file| (file.key.clone(), Manner::Status(500))));
    let serving = tokio::spawn(serve(listener, world.office.root().to_owned(), Arc::clone(&broken)));
    let running = world.rig.start().await;
    let wanted = u64::try_from(named.len()).unwrap();
    until("every file has been tried more often than makes a finding of one", async || {
        let files = running.ledger.open_files(None, 1000).await.unwrap();
        files.len() == named.len() && files.iter().all(|file| file.attempts > 3)
    })
    .await;
    assert_eq!(running.ledger.open_findings(100).await.unwrap(), []);
    let counts = running.ledger.file_counts().await.unwrap();
    let [troubled] = counts.troubled.as_slice() else { panic!("{counts:?}") };
    assert_eq!(
        (troubled.trouble.name(), troubled.many, troubled.detail.as_str()),
        ("store_down", wanted, "status 500")
    );
    for arguments in [vec!["status", "--full"], vec!["why", &named[0].code, "--offline"], vec!["files"]] {
        let told = world.told(&arguments);
        assert!(told.contains("Kho tệp không đọc được. (status 500)"), "{arguments:?}: {told}");
    }
    broken.lock().unwrap().clear();
    world.complete(&running).await;
    world.assert_equal().await;
    running.stop().await;
    serving.abort();
}
