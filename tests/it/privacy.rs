//! Personal data and secrets stay in the local database and on the way to the portal: not in the log, not on the
//! pages, not in the ledger, not in the error that ends a start. For panics see `logging.rs`.

use std::collections::BTreeSet;

use mock_portal::{FaultKind, FaultRule};
use serde_json::Value;
use sqlx::Row as _;
use testbed::Db;
use unicode_normalization::UnicodeNormalization as _;

use crate::kit::execute;
use crate::process::{Process, command};
use support::{Plan, Rig, now};

const PASSWORD: &str = "bi-mat-cua-cong-7431";
/// Personal data as a clerk may have typed them into a field that is for something else.
const NAME: &str = "Nguyễn Thị Hoàng Yến Canary";
const NUMBER: &str = "079199000123";
const TELEPHONE: &str = "0912345678";

/// Every personal text of the local database, as it is stored and in composed form.
pub(crate) async fn personal(db: &Db) -> BTreeSet<String> {
    let Db::Sqlite(pool) = db else { panic!("SQLite is what this reads") };
    let mut texts = BTreeSet::new();
    for (table, columns) in [
        ("ho_so", "chu_ho_so, so_dinh_danh, dien_thoai, email, fax, ma_doi_tuong, trich_yeu, thong_tin_khac"),
        ("qua_trinh", "nguoi_xu_ly"),
        ("bo_sung", "nguoi_yeu_cau, nguoi_tiep_nhan"),
    ] {
        for column in columns.split(", ") {
            let sql = format!("SELECT DISTINCT CAST({column} AS BLOB) FROM {table} WHERE {column} <> ''");
            for row in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await.unwrap() {
                let text = String::from_utf8_lossy(row.get::<&[u8], _>(0)).trim().to_owned();
                texts.insert(text.nfc().collect());
                texts.insert(text);
            }
        }
    }
    texts
}

/// Those of `canaries` that are in `bytes`, which may be text or not.
pub(crate) fn seen<'c>(bytes: &[u8], canaries: &'c BTreeSet<String>) -> Vec<&'c str> {
    let text = String::from_utf8_lossy(bytes);
    canaries.iter().filter(|canary| text.contains(canary.as_str())).map(String::as_str).collect()
}

/// Writes personal data where dates and numbers belong, so that whoever complains of these is tempted to quote them.
async fn misplace(db: &Db) {
    for (nth, set) in [
        format!("ngay_tiep_nhan = '{NAME}'"),
        format!("ngay_hen_tra = '{TELEPHONE} {NAME}'"),
        format!("so_dinh_danh = '{}'", NUMBER.repeat(40)),
        format!("chu_ho_so = '{}'", format!("{NAME} {TELEPHONE} ").repeat(100)),
        format!("kenh = '{NAME}'"),
        format!("ngay_nop = '{NUMBER}', trich_yeu = ''"),
    ]
    .iter()
    .enumerate()
    {
        let place = format!("(SELECT id FROM ho_so ORDER BY id LIMIT 1 OFFSET {nth})");
        execute(db, &format!("UPDATE ho_so SET {set} WHERE id = {place}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_and_no_secret_is_in_a_json_log_the_pages_or_the_ledger() {
    nothing_personal_is_kept("json", 61).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_and_no_secret_is_in_a_text_log_the_pages_or_the_ledger() {
    nothing_personal_is_kept("text", 62).await;
}

#[test]
fn the_error_that_ends_a_start_tells_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dongbo.toml");
    for text in [
        format!("[source]\nurl = \"postgres://dongbo:{PASSWORD}@nowhere:port/motcua\""),
        format!("[source]\nurl = \"postgres://dongbo:{PASSWORD}@nowhere/motcua\"\npoll_every = \"2\""),
        format!("[portal]\npassword = \"{PASSWORD}\""),
        format!("[portal]\nusername = \"dongbo\"\npassword_file = \"{PASSWORD}"),
    ] {
        std::fs::write(&file, &text).unwrap();
        let output = command().args(["run", "--config"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
}

async fn nothing_personal_is_kept(format: &str, seed: u64) {
    let mut portal = mock_portal::Config { log_bodies: true, ..mock_portal::Config::default() };
    PASSWORD.clone_into(&mut portal.ndxp.password);
    // At the innermost level, and every line of it: what is summed is not told.
    let log = format!("[log]\nlevel = \"trace\"\nformat = \"{format}\"\nrepeats_every = \"0s\"");
    let overrides = format!("{log}\n[portal]\nbatch_size = 10");
    let mut rig = Rig::new(Plan { seed, dossiers: 80, portal, overrides, ..Plan::default() }).await;
    std::fs::write(rig.folder.join("portal.password"), PASSWORD).unwrap();
    rig.simulator.plant_invalid_utf8(now()).await.unwrap();
    rig.simulator.plant_long_text(now()).await.unwrap();
    rig.simulator.plant_year_zero(now()).await.unwrap();
    misplace(rig.simulator.db()).await;

    // The portal refuses some dossiers, and tells whose they are.
    let Db::Sqlite(pool) = rig.simulator.db() else { panic!("SQLite is what this reads") };
    let sql = "SELECT ma_ho_so, trim(chu_ho_so), so_dinh_danh, dien_thoai FROM ho_so \
               WHERE length(so_dinh_danh) = 12 AND dien_thoai <> '' ORDER BY id LIMIT 8 OFFSET 6";
    let citizens: Vec<(String, String, String, String)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    assert_eq!(citizens.len(), 8);
    for (code, name, number, phone) in &citizens {
        let (name, loud) = (name.nfc().collect::<String>(), name.nfc().collect::<String>().to_uppercase());
        let message = format!("CCCD {number} của {name} ({loud}, ĐT {phone}) không khớp CSDL dân cư");
        rig.mock.add_fault(FaultRule::new(FaultKind::RefuseContent { message }).for_dossier(code)).unwrap();
    }
    // And everything else that can be met on the way.
    rig.mock.add_faults(mock_portal::Faults::nasty()).unwrap();

    let mut canaries = personal(rig.simulator.db()).await;
    canaries.extend(citizens.iter().map(|(_, name, ..)| name.nfc().collect::<String>().to_uppercase()));
    canaries.extend([NAME, NUMBER, TELEPHONE].map(str::to_owned));
    assert!(canaries.len() > 300, "{}", canaries.len());
    assert!(canaries.iter().all(|canary| canary.chars().count() > 4), "a short one may stand anywhere");

    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(83, 83).await;
    let pages = [process.page("/metrics").await, process.page("/healthz").await];
    process.terminate();
    let (status, _, log) = process.ended().await;
    assert_eq!(status.code(), Some(0));

    let bodies: String = rig.mock.calls().into_iter().filter_map(|call| call.body).collect();
    assert!(seen(bodies.as_bytes(), &canaries).len() > 200, "the search finds what is there");
    let sessions = rig.mock.calls().into_iter().filter_map(|call| {
        let body: Value = serde_json::from_str(&call.body?).ok()?;
        body["session"].as_str().map(str::to_owned)
    });
    let secrets: BTreeSet<String> = sessions.chain([PASSWORD.to_owned()]).collect();
    assert!(secrets.len() >= 2, "no session was met");
    canaries.extend(secrets);

    // That the search can find anything at all: the log is there, and its messages are kept, but for what is personal.
    assert!(log.contains("DEBUG") && log.contains("library.said"), "{log}");
    assert!(log.matches("dossier.held").count() >= 10, "{log}");
    assert!(log.contains("không khớp CSDL dân cư") && log.contains("•••"), "the portal's words are not told");
    let mut looked_at = vec![("log".to_owned(), log.into_bytes())];
    looked_at.extend(pages.map(|page| ("page".to_owned(), page.into_bytes())));
    for entry in std::fs::read_dir(&rig.folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("ledger.sqlite") {
            looked_at.push((name, std::fs::read(path).unwrap()));
        }
    }
    assert!(looked_at.iter().any(|(name, bytes)| name == "ledger.sqlite" && bytes.len() > 10_000));
    let ledger = sqlx::SqlitePool::connect(&rig.config.ledger.path.display().to_string()).await.unwrap();
    let hashed = "SELECT count(*) FROM fact WHERE facts GLOB '*,#[0-9a-f]*'";
    let hashed: i64 = sqlx::query_scalar(hashed).fetch_one(&ledger).await.unwrap();
    assert!(hashed > 50, "officers are told by hashes: {hashed}");
    for (name, bytes) in &looked_at {
        assert_eq!(seen(bytes, &canaries), Vec::<&str>::new(), "in {name}");
    }
}
