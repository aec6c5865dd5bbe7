//! `dongbo check`: what is wrong is told all at once and before anything depends on it, and nothing is changed by looking.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::TimeDelta;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::Value;
use testbed::Db;
use testbed::day::{AHEAD_VARIABLE, machine};
use testbed::interface::{Interface, Reply};
use testbed::servers::lasting_port;

use crate::kit::{example_mapping, execute, write_mapping};
use crate::process::{Process, command};
use crate::secure::{Authority, front};
use support::{Engine, Plan, Rig, now};

/// Stands for every secret: it must never be seen.
const CANARY: &str = "geheim-7431";

/// The output and the end of a run of the program.
struct Run {
    code: i32,
    text: String,
    all: Output,
}

/// Runs `dongbo check` on the configuration in `folder`.
async fn check(folder: &Path, options: &[&str]) -> Run {
    run(command(), folder, options).await
}

async fn run(mut command: Command, folder: &Path, options: &[&str]) -> Run {
    command.arg("check").arg("--config").arg(folder.join("dongbo.toml")).args(options);
    let all = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8(all.stdout.clone()).unwrap();
    Run { code: all.status.code().unwrap(), text, all }
}

/// The output as machines read it.
async fn report(folder: &Path, options: &[&str]) -> (i32, Value) {
    let run = check(folder, &[options, &["--json"]].concat()).await;
    let report = serde_json::from_str(&run.text).unwrap_or_else(|_| panic!("{:?}", run.all));
    (run.code, report)
}

/// Runs it as [`report`] does on the machine's own clock, by which certificates are judged and servers of databases go.
async fn report_at_the_machines_time(folder: &Path, options: &[&str]) -> (i32, Value) {
    let mut command = command();
    command.env_remove(AHEAD_VARIABLE);
    let run = run(command, folder, &[options, &["--json"]].concat()).await;
    (run.code, serde_json::from_str(&run.text).unwrap_or_else(|_| panic!("{:?}", run.all)))
}

/// The check `id` of a report.
pub(crate) fn item<'r>(report: &'r Value, id: &str) -> &'r Value {
    let found = report["checks"].as_array().unwrap().iter().find(|item| item["id"] == id);
    found.unwrap_or_else(|| panic!("no check {id} in {report:#}"))
}

/// The checks and how they went, in order.
fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().map(|item| (item["id"].as_str().unwrap(), item["outcome"].as_str().unwrap())).collect()
}

/// All evidence of the check `id`.
fn details(report: &Value, id: &str) -> String {
    let lines = item(report, id)["details"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
}

/// Rewrites the rig's configuration file.
fn rewrite(rig: &Rig, change: impl FnOnce(&mut toml::Table)) {
    let path = rig.folder.join("dongbo.toml");
    let mut table: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    change(&mut table);
    std::fs::write(path, table.to_string()).unwrap();
}

/// Sets a key of a configuration.
pub(crate) fn set(table: &mut toml::Table, section: &str, key: &str, value: impl Into<toml::Value>) {
    let section = table.entry(section).or_insert_with(|| toml::Table::new().into());
    section.as_table_mut().unwrap().insert(key.to_owned(), value.into());
}

/// A password that others can read is a warning of its own, so the rig's is closed; and the control socket is the rig's.
pub(crate) async fn rig(plan: Plan) -> Rig {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = Rig::new(plan).await;
    let password = rig.folder.join("portal.password");
    std::fs::set_permissions(password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let socket = rig.folder.join("control.sock").display().to_string();
    rewrite(&rig, |table| {
        set(table, "control", "socket", socket);
        set(table, "ledger", "warn_free", "1 MiB");
    });
    rig
}

/// Every file of dongbo's in `folder`, with its length and a hash of what it holds. The local system's own database is
/// left out: SQLite tidies up beside it.
fn files(folder: &Path) -> Vec<(PathBuf, usize, u64)> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.file_name().unwrap().to_string_lossy().starts_with("onestop"))
        // In the index of a log that was left behind SQLite notes who reads.
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            let mut hash = DefaultHasher::new();
            bytes.hash(&mut hash);
            (path, bytes.len(), hash.finish())
        })
        .collect();
    files.sort();
    files
}

/// The calls that reached the portal.
fn heard(rig: &Rig) -> Vec<String> {
    rig.mock.calls().iter().map(|call| format!("{:?}", call.service)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_is_well_every_check_says_so_and_nothing_is_changed_or_sent_but_a_log_in_and_a_look_up() {
    let rig = rig(Plan { seed: 201, dossiers: 30, ..Plan::default() }).await;
    let before = files(&rig.folder);
    let (code, report) = report(&rig.folder, &["--strict"]).await;
    assert_eq!(code, 0, "{report:#}");
    let expected = [
        ("configuration", "ok"),
        ("secrets", "ok"),
        ("proxies", "ok"),
        ("mapping", "ok"),
        ("ledger", "ok"),
        ("disk", "ok"),
        ("listen", "ok"),
        ("control", "ok"),
        ("open_files", "ok"),
        ("source", "ok"),
        // An SQLite file has no clock, and plain http no certificate.
        ("source_clock", "skipped"),
        ("sample", "ok"),
        ("portal", "ok"),
        ("portal_certificate", "skipped"),
        ("portal_clock", "ok"),
        ("look_up", "ok"),
        ("retry", "ok"),
    ];
    assert_eq!(outcomes(&report), expected);
    assert_eq!(item(&report, "sample")["values"]["dossiers"], 30);
    assert_eq!(item(&report, "portal_clock")["values"]["offset_s"], 0);
    assert_eq!(files(&rig.folder), before);
    assert_eq!(heard(&rig).len(), 2, "{:?}", heard(&rig));
    assert_eq!(rig.mock.dossiers().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_with_something_unseen_at_its_ends_is_noticed_and_never_shown() {
    let rig = rig(Plan { seed: 203, dossiers: 1, ..Plan::default() }).await;
    let file = rig.folder.join("portal.password");
    let right = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("\u{feff}{right}\r\n\r\n")).unwrap();
    let (_, well) = report(&rig.folder, &["--lang", "en"]).await;
    for id in ["secrets", "portal"] {
        assert_eq!(item(&well, id)["outcome"], "ok", "{well:#}");
    }

    std::fs::write(&file, format!("{CANARY}\u{a0}\n")).unwrap();
    let (_, report) = report(&rig.folder, &["--lang", "en"]).await;
    let secrets = item(&report, "secrets");
    assert_eq!(secrets["outcome"], "warn", "{secrets:#}");
    assert!(
        secrets.to_string().contains("portal.password_file: the secret begins or ends with a blank"),
        "{secrets:#}"
    );
    assert!(!report.to_string().contains(CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_told_in_one_run_with_its_remedy() {
    let rig = rig(Plan { seed: 202, dossiers: 5, ..Plan::default() }).await;
    std::fs::write(rig.folder.join("portal.password"), CANARY).unwrap();
    let mapping = example_mapping()
        .replace("FROM ket_qua k", "FROM ket_quaa k")
        .replace("g.duong_dan AS link", "g.duong_dn AS link");
    let mapping = write_mapping(&rig.folder, &mapping).display().to_string();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    std::fs::write(rig.folder.join("file"), "").unwrap();
    let ledger = rig.folder.join("file/ledger.sqlite").display().to_string();
    rewrite(&rig, |table| {
        set(table, "source", "mapping", mapping);
        set(table, "http", "listen", taken.local_addr().unwrap().to_string());
        set(table, "ledger", "path", ledger);
        set(table, "push", "max_concurency", 3);
    });
    let (code, report) = report(&rig.folder, &["--lang", "en"]).await;
    assert_eq!(code, 2);
    for (id, evidence) in [
        ("configuration", "did you mean push.max_concurrency?"),
        ("source", "no table \"ket_quaa\", did you mean \"ket_qua\"?"),
        ("source", "no column \"g.duong_dn\""),
        ("portal", "error_code"),
    ] {
        assert!(details(&report, id).contains(evidence), "{evidence} is not in {:#}", item(&report, id));
    }
    for id in ["configuration", "ledger", "listen", "source", "portal"] {
        let item = item(&report, id);
        assert_eq!(item["outcome"], "fail", "{item:#}");
        assert!(item["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{item:#}");
    }
    assert!(item(&report, "ledger")["message"].as_str().unwrap().contains("/file"));
    assert_eq!(item(&report, "sample")["outcome"], "skipped");
    assert_eq!(item(&report, "portal")["class"], "auth");
    assert!(!report.to_string().contains(CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_are_away_are_both_told_and_offline_nobody_is_asked() {
    let rig = rig(Plan { seed: 203, ..Plan::default() }).await;
    let away = rig.folder.join("away.sqlite").display().to_string();
    rewrite(&rig, |table| set(table, "source", "url", away));
    rig.mock.stop().await;
    let (code, report) = report(&rig.folder, &["--lang", "en"]).await;
    assert_eq!(code, 1, "waiting cures it: {report:#}");
    for id in ["source", "portal"] {
        assert_eq!(
            (&item(&report, id)["outcome"], &item(&report, id)["class"]),
            (&"fail".into(), &"transient".into())
        );
    }
    assert_eq!(item(&report, "portal_clock")["outcome"], "skipped");
    let offline = check(&rig.folder, &["--offline"]).await;
    assert_eq!(offline.code, 0, "{}", offline.text);
    assert!(!offline.text.contains("Cơ sở dữ liệu một cửa"), "{}", offline.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_of_the_sample_that_cannot_be_sent_are_counted_by_what_the_mapping_lacks() {
    let mut rig = rig(Plan { seed: 204, dossiers: 20, ..Plan::default() }).await;
    rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
    rig.simulator.plant_year_zero(now()).await.unwrap();
    let Db::Sqlite(pool) = rig.simulator.db() else { panic!("SQLite is what this reads") };
    let names: Vec<String> =
        sqlx::query_scalar("SELECT trim(chu_ho_so) FROM ho_so").fetch_all(pool).await.unwrap();
    let unmapped: String =
        sqlx::query_scalar("SELECT ma_thu_tuc FROM ho_so ORDER BY id DESC LIMIT 1 OFFSET 1")
            .fetch_one(pool)
            .await
            .unwrap();
    let run = check(&rig.folder, &["--show"]).await;
    assert_eq!(run.code, 0, "{}", run.text);
    for part in [
        "22 hồ sơ",
        &format!("[procedure] thiếu \"{unmapped}\": 1 hồ sơ"),
        "ngày tiếp nhận [dossiers.received_at]: 1 hồ sơ",
    ] {
        assert!(run.text.contains(part), "{part} is not in {}", run.text);
    }
    assert!(names.iter().all(|name| !run.text.contains(name)), "{}", run.text);
    assert_eq!(check(&rig.folder, &["--strict"]).await.code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_when_certificates_end_and_names_the_expired_one() {
    let rig = rig(Plan { seed: 205, ahead: TimeDelta::zero(), ..Plan::default() }).await;
    let authority = Authority::new("ours");
    let soon = machine() + TimeDelta::days(10);
    let soon = move |params: &mut CertificateParams| {
        use chrono::Datelike as _;
        params.not_after =
            date_time_ymd(soon.year(), soon.month().try_into().unwrap(), soon.day().try_into().unwrap());
    };
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 2);
    for (certificate, outcome, vietnamese, code) in [
        (authority.issue("localhost", |_| {}), "ok", "có hiệu lực đến", 0),
        (authority.issue("localhost", soon), "warn", "sắp hết hạn", 0),
        (authority.issue("localhost", expired), "fail", "đã hết hạn ngày 02/01/2020", 2),
    ] {
        let url = front(certificate, &rig.mock.url()).await;
        rewrite(&rig, |table| {
            set(table, "portal", "adapter_url", url);
            set(table, "portal", "ca_file", authority.ca_file().display().to_string());
        });
        let (ended, report) = report_at_the_machines_time(&rig.folder, &[]).await;
        assert_eq!(ended, code, "{report:#}");
        let item = item(&report, "portal_certificate");
        assert_eq!(item["outcome"], outcome, "{item:#}");
        assert!(item["message"].as_str().unwrap().contains(vietnamese), "{item:#}");
    }
    let old = {
        let mut params = CertificateParams::new(vec!["old".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2021, 5, 6);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    };
    let old = authority.file("old.pem", &old).display().to_string();
    let (ours, key) = authority.issue("dongbo", soon);
    let ours = authority.file("ours.pem", &format!("{ours}{key}")).display().to_string();
    rewrite(&rig, |table| set(table, "portal", "client_certificate_file", ours));
    let (_, offline) = report_at_the_machines_time(&rig.folder, &["--offline", "--lang", "en"]).await;
    assert_eq!(item(&offline, "certificates")["outcome"], "warn", "{offline:#}");
    assert!(
        details(&offline, "certificates").contains("client_certificate_file): expires on "),
        "{offline:#}"
    );
    rewrite(&rig, |table| set(table, "portal", "ca_file", old));
    let (_, report) = report_at_the_machines_time(&rig.folder, &["--offline", "--lang", "en"]).await;
    let item = item(&report, "certificates");
    assert_eq!(item["outcome"], "fail", "{item:#}");
    assert!(details(&report, "certificates").contains("expired on 2021-05-06"), "{item:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_elsewhere_proves_who_it_is_or_is_told_of() {
    let rig = rig(Plan { seed: 206, ..Plan::default() }).await;
    let tls = |key: &str, value: toml::Value| toml::Table::from_iter([(key.to_owned(), value)]);
    rewrite(&rig, |table| {
        set(table, "source", "url", "postgres://dongbo:geheim@db.example.vn/motcua?sslmode=require");
        set(table, "ledger", "url", "postgres://dongbo@so.example.vn/so?sslmode=disable");
    });
    let (code, refused) = report(&rig.folder, &["--offline", "--lang", "en"]).await;
    let told = details(&refused, "configuration");
    assert_eq!((code, item(&refused, "configuration")["outcome"].as_str()), (2, Some("fail")), "{refused:#}");
    for part in [
        "source.url: with sslmode=require a server on another host",
        "ledger.url: with sslmode=disable",
        "name the authority of its certificate in ledger.tls.ca_file",
        "source.tls.allow_plain = true",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(!refused.to_string().contains("geheim"), "{refused:#}");

    rewrite(&rig, |table| {
        set(table, "source", "tls", tls("allow_plain", true.into()));
        set(table, "ledger", "tls", tls("allow_plain", true.into()));
    });
    let (code, allowed) = report(&rig.folder, &["--offline", "--lang", "en"]).await;
    let warned = item(&allowed, "database_tls");
    assert_eq!((code, warned["outcome"].as_str()), (0, Some("warn")), "{allowed:#}");
    let told = details(&allowed, "database_tls");
    assert!(told.contains("db.example.vn") && told.contains("ledger.tls.allow_plain"), "{told}");

    let missing = rig.folder.join("no-ca.pem").display().to_string();
    rewrite(&rig, |table| {
        set(table, "source", "url", "postgres://dongbo@db.example.vn/motcua");
        set(table, "source", "tls", tls("ca_file", missing.into()));
        set(table, "ledger", "url", "");
        table["ledger"].as_table_mut().unwrap().remove("tls");
    });
    let (code, missing) = report(&rig.folder, &["--offline", "--lang", "en"]).await;
    let certificates = item(&missing, "certificates");
    assert_eq!((code, certificates["outcome"].as_str()), (2, Some("fail")), "{missing:#}");
    assert!(certificates["message"].as_str().unwrap().starts_with("source.tls.ca_file: "), "{missing:#}");
    assert!(!missing.to_string().contains("database_tls"), "{missing:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_retry_schedule_is_the_configurations_own() {
    let overrides =
        "[push]\nbackoff_base = \"3s\"\nbackoff_cap = \"20s\"\nprobe_every = \"45s\"\nlease = \"7s\"";
    let rig = rig(Plan { seed: 206, overrides: overrides.to_owned(), ..Plan::default() }).await;
    let run = check(&rig.folder, &["--lang", "en"]).await;
    for part in [
        "after failure 1: up to 3s",
        "after failure 2: up to 6s",
        "after failure 3: up to 12s",
        "from failure 4 on: up to 20s, repeated",
        "one probe every 45s",
        "within 7s",
    ] {
        assert!(run.text.contains(part), "{part} is not in {}", run.text);
    }
    let vietnamese = check(&rig.folder, &[]).await.text;
    assert!(vietnamese.contains("không bao giờ bỏ cuộc: chờ tối đa 3s"), "{vietnamese}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_that_tells_nobody_is_named_and_no_message_is_sent() {
    let rig = rig(Plan { seed: 211, dossiers: 1, ..Plan::default() }).await;
    let takes_posts = Interface::start(|_| Reply::Plain(405, Vec::new(), String::new())).await.unwrap();
    let knows_no_bot = Interface::start(|_| Reply::Plain(401, Vec::new(), String::new())).await.unwrap();
    let (file, none) = (rig.folder.join("token"), rig.folder.join("no-such-token"));
    std::fs::write(&file, CANARY).unwrap();
    let way = |name: &str, kind: &str, more: &str| {
        format!("[[notify.way]]\nname = \"{name}\"\nkind = \"{kind}\"\n{more}\n")
    };
    let bot = |url: &str, file: &Path| {
        format!("to = [\"1\"]\nurl = \"{url}\"\nsecret_file = \"{}\"", file.display())
    };
    let mail = "server = \"127.0.0.1\"\nport = 1\nsecurity = \"none\"\nfrom = \"a@b.vn\"\nto = [\"c@b.vn\"]";
    let ways = [
        way("hook", "webhook", &format!("url = \"{}\"", takes_posts.url())),
        way("away", "webhook", "url = \"http://127.0.0.1:1/hook\""),
        way("bot", "telegram", &bot(knows_no_bot.url().as_str(), &file)),
        way("no-token", "telegram", &bot(takes_posts.url().as_str(), &none)),
        way("mail", "email", mail),
        way("shelf", "folder", &format!("folder = \"{}\"", file.join("below").display())),
    ];
    let config = rig.folder.join("dongbo.toml");
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + &ways.concat()).unwrap();
    let (code, report) = report(&rig.folder, &["--lang", "en"]).await;
    assert_eq!((code, item(&report, "ways")["outcome"].as_str()), (0, Some("warn")), "{report:#}");
    let told = details(&report, "ways");
    for line in [
        "hook (webhook): ok",
        "bot (telegram): 127.0.0.1 refuses us: correct the file of secret_file",
        "mail (email): the mail server 127.0.0.1 cannot be reached",
    ] {
        assert!(told.contains(line), "{line} is not in {told}");
    }
    for (name, file) in [
        ("no-token (telegram): ", "no-such-token"),
        ("shelf (folder): ", "token"),
        ("away (webhook): ", "127.0.0.1"),
    ] {
        assert!(told.lines().any(|line| line.starts_with(name) && line.contains(file)), "{name}: {told}");
    }
    assert!(!report.to_string().contains(CANARY));
    let heard = |of: &Interface| of.asked().iter().map(|asked| asked.method.clone()).collect::<Vec<_>>();
    assert_eq!(
        (heard(&takes_posts), heard(&knows_no_bot)),
        (vec!["HEAD".to_owned()], vec!["GET".to_owned()])
    );

    let offline = check(&rig.folder, &["--offline", "--lang", "en"]).await;
    assert!(
        offline.text.contains("no-such-token") && offline.text.contains("away (webhook): ok"),
        "{}",
        offline.text
    );
    assert_eq!((offline.code, heard(&takes_posts).len()), (0, 1), "nobody is asked");
}

/// `systemctl status` shows the last ten lines of a start that failed, four of which are systemd's own.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_stands_at_the_end_and_before_a_start_nothing_is_described() {
    let rig = rig(Plan { seed: 210, ..Plan::default() }).await;
    let missing = rig.folder.join("no-such.password").display().to_string();
    rewrite(&rig, |table| set(table, "portal", "password_file", missing));
    let run = check(&rig.folder, &["--offline"]).await;
    assert_eq!(run.code, 2, "{}", run.text);
    assert!(!run.text.contains("không bao giờ bỏ cuộc"), "{}", run.text);
    let last: Vec<&str> = run.text.lines().rev().take(3).collect();
    let [remedy, evidence, failure] = last[..] else { panic!("{}", run.text) };
    assert!(failure.starts_with("LỖI"), "{}", run.text);
    assert!(
        evidence.contains("portal.password_file") && evidence.contains("no-such.password"),
        "{}",
        run.text
    );
    assert!(remedy.trim_start().starts_with('→'), "{}", run.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_daemon_it_finds_that_daemon_and_leaves_its_ledger_alone() {
    let rig = rig(Plan { seed: 207, dossiers: 10, ..Plan::default() }).await;
    let free = format!("127.0.0.1:{}", lasting_port().unwrap());
    rewrite(&rig, |table| set(table, "http", "listen", free));
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(10, 0).await;
    let run = check(&rig.folder, &["--strict"]).await;
    assert_eq!(run.code, 0, "{}", run.text);
    assert!(run.text.contains("dongbo đang chạy ở đó"), "{}", run.text);
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    let before = files(&rig.folder);
    assert_eq!(check(&rig.folder, &["--strict"]).await.code, 0);
    assert_eq!(files(&rig.folder), before, "a look at the ledger leaves no trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_in_force_is_shown_with_origins_and_without_secrets() {
    let rig = rig(Plan { seed: 208, ..Plan::default() }).await;
    rewrite(&rig, |table| set(table, "source", "url", format!("postgres://u:{CANARY}@127.0.0.1:1/d")));
    let run = check(&rig.folder, &["--offline", "--show"]).await;
    for part in ["push.lease", "\"6s\"", "postgres://u:•••@127.0.0.1:1/d", "dongbo.toml", "default"] {
        assert!(run.text.contains(part), "{part} is not in {}", run.text);
    }
    let whole = check(&rig.folder, &["--show"]).await;
    for bytes in [&run.all.stdout, &run.all.stderr, &whole.all.stdout, &whole.all.stderr] {
        assert!(!String::from_utf8_lossy(bytes).contains(CANARY));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_the_clock_is_compared_and_every_missing_right_is_told() {
    let ahead = TimeDelta::zero();
    let rig = rig(Plan { engine: Engine::Postgres, seed: 209, dossiers: 3, ahead, ..Plan::default() }).await;
    let (code, fine) = report_at_the_machines_time(&rig.folder, &[]).await;
    assert_eq!(code, 0, "{fine:#}");
    assert_eq!(item(&fine, "source_clock")["values"]["offset_s"], 0);
    assert_eq!(item(&fine, "sample")["values"]["sendable"], 3);

    let role =
        "DO $$ BEGIN EXECUTE format('CREATE ROLE %I LOGIN PASSWORD ''x''', current_database()); END $$;
                DO $$ BEGIN EXECUTE format('GRANT SELECT ON ho_so TO %I', current_database()); END $$";
    execute(rig.simulator.db(), role).await;
    let url = &rig.config.source.url;
    let name = url.rsplit_once('/').unwrap().1.split('?').next().unwrap();
    let (_, server) = url.rsplit_once('@').unwrap_or(url.split_once("://").unwrap());
    let password = rig.folder.join("source.password");
    std::fs::write(&password, "x").unwrap();
    rewrite(&rig, |table| {
        set(table, "source", "url", format!("postgres://{name}@{server}"));
        set(table, "source", "password_file", password.display().to_string());
    });
    let (code, refused) = report_at_the_machines_time(&rig.folder, &["--lang", "en"]).await;
    execute(
        rig.simulator.db(),
        "DO $$ BEGIN EXECUTE format('DROP OWNED BY %I', current_database());
         EXECUTE format('DROP ROLE %I', current_database()); END $$",
    )
    .await;
    assert_eq!(code, 1, "{refused:#}");
    assert_eq!(item(&refused, "source")["class"], "auth");
    for table in ["le_phi", "qua_trinh"] {
        let told = format!("permission denied for table {table}");
        assert!(details(&refused, "source").contains(&told), "{table}: {refused:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mariadb_the_clock_is_compared_and_an_account_that_may_write_is_told() {
    let ahead = TimeDelta::zero();
    let rig = rig(Plan { engine: Engine::Mysql, seed: 210, dossiers: 3, ahead, ..Plan::default() }).await;
    let (code, fine) = report_at_the_machines_time(&rig.folder, &[]).await;
    assert_eq!(code, 0, "{fine:#}");
    assert_eq!(item(&fine, "source_clock")["values"]["offset_s"], 0);
    assert_eq!(item(&fine, "sample")["values"]["sendable"], 3);
    assert_eq!(item(&fine, "source_rights")["outcome"], "warn");

    let mapping = write_mapping(&rig.folder, &example_mapping().replace("FROM ket_qua k", "FROM ket_quaa k"));
    rewrite(&rig, |table| set(table, "source", "mapping", mapping.display().to_string()));
    let (code, refused) = report_at_the_machines_time(&rig.folder, &["--lang", "en"]).await;
    assert_eq!(code, 2, "{refused:#}");
    assert!(details(&refused, "source").contains("did you mean \"ket_qua\"?"), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sql_server_the_log_in_the_clock_and_every_query_are_proven() {
    let ahead = TimeDelta::zero();
    let rig = rig(Plan { engine: Engine::Sqlserver, seed: 211, dossiers: 3, ahead, ..Plan::default() }).await;
    let (code, fine) = report_at_the_machines_time(&rig.folder, &[]).await;
    assert_eq!(code, 0, "{fine:#}");
    assert_eq!(item(&fine, "source_clock")["values"]["offset_s"], 0);
    assert_eq!(item(&fine, "sample")["values"]["sendable"], 3);
    assert_eq!(details(&fine, "source"), "");

    rig.stand_in().keep_versions(false);
    let (code, told) = report_at_the_machines_time(&rig.folder, &["--lang", "en"]).await;
    assert_eq!(code, 0, "{told:#}");
    assert!(details(&told, "source").contains("ALLOW_SNAPSHOT_ISOLATION"), "{told:#}");

    let mapping = write_mapping(&rig.folder, &example_mapping().replace("FROM ket_qua k", "FROM ket_quaa k"));
    rewrite(&rig, |table| set(table, "source", "mapping", mapping.display().to_string()));
    let (code, refused) = report_at_the_machines_time(&rig.folder, &["--lang", "en"]).await;
    assert_eq!(code, 2, "{refused:#}");
    assert!(details(&refused, "source").contains("did you mean \"ket_qua\"?"), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_lose_dossiers_are_told_before_they_do() {
    let rig = rig(Plan { seed: 214, dossiers: 12, ..Plan::default() }).await;
    let mapping = write_mapping(&rig.folder, &example_mapping());
    rewrite(&rig, |table| set(table, "source", "mapping", mapping.display().to_string()));
    let tried = async |text: &str| {
        std::fs::write(&mapping, text).unwrap();
        item(&report(&rig.folder, &[]).await.1, "sample").clone()
    };
    let wrong = example_mapping().replace("ORDER BY cap_nhat_luc, id\n", "ORDER BY id DESC\n");
    let sample = tried(&wrong).await;
    assert_eq!(sample["outcome"], "fail", "{sample:#}");
    let told = sample.to_string();
    assert!(
        told.contains("[changed]") && told.contains("ORDER BY must be what its condition compares"),
        "{told}"
    );

    let lacks = example_mapping().replace(
        "FROM ho_so\nWHERE ma_ho_so IN (SELECT value FROM json_each(:codes))\n\"\"\"",
        "FROM ho_so\nWHERE id > (SELECT min(id) FROM ho_so) AND ma_ho_so IN (SELECT value FROM json_each(:codes))\n\"\"\"",
    );
    let sample = tried(&lacks).await;
    assert_eq!(sample["outcome"], "warn", "{sample:#}");
    let told = sample.to_string();
    assert!(
        told.contains("[dossiers] không trả về hồ sơ: 1 hồ sơ")
            && told.contains("[changed] có mà [dossiers] không có"),
        "{told}"
    );
}
