//! What is away comes back, and what is refused is told as what it is.

use std::time::Duration;

use dongbo::class::ErrorClass;
use dongbo::source::SourceError;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::{Site, config, example, now, open, scan, sweep};

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

/// Carries bytes to a server until it is dropped, with all connections.
struct Line {
    tasks: JoinSet<()>,
    port: u16,
}

impl Line {
    async fn open(port: u16, server: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let server = server.clone();
                carried.spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    // How a connection ends is of no account here.
                    drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
                });
            }
        });
        Self { tasks, port }
    }

    async fn cut(mut self) {
        self.tasks.shutdown().await;
    }
}

fn server(url: &str) -> &str {
    url.split_once('@').unwrap().1.split_once('/').unwrap().0
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() {
    let mut site = Site::on_postgres(1).await;
    site.simulator.create_year(now(), 12).await.unwrap();
    let address = server(&site.config.url).to_owned();
    let line = Line::open(0, address.clone()).await;
    let port = line.port;
    let mut config = config(&site.config.url.replace(&address, &format!("127.0.0.1:{port}")));
    config.connect_timeout = Duration::from_millis(300);
    let source = open(&config, &example());
    assert_eq!(sweep(&source).await.len(), 12);

    line.cut().await;
    let error = source.probe().await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);

    let _line = Line::open(port, address).await;
    assert_eq!(sweep(&source).await.len(), 12);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_a_new_one_is_taken_without_a_restart() {
    let site = Site::on_postgres(1).await;
    let password = site.config.url.split_once("postgres:").unwrap().1;
    let password = password.split_once("postgres:").map_or(password, |(_, rest)| rest);
    let password = password.split_once('@').unwrap().0;
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
    assert!(!text.contains("sai-mat-khau") && !text.contains("postgres://"), "{text}");

    std::fs::write(&file, format!("{password}\n")).unwrap();
    source.probe().await.unwrap();
    std::fs::remove_file(&file).unwrap();
    source.probe().await.unwrap();
}

#[tokio::test]
async fn a_table_that_changes_under_a_prepared_statement_costs_one_attempt_at_most() {
    let mut site = Site::on_postgres(1).await;
    site.simulator.create_year(now(), 5).await.unwrap();
    site.config.max_connections = 1;
    let source = open(&site.config, &example());
    let codes = crate::support::codes(&sweep(&source).await);
    let before = source.read(&codes).await.unwrap();
    site.execute("ALTER TABLE ho_so ALTER trich_yeu TYPE varchar(5000)").await;
    let error = source.read(&codes).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    assert_eq!(source.read(&codes).await.unwrap(), before);
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
async fn a_query_that_does_not_end_is_ended_on_both_engines() {
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT :codes AS code, max(i) AS \
                   database FROM n";
    let start = example().find("[databases]").unwrap();
    let end = example().find("# Papers handed in").unwrap();
    let mut text = example();
    let lists = format!(
        "[databases]\nsqlite = \"{endless}\"\npostgres = \"SELECT 'x' AS code, 'y' AS database FROM pg_sleep(60) \
         WHERE 'x' = ANY(:codes) OR true\"\n"
    );
    text.replace_range(start..end, &lists);
    for mut site in [Site::on_sqlite(1).await, Site::on_postgres(1).await] {
        site.simulator.create_year(now(), 5).await.unwrap();
        site.config.statement_timeout = Duration::from_millis(200);
        site.config.max_connections = 1;
        let source = open(&site.config, &text);
        let codes = crate::support::codes(&scan(&source, None).await.0);
        let error = source.read(&codes).await.unwrap_err();
        assert_eq!(error, SourceError::Timeout { query: "databases".to_owned() });
        assert_eq!(error.class(), ErrorClass::Transient);
        assert_eq!(sweep(&source).await.len(), 5, "the one connection is free again");
    }
}
