//! SQL Server, as far as a stand-in that speaks its protocol can show it: types, proof, refusals, waits, and the mapping that comes
//! with dongbo. No real server has run these tests.

use std::path::Path;
use std::time::Duration;

use dongbo_model::ErrorClass;
use dongbo_source::{Consistency, DatabaseTrouble, Mapping, Settings, SourceError};
use testbed::Db;
use testbed::proxy::Proxy;
use testbed::tds::{Manner, SqlServerStandIn, TdsType};

use crate::dialect;
use crate::outages::is_waited_for;
use crate::support::{
    Make, Site, code, codes, config, example, findings, now, open, read_all, scan, sweep, whole,
};

/// An office of so many dossiers, whose times of change are whole milliseconds, some of them equal.
async fn office(seed: u64, dossiers: usize) -> Site {
    let mut site = Site::on_sqlserver(seed).await;
    site.config.page_size = 7;
    site.simulator.create_year(now(), dossiers).await.unwrap();
    site
}

#[tokio::test]
async fn changed_at_of_sql_server_may_be_a_time_of_any_type_to_the_last_digit() {
    let site = office(10, 40).await;
    for (kind, cast, column) in [
        (TdsType::DateTime2(6), "datetime2", "substr(cap_nhat_luc, 1, 19) || '.123456'"),
        (TdsType::DateTime2(0), "datetime2(0)", "substr(cap_nhat_luc, 1, 19) || '.000000'"),
        (TdsType::DateTime, "datetime", "substr(cap_nhat_luc, 1, 19) || '.003000'"),
        (TdsType::DateTime, "datetime", "substr(cap_nhat_luc, 1, 19) || '.997000'"),
        (TdsType::SmallDateTime, "smalldatetime", "substr(cap_nhat_luc, 1, 16) || ':00.000000'"),
        (TdsType::DateTimeOffset(6), "datetimeoffset", "substr(cap_nhat_luc, 1, 19) || '.250000'"),
        (TdsType::Date, "date", "substr(cap_nhat_luc, 1, 10) || ' 00:00:00.000000'"),
    ] {
        site.execute(&format!("UPDATE ho_so SET cap_nhat_luc = {column}")).await;
        site.stand_in().set_type("changed_at", kind);
        let text = example().replace("AS timestamptz", &format!("AS {cast}"));
        let text = text.replace("changed_at_granularity = \"1s\"", "changed_at_granularity = \"1day\"");
        let source = open(&site.config, &text);
        source.probe().await.unwrap();
        let (all, reached) = scan(&source, None).await;
        assert_eq!(all.len(), 40, "{kind:?}");
        assert!(all.iter().all(|change| change.finding.is_none()), "{kind:?}: {:?}", all[0]);
        let (again, _) = scan(&source, reached).await;
        assert!(!again.is_empty() && again.len() < 40, "{kind:?}: {}", again.len());
        assert_eq!(
            scan(&source, reached.map(|at| at + chrono::TimeDelta::days(3))).await.0.len(),
            0,
            "{kind:?}"
        );
        assert_eq!(dongbo_source::agreement(&source).await.unwrap().lacking, [], "{kind:?}");
    }
}

const TYPES: &str = r#"
name = "Kiểu dữ liệu"
key = "uuid"
[changed]
sqlserver = """SELECT TOP (:limit) k AS [key], code, unit, changed_at FROM t WHERE changed_at >= CAST(:since AS datetime2)
    AND (changed_at > CAST(:since AS datetime2) OR k > :after) ORDER BY changed_at, k"""
[sweep]
sqlserver = "SELECT TOP (:limit) k AS [key], code, unit, changed_at FROM t WHERE code COLLATE Latin1_General_BIN2 > :after ORDER BY code COLLATE Latin1_General_BIN2"
[dossiers]
sqlserver = """SELECT code, [procedure], unit, applicant_kind, summary, status, submitted_at, received_at, handover, submitted_to,
    digitised, vneid, online_payment, note, due_at, extra AS applicant_extra FROM t WHERE code IN (:codes)"""
[fees]
sqlserver = "SELECT code, amount AS amount_vnd, rate AS fee_code, rate AS name FROM t WHERE code IN (:codes)"
[procedure]
"A" = { code = "1", name = "a", field_code = "f", field_name = "g" }
[status]
"Đang xử lý" = "4"
[handover]
"tai quay" = "0"
"#;

#[tokio::test]
async fn every_type_of_sql_server_that_holds_such_things_is_read() {
    let site = office(11, 1).await;
    site.execute(
        "CREATE TABLE t (k, code, [procedure], unit, applicant_kind, summary, status, submitted_at, received_at, handover,
             submitted_to, digitised, vneid, online_payment, note, due_at, amount, rate, changed_at, extra);
         INSERT INTO t VALUES ('A0B1C2D3-0000-4000-8000-00000000000F', 'H1', 'A', 'U1', 1, 'Việc', 'Đang xử lý',
             '2026-01-02 00:00:00', '2026-01-02 08:30:00.997', 'tai quay', '2', 1, 0, 0, 'Cũ', '2026-01-05 17:00:00',
             '15000.00', '0.5', '2026-01-02 08:30:01.000000', CAST('Đã' AS BLOB));
         INSERT INTO t SELECT 'A0B1C2D3-0000-4000-8000-00000000000E', 'H2', [procedure], unit, applicant_kind,
             'x' || char(65533), 'Xong', NULL, received_at, handover, submitted_to, digitised, vneid, online_payment, note,
             NULL, '0.5', rate, changed_at, x'ff' FROM t",
    )
    .await;
    for (column, kind) in [
        ("key", TdsType::Guid),
        ("submitted_at", TdsType::Date),
        ("received_at", TdsType::DateTime),
        ("due_at", TdsType::DateTimeOffset(7)),
        ("handover", TdsType::Varchar),
        ("submitted_to", TdsType::Decimal(0)),
        ("digitised", TdsType::Bit),
        ("vneid", TdsType::Bit),
        ("note", TdsType::NvarcharMax),
        ("amount_vnd", TdsType::Money),
        ("name", TdsType::Float),
        ("fee_code", TdsType::Decimal(4)),
        ("applicant_extra", TdsType::VarbinaryMax),
    ] {
        site.stand_in().set_type(column, kind);
    }
    let source = open(&site.config, TYPES);
    source.probe().await.unwrap();
    let (changes, _) = scan(&source, None).await;
    let keys: Vec<_> = changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys, ["A0B1C2D3-0000-4000-8000-00000000000E", "A0B1C2D3-0000-4000-8000-00000000000F"]);
    assert_eq!(changes[0].changed_at.to_rfc3339(), "2026-01-02T01:30:01+00:00");
    let readings = source.read(&[code("H1"), code("H2")]).await.unwrap();
    let dossier = whole(&readings[0]);
    assert_eq!(dossier.submitted_at.unwrap().to_rfc3339(), "2026-01-01T17:00:00+00:00");
    assert_eq!(dossier.received_at.unwrap().to_rfc3339(), "2026-01-02T01:30:00+00:00");
    assert_eq!(dossier.due_at.unwrap().to_rfc3339(), "2026-01-05T10:00:00+00:00");
    assert_eq!((dossier.digitised, dossier.vneid_verified), (Some(true), Some(false)));
    assert_eq!((dossier.note.as_str(), dossier.summary.as_str()), ("Cũ", "Việc"));
    assert_eq!((dossier.fees[0].amount_vnd, dossier.fees[0].name.as_str()), (Some(15_000), "0.5"));
    assert_eq!(dossier.applicant.extra.as_str(), "Đã", "bytes that are text");
    let told = findings(&readings[1]);
    for wanted in [
        "unmapped_status Xong dossiers.status",
        "missing_field dossiers.submitted_at",
        "bad_text dossiers.summary",
        "bad_text dossiers.applicant_extra",
        "bad_value fees.amount_vnd not a whole number of at least 0",
    ] {
        assert!(told.contains(&wanted.to_owned()), "{wanted}: {told:?}");
    }
}

fn settings(folder: &Path, url: &str, password: &str, authority: Option<&str>) -> Settings {
    let mut settings = config(url);
    std::fs::write(folder.join("password"), password).unwrap();
    settings.password_file = Some(folder.join("password"));
    settings.tls.ca_file = authority.map(|pem| {
        std::fs::write(folder.join("ca.pem"), pem).unwrap();
        folder.join("ca.pem")
    });
    settings
}

#[tokio::test]
async fn a_server_of_sql_server_proves_who_it_is_before_it_is_told_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let site = office(12, 3).await;
    let Db::Sqlite(pool) = site.simulator.db() else { panic!("SQLite") };
    let password = site.config.url.split(':').nth(2).unwrap().split('@').next().unwrap().to_owned();
    let plain = SqlServerStandIn::plain(pool.clone()).await.unwrap();
    let (right, authority) = SqlServerStandIn::named(pool.clone(), "0.0.0.0").await.unwrap();
    let (other_name, its_authority) =
        SqlServerStandIn::named(pool.clone(), "motcua.example.vn").await.unwrap();
    let tried = async |server: &SqlServerStandIn, trusted: Option<&str>| {
        let settings = settings(folder.path(), &server.url_elsewhere(), &password, trusted);
        let outcome = open(&settings, &example()).probe().await;
        assert!(!format!("{outcome:?}").contains(&password));
        outcome.err().and_then(|error| error.trouble())
    };
    for (server, trusted, trouble) in [
        (&plain, Some(authority.as_str()), DatabaseTrouble::NoTls),
        (&right, None, DatabaseTrouble::UnknownAuthority),
        (&right, Some(its_authority.as_str()), DatabaseTrouble::UnknownAuthority),
        (&other_name, Some(its_authority.as_str()), DatabaseTrouble::OtherName),
    ] {
        assert_eq!(tried(server, trusted).await, Some(trouble));
        assert!(server.logins().is_empty(), "{trouble:?}: it learned something");
    }
    assert_eq!(tried(&right, Some(&authority)).await, None);
    assert!(right.logins().iter().all(|only_reads| *only_reads) && !right.logins().is_empty());
    // One that is allowed by name goes without proof, and without TLS where there is none; on this machine too.
    for url in [plain.url_elsewhere(), plain.url_elsewhere().replace("0.0.0.0", "127.0.0.1")] {
        let mut settings = settings(folder.path(), &url, &password, None);
        settings.tls.allow_plain = url.contains("0.0.0.0");
        open(&settings, &example()).probe().await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_password_of_sql_server_is_told_and_a_new_one_is_taken_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let site = office(13, 3).await;
    site.stand_in().set_password("mat-khau-moi");
    let (login, address) = site.config.url.split_once('@').unwrap();
    let url = format!("{}@{address}", login.rsplit_once(':').unwrap().0);
    let source = open(&settings(folder.path(), &url, "mat-khau-cu", None), &example());
    let error = source.probe().await.unwrap_err();
    assert_eq!((error.class(), error.trouble()), (ErrorClass::Auth, Some(DatabaseTrouble::Password)));
    let text = format!("{error} {error:?} {source:?}");
    assert!(text.contains("source.password_file") && !text.contains("mat-khau-cu"), "{text}");
    std::fs::write(folder.path().join("password"), "mat-khau-moi\n").unwrap();
    source.probe().await.unwrap();
    let elsewhere = url.replace("/motcua", "/khong_co");
    let error = open(&settings(folder.path(), &elsewhere, "mat-khau-moi", None), &example()).probe().await;
    let error = error.unwrap_err();
    assert_eq!((error.class(), error.trouble()), (ErrorClass::Config, Some(DatabaseTrouble::NoDatabase)));
}

#[tokio::test]
async fn what_is_away_of_sql_server_is_waited_for() {
    let site = office(19, 12).await;
    let (login, address) = site.config.url.split_once('@').unwrap();
    let line = Proxy::before(address.split('/').next().unwrap()).await.unwrap();
    let mut settings = config(&format!("{login}@{}/motcua", line.address()));
    settings.connect_timeout = Duration::from_secs(1);
    let source = open(&settings, &example());
    is_waited_for(&source, &line, 12).await;
}

#[tokio::test]
async fn refusals_of_sql_server_are_told_as_what_they_are() {
    let site = office(14, 3).await;
    let source = site.source();
    let asked = codes(&scan(&source, None).await.0);
    for (number, class, message, wanted, said) in [
        (1205, 13, "Transaction (Process ID 52) was deadlocked", ErrorClass::Transient, "did not get a lock"),
        (1222, 16, "Lock request time out period exceeded.", ErrorClass::Transient, "did not get a lock"),
        (3952, 16, "Snapshot isolation transaction failed", ErrorClass::Transient, "did not get a lock"),
        (229, 14, "The SELECT permission was denied on the object 'le_phi'", ErrorClass::Auth, "le_phi"),
        (208, 16, "Invalid object name 'dbo.HOSO'.", ErrorClass::Config, "no table \"HOSO\""),
        (207, 16, "Invalid column name 'MaHoSo'.", ErrorClass::Config, "no column \"MaHoSo\""),
        (
            4104,
            16,
            "The multi-part identifier \"h.MaHoSo\" could not be bound.",
            ErrorClass::Config,
            "no column \"h.MaHoSo\"",
        ),
        (102, 15, "Incorrect syntax near ','.", ErrorClass::Config, "Correct the SQL"),
        (3906, 16, "Failed to update database", ErrorClass::Config, "writes"),
        (701, 17, "There is insufficient system memory", ErrorClass::Transient, "is tried again"),
    ] {
        site.stand_in().answer(Manner::Error(number, class, message.to_owned()));
        let error = source.changed(&mut dongbo_source::Scan::since(None, Duration::ZERO)).await.unwrap_err();
        assert_eq!(error.class(), wanted, "{number}: {error}");
        assert!(error.to_string().contains(said), "{number}: {error}");
    }
    // What some row raises holds its dossier, and is told without what it quotes.
    let quoting =
        "Conversion failed when converting the nvarchar value 'Nguyễn Thị Canary' to data type int.";
    site.stand_in().answer(Manner::Error(245, 16, quoting.to_owned()));
    let error = source.read(&asked).await.unwrap_err().to_string();
    assert!(error.contains("code 245") && !error.contains("Canary"), "{error}");
    site.stand_in().answer(Manner::Well);
    assert_eq!(source.read(&asked).await.unwrap().len(), 3, "it goes on");
}

#[tokio::test]
async fn a_statement_of_sql_server_without_an_end_is_stopped_and_the_next_reading_works() {
    let mut site = office(15, 3).await;
    site.config.statement_timeout = Duration::from_secs(1);
    site.config.max_connections = 1;
    let source = site.source();
    assert_eq!(sweep(&source).await.len(), 3);
    site.stand_in().answer(Manner::Silent);
    let error = source.sweep(&mut dongbo_source::Sweep::start()).await.unwrap_err();
    assert_eq!(error, SourceError::Timeout { query: "sweep".to_owned() });
    assert_eq!(error.class(), ErrorClass::Transient);
    site.stand_in().answer(Manner::Well);
    assert_eq!(sweep(&source).await.len(), 3);
}

#[tokio::test]
async fn a_value_too_large_of_sql_server_holds_its_dossier_only() {
    let site = office(16, 12).await;
    site.execute("UPDATE ho_so SET ghi_chu = printf('%.*c', 3000000, 'x') WHERE id = #7").await;
    let readings = read_all(&site.source()).await;
    let told: Vec<_> =
        readings.values().filter(|one| !matches!(one, dongbo_source::Reading::Dossier(_))).collect();
    assert_eq!((readings.len(), told.len()), (12, 1));
    assert_eq!(findings(told[0]), ["too_large dossiers more than 8 MiB in all"]);
}

#[tokio::test]
async fn each_reading_of_sql_server_is_one_transaction_that_is_rolled_back_and_check_knows_what_it_sees() {
    let site = office(17, 12).await;
    let source = site.source();
    let asked = codes(&scan(&source, None).await.0);
    let before = site.stand_in().heard().len();
    source.read(&asked).await.unwrap();
    let heard = site.stand_in().heard().split_off(before);
    let begin = heard.first().unwrap();
    for part in [
        "SET LOCK_TIMEOUT 15000",
        "SET TEXTSIZE 4194306",
        "SET DATEFORMAT ymd",
        "SET TRANSACTION ISOLATION LEVEL SNAPSHOT ELSE SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    ] {
        assert!(begin.contains(part), "{part}: {begin}");
    }
    assert!(begin.ends_with("BEGIN TRANSACTION"));
    assert!(heard.last().unwrap().ends_with("ROLLBACK TRANSACTION"));
    assert!(heard[1..heard.len() - 1].iter().all(|sql| sql.starts_with("/* dongbo ")), "{heard:?}");
    assert_eq!(source.consistency().await.unwrap(), Consistency::Reading);
    site.stand_in().keep_versions(false);
    assert_eq!(source.consistency().await.unwrap(), Consistency::Row);
    assert_eq!(site.stand_in().logins(), [true], "one connection serves readings one after the other");
}

#[tokio::test]
async fn no_text_of_a_mapping_writes_to_sql_server() {
    for sql in [
        "SELECT 'x' WHERE 'x' IN (:codes) DELETE FROM le_phi",
        "SELECT '\\' WHERE 'x' IN (:codes) ; DELETE FROM le_phi --'",
        "DELETE FROM le_phi WHERE 'x' IN (:codes)",
        "SELECT ma_ho_so INTO sao_chep FROM ho_so WHERE ma_ho_so IN (:codes)",
        "SELECT [a]]'] DELETE FROM le_phi -- ' IN (:codes)",
        "EXEC xoa :codes",
        "SELECT * FROM OPENROWSET(BULK 'C:\\x', SINGLE_BLOB) AS x WHERE 'x' IN (:codes)",
        "SELECT @a = ma_ho_so FROM ho_so WHERE ma_ho_so IN (:codes)",
    ] {
        let mut file: toml::Table = dialect::mapping(&example(), Make::Sqlserver).parse().unwrap();
        file["fees"].as_table_mut().unwrap().insert("sqlserver".to_owned(), sql.into());
        let refused = Mapping::parse(&toml::to_string(&file).unwrap(), "hostile.toml").unwrap_err();
        assert!(refused.to_string().contains("[fees].sqlserver: "), "{sql}: {refused}");
    }
}

/// The office in tables of the form that the mapping for SQL Server reads.
const HOSO: &str = "CREATE VIEW HOSO AS SELECT id AS HoSoID, ma_ho_so AS SoHoSo, ma_thu_tuc AS MaThuTuc, don_vi AS MaDonVi, kenh AS KenhNop,
        chu_ho_so AS ChuHoSo, ma_doi_tuong AS MaSoThue, so_dinh_danh AS SoGiayTo, email AS ThuDienTu, dien_thoai AS DienThoai,
        trich_yeu AS TrichYeu, trang_thai AS MaTrangThai, ngay_nop AS NgayNop, ngay_tiep_nhan AS NgayTiepNhan,
        ngay_hen_tra AS NgayHenTra, ngay_ket_thuc AS NgayXong, ngay_tra AS NgayTra, ngay_tu_choi AS NgayTuChoi,
        hinh_thuc_tra AS TraQuaBuuDien, ghi_chu AS GhiChu, (id = #3) AS DaXoa, cap_nhat_luc AS NgayCapNhat FROM ho_so;
    CREATE VIEW HOSOBOSUNG AS SELECT b.id AS BoSungID, b.ho_so_id AS HoSoID, b.ngay_yeu_cau AS NgayYeuCau,
        b.nguoi_yeu_cau AS NguoiYeuCau, b.noi_dung AS NoiDung, b.ngay_tiep_nhan AS NgayNhan, b.nguoi_tiep_nhan AS NguoiNhan,
        b.trang_thai AS TinhTrang, b.han_truoc AS HanTraCu, b.han_moi AS HanTraMoi, substr(b.ngay_yeu_cau, 1, 19) || '.000000' AS NgayCapNhat FROM bo_sung b;
    CREATE VIEW TIENTRINH AS SELECT id AS TienTrinhID, ho_so_id AS HoSoID, thoi_diem AS NgayXuLy, nguoi_xu_ly AS NguoiXuLy,
        chuc_danh AS ChucVu, phong_ban AS PhongBan, noi_dung AS NoiDung, trang_thai AS MaTrangThai, bat_dau AS NgayBatDau,
        han AS HanXuLy FROM qua_trinh";

#[tokio::test]
async fn the_mapping_for_sql_server_reads_dossiers_supplements_and_steps() {
    let site = office(18, 60).await;
    site.execute("UPDATE ho_so SET cap_nhat_luc = substr(cap_nhat_luc, 1, 19) || '.000000'").await;
    site.execute(HOSO).await;
    site.stand_in().set_type("changed_at", TdsType::DateTime);
    for column in [
        "submitted_at",
        "received_at",
        "due_at",
        "finished_at",
        "returned_at",
        "refused_at",
        "requested_at",
        "due_before",
        "due_after",
        "at",
        "started_at",
        "deadline",
    ] {
        site.stand_in().set_type(column, TdsType::DateTime2(6));
    }
    let text = include_str!("../../../../config/mappings/one-stop-sqlserver.toml");
    let source = open(&site.config, text);
    source.probe().await.unwrap();
    assert_eq!(dongbo_source::agreement(&source).await.unwrap(), dongbo_source::Agreement::default());
    assert_eq!(source.left_out().await.unwrap(), Some(1), "the one that was deleted");
    let swept = codes(&sweep(&source).await);
    assert_eq!(swept.len(), 59);
    let readings = source.read(&swept).await.unwrap();
    let wanted = site.source().read(&swept).await.unwrap();
    assert!(wanted.iter().any(|one| !whole(one).supplements.is_empty()));
    for (read, wanted) in readings.iter().zip(&wanted) {
        let (read, wanted) = (whole(read), whole(wanted));
        assert_eq!(read.step_chain(), wanted.step_chain(), "{}", read.code);
        assert_eq!(read.supplements.len(), wanted.supplements.len());
        assert_eq!(read.applicant.identities, wanted.applicant.identities);
        let shown = |dossier: &dongbo_model::Dossier| {
            let dates = [
                dossier.submitted_at,
                dossier.received_at,
                dossier.due_at,
                dossier.finished_at,
                dossier.returned_at,
            ];
            (dossier.status, dossier.summary.clone(), dossier.procedure.code.clone(), dates)
        };
        assert_eq!(shown(read), shown(wanted), "{}", read.code);
    }
}
