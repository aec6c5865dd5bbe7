//! Columns of every type that vendors use.

use dongbo_source::Reading;
use testbed::servers::fresh_database;

use crate::support::{code, config, findings, open, whole};

const MAPPING: &str = r#"
name = "Kiểu dữ liệu"
key = "text"
[changed]
postgres = """SELECT k AS key, code, unit, changed_at FROM t WHERE changed_at > CAST(:since AS timestamp)
    OR (changed_at = CAST(:since AS timestamp) AND CAST(k AS text) > :after) ORDER BY changed_at, CAST(k AS text) LIMIT :limit"""
[sweep]
postgres = "SELECT k AS key, code, unit, changed_at FROM t WHERE code > :after ORDER BY code LIMIT :limit"
[dossiers]
postgres = """SELECT code, procedure, unit, applicant_kind, summary, status, submitted_at, received_at, handover,
    submitted_to, digitised, vneid, online_payment, note, due_at FROM t WHERE code = ANY(:codes)"""
[fees]
postgres = "SELECT code, amount AS amount_vnd, rate AS name FROM t WHERE code = ANY(:codes)"
[procedure]
"A" = { code = "1", name = "a", field_code = "f", field_name = "g" }
[status]
"Đang xử lý" = "4"
[handover]
"tại quầy" = "0"
"#;

#[tokio::test]
async fn every_type_of_postgresql_that_holds_such_things_is_read() {
    let database = fresh_database().await.unwrap();
    let pool = sqlx::PgPool::connect(database.url()).await.unwrap();
    sqlx::raw_sql(
        "CREATE TYPE trang_thai AS ENUM ('Đang xử lý', 'Xong');
         CREATE TABLE t (k uuid, code char(20), procedure varchar(9), unit name, applicant_kind smallint, summary text,
             status trang_thai, submitted_at date, received_at timestamp(3), handover char(30), submitted_to bigint,
             digitised boolean, vneid text, online_payment numeric(2), note json, due_at text, amount numeric(12, 2),
             rate double precision, changed_at timestamp);
         INSERT INTO t VALUES ('00000000-0000-0000-0000-00000000000a', 'H1', 'A', 'U1', 1, 'Việc', 'Đang xử lý',
             '2026-01-02', '2026-01-02 08:30:00.999', 'tại quầy', 2, true, 'f', 0, '{\"a\": 1}', '05/01/2026 17:00',
             15000.00, 0.5, '2026-01-02 08:30:01');
         INSERT INTO t SELECT '00000000-0000-0000-0000-00000000000b', 'H2', procedure, unit, applicant_kind, summary,
             'Xong', 'infinity', '-infinity', handover, submitted_to, digitised, vneid, online_payment, note, due_at,
             0.5, rate, changed_at FROM t",
    )
    .execute(&pool)
    .await
    .unwrap();
    let source = open(&config(database.url()), MAPPING);
    source.probe().await.unwrap();
    let (changes, _) = crate::support::scan(&source, None).await;
    assert_eq!(changes[0].key, "00000000-0000-0000-0000-00000000000a");
    assert!(changes.iter().all(|change| change.finding.is_none()), "{changes:?}");
    let readings = source.read(&[code("H1"), code("H2")]).await.unwrap();
    let dossier = whole(&readings[0]);
    assert_eq!(dossier.unit.code.as_str(), "U1");
    assert_eq!(dossier.submitted_at.unwrap().to_rfc3339(), "2026-01-01T17:00:00+00:00");
    assert_eq!(dossier.received_at.unwrap().to_rfc3339(), "2026-01-02T01:30:00+00:00");
    assert_eq!(dossier.due_at.unwrap().to_rfc3339(), "2026-01-05T10:00:00+00:00");
    assert_eq!((dossier.digitised, dossier.vneid_verified), (Some(true), Some(false)));
    assert_eq!(dossier.note.as_str(), "{\"a\": 1}");
    assert_eq!(dossier.fees[0].amount_vnd, Some(15_000));
    assert_eq!(dossier.fees[0].name.as_str(), "0.5");
    assert!(matches!(readings[1], Reading::Defective(_)));
    let wanted = [
        "unmapped_status Xong dossiers.status",
        "bad_date dossiers.received_at -infinity: a placeholder for no date; if so, name it in empty_dates of the mapping",
        "bad_date dossiers.submitted_at infinity: a placeholder for no date; if so, name it in empty_dates of the mapping",
        "bad_value fees.amount_vnd not a whole number of at least 0",
    ];
    assert_eq!(findings(&readings[1]), wanted);
}
