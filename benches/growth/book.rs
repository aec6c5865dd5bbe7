//! The ledger's own share: each act by itself, while no daemon works on it.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use dongbo_ledger::{Lane, Ledger, Settings, SweptDossier, Touch};
use dongbo_model::{DossierCode, Fingerprint};

use crate::Row;
use crate::stuffing::Behind;

const TIMES: usize = 40;
const PAGE: usize = 500;

/// Measures the acts on a ledger of this size; what they leave there is put right again.
pub(crate) async fn measure(settings: &Settings, behind: &Behind) -> Row {
    let began = Instant::now();
    let ledger = Ledger::of(settings).await.unwrap();
    let opened = began.elapsed();
    let now = testbed::day::machine();
    let (mut polled, mut claimed, mut given_back) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TIMES {
        let touches: Vec<Touch> = (0..PAGE).map(|number| touch(turn * PAGE + number, now)).collect();
        polled
            .push(timed(ledger.touch(&touches, None, now, Duration::ZERO, Duration::from_secs(300))).await.1);
        let (claims, time) =
            timed(ledger.claim(Lane::ALL, 50, turn, "bench", Duration::from_secs(60), now)).await;
        claimed.push(time);
        let pairs: Vec<_> = claims.claims.into_iter().map(|claim| (claim.code, claim.fence)).collect();
        given_back.push(timed(ledger.give_back(&pairs)).await.1);
    }
    let (mut overview, mut facts) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        overview.push(timed(ledger.overview(now)).await.1);
        let (files, time) = timed(ledger.file_counts()).await;
        drop(files);
        facts.push(time);
    }
    let (swept, compared) = pages(&ledger, now).await;
    let recounted = timed(ledger.recount()).await;
    assert_eq!(recounted.0, [], "tallies are what is there");
    ledger.close().await;
    behind.run("DELETE FROM dossier WHERE code LIKE 'Y48%'".to_owned()).await;
    let bytes = behind.bytes().await;
    vec![
        ("open the ledger, ms", milliseconds(&[opened])),
        ("write down a page of 500 changes, ms", milliseconds(&polled)),
        ("claim 50 of 200 units, ms", milliseconds(&claimed)),
        ("give 50 back, ms", milliseconds(&given_back)),
        ("count dossiers, ms", milliseconds(&overview)),
        ("count files, ms", milliseconds(&facts)),
        ("sweep, ms for 1,000 dossiers", milliseconds(&swept)),
        ("compare, ms for 1,000 dossiers", milliseconds(&compared)),
        ("prove all counts (daily), ms", milliseconds(&[recounted.1])),
        ("size of the ledger, MB", format!("{:.0}", bytes as f64 / 1e6)),
    ]
}

fn touch(number: usize, now: DateTime<Utc>) -> Touch {
    Touch {
        key: number.to_string(),
        code: DossierCode::new(&format!("Y48.57-{number:08}")),
        unit: format!("Z48.{}", number % 200),
        changed_at: now,
        finding: None,
    }
}

/// The ledger's part of sweeping and of comparing twenty times 1,000 dossiers from all over the ledger.
async fn pages(ledger: &Ledger, now: DateTime<Utc>) -> (Vec<Duration>, Vec<Duration>) {
    let print = Fingerprint::parse("0123456789abcdef0123456789abcdef");
    let (mut swept, mut compared) = (Vec::new(), Vec::new());
    for turn in 0..20 {
        let from = format!("Z48.57-{:06}", turn * 50_000);
        let began = Instant::now();
        let codes = ledger.on_portal_after(&from, 1_000).await.unwrap();
        let texts: Vec<&str> = codes.iter().map(String::as_str).collect();
        assert_eq!(ledger.standings(&texts).await.unwrap().len(), texts.len());
        compared.push(began.elapsed());
        let page: Vec<SweptDossier> = codes
            .iter()
            .map(|code| SweptDossier {
                code: DossierCode::new(code).unwrap(),
                content: print,
                steps_fp: print,
            })
            .collect();
        let Some(last) = page.last() else { continue };
        let began = Instant::now();
        assert_eq!(ledger.differing(&page).await.unwrap(), Vec::<String>::new());
        ledger.note_listed(&page, page[0].code.as_str(), Some(last.code.as_str()), now).await.unwrap();
        swept.push(began.elapsed());
    }
    (swept, compared)
}

async fn timed<T, E: std::fmt::Debug>(act: impl Future<Output = Result<T, E>>) -> (T, Duration) {
    let began = Instant::now();
    let done = act.await.unwrap();
    (done, began.elapsed())
}

/// The median.
fn milliseconds(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort();
    format!("{:.1}", times[times.len() / 2].as_secs_f64() * 1_000.0)
}
