//! Trouble between dongbo and the portal.

use std::time::Instant;

use testbed::proxy::{Cut, Line};

use super::{LASTS, Site};
use crate::secure::{Authority, front};
use support::{Engine, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_stalls_dribbles_or_cuts_is_probed_calmly_and_goes_on_within_one_probe() {
    let mut site = Site::new(Engine::Sqlite, 111).await;
    site.until_equal().await;
    for (what, line) in [
        ("portal accepts and never answers", Line::Stall),
        ("portal answers one byte a second", Line::Slow(1)),
        ("portal cuts each connection", Line::CutAfter(0)),
        ("portal cuts in the middle of an answer", Line::CutAfter(100)),
    ] {
        site.portal.set(line);
        // Connections that were kept from better times would carry the first calls.
        site.portal.cut(Cut::Reset);
        let before = site.begin().await;
        site.rig.simulator.advance(now(), 20).await.unwrap();
        site.until_stopped().await;
        let stopped = site.begin().await;
        tokio::time::sleep(LASTS).await;
        // Two probes a second, each with a log-in.
        site.assert_calm(what, &stopped, 0, 20).await;
        site.assert_calm(what, &before, 0, 60).await;
        site.portal.set(Line::Pass);
        site.assert_sends_again(what, Instant::now()).await;
        site.assert_whole().await;
    }
    let what = "portal refuses connections";
    let before = site.begin().await;
    site.portal.refuse().await;
    site.rig.simulator.advance(now(), 20).await.unwrap();
    site.until_stopped().await;
    tokio::time::sleep(LASTS).await;
    site.assert_calm(what, &before, 0, 5).await;
    site.portal.accept_again().await.unwrap();
    site.assert_sends_again(what, Instant::now()).await;
    site.assert_whole().await;
    site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_whose_certificate_has_expired_is_told_and_goes_on_when_it_is_replaced_without_a_reload() {
    let authority = Authority::new("Trust");
    let expired = authority.issue("localhost", |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    let good = authority.issue("localhost", |_| {});
    let ca = authority.ca_file();
    let mut site = Site::with(Engine::Sqlite, 112, |text| {
        let mut table: toml::Table = text.parse().unwrap();
        let url =
            table["portal"]["adapter_url"].as_str().unwrap().replace("http://127.0.0.1", "https://localhost");
        let portal = table["portal"].as_table_mut().unwrap();
        portal.insert("adapter_url".to_owned(), url.into());
        portal.insert("ca_file".to_owned(), ca.display().to_string().into());
        table.to_string()
    })
    .await;
    let server = |url: String| url.replace("https://localhost", "127.0.0.1");
    let mock = site.rig.mock.url();
    site.portal.switch(server(front(expired, &mock).await));
    let before = site.begin().await;
    site.until_stopped().await;
    tokio::time::sleep(LASTS).await;
    site.assert_calm("certificate expired", &before, 0, 40).await;
    assert!(
        site.process.log().contains("has expired: its operator has to renew it"),
        "{}",
        site.process.log()
    );
    site.portal.switch(server(front(good, &mock).await));
    site.assert_sends_again("certificate replaced", Instant::now()).await;
    site.until_equal().await;
    site.assert_whole().await;
    site.done().await;
}
