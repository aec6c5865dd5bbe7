//! Private servers start, serve, and leave nothing behind.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use sqlx::{Connection as _, MySqlConnection, PgConnection};
use testbed::servers::{POSTGRES_URL_VARIABLE, PrivateMariadb, PrivatePostgres, fresh_database};

fn listens(url: &str) -> bool {
    let authority = url.rsplit_once('@').unwrap().1;
    TcpStream::connect(authority.split_once('/').unwrap().0).is_ok()
}

#[tokio::test]
async fn a_private_server_stops_with_its_handle() {
    let server = PrivatePostgres::start().unwrap();
    let url = server.url().to_owned();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let dir: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&mut connection).await.unwrap();
    let address: String =
        sqlx::query_scalar("SHOW listen_addresses").fetch_one(&mut connection).await.unwrap();
    assert_eq!(address, "127.0.0.1");
    assert!(listens(&url) && std::path::Path::new(&dir).exists());
    drop(server);
    assert!(!listens(&url) && !std::path::Path::new(&dir).exists());
}

#[tokio::test]
async fn a_private_mariadb_lets_in_one_user_and_stops_with_its_handle() {
    let server = PrivateMariadb::start().unwrap();
    let url = format!("{}/mysql", server.url());
    let mut connection = MySqlConnection::connect(&url).await.unwrap();
    let (dir, address): (String, String) =
        sqlx::query_as("SELECT @@datadir, @@bind_address").fetch_one(&mut connection).await.unwrap();
    let users: Vec<String> =
        sqlx::query_scalar("SELECT user FROM mysql.global_priv WHERE user NOT LIKE '%.sys'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!((address.as_str(), users), ("127.0.0.1", vec!["testbed".to_owned()]));
    assert!(listens(&url) && std::path::Path::new(&dir).exists());
    drop(server);
    assert!(!listens(&url) && !std::path::Path::new(&dir).exists());
}

#[tokio::test]
async fn a_panic_stops_the_server_too() {
    let (tell, told) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let server = PrivatePostgres::start().unwrap();
        tell.send(server.url().to_owned()).unwrap();
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    assert!(!listens(&told.recv().unwrap()));
}

#[tokio::test]
async fn fresh_databases_are_apart_and_dropped() {
    let (one, two) = (fresh_database().await.unwrap(), fresh_database().await.unwrap());
    assert_ne!(one.url(), two.url());
    let gone = one.url().to_owned();
    PgConnection::connect(&gone).await.unwrap().close().await.unwrap();
    drop(one);
    assert!(PgConnection::connect(&gone).await.is_err());
    PgConnection::connect(two.url()).await.unwrap().close().await.unwrap();
}

#[test]
fn the_program_runs_a_command_with_a_server() {
    let script = format!("echo \"${POSTGRES_URL_VARIABLE}\"; exit 7");
    let ran = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .args(["postgres", "--", "sh", "-c", &script])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(7));
    let url = String::from_utf8(ran.stdout).unwrap();
    assert!(url.starts_with("postgres://postgres:"), "{url}");
    assert!(!listens(url.trim()), "stopped with the command");
}

#[tokio::test]
async fn even_a_killed_program_leaves_no_server() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .args(["postgres", "--", "sh", "-c"])
        // Ends with its standard input, which outlives the program.
        .arg(format!("echo \"${POSTGRES_URL_VARIABLE}\"; read -r _"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let mut connection = PgConnection::connect(url.trim()).await.unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    let waiting = sqlx::query("SELECT pg_sleep(600)").execute(&mut connection).await;
    assert!(waiting.is_err(), "the server ended, and with it the session");
}

#[test]
fn the_program_passes_a_termination_on() {
    // The command asks for its own end by way of its parent, once it runs.
    let ran = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .args(["postgres", "--", "sh", "-c"])
        .arg(format!("trap 'echo ended; exit 3' TERM; echo \"${POSTGRES_URL_VARIABLE}\"; kill -TERM $PPID; while :; do :; done"))
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(3));
    let said = String::from_utf8(ran.stdout).unwrap();
    let (url, ended) = said.trim().split_once('\n').unwrap();
    assert_eq!(ended, "ended");
    assert!(!listens(url));
}

#[test]
fn the_program_explains_itself() {
    let ran = Command::new(env!("CARGO_BIN_EXE_testbed")).output().unwrap();
    assert_eq!(ran.status.code(), Some(125));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("usage: testbed postgres -- "));
}

#[tokio::test]
async fn a_killed_server_has_all_that_it_acknowledged_when_it_is_started_again() {
    let server = PrivatePostgres::start_killable().unwrap();
    let mut connection = PgConnection::connect(server.url()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)")
        .execute(&mut connection)
        .await
        .unwrap();
    server.kill().unwrap();
    assert!(!listens(server.url()));
    assert!(sqlx::query("SELECT 1").execute(&mut connection).await.is_err(), "its sessions outlived it");
    server.start_again().unwrap();
    let mut connection = PgConnection::connect(server.url()).await.unwrap();
    let number: i32 = sqlx::query_scalar("SELECT number FROM kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(number, 7);
}
