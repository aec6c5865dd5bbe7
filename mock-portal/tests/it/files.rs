//! The portal comes for the files that dossiers name.

mod store;

use std::time::{Duration, Instant};

use mock_portal::{Config, FileState, FileView, Lookup, Pull, PullKind, PullRule, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, dossier};
use store::{FileStore, Manner, sha256};

/// The portal comes at once and tries at once again.
fn eager() -> Pull {
    Pull { enabled: true, delay_ms: 0, jitter_ms: 0, again_after_ms: 0, ..Pull::default() }
}

/// The portal comes when it is told to.
fn on_order() -> Pull {
    Pull { delay_ms: 3_600_000, jitter_ms: 1_000, again_after_ms: 3_600_000, ..eager() }
}

async fn world(pull: Pull) -> World {
    World::with(Config { pull, ..Config::default() }).await
}

/// A dossier whose only files are a result paper and a paper handed in.
fn naming(code: &str, result: &str, paper: &str) -> Value {
    let mut dossier = dossier(code);
    dossier["DanhSachGiayToKetQua"][0]["DuongDanTepTinKetQua"] = json!(result);
    dossier["TaiLieuNop"][0]["DuongDanTaiTepTin"] = json!(paper);
    dossier
}

fn files_of(world: &World, code: &str) -> (FileView, FileView) {
    let [result, paper] = world.portal.files_of(code).try_into().unwrap();
    assert_eq!((result.role, paper.role), (Role::Result, Role::Paper));
    (result, paper)
}

/// One dossier with a result paper of these bytes, fetched in this way.
async fn result_by(kind: PullKind, bytes: &[u8], manner: Manner) -> (FileView, Vec<String>) {
    let store = FileStore::start().await;
    let world = world(Pull { rules: vec![PullRule::new(kind)], ..on_order() }).await;
    let mut dossier = dossier("A");
    dossier["DanhSachGiayToKetQua"][0]["DuongDanTepTinKetQua"] = json!(store.put("k", bytes, manner));
    dossier["TaiLieuNop"] = json!([]);
    assert!(world.create(&[dossier]).await.unwrap().is_success());
    world.portal.fetch_files_now().await;
    let [file] = world.portal.files_of("A").try_into().unwrap();
    (file, store.requests())
}

fn bytes(count: u32) -> Vec<u8> {
    (0..count).map(|n| u8::try_from((n * 7 + n / 251) % 256).unwrap()).collect()
}

#[tokio::test]
async fn unless_told_to_the_portal_follows_no_link() {
    let store = FileStore::start().await;
    let world = World::new().await;
    let link = store.put("k", b"x", Manner::Good);
    world.create(&[naming("A", &link, &link)]).await.unwrap();
    world.portal.fetch_files_now().await;
    assert!(world.portal.files().is_empty() && store.requests().is_empty());
    assert_eq!(world.look_up("A").await[0]["DanhSachGiayToKetQua"][0].get("HashTepTin"), None);
    assert_eq!(world.admin(Method::POST, "files/fetch", None).await.status, 409);
}

#[tokio::test]
async fn the_files_of_an_accepted_dossier_are_fetched_and_hashed() {
    let store = FileStore::start().await;
    let world = world(eager()).await;
    let (result, paper) = (bytes(300_000), b"to khai".to_vec());
    let result_link = store.put("k", &result, Manner::Good);
    let paper_link = store.put("t", &paper, Manner::Good);
    world.create(&[naming("A", &result_link, &paper_link)]).await.unwrap();
    world.portal.fetch_files_now().await;
    let (file, other) = files_of(&world, "A");
    assert_eq!((&*file.file, &file.link, file.links), ("9", &result_link, 1));
    assert_eq!((file.state, file.attempts, file.requests, file.http), (FileState::Whole, 1, 1, Some(200)));
    assert_eq!((file.bytes, &file.sha256, file.whole), (300_000, &sha256(&result), 1));
    assert_eq!((&*other.file, &other.sha256), ("1", &sha256(&paper)));
    assert_eq!((&*file.problem, file.unsteady), ("", false));
}

#[tokio::test]
async fn files_of_a_refused_call_are_not_fetched() {
    let store = FileStore::start().await;
    let world = world(eager()).await;
    let link = store.put("k", b"x", Manner::Good);
    let mut refused = naming("A", &link, &link);
    refused["TrangThaiHoSo"] = json!("11");
    assert!(!world.create(&[refused]).await.unwrap().is_success());
    world.portal.fetch_files_now().await;
    assert!(world.portal.files().is_empty() && store.requests().is_empty());
}

#[tokio::test]
async fn a_look_up_tells_the_hash_of_what_was_fetched_and_an_empty_one_before() {
    let store = FileStore::start().await;
    let world = world(on_order()).await;
    let link = store.put("k", b"giay khai sinh", Manner::Good);
    let sent = naming("A", &link, &link);
    world.create(std::slice::from_ref(&sent)).await.unwrap();
    let mut expected = sent.clone();
    expected["DanhSachTienDo"] = json!([]);
    expected["DanhSachGiayToKetQua"][0]["HashTepTin"] = json!("");
    assert_eq!(world.look_up("A").await, [expected.clone()]);
    world.portal.fetch_files_now().await;
    expected["DanhSachGiayToKetQua"][0]["HashTepTin"] = json!(sha256(b"giay khai sinh"));
    assert_eq!(world.look_up("A").await, [expected]);
    // What is stored stays as it was sent.
    assert_eq!(Value::Object(world.portal.dossier("A").unwrap().fields), sent);
}

#[tokio::test]
async fn hashes_can_be_kept_back() {
    let lookup = Lookup { file_hash: false, ..Lookup::default() };
    let world = World::with(Config { pull: on_order(), lookup, ..Config::default() }).await;
    world.create(&[dossier("A")]).await.unwrap();
    let found = &world.look_up("A").await[0]["DanhSachGiayToKetQua"];
    assert_eq!(*found, dossier("A")["DanhSachGiayToKetQua"]);
}

#[tokio::test]
async fn two_papers_of_one_name_and_without_an_id_are_two_files() {
    let store = FileStore::start().await;
    let world = world(on_order()).await;
    let mut dossier = dossier("A");
    let paper = |link: String| json!({"TenGiayTo": "Trích lục", "MaGiayToKetQua": "KQ", "DuongDanTepTinKetQua": link});
    dossier["DanhSachGiayToKetQua"] =
        json!([paper(store.put("one", b"one", Manner::Good)), paper(store.put("two", b"two", Manner::Good))]);
    dossier["TaiLieuNop"] = json!([]);
    world.create(&[dossier]).await.unwrap();
    world.portal.fetch_files_now().await;
    let names: Vec<String> = world.portal.files().into_iter().map(|file| file.file).collect();
    assert_eq!(names, ["Trích lục", "Trích lục#2"]);
    let found = &world.look_up("A").await[0]["DanhSachGiayToKetQua"];
    assert_eq!(
        (&found[0]["HashTepTin"], &found[1]["HashTepTin"]),
        (&json!(sha256(b"one")), &json!(sha256(b"two")))
    );
}

#[tokio::test]
async fn a_link_sent_again_is_left_alone_and_a_new_link_is_followed_anew() {
    let store = FileStore::start().await;
    let world = world(eager()).await;
    let old = store.put("k", b"draft", Manner::Good);
    world.create(&[naming("A", &old, &old)]).await.unwrap();
    world.portal.fetch_files_now().await;
    world.update(&[naming("A", &old, &old)]).await.unwrap();
    world.portal.fetch_files_now().await;
    assert_eq!(store.requests().len(), 2);

    let new = store.put("k2", b"final", Manner::Good);
    world.portal.set_pull_rules(vec![PullRule::new(PullKind::Never)]).unwrap();
    world.update(&[naming("A", &new, &old)]).await.unwrap();
    let (result, paper) = files_of(&world, "A");
    // Until it has the new one the portal holds the old.
    assert_eq!((&result.sha256, result.links, result.state), (&sha256(b"draft"), 2, FileState::Waiting));
    assert_eq!((paper.links, paper.state), (1, FileState::Whole));
    world.portal.set_pull_rules(Vec::new()).unwrap();
    world.portal.fetch_files_now().await;
    let (result, _) = files_of(&world, "A");
    assert_eq!((&result.sha256, result.state, result.whole), (&sha256(b"final"), FileState::Whole, 2));
    // Other bytes by another link are no fault.
    assert!(!result.unsteady);
}

#[tokio::test]
async fn files_that_a_dossier_no_longer_names_are_forgotten_with_it() {
    let world = world(on_order()).await;
    world.create(&[dossier("A"), dossier("B")]).await.unwrap();
    assert_eq!(world.portal.files().len(), 4);
    let mut without = dossier("A");
    without["TaiLieuNop"][0]["IsDeleted"] = json!("True");
    world.update(&[without]).await.unwrap();
    let [file] = world.portal.files_of("A").try_into().unwrap();
    assert_eq!(file.role, Role::Result);
    assert!(world.portal.delete_dossier("B") && world.portal.files_of("B").is_empty());
}

#[tokio::test]
async fn a_file_may_be_come_for_in_every_way() {
    let content = bytes(100_003);
    let ways = [
        (PullKind::Once, 1, 1),
        (PullKind::Twice, 2, 2),
        (PullKind::Ranges { parts: 7 }, 8, 1),
        (PullKind::Cut { again_after_ms: 3_600_000 }, 2, 1),
        (PullKind::Late { after_s: 7_200 }, 1, 1),
        (PullKind::HeadFirst, 2, 1),
        (PullKind::Together { times: 20 }, 20, 20),
    ];
    for (kind, requests, whole) in ways {
        let (file, seen) = result_by(kind.clone(), &content, Manner::Good).await;
        assert_eq!(
            (file.state, &file.sha256, file.bytes),
            (FileState::Whole, &sha256(&content), 100_003),
            "{kind:?}"
        );
        assert_eq!((file.requests, file.whole, file.unsteady), (requests, whole, false), "{kind:?}");
        assert_eq!(u64::try_from(seen.len()).unwrap(), requests, "{kind:?}");
    }
}

#[tokio::test]
async fn a_file_of_few_bytes_may_be_come_for_in_every_way() {
    for content in [&b""[..], b"x", b"xy"] {
        for kind in [
            PullKind::Ranges { parts: 7 },
            PullKind::Cut { again_after_ms: 0 },
            PullKind::HeadFirst,
            PullKind::Twice,
        ] {
            let (file, _) = result_by(kind.clone(), content, Manner::Good).await;
            assert_eq!((file.state, &file.sha256), (FileState::Whole, &sha256(content)), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn ranges_come_out_of_order_and_the_seed_decides_in_which() {
    let (_, first) = result_by(PullKind::Ranges { parts: 9 }, &bytes(90_000), Manner::Good).await;
    let (_, again) = result_by(PullKind::Ranges { parts: 9 }, &bytes(90_000), Manner::Good).await;
    assert_eq!(first, again);
    assert_eq!((first.len(), &*first[0]), (10, "HEAD k"));
    let mut sorted = first.clone();
    sorted[1..].sort();
    assert_ne!(first, sorted);
}

#[tokio::test]
async fn a_server_without_ranges_is_taken_as_it_is() {
    for kind in [PullKind::Ranges { parts: 4 }, PullKind::Cut { again_after_ms: 0 }] {
        let (file, _) = result_by(kind, &bytes(5_000), Manner::NoRanges).await;
        assert_eq!(
            (file.state, file.sha256, file.http),
            (FileState::Whole, sha256(&bytes(5_000)), Some(200))
        );
    }
}

#[tokio::test]
async fn a_file_that_changes_under_the_portals_hands_is_never_called_whole_as_a_mixture() {
    let (file, _) = result_by(PullKind::Ranges { parts: 4 }, &bytes(5_000), Manner::Changing).await;
    assert_eq!(
        (file.state, &*file.problem, &*file.sha256),
        (FileState::Failed, "the file changed between its parts", "")
    );
    let (file, _) = result_by(PullKind::Twice, &bytes(5_000), Manner::Changing).await;
    assert!(file.unsteady && file.state == FileState::Whole);
    // With If-Range a good server sends all of the new one.
    let (file, seen) = result_by(PullKind::Cut { again_after_ms: 0 }, &bytes(5_000), Manner::Changing).await;
    assert_eq!((file.state, file.bytes, seen.len()), (FileState::Whole, 5_000, 2));
}

#[tokio::test]
async fn what_cannot_be_fetched_is_tried_again_as_often_as_configured_and_then_on_order() {
    let store = FileStore::start().await;
    let world = world(eager()).await;
    let link = store.put("k", b"x", Manner::Status(404));
    world.create(&[naming("A", &link, "http://127.0.0.1:1/none")]).await.unwrap();
    world.portal.fetch_files_now().await;
    let (result, paper) = files_of(&world, "A");
    assert_eq!((result.state, result.attempts, result.http), (FileState::Failed, 3, Some(404)));
    assert_eq!(
        (paper.state, paper.http, &*paper.problem),
        (FileState::Failed, None, "no connection, or cut")
    );
    assert_eq!((&*result.sha256, result.bytes, result.whole), ("", 0, 0));
    store.put("k", b"x", Manner::Good);
    world.portal.fetch_files_now().await;
    let (result, _) = files_of(&world, "A");
    assert_eq!((result.state, result.attempts, result.sha256), (FileState::Whole, 4, sha256(b"x")));
}

#[tokio::test]
async fn an_answer_that_is_cut_short_or_redirected_gives_no_file() {
    for manner in [Manner::Short, Manner::Redirect] {
        let (file, _) = result_by(PullKind::Once, &bytes(5_000), manner).await;
        assert_eq!((file.state, &*file.sha256), (FileState::Failed, ""), "{manner:?}");
    }
}

#[tokio::test]
async fn the_first_rule_that_fits_decides_and_never_means_not_even_on_order() {
    let store = FileStore::start().await;
    let only =
        |dossier: &str, role| PullRule { dossier: Some(dossier.to_owned()), role, ..PullRule::default() };
    let rules = vec![
        PullRule { kind: PullKind::Never, ..only("A", Some(Role::Paper)) },
        PullRule { kind: PullKind::HeadFirst, ..only("A", None) },
        PullRule { percent: Some(0.0), kind: PullKind::Never, ..PullRule::default() },
        PullRule { file: Some("9".to_owned()), kind: PullKind::Twice, ..PullRule::default() },
    ];
    let world = world(Pull { rules, ..on_order() }).await;
    let link = store.put("k", b"x", Manner::Good);
    world.create(&[naming("A", &link, &link), naming("B", &link, &link)]).await.unwrap();
    world.portal.fetch_files_now().await;
    let requests: Vec<u64> = world.portal.files().into_iter().map(|file| file.requests).collect();
    assert_eq!(requests, [2, 0, 2, 1]);
}

#[tokio::test]
async fn the_portal_comes_by_itself_after_its_delay_and_late_by_a_rule() {
    let store = FileStore::start().await;
    let late = PullKind::Late { after_s: 1 };
    let rules = vec![PullRule { role: Some(Role::Paper), kind: late, ..PullRule::default() }];
    let world = world(Pull { rules, delay_ms: 50, jitter_ms: 50, ..eager() }).await;
    let link = store.put("k", b"x", Manner::Good);
    let begun = Instant::now();
    world.create(&[naming("A", &link, &link)]).await.unwrap();
    let until_whole = async |role: Role| {
        while !world
            .portal
            .files_of("A")
            .iter()
            .any(|file| file.role == role && file.state == FileState::Whole)
        {
            assert!(begun.elapsed() < Duration::from_secs(60), "the portal does not come");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        begun.elapsed()
    };
    assert!(until_whole(Role::Result).await >= Duration::from_millis(50));
    assert!(until_whole(Role::Paper).await >= Duration::from_secs(1));
}

#[tokio::test]
async fn the_admin_api_shows_files_sets_rules_and_fetches() {
    let store = FileStore::start().await;
    let world = world(on_order()).await;
    let link = store.put("k", b"x", Manner::Good);
    world.create(&[naming("A", &link, &link), naming("B", &link, &link)]).await.unwrap();
    let never = json!([{"role": "paper", "kind": {"type": "never"}}]);
    assert_eq!(world.admin(Method::PUT, "files/rules", Some(never)).await.status, 204);
    let rules = world.admin(Method::GET, "files/rules", None).await.json();
    assert_eq!(rules[0]["kind"], json!({"type": "never"}));
    let wrong = json!([{"kind": {"type": "ranges", "parts": 0}}]);
    assert_eq!(world.admin(Method::PUT, "files/rules", Some(wrong)).await.status, 422);
    let unknown = json!([{"kind": {"type": "sometimes"}}]);
    assert_eq!(world.admin(Method::PUT, "files/rules", Some(unknown)).await.status, 422);

    let told = world.admin(Method::POST, "files/fetch", None).await.json();
    let files: Vec<FileView> = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(files, world.portal.files());
    assert_eq!((&told[0]["state"], &told[1]["state"]), (&json!("whole"), &json!("waiting")));
    let of_b = world.admin(Method::GET, "files?dossier=B", None).await.json();
    assert_eq!((of_b.as_array().unwrap().len(), &of_b[0]["sha256"]), (2, &json!(sha256(b"x"))));
}

#[tokio::test]
async fn a_portal_that_is_started_again_knows_what_it_has_fetched() {
    let store = FileStore::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        let rules = vec![PullRule { role: Some(Role::Paper), kind: PullKind::Never, ..PullRule::default() }];
        let pull = Pull { rules, ..eager() };
        Config { keep: Some(folder.path().join("kept.jsonl")), pull, ..Config::default() }
    };
    let link = store.put("k", b"x", Manner::Good);
    let world = World::with(config()).await;
    world.create(&[naming("A", &link, &link)]).await.unwrap();
    world.portal.fetch_files_now().await;
    world.portal.stop().await;

    let world = World::with(config()).await;
    let (result, paper) = files_of(&world, "A");
    assert_eq!((result.state, result.sha256), (FileState::Whole, sha256(b"x")));
    assert_eq!(paper.state, FileState::Waiting);
    assert_eq!(world.look_up("A").await[0]["DanhSachGiayToKetQua"][0]["HashTepTin"], sha256(b"x"));
    world.portal.set_pull_rules(Vec::new()).unwrap();
    world.portal.fetch_files_now().await;
    assert_eq!((files_of(&world, "A").1.state, store.requests().len()), (FileState::Whole, 2));
}
