//! One row that cannot be followed harms no other, and is told by what it has.

use std::collections::BTreeSet;
use std::time::Duration;

use dongbo_model::FindingKind;
use dongbo_source::{Change, Reading, Scan};

use crate::support::{Make, Site, code, example, findings, now, open, scan, sweep, told};

/// A year of twelve dossiers with the codes `A01` to `A12`, in the order of their times of change.
async fn numbered(site: &mut Site) {
    site.simulator.create_year(now(), 12).await.unwrap();
    site.execute(
        "UPDATE ho_so SET ma_ho_so = 'A' || substr(CAST(100 + (SELECT count(*) FROM ho_so h WHERE h.id <= ho_so.id) AS text), 2)",
    )
    .await;
}

fn of<'c>(changes: &'c [Change], code: &str) -> &'c Change {
    let found = changes.iter().find(|change| change.code.as_ref().is_some_and(|it| it.as_str() == code));
    found.unwrap_or_else(|| panic!("{code} is not among the changes"))
}

async fn without_keys(mut site: Site) {
    let as_key = match site.make {
        Make::Sqlite | Make::Sqlserver => {
            "CASE WHEN khoa LIKE '99999%' THEN khoa ELSE CAST(khoa AS integer) END"
        }
        Make::Postgres | Make::Mysql => "CAST(khoa AS numeric)",
    };
    site.config.page_size = 3;
    numbered(&mut site).await;
    site.execute(
        "ALTER TABLE ho_so ADD khoa text; UPDATE ho_so SET khoa = id;
         UPDATE ho_so SET khoa = NULL WHERE id IN (#2, #3, #4, #9);
         UPDATE ho_so SET khoa = '99999999999999999999' WHERE id = #6;
         UPDATE ho_so SET cap_nhat_luc = (SELECT cap_nhat_luc FROM ho_so WHERE id = #1)
             WHERE id IN (#2, #3, #4, #5)",
    )
    .await;
    let text = example().replace("SELECT id AS key", &format!("SELECT {as_key} AS key"));
    let text = text.replace("luc, id) > (", &format!("luc, {as_key}) > ("));
    let text = text.replace("ORDER BY cap_nhat_luc, id", &format!("ORDER BY cap_nhat_luc, {as_key}"));
    let source = open(&site.config, &text);
    let (changes, _) = scan(&source, None).await;
    for good in ["A01", "A05", "A07", "A08", "A10", "A11", "A12"] {
        assert_eq!(of(&changes, good).finding, None, "{good}");
    }
    let wrong = of(&changes, "A09").finding.as_ref().unwrap();
    assert_eq!((wrong.kind, wrong.subject.as_str()), (FindingKind::BadRow, "changed.key"));
    assert!(wrong.detail.starts_with("it is empty; key ?20"), "{wrong:?}");
    let wrong = told(of(&changes, "A06").finding.as_ref().unwrap());
    assert!(wrong.starts_with("bad_row changed.key it is not what key = \"integer\" says"), "{wrong}");
    assert!(changes.iter().all(|change| change.usable_code().is_some()));

    let swept = sweep(&source).await;
    assert_eq!(swept.len(), 12);
    assert_eq!(swept.iter().filter(|change| change.finding.is_some()).count(), 5);
}

on_engines! {
    without_keys, 31;
    Sqlite rows_without_a_usable_key_are_told_and_do_not_stop_the_walk_on_sqlite,
    Postgres rows_without_a_usable_key_are_told_and_do_not_stop_the_walk_on_postgresql,
    Mysql rows_without_a_usable_key_are_told_and_do_not_stop_the_walk_on_mysql,
    Sqlserver rows_without_a_usable_key_are_told_and_do_not_stop_the_walk_on_sqlserver,
}

#[tokio::test]
async fn a_key_that_is_no_text_or_endless_is_told_in_a_form_that_can_be_stored() {
    let mut site = Site::on_sqlite(32).await;
    site.config.page_size = 2;
    numbered(&mut site).await;
    site.execute(
        "ALTER TABLE ho_so ADD khoa text; UPDATE ho_so SET khoa = 'K' || id;
         UPDATE ho_so SET khoa = CAST(x'C328' AS TEXT) WHERE id = #3;
         UPDATE ho_so SET khoa = replace(hex(zeroblob(3000)), '00', 'dài'), ma_ho_so = ' ' WHERE id = #4;
         UPDATE ho_so SET khoa = 'K' || char(0) || 'x', don_vi = 'đ' || char(0), ma_ho_so = NULL WHERE id = #5",
    )
    .await;
    let text = example()
        .replace("key = \"integer\"", "key = \"text\"")
        .replace("SELECT id AS key", "SELECT khoa AS key");
    let text = text.replace("luc, id) > (", "luc, khoa) > (");
    let source =
        open(&site.config, &text.replace("ORDER BY cap_nhat_luc, id", "ORDER BY cap_nhat_luc, khoa"));
    let (changes, _) = scan(&source, None).await;
    let keys: BTreeSet<&str> = changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys.len(), 12);
    assert!(of(&changes, "A03").finding.as_ref().unwrap().detail.starts_with("it is not UTF-8; key ?20"));
    let wrong = changes.iter().filter(|change| change.finding.is_some()).map(|change| &change.key);
    assert_eq!(wrong.collect::<BTreeSet<_>>().len(), 3);
    assert!(changes.iter().all(|change| change.key.len() <= 120 && !change.key.contains('\0')));
    assert!(changes.iter().all(|change| !change.unit.contains('\0')));
}

async fn blanks(mut site: Site) {
    site.config.page_size = 2;
    numbered(&mut site).await;
    let set = |id: usize, code: &str| format!("UPDATE ho_so SET ma_ho_so = '{code}' WHERE id = #{id};");
    let mut sql = [
        set(1, " A01"),
        set(2, "\u{a0}A02"),
        set(3, "\u{3000}A03"),
        set(4, "\tA04"),
        set(5, "A05\u{2003}"),
        set(6, "\u{feff}A06"),
    ]
    .concat();
    if site.make == Make::Sqlite {
        sql += "UPDATE ho_so SET ma_ho_so = 'A07' || char(0) || 'x' WHERE id = #7;
                UPDATE ho_so SET ma_ho_so = CAST(x'41C328' AS TEXT) WHERE id = #8;";
    }
    site.execute(&sql).await;
    let swept = sweep(&site.source()).await;
    assert_eq!(swept.len(), 12, "each once");
    let written: Vec<&str> = swept.iter().filter_map(|change| change.written_code.as_deref()).collect();
    assert!(written.is_sorted(), "{written:?}");
    for good in ["A09", "A10", "A11", "A12"] {
        assert_eq!(of(&swept, good).finding, None);
    }
    assert!(swept.iter().filter(|change| change.finding.is_some()).count() >= 5);
}

on_engines! {
    blanks, 33;
    Sqlite the_sweep_goes_on_behind_codes_with_blanks_of_any_kind_on_sqlite,
    Postgres the_sweep_goes_on_behind_codes_with_blanks_of_any_kind_on_postgresql,
    Mysql the_sweep_goes_on_behind_codes_with_blanks_of_any_kind_on_mysql,
    Sqlserver the_sweep_goes_on_behind_codes_with_blanks_of_any_kind_on_sqlserver,
}

/// What [dossiers] makes of the code `asked` when it writes `column` for it.
async fn read_otherwise(site: &Site, column: &str, asked: &str) -> Reading {
    let text = example()
        .replace("SELECT ma_ho_so AS code, ma_thu_tuc", &format!("SELECT {column} AS code, ma_thu_tuc"));
    open(&site.config, &text).read(&[code(asked)]).await.unwrap().remove(0)
}

async fn another_writing(mut site: Site) {
    numbered(&mut site).await;
    site.execute("UPDATE ho_so SET ma_ho_so = '007' WHERE id = #2").await;
    for (column, asked, wanted) in [
        ("lower(ma_ho_so)", "A01", "in other letters, capital or small"),
        ("'  ' || ma_ho_so || ' .'", "A01", ""),
        ("substr(ma_ho_so, 1, 2) || ' ' || substr(ma_ho_so, 3)", "A01", "with other blanks"),
        ("CAST(ma_ho_so AS integer)", "007", "as a number, without the zeros before it"),
    ] {
        let reading = read_otherwise(&site, column, asked).await;
        if wanted.is_empty() {
            assert_eq!(reading, Reading::Absent, "{column}");
        } else {
            let told = format!("not_readable dossiers.code [dossiers] gives the code {wanted}");
            let found = findings(&reading);
            assert!(found.len() == 1 && found[0].starts_with(&told), "{column}: {found:?}");
        }
    }
}

on_engines! {
    another_writing, 34;
    Sqlite a_dossier_given_under_another_writing_of_its_code_is_told_on_sqlite,
    Postgres a_dossier_given_under_another_writing_of_its_code_is_told_on_postgresql,
    Mysql a_dossier_given_under_another_writing_of_its_code_is_told_on_mysql,
    Sqlserver a_dossier_given_under_another_writing_of_its_code_is_told_on_sqlserver,
}

#[tokio::test]
async fn a_walk_within_a_range_gives_what_has_a_bad_key_as_well() {
    let mut site = Site::on_sqlite(35).await;
    numbered(&mut site).await;
    site.execute("ALTER TABLE ho_so ADD khoa text; UPDATE ho_so SET khoa = id; UPDATE ho_so SET khoa = NULL WHERE id = #2").await;
    let text = example().replace("SELECT id AS key", "SELECT CAST(khoa AS integer) AS key");
    let source = open(&site.config, &text);
    let mut walk = Scan::within(now() - Duration::from_secs(800 * 86_400)..now(), None);
    assert_eq!(source.changed(&mut walk).await.unwrap().len(), 12);
}
