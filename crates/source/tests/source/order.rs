//! What a query sorts by is what its condition compares, and what changes later is found from the time of what is known.

use std::time::Duration;

use chrono::TimeDelta;
use dongbo_source::{Scan, Source, SourceError};

use crate::support::{Make, Site, codes, example, now, open, scan};

/// The first error of a whole walk.
async fn error_of(source: &Source) -> Option<SourceError> {
    let mut walk = Scan::since(None, Duration::ZERO).proving();
    loop {
        match source.changed(&mut walk).await {
            Ok(page) if page.is_empty() => return None,
            Ok(_) => {}
            Err(error) => return Some(error),
        }
    }
}

async fn order(mut site: Site) {
    site.config.page_size = 20;
    site.simulator.create_year(now(), 60).await.unwrap();
    // All of one moment, half of them with their keys the other way round than they lie in the table.
    site.execute(
        "CREATE TABLE tron (id bigint, ma_ho_so text, don_vi text, luc text);
         INSERT INTO tron SELECT 1000 - id % 100, ma_ho_so, don_vi, '2025-09-15 08:00:00.000000' FROM ho_so ORDER BY id;",
    )
    .await;
    let right = "ORDER BY cap_nhat_luc, id\n";
    assert_eq!(error_of(&open(&site.config, &example())).await, None);
    for wrong in [
        "ORDER BY id DESC",
        "ORDER BY cap_nhat_luc DESC, id",
        "ORDER BY cap_nhat_luc DESC",
        "ORDER BY don_vi, ma_ho_so",
    ] {
        let source = open(&site.config, &example().replace(right, &format!("{wrong}\n")));
        let error = error_of(&source).await.unwrap_or_else(|| panic!("{wrong} is taken"));
        assert_eq!(error.class().name(), "config");
        let told = error.to_string();
        assert!(
            told.contains("[changed]: it gives the row with key ")
                && told.contains(" after the row with key "),
            "{told}"
        );
        assert!(
            told.contains("its ORDER BY must be what its condition compares: changed_at, then key"),
            "{told}"
        );
    }
    let since = |sql: &str| sql.replace("CAST(:since AS timestamptz)", ":since");
    let of_one_moment = |order: &str| {
        let text = since(&example()).replace("FROM ho_so\nWHERE (cap", "FROM tron\nWHERE (cap");
        let (changed, rest) = text.split_at(text.find("\n[sweep]").unwrap());
        let changed = changed
            .replace("cap_nhat_luc", "luc")
            .replace("ORDER BY luc, id\n", &format!("ORDER BY {order}\n"));
        open(&site.config, &format!("{changed}{rest}"))
    };
    assert_eq!(error_of(&of_one_moment("luc, id")).await, None);
    assert!(error_of(&of_one_moment("luc")).await.is_some());
    assert!(error_of(&of_one_moment("luc, ma_ho_so")).await.is_some());
}

on_engines! {
    order, 51;
    Sqlite a_query_that_sorts_otherwise_than_it_compares_is_told_on_sqlite,
    Postgres a_query_that_sorts_otherwise_than_it_compares_is_told_on_postgresql,
    Mysql a_query_that_sorts_otherwise_than_it_compares_is_told_on_mysql,
    Sqlserver a_query_that_sorts_otherwise_than_it_compares_is_told_on_sqlserver,
}

async fn text_keys(mut site: Site) {
    let bytes = if site.make.is_in_sqlite() { "khoa" } else { "khoa COLLATE \"C\"" };
    site.config.page_size = 3;
    site.simulator.create_year(now(), 12).await.unwrap();
    site.execute(
        "ALTER TABLE ho_so ADD khoa text; UPDATE ho_so SET khoa = CASE WHEN (SELECT count(*) FROM ho_so h WHERE h.id <= ho_so.id) % 2 = 0 THEN 'k' ELSE 'K' END || id,
             cap_nhat_luc = (SELECT max(cap_nhat_luc) FROM ho_so)",
    )
    .await;
    let with = |key: &str, after: &str, order: &str| {
        let text = example()
            .replace("key = \"integer\"", "key = \"text\"")
            .replace("SELECT id AS key", "SELECT khoa AS key");
        let text = text.replace("luc, id) > (", &format!("luc, {key}) > ("));
        let text = text.replace(", :after)\n", &format!(", {after})\n"));
        open(
            &site.config,
            &text.replace("ORDER BY cap_nhat_luc, id", &format!("ORDER BY cap_nhat_luc, {order}")),
        )
    };
    // An order of a language's kind, in which the bytes do not come one after the other.
    let source = with("lower(khoa)", "lower(:after)", "lower(khoa)");
    assert_eq!(error_of(&source).await, None);
    assert_eq!(scan(&source, None).await.0.len(), 12);
    let error = error_of(&with(bytes, ":after", "lower(khoa)")).await;
    assert!(error.unwrap().to_string().contains("its ORDER BY must be what its condition compares"));
}

on_engines! {
    text_keys, 52;
    Sqlite the_database_tells_the_order_of_text_keys_on_sqlite,
    Postgres the_database_tells_the_order_of_text_keys_on_postgresql,
    Mysql the_database_tells_the_order_of_text_keys_on_mysql,
    Sqlserver the_database_tells_the_order_of_text_keys_on_sqlserver,
}

/// The example mapping whose [changed] goes by the column `luc`, for which `since` is what the condition compares.
fn by_luc(since: &str) -> String {
    let text = example();
    let (changed, rest) = text.split_at(text.find("\n[sweep]").unwrap());
    let changed = changed.replace("CAST(:since AS timestamptz)", ":since").replace(":since", since);
    format!("{}{rest}", changed.replace("cap_nhat_luc", "luc"))
}

/// The ways in which software writes a time, as SQL of each engine for seconds since 1970, and how `:since` is compared.
const SQLITE: [(&str, &str, &str); 8] = [
    ("strftime('%Y-%m-%dT%H:%M:%SZ', {}, 'unixepoch')", "TEXT", ":since"),
    ("strftime('%Y-%m-%dT%H:%M:%fZ', {}, 'unixepoch')", "TEXT", ":since"),
    ("strftime('%Y-%m-%d %H:%M:%S+00:00', {}, 'unixepoch')", "TEXT", ":since"),
    ("strftime('%Y-%m-%dT%H:%M:%S+07:00', {} + 25200, 'unixepoch')", "TEXT", ":since"),
    ("strftime('%Y%m%d%H%M%S', {} + 25200, 'unixepoch')", "TEXT", ":since"),
    ("{}", "INTEGER", ":since"),
    ("{} * 1000", "INTEGER", ":since"),
    ("{} + 0.25", "REAL", ":since"),
];
const POSTGRES: [(&str, &str, &str); 7] = [
    ("to_char(to_timestamp({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')", "text", ":since"),
    (
        "to_char(to_timestamp({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS\"+00\"')",
        "varchar(40)",
        ":since",
    ),
    ("to_char(to_timestamp({}) AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD\"T\"HH24:MI')", "text", ":since"),
    ("{}", "bigint", "CAST(:since AS bigint)"),
    ("{} * 1000", "numeric", "CAST(:since AS numeric)"),
    ("to_timestamp({}) AT TIME ZONE 'Asia/Ho_Chi_Minh'", "timestamp", "CAST(:since AS timestamp)"),
    ("to_timestamp({})", "timestamptz", "CAST(:since AS timestamptz)"),
];

const MYSQL: [(&str, &str, &str); 7] = [
    ("date_format(from_unixtime({}) - INTERVAL 7 HOUR, '%Y-%m-%dT%H:%i:%sZ')", "varchar(40)", ":since"),
    ("date_format(from_unixtime({}), '%Y-%m-%dT%H:%i')", "text", ":since"),
    ("date_format(from_unixtime({}), '%Y%m%d%H%i%s')", "varchar(40)", ":since"),
    ("{}", "bigint", ":since"),
    ("{} * 1000", "decimal(20)", ":since"),
    ("from_unixtime({})", "datetime", ":since"),
    ("from_unixtime({})", "timestamp NULL", ":since"),
];

/// Whatever is written later is found from the cursor of what was known, at every hour of a day, by the walk of another process too.
async fn later_changes_are_found(mut site: Site) {
    let ways: &[(&str, &str, &str)] = match site.make {
        Make::Sqlite | Make::Sqlserver => &SQLITE,
        Make::Postgres => &POSTGRES,
        Make::Mysql => &MYSQL,
    };
    site.config.page_size = 4;
    site.simulator.create_year(now(), 12).await.unwrap();
    for (place, (way, kind, since)) in ways.iter().enumerate() {
        let start = now() - TimeDelta::hours(30);
        let at =
            |seconds: i64| way.replace("{}", &format!("CAST({} AS bigint)", start.timestamp() + seconds));
        let drop = if place == 0 { "" } else { "ALTER TABLE ho_so DROP luc;" };
        site.execute(&format!("{drop} ALTER TABLE ho_so ADD luc {kind}; UPDATE ho_so SET luc = {}", at(0)))
            .await;
        let text = by_luc(since);
        let source = open(&site.config, &text);
        let (all, mut reached) = scan(&source, None).await;
        assert_eq!(all.len(), 12, "{way}");
        assert_eq!(error_of(&source).await, None, "{way}");
        for hour in 1..=24 {
            site.execute(&format!("UPDATE ho_so SET luc = {} WHERE id = #2", at(hour * 3_600))).await;
            let source = if hour % 2 == 0 { &source } else { &open(&site.config, &text) };
            let (found, next) = scan(source, reached).await;
            assert!(
                found
                    .iter()
                    .any(|change| change.changed_at.timestamp() / 60
                        == (start.timestamp() + hour * 3_600) / 60),
                "{way} {hour}"
            );
            reached = next;
            assert_eq!(
                reached.unwrap().timestamp() / 60,
                (start.timestamp() + hour * 3_600) / 60,
                "{way} {hour}"
            );
        }
    }
}

on_engines! {
    later_changes_are_found, 53;
    Sqlite since_is_written_in_the_form_of_the_columns_own_values_on_sqlite,
    Postgres since_is_written_in_the_form_of_the_columns_own_values_on_postgresql,
    Mysql since_is_written_in_the_form_of_the_columns_own_values_on_mysql,
}

#[tokio::test]
async fn a_column_in_several_forms_loses_no_change_and_is_told() {
    let mut site = Site::on_sqlite(54).await;
    site.config.page_size = 5;
    site.simulator.create_year(now(), 12).await.unwrap();
    site.execute("ALTER TABLE ho_so ADD luc TEXT; UPDATE ho_so SET luc = '2025-09-15 02:00:00'").await;
    // 03:00 in Vietnam, which is the day before in UTC.
    site.execute("UPDATE ho_so SET luc = '2025-09-14T20:00:00Z' WHERE id IN (#1, #2)").await;
    let source = open(&site.config, &by_luc(":since"));
    let (all, reached) = scan(&source, None).await;
    assert_eq!(all.len(), 12);
    assert_eq!(source.mixed_times().len(), 2);
    site.execute("UPDATE ho_so SET luc = '2025-09-14T20:05:00Z' WHERE id = #2").await;
    let moved = all
        .iter()
        .find(|change| change.changed_at == reached.unwrap())
        .and_then(|change| change.code.clone());
    let (page, _) = scan(&source, reached).await;
    assert!(page.iter().any(|change| change.changed_at > reached.unwrap()), "{moved:?} {page:?}");
    assert_eq!(codes(&page).len(), page.len());
}

#[tokio::test]
async fn a_row_that_is_not_found_again_from_its_own_time_is_told() {
    let mut site = Site::on_postgres(55).await;
    site.simulator.create_year(now(), 12).await.unwrap();
    for (right, wrong) in [
        ("CAST(:since AS timestamptz)", "(CAST(:since AS timestamptz) + interval '7 hours')"),
        (
            "(cap_nhat_luc, id) > (CAST(:since AS timestamptz),",
            "(cap_nhat_luc AT TIME ZONE 'UTC', id) > (CAST(:since AS timestamp) + interval '10 hours',",
        ),
    ] {
        let source = open(&site.config, &example().replace(right, wrong));
        let error = error_of(&source).await.map(|error| error.to_string()).unwrap_or_default();
        let told = error.contains("does not give it when asked for changes since its own time");
        assert!(told, "{wrong}: {error}");
    }
}
