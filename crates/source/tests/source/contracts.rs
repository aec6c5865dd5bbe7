//! What a dossier needs under each contract of the portal.

use dongbo_model::{Contract, Status};
use dongbo_source::{Mapping, Source};
use sqlx::AssertSqlSafe;
use testbed::Db;
use testbed::servers::fresh_database;

use crate::support::{after, code, config, findings, whole};

/// The mapping of a local system that knows what the first clients of the portal sent, and nothing more.
const OLD: &str = r#"
name = "Hệ thống 2020"
key = "text"
[changed]
sqlite = "SELECT code AS key, code, unit, changed_at FROM t WHERE changed_at > :since OR (changed_at = :since AND code > :after) ORDER BY changed_at, code LIMIT :limit"
postgres = "SELECT code AS key, code, unit, changed_at FROM t WHERE changed_at > CAST(:since AS timestamp) OR (changed_at = CAST(:since AS timestamp) AND code > :after) ORDER BY changed_at, code LIMIT :limit"
[sweep]
sqlite = "SELECT code AS key, code, unit, changed_at FROM t WHERE code > :after ORDER BY code LIMIT :limit"
postgres = 'SELECT code AS key, code, unit, changed_at FROM t WHERE code COLLATE "C" > :after ORDER BY code COLLATE "C" LIMIT :limit'
[dossiers]
sqlite = "SELECT code, procedure, unit, applicant_kind, summary, status, received_at, handover FROM t WHERE code IN (SELECT value FROM json_each(:codes))"
postgres = "SELECT code, procedure, unit, applicant_kind, summary, status, received_at, handover FROM t WHERE code = ANY(:codes)"
[papers]
sqlite = "SELECT code, 'don.pdf' AS file_name, 'https://mc.example.vn/1' AS link FROM t WHERE code IN (SELECT value FROM json_each(:codes))"
postgres = "SELECT code, 'don.pdf' AS file_name, 'https://mc.example.vn/1' AS link FROM t WHERE code = ANY(:codes)"
[results]
sqlite = "SELECT code, 'Giấy' AS name, 'https://mc.example.vn/2' AS link FROM t WHERE code IN (SELECT value FROM json_each(:codes))"
postgres = "SELECT code, 'Giấy' AS name, 'https://mc.example.vn/2' AS link FROM t WHERE code = ANY(:codes)"
[procedure]
"A" = { code = "1", name = "a", field_code = "f", field_name = "g" }
"#;

const ROWS: &str = "
CREATE TABLE t (code varchar(20), procedure varchar(9), unit varchar(9), applicant_kind varchar(1), summary varchar(99),
    status varchar(2), received_at varchar(19), handover varchar(1), changed_at timestamp);
INSERT INTO t VALUES ('H1', 'A', 'U1', '1', '', '1', NULL, '0', '2020-10-02 08:30:01');
INSERT INTO t VALUES ('H2', 'A', 'U1', '1', NULL, '3', '', '0', '2020-10-02 08:30:02');
INSERT INTO t VALUES ('H3', 'A', 'U1', '1', NULL, '2', NULL, '0', '2020-10-02 08:30:03');
INSERT INTO t VALUES ('H4', 'A', 'U1', '1', 'x', '1', '32/13/2020', '0', '2020-10-02 08:30:04');
INSERT INTO t VALUES ('H5', 'A', 'U1', '1', 'x', '4', '2020-10-01 08:00:00', '0', '2020-10-02 08:30:05');";

fn open(url: &str, contract: Contract) -> Source {
    let mapping = Mapping::parse(OLD, "test.toml").unwrap().under(contract);
    Source::open(&config(url), mapping, dongbo_model::clock::Clock::manual(after(0))).unwrap()
}

async fn prove(url: &str) {
    let source = open(url, Contract::Guide2020);
    source.probe().await.unwrap();
    let codes = ["H1", "H2", "H3", "H4", "H5"].map(code);
    let read = source.read(&codes).await.unwrap();
    for (index, status) in [(0, Status::Registered), (1, Status::NotAccepted)] {
        let dossier = whole(&read[index]);
        assert_eq!((dossier.status, dossier.received_at, dossier.cell()), (status, None, None));
        assert_eq!((dossier.submitted_at, dossier.vneid_verified, dossier.digitised), (None, None, None));
        assert_eq!((dossier.submitted_to, dossier.online_payment), (None, None));
        assert!(dossier.papers[0].component_code.is_empty() && dossier.results[0].result_code.is_empty());
    }
    assert_eq!(findings(&read[2]), ["missing_field dossiers.received_at"]);
    let no_date = "bad_date dossiers.received_at 32/13/2020: not a date, unless date_formats of the mapping says how it is written";
    assert_eq!(findings(&read[3]), [no_date]);
    let cell = whole(&read[4]).cell().unwrap();
    assert_eq!(cell.month.to_string(), "2020-10");

    let told = open(url, Contract::Guide2024).probe().await.unwrap_err().to_string();
    for column in [
        "submitted_at",
        "submitted_to",
        "digitised",
        "vneid",
        "online_payment",
        "component_code",
        "result_code",
    ] {
        assert!(told.contains(&format!("\"{column}\"")), "{column}: {told}");
    }
}

#[tokio::test]
async fn a_system_of_2020_is_read_by_the_contract_of_2020_and_not_by_a_newer_one_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("motcua.db");
    let Db::Sqlite(pool) = Db::sqlite(&path).await.unwrap() else { unreachable!() };
    sqlx::raw_sql(AssertSqlSafe(ROWS)).execute(&pool).await.unwrap();
    prove(path.to_str().unwrap()).await;
}

#[tokio::test]
async fn a_system_of_2020_is_read_by_the_contract_of_2020_and_not_by_a_newer_one_on_postgresql() {
    let database = fresh_database().await.unwrap();
    let pool = sqlx::PgPool::connect(database.url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(ROWS)).execute(&pool).await.unwrap();
    prove(database.url()).await;
}

#[test]
fn another_contract_means_other_dossiers_and_so_another_digest() {
    let mapping = || Mapping::parse(OLD, "test.toml").unwrap();
    let plain = mapping().digest().to_owned();
    assert_eq!(mapping().under(Contract::Guide2024).digest(), plain);
    assert_ne!(mapping().under(Contract::Guide2020).digest(), plain);
}
