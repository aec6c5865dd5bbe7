//! Trouble between dongbo and the server of a shared ledger.

use std::time::{Duration, Instant};

use testbed::proxy::{Cut, Line, Proxy};
use testbed::servers::PrivatePostgres;

use super::{LASTS, SLACK, Site};
use crate::kit::{execute, until};
use support::{Engine, now};

/// A program whose ledger is on a server behind a line.
struct Place {
    site: Site,
    line: Proxy,
    server: PrivatePostgres,
}

impl Place {
    async fn new(seed: u64) -> Self {
        let server = tokio::task::block_in_place(|| PrivatePostgres::start().unwrap());
        let db = testbed::Db::postgres(server.url()).await.unwrap();
        execute(&db, "CREATE ROLE dongbo LOGIN PASSWORD 'mat-khau'").await;
        execute(&db, "CREATE DATABASE ledger OWNER dongbo").await;
        let line = Proxy::before(server.address()).await.unwrap();
        let url = format!("postgres://dongbo:mat-khau@{}/ledger", line.address());
        let site = Site::with(Engine::Sqlite, seed, |text| {
            let mut table: toml::Table = text.parse().unwrap();
            let ledger = table["ledger"].as_table_mut().unwrap();
            ledger.insert("url".to_owned(), url.into());
            for key in ["connect_timeout", "statement_timeout"] {
                ledger.insert(key.to_owned(), "1s".into());
            }
            table.to_string()
        })
        .await;
        site.until_equal().await;
        Self { site, line, server }
    }

    /// A trouble begins, and ends a little later. What it cost is held against its bounds, and what changed meanwhile has
    /// to arrive soon.
    async fn suffers(&mut self, what: &str, begin: impl AsyncFnOnce(&Self), end: impl AsyncFnOnce(&Self)) {
        let before = self.site.begin().await;
        let accepted = self.line.accepted();
        begin(self).await;
        self.site.rig.simulator.advance(now(), 10).await.unwrap();
        tokio::time::sleep(LASTS).await;
        end(self).await;
        let healed = Instant::now();
        self.site.until_equal().await;
        let took = healed.elapsed();
        let connections = self.line.accepted() - accepted;
        println!(
            "trouble: {what}: equal {took:.1?} after it was over, {connections} connections to the ledger"
        );
        // The longest wait that can have been announced by then, a statement that is given up, and a lease.
        let announced = Duration::from_secs(2) + Duration::from_secs(3) + self.site.rig.config.push.lease;
        assert!(took < announced + SLACK, "{what}: {took:?}");
        assert!(connections <= 150, "{what}: {connections} connections");
        self.site.assert_calm(what, &before, 20, 20).await;
        self.site.assert_whole().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledgers_server_that_is_restarted_or_crashes_is_waited_for_and_found_again() {
    let mut place = Place::new(107).await;
    for (what, end) in [
        ("ledger restarted", PrivatePostgres::stop as fn(&PrivatePostgres) -> _),
        ("ledger crashed", PrivatePostgres::crash),
    ] {
        place
            .suffers(
                what,
                async |place| tokio::task::block_in_place(|| end(&place.server).unwrap()),
                async |place| tokio::task::block_in_place(|| place.server.start_again().unwrap()),
            )
            .await;
    }
    place.site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_to_the_ledgers_server_that_stalls_cuts_forgets_or_dribbles_is_given_up_and_found_again() {
    let mut place = Place::new(108).await;
    for (what, line) in [
        ("ledger stalls", Line::Stall),
        ("ledger stalls in the middle of an answer", Line::StallAfter(300)),
        ("ledger cuts each connection", Line::CutAfter(0)),
        ("ledger cuts in the middle of an answer", Line::CutAfter(900)),
        ("ledger dribbles 20 bytes a second", Line::Slow(20)),
    ] {
        place
            .suffers(what, async |place| place.line.set(line), async |place| place.line.set(Line::Pass))
            .await;
    }
    for (what, how) in [
        ("ledger's connections reset", Cut::Reset),
        ("ledger's connections closed", Cut::Close),
        ("ledger's connections forgotten", Cut::Forget),
    ] {
        place.suffers(what, async |place| place.line.cut(how), async |_| {}).await;
    }
    place.site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledgers_server_without_free_connections_is_waited_for() {
    let mut place = Place::new(109).await;
    let db = testbed::Db::postgres(place.server.url()).await.unwrap();
    place
        .suffers(
            "ledger out of connections",
            async |_| {
                execute(&db, "ALTER ROLE dongbo CONNECTION LIMIT 0").await;
                let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dongbo'";
                execute(&db, end).await;
            },
            async |_| execute(&db, "ALTER ROLE dongbo CONNECTION LIMIT -1").await,
        )
        .await;
    place.site.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_of_the_ledger_to_a_copy_goes_on_there() {
    let mut place = Place::new(110).await;
    let copy = tokio::task::block_in_place(|| {
        place.server.stop().unwrap();
        place.server.copy().unwrap()
    });
    place.line.switch(copy.address());
    place.site.rig.simulator.advance(now(), 15).await.unwrap();
    until("equal on the copy", async || place.site.rig.compare().await.is_clean()).await;
    place.site.assert_whole().await;
    place.site.done().await;
}
