//! Peculiarities of MySQL and MariaDB: their types, their ways to write, and what a session would keep.

use dongbo_source::{DatabaseTrouble, Mapping, SourceError};
use testbed::Db;
use testbed::servers::{PrivateMariadb, fresh_mysql_database};

use crate::dialect;
use crate::support::{
    Make, Site, after, code, codes, config, example, findings, now, open, read_all, scan, whole,
};

const MAPPING: &str = r#"
name = "Kiểu dữ liệu"
key = "text"
[changed]
mysql = """SELECT k AS `key`, code, unit, changed_at FROM t WHERE (changed_at > :since
    OR (changed_at = :since AND CAST(k AS BINARY) > :after)) ORDER BY changed_at, CAST(k AS BINARY) LIMIT :limit"""
[sweep]
mysql = "SELECT k AS `key`, code, unit, changed_at FROM t WHERE CAST(code AS BINARY) > :after ORDER BY CAST(code AS BINARY) LIMIT :limit"
[dossiers]
mysql = """SELECT code, `procedure`, unit, applicant_kind, summary, status, submitted_at, received_at, handover,
    submitted_to, digitised, vneid, online_payment, note, due_at, extra AS applicant_extra FROM t WHERE code IN (:codes)"""
[fees]
mysql = """SELECT j.ma AS code, amount AS amount_vnd, rate AS name FROM t
    JOIN JSON_TABLE(JSON_ARRAY(:codes), '$[*]' COLUMNS (ma varchar(20) CHARACTER SET latin1 PATH '$')) j ON j.ma = t.code"""
[procedure]
"A" = { code = "1", name = "a", field_code = "f", field_name = "g" }
[status]
"Đang xử lý" = "4"
[handover]
"tại quầy" = "0"
"#;

#[tokio::test]
async fn every_type_of_mysql_that_holds_such_things_is_read() {
    let database = fresh_mysql_database().await.unwrap();
    let db = Db::mysql(database.url()).await.unwrap();
    db.execute(
        "CREATE TABLE t (k varchar(40) COLLATE utf8mb4_bin, code char(20) CHARACTER SET latin1, `procedure` varchar(9),
             unit tinytext, applicant_kind tinyint unsigned, summary mediumtext CHARACTER SET utf8mb3,
             status enum('Đang xử lý', 'Xong'), submitted_at date, received_at datetime(3), handover char(30),
             submitted_to bigint unsigned, digitised bit(1), vneid tinyint(1), online_payment decimal(2), note json,
             due_at text, amount decimal(12, 2), rate double, changed_at timestamp(6) NULL, extra varbinary(90));
         INSERT INTO t VALUES ('b', 'H1', 'A', 'U1', 1, 'Việc', 'Đang xử lý', '2026-01-02', '2026-01-02 08:30:00.999',
             'tại quầy', 2, 1, 0, 0, '{\"a\": 1}', '05/01/2026 17:00', 15000.00, 0.5, '2026-01-02 08:30:01', 'Cũ');
         INSERT INTO t SELECT 'B', 'H2', `procedure`, unit, applicant_kind, summary, 'Xong', '0000-00-00', '2026-02-00',
             handover, submitted_to, digitised, vneid, online_payment, note, due_at, 0.5, rate, changed_at, x'ff' FROM t",
    )
    .await
    .unwrap();
    let source = open(&config(database.url()), MAPPING);
    source.probe().await.unwrap();
    let (changes, _) = scan(&source, None).await;
    assert_eq!(changes.iter().map(|change| change.key.as_str()).collect::<Vec<_>>(), ["B", "b"]);
    assert!(changes.iter().all(|change| change.finding.is_none()), "{changes:?}");
    assert_eq!(
        changes[0].changed_at.to_rfc3339(),
        "2026-01-02T01:30:01+00:00",
        "a moment, in the mapping's zone"
    );
    let readings = source.read(&[code("H1"), code("H2")]).await.unwrap();
    let dossier = whole(&readings[0]);
    assert_eq!(dossier.unit.code.as_str(), "U1");
    assert_eq!(dossier.submitted_at.unwrap().to_rfc3339(), "2026-01-01T17:00:00+00:00");
    assert_eq!(dossier.received_at.unwrap().to_rfc3339(), "2026-01-02T01:30:00+00:00");
    assert_eq!(dossier.due_at.unwrap().to_rfc3339(), "2026-01-05T10:00:00+00:00");
    assert_eq!((dossier.digitised, dossier.vneid_verified), (Some(true), Some(false)));
    assert_eq!((dossier.note.as_str(), dossier.summary.as_str()), ("{\"a\": 1}", "Việc"));
    assert_eq!((dossier.fees[0].amount_vnd, dossier.fees[0].name.as_str()), (Some(15_000), "0.5"));
    assert_eq!(dossier.applicant.extra.as_str(), "Cũ", "bytes that are text");
    let empty = "a placeholder for no date; if so, name it in empty_dates of the mapping";
    let told = findings(&readings[1]);
    for wanted in [
        "unmapped_status Xong dossiers.status".to_owned(),
        format!("bad_date dossiers.submitted_at 0000-00-00: {empty}"),
        "bad_value fees.amount_vnd not a whole number of at least 0".to_owned(),
        "bad_text dossiers.applicant_extra".to_owned(),
    ] {
        assert!(told.contains(&wanted), "{wanted}: {told:?}");
    }
    assert!(told.iter().any(|one| one.starts_with("bad_date dossiers.received_at ")), "{told:?}");
    let empty = format!("empty_dates = [\"0000-00-00\"]\n{}", MAPPING.trim_start());
    let readings = open(&config(database.url()), &empty).read(&[code("H2")]).await.unwrap();
    assert!(!findings(&readings[0]).iter().any(|one| one.contains("0000-00-00")), "{readings:?}");
}

async fn office(seed: u64) -> Site {
    let mut site = Site::on_mysql(seed).await;
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute("UPDATE ho_so SET ghi_chu = 'x'; UPDATE ho_so SET ghi_chu = 'hỏng' WHERE id = #7").await;
    site
}

/// The fault of the one dossier that cannot be read, while all others can.
async fn told(site: &Site, note: &str) -> String {
    let text = example().replace("ghi_chu AS note", &format!("{note} AS note"));
    let readings = read_all(&open(&site.config, &text)).await;
    let defective: Vec<_> =
        readings.values().filter(|one| !matches!(one, dongbo_source::Reading::Dossier(_))).collect();
    assert_eq!((readings.len(), defective.len()), (20, 1), "{note}: {defective:?}");
    findings(defective[0]).join("; ")
}

#[tokio::test]
async fn what_a_row_raises_on_mysql_holds_its_dossier_only() {
    let site = office(51).await;
    site.execute(
        "CREATE FUNCTION doc(v text) RETURNS text DETERMINISTIC RETURN IF(v = 'hỏng', bao(v), v);
         CREATE FUNCTION bao(v text) RETURNS text DETERMINISTIC BEGIN
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'dòng của Nguyễn Thị Canary, số 0912345678, hỏng'; RETURN v; END",
    )
    .await;
    let raised = told(&site, "doc(ghi_chu)").await;
    assert_eq!(
        raised,
        "bad_value dossiers the database cannot read it (code 1644: dòng của •••, số •••, hỏng)"
    );
    for (note, number) in [
        ("IF(ghi_chu = 'hỏng', (SELECT ghi_chu UNION SELECT 'y'), 'x')", 1242),
        ("9223372036854775807 + IF(ghi_chu = 'hỏng', 1, 0)", 1690),
    ] {
        let told = told(&site, note).await;
        assert!(
            told.starts_with(&format!("bad_value dossiers the database cannot read it (code {number}: ")),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_value_too_large_to_be_sent_by_mysql_holds_its_dossier_only() {
    let site = office(52).await;
    let told = told(&site, "repeat('x', IF(ghi_chu = 'hỏng', 9000000, 3))").await;
    assert_eq!(told, "too_large dossiers more than 8 MiB in all");
    // A text that is the same whatever the row says is none of it.
    let text = example().replace("ghi_chu AS note", "'như nhau' AS note");
    let source = open(&site.config, &text);
    let read = source.read(&codes(&scan(&source, None).await.0)).await.unwrap();
    assert!(read.iter().all(|reading| whole(reading).note.as_str() == "như nhau"));
}

/// The example with `sql` as MySQL's query for fees.
fn hostile(sql: &str) -> Result<Mapping, String> {
    let mut file: toml::Table = dialect::mapping(&example(), Make::Mysql).parse().unwrap();
    file["fees"].as_table_mut().unwrap().insert("mysql".to_owned(), sql.into());
    Mapping::parse(&toml::to_string(&file).unwrap(), "hostile.toml").map_err(|refused| refused.to_string())
}

#[tokio::test]
async fn no_text_of_a_mapping_writes_to_mysql() {
    let mut site = Site::on_mysql(62).await;
    site.simulator.create_year(after(0), 20).await.unwrap();
    site.execute(
        "CREATE FUNCTION xoa() RETURNS text MODIFIES SQL DATA BEGIN DELETE FROM le_phi; RETURN 'x'; END;
         CREATE TABLE cu (a int) ENGINE=MyISAM; INSERT INTO cu VALUES (1);
         CREATE FUNCTION xoa_cu() RETURNS text MODIFIES SQL DATA BEGIN DELETE FROM cu; RETURN 'x'; END;
         CREATE SEQUENCE so_phieu",
    )
    .await;
    let state = async || {
        let counts = "SELECT count(*) FROM ho_so UNION ALL SELECT count(*) FROM le_phi UNION ALL SELECT count(*) FROM cu \
                      UNION ALL SELECT next_not_cached_value FROM so_phieu \
                      UNION ALL SELECT count(*) FROM information_schema.tables WHERE table_schema = database()";
        site.simulator.db().numbers(counts).await.unwrap()
    };
    let before = state().await;
    for sql in [
        "SELECT 'x' WHERE 'x' IN (:codes); DELETE FROM le_phi",
        "SELECT '\\'' WHERE 'x' IN (:codes); DELETE FROM le_phi -- '",
        "DELETE FROM le_phi WHERE 'x' IN (:codes)",
        "SELECT 'x' INTO OUTFILE '/tmp/dongbo-hostile' FROM ho_so WHERE ma_ho_so IN (:codes)",
        "SELECT 'x' FROM ho_so WHERE ma_ho_so IN (:codes) /*!50000 INTO OUTFILE '/tmp/dongbo-hostile' */",
        "SELECT @a := 'x' FROM ho_so WHERE ma_ho_so IN (:codes)",
        "CALL xoa(:codes)",
    ] {
        assert!(hostile(sql).unwrap_err().contains("[fees].mysql: "), "{sql}");
    }
    for sql in [
        "SELECT xoa() FROM ho_so WHERE 'x' NOT IN (:codes)",
        "SELECT xoa_cu() FROM ho_so WHERE 'x' NOT IN (:codes)",
        "SELECT nextval(so_phieu) FROM ho_so WHERE 'x' NOT IN (:codes)",
    ] {
        let clock = dongbo_model::clock::Clock::manual(after(3_600));
        let source = dongbo_source::Source::open(&site.config, hostile(sql).unwrap(), clock).unwrap();
        drop(source.probe().await);
        drop(source.read(&[code("H48.60.01-250901-000001")]).await);
        assert_eq!(state().await, before, "{sql}");
    }
    let writes = hostile("SELECT xoa() AS code FROM ho_so WHERE 'x' NOT IN (:codes)").unwrap();
    let clock = dongbo_model::clock::Clock::manual(after(3_600));
    let source = dongbo_source::Source::open(&site.config, writes, clock).unwrap();
    let error = source.probe().await.unwrap_err();
    let told = match &error {
        SourceError::Several(all) => all.contains(&SourceError::Writes { query: "fees".to_owned() }),
        one => *one == SourceError::Writes { query: "fees".to_owned() },
    };
    assert!(told, "{error}");
}

#[tokio::test]
async fn nothing_of_a_reading_stays_with_mysql() {
    let mut site = Site::on_mysql(63).await;
    site.simulator.create_year(after(0), 3).await.unwrap();
    site.config.max_connections = 1;
    let text = example().replace(
        "ghi_chu AS note",
        "concat(@@transaction_read_only, ' ', @@tx_isolation, ' ', @@sql_mode, ' ', @@time_zone) AS note",
    );
    // Variables are the server's, which the mapping's own SQL may not name; here they stand in a view.
    assert!(Mapping::parse(&dialect::mapping(&text, Make::Mysql), "x").is_err());
    site.execute("CREATE FUNCTION phien() RETURNS text NOT DETERMINISTIC RETURN concat_ws(' ', @@tx_isolation, @@time_zone)").await;
    let source = open(&site.config, &example().replace("ghi_chu AS note", "phien() AS note"));
    source.probe().await.unwrap();
    let read = source.read(&codes(&scan(&source, None).await.0)).await.unwrap();
    assert!(read.iter().all(|one| whole(one).note.as_str() == "REPEATABLE-READ +07:00"), "{read:?}");
    let open_now = "SELECT count(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p \
                    ON p.id = t.trx_mysql_thread_id WHERE p.db = database()";
    assert_eq!(site.simulator.db().numbers(open_now).await.unwrap(), [0]);
}

#[tokio::test]
async fn rights_beyond_reading_are_known_on_mysql() {
    let mut site = Site::on_mysql(65).await;
    assert!(site.source().write_rights().await.unwrap().is_superuser);
    let (server, name) = site.config.url.rsplit_once('/').unwrap();
    let (address, name) = (server.split_once('@').unwrap().1.to_owned(), name.to_owned());
    let user = name[..24].to_owned();
    site.execute(&format!("CREATE USER {user} IDENTIFIED BY 'x'; GRANT SELECT ON {name}.* TO {user}")).await;
    site.config.url = format!("mariadb://{user}:x@{address}/{name}");
    assert!(site.source().write_rights().await.unwrap().is_none());
    site.source().probe().await.unwrap();
    site.execute(&format!("GRANT DELETE ON {name}.le_phi TO {user}")).await;
    let rights = site.source().write_rights().await.unwrap();
    assert_eq!((rights.is_superuser, rights.tables, rights.named), (false, 1, vec!["le_phi".to_owned()]));
    site.execute(&format!("DROP USER {user}")).await;
}

#[tokio::test]
async fn a_server_of_mysql_proves_who_it_is_before_it_is_told_the_password() {
    let starting = (
        tokio::task::spawn_blocking(PrivateMariadb::start),
        tokio::task::spawn_blocking(|| PrivateMariadb::start_with_tls("0.0.0.0")),
    );
    let (plain, (server, authority)) =
        (starting.0.await.unwrap().unwrap(), starting.1.await.unwrap().unwrap());
    // Another machine's, as far as its address tells.
    let url = format!("{}/mysql", plain.url().replace("127.0.0.1", "0.0.0.0"));
    let trouble = async |settings: &dongbo_source::Settings| {
        open(settings, &example()).probe().await.unwrap_err().trouble()
    };
    assert_eq!(trouble(&config(&url)).await, Some(DatabaseTrouble::NoTls));
    let url = format!("{}/mysql", server.url().replace("127.0.0.1", "0.0.0.0"));
    assert_eq!(trouble(&config(&url)).await, Some(DatabaseTrouble::UnknownAuthority));
    let folder = tempfile::tempdir().unwrap();
    let mut settings = config(&url);
    settings.tls.ca_file = Some(folder.path().join("ca.pem"));
    std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
    let told = open(&settings, &example()).probe().await.unwrap_err();
    assert_eq!(told.trouble(), None, "it is in, and its database lacks the tables: {told}");
}
