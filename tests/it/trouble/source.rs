//! Trouble between dongbo and the local database.

use std::time::{Duration, Instant};

use testbed::proxy::{Cut, Line};
use testbed::servers::PrivatePostgres;

use super::{LASTS, Site};
use crate::kit::{execute, until};
use crate::process::Process;
use support::{Engine, now};

fn server() -> PrivatePostgres {
    tokio::task::block_in_place(|| PrivatePostgres::start_killable().unwrap())
}

fn at(server: &PrivatePostgres) -> Engine {
    Engine::At(server.url().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_restarted_and_one_that_crashes_are_waited_for_and_found_again() {
    let server = server();
    let mut site = Site::new(at(&server), 101).await;
    site.until_equal().await;
    for (what, end) in [
        ("database restarted", PrivatePostgres::stop as fn(&PrivatePostgres) -> _),
        ("database crashed", PrivatePostgres::crash),
    ] {
        site.rig.simulator.advance(now(), 10).await.unwrap();
        let before = site.begin().await;
        tokio::task::block_in_place(|| end(&server).unwrap());
        tokio::time::sleep(LASTS).await;
        tokio::task::block_in_place(|| server.start_again().unwrap());
        let healed = Instant::now();
        // While the server is away the line accepts, and closes: one connection an attempt.
        site.assert_calm(what, &before, 40, 20).await;
        site.assert_polls_again(what, &before, healed, Duration::ZERO).await;
        site.assert_whole().await;
    }
    site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_free_connections_is_told_as_that_and_found_again() {
    let server = server();
    let role = |text: String| {
        let (_, rest) = text.split_once("postgres://postgres:").unwrap();
        let (password, _) = rest.split_once('@').unwrap();
        text.replace(&format!("postgres:{password}@"), "dongbo:mat-khau@")
    };
    let db = testbed::Db::postgres(server.url()).await.unwrap();
    execute(&db, "CREATE ROLE dongbo LOGIN PASSWORD 'mat-khau' IN ROLE pg_read_all_data").await;
    let mut site = Site::with(at(&server), 102, role).await;
    site.until_equal().await;
    site.rig.simulator.advance(now(), 10).await.unwrap();
    let before = site.begin().await;
    let full = "ALTER ROLE dongbo CONNECTION LIMIT 0; \
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dongbo'";
    execute(&db, full).await;
    // The first may be told that its session was ended, and the next that there is none to be had.
    until("missed twice", async || site.failed_polls().await >= before.failed_polls + 2.0).await;
    // Within one attempt the pool asks again after 10 ms, 20 ms, ... up to a fifth of connect_timeout.
    site.assert_calm("database out of connections", &before, 100, 20).await;
    execute(&db, "ALTER ROLE dongbo CONNECTION LIMIT -1").await;
    site.assert_polls_again("database out of connections", &before, Instant::now(), Duration::ZERO).await;
    site.assert_whole().await;
    let log = site.done().await;
    assert!(log.contains("too many connections for role"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_to_the_database_that_stalls_cuts_forgets_or_dribbles_is_given_up_and_found_again() {
    let server = server();
    let mut site = Site::new(at(&server), 103).await;
    site.until_equal().await;
    for (what, line) in [
        ("database stalls", Line::Stall),
        ("database stalls in the middle of an answer", Line::StallAfter(300)),
        ("database cuts each connection", Line::CutAfter(0)),
        ("database cuts in the middle of an answer", Line::CutAfter(900)),
        ("database dribbles 20 bytes a second", Line::Slow(20)),
    ] {
        let before = site.begin().await;
        site.source().set(line);
        site.rig.simulator.advance(now(), 10).await.unwrap();
        tokio::time::sleep(LASTS).await;
        site.assert_calm(what, &before, 40, 20).await;
        site.source().set(Line::Pass);
        site.assert_polls_again(what, &before, Instant::now(), Duration::ZERO).await;
        site.assert_whole().await;
    }
    for (what, how) in [
        ("connections reset", Cut::Reset),
        ("connections closed", Cut::Close),
        ("connections forgotten", Cut::Forget),
    ] {
        site.rig.simulator.advance(now(), 10).await.unwrap();
        let before = site.begin().await;
        site.source().cut(how);
        // Whether a line lives is asked for only when it has rested; a query on a dead one waits for its time, and the
        // driver for five seconds more.
        let silence = if how == Cut::Forget { Duration::from_secs(6) } else { Duration::ZERO };
        site.assert_polls_again(what, &before, Instant::now(), silence).await;
        site.assert_calm(what, &before, 20, 20).await;
        site.assert_whole().await;
    }
    site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_to_a_server_that_is_behind_moves_nothing_backwards_and_loses_nothing_when_it_catches_up()
{
    let server = server();
    let mut site = Site::new(at(&server), 104).await;
    site.until_equal().await;
    let behind = tokio::task::block_in_place(|| {
        server.stop().unwrap();
        let copy = server.copy().unwrap();
        server.start_again().unwrap();
        copy
    });
    until("the server is back", async || {
        site.rig.simulator.create_at(now()).await.is_ok() && site.rig.compare().await.is_clean()
    })
    .await;
    site.rig.simulator.advance(now(), 15).await.unwrap();
    site.until_equal().await;
    let before = site.begin().await;
    site.source().switch(behind.address());
    let polls = site.polls().await;
    until("it is read", async || site.polls().await > polls + 15.0).await;
    assert!(site.rig.compare().await.is_clean(), "what the portal has of later is not taken back");
    site.rig.simulator.advance(now(), 15).await.unwrap();
    site.source().switch(server.address());
    site.assert_calm("failover to a server that is behind", &before, 20, 20).await;
    site.assert_polls_again("failover", &before, Instant::now(), Duration::ZERO).await;
    site.assert_whole().await;
    site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_not_found_are_asked_for_calmly_and_a_reload_to_good_ones_takes_over() {
    let server = server();
    let mut good = String::new();
    let mut site = Site::with(at(&server), 105, |text| {
        good.clone_from(&text);
        let mut table: toml::Table = text.parse().unwrap();
        table["source"]["url"] = "postgres://postgres:x@motcua.invalid/postgres".into();
        table["portal"]["adapter_url"] = "http://cong.invalid".into();
        table["portal"].as_table_mut().unwrap().insert("allow_plain_http".to_owned(), true.into());
        table.to_string()
    })
    .await;
    let before = site.begin().await;
    until("missed", async || site.failed_polls().await > 2.0).await;
    site.assert_calm("names not found", &before, 0, 0).await;
    std::fs::write(&site.config, good).unwrap();
    site.process.signal("HUP");
    site.until_equal().await;
    site.assert_whole().await;
    site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once_and_a_kill_lose_nothing_and_bring_nothing_twice() {
    let server = server();
    let mut site = Site::new(at(&server), 106).await;
    site.until_equal().await;
    let before = site.begin().await;
    let calls = site.rig.mock.calls().len();
    for (source, portal) in [
        (Line::Slow(50_000), Line::CutAfter(100)),
        (Line::CutAfter(2_000), Line::Stall),
        (Line::StallAfter(2_000), Line::Slow(1)),
    ] {
        site.source().set(source);
        site.portal.set(portal);
        site.rig.simulator.advance(now(), 10).await.unwrap();
        until("a call meets it", async || site.rig.mock.calls().len() > calls).await;
        tokio::time::sleep(LASTS / 2).await;
    }
    site.assert_calm("everything at once", &before, 60, 60).await;
    tokio::task::block_in_place(|| server.crash().unwrap());
    site.process.signal("KILL");
    tokio::task::block_in_place(|| server.start_again().unwrap());
    site.source().set(Line::Pass);
    site.portal.set(Line::Pass);
    site.process = Process::start(&site.config);
    site.assert_whole().await;
    site.done().await;
}
