//! Codes of results and components: local ones become national, and the portal's catalogue has the last word.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_model::clock::Clock;
use dongbo_model::{Catalogue, Listed, Text};
use dongbo_source::{Mapping, Observe, ObservedValue, Reading, Source, coverage};

use crate::support::{Site, after, codes, example, findings, now, open, read_all, scan, whole};

/// The example with codes as a vendor has them, and tables for two procedures.
fn local_codes() -> String {
    let text = example()
        .replace(
            "k.ma_ket_qua AS result_code, k.ma_thanh_phan AS component_code",
            "'KQ ' || h.ma_thu_tuc AS result_code",
        )
        .replace(
            "g.ma_ket_qua_thay_the AS replaces_result",
            "CASE WHEN g.id % 2 = 0 THEN 'KQ CT01' END AS replaces_result",
        )
        .replace("g.ma_thanh_phan AS component_code", "h.ma_thu_tuc AS component_code");
    format!(
        "{text}\n[result_code]\n\"KQ CT01\" = \"KQ.1\"\n\"KQ CT02\" = \"KQ.2\"\n[component_code]\n\"CT01\" = \"TP.1\"\n\"CT02\" = \"TP.2\"\n"
    )
}

/// A catalogue that lists these codes for the procedure that the mapping calls CT01.
fn catalogue(results: &[&str], components: &[&str]) -> Catalogue {
    let set = |codes: &[&str]| codes.iter().map(|code| Text::new(*code)).collect::<BTreeSet<_>>();
    let listed = Listed {
        name: Text::new("Chứng thực"),
        field_code: Text::new("G-CT"),
        field_name: Text::new("Chứng thực"),
        result_codes: set(results),
        component_codes: set(components),
        known: true,
    };
    let catalogue = Catalogue::default();
    catalogue.replace([("2.000815".to_owned(), listed)].into());
    catalogue
}

fn with_catalogue(site: &Site, text: &str, catalogue: Catalogue) -> Source {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mapping.toml");
    std::fs::write(&file, text).unwrap();
    let mapping = Mapping::load_with(&file, Some(catalogue)).unwrap();
    Source::open(&site.config, mapping, Clock::manual(after(3_600))).unwrap()
}

async fn told(source: &Source) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for reading in read_all(source).await.into_values() {
        if matches!(reading, Reading::Defective(_)) {
            findings(&reading).into_iter().for_each(|one| *told.entry(one).or_default() += 1);
        }
    }
    told
}

#[tokio::test]
async fn local_codes_of_results_and_components_become_national_and_an_unmapped_one_is_named() {
    let mut site = Site::on_sqlite(41).await;
    site.simulator.create_year(now(), 60).await.unwrap();
    site.execute("UPDATE ho_so SET ma_thu_tuc = 'CT01' WHERE ma_thu_tuc NOT IN ('CT01', 'CT02', 'KS01')")
        .await;
    site.execute("UPDATE ho_so SET ma_thu_tuc = 'KS01' WHERE id IN (#1, #2)").await;
    let source = open(&site.config, &local_codes());
    source.probe().await.unwrap();
    let readings = read_all(&source).await;
    let mut seen = BTreeSet::new();
    for reading in readings.values().filter(|one| matches!(one, Reading::Dossier(_))) {
        let dossier = whole(reading);
        for paper in &dossier.papers {
            seen.insert(paper.component_code.as_str());
            assert!(["", "KQ.1"].contains(&paper.replaces_result.as_str()));
        }
        seen.extend(dossier.results.iter().map(|result| result.result_code.as_str()));
    }
    assert_eq!(seen, BTreeSet::from(["KQ.1", "KQ.2", "TP.1", "TP.2"]));
    let told = told(&source).await;
    assert!(told.contains_key("unmapped_component_code KS01 papers.component_code"), "{told:?}");
    assert!(told.contains_key("unmapped_result_code KQ KS01 results.result_code"), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");

    let covered = coverage(&source, None).await.unwrap();
    let table = |name: &str| covered.tables.iter().find(|table| table.table == name).unwrap();
    let lacking = |name: &str| {
        let values = table(name).values.iter().filter(|value| value.national.is_none());
        values.map(|value| value.local.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((lacking("result_code"), lacking("component_code")), (vec!["KQ KS01"], vec!["KS01"]));
    assert_eq!(covered.defects, []);

    let all = codes(&scan(&source, None).await.0);
    let observed = source.read_observing(&all, Observe::Everything).await.unwrap();
    let explained = observed.iter().flat_map(|read| &read.observations).any(|one| {
        let ObservedValue::Code { table, local, national } = &one.value else { return false };
        *table == "component_code" && local == "CT01" && national.as_deref() == Some("TP.1")
    });
    assert!(explained);
}

#[tokio::test]
async fn a_code_that_the_portal_does_not_list_for_the_procedure_is_named_with_it() {
    let mut site = Site::on_sqlite(42).await;
    site.simulator.create_year(now(), 30).await.unwrap();
    site.execute("UPDATE ho_so SET ma_thu_tuc = 'CT01'").await;
    let read = async |results: &[&str], components: &[&str]| {
        told(&with_catalogue(&site, &local_codes(), catalogue(results, components))).await
    };
    assert_eq!(read(&["KQ.1"], &["TP.1"]).await, BTreeMap::new());
    // What the portal does not list at all is not judged.
    assert_eq!(read(&[], &[]).await, BTreeMap::new());
    let wrong = read(&["KQ.9"], &["TP.9"]).await;
    let names: Vec<&str> = wrong.keys().map(String::as_str).collect();
    let expected = [
        "unknown_component_code 2.000815 TP.1 papers.component_code",
        "unknown_result_code 2.000815 KQ.1 results.result_code",
    ];
    assert_eq!(names, expected);

    // Without tables the local code is the national one.
    let plain = local_codes();
    let plain = plain.split("\n[result_code]\n").next().unwrap();
    let found = told(&with_catalogue(&site, plain, catalogue(&["KQ CT01"], &["TP.1"]))).await;
    assert_eq!(
        found.into_keys().collect::<Vec<_>>(),
        ["unknown_component_code 2.000815 CT01 papers.component_code"]
    );
    let found = told(&with_catalogue(&site, plain, catalogue(&["KQ CT01"], &["CT01"]))).await;
    assert_eq!(found, BTreeMap::new());
}
