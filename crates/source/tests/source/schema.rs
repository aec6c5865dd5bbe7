//! The tables of the local system change while dongbo runs: no value comes under another column's name.

use std::collections::BTreeMap;

use dongbo_model::DossierCode;
use dongbo_source::{Reading, Source, SourceError, Sweep};
use sqlx::PgPool;
use testbed::Db;

use crate::support::{Make, Site, codes, example, now, open, scan, sweep};

/// The views that the mapping reads, each with its query in the example.
const VIEWS: [&str; 4] = ["changed", "sweep", "dossiers", "steps"];

/// The columns of a query of the example, and the tables that they come from.
fn query(view: &str) -> (Vec<String>, String) {
    let text = example();
    let from_view = text.split(&format!("[{view}]\nsqlite = \"\"\"\nSELECT ")).nth(1).unwrap().to_owned();
    let (columns, rest) = from_view.split_once("\nFROM ").unwrap();
    let columns = columns.split(',').map(|column| column.trim().to_owned()).collect();
    (columns, rest.split("\nWHERE").next().unwrap().to_owned())
}

/// The example, with whole views in the place of those queries.
fn mapping(make: Make) -> String {
    let sqlite = make == Make::Sqlite;
    let since = if sqlite { ":since" } else { "CAST(:since AS timestamptz)" };
    let asked = if sqlite { "code IN (SELECT value FROM json_each(:codes))" } else { "code = ANY(:codes)" };
    let order = if sqlite { "code" } else { "code COLLATE \"C\"" };
    let mut text = example();
    for view in VIEWS {
        let rest = match view {
            "changed" => format!(
                "changed_at > {since} OR (changed_at = {since} AND key > :after) ORDER BY changed_at, key LIMIT :limit"
            ),
            "sweep" => format!("{order} > :after ORDER BY {order} LIMIT :limit"),
            _ => asked.to_owned(),
        };
        let engine = if sqlite { "sqlite" } else { "postgres" };
        let table = text.find(&format!("\n[{view}]\n")).unwrap();
        let at = table + text[table..].find(&format!("\n{engine} = \"\"\"\n")).unwrap() + 1;
        let end = at + text[at..].find("\n\"\"\"\n").unwrap() + 4;
        text.replace_range(at..end, &format!("{engine} = '''\nSELECT * FROM v_{view} WHERE {rest}\n'''"));
    }
    text
}

/// Makes the views anew, with their columns as `form` gives them.
async fn make(site: &Site, form: impl Fn(Vec<String>) -> Vec<String>) {
    let mut sql = String::new();
    for view in VIEWS {
        let (columns, from) = query(view);
        let columns = form(columns).join(", ");
        sql.push_str(&format!(
            "DROP VIEW IF EXISTS v_{view}; CREATE VIEW v_{view} AS SELECT {columns} FROM {from};"
        ));
    }
    site.execute(&sql).await;
}

async fn read(source: &Source) -> BTreeMap<DossierCode, Reading> {
    // Where statements are kept, a change is met by an error, and all is as it is now behind it.
    let met = source.sweep(&mut Sweep::start()).await;
    assert!(matches!(met, Ok(_) | Err(SourceError::Outdated { .. })), "{met:?}");
    let changed = codes(&scan(source, None).await.0);
    let swept = codes(&sweep(source).await);
    assert_eq!(changed.len(), swept.len());
    let readings = source.read(&swept).await.unwrap();
    swept.into_iter().zip(readings).collect()
}

async fn changes_under_the_reader(site: Site) {
    changes_under(site, "").await;
}

/// `woken_by`: the channel of those who read from a server itself, and may keep what it has prepared.
async fn changes_under(mut site: Site, woken_by: &str) {
    woken_by.clone_into(&mut site.config.notify_channel);
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute("UPDATE ho_so SET ghi_chu = NULL, chu_ho_so = 'Nguyễn Thị Canary'; UPDATE qua_trinh SET noi_dung = NULL")
        .await;
    // One connection, so that whatever it has learned is used again.
    site.config.max_connections = 1;
    let source = open(&site.config, &mapping(site.make));
    let emptied = |column: &String| column.ends_with("AS note") || column.ends_with("AS content");
    make(&site, |columns| columns).await;
    let before = read(&source).await;
    assert!(before.values().all(|reading| matches!(reading, Reading::Dossier(_))));
    let reversed = |mut columns: Vec<String>| {
        columns.reverse();
        columns
    };
    let fewer = |mut columns: Vec<String>| {
        columns.retain(|column| !emptied(column));
        columns
    };
    for round in 0..2 {
        make(&site, reversed).await;
        assert_eq!(read(&source).await, before, "in another order, round {round}");
        make(&site, fewer).await;
        assert_eq!(read(&source).await, before, "fewer, round {round}");
        make(&site, |columns| reversed(fewer(columns))).await;
        assert_eq!(read(&source).await, before, "fewer in another order, round {round}");
        make(&site, |columns| columns).await;
        assert_eq!(read(&source).await, before, "more, round {round}");
    }
}

on_engines! {
    changes_under_the_reader, 31;
    Sqlite a_view_that_is_made_anew_gives_no_value_under_another_name_on_sqlite,
    Postgres a_view_that_is_made_anew_gives_no_value_under_another_name_on_postgresql,
    Mysql a_view_that_is_made_anew_gives_no_value_under_another_name_on_mysql,
    Sqlserver a_view_that_is_made_anew_gives_no_value_under_another_name_on_sqlserver,
}

#[tokio::test]
async fn a_view_that_is_made_anew_gives_no_value_under_another_name_of_statements_that_are_kept() {
    changes_under(Site::on_postgres(31).await, "dongbo").await;

    let mut site = Site::on_postgres(34).await;
    site.simulator.create_year(now(), 5).await.unwrap();
    (site.config.max_connections, site.config.notify_channel) = (1, "dongbo".to_owned());
    let source = open(&site.config, &mapping(site.make));
    make(&site, |columns| columns).await;
    sweep(&source).await;
    make(&site, |columns| columns.into_iter().rev().collect()).await;
    let met = source.sweep(&mut Sweep::start()).await;
    assert!(matches!(met, Err(SourceError::Outdated { .. })), "they were kept, so the server tells: {met:?}");
}

#[tokio::test]
async fn a_column_that_must_be_there_and_is_gone_is_told_and_read_once_it_is_back() {
    for mut site in Site::on_each(32).await {
        site.simulator.create_year(now(), 5).await.unwrap();
        site.config.max_connections = 1;
        let source = open(&site.config, &mapping(site.make));
        make(&site, |columns| columns).await;
        let before = read(&source).await;
        let asked: Vec<_> = before.keys().cloned().collect();
        make(&site, |columns| columns.into_iter().filter(|column| !column.ends_with("AS status")).collect())
            .await;
        let error = source.read(&asked).await.unwrap_err().to_string();
        assert!(error.contains("no column \"status\""), "{error}");
        make(&site, |columns| columns).await;
        assert_eq!(read(&source).await, before);
    }
}

#[tokio::test]
async fn nothing_of_a_reading_is_left_on_the_server() {
    let mut site = Site::on_postgres(33).await;
    site.simulator.create_year(now(), 5).await.unwrap();
    site.config.max_connections = 1;
    // A query of the mapping tells what the connection holds while it is asked.
    let told = "SELECT h.ma_ho_so AS code, (SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'sqlx%') || ' ' || \
                current_setting('transaction_read_only') AS database FROM ho_so h WHERE h.ma_ho_so = ANY(:codes)";
    let start = example().find("[databases]").unwrap();
    let end = example().find("# Papers handed in").unwrap();
    let mut text = example();
    text.replace_range(
        start..end,
        &format!("[databases]\npostgres = \"{told}\"\nsqlite = \"SELECT :codes\"\n"),
    );
    let source = open(&site.config, &text);
    source.probe().await.unwrap();
    for _ in 0..2 {
        for reading in read(&source).await.values() {
            let Reading::Dossier(dossier) = reading else { panic!("{reading:?}") };
            let held: Vec<_> = dossier.databases.iter().map(|held| held.as_str().to_owned()).collect();
            assert_eq!(held, ["3 on"], "none but the one that asks and the two before it in this reading");
        }
    }
    let Db::Postgres(pool) = site.simulator.db() else { panic!("a server") };
    assert_eq!(idle_in_transaction(pool).await, 0);
}

async fn idle_in_transaction(pool: &PgPool) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dongbo' \
               AND datname = current_database() AND state LIKE 'idle in%'";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}
