//! The table of procedures in the local database, or left to the portal's catalogue.

use std::collections::{BTreeSet, HashMap};

use dongbo_model::clock::Clock;
use dongbo_model::{Catalogue, ErrorClass, Listed, Text};
use dongbo_source::{Mapping, Reading, Source};

use crate::support::{
    Site, after, code, codes, example, findings, now, open, prints, read_all, sweep, whole,
};

/// The example with `table` in the place of its procedures.
fn with_table(table: &str) -> String {
    let mut text = example();
    let start = text.find("\n[procedure]\n").unwrap() + 1;
    let end = text.find("# The vendor's units").unwrap();
    text.replace_range(start..end, table);
    text
}

const QUERY: &str = "SELECT ma AS local, ma_quoc_gia AS code, ten AS name, linh_vuc AS field_code, \
                     ten_linh_vuc AS field_name FROM thu_tuc";

fn asked() -> String {
    with_table(&format!("[procedure]\nsqlite = \"{QUERY}\"\npostgres = \"{QUERY}\"\n"))
}

/// The SQL that fills a table with the procedures of the example.
fn table() -> String {
    let text = example();
    let start = text.find("\n[procedure]\n").unwrap() + 1;
    let end = text.find("# The vendor's units").unwrap();
    let table: toml::Table = text[start..end].parse().unwrap();
    let mut sql =
        "CREATE TABLE thu_tuc (ma varchar(90), ma_quoc_gia text, ten text, linh_vuc text, ten_linh_vuc text);"
            .to_owned();
    for (local, entry) in table["procedure"].as_table().unwrap() {
        let part = |name: &str| entry[name].as_str().unwrap().to_owned();
        let values = [local.clone(), part("code"), part("name"), part("field_code"), part("field_name")];
        sql.push_str(&format!("INSERT INTO thu_tuc VALUES ('{}');", values.join("', '")));
    }
    sql
}

#[tokio::test]
async fn the_table_of_procedures_may_stand_in_the_local_database() {
    let by_stand_in = [Site::on_sqlserver(71).await];
    for mut site in Site::on_each(71).await.into_iter().chain(by_stand_in) {
        site.simulator.create_year(now(), 30).await.unwrap();
        site.execute(&table()).await;
        let written = prints(&read_all(&site.source()).await);
        let source = open(&site.config, &asked());
        source.probe().await.unwrap();
        assert_eq!(prints(&read_all(&source).await), written);

        // A procedure may be as new as its first dossier.
        site.execute(
            "UPDATE ho_so SET ma_thu_tuc = 'MOI9', ma_ho_so = 'M-9' WHERE id = #1;
             INSERT INTO thu_tuc VALUES ('MOI9', '1.999999', 'Thủ tục mới', 'G-M', 'Mới')",
        )
        .await;
        let reading = source.read(&[code("M-9")]).await.unwrap();
        assert_eq!(whole(&reading[0]).procedure.code.as_str(), "1.999999");

        // What lacks a name is told, and nothing goes without it.
        site.execute(
            "UPDATE thu_tuc SET ten = NULL, ma = 'MOI8' WHERE ma = 'MOI9';
                      UPDATE ho_so SET ma_thu_tuc = 'MOI8' WHERE id = #1",
        )
        .await;
        let reading = source.read(&[code("M-9")]).await.unwrap();
        assert!(findings(&reading[0])[0].starts_with("unnamed_procedure 1.999999"), "{reading:?}");

        // One local code for two procedures is nobody's guess.
        site.execute("INSERT INTO thu_tuc VALUES ('MOI8', '1.888888', 'Thủ tục khác', 'G-M', 'Mới')").await;
        let error = source.probe().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Config);
        assert!(
            error.to_string().contains("query [procedure]: local codes stand for several procedures: MOI8"),
            "{error}"
        );
        let reading = source.read(&[code("M-9")]).await.unwrap();
        assert_eq!(findings(&reading[0]), ["unmapped_procedure MOI8 dossiers.procedure"]);
    }
}

#[tokio::test]
async fn with_national_codes_the_table_may_be_left_to_the_catalogue() {
    let mut site = Site::on_postgres(72).await;
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute(
        "UPDATE ho_so SET ma_thu_tuc = '1.001193'; UPDATE ho_so SET ma_thu_tuc = 'Khai sinh' WHERE id = #2",
    )
    .await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mapping.toml");
    std::fs::write(&path, with_table("")).unwrap();
    let refused = Mapping::load(&path).unwrap_err().to_string();
    assert!(refused.contains("[procedure] is missing"), "{refused}");

    let catalogue = Catalogue::default();
    let listed = Listed {
        name: Text::new("Đăng ký khai sinh"),
        field_code: Text::new("G-HT"),
        field_name: Text::new("Hộ tịch"),
        result_codes: BTreeSet::new(),
        component_codes: BTreeSet::new(),
        known: true,
    };
    catalogue.replace(HashMap::from([("1.001193".to_owned(), listed)]));
    let mapping = Mapping::load_with(&path, Some(catalogue)).unwrap();
    let in_use = mapping.procedures();
    let source = Source::open(&site.config, mapping, Clock::manual(after(3_600))).unwrap();
    source.probe().await.unwrap();
    let readings = source.read(&codes(&sweep(&source).await)).await.unwrap();
    let (good, bad): (Vec<_>, Vec<_>) =
        readings.iter().partition(|reading| matches!(reading, Reading::Dossier(_)));
    assert_eq!((good.len(), bad.len()), (19, 1));
    assert_eq!(whole(good[0]).procedure.name.as_str(), "Đăng ký khai sinh");
    assert!(findings(bad[0])[0].starts_with("unnamed_procedure Khai sinh"), "{bad:?}");
    let mut met: Vec<_> = in_use.in_use().iter().map(|known| known.code.as_str().to_owned()).collect();
    met.sort();
    assert_eq!(met, ["1.001193", "Khai sinh"], "so that their details are fetched");
}

#[test]
fn a_table_that_is_half_a_query_is_refused() {
    let refused = |table: &str| Mapping::parse(&with_table(table), "sai.toml").unwrap_err().to_string();
    let both = "[procedure]\nsqlite = \"SELECT 1\"\n\"KS01\" = { code = \"1\" }\n";
    let text = refused(both);
    assert!(text.contains("[procedure] \"KS01\": the table holds either entries"), "{text}");
    assert!(text.contains("[procedure] lacks the key postgres"), "{text}");
    let text = refused("[procedure]\nsqlite = \"SELECT :codes\"\npostgres = \"SELECT 1\"\n");
    assert!(text.contains("parameter :codes cannot be used here"), "{text}");
    let text = refused("[procedure]\n\"KS01\" = { cod = \"1\" }\n");
    assert!(text.contains("did you mean `code`?"), "{text}");
}
