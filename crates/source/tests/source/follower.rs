//! A database of SQL Server that follows an office which SQLite keeps: so that scenes which change the office in SQLite's words are read
//! from a server that somebody has.
//!
//! It stands before the server, passes every byte on, and copies the office over before anything is asked of it anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDateTime;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, Connection as _, Row as _, SqliteConnection, SqlitePool, TypeInfo as _, ValueRef as _,
};
use testbed::Db;
use testbed::tds::{SqlServerStandIn, TdsType};
use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};
use url::Url;

use crate::support::{Site, config, example, now, open, prints, read_all};

/// Rows of one INSERT.
const ROWS: usize = 200;
/// The longest text that a column of a set size takes here.
const SIZED: usize = 400;

/// A connection of the administrator's, in the clear: the client in tests has no TLS of its own.
pub(crate) struct Admin(Client<Compat<TcpStream>>);

impl Admin {
    pub(crate) async fn at(url: &Url) -> Self {
        let decoded =
            |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let mut wanted = Config::new();
        wanted.encryption(EncryptionLevel::NotSupported);
        wanted.authentication(AuthMethod::sql_server(
            decoded(url.username()),
            decoded(url.password().unwrap_or_default()),
        ));
        if let Some(database) = url.path().strip_prefix('/').filter(|name| !name.is_empty()) {
            wanted.database(database);
        }
        let stream = TcpStream::connect(place(url)).await.unwrap();
        Self(Client::connect(wanted, stream.compat_write()).await.unwrap())
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        let done = match self.0.simple_query(sql).await {
            Ok(done) => done.into_results().await.map(drop),
            Err(error) => Err(error),
        };
        let told = || sql.chars().take(200).collect::<String>();
        done.unwrap_or_else(|error| panic!("{}: {error}", told()));
    }
}

fn place(url: &Url) -> (String, u16) {
    (url.host_str().unwrap().to_owned(), url.port().unwrap_or(1433))
}

/// The copying of an office into a database.
struct Copying {
    admin: Admin,
    office: SqliteConnection,
    /// The office as it was copied last: SQLite's number of what others have written.
    version: Option<i64>,
    /// The columns of the tables that there are.
    tables: BTreeMap<String, String>,
}

impl Copying {
    /// Copies the office if it has changed.
    async fn follow(&mut self) {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.office).await.unwrap();
        if self.version.replace(version) == Some(version) {
            return;
        }
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'",
        )
        .fetch_all(&mut self.office)
        .await
        .unwrap();
        let gone: Vec<String> = self.tables.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in gone {
            self.tables.remove(&name);
            self.admin.run(&format!("DROP TABLE [{name}]")).await;
        }
        for name in names {
            self.copy(&name).await;
        }
    }

    async fn copy(&mut self, table: &str) {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?1)")
            .bind(table)
            .fetch_all(&mut self.office)
            .await
            .unwrap();
        // A statement that is kept would have the columns that the table once had.
        let all = AssertSqlSafe(format!("SELECT * FROM {table}"));
        let rows = sqlx::query(all).persistent(false).fetch_all(&mut self.office).await.unwrap();
        let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        let typed = columns.iter().enumerate().map(|(at, name)| {
            let values: Vec<&Cell> = rows.iter().filter_map(|row| row.get(at)).collect();
            format!("[{name}] {}", kind_of(name, &values))
        });
        let typed = typed.collect::<Vec<_>>().join(", ");
        let known = self.tables.insert(table.to_owned(), typed.clone());
        if known.as_ref() == Some(&typed) {
            self.admin.run(&format!("DELETE FROM [{table}]")).await;
        } else {
            if known.is_some() {
                self.admin.run(&format!("DROP TABLE [{table}]")).await;
            }
            self.admin.run(&format!("CREATE TABLE [{table}] ({typed})")).await;
        }
        for rows in rows.chunks(ROWS) {
            let row = |row: &Vec<Cell>| {
                format!("({})", row.iter().map(Cell::literal).collect::<Vec<_>>().join(", "))
            };
            let rows: Vec<String> = rows.iter().map(row).collect();
            self.admin.run(&format!("INSERT INTO [{table}] VALUES {}", rows.join(", "))).await;
        }
    }
}

enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Bytes(Vec<u8>),
    Text(String),
}

impl Cell {
    /// The value as T-SQL writes it.
    fn literal(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => format!("{number:e}"),
            Self::Bytes(bytes) => {
                bytes.iter().fold("0x".to_owned(), |so_far, byte| format!("{so_far}{byte:02x}"))
            }
            Self::Text(text) => format!("N'{}'", text.replace('\'', "''")),
        }
    }

    fn is_time(&self) -> bool {
        let Self::Text(text) = self else { return false };
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").is_ok()
    }

    fn is_short(&self) -> bool {
        !matches!(self, Self::Text(text) if text.encode_utf16().count() > SIZED)
    }
}

fn cells(row: &SqliteRow) -> Vec<Cell> {
    let cell = |at: usize| {
        let raw = row.try_get_raw(at).unwrap();
        match raw.type_info().name() {
            _ if raw.is_null() => Cell::Null,
            "INTEGER" => Cell::Integer(row.get_unchecked(at)),
            "REAL" => Cell::Real(row.get_unchecked(at)),
            "BLOB" => Cell::Bytes(row.get_unchecked(at)),
            // SQLite may hold text that is none.
            _ => Cell::Text(String::from_utf8_lossy(&row.get_unchecked::<Vec<u8>, _>(at)).into_owned()),
        }
    };
    (0..row.len()).map(cell).collect()
}

/// The type of a column there, by the values that it has to hold.
fn kind_of(name: &str, values: &[&Cell]) -> &'static str {
    let some: Vec<&&Cell> = values.iter().filter(|cell| !matches!(cell, Cell::Null)).collect();
    let all = |is: fn(&Cell) -> bool| !some.is_empty() && some.iter().all(|cell| is(cell));
    let is_ascii = |cell: &Cell| matches!(cell, Cell::Text(text) if text.is_ascii() && text.len() <= 100);
    if all(|cell| matches!(cell, Cell::Integer(_))) {
        "bigint"
    } else if all(|cell| matches!(cell, Cell::Real(_) | Cell::Integer(_))) {
        "float"
    } else if all(|cell| matches!(cell, Cell::Bytes(_))) {
        "varbinary(max)"
    } else if all(Cell::is_time) {
        if name == "cap_nhat_luc" { "datetime2(7)" } else { "datetime2(6)" }
    } else if name == "ma_ho_so" && all(is_ascii) {
        // As many a vendor has it, while it is asked for with texts of Unicode.
        "varchar(100)"
    } else if values.iter().all(|cell| cell.is_short()) {
        "nvarchar(400)"
    } else {
        "nvarchar(max)"
    }
}

/// The way to a server's database that follows an office. It ends when it is dropped.
pub(crate) struct Follower {
    url: String,
    relaying: JoinHandle<()>,
}

impl Follower {
    /// Before the empty database of `url`.
    pub(crate) async fn before(url: &Url, office: &SqlitePool) -> Self {
        let copying = Copying {
            admin: Admin::at(url).await,
            office: SqliteConnection::connect_with(&office.connect_options()).await.unwrap(),
            version: None,
            tables: BTreeMap::new(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut own = url.clone();
        own.set_host(Some("127.0.0.1")).unwrap();
        own.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let server = place(url);
        let copying = Arc::new(Mutex::new(copying));
        let relaying = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, copying) = (server.clone(), Arc::clone(&copying));
                tokio::spawn(async move { relay(client, server, &copying).await });
            }
        });
        Self { url: own.to_string(), relaying }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.relaying.abort();
    }
}

async fn relay(client: TcpStream, server: (String, u16), copying: &Mutex<Copying>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { drop(tokio::io::copy(&mut from_server, &mut to_client).await) });
    let mut bytes = vec![0; 16_384];
    while let Ok(many @ 1..) = from_client.read(&mut bytes).await {
        copying.lock().await.follow().await;
        if to_server.write_all(&bytes[..many]).await.is_err() {
            break;
        }
    }
    answers.abort();
}

#[tokio::test]
async fn a_database_that_follows_an_office_is_read_as_the_office_is() {
    let mut office = Site::on_sqlite(17).await;
    office.simulator.create_year(now(), 30).await.unwrap();
    let Db::Sqlite(pool) = office.simulator.db() else { panic!("SQLite") };
    let folder = tempfile::tempdir().unwrap();
    let Db::Sqlite(empty) = Db::sqlite(&folder.path().join("server.db")).await.unwrap() else {
        panic!("SQLite")
    };
    let server = SqlServerStandIn::plain(empty).await.unwrap();
    server.set_type("changed_at", TdsType::DateTime2(6));
    let follower = Follower::before(&server.url().parse().unwrap(), pool).await;
    let mut settings = config(follower.url());
    settings.tls.allow_plain = true;
    let source = open(&settings, &example());
    for change in [
        "",
        "UPDATE ho_so SET trich_yeu = 'Đơn ''khẩn''' WHERE id = #2; DELETE FROM ho_so WHERE id = #3",
        "ALTER TABLE ho_so ADD luc text; UPDATE ho_so SET luc = cap_nhat_luc",
    ] {
        office.execute(change).await;
        let read = prints(&read_all(&source).await);
        assert!(read.len() >= 29);
        assert_eq!(read, prints(&read_all(&office.source()).await), "{change}");
    }
}
