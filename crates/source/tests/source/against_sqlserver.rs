//! The promises that only a real SQL Server can keep, tried on one that somebody has: `scripts/against-sqlserver URL`.
//!
//! A database is made there, which follows a simulated office, and dropped at the end. No machine that builds dongbo has such a server.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dongbo_source::{Consistency, Reading, Scan, Settings, SourceError};
use sqlx::SqlitePool;
use testbed::Db;
use url::Url;

use crate::follower::{Admin, Follower};
use crate::support::{Site, codes, config, example, findings, now, open, prints, read_all, scan, sweep};

/// Names the server, with a log-in that may make databases and log-ins.
const VARIABLE: &str = "DONGBO_TEST_SQLSERVER_URL";
/// Numbers the databases of this process.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A database on the server. It is dropped with this value, unless a test fails: then it stays, to be looked at.
pub(crate) struct Database {
    admin: Admin,
    server: Url,
    name: String,
    pub(crate) settings: Settings,
    _follower: Follower,
}

impl Database {
    /// One that follows the office, where [`VARIABLE`] names a server.
    pub(crate) async fn of(office: &SqlitePool) -> Option<Self> {
        let server: Url = std::env::var(VARIABLE).ok()?.parse().unwrap();
        let name = format!("dongbo_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut admin = Admin::at(&server).await;
        admin.run(&format!("CREATE DATABASE {name} COLLATE Vietnamese_CI_AS")).await;
        admin.run(&format!("ALTER DATABASE {name} SET ALLOW_SNAPSHOT_ISOLATION ON")).await;
        admin.run(&format!("USE {name}")).await;
        let mut of_database = server.clone();
        of_database.set_path(&name);
        let follower = Follower::before(&of_database, office).await;
        let mut settings = config(follower.url());
        settings.tls.allow_plain = true;
        Some(Self { admin, server, name, settings, _follower: follower })
    }

    async fn run(&mut self, sql: &str) {
        self.admin.run(sql).await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let alone = format!("ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE");
                Admin::at(&server).await.run(&format!("{alone}; DROP DATABASE {name}")).await;
            });
        });
        drop(dropping.join());
    }
}

#[tokio::test]
#[ignore = "needs a SQL Server: scripts/against-sqlserver URL"]
async fn a_real_sql_server_keeps_what_the_stand_in_promises() {
    let mut office = Site::on_sqlite(7).await;
    office.live().await;
    let Db::Sqlite(pool) = office.simulator.db() else { panic!("SQLite") };
    let mut database = Database::of(pool).await.expect(VARIABLE);
    database.settings.page_size = 7;
    let wanted = prints(&read_all(&office.source()).await);
    let source = open(&database.settings, &example());
    source.probe().await.unwrap();
    assert!(source.clock_offset().is_some());
    assert_eq!(source.consistency().await.unwrap(), Consistency::Reading);
    assert_eq!(prints(&read_all(&source).await), wanted, "every dossier as SQLite gives it");
    let swept = codes(&sweep(&source).await);
    assert!(swept.len() == wanted.len() && swept.is_sorted(), "the sweep goes by bytes");
    let agreement = dongbo_source::agreement(&source).await.unwrap();
    assert_eq!(agreement, dongbo_source::Agreement::default());
    println!("the example mapping, walks, sweeps and {} dossiers: well", wanted.len());

    times(&mut database, swept.len()).await;
    codes_alike(&mut database, &swept[0].to_string()).await;
    limits(&mut database).await;
    rights(&mut database).await;
}

async fn times(database: &mut Database, dossiers: usize) {
    for (kind, value) in [
        ("datetime2(7)", "DATEADD(NANOSECOND, 100 * (id % 9999), cap_nhat_luc)"),
        ("datetime", "cap_nhat_luc"),
        ("smalldatetime", "cap_nhat_luc"),
        ("datetimeoffset(3)", "TODATETIMEOFFSET(cap_nhat_luc, '+07:00')"),
        ("date", "cap_nhat_luc"),
    ] {
        database.run(&format!("ALTER TABLE ho_so ADD luc {kind}")).await;
        database.run(&format!("UPDATE ho_so SET luc = {value}")).await;
        let text = example().replace("cap_nhat_luc", "luc").replace("AS timestamptz", &format!("AS {kind}"));
        let text = text.replace("changed_at_granularity = \"1s\"", "changed_at_granularity = \"1day\"");
        let source = open(&database.settings, &text);
        source.probe().await.unwrap();
        let (all, reached) = scan(&source, None).await;
        assert_eq!(all.len(), dossiers, "{kind}");
        assert!(!scan(&source, reached).await.0.is_empty(), "{kind}");
        database.run("ALTER TABLE ho_so DROP COLUMN luc").await;
        println!("changed_at as {kind}: well");
    }
}

/// Codes that the collation takes for one are told apart or held, and never mixed.
async fn codes_alike(database: &mut Database, one: &str) {
    let copy = |code: &str| {
        format!(
            "INSERT INTO ho_so SELECT TOP (1) * FROM ho_so WHERE ma_ho_so = '{one}'; UPDATE TOP (1) ho_so SET id = 987654321, \
             ma_ho_so = '{code}' WHERE ma_ho_so = '{one}'"
        )
    };
    database.run(&copy(&one.to_lowercase())).await;
    let readings = read_all(&open(&database.settings, &example())).await;
    let held = readings.values().filter(|reading| matches!(reading, Reading::Defective(_))).count();
    println!("codes that differ in their letters: {held} held of {}", readings.len());
    assert!(held <= 2);
    database.run("DELETE FROM ho_so WHERE id = 987654321").await;
}

async fn limits(database: &mut Database) {
    database.run("UPDATE TOP (1) ho_so SET ghi_chu = REPLICATE(CAST(N'x' AS nvarchar(max)), 3000000)").await;
    let readings = read_all(&open(&database.settings, &example())).await;
    let told: Vec<_> =
        readings.values().filter(|one| !matches!(one, Reading::Dossier(_))).map(findings).collect();
    assert_eq!(told, [["too_large dossiers more than 8 MiB in all"]]);
    println!("a text of six million bytes: held");

    let mut hurried = database.settings.clone();
    hurried.statement_timeout = Duration::from_secs(2);
    let endless = example().replace(
        "FROM ho_so\nWHERE (cap_nhat_luc",
        "FROM ho_so CROSS JOIN sys.all_columns a CROSS JOIN sys.all_columns b CROSS JOIN sys.all_columns c\nWHERE (cap_nhat_luc",
    );
    let begun = Instant::now();
    let error =
        open(&hurried, &endless).changed(&mut Scan::since(Some(now()), Duration::ZERO)).await.unwrap_err();
    assert_eq!(error, SourceError::Timeout { query: "changed".to_owned() });
    assert!(begun.elapsed() < Duration::from_secs(10));
    println!("a query without an end: stopped after {:?}", begun.elapsed());

    database.run(&format!("ALTER DATABASE {} SET ALLOW_SNAPSHOT_ISOLATION OFF", database.name)).await;
    let source = open(&hurried, &example());
    assert_ne!(source.consistency().await.unwrap(), Consistency::Reading);
    database.run("BEGIN TRANSACTION; UPDATE ho_so SET ghi_chu = N'x'").await;
    let error = source.changed(&mut Scan::since(None, Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error, SourceError::Locked { .. }), "{error}");
    database.run("ROLLBACK TRANSACTION").await;
    assert!(!source.changed(&mut Scan::since(None, Duration::ZERO)).await.unwrap().is_empty());
    println!("a lock: told as one");
}

async fn rights(database: &mut Database) {
    assert!(open(&database.settings, &example()).write_rights().await.unwrap().is_superuser);
    let (login, password) = (format!("{}_doc", database.name), "Mat-khau-1-cua-dongbo");
    database.run(&format!("CREATE LOGIN {login} WITH PASSWORD = '{password}'")).await;
    database.run(&format!("CREATE USER {login} FOR LOGIN {login}; GRANT SELECT ON ho_so TO {login}")).await;
    let mut limited: Url = database.settings.url.parse().unwrap();
    limited.set_username(&login).unwrap();
    limited.set_password(Some("sai")).unwrap();
    let mut settings = Settings { url: limited.to_string(), ..database.settings.clone() };
    let error = open(&settings, &example()).probe().await.unwrap_err();
    assert_eq!(error.trouble(), Some(dongbo_source::DatabaseTrouble::Password), "{error}");
    limited.set_password(Some(password)).unwrap();
    settings.url = limited.to_string();
    let error = open(&settings, &example()).probe().await.unwrap_err();
    assert!(error.to_string().contains("le_phi"), "{error}");
    assert!(open(&settings, &example()).write_rights().await.unwrap().is_none());
    database.run(&format!("DROP USER {login}; DROP LOGIN {login}")).await;
    println!("a wrong password, a right that is missing: told");
    let wrong =
        example().replace("FROM le_phi", "FROM lephi").replace("don_vi AS unit, kenh", "donvi AS unit, kenh");
    let told = open(&database.settings, &wrong).probe().await.unwrap_err().to_string();
    assert!(told.contains("did you mean \"le_phi\"?") && told.contains("did you mean \"don_vi\"?"), "{told}");
    println!("names that there are not: told");
}
