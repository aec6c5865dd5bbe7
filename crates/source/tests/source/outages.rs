//! A database that was away is read again, and each refusal is told as what it is.

use std::time::Duration;

use dongbo_model::ErrorClass;
use dongbo_source::{Source, SourceError};
use futures_util::future::join_all;
use testbed::Db;
use testbed::proxy::{Cut, Line, Proxy};

use crate::support::{Make, Site, config, example, now, open, scan, sweep};

#[tokio::test]
async fn a_file_that_is_away_is_waited_for_and_never_created() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("motcua.db");
    let source = open(&config(path.to_str().unwrap()), &example());
    let error = source.probe().await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(!path.exists());

    let mut site = Site::on_sqlite(1).await;
    site.simulator.create_year(now(), 12).await.unwrap();
    site.execute(&format!("VACUUM INTO '{}'", path.display())).await;
    source.probe().await.unwrap();
    assert_eq!(sweep(&source).await.len(), 12);

    // An open file outlives its name; it must not go on being read.
    std::fs::rename(&path, dir.path().join("cu.db")).unwrap();
    let error = source.probe().await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    site.simulator.create_year(now(), 5).await.unwrap();
    site.execute(&format!("VACUUM INTO '{}'", path.display())).await;
    assert_eq!(sweep(&source).await.len(), 17);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("motcua.db");
    std::fs::write(&path, vec![7; 8_192]).unwrap();
    let error = open(&config(path.to_str().unwrap()), &example()).probe().await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
}

fn server(url: &str) -> &str {
    url.split_once('@').unwrap().1.split_once('/').unwrap().0
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() {
    for mut site in Site::on_servers(1).await {
        site.simulator.create_year(now(), 12).await.unwrap();
        let address = server(&site.config.url).to_owned();
        let line = Proxy::before(&address).await.unwrap();
        let mut config = config(&site.config.url.replace(&address, &line.address().to_string()));
        config.connect_timeout = Duration::from_millis(300);
        let source = open(&config, &example());
        is_waited_for(&source, &line, 12).await;
    }
}

/// Takes away the server with `dossiers` that `source` reads behind `line`, and gives it back.
pub(crate) async fn is_waited_for(source: &Source, line: &Proxy, dossiers: usize) {
    assert_eq!(sweep(source).await.len(), dossiers);

    line.refuse().await;
    let error = source.probe().await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);

    line.accept_again().await.unwrap();
    assert_eq!(sweep(source).await.len(), dossiers);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_a_new_one_is_taken_without_a_restart() {
    for site in Site::on_servers(1).await {
        let login = site.config.url.split_once("://").unwrap().1.split_once('@').unwrap().0;
        let password = login.split_once(':').unwrap().1;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("matkhau");
        std::fs::write(&file, "sai-mat-khau\n").unwrap();
        let mut config = config(&site.config.url.replace(&format!(":{password}@"), "@"));
        config.password_file = Some(file.clone());
        let source = open(&config, &example());
        let error = source.probe().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Auth);
        let text = format!("{error} {error:?} {source:?}");
        assert!(text.contains("source.password_file"), "{text}");
        assert!(!text.contains("sai-mat-khau") && !text.contains("://"), "{text}");

        std::fs::write(&file, format!("{password}\n")).unwrap();
        source.probe().await.unwrap();
        std::fs::remove_file(&file).unwrap();
        source.probe().await.unwrap();
    }
}

#[tokio::test]
async fn a_table_that_changes_between_two_readings_costs_no_attempt() {
    for mut site in Site::on_servers(1).await {
        site.simulator.create_year(now(), 5).await.unwrap();
        site.config.max_connections = 1;
        let source = open(&site.config, &example());
        let codes = crate::support::codes(&sweep(&source).await);
        let before = source.read(&codes).await.unwrap();
        let change = match site.make {
            Make::Mysql => "ALTER TABLE ho_so MODIFY trich_yeu varchar(5000)",
            _ => "ALTER TABLE ho_so ALTER trich_yeu TYPE varchar(5000)",
        };
        site.execute(change).await;
        assert_eq!(source.read(&codes).await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_right_that_is_missing_and_a_database_that_is_none_are_told() {
    let site = Site::on_postgres(1).await;
    site.execute(
        "DO $$ BEGIN EXECUTE format('CREATE ROLE %I LOGIN PASSWORD ''x''', current_database()); END $$;
         DO $$ BEGIN EXECUTE format('GRANT SELECT ON ho_so TO %I', current_database()); END $$",
    )
    .await;
    let address = server(&site.config.url);
    let name = site.config.url.rsplit_once('/').unwrap().1.split('?').next().unwrap();
    let limited = config(&format!("postgres://{name}:x@{address}/{name}"));
    let error = open(&limited, &example()).probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    assert!(error.to_string().contains("permission denied for table le_phi"), "{error}");
    site.execute(
        "DO $$ BEGIN EXECUTE format('DROP OWNED BY %I', current_database());
         EXECUTE format('DROP ROLE %I', current_database()); END $$",
    )
    .await;
    let elsewhere = config(&site.config.url.replace(&format!("/{name}"), "/khong_co"));
    let error = open(&elsewhere, &example()).probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("\"khong_co\" does not exist"), "{error}");
}

#[tokio::test]
async fn a_right_that_is_missing_and_a_database_that_is_none_are_told_on_mysql() {
    let site = Site::on_mysql(1).await;
    let address = server(&site.config.url);
    let name = site.config.url.rsplit_once('/').unwrap().1;
    // Names of users are shorter than those of databases.
    let user = &name[..24];
    site.execute(&format!("CREATE USER {user} IDENTIFIED BY 'x'; GRANT SELECT ON {name}.ho_so TO {user}"))
        .await;
    let limited = config(&format!("mariadb://{user}:x@{address}/{name}"));
    let error = open(&limited, &example()).probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    assert!(error.to_string().contains("SELECT command denied to user"), "{error}");
    let elsewhere = config(&site.config.url.replace(&format!("/{name}"), "/khong_co"));
    let error = open(&elsewhere, &example()).probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("Unknown database 'khong_co'"), "{error}");
    let elsewhere = config(&format!("mysql://{user}:x@{address}/mysql"));
    let error = open(&elsewhere, &example()).probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    site.execute(&format!("DROP USER {user}")).await;
}

#[tokio::test]
async fn a_query_that_does_not_end_is_ended_on_every_engine() {
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT :codes AS code, max(i) AS \
                   database FROM n";
    let start = example().find("[databases]").unwrap();
    let end = example().find("# Papers handed in").unwrap();
    let mut text = example();
    let lists = format!(
        "[databases]\nsqlite = \"{endless}\"\npostgres = \"SELECT 'x' AS code, 'y' AS database FROM pg_sleep(60) \
         WHERE 'x' = ANY(:codes) OR true\"\nmysql = \"SELECT 'x' AS code, count(*) AS `database` FROM {far} WHERE a.id > 0 \
         OR a.noi_dung IN (:codes)\"\n",
        far = ["a", "b", "c", "d", "e", "f", "g"].map(|name| format!("qua_trinh {name}")).join(", ")
    );
    text.replace_range(start..end, &lists);
    for mut site in Site::on_each(1).await {
        site.simulator.create_year(now(), 5).await.unwrap();
        // Long enough for the queries that do end, on a busy machine, too.
        site.config.statement_timeout = Duration::from_secs(1);
        site.config.max_connections = 1;
        let source = open(&site.config, &text);
        let codes = crate::support::codes(&scan(&source, None).await.0);
        let error = source.read(&codes).await.unwrap_err();
        assert_eq!(error, SourceError::Timeout { query: "databases".to_owned() });
        assert_eq!(error.class(), ErrorClass::Transient);
        assert_eq!(sweep(&source).await.len(), 5, "the one connection is free again");
    }
}

#[tokio::test]
async fn a_query_that_waits_for_a_lock_is_told_from_a_slow_one_on_every_engine() {
    let mut site = Site::on_postgres(1).await;
    site.simulator.create_year(now(), 5).await.unwrap();
    site.config.statement_timeout = Duration::from_secs(1);
    let source = open(&site.config, &example());
    let Db::Postgres(pool) = site.simulator.db() else { unreachable!() };
    let mut held = pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE qua_trinh").execute(&mut *held).await.unwrap();
    let codes = crate::support::codes(&scan(&source, None).await.0);
    let error = source.read(&codes).await.unwrap_err();
    assert!(matches!(&error, SourceError::Locked { query, .. } if query == "steps"), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(error.to_string().contains("a lock that another program holds"), "{error}");
    assert!(!error.to_string().contains("index"), "{error}");
    held.rollback().await.unwrap();
    assert_eq!(source.read(&codes).await.unwrap().len(), 5);

    let mut site = Site::on_mysql(1).await;
    site.simulator.create_year(now(), 5).await.unwrap();
    // It counts in whole seconds.
    site.config.statement_timeout = Duration::from_secs(3);
    let source = open(&site.config, &example());
    let codes = crate::support::codes(&scan(&source, None).await.0);
    let Db::Mysql(pool) = site.simulator.db() else { unreachable!() };
    let mut held = pool.acquire().await.unwrap();
    sqlx::raw_sql("LOCK TABLES qua_trinh WRITE").execute(&mut *held).await.unwrap();
    let error = source.read(&codes).await.unwrap_err();
    assert!(matches!(&error, SourceError::Locked { query, .. } if query == "steps"), "{error}");
    sqlx::raw_sql("UNLOCK TABLES").execute(&mut *held).await.unwrap();
    assert_eq!(source.read(&codes).await.unwrap().len(), 5);

    let mut site = Site::on_sqlite(1).await;
    site.simulator.create_year(now(), 5).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("motcua.db");
    // A copy is no WAL file, so that a writer keeps readers out.
    site.execute(&format!("VACUUM INTO '{}'", copy.display())).await;
    let mut config = config(copy.to_str().unwrap());
    config.statement_timeout = Duration::from_millis(300);
    let url = format!("sqlite://{}", copy.display());
    let mut writer = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut writer).await.unwrap();
    let error = open(&config, &example()).probe().await.unwrap_err();
    assert!(error.to_string().contains("a lock that another program holds"), "{error}");
    sqlx::raw_sql("ROLLBACK").execute(&mut writer).await.unwrap();
    open(&config, &example()).probe().await.unwrap();
}

/// A source behind a line, with connections that have been used and lie idle.
async fn idle_behind_a_line(site: &mut Site, connections: u32) -> (Proxy, Source) {
    site.simulator.create_year(now(), 5).await.unwrap();
    let address = server(&site.config.url).to_owned();
    let line = Proxy::before(&address).await.unwrap();
    site.config.url = site.config.url.replace(&address, &line.address().to_string());
    site.config.max_connections = connections;
    site.config.connect_timeout = Duration::from_secs(2);
    let source = open(&site.config, &example());
    // As many at once, each held up until all are there.
    line.set(Line::Stall);
    let all = join_all((0..connections).map(|_| source.probe()));
    let mend = async {
        while line.accepted() < connections.into() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        line.set(Line::Pass);
    };
    for probed in tokio::join!(all, mend).0 {
        probed.unwrap();
    }
    (line, source)
}

#[tokio::test]
async fn idle_connections_that_a_firewall_forgot_cost_one_short_wait_however_many_they_are() {
    for mut site in Site::on_servers(1).await {
        let (line, source) = idle_behind_a_line(&mut site, 4).await;
        assert_eq!(line.accepted(), 4);
        // No firewall forgets what was in use within the second, and until then nobody asks.
        tokio::time::sleep(Duration::from_millis(1_050)).await;
        line.cut(Cut::Forget);
        let began = tokio::time::Instant::now();
        assert_eq!(sweep(&source).await.len(), 5, "no error, and no wait for each of the four");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(line.accepted(), 5);
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_within_a_query_is_given_up_by_us_and_its_connection_is_not_used_again() {
    // Both at once, for most of it is waiting.
    join_all(Site::on_servers(1).await.map(async |mut site| {
        // Long enough for the queries that are answered, on a busy machine, too.
        site.config.statement_timeout = Duration::from_secs(1);
        let (line, source) = idle_behind_a_line(&mut site, 1).await;
        // The proof of life before the query passes, and the query's answer does not.
        line.set(Line::StallAfter(40));
        let error = source.probe().await.unwrap_err();
        assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
        assert_eq!(error.class(), ErrorClass::Transient);
        assert!(error.to_string().contains("the connection is given up"), "{error}");
        line.set(Line::Pass);
        assert_eq!(sweep(&source).await.len(), 5);
        assert_eq!(line.accepted(), 2, "another connection, and only one");
    }))
    .await;
}

#[tokio::test]
async fn a_server_without_free_connections_is_told_as_that() {
    let mut site = Site::on_postgres(1).await;
    let name = site.config.url.rsplit_once('/').unwrap().1.to_owned();
    site.execute(&format!(
        "CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE pg_read_all_data CONNECTION LIMIT 0"
    ))
    .await;
    site.config.url = format!("postgres://{name}:x@{}/{name}", server(&site.config.url));
    site.config.connect_timeout = Duration::from_millis(500);
    let error = open(&site.config, &example()).probe().await.unwrap_err();
    site.execute(&format!("DROP ROLE {name}")).await;
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(error.to_string().contains("too many connections for role"), "{error}");

    let mut site = Site::on_mysql(1).await;
    let name = site.config.url.rsplit_once('/').unwrap().1.to_owned();
    let user = name[..24].to_owned();
    site.execute(&format!(
        "CREATE USER {user} IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 1; GRANT SELECT ON {name}.* TO {user}"
    ))
    .await;
    let url = format!("mysql://{user}:x@{}/{name}", server(&site.config.url));
    let taken = <sqlx::MySqlConnection as sqlx::Connection>::connect(&url).await.unwrap();
    site.config.url = url;
    site.config.connect_timeout = Duration::from_millis(500);
    let error = open(&site.config, &example()).probe().await.unwrap_err();
    drop(taken);
    site.execute(&format!("DROP USER {user}")).await;
    assert_eq!(error.trouble(), Some(dongbo_source::DatabaseTrouble::ServerFull), "{error}");
}
