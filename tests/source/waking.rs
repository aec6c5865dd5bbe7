//! Being told of changes.

use std::time::Duration;

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
