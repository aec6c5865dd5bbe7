//! The whole simulated system, read on any engine, in either shape, in any order.

use std::collections::BTreeMap;
use std::time::Duration;

use dongbo_model::DossierCode;
use dongbo_source::{Reading, Scan, Sweep};
use testbed::Db;
use testbed::expect::Expectation;
use unicode_normalization::UnicodeNormalization as _;

use crate::support::{Make, Site, code, json_example, now, open, prints, read_all, sweep, whole};

/// Compares dongbo's reading with the independent reading of the tables, as far as names are shared.
async fn agrees(site: &Site, readings: &BTreeMap<DossierCode, Reading>) {
    let expected = Expectation::read(site.simulator.db()).await.unwrap();
    assert!(expected.held.is_empty());
    assert_eq!(readings.len(), expected.dossiers.len());
    let wire = |moment: Option<chrono::DateTime<chrono::Utc>>| {
        let zone = chrono_tz::Asia::Ho_Chi_Minh;
        moment
            .map_or_else(String::new, |moment| moment.with_timezone(&zone).format("%Y%m%d%H%M%S").to_string())
    };
    for (name, dossier) in &expected.dossiers {
        let read = whole(&readings[&code(name)]);
        let ours = [
            ("MaTTHC", read.procedure.code.as_str().to_owned()),
            ("TenLinhVuc", read.procedure.field_name.as_str().to_owned()),
            ("DonViXuLy", read.unit.code.as_str().to_owned()),
            ("ChuHoSo", read.applicant.name.as_str().to_owned()),
            ("TrichYeuHoSo", read.summary.as_str().to_owned()),
            ("TrangThaiHoSo", read.status.code().to_owned()),
            ("NgayNopHoSo", wire(read.submitted_at)),
            ("NgayTiepNhan", wire(read.received_at)),
            ("NgayHenTra", wire(read.due_at)),
            ("NgayTra", wire(read.returned_at)),
            ("GhiChu", read.note.as_str().to_owned()),
        ];
        for (field, value) in ours {
            assert_eq!(value, dossier.scalars[field], "{name} {field}");
        }
        let count = |list: &str| dossier.lists[list].as_array().unwrap().len();
        assert_eq!(read.papers.len(), count("TaiLieuNop"), "{name}");
        assert_eq!(read.results.len(), count("DanhSachGiayToKetQua"), "{name}");
        assert_eq!(read.fees.len(), count("DanhSachLePhi"), "{name}");
        assert_eq!(read.supplements.len(), count("DanhSachHoSoBoSung"), "{name}");
        assert_eq!(read.databases.len(), count("DSKetNoiCSDL"), "{name}");
        assert_eq!(read.attachments.len(), count("DanhSachTepDinhKemKhac"), "{name}");
        assert_eq!(read.applicant.identities.len(), count("DinhDanhCHS"), "{name}");
        let steps: Vec<_> = read.steps.iter().map(|step| (wire(Some(step.at)), step.status.code())).collect();
        let wanted: Vec<_> =
            dossier.steps.iter().map(|step| (step["ThoiDiemXuLy"].clone(), &*step["TrangThai"])).collect();
        assert_eq!(steps, wanted, "{name}");
    }
}

#[tokio::test]
async fn all_engines_and_both_shapes_give_the_same_dossiers() {
    let mut sqlite = Site::on_sqlite(7).await;
    sqlite.live().await;
    let from_sqlite = read_all(&sqlite.source()).await;
    agrees(&sqlite, &from_sqlite).await;

    let mut postgres = Site::on_postgres(7).await;
    postgres.live().await;
    let from_postgres = read_all(&postgres.source()).await;
    agrees(&postgres, &from_postgres).await;
    assert_eq!(prints(&from_sqlite), prints(&from_postgres));

    for mut site in [Site::on_mysql(7).await, Site::on_sqlserver(7).await] {
        site.live().await;
        let read = read_all(&site.source()).await;
        agrees(&site, &read).await;
        assert_eq!(prints(&from_sqlite), prints(&read));
    }

    postgres.execute(include_str!("../../../../tests/data/ho_so_json.sql")).await;
    let documents = open(&postgres.config, &json_example());
    documents.probe().await.unwrap();
    assert_eq!(prints(&read_all(&documents).await), prints(&from_postgres));
    assert_eq!(sweep(&documents).await.len(), from_postgres.len());
}

#[tokio::test]
async fn the_order_of_rows_and_the_unicode_form_do_not_matter() {
    let mut site = Site::on_sqlite(3).await;
    site.live().await;
    let before = prints(&read_all(&site.source()).await);

    let shuffled =
        crate::support::example().replace("json_each(:codes))\n", "json_each(:codes)) ORDER BY random()\n");
    assert_eq!(prints(&read_all(&open(&site.config, &shuffled)).await), before);

    let Db::Sqlite(pool) = site.simulator.db() else { panic!("SQLite") };
    for (table, column) in [("ho_so", "chu_ho_so"), ("ho_so", "trich_yeu"), ("qua_trinh", "noi_dung")] {
        let select =
            sqlx::AssertSqlSafe(format!("SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL"));
        let texts: Vec<(i64, String)> = sqlx::query_as(select).fetch_all(pool).await.unwrap();
        let mut writing = pool.begin().await.unwrap();
        for (id, text) in texts {
            let update = sqlx::AssertSqlSafe(format!("UPDATE {table} SET {column} = ?1 WHERE id = ?2"));
            let decomposed: String = text.nfd().collect();
            sqlx::query(update)
                .bind(format!(" {decomposed}  "))
                .bind(id)
                .execute(&mut *writing)
                .await
                .unwrap();
        }
        writing.commit().await.unwrap();
    }
    assert_eq!(prints(&read_all(&site.source()).await), before);
}

#[tokio::test]
async fn readings_stand_where_their_codes_do() {
    let mut site = Site::on_postgres(5).await;
    site.simulator.create_year(crate::support::now(), 30).await.unwrap();
    let source = site.source();
    let known = crate::support::codes(&sweep(&source).await);
    let asked = [known[3].clone(), code("H48.57-000000-0000"), known[0].clone(), known[3].clone()];
    let readings = source.read(&asked).await.unwrap();
    assert_eq!(whole(&readings[0]).code, known[3]);
    assert_eq!(readings[1], Reading::Absent);
    assert_eq!(whole(&readings[2]).code, known[0]);
    assert_eq!(readings[3], readings[0]);
    assert_eq!(source.read(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn what_reads_can_be_moved_between_threads() {
    fn movable<T: Send>(_: &T) {}
    let source = Site::on_sqlite(1).await.source();
    movable(&source.probe());
    movable(&source.read(&[]));
    movable(&source.changed(&mut Scan::since(None, Duration::ZERO)));
    movable(&source.sweep(&mut Sweep::start()));
}

/// Shows the speed of reading, and tests nothing:
/// `cargo test -p dongbo-source --test source -- --ignored --nocapture rate`.
#[tokio::test]
#[ignore = "a measurement"]
async fn rate_of_reading() {
    let mut site = Site::on_postgres(1).await;
    site.simulator.create_year(crate::support::now(), 20_000).await.unwrap();
    let source = site.source();
    let codes = crate::support::codes(&sweep(&source).await);
    site.execute(include_str!("../../../../tests/data/ho_so_json.sql")).await;
    let documents = open(&site.config, &json_example());
    for (shape, source) in [("columns", &source), ("json", &documents)] {
        let begun = std::time::Instant::now();
        let readings = source.read(&codes).await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        assert!(readings.iter().all(|reading| matches!(reading, Reading::Dossier(_))));
        println!("{shape}: {} dossiers in {seconds:.2} s", readings.len());
    }
}

/// A million dossiers, one changed every thirty seconds until now, as SQL of each engine.
fn a_million(make: Make) -> String {
    let (rows, moment) = match make {
        Make::Sqlite | Make::Sqlserver => (
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n)",
            "strftime('%Y-%m-%d %H:%M:%S.000000', {start} + 30 * i, 'unixepoch', '+7 hours')",
        ),
        Make::Postgres => ("(SELECT i FROM generate_series(1, 1000000) i)", "to_timestamp({start} + 30 * i)"),
        Make::Mysql => (
            "(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS i
              FROM so a, so b, so c, so e, so f, so g)",
            "from_unixtime({start} + 30 * i)",
        ),
    };
    let digits =
        "CREATE TABLE so (d bigint); INSERT INTO so VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);";
    let moment = moment.replace("{start}", &(now().timestamp() - 30_000_000).to_string());
    format!(
        "{digits} INSERT INTO ho_so (id, ma_ho_so, don_vi, cap_nhat_luc) SELECT i, 'H48.57-' || i, 'H48.57', {moment} FROM {rows} n"
    )
}

/// Shows what polls and pages of the sweep cost, and tests nothing:
/// `cargo test -p dongbo-source --test source -- --ignored --nocapture cost`.
#[tokio::test]
#[ignore = "a measurement"]
async fn cost_of_a_poll_among_a_million_rows() {
    const ROUNDS: u32 = 50;
    for mut site in Site::on_each(1).await {
        site.config.statement_timeout = Duration::from_secs(60);
        site.execute(&a_million(site.make)).await;
        let source = site.source();
        let per_round = async |what: &str, overlap: Duration, rounds: u32| {
            let begun = std::time::Instant::now();
            let mut rows = 0;
            for _ in 0..rounds {
                let mut walk = Scan::since(Some(now()), overlap);
                rows += source.changed(&mut walk).await.unwrap().len();
            }
            println!(
                "{:?} {what}: {:.2} ms, {} rows",
                site.make,
                begun.elapsed().as_secs_f64() * 1e3 / f64::from(rounds),
                rows / rounds as usize
            );
        };
        per_round("poll", Duration::from_secs(5), ROUNDS).await;
        per_round("deep poll (10 m)", Duration::from_secs(600), ROUNDS).await;
        per_round("page of a backfill", Duration::from_secs(10_000_000), 5).await;
        let begun = std::time::Instant::now();
        let page = source.sweep(&mut Sweep::after(&code("H48.57-5"))).await.unwrap().len();
        println!(
            "{:?} page of the sweep: {:.1} ms, {page} rows",
            site.make,
            begun.elapsed().as_secs_f64() * 1e3
        );
    }
}
