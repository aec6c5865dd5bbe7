//! One filter for all queries, and lists that go by the unique key.

use std::collections::BTreeMap;

use dongbo_model::DossierCode;
use dongbo_source::{Mapping, Reading, coverage};

use crate::support::{Site, code, codes, example, findings, now, open, prints, read_all, scan, sweep, whole};

/// The example with lists that go by the key.
fn keyed() -> String {
    let text = example()
        .replace("SELECT ma_ho_so AS code, ma_thu_tuc", "SELECT id AS key, ma_ho_so AS code, ma_thu_tuc")
        .replace("SELECT h.ma_ho_so AS code,", "SELECT h.id AS key,")
        .replace("SELECT ma_ho_so AS code, loai_giay_to", "SELECT id AS key, loai_giay_to")
        .replace(
            "AND ma_ho_so IN (SELECT value FROM json_each(:codes))",
            "AND id IN (SELECT value FROM json_each(:keys))",
        )
        .replace("AND ma_ho_so = ANY(:codes)", "AND id = ANY(:keys)")
        .replace(
            "WHERE h.ma_ho_so IN (SELECT value FROM json_each(:codes))",
            "WHERE h.id IN (SELECT value FROM json_each(:keys))",
        )
        .replace("WHERE h.ma_ho_so = ANY(:codes)", "WHERE h.id = ANY(:keys)");
    assert_eq!((text.matches("(:codes)").count(), text.matches("(:keys)").count()), (2, 16));
    text
}

/// `text` with drafts left out.
fn eligible(text: &str) -> String {
    let filter = "h.trang_thai <> 'NHAP'";
    text.replace(
        "[changed]\n",
        &format!("[eligible]\nsqlite = \"{filter}\"\npostgres = \"{filter}\"\n\n[changed]\n"),
    )
    .replace("FROM ho_so\nWHERE", "FROM ho_so h\nWHERE {eligible} AND")
}

fn told(readings: &BTreeMap<DossierCode, Reading>) -> Vec<String> {
    let defective = readings.values().filter(|reading| matches!(reading, Reading::Defective(_)));
    defective.flat_map(findings).collect()
}

async fn lists_by_key(mut site: Site) {
    site.live().await;
    let by_code = prints(&read_all(&site.source()).await);
    let source = open(&site.config, &keyed());
    source.probe().await.unwrap();
    assert_eq!(prints(&read_all(&source).await), by_code);
    let text = keyed().replace("key = \"integer\"", "key = \"text\"");
    // What the cursor pages by is not asked here; only the lists' keys are text.
    let text = text
        .replace(
            "SELECT id AS key, ma_ho_so AS code, ma_thu_tuc",
            "SELECT 'x' || id AS key, ma_ho_so AS code, ma_thu_tuc",
        )
        .replace("SELECT h.id AS key", "SELECT 'x' || h.id AS key")
        .replace("SELECT id AS key, loai", "SELECT 'x' || id AS key, loai")
        .replace("h.id IN", "'x' || h.id IN")
        .replace("h.id = ANY", "'x' || h.id = ANY")
        .replace("AND id IN", "AND 'x' || id IN")
        .replace("AND id = ANY", "AND 'x' || id = ANY");
    let source = open(&site.config, &text);
    let codes = codes(&scan(&site.source(), None).await.0);
    let readings = source.read(&codes).await.unwrap();
    assert_eq!(prints(&codes.into_iter().zip(readings).collect()), by_code);
}

on_engines! {
    lists_by_key, 31;
    Sqlite lists_by_key_read_as_lists_by_code_on_sqlite,
    Postgres lists_by_key_read_as_lists_by_code_on_postgresql,
    Mysql lists_by_key_read_as_lists_by_code_on_mysql,
    Sqlserver lists_by_key_read_as_lists_by_code_on_sqlserver,
}

async fn one_code_of_two_people(mut site: Site) {
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute("UPDATE ho_so SET ma_ho_so = 'A' WHERE id IN (#2, #3)").await;
    for text in [example(), keyed()] {
        let readings = read_all(&open(&site.config, &text)).await;
        assert!(told(&readings).contains(&"duplicate_code A 2 rows".to_owned()));
        assert!(matches!(readings[&code("A")], Reading::Defective(_)));
        assert_eq!(readings.values().filter(|one| matches!(one, Reading::Dossier(_))).count(), 18);
    }

    // The other row is a draft: the dossier is sent, with its own steps and papers only, or not at all.
    let alone = prints(
        &read_all(&site.source())
            .await
            .into_iter()
            .filter(|(_, one)| matches!(one, Reading::Dossier(_)))
            .collect(),
    );
    site.execute("UPDATE ho_so SET trang_thai = 'NHAP' WHERE id = #3").await;
    let keyed = read_all(&open(&site.config, &eligible(&keyed()))).await;
    assert_eq!(told(&keyed), Vec::<String>::new());
    let by_key = prints(&keyed);
    assert!(alone.iter().all(|(code, print)| by_key[code] == *print));
    let steps = whole(&keyed[&code("A")]).steps.len();

    let by_code = read_all(&open(&site.config, &eligible(&example()))).await;
    assert_eq!(told(&by_code), ["duplicate_code A 2 rows, of which [eligible] leaves out 1"]);
    let filtered = eligible(&example()).replace("WHERE h.ma_ho_so", "WHERE {eligible} AND h.ma_ho_so");
    let filtered = read_all(&open(&site.config, &filtered)).await;
    assert_eq!((told(&filtered), whole(&filtered[&code("A")]).steps.len()), (Vec::new(), steps));
    assert_eq!(prints(&filtered), by_key);
}

on_engines! {
    one_code_of_two_people, 32;
    Sqlite one_code_of_two_people_never_mixes_their_papers_on_sqlite,
    Postgres one_code_of_two_people_never_mixes_their_papers_on_postgresql,
    Mysql one_code_of_two_people_never_mixes_their_papers_on_mysql,
    Sqlserver one_code_of_two_people_never_mixes_their_papers_on_sqlserver,
}

#[tokio::test]
async fn a_key_that_two_dossiers_have_or_one_lacks_is_found_where_lists_go_by_it() {
    let mut site = Site::on_sqlite(33).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(
        "UPDATE ho_so SET ma_ho_so = 'A' WHERE id = #1; UPDATE ho_so SET ma_ho_so = 'B' WHERE id = #2;
         UPDATE ho_so SET ma_ho_so = 'C' WHERE id = #3",
    )
    .await;
    let text = keyed().replace(
        "SELECT id AS key, ma_ho_so AS code, ma_thu_tuc",
        "SELECT CASE ma_ho_so WHEN 'A' THEN 7 WHEN 'B' THEN 7 WHEN 'C' THEN NULL ELSE id END AS key, ma_ho_so AS code, ma_thu_tuc",
    );
    let found = told(&read_all(&open(&site.config, &text)).await);
    let shared = "duplicate_code dossiers.key several dossiers have one key";
    assert_eq!(found, [shared, shared, "missing_field dossiers.key"]);

    // One row that a join doubles is no second dossier.
    let doubled = keyed().replace(
        "AS note\nFROM ho_so\n",
        "AS note\nFROM (SELECT * FROM ho_so UNION ALL SELECT * FROM ho_so WHERE ma_ho_so = 'A') AS h\n",
    );
    let found = told(&read_all(&open(&site.config, &doubled)).await);
    assert_eq!(found, ["duplicate_rows dossiers 2 rows with one key"]);
}

#[tokio::test]
async fn what_the_filter_leaves_out_is_neither_heard_of_nor_read_and_counted() {
    for mut site in Site::on_each(34).await {
        site.simulator.create_year(now(), 20).await.unwrap();
        site.execute("UPDATE ho_so SET trang_thai = 'NHAP' WHERE id IN (#2, #3, #4)").await;
        let source = open(&site.config, &eligible(&keyed()));
        source.probe().await.unwrap();
        let all = codes(&scan(&site.source(), None).await.0);
        assert_eq!(all.len(), 20);
        assert_eq!(codes(&scan(&source, None).await.0).len(), 17);
        assert_eq!(codes(&sweep(&source).await).len(), 17);
        let absent = source.read(&all).await.unwrap().into_iter().filter(|one| *one == Reading::Absent);
        assert_eq!(absent.count(), 3);
        let covered = coverage(&source, None).await.unwrap();
        assert_eq!((covered.dossiers, covered.left_out), (17, Some(3)));
        assert_eq!(coverage(&site.source(), None).await.unwrap().left_out, None);
    }
}

#[test]
fn a_filter_that_does_not_hold_for_every_query_is_an_error() {
    let refused = |text: &str| Mapping::parse(text, "sai.toml").unwrap_err().to_string();
    let text = eligible(&keyed());
    assert!(Mapping::parse(&text, "x").is_ok());
    for (name, part) in [
        ("changed", "{eligible} AND (cap_nhat_luc, id) > (:since"),
        ("sweep", "{eligible} AND ma_ho_so > :after"),
        ("dossiers", "{eligible} AND ma_ho_so IN (SELECT value FROM json_each(:codes))"),
    ] {
        assert!(text.contains(part), "{part}");
        let wrong = refused(&text.replace(part, part.strip_prefix("{eligible} AND ").unwrap()));
        assert!(wrong.contains(&format!("[{name}].sqlite: {{eligible}} is not used")), "{wrong}");
        assert!(!wrong.contains("postgres"), "{wrong}");
    }
    let undeclared = refused(&text.replace(
        "[eligible]\nsqlite = \"h.trang_thai <> 'NHAP'\"\npostgres = \"h.trang_thai <> 'NHAP'\"\n",
        "",
    ));
    assert!(
        undeclared.contains("[sweep].postgres: {eligible} stands here, but the file has no [eligible]"),
        "{undeclared}"
    );
    let half = refused(&text.replace("\npostgres = \"h.trang_thai <> 'NHAP'\"", ""));
    assert!(half.contains("[eligible] lacks the key postgres, which [changed] has"), "{half}");
}

#[tokio::test]
async fn a_list_by_key_needs_the_key_in_dossiers_and_in_the_list() {
    for site in Site::on_each(35).await {
        let text = keyed()
            .replace("SELECT id AS key, ma_ho_so AS code, ma_thu_tuc", "SELECT ma_ho_so AS code, ma_thu_tuc");
        let wrong = open(&site.config, &text).probe().await.unwrap_err().to_string();
        assert!(wrong.contains("query [dossiers]: no column \"key\""), "{wrong}");
        let text = keyed()
            .replace("SELECT h.id AS key, q.id AS sequence", "SELECT h.ma_ho_so AS code, q.id AS sequence");
        let wrong = open(&site.config, &text).probe().await.unwrap_err().to_string();
        assert!(wrong.contains("query [steps]: no column \"key\""), "{wrong}");
    }
}

async fn codes_that_the_database_takes_for_one(site: &Site, text: &str) {
    let source = open(&site.config, text);
    let asked = [code("H48-D-1"), code("h48-d-1"), code("H48-2")];
    let both = source.read(&asked).await.unwrap();
    let alone = source.read(&asked[..1]).await.unwrap();
    for reading in [&both[0], &both[1], &alone[0]] {
        let told = findings(reading);
        assert!(
            told.iter().any(|one| one.starts_with("duplicate_code ") && one.contains("written otherwise")),
            "{told:?}"
        );
    }
    whole(&both[2]);
}

#[tokio::test]
async fn codes_that_the_database_takes_for_one_are_neither_sent_nor_mixed() {
    let rename = "UPDATE ho_so SET ma_ho_so = 'H48-D-1' WHERE id = #1; UPDATE ho_so SET ma_ho_so = 'h48-d-1' WHERE id = #2;
         UPDATE ho_so SET ma_ho_so = 'H48-2' WHERE id = #3";
    let mut site = Site::on_postgres(36).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(rename).await;
    let loose = |text: &str| {
        let one = "IN (SELECT lower(one) FROM unnest(:codes) one)";
        text.replace(" ma_ho_so = ANY(:codes)", &format!(" lower(ma_ho_so) {one}"))
            .replace("h.ma_ho_so = ANY(:codes)", &format!("lower(h.ma_ho_so) {one}"))
    };
    for text in [loose(&example()), loose(&keyed())] {
        codes_that_the_database_takes_for_one(&site, &text).await;
    }
    // A database that tells them apart has two dossiers.
    let readings = site.source().read(&[code("H48-D-1"), code("h48-d-1")]).await.unwrap();
    assert_ne!(whole(&readings[0]).summary, whole(&readings[1]).summary);

    let mut site = Site::on_sqlite(36).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(rename).await;
    let loose = example().replace("ma_ho_so IN (", "ma_ho_so COLLATE NOCASE IN (");
    let source = open(&site.config, &loose);
    let readings = source.read(&[code("H48-D-1"), code("h48-d-1")]).await.unwrap();
    assert!(readings.iter().all(|one| findings(one).iter().any(|told| told.starts_with("duplicate_code "))));

    // The codes of MySQL's columns are mostly such that it does.
    let mut site = Site::on_mysql(36).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    site.execute(rename).await;
    for text in [example(), keyed()] {
        codes_that_the_database_takes_for_one(&site, &text).await;
    }
    let exactly = |text: String, column: &str| {
        let loose = format!(" {column} = ANY(:codes)");
        text.replace(&loose, &format!("{loose} AND CAST({column} AS BINARY) IN (:codes)"))
    };
    let exact = exactly(exactly(example(), "ma_ho_so"), "h.ma_ho_so");
    let readings = open(&site.config, &exact).read(&[code("H48-D-1"), code("h48-d-1")]).await.unwrap();
    assert_ne!(whole(&readings[0]).summary, whole(&readings[1]).summary);
}

#[tokio::test]
async fn a_row_of_a_list_whose_code_is_written_otherwise_is_not_lost_without_a_word() {
    let mut site = Site::on_sqlite(37).await;
    site.simulator.create_year(now(), 10).await.unwrap();
    let text = example().replace(
        "SELECT h.ma_ho_so AS code, q.id AS sequence",
        "SELECT lower(h.ma_ho_so) AS code, q.id AS sequence",
    );
    let readings = read_all(&open(&site.config, &text)).await;
    let lost = "bad_value steps.code a row has the code in other letters, capital or small";
    assert!(readings.values().all(|one| findings(one) == [lost]));
}
