//! Every kind of damage becomes its finding, and harms nobody else.

use dongbo_source::Reading;
use testbed::expect::Expectation;

use crate::support::{
    Make, Site, after, code, codes, findings, now, open, places, read_all, scan, told, whole,
};

async fn planted(mut site: Site) {
    site.simulator.create_year(now(), 60).await.unwrap();
    let simulator = &mut site.simulator;
    let without_code = simulator.plant_without_code(after(1)).await.unwrap();
    let mut wanted = vec![
        (simulator.plant_unmapped_status(after(2)).await.unwrap(), "unmapped_status LUU_KHO dossiers.status"),
        (
            simulator.plant_unmapped_procedure(after(3)).await.unwrap(),
            "unmapped_procedure XX99 dossiers.procedure",
        ),
        (
            simulator.plant_year_zero(after(4)).await.unwrap(),
            if site.make != Make::Postgres {
                "bad_date dossiers.received_at 0000-00-00 00:00:00: a placeholder for no date; if so, name it in empty_dates \
                 of the mapping"
            } else {
                "bad_date dossiers.received_at 0002-12-31 16:53:30+00:00 BC: before 2000-01-01, where plausible_dates of \
                 the mapping begins"
            },
        ),
        (
            simulator.plant_long_text(after(5)).await.unwrap(),
            "too_long dossiers.summary 5000 characters, limit 1000",
        ),
        (simulator.plant_missing_required(after(6)).await.unwrap(), "missing_field dossiers.summary"),
    ];
    if site.make == Make::Sqlite {
        wanted.push((
            simulator.plant_invalid_utf8(after(7)).await.unwrap(),
            "bad_text dossiers.applicant_name",
        ));
    }

    let source = site.source();
    let (changes, _) = scan(&source, None).await;
    let lost: Vec<_> = changes.iter().filter(|change| change.code.is_none()).collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].key, without_code.id.to_string());
    assert!(!lost[0].unit.is_empty());
    let finding = lost[0].finding.as_ref().map(told);
    assert_eq!(finding, Some(format!("missing_code dossiers.code key {}", without_code.id)));

    let readings = read_all(&source).await;
    for (planted, finding) in &wanted {
        assert_eq!(findings(&readings[&code(&planted.code)]), [*finding]);
    }
    let expected = Expectation::read(site.simulator.db()).await.unwrap();
    assert_eq!(readings.len(), expected.dossiers.len() + wanted.len());
    for name in expected.dossiers.keys() {
        whole(&readings[&code(name)]);
    }

    for (planted, _) in wanted {
        let name = code(&planted.code);
        site.simulator.repair(planted, after(60)).await.unwrap();
        whole(&source.read(&[name]).await.unwrap()[0]);
    }
}

on_engines! {
    planted, 12;
    Sqlite planted_damage_is_found_on_sqlite,
    Postgres planted_damage_is_found_on_postgresql,
    Mysql planted_damage_is_found_on_mysql,
    Sqlserver planted_damage_is_found_on_sqlserver,
}

#[tokio::test]
async fn all_that_is_wrong_with_one_dossier_is_told_at_once() {
    let mut site = Site::on_sqlite(13).await;
    site.simulator.create_year(now(), 40).await.unwrap();
    site.execute(
        "UPDATE ho_so SET don_vi = 'X1', trang_thai = ' ', so_hoa = 'có', loai_doi_tuong = 9, ngay_tra = 'mai',
             loai_giay_to = 1, so_dinh_danh = '012345678', email = CAST(x'C328' AS TEXT), vneid = NULL,
             ngay_tiep_nhan = '0001-01-01 00:00:00' WHERE id = #5;
         DELETE FROM qua_trinh WHERE ho_so_id = #5; DELETE FROM giay_to_nop WHERE ho_so_id = #5;
         INSERT INTO qua_trinh (id, ho_so_id, nguoi_xu_ly, thoi_diem, trang_thai)
             VALUES (900001, #5, printf('%.*c', 51, 'ễ'), '2026-01-05 08:00:00', 'LA'), (900002, #5, NULL, NULL, 'LA');
         INSERT INTO giay_to_nop (id, ho_so_id, ten_tep, tai_su_dung) VALUES (900001, #5, 'x.pdf', 7);
         INSERT INTO ket_qua (id, ho_so_id, ten) VALUES (900001, #5, ' ');
         INSERT INTO le_phi (id, ho_so_id, gia, loai) VALUES (900001, #5, -5, 'a')",
    )
    .await;
    let readings = read_all(&site.source()).await;
    let defective: Vec<_> =
        readings.values().filter(|reading| matches!(reading, Reading::Defective(_))).collect();
    assert_eq!(defective.len(), 1);
    let told = findings(defective[0]);
    let wanted = [
        "missing_field dossiers.status",
        "missing_field dossiers.vneid",
        "missing_field papers.component_code",
        "missing_field papers.link",
        "missing_field results.link",
        "missing_field results.name",
        "missing_field results.result_code",
        "missing_field steps.at",
        "missing_field steps.handler",
        "unmapped_status LA steps.status",
        "unmapped_unit X1 dossiers.unit",
        "bad_date dossiers.received_at 0001-01-01 00:00:00: a placeholder for no date; if so, name it in empty_dates of the \
         mapping",
        "bad_date dossiers.returned_at",
        "too_long steps.handler 51 characters, limit 50",
        "bad_text dossiers.email",
        "bad_value dossiers.applicant_kind corresponds to none of 1, 2, 3, 4",
        "bad_value dossiers.digitised neither 0 nor 1",
        "bad_value fees.amount_vnd not a whole number of at least 0",
        "bad_value fees.kind corresponds to none of 1, 2, 3",
        "bad_value identities.number not 12 digits",
        "bad_value papers.reuse corresponds to none of 0, 1, 2",
    ];
    assert_eq!(told, wanted);
    assert!(!told.concat().contains("012345678"));
}

#[tokio::test]
async fn one_code_on_two_rows_and_a_code_with_blanks_are_told() {
    let mut site = Site::on_sqlite(14).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(
        "UPDATE ho_so SET ma_ho_so = 'A' WHERE id IN (#2, #3);
         UPDATE ho_so SET ma_ho_so = ' B ' WHERE id = #4; UPDATE ho_so SET ma_ho_so = 'C' || char(7) WHERE id = #5;
         UPDATE ho_so SET ma_ho_so = CAST(x'C328' AS TEXT) WHERE id = #6",
    )
    .await;
    let source = site.source();
    let (changes, _) = scan(&source, None).await;
    let places = places(&changes);
    let told_of = |place: usize| {
        let at = places.iter().position(|at| *at == place).unwrap();
        let change = &changes[at];
        (
            change.code.as_ref().map(ToString::to_string),
            change
                .finding
                .as_ref()
                .map(told)
                .unwrap_or_default()
                .replace(&format!("key {}", change.key), "key"),
        )
    };
    let blanks = "bad_value dossiers.code blanks at its ends, or not NFC; key";
    assert_eq!(told_of(4), (Some("B".to_owned()), blanks.to_owned()));
    let control = "bad_value dossiers.code holds the invisible character \\u{7}; key";
    assert_eq!(told_of(5), (None, control.to_owned()));
    assert_eq!(told_of(6), (None, "bad_text dossiers.code key".to_owned()));
    assert_eq!(codes(&changes).len(), 8);
    let readings = source.read(&[code("A")]).await.unwrap();
    let duplicates: Vec<_> =
        findings(&readings[0]).into_iter().filter(|told| told.starts_with("duplicate_code")).collect();
    assert_eq!(duplicates, ["duplicate_code A 2 rows"]);
}

#[tokio::test]
async fn a_value_that_the_database_itself_stumbles_over_harms_only_its_dossier() {
    let mut site = Site::on_postgres(15).await;
    site.simulator.create_year(now(), 30).await.unwrap();
    site.execute("UPDATE ho_so SET ghi_chu = '7'; UPDATE ho_so SET ghi_chu = 'Nguyễn Văn A' WHERE id = #7")
        .await;
    let text = crate::support::example().replace("ghi_chu AS note", "CAST(ghi_chu AS integer) AS note");
    let readings = read_all(&open(&site.config, &text)).await;
    let (whole, defective): (Vec<_>, Vec<_>) =
        readings.values().partition(|reading| matches!(reading, Reading::Dossier(_)));
    assert_eq!((whole.len(), defective.len()), (29, 1));
    let told = "bad_value dossiers the database cannot read it (code 22P02: invalid input syntax for type integer: \"•••\")";
    assert_eq!(findings(defective[0]), [told]);
}

#[tokio::test]
async fn a_document_that_is_none_is_told_without_a_word_of_it() {
    let mut site = Site::on_postgres(16).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(include_str!("../../../../tests/data/ho_so_json.sql")).await;
    site.execute(
        r#"ALTER TABLE ho_so_json ALTER noi_dung TYPE text;
           UPDATE ho_so_json SET noi_dung = CASE ma_ho_so
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #1) THEN '{"Nguyễn'
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #2) THEN '{"applicant_nam": "Nguyễn"}'
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #3) THEN '{"steps": "Nguyễn"}'
               WHEN (SELECT ma_ho_so FROM ho_so WHERE id = #4) THEN replace(noi_dung, ma_ho_so, 'Nguyễn')
               ELSE noi_dung END"#,
    )
    .await;
    let readings = read_all(&open(&site.config, &crate::support::json_example())).await;
    let mut told: Vec<_> = readings
        .values()
        .filter(|reading| matches!(reading, Reading::Defective(_)))
        .map(|reading| findings(reading).join("; "))
        .collect();
    told.sort();
    let wanted = [
        "bad_value dossiers.code the document has another code than its row",
        "bad_value dossiers.dossier another form than expected at line 1, column 20",
        "bad_value dossiers.dossier no JSON at line 1, column 10",
        "bad_value dossiers.dossier unknown key at line 1, column 16, did you mean `applicant_name`?",
    ];
    assert_eq!(told, wanted);
}
