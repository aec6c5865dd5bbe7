//! One row over which the database stumbles harms only its dossier, whatever the database says of it.

use dongbo_model::ErrorClass;
use dongbo_source::{Reading, Source};

use crate::support::{Site, codes, example, findings, now, open, read_all, sweep};

/// All but one dossier can be read; what is told of the one.
async fn told(source: &Source) -> String {
    let readings = read_all(source).await;
    let (whole, defective): (Vec<_>, Vec<_>) =
        readings.values().partition(|reading| matches!(reading, Reading::Dossier(_)));
    assert_eq!((whole.len(), defective.len()), (19, 1), "{defective:?}");
    findings(defective[0]).join("; ")
}

async fn office(mut site: Site) -> Site {
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute("UPDATE ho_so SET ghi_chu = 'x'; UPDATE qua_trinh SET noi_dung = 'x'").await;
    site
}

#[tokio::test]
async fn whatever_code_a_function_raises_on_one_row_the_others_are_read() {
    let site = office(Site::on_postgres(51).await).await;
    let in_head = example().replace("ghi_chu AS note", "doc(ghi_chu) AS note");
    let in_steps = example().replace("q.noi_dung AS content", "doc(q.noi_dung) AS content");
    for state in [
        "P0001", "45000", "HS001", "21000", "22000", "23505", "38000", "39000", "0A000", "42501", "42P01",
        "54000", "55000", "58030", "XX000", "XX001", "08006", "25006", "28000", "40001", "53200", "55P03",
        "57014", "57P01",
    ] {
        site.execute(&format!(
            "CREATE OR REPLACE FUNCTION doc(v text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN
             IF v = 'hỏng' THEN RAISE EXCEPTION 'dòng của Nguyễn Thị Canary, số 0912345678, hỏng' USING ERRCODE = '{state}';
             END IF; RETURN v; END $$"
        ))
        .await;
        let words = format!("the database cannot read it (code {state}: dòng của •••, số •••, hỏng)");
        site.execute("UPDATE ho_so SET ghi_chu = 'hỏng' WHERE id = #7").await;
        assert_eq!(told(&open(&site.config, &in_head)).await, format!("bad_value dossiers {words}"));
        site.execute(
            "UPDATE ho_so SET ghi_chu = 'x';
             UPDATE qua_trinh SET noi_dung = 'hỏng' WHERE ho_so_id = #9",
        )
        .await;
        assert_eq!(told(&open(&site.config, &in_steps)).await, format!("bad_value steps {words}"));
        site.execute("UPDATE qua_trinh SET noi_dung = 'x'").await;
    }
}

#[tokio::test]
async fn a_subquery_that_gives_two_rows_holds_its_dossier_only() {
    let site = office(Site::on_postgres(52).await).await;
    site.execute(
        "CREATE TABLE them (ho_so_id bigint, ghi text);
         INSERT INTO them VALUES (#3, 'a'), (#3, 'b'), (#4, 'c')",
    )
    .await;
    let text =
        example().replace("ghi_chu AS note", "(SELECT ghi FROM them WHERE them.ho_so_id = ho_so.id) AS note");
    let told = told(&open(&site.config, &text)).await;
    assert!(told.contains("(code 21000: more than one row returned by a subquery"), "{told}");
}

#[tokio::test]
async fn what_a_row_raises_on_sqlite_holds_its_dossier_only() {
    for (expression, words) in [
        ("json_extract(ghi_chu, '$.x')", "malformed JSON"),
        ("abs(CASE ghi_chu WHEN '{' THEN -9223372036854775808 ELSE 1 END)", "integer overflow"),
        ("json_extract('{}', CASE ghi_chu WHEN '{' THEN 'Nguyễn Văn A' ELSE '$' END)", "'•••'"),
    ] {
        let site = office(Site::on_sqlite(53).await).await;
        site.execute("UPDATE ho_so SET ghi_chu = '{}'; UPDATE ho_so SET ghi_chu = '{' WHERE id = #5").await;
        let text = example().replace("ghi_chu AS note", &format!("{expression} AS note"));
        let told = told(&open(&site.config, &text)).await;
        assert!(told.starts_with("bad_value dossiers the database cannot read it (code "), "{told}");
        assert!(told.contains(words) && !told.contains("Nguyễn"), "{told}");
    }
}

#[tokio::test]
async fn a_value_beyond_what_sqlite_holds_makes_its_dossier_too_large_and_no_other() {
    let site = office(Site::on_sqlite(53).await).await;
    site.execute("UPDATE ho_so SET ghi_chu = '{}'; UPDATE ho_so SET ghi_chu = '{' WHERE id = #5").await;
    let endless = "length(zeroblob(CASE ghi_chu WHEN '{' THEN 9999999999 ELSE 1 END))";
    let text = example().replace("ghi_chu AS note", &format!("{endless} AS note"));
    assert_eq!(told(&open(&site.config, &text)).await, "too_large dossiers more than 8 MiB in all");
}

#[tokio::test]
async fn a_damaged_page_of_sqlite_holds_its_dossier_only() {
    let site = office(Site::on_sqlite(54).await).await;
    // Too long for one page, so that it lies on pages of its own.
    site.execute(
        "UPDATE ho_so SET ghi_chu = '' WHERE ghi_chu IS NOT NULL;
         UPDATE ho_so SET thong_tin_tra = replace(hex(zeroblob(9000)), '00', 'canary') WHERE id = #6;
         PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .await;
    let path = &site.config.url;
    let mut bytes = std::fs::read(path).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let canary = |page: &[u8]| page[4..].windows(12).any(|text| text == b"canarycanary");
    let places: Vec<usize> =
        bytes.chunks(page).enumerate().filter(|(_, page)| canary(page)).map(|(place, _)| place).collect();
    // The first bytes of such a page name the next one: there is none with this number.
    bytes[places[places.len() / 2] * page..][..4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
    std::fs::write(path, &bytes).unwrap();
    let told = told(&open(&site.config, &example())).await;
    assert!(
        told.contains("bad_value dossiers the database cannot read it (code 11: database disk image"),
        "{told}"
    );
}

#[tokio::test]
async fn what_fails_without_any_row_is_no_dossiers_fault() {
    let site = office(Site::on_postgres(55).await).await;
    let text = example().replace("ghi_chu AS note", "CAST(current_database() AS integer)::text AS note");
    let source = open(
        &site.config,
        &text.replace(
            "WHERE ma_ho_so = ANY(:codes)",
            "WHERE ma_ho_so = ANY(:codes) OR CAST(current_database() AS integer) > 0",
        ),
    );
    let asked = codes(&sweep(&source).await);
    let error = source.read(&asked).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(
        error.to_string().contains("query [dossiers]: it fails even where it finds no row (code 22P02"),
        "{error}"
    );
}

#[tokio::test]
async fn a_query_that_writes_is_named_and_costs_no_dossier() {
    let site = office(Site::on_postgres(56).await).await;
    site.execute(
        "CREATE TABLE nhat_ky (id bigint);
         CREATE FUNCTION ghi(i bigint) RETURNS text LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO nhat_ky VALUES (i); RETURN i; END $$",
    )
    .await;
    let source = open(&site.config, &example().replace("ghi_chu AS note", "ghi(id) AS note"));
    let asked = codes(&sweep(&source).await);
    let error = source.read(&asked).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("query [dossiers] writes"), "{error}");

    let site = office(Site::on_sqlite(56).await).await;
    let head = example();
    let start = head.find("[databases]").unwrap();
    let end = head.find("# Papers handed in").unwrap();
    let mut text = head.clone();
    text.replace_range(
        start..end,
        "[databases]\nsqlite = \"WITH c AS (SELECT :codes) DELETE FROM ket_noi WHERE ma_csdl IN c RETURNING '' AS code, '' AS database\"\n\
         postgres = \"SELECT :codes\"\n",
    );
    let source = open(&site.config, &text);
    let error = source.probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Config, "{error}");
    assert!(error.to_string().contains("query [databases] writes"), "{error}");
}
