//! Being told of changes.

use std::time::Duration;

use dongbo_model::clock::{Clock, later};
use dongbo_source::{Mapping, Source};
use testbed::proxy::{Cut, Proxy};

use crate::support::{Site, after, example, now, open};

/// Nothing here waits that long when it works.
const AT_MOST: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_change_wakes_and_a_lost_connection_is_one_wake_up_and_no_end() {
    let mut site = Site::on_postgres(1).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    "dongbo".clone_into(&mut site.config.notify_channel);
    let source = open(&site.config, &example());
    let mut wake_ups = source.wake_ups().unwrap();

    tokio::time::timeout(AT_MOST, wake_ups.next()).await.expect("listening begins");
    site.simulator.create_at(after(1)).await.unwrap();
    tokio::time::timeout(AT_MOST, wake_ups.next()).await.expect("a change is told");

    site.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'dongbo' AND datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .await;
    tokio::time::timeout(AT_MOST, wake_ups.next()).await.expect("the loss is told");
    site.simulator.create_at(after(2)).await.unwrap();
    tokio::time::timeout(AT_MOST, wake_ups.next()).await.expect("it listens again");
}

#[tokio::test]
async fn without_a_channel_or_a_server_there_are_no_wake_ups() {
    assert!(Site::on_sqlite(1).await.source().wake_ups().is_none());
    assert!(Site::on_postgres(1).await.source().wake_ups().is_none());
}

#[tokio::test]
async fn a_server_that_takes_the_listener_in_and_cuts_it_is_asked_after_growing_pauses() {
    let mut site = Site::on_postgres(1).await;
    "dongbo".clone_into(&mut site.config.notify_channel);
    let address = site.config.url.split_once('@').unwrap().1.split('/').next().unwrap().to_owned();
    let line = Proxy::before(&address).await.unwrap();
    site.config.url = site.config.url.replace(&address, &line.address().to_string());
    let clock = Clock::manual(now());
    let mapping = Mapping::parse(&example(), "test.toml").unwrap();
    let source = Source::open(&site.config, mapping, clock.clone()).unwrap();
    let mut wake_ups = source.wake_ups().unwrap();
    wake_ups.next().await;
    line.cut(Cut::Close);
    tokio::time::timeout(AT_MOST, wake_ups.next()).await.expect("the first loss is seen to at once");
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        line.cut(Cut::Close);
        let (next, wake) = (wake_ups.next(), clock.next_sleeper());
        tokio::pin!(next);
        let wake = tokio::select! {
            () = &mut next => panic!("it listens again without a pause"),
            wake = wake => wake,
        };
        assert_eq!(wake, later(clock.now(), Duration::from_secs(pause)));
        clock.advance_to(wake);
        tokio::time::timeout(AT_MOST, next).await.expect("it listens again");
    }
    assert_eq!(line.accepted(), 10);
    // What has lasted is looked for at once.
    clock.advance_to(later(clock.now(), Duration::from_secs(61)));
    line.cut(Cut::Close);
    tokio::time::timeout(AT_MOST, wake_ups.next()).await.expect("it listens again at once");
}
