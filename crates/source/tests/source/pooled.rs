//! A pooler that shares out transactions stands between.

use dongbo_source::Source;
use futures_util::future::join_all;
use testbed::pooler::Pooler;

use crate::support::{Site, codes, example, now, open, prints, read_all, scan, sweep};

async fn behind_a_pooler(site: &mut Site, text: &str) -> (Pooler, Source) {
    let address = site.config.url.split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
    let pooler = Pooler::before(address.clone()).await.unwrap();
    site.config.url = site.config.url.replace(&address, &pooler.address().to_string());
    site.config.max_connections = 3;
    (pooler, open(&site.config, text))
}

#[tokio::test]
async fn transactions_that_run_in_other_sessions_each_time_read_the_same() {
    let mut site = Site::on_postgres(81).await;
    site.simulator.create_year(now(), 60).await.unwrap();
    // A type of its own makes the driver ask for it between two messages.
    site.execute(
        "CREATE TYPE kenh_loai AS ENUM ('rev'); ALTER TABLE ho_so ADD COLUMN loai kenh_loai DEFAULT 'rev';
         UPDATE ho_so SET ghi_chu = 'rev'",
    )
    .await;
    let text = example().replace("ghi_chu AS note", "loai AS note");
    let direct = prints(&read_all(&open(&site.config, &text)).await);
    let (pooler, source) = behind_a_pooler(&mut site, &text).await;
    for probed in join_all((0..3).map(|_| source.probe())).await {
        probed.unwrap();
    }
    assert_eq!(prints(&read_all(&source).await), direct);
    let asked = codes(&sweep(&source).await);
    for _ in 0..5 {
        let (readings, changes, swept) =
            tokio::join!(join_all((0..3).map(|_| source.read(&asked))), scan(&source, None), sweep(&source));
        assert_eq!((changes.0.len(), swept.len()), (60, 60));
        for reading in readings {
            assert_eq!(reading.unwrap().len(), 60);
        }
    }
    assert!(pooler.moves() > 10, "{} transactions moved", pooler.moves());
}
