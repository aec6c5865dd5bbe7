//! Rows that come twice are found before anything of their dossier is sent, and no dossier gets the rows of another.

use std::collections::BTreeSet;

use dongbo_model::FindingKind;
use dongbo_source::Reading;

use crate::support::{Site, example, findings, json_example, now, open, read_all};

/// The kinds and subjects of all findings of a site that is read through `text`.
async fn told(site: &Site, text: &str) -> BTreeSet<String> {
    let readings = read_all(&open(&site.config, text)).await;
    let defective = readings.values().filter(|reading| matches!(reading, Reading::Defective(_)));
    defective.flat_map(findings).collect()
}

/// The example with rows of `table` given twice.
fn doubled(table: &str) -> String {
    let text = example();
    let plain = format!("FROM {table} ");
    assert!(text.contains(&plain), "{table}");
    let (name, alias) = table.split_once(' ').unwrap_or((table, ""));
    text.replace(&plain, &format!("FROM (SELECT * FROM {name} UNION ALL SELECT * FROM {name}) AS {alias} "))
}

async fn joins_that_double(mut site: Site) {
    site.simulator.create_year(now(), 40).await.unwrap();
    site.execute(
        "INSERT INTO giay_to_khac (id, ho_so_id, ten, so_luong, loai) VALUES (900001, #1, 'x', 1, 2);
         INSERT INTO ket_noi (id, ho_so_id, ma_csdl) VALUES (900001, #1, 'CSDL.1');
         INSERT INTO bo_sung (id, ho_so_id, noi_dung) VALUES (900001, #1, 'x')",
    )
    .await;
    for (table, list) in [
        ("qua_trinh q", "steps"),
        ("le_phi l", "fees"),
        ("giay_to_nop g", "papers"),
        ("ket_qua k", "results"),
        ("bo_sung b", "supplements"),
        ("giay_to_khac g", "attachments"),
        ("ket_noi k", "databases"),
    ] {
        let found = told(&site, &doubled(table)).await;
        assert!(!found.is_empty(), "{list}");
        for one in found {
            let start = format!("duplicate_rows {list} ");
            assert!(one.starts_with(&start) && one.ends_with("rows are equal to another"), "{one}");
        }
    }
    let applicants = example().replace(
        "AS number\nFROM ho_so",
        "AS number\nFROM (SELECT * FROM ho_so UNION ALL SELECT * FROM ho_so) AS h",
    );
    let found = told(&site, &applicants).await;
    assert_eq!(
        found,
        BTreeSet::from(["duplicate_rows identities 1 of 2 rows are equal to another".to_owned()])
    );
}

on_engines! {
    joins_that_double, 21;
    Sqlite a_join_that_doubles_the_rows_of_a_list_is_found_on_sqlite,
    Postgres a_join_that_doubles_the_rows_of_a_list_is_found_on_postgresql,
    Mysql a_join_that_doubles_the_rows_of_a_list_is_found_on_mysql,
    Sqlserver a_join_that_doubles_the_rows_of_a_list_is_found_on_sqlserver,
}

#[tokio::test]
async fn rows_that_only_dongbo_could_tell_apart_and_rows_with_one_identifier_are_found() {
    let mut site = Site::on_sqlite(22).await;
    site.simulator.create_year(now(), 30).await.unwrap();
    site.execute(
        "UPDATE giay_to_nop SET ho_so_id = 0 WHERE ho_so_id = #1; UPDATE ket_qua SET ho_so_id = 0 WHERE ho_so_id = #1;
         INSERT INTO giay_to_nop (id, ho_so_id, ma_tep, ten_tep, ma_thanh_phan, duong_dan)
             VALUES (900001, #1, 'T1', 'a.pdf', 'TP', 'https://a.vn'), (900002, #1, 'T1', 'b.pdf', 'TP', 'https://b.vn');
         INSERT INTO ket_qua (id, ho_so_id, ma_giay_to, ten, ma_ket_qua, duong_dan)
             VALUES (900001, #1, '', 'a', 'KQ', 'https://a.vn'), (900002, #1, '', 'b', 'KQ', 'https://b.vn')",
    )
    .await;
    let one = BTreeSet::from(["duplicate_rows papers 1 of 2 rows have the identifier of another".to_owned()]);
    assert_eq!(told(&site, &example()).await, one);
    site.execute("DELETE FROM giay_to_nop WHERE id > 900000").await;
    assert_eq!(told(&site, &example()).await, BTreeSet::new());

    // A running number that the query itself makes does not reach the portal.
    let numbered = doubled("qua_trinh q").replace("q.id AS sequence", "row_number() OVER () AS sequence");
    assert!(told(&site, &numbered).await.iter().all(|one| one.starts_with("duplicate_rows steps ")));
    // Two officers of one step.
    let officers = doubled("qua_trinh q").replace(
        "q.nguoi_xu_ly AS handler",
        "CASE row_number() OVER (PARTITION BY q.id) WHEN 1 THEN 'A' ELSE 'B' END AS handler",
    );
    let found = told(&site, &officers).await;
    assert!(found.iter().all(|one| one.ends_with("rows have the identifier of another")), "{found:?}");
    assert!(found.iter().any(|one| one.starts_with("duplicate_rows steps ")), "{found:?}");
}

#[tokio::test]
async fn steps_of_one_moment_or_with_one_number_of_a_stage_are_no_duplicates() {
    let mut site = Site::on_sqlite(23).await;
    site.simulator.create_year(now(), 30).await.unwrap();
    site.execute(
        "INSERT INTO qua_trinh (id, ho_so_id, nguoi_xu_ly, thoi_diem, noi_dung, trang_thai)
             VALUES (900001, #1, 'A', '2026-01-05 08:00:00', 'x', 'MOI'), (900002, #1, 'A', '2026-01-05 08:00:00', 'y', 'MOI')",
    )
    .await;
    for text in [
        example(),
        example().replace("q.id AS sequence, ", ""),
        example().replace("q.id AS sequence", "0 AS sequence"),
    ] {
        assert_eq!(told(&site, &text).await, BTreeSet::new());
    }
    let staged =
        example().replace("q.id AS sequence", "CASE WHEN q.id > 900000 THEN q.id ELSE 1 END AS sequence");
    assert_eq!(told(&site, &staged).await, BTreeSet::new());
}

#[tokio::test]
async fn a_document_with_a_row_or_a_key_twice_is_found() {
    let mut site = Site::on_postgres(24).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(include_str!("../../../../tests/data/ho_so_json.sql")).await;
    site.execute(
        r#"ALTER TABLE ho_so_json ALTER noi_dung TYPE text;
           UPDATE ho_so_json SET noi_dung = CASE ma_ho_so
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #1)
                   THEN jsonb_set(noi_dung::jsonb, '{steps}', (noi_dung::jsonb -> 'steps') || (noi_dung::jsonb -> 'steps'))::text
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #2) THEN '{"summary": "x", ' || substr(noi_dung, 2)
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #3) THEN '{"steps": [{"at": "", "at": ""}]}'
               ELSE noi_dung END"#,
    )
    .await;
    let readings = read_all(&open(&site.config, &json_example())).await;
    let defective: Vec<_> =
        readings.values().filter(|reading| matches!(reading, Reading::Defective(_))).collect();
    assert_eq!(defective.len(), 3);
    for reading in &defective {
        let Reading::Defective(found) = reading else { panic!() };
        assert!(found.iter().all(|one| one.kind == FindingKind::DuplicateRows), "{found:?}");
    }
    let told: BTreeSet<String> = defective.into_iter().flat_map(findings).collect();
    assert!(told.iter().any(|one| one.contains("key \"summary\" stands twice, again at line 1")), "{told:?}");
    assert!(told.iter().any(|one| one.contains("key \"at\" stands twice")), "{told:?}");
    assert!(told.iter().any(|one| one.starts_with("duplicate_rows steps ")), "{told:?}");
    assert_eq!(readings.len(), 10);
}
