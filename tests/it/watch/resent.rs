//! The vendor's bridge is asked to send again what is missing, at a pace, and a look-up says which really arrived.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use dongbo_ledger::Ledger;
use serde_json::Value;
use support::{Rig, clock, now};

use super::{Vendor, differing, dongbo, seen_whole};
use crate::kit::until;

const BODY: &str = r#"{"configId": "k1", "type": 1, "dossier": {"id": "{id}", "code": "{code}", "nationCode": "{national_code}", "updated": {updated}}}"#;

/// A stand-in of the vendor's interface by which its bridge is asked.
#[derive(Clone)]
struct Bridge {
    /// The bridge's own ledger, in which a dossier is marked to be sent again.
    ledger: Ledger,
    /// Whether each request was for a dossier as changed, by its code.
    asked: Arc<Mutex<Vec<(String, bool)>>>,
    /// Codes that it answers otherwise: `Some` refuses in these words, `None` takes and does nothing.
    odd: Arc<BTreeMap<String, Option<&'static str>>>,
}

async fn answer(State(bridge): State<Bridge>, Json(body): Json<Value>) -> String {
    let code = body["dossier"]["nationCode"].as_str().unwrap().to_owned();
    assert_eq!((&body["configId"], &body["dossier"]["code"]), (&"k1".into(), &code.as_str().into()));
    let updated = body["dossier"]["updated"].as_bool().unwrap();
    bridge.asked.lock().unwrap().push((code.clone(), updated));
    match bridge.odd.get(&code) {
        Some(Some(words)) => (*words).to_owned(),
        Some(None) => "OK".to_owned(),
        None if updated => {
            bridge.ledger.send_again(&[&code], now()).await.unwrap();
            "OK\n".to_owned()
        }
        // The dossier is known to it, so it cannot be created.
        None => "Hồ sơ đã tồn tại".to_owned(),
    }
}

async fn serve(bridge: Bridge) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/resend", listener.local_addr().unwrap());
    let app = Router::new().route("/resend", post(answer)).with_state(bridge);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

/// The codes as a clerk pastes them from a spreadsheet: a heading, quotes, blanks within, names beside, repeated lines, and lines that
/// name no dossier.
fn pasted(codes: &[String]) -> String {
    let mut text = "\u{feff}STT\tMã hồ sơ\tHọ và tên\r\n".to_owned();
    for (place, code) in codes.iter().enumerate() {
        let written = match place % 4 {
            0 => format!("\"{code}\""),
            1 => code.replace('-', " - "),
            2 => code.to_lowercase(),
            _ => format!("  {code} "),
        };
        text += &format!("{}\t{written}\tNguyễn Thị {place}\t0\r\n", place + 1);
    }
    text + &format!("\t{}\t\r\n\r\n999\tH99.99-999999-9999\tTrần Văn B\r\n", codes[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_pasted_codes_are_asked_for_and_what_really_arrived_is_told() {
    let mut vendor = Vendor::new(631, 410).await;
    let lost: Vec<String> = vendor.lose(400).into_iter().map(|dossier| dossier.code).collect();
    let mut odd = BTreeMap::from([(lost[7].clone(), Some("ERR 12: sai cấu hình"))]);
    odd.insert(lost[9].clone(), None);
    let asked = Arc::<Mutex<Vec<(String, bool)>>>::default();
    let bridge = Bridge { ledger: vendor.ledger(), asked: Arc::clone(&asked), odd: Arc::new(odd) };
    let url = serve(bridge).await;
    let (folder, config) = vendor.watching(&format!(
        "[bridge]\nurl = \"{url}\"\nbody = '''{BODY}'''\nbetween = \"0s\"\nlook_up_after = \"6s\""
    ));
    let running = Rig::start_with(&config, clock()).await;
    running.until("looked at", |overview| seen_whole(overview) == 10).await;
    until("told", async || differing(&running.ledger, "missing").await.len() == 400).await;
    let list = folder.join("list.txt");
    std::fs::write(&list, pasted(&lost)).unwrap();
    let list = list.display().to_string();
    let preview = dongbo(&folder, &["resend", "--file", &list, "--dry-run"]).await;
    assert_eq!(preview.code, 3, "one line was not understood: {}{}", preview.stdout, preview.stderr);
    assert!(
        preview.stdout.contains("402 dòng, 400 hồ sơ") && preview.stdout.contains("dòng 404"),
        "{}",
        preview.stdout
    );
    assert!(!preview.stdout.contains("Trần") && !preview.stdout.contains("Nguyễn"), "{}", preview.stdout);
    assert!(asked.lock().unwrap().is_empty(), "a preview asks nobody");

    let result = folder.join("result.csv").display().to_string();
    let said =
        dongbo(&folder, &["resend", "--file", &list, "--yes", "--json", "--result", &result]).await.json(3);
    let states = |state: &str| {
        let rows = said["results"].as_array().unwrap();
        rows.iter().filter(|row| row["state"] == state).map(|row| row["code"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(states("arrived").len(), 398, "{:?} {:?}", states("lacking"), states("refused"));
    assert_eq!(
        (states("refused"), states("lacking")),
        (vec![lost[7].clone().into()], vec![lost[9].clone().into()])
    );
    let table = std::fs::read_to_string(&result).unwrap();
    assert_eq!(table.lines().count(), 401);
    assert!(table.contains(&format!("{},refused,1,", lost[7])) && table.contains("ERR 12"), "{table}");
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 800, "first as new and then as changed");
    assert!(asked.chunks(2).all(|pair| pair[0].0 == pair[1].0 && !pair[0].1 && pair[1].1));
    running.until("seen", |overview| seen_whole(overview) == 408).await;
    let state = dongbo(&folder, &["resend", "--json"]).await.json(3);
    assert_eq!((&state["state"], &state["counts"]["arrived"]), (&"done".into(), &398.into()), "{state}");
    running.stop().await;
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bridge_the_list_is_written_and_an_order_waits_goes_on_after_a_restart_and_ends() {
    let mut vendor = Vendor::new(632, 12).await;
    let lost: Vec<String> = vendor.lose(4).into_iter().map(|dossier| dossier.code).collect();
    let (folder, config) = vendor.watching("");
    let running = Rig::start_with(&config, clock()).await;
    until("told", async || differing(&running.ledger, "missing").await.len() == 4).await;
    let path = folder.join("list.csv").display().to_string();
    let said = dongbo(&folder, &["resend", "--cause", "missing", "--yes", "--json", "--result", &path])
        .await
        .json(0);
    assert_eq!((said["dossiers"].as_u64(), said["mode"].as_str()), (Some(4), Some("watch")), "{said}");
    let table = std::fs::read_to_string(&path).unwrap();
    assert!(lost.iter().all(|code| table.contains(&format!("{code},listed,0,,,missing"))), "{table}");
    running.stop().await;

    let asked = Arc::<Mutex<Vec<(String, bool)>>>::default();
    let bridge = Bridge { ledger: vendor.ledger(), asked: Arc::clone(&asked), odd: Arc::default() };
    let url = serve(bridge).await;
    let with = |between: &str| {
        vendor.watching(&format!(
            "[bridge]\nurl = \"{url}\"\nbody = '''{BODY}'''\nbetween = \"{between}\"\nlook_up_after = \"2s\""
        ))
    };
    let (folder, config) = with("1h");
    let running = Rig::start_with(&config, clock()).await;
    dongbo(&folder, &["resend", "--cause", "missing", "--yes", "--detach", "--json"]).await.json(0);
    until("asked", async || asked.lock().unwrap().len() == 1).await;
    let paused = dongbo(&folder, &["resend", "--pause", "--json"]).await.json(0);
    assert_eq!(paused["state"], "paused");
    running.stop().await;
    let (folder, config) = with("0s");
    let running = Rig::start_with(&config, clock()).await;
    let state = dongbo(&folder, &["resend", "--json"]).await.json(0);
    assert_eq!((&state["state"], &state["counts"]["waiting"]), (&"paused".into(), &4.into()), "{state}");
    dongbo(&folder, &["resend", "--resume", "--json"]).await.json(0);
    running.until("arrived", |overview| seen_whole(overview) == 12).await;
    until("done", async || dongbo(&folder, &["resend", "--json"]).await.json(0)["state"] == "done").await;
    assert_eq!(asked.lock().unwrap().len(), 8, "what was asked for before is not asked for again");
    running.stop().await;
    vendor.stop().await;
}
