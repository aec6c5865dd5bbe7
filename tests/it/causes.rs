//! Every cause that keeps dongbo from working is named truly by `dongbo check`, with its class and the one remedy that helps.

use std::path::Path;

use rcgen::{CertificateParams, date_time_ymd};
use sqlx::Connection as _;
use testbed::day::AHEAD_VARIABLE;
use testbed::servers::lasting_port;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::check::{item, rig, set};
use crate::kit::{example_mapping, execute};
use crate::process::command;
use crate::secure::{Authority, front};
use support::{Engine, Plan, Rig};

/// A cause, and what the check about it has to say in Vietnamese.
struct Cause {
    name: &'static str,
    change: Box<dyn Fn(&mut toml::Table) + Send>,
    /// The check, its class, a part of its message and a part of its remedy.
    told: (&'static str, &'static str, &'static str, &'static str),
}

fn cause(
    name: &'static str,
    told: (&'static str, &'static str, &'static str, &'static str),
    change: impl Fn(&mut toml::Table) + Send + 'static,
) -> Cause {
    Cause { name, change: Box::new(change), told }
}

/// Runs a check of each cause, on two configurations at a time, and holds what it says against the table.
async fn hold(rig: &Rig, causes: Vec<Cause>) {
    let plain: toml::Table =
        std::fs::read_to_string(rig.folder.join("dongbo.toml")).unwrap().parse().unwrap();
    let mut wrong = Vec::new();
    let mut runs = Vec::new();
    for (number, cause) in causes.into_iter().enumerate() {
        let folder = rig.folder.join(format!("cause-{number}"));
        std::fs::create_dir(&folder).unwrap();
        let mut table = plain.clone();
        set(&mut table, "source", "connect_timeout", "1s");
        set(&mut table, "source", "statement_timeout", "1s");
        set(&mut table, "portal", "connect_timeout", "1s");
        set(&mut table, "portal", "read_timeout", "2s");
        (cause.change)(&mut table);
        std::fs::write(folder.join("dongbo.toml"), table.to_string()).unwrap();
        runs.push((cause, folder));
    }
    for pair in runs.chunks(2) {
        let tasks: Vec<_> = pair.iter().map(|(_, folder)| tokio::spawn(told(folder.clone()))).collect();
        for ((cause, _), task) in pair.iter().zip(tasks) {
            let report = task.await.unwrap();
            let (id, class, message, remedy) = cause.told;
            let found = item(&report, id);
            let says =
                |field: &str, part: &str| found[field].as_str().is_some_and(|text| text.contains(part));
            let outcome = if class == "note" { "warn" } else { "fail" };
            let class_fits = class == "note" || found["class"] == class;
            if found["outcome"] != outcome
                || !class_fits
                || !says("message", message)
                || !says("remedy", remedy)
            {
                wrong.push(format!("{}: wanted {:?}, found {found:#}", cause.name, cause.told));
            }
            // A check that was not made names only what failed.
            for skipped in
                report["checks"].as_array().unwrap().iter().filter(|item| item["outcome"] == "skipped")
            {
                let why = skipped["message"].as_str().unwrap();
                let Some((_, titles)) = why.split_once("vì còn lỗi ở: ") else { continue };
                for title in titles.split(", ") {
                    let named =
                        report["checks"].as_array().unwrap().iter().find(|item| item["title"] == title);
                    if named.is_none_or(|named| named["outcome"] != "fail") {
                        wrong.push(format!(
                            "{}: {} is skipped for {title}, which did not fail",
                            cause.name, skipped["id"]
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The report on the configuration in `folder`, by the machine's own clock, which certificates are judged by.
async fn told(folder: std::path::PathBuf) -> serde_json::Value {
    let mut command = command();
    command.env_remove(AHEAD_VARIABLE).args(["check", "--json", "--config"]).arg(folder.join("dongbo.toml"));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// The address of a server that accepts and never says a word.
async fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    address
}

/// The address of a server that answers to HTTP, and hangs up on everything else.
async fn abrupt() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4_096];
            let length = stream.read(&mut asked).await.unwrap_or_default();
            if asked[..length].starts_with(b"GET") {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await);
            }
        }
    });
    address
}

/// The address of a server that answers `head` and a page to whatever comes.
async fn canned(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let page = "<!DOCTYPE html><html><body>Trang</body></html>";
                let answer = format!(
                    "HTTP/1.1 {head}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
                let mut asked = [0; 4_096];
                // A reader that has left does not matter.
                drop(stream.read(&mut asked).await);
                drop(stream.write_all(answer.as_bytes()).await);
            });
        }
    });
    address
}

/// An address at which nothing listens, and that the system gives to nobody meanwhile.
fn closed() -> String {
    format!("127.0.0.1:{}", lasting_port().unwrap())
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A change of one key.
fn key(
    section: &'static str,
    key: &'static str,
    value: impl Into<String>,
) -> impl Fn(&mut toml::Table) + Send {
    let value = value.into();
    move |table| set(table, section, key, value.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_server_of_the_local_database_is_told_by_its_cause() {
    let plan = Plan {
        engine: Engine::Postgres,
        seed: 261,
        dossiers: 2,
        ahead: chrono::TimeDelta::zero(),
        ..Plan::default()
    };
    let rig = rig(plan).await;
    let url = rig.config.source.url.clone();
    let (login, rest) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let (address, database) = rest.split_once('/').unwrap();
    let user = login.split(':').next().unwrap();
    let at = |address: &str| format!("postgres://{login}@{address}/{database}");
    let url_is = |url: String| key("source", "url", url);
    let mapping = |name: &str, text: String| key("source", "mapping", write(&rig.folder, name, &text));
    execute(
        rig.simulator.db(),
        "DO $$ BEGIN EXECUTE format('CREATE ROLE %I LOGIN PASSWORD ''x''', current_database() || '_reader'); END $$",
    )
    .await;
    let reader = format!("{}_reader", database.split('?').next().unwrap());
    let password = write(&rig.folder, "source.password", "x");
    let as_reader = format!("postgres://{reader}@{address}/{database}");
    let web = rig.mock.url().strip_prefix("http://").unwrap().to_owned();
    let causes = vec![
        cause("host", ("source", "transient", "(DNS)", "getent hosts"), url_is(at("motcua.invalid"))),
        cause(
            "refused",
            ("source", "transient", "không có gì đang chạy", "khởi động máy chủ cơ sở dữ liệu"),
            url_is(at(&closed())),
        ),
        cause(
            "silent",
            ("source", "transient", "không trả lời kịp", "tường lửa"),
            url_is(at(&silent().await)),
        ),
        cause(
            "web",
            ("source", "transient", "không phải máy chủ cơ sở dữ liệu", "số cổng"),
            url_is(at(&web)),
        ),
        cause(
            "password",
            ("source", "auth", "tên người dùng hoặc mật khẩu", "source.password_file"),
            url_is(format!("postgres://{user}:sai@{address}/{database}")),
        ),
        cause(
            "user",
            ("source", "auth", "tên người dùng hoặc mật khẩu", "tên người dùng trong source.url"),
            url_is(format!("postgres://khong_co:sai@{address}/{database}")),
        ),
        cause(
            "database",
            ("source", "config", "không có cơ sở dữ liệu tên đó", "cuối source.url"),
            url_is(format!("postgres://{login}@{address}/motcuaa")),
        ),
        cause(
            "tls",
            ("source", "transient", "(TLS)", "sslmode"),
            url_is(format!("{url}{}sslmode=require", if url.contains('?') { '&' } else { '?' })),
        ),
        cause("rights", ("source", "auth", "thiếu quyền", "GRANT SELECT"), move |table| {
            set(table, "source", "url", as_reader.clone());
            set(table, "source", "password_file", password.clone());
        }),
        cause(
            "table",
            ("source", "config", "không khớp với cơ sở dữ liệu", "sửa câu SQL"),
            mapping("table.toml", example_mapping().replace("FROM ket_qua k", "FROM ket_quaa k")),
        ),
        cause(
            "column",
            ("source", "config", "không khớp với cơ sở dữ liệu", "sửa câu SQL"),
            mapping("column.toml", example_mapping().replace("g.duong_dan AS link", "g.duong_dn AS link")),
        ),
        cause(
            "password file",
            ("secrets", "config", "tệp không dùng được", "ghi mật khẩu vào tệp"),
            key("source", "password_file", "/khong/co"),
        ),
        cause(
            "ledger's database",
            ("ledger", "config", "không có cơ sở dữ liệu tên đó", "cuối ledger.url"),
            key("ledger", "url", format!("postgres://{login}@{address}/so_khong_co")),
        ),
        cause(
            "ledger's password",
            ("ledger", "auth", "tên người dùng hoặc mật khẩu", "ledger.password_file"),
            key("ledger", "url", format!("postgres://{user}:sai@{address}/{database}")),
        ),
        cause(
            "ledger's server",
            ("ledger", "transient", "không có gì đang chạy", "ledger.url"),
            key("ledger", "url", at(&closed())),
        ),
    ];
    hold(&rig, causes).await;
    let drop_role = "DO $$ BEGIN EXECUTE format('DROP ROLE %I', current_database() || '_reader'); END $$";
    execute(rig.simulator.db(), drop_role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_files_and_ports_is_told_by_its_cause() {
    let rig = rig(Plan { seed: 262, dossiers: 2, ..Plan::default() }).await;
    let folder = &rig.folder;
    let own = rig.config.source.url.clone();
    let locked = write(folder, "locked.sqlite", "");
    std::fs::copy(&own, &locked).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&locked)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Delete);
    let mut lock = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut lock).await.unwrap();
    let text = "đây là một tệp văn bản, không phải cơ sở dữ liệu\n".repeat(40);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ledger = |name: &str, bytes: &str| key("ledger", "path", write(folder, name, bytes));
    let others = folder.join("others");
    std::fs::create_dir(&others).unwrap();
    std::fs::copy(&own, others.join("ledger.sqlite")).unwrap();
    // Only root can give files away, as everywhere in CI.
    let given_away = std::os::unix::fs::chown(&others, Some(4_711), None).is_ok();
    let mut causes = vec![
        cause(
            "no file",
            ("source", "transient", "không có tệp", "đường dẫn trong source.url"),
            key("source", "url", folder.join("away.sqlite").display().to_string()),
        ),
        cause(
            "folder",
            ("source", "config", "là thư mục", "kể cả tên tệp"),
            key("source", "url", folder.display().to_string()),
        ),
        cause(
            "no database",
            ("source", "transient", "không phải cơ sở dữ liệu SQLite", "source.url"),
            key("source", "url", write(folder, "text.sqlite", &text)),
        ),
        cause(
            "locked",
            ("source", "transient", "đang khoá", "giữ giao dịch mở"),
            key("source", "url", locked),
        ),
        cause(
            "mapping away",
            ("mapping", "config", "chỗ sai trong tệp", "sửa tệp"),
            key("source", "mapping", "/khong/co.toml"),
        ),
        cause(
            "password away",
            ("secrets", "config", "không dùng được", "ghi mật khẩu vào tệp"),
            key("portal", "password_file", "/khong/co"),
        ),
        cause(
            "port",
            ("listen", "config", "đã có chương trình khác dùng", "http.listen"),
            key("http", "listen", taken.local_addr().unwrap().to_string()),
        ),
        cause(
            "ledger folder",
            ("ledger", "config", "là thư mục", "ledger.path"),
            key("ledger", "path", folder.display().to_string()),
        ),
        cause(
            "ledger damaged",
            ("ledger", "note", "bị hỏng", "khởi động lại"),
            ledger("damaged.sqlite", &text),
        ),
        cause(
            "ledger's place",
            ("ledger", "config", "không ghi được", "install -d"),
            key("ledger", "path", folder.join("text.sqlite/so/ledger.sqlite").display().to_string()),
        ),
        cause(
            "socket",
            ("control", "note", "không tạo được kênh", "control.socket"),
            key("control", "socket", folder.join("text.sqlite/control.sock").display().to_string()),
        ),
        cause(
            "another server",
            ("configuration", "config", "chỗ sai", "sửa các khoá"),
            key("source", "url", "oracle://u@h/d"),
        ),
    ];
    if given_away {
        causes.push(cause(
            "ledger's owner",
            ("ledger", "note", "thuộc người dùng số", "chown"),
            key("ledger", "path", others.join("ledger.sqlite").display().to_string()),
        ));
    }
    hold(&rig, causes).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut lock).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_on_the_way_to_the_portal_is_told_by_its_cause() {
    let portal = mock_portal::Config {
        ndxp: mock_portal::Ndxp { units: ["H48".to_owned()].into(), ..Default::default() },
        ..Default::default()
    };
    let rig =
        rig(Plan { seed: 263, dossiers: 2, ahead: chrono::TimeDelta::zero(), portal, ..Plan::default() })
            .await;
    let mock = rig.mock.url();
    let authority = Authority::new("ours");
    let ca = authority.ca_file().display().to_string();
    let tls = front(authority.issue("localhost", |_| {}), &mock).await;
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 2);
    let old = front(authority.issue("localhost", expired), &mock).await;
    let other = front(authority.issue("adapter.other.vn", |_| {}), &mock).await;
    let address = |url: String, ca: Option<&str>| {
        let ca = ca.map(str::to_owned);
        move |table: &mut toml::Table| {
            set(table, "portal", "adapter_url", url.clone());
            set(table, "portal", "allow_plain_http", true);
            if let Some(ca) = &ca {
                set(table, "portal", "ca_file", ca.clone());
            }
        }
    };
    let http = |address: String| format!("http://{address}");
    let wrong = write(&rig.folder, "wrong.password", "sai");
    let causes = vec![
        cause(
            "host",
            ("portal", "transient", "(DNS)", "getent hosts"),
            address("http://cong.invalid".to_owned(), None),
        ),
        cause(
            "refused",
            ("portal", "transient", "từ chối kết nối", "số cổng"),
            address(http(closed()), None),
        ),
        cause(
            "no answer",
            ("portal", "transient", "không trả lời kịp", "đợi"),
            address(http(silent().await), None),
        ),
        cause(
            "https to http",
            ("portal", "config", "không nói TLS", "kiểm tra cổng"),
            address(mock.replace("http://", "https://"), None),
        ),
        cause(
            "https to abrupt http",
            ("portal", "config", "nói http thường", "số cổng"),
            address(format!("https://{}", abrupt().await), None),
        ),
        cause(
            "http to https",
            ("portal", "config", "nói https (TLS)", "https://"),
            address(tls.replace("https://", "http://"), None),
        ),
        cause(
            "unknown authority",
            ("portal", "config", "chứng thư của localhost", "portal.ca_file"),
            address(tls.clone(), None),
        ),
        cause("expired", ("portal", "config", "đã hết hạn", "gia hạn"), address(old, Some(&ca))),
        cause(
            "other name",
            ("portal", "config", "cấp cho tên khác", "sửa địa chỉ"),
            address(other, Some(&ca)),
        ),
        cause(
            "path",
            ("portal", "config", "không có dịch vụ ở đường dẫn đó", "portal.auth_path"),
            address(format!("{mock}/khong-co"), None),
        ),
        cause(
            "page",
            ("portal", "config", "một trang web", "portal.adapter_url"),
            address(http(canned("200 OK").await), None),
        ),
        cause(
            "redirect",
            ("portal", "config", "chuyển hướng", "địa chỉ cuối cùng"),
            address(http(canned("302 Found\r\nLocation: /x").await), None),
        ),
        cause(
            "forbidden",
            ("portal", "auth", "403", "địa chỉ IP"),
            address(http(canned("403 Forbidden").await), None),
        ),
        cause(
            "failing",
            ("portal", "transient", "đang lỗi", "đợi"),
            address(http(canned("502 Bad Gateway").await), None),
        ),
        cause(
            "password",
            ("portal", "auth", "tên đăng nhập hoặc mật khẩu", "portal.password_file"),
            key("portal", "password_file", wrong),
        ),
        cause(
            "proxy that shows nothing",
            ("look_up", "note", "có thể nhận hai lần", "portal.ndxp.lookup_path"),
            {
                let address = format!("{mock}/proxy");
                move |table| {
                    set(table, "portal", "adapter_url", address.clone());
                    let form: toml::Table = "form = \"proxy\"".parse().unwrap();
                    set(table, "portal", "ndxp", form);
                }
            },
        ),
        cause(
            "unit",
            ("look_up", "config", "từ chối tra cứu với mã đơn vị", "portal.unit_code"),
            key("portal", "unit_code", "000.00.00.SAI"),
        ),
    ];
    hold(&rig, causes).await;
}

#[tokio::test]
async fn without_a_configuration_every_command_says_to_write_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dongbo.toml");
    for words in [vec!["check"], vec!["status"], vec!["held"], vec!["why", "H1"], vec!["mapping", "coverage"]]
    {
        for (lang, part) in [("vi", "chưa có tệp cấu hình"), ("en", "there is no configuration")] {
            let output =
                command().args(&words).args(["--lang", lang, "--config"]).arg(&file).output().unwrap();
            let told = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
            assert!(told.contains(part) && told.contains("dongbo init"), "{words:?}: {told}");
            assert!(!told.contains("portal.dstcode"), "{words:?}: {told}");
        }
    }
}
