//! All that the portal lacks is found and told, and nothing is written there, whatever goes wrong.

use mock_portal::{FaultKind, FaultRule, Service};
use serde_json::Value;
use support::spoil::{is_fit, spoil};
use support::{Rig, clock, now};

use super::{Vendor, differing, dongbo, seen_whole, writes};
use crate::control::until_tells;
use crate::kit::until;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bridge_has_not_brought_is_found_and_told_and_nothing_is_written_under_faults() {
    let mut vendor = Vendor::new(611, 40).await;
    vendor.stop().await;
    let (folder, config) = vendor.watching("");
    let Vendor { mut rig, dossiers, .. } = vendor;
    let mut spoilt = rig.mock.dossiers();
    let missing: Vec<String> = spoilt.drain(..4).map(|dossier| dossier.code).collect();
    missing.iter().for_each(|code| assert!(rig.mock.delete_dossier(code)));
    let place = spoilt.iter().position(|dossier| is_fit("status", dossier)).unwrap();
    let behind = spoilt.remove(place);
    spoil(&rig.mock, "status", &behind);
    rig.mock.reset_counters();
    for kind in [
        FaultKind::Status { code: 503, after: false },
        FaultKind::CloseAfter {},
        FaultKind::SessionLapse {},
        FaultKind::Html { after: false },
    ] {
        rig.mock
            .add_fault(FaultRule { probability: 0.1, ..FaultRule::new(kind).on(Service::LookUp) })
            .unwrap();
    }
    let running = Rig::start_with(&config, clock()).await;
    let lacking = dossiers - 5;
    running.until("looked at", |overview| seen_whole(overview) == lacking).await;
    until("told", async || differing(&running.ledger, "missing").await.len() == 4).await;
    until("told", async || differing(&running.ledger, "status").await == [behind.code.clone()]).await;

    // A new dossier comes to be looked for; the bridge, which does not run, does not bring it.
    let new = rig.simulator.create_at(now()).await.unwrap().code;
    until("missed", async || differing(&running.ledger, "missing").await.contains(&new)).await;
    assert_eq!(writes(&rig), 0, "{:?}", rig.mock.counters());
    let called: Vec<String> = rig.mock.counters().calls.into_keys().collect();
    assert_eq!(called, ["TraCuuHoSo", "auth"], "it only signs in and looks up");

    rig.mock.clear_faults();
    let mut why = String::new();
    until("told", async || {
        why = dongbo(&folder, &["why", &missing[0]]).await.stdout;
        // It may be looked up just now.
        why.contains("Cổng chưa có hồ sơ này")
    })
    .await;
    assert!(why.contains(&format!("dongbo resend {}", missing[0])), "{why}");
    for told in [&why, &dongbo(&folder, &["status"]).await.stdout] {
        assert!(
            !told.contains("gửi ngay") && !told.contains("sẽ gửi") && !told.contains("hẹn gửi"),
            "{told}"
        );
    }
    let reasons = |status: &Value| -> Vec<String> {
        let all = status["reasons"].as_array().unwrap().iter();
        all.map(|one| one["reason"].as_str().unwrap().to_owned()).collect()
    };
    let not_brought = |status: &Value| reasons(status).contains(&"not_brought".to_owned());
    // The portal may be known to be back a moment after it is.
    let status = until_tells(&folder, &["status"], 3, not_brought).await;
    assert!(!reasons(&status).contains(&"sending".to_owned()), "{status}");
    running.stop().await;
    assert_eq!(writes(&rig), 0);
}
