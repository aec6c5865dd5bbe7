//! The promises of every source, on a hosted system that is read over HTTP.

use std::time::Duration;

use dongbo_model::DossierCode;
use dongbo_source::{Reading, Scan, Source, agreement};
use testbed::igate::{IgateConfig, Manner};

use crate::over_http::{Hosted, mapping};
use crate::support::{codes, findings, open, scan, sweep};

async fn hosted(dossiers: usize) -> Hosted {
    Hosted::new(dossiers, IgateConfig::default()).await
}

#[tokio::test]
async fn rows_of_one_moment_are_all_found_each_once_over_http() {
    let hosted = hosted(230).await;
    hosted.site.execute("UPDATE ho_so SET cap_nhat_luc = (SELECT min(cap_nhat_luc) FROM ho_so)").await;
    let mut found = codes(&scan(&hosted.source(), None).await.0);
    assert_eq!(found.len(), 230);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 230);
}

#[tokio::test]
async fn times_without_a_zone_do_not_stop_the_walk_over_http() {
    let hosted = hosted(120).await;
    let all = codes(&sweep(&hosted.by_sql()).await);
    hosted.igate.behave(Manner::NoZones);
    let source = hosted.source();
    let found = codes(&scan(&source, None).await.0);
    assert!(found.len() >= 80, "{}", found.len());
    assert_eq!(codes(&sweep(&source).await), all, "the sweep needs no time");
}

#[tokio::test]
async fn a_row_without_a_key_stops_nothing_over_http() {
    let hosted = hosted(120).await;
    let text = mapping().replace(
        "{ key: .id, code,",
        "{ key: (if (.code | endswith(\\\"1\\\")) then null else .id end), code,",
    );
    let found = codes(&scan(&open(&hosted.config, &text), None).await.0);
    let with_key =
        codes(&sweep(&hosted.by_sql()).await).iter().filter(|code| !code.as_str().ends_with('1')).count();
    assert!(with_key < 120 && found.len() == with_key, "{} of {with_key}", found.len());
}

#[tokio::test]
async fn one_code_of_two_people_never_mixes_their_papers_over_http() {
    let hosted = hosted(20).await;
    hosted.site.execute("UPDATE ho_so SET ma_ho_so = 'A' WHERE id IN (#2, #3)").await;
    let source = hosted.source();
    scan(&source, None).await;
    let readings = source.read(&[DossierCode::new("A").unwrap()]).await.unwrap();
    let told = findings(&readings[0]).join("\n");
    assert!(told.contains("duplicate_code A"), "{told}");
}

#[tokio::test]
async fn a_list_that_gives_its_rows_twice_is_found_over_http() {
    let hosted = hosted(40).await;
    let (before, results) =
        mapping().split_once("[results.http]").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let doubled = results.replacen(".attachment[]?", "(.attachment[]?, .attachment[]?)", 1);
    let source = open(&hosted.config, &format!("{before}[results.http]{doubled}"));
    let all = codes(&scan(&source, None).await.0);
    let readings = source.read(&all).await.unwrap();
    let held: Vec<&Reading> = readings.iter().filter(|one| matches!(one, Reading::Defective(_))).collect();
    assert!(!held.is_empty() && held.len() < all.len());
    for reading in held {
        assert!(findings(reading).iter().all(|one| one.starts_with("duplicate_rows results")), "{reading:?}");
    }
}

#[tokio::test]
async fn a_dossier_longer_than_an_answer_may_be_is_told_and_holds_up_no_other_over_http() {
    let mut hosted = hosted(60).await;
    hosted.config.http.max_response_bytes = 600_000;
    hosted.site.execute("UPDATE ho_so SET ghi_chu = hex(zeroblob(350000)) WHERE id = #5").await;
    let source = hosted.source();
    source.probe().await.unwrap();
    let (changes, _) = scan(&source, None).await;
    let (told, others): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.code.is_none());
    assert_eq!((told.len(), others.len()), (1, 59), "{told:?}");
    assert_eq!(told[0].key, "longer-than-max_response_bytes");
    assert_eq!(codes(&sweep(&source).await).len(), 59);

    let all = codes(&sweep(&hosted.by_sql()).await);
    let readings = source.read(&all).await.unwrap();
    let held: Vec<&Reading> = readings.iter().filter(|one| !matches!(one, Reading::Dossier(_))).collect();
    assert_eq!((held.len(), readings.len()), (1, 60), "{held:?}");
    assert!(findings(held[0]).join("\n").contains("source.http.max_response_bytes"), "{held:?}");
}

#[tokio::test]
async fn what_one_list_gives_and_the_dossiers_do_not_is_told_over_http() {
    let hosted = hosted(12).await;
    let all = codes(&sweep(&hosted.by_sql()).await);
    assert!(agreement(&hosted.source()).await.unwrap().lacking.is_empty());
    let left_out = format!("select(.code != \"{}\") | .applicant.data as $form", all[4]);
    let text = mapping().replace(".applicant.data as $form", &left_out);
    let source = open(&hosted.config, &text);
    let found = agreement(&source).await.unwrap().lacking;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].given_by, found[0].lacks, found[0].dossiers), ("changed", "dossiers", 1));
    assert_eq!(found[0].example, all[4].to_string());

    // It is found by the poll and by the sweep all the same, so that it is missed; the others are read.
    assert!(codes(&scan(&source, None).await.0).contains(&all[4]));
    assert_eq!(codes(&sweep(&source).await), all);
    let readings = source.read(&all).await.unwrap();
    for (place, reading) in readings.iter().enumerate() {
        assert_eq!(matches!(reading, Reading::Absent), place == 4, "{reading:?}");
        assert_eq!(matches!(reading, Reading::Dossier(_)), place != 4, "{reading:?}");
    }
}

/// The pages that one poll asks for, which looks back so far.
async fn pages_of_a_poll(hosted: &Hosted, source: &Source, overlap: Duration) -> u64 {
    let (_, cursor) = scan(source, None).await;
    let before = hosted.igate.counters();
    let mut poll = Scan::since(cursor, overlap);
    while !(source.changed(&mut poll).await.unwrap().is_empty() && poll.is_over()) {}
    let after = hosted.igate.counters();
    assert_eq!((after.details, after.sign_ins), (before.details, before.sign_ins));
    after.searches - before.searches
}

#[tokio::test]
async fn a_poll_asks_for_one_page_however_many_dossiers_there_are() {
    let hosted = hosted(400).await;
    let source = hosted.source();
    assert_eq!(pages_of_a_poll(&hosted, &source, Duration::from_secs(5)).await, 1);
    assert_eq!(pages_of_a_poll(&hosted, &source, Duration::from_secs(600)).await, 1);
}
