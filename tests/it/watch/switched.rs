//! From watching to sending: what the dry run counts is what is then sent, and back again nothing is.

use dongbo_ledger::Overview;
use mock_portal::Damage;
use support::spoil::{is_fit, spoil};
use support::{Rig, clock};

use super::{Vendor, differing, dongbo, seen_whole, writes};
use crate::control::until_ends;
use crate::kit::until;

#[tokio::test(flavor = "multi_thread")]
async fn the_dry_run_counts_what_is_then_really_sent_and_watching_again_sends_nothing() {
    let mut vendor = Vendor::new(621, 40).await;
    vendor.stop().await;
    let (rig, dossiers) = (&vendor.rig, vendor.dossiers);
    let mut left = rig.mock.dossiers();
    for dossier in left.drain(..5) {
        assert!(rig.mock.delete_dossier(&dossier.code));
    }
    for _ in 0..3 {
        let place = left.iter().position(|dossier| is_fit("due_date", dossier)).unwrap();
        spoil(&rig.mock, "due_date", &left.remove(place));
    }
    for _ in 0..4 {
        let place = left.iter().position(|dossier| dossier.steps.len() > 2).unwrap();
        let dossier = left.remove(place);
        let last = Damage { drop_step: Some(dossier.steps.len() - 1), ..Damage::default() };
        assert!(rig.mock.damage(&dossier.code, &last).unwrap());
    }
    let (folder, config) = vendor.watching("");
    let running = Rig::start_with(&config, clock()).await;
    // Five are missing, three have another due date, and four lack a step: the layer of steps lacks most.
    let looked_at = |overview: &Overview| seen_whole(overview) == dossiers - 9 && overview.in_doubt == 0;
    running.until("looked at", looked_at).await;
    until("told", async || differing(&running.ledger, "due_date").await.len() == 3).await;
    let told = until_ends(&folder, &["switch"], 0).await;
    let number = |field: &str| told[field].as_u64().unwrap();
    assert_eq!((number("create"), number("update"), number("equal")), (5, 3, dossiers - 12), "{told}");
    assert_eq!((number("append_to"), number("unknown"), number("held")), (9, 0, 0), "{told}");
    assert_eq!(told["mode"], "watch");
    let kinds: Vec<&str> = told["differs_most_in"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"missing") && kinds.contains(&"due_date"), "{told}");
    let wire = &told["example"]["wire"]["dossier"];
    assert!(wire["MaHoSo"].is_string() && wire["TrangThaiHoSo"].is_string(), "{told}");
    assert!(wire["ChuHoSo"].as_str().is_some_and(|name| name.contains("ký tự")), "a name is covered: {wire}");
    let people = dongbo(&folder, &["switch"]).await;
    assert!(
        people.stdout.contains("tạo 5 hồ sơ") && people.stdout.contains("Hiện dongbo chỉ theo dõi"),
        "{}",
        people.stdout
    );
    running.stop().await;

    rig.mock.reset_counters();
    let (_, sending) = vendor.watching("[source]\nmode = \"push\"");
    let running = Rig::start_with(&sending, clock()).await;
    running.until_settled(dossiers).await;
    let sent = rig.mock.counters();
    assert_eq!(
        (sent.creates, sent.updates, sent.steps),
        (number("create"), number("update"), number("steps"))
    );
    rig.assert_portal_equals_local().await;
    running.stop().await;

    let lost = vendor.lose(2);
    rig.mock.reset_counters();
    let (_, watching) = vendor.watching("");
    let running = Rig::start_with(&watching, clock()).await;
    running.ledger.send_again(&[lost[0].code.as_str(), lost[1].code.as_str()], support::now()).await.unwrap();
    running.until("missed", |overview| seen_whole(overview) == dossiers - 2).await;
    assert_eq!(writes(rig), 0);
    running.stop().await;
}
