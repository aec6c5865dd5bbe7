//! Nothing is lost and nothing loops.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use dongbo_source::{Scan, Sweep};
use testbed::tds::TdsType;

use crate::support::{Make, Site, after, code, codes, example, now, open, places, scan, sweep, told, whole};

#[tokio::test]
async fn a_commit_that_comes_late_is_found_within_the_overlap() {
    let mut site = Site::on_postgres(2).await;
    site.simulator.create_year(now(), 50).await.unwrap();
    let late = site.simulator.late_commit(after(10)).await.unwrap();
    site.simulator.advance(after(500), 1).await.unwrap();
    let source = site.source();

    let (before, cursor) = scan(&source, None).await;
    assert!(!codes(&before).contains(&code(&late.code)));
    let cursor = cursor.unwrap();
    assert!(cursor >= after(500));

    let late_code = code(&late.code);
    late.commit().await.unwrap();
    let (again, reached) = scan(&source, Some(cursor)).await;
    assert!(codes(&again).contains(&late_code));
    assert!(again.len() < before.len(), "only the overlap is read again");
    assert_eq!(reached, Some(cursor));
}

async fn many_on_one_timestamp(mut site: Site) {
    site.config.page_size = 100;
    let mut planted: BTreeSet<_> =
        site.simulator.plant_same_instant(after(1), 1_000).await.unwrap().into_iter().collect();
    planted.extend(site.simulator.plant_same_instant(after(2), 250).await.unwrap());
    let source = site.source();
    let (changes, reached) = scan(&source, None).await;
    assert_eq!(changes.len(), 1_250, "each once");
    let found: BTreeSet<_> = codes(&changes).iter().map(ToString::to_string).collect();
    assert_eq!(found, planted);
    assert_eq!(reached, Some(after(2)));
    assert_eq!(scan(&source, reached).await.0.len(), 1_250);
    assert_eq!(scan(&source, Some(after(3_000))).await.0.len(), 0);

    let swept = sweep(&source).await;
    assert_eq!(swept.len(), 1_250);
    let mut rest = Sweep::after(swept[1_200].code.as_ref().unwrap());
    assert_eq!(source.sweep(&mut rest).await.unwrap().len(), 49);
}

on_engines! {
    many_on_one_timestamp, 4;
    Sqlite a_thousand_rows_on_one_timestamp_are_all_found_on_sqlite,
    Postgres a_thousand_rows_on_one_timestamp_are_all_found_on_postgresql,
    Mysql a_thousand_rows_on_one_timestamp_are_all_found_on_mysql,
    Sqlserver a_thousand_rows_on_one_timestamp_are_all_found_on_sqlserver,
}

#[tokio::test]
async fn a_page_is_asked_for_again_after_an_error() {
    let mut site = Site::on_sqlite(6).await;
    site.config.page_size = 10;
    site.simulator.create_year(now(), 25).await.unwrap();
    let source = site.source();
    let mut walk = Scan::since(None, Duration::ZERO);
    let first = source.changed(&mut walk).await.unwrap();
    site.execute("ALTER TABLE ho_so RENAME TO ho_so_cu").await;
    source.changed(&mut walk).await.unwrap_err();
    site.execute("ALTER TABLE ho_so_cu RENAME TO ho_so").await;
    let mut rest = Vec::new();
    loop {
        let page = source.changed(&mut walk).await.unwrap();
        if page.is_empty() {
            break;
        }
        rest.extend(page);
    }
    assert_eq!(first.len() + rest.len(), 25);
}

#[tokio::test]
async fn timestamps_finer_than_ours_and_unreadable_ones_do_not_stop_the_walk() {
    let mut site = Site::on_sqlite(8).await;
    site.config.page_size = 2;
    site.simulator.create_year(now(), 9).await.unwrap();
    let earlier = after(-1_800).with_timezone(&chrono_tz::Asia::Ho_Chi_Minh).format("%Y-%m-%d %H:%M:%S");
    site.execute(&format!(
        "UPDATE ho_so SET cap_nhat_luc = '{earlier}.12345678' || id WHERE id < #7;
         UPDATE ho_so SET cap_nhat_luc = 'hôm qua' WHERE id = #7;
         UPDATE ho_so SET cap_nhat_luc = '0000-00-00 00:00:00' WHERE id = #8;
         UPDATE ho_so SET cap_nhat_luc = '' WHERE id = #9"
    ))
    .await;
    let (changes, reached) = scan(&site.source(), None).await;
    assert_eq!(changes.len(), 9);
    let places = places(&changes);
    assert_eq!((&places[..2], places[8]), (&[9, 8][..], 7));
    for (at, change) in changes.iter().enumerate() {
        let wanted = format!("bad_date changed.changed_at key {}", change.key);
        let wanted = matches!(at, 0 | 1 | 8).then_some(wanted);
        assert_eq!(change.finding.as_ref().map(told), wanted);
    }
    assert!(reached.unwrap() < now());
}

#[tokio::test]
async fn postgresql_s_infinities_and_years_before_christ_do_not_stop_the_walk() {
    let mut site = Site::on_postgres(8).await;
    site.config.page_size = 1;
    site.simulator.create_year(now(), 7).await.unwrap();
    site.execute(
        "UPDATE ho_so SET cap_nhat_luc = '-infinity' WHERE id = #1;
         UPDATE ho_so SET cap_nhat_luc = '4000-01-01 BC' WHERE id = #2;
         UPDATE ho_so SET cap_nhat_luc = '0001-01-01 BC' WHERE id = #3;
         UPDATE ho_so SET cap_nhat_luc = '294000-01-01' WHERE id = #4;
         UPDATE ho_so SET cap_nhat_luc = 'infinity' WHERE id IN (#5, #6)",
    )
    .await;
    let (changes, reached) = scan(&site.source(), None).await;
    assert_eq!(places(&changes), [1, 2, 3, 7, 4, 5, 6]);
    assert_eq!(changes.iter().filter(|change| change.finding.is_some()).count(), 6);
    assert!(reached.unwrap() <= now());
}

#[tokio::test]
async fn dates_of_noughts_in_mysql_do_not_stop_the_walk() {
    let mut site = Site::on_mysql(8).await;
    site.config.page_size = 1;
    site.simulator.create_year(now(), 7).await.unwrap();
    site.execute(
        "UPDATE ho_so SET cap_nhat_luc = '0000-00-00' WHERE id IN (#1, #2);
         UPDATE ho_so SET cap_nhat_luc = '2025-02-00' WHERE id = #3;
         UPDATE ho_so SET cap_nhat_luc = '1000-01-01' WHERE id = #4;
         UPDATE ho_so SET cap_nhat_luc = '9999-12-31 23:59:59' WHERE id = #5",
    )
    .await;
    let (changes, reached) = scan(&site.source(), None).await;
    let places = places(&changes);
    assert_eq!((changes.len(), &places[..2], places[6]), (7, &[1, 2][..], 5));
    assert!(changes.iter().filter(|change| change.finding.is_some()).count() >= 3);
    assert!(reached.unwrap() <= now());
}

#[tokio::test]
async fn a_row_from_the_future_does_not_carry_the_cursor_away() {
    let mut site = Site::on_sqlite(9).await;
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute("UPDATE ho_so SET cap_nhat_luc = '2099-01-01 00:00:00' WHERE id = #3").await;
    let source = site.source();
    let (changes, reached) = scan(&source, None).await;
    assert_eq!(changes.len(), 20);
    assert!(reached.unwrap() <= now());
    assert!(codes(&scan(&source, reached).await.0).len() < 20);
}

/// Columns of every kind that changed_at has been seen to be.
/// The example mapping with a query for changes whose `changed_at` is `column` of `engine`.
fn changed_by(engine: &str, column: &str, since: &str) -> String {
    let mut text = example();
    let start = text.find("\n[changed]\n").unwrap();
    let end = text.find("# Every dossier, in the order").unwrap();
    let changed = format!(
        "\n[changed]\n{engine} = \"SELECT id AS key, ma_ho_so AS code, don_vi AS unit, {column} AS changed_at FROM \
         ho_so WHERE {column} > {since} OR ({column} = {since} AND id > :after) ORDER BY {column}, id LIMIT :limit\"\n"
    );
    text.replace_range(start..end, &changed);
    match column {
        "so" => text.replace("%Y-%m-%d %H:%M:%S%.6f", "%Y%m%d%H%M%S"),
        "ngay" => text.replace("changed_at_granularity = \"1s\"", "changed_at_granularity = \"1day\""),
        _ => text,
    }
}

/// Changes of a whole walk, whether the walk after it is empty, and changes three days later.
async fn walked(config: &dongbo_source::Settings, text: &str) -> (usize, bool, usize) {
    let source = open(config, text);
    let (all, reached) = scan(&source, None).await;
    let (rest, _) = scan(&source, reached).await;
    let (none, _) = scan(&source, reached.map(|reached| reached + TimeDelta::days(3))).await;
    (all.len(), rest.is_empty(), none.len())
}

#[tokio::test]
async fn changed_at_of_postgresql_may_be_text_a_number_or_a_time_without_zone() {
    let mut site = Site::on_postgres(10).await;
    site.config.page_size = 7;
    site.simulator.create_year(now(), 60).await.unwrap();
    site.execute(
        "ALTER TABLE ho_so ADD khong_mui timestamp, ADD ngay date, ADD chu varchar(30), ADD so bigint;
         SET TIME ZONE 'Asia/Ho_Chi_Minh';
         UPDATE ho_so SET khong_mui = cap_nhat_luc, ngay = cap_nhat_luc,
             chu = to_char(cap_nhat_luc, 'YYYY-MM-DD HH24:MI:SS.US'), so = to_char(cap_nhat_luc, 'YYYYMMDDHH24MISS')::bigint",
    )
    .await;
    for (column, since) in [
        ("khong_mui", "CAST(:since AS timestamp)"),
        ("ngay", "CAST(:since AS date)"),
        ("chu", ":since"),
        ("so", "CAST(:since AS bigint)"),
    ] {
        let text = changed_by("postgres", column, since);
        assert_eq!(walked(&site.config, &text).await, (60, false, 0), "{column}");
    }
}

#[tokio::test]
async fn changed_at_of_mysql_may_be_text_a_number_or_a_time_of_any_type() {
    let mut site = Site::on_mysql(10).await;
    site.config.page_size = 7;
    site.simulator.create_year(now(), 60).await.unwrap();
    site.execute(
        "ALTER TABLE ho_so ADD moc timestamp NULL, ADD ngay date, ADD chu varchar(30), ADD so bigint unsigned;
         UPDATE ho_so SET moc = cap_nhat_luc, ngay = cap_nhat_luc, chu = cap_nhat_luc,
             so = date_format(cap_nhat_luc, '%Y%m%d%H%i%s')",
    )
    .await;
    for column in ["moc", "ngay", "chu", "so"] {
        let text = changed_by("mysql", column, ":since").replace("AS key", "AS `key`");
        assert_eq!(walked(&site.config, &text).await, (60, false, 0), "{column}");
    }
}

#[tokio::test]
async fn changed_at_of_sqlite_may_be_a_number_or_a_time_without_zone() {
    let mut site = Site::on_sqlite(10).await;
    site.config.page_size = 7;
    site.simulator.create_year(now(), 60).await.unwrap();
    site.execute(
        "ALTER TABLE ho_so ADD so INTEGER; ALTER TABLE ho_so ADD luc DATETIME;
         UPDATE ho_so SET so = strftime('%Y%m%d%H%M%S', cap_nhat_luc), luc = cap_nhat_luc",
    )
    .await;
    for column in ["so", "luc"] {
        let text = changed_by("sqlite", column, ":since");
        assert_eq!(walked(&site.config, &text).await, (60, false, 0), "{column}");
    }
}

#[tokio::test]
async fn a_query_that_does_not_page_is_told_and_does_not_loop() {
    let mut site = Site::on_sqlite(11).await;
    site.config.page_size = 5;
    site.simulator.create_year(now(), 20).await.unwrap();
    let text = example().replace("(cap_nhat_luc, id) > (:since, :after)", "id > :after OR id <> :since");
    let source = open(&site.config, &text);
    let mut walk = Scan::since(None, Duration::ZERO);
    source.changed(&mut walk).await.unwrap();
    let error = source.changed(&mut walk).await.unwrap_err();
    assert!(error.to_string().contains("[changed]: a page ends where it began"), "{error}");
}

#[tokio::test]
async fn a_uuid_is_a_key_on_every_engine() {
    let keyed = |text: String, after: &str| {
        text.replace("key = \"integer\"", "key = \"uuid\"")
            .replace("SELECT id AS key", "SELECT uid AS key")
            .replace("(cap_nhat_luc, id) >", "(cap_nhat_luc, uid) >")
            .replace(", :after)", &format!(", {after})"))
            .replace("ORDER BY cap_nhat_luc, id", "ORDER BY cap_nhat_luc, uid")
            .replace("SELECT ma_ho_so AS code, ma_thu_tuc", "SELECT uid AS key, ma_ho_so AS code, ma_thu_tuc")
            .replace("SELECT h.ma_ho_so AS code, q.id", "SELECT h.uid AS key, q.id")
            .replace(
                "ON h.id = q.ho_so_id\nWHERE h.ma_ho_so = ANY(:codes)",
                "ON h.id = q.ho_so_id\nWHERE h.uid = ANY(:keys)",
            )
            .replace(
                "ON h.id = q.ho_so_id\nWHERE h.ma_ho_so IN (SELECT value FROM json_each(:codes))",
                "ON h.id = q.ho_so_id\nWHERE h.uid IN (SELECT value FROM json_each(:keys))",
            )
    };
    let uid_of_sqlite = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) \
                         || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";
    for (mut site, column, after) in [
        (Site::on_postgres(61).await, "uuid DEFAULT gen_random_uuid()", ":after"),
        (Site::on_postgres(61).await, "uuid DEFAULT gen_random_uuid()", "CAST(:after AS uuid)"),
        (Site::on_sqlite(61).await, "text", ":after"),
        (Site::on_mysql(61).await, "char(36)", ":after"),
        (Site::on_sqlserver(61).await, "text", ":after"),
    ] {
        site.simulator.create_year(now(), 40).await.unwrap();
        site.execute(&format!("ALTER TABLE ho_so ADD COLUMN uid {column}")).await;
        match site.make {
            Make::Sqlite | Make::Sqlserver => {
                site.execute(&format!("UPDATE ho_so SET uid = upper({uid_of_sqlite})")).await
            }
            Make::Postgres => {}
            Make::Mysql => site.execute("UPDATE ho_so SET uid = uuid()").await,
        }
        if site.make == Make::Sqlserver {
            site.stand_in().set_type("key", TdsType::Guid);
        }
        // Pages end within one moment.
        site.execute("UPDATE ho_so SET cap_nhat_luc = '2025-09-15 08:00:00.000000'").await;
        site.config.page_size = 7;
        let source = open(&site.config, &keyed(example(), after));
        source.probe().await.unwrap();
        let (changes, _) = scan(&source, None).await;
        let all: BTreeSet<_> = changes.iter().map(|change| change.key.clone()).collect();
        assert_eq!((changes.len(), all.len()), (40, 40));
        assert_eq!(sweep(&source).await.len(), 40);
        let readings = source.read(&codes(&changes)).await.unwrap();
        assert!(readings.iter().all(|reading| !whole(reading).steps.is_empty()), "steps are found by it");
    }
}
