//! The indicators in three views: the page and the API say what the command says, and reports are downloaded.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::{Site, between, plain};
use crate::agreement::fullest_month;

fn without_tags(page: &str) -> String {
    page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_api_say_what_indicators_show_says_and_reports_are_downloaded() {
    let site = Site::new(1_822, 40, 1).await;
    let period = fullest_month(&site.rig).to_string();
    let shown = site.command(&["indicators", "show", "--period", &period, "--json", "--lang", "en"]).await;
    let page = plain(&site.get(&format!("/indicators?period={period}&lang=en")).await.body);
    let told: serde_json::Value =
        serde_json::from_str(&site.get(&format!("/api/v1/indicators?period={period}")).await.body).unwrap();
    assert!(shown["received"]["local"].as_u64().unwrap() > 0, "{shown}");
    assert_eq!(shown["received"], told["received"]);
    let rows = shown["indicators"].as_array().unwrap();
    for (row, same) in rows.iter().zip(told["indicators"].as_array().unwrap()) {
        for field in ["indicator", "local", "portal", "published", "ratio_apart", "points_apart"] {
            assert_eq!(row[field], same[field], "{field} of {row}");
        }
    }
    let on_time = rows.iter().find(|row| row["indicator"] == "2.1").unwrap();
    for value in [&on_time["local"], &on_time["portal"]] {
        let counts = format!("({}/{})", value["numerator"], value["denominator"]);
        assert!(without_tags(&page).contains(&counts), "{counts}: {page}");
    }
    let groups = shown["groups"].as_array().unwrap();
    for (group, same) in groups.iter().zip(told["groups"].as_array().unwrap()) {
        assert_eq!((&group["group"], &group["local"]["points"]), (&same["group"], &same["local"]), "{group}");
    }
    assert_eq!(shown["targets"].as_array().unwrap().len(), told["targets"].as_array().unwrap().len());
    for (kind, format) in [("sync", "csv"), ("publication", "xlsx")] {
        let file = site.client.get(site.url(&format!("/report?kind={kind}&period={period}&format={format}")));
        let file = file.send().await.unwrap();
        assert_eq!(file.status(), StatusCode::OK, "{kind}");
        assert!(file.headers()["content-disposition"].to_str().unwrap().contains(&period));
    }
    for wrong in
        ["/report", "/report?kind=x&period=2026-08&format=csv", "/report?kind=sync&period=x&format=csv"]
    {
        assert_eq!(site.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_of_the_indicators_leads_to_the_list_that_has_just_as_many_dossiers() {
    let site = Site::new(1_823, 70, 2).await;
    let period = fullest_month(&site.rig).to_string();
    for set in ["p-2026-09", "d-2026-10"] {
        let page = plain(&site.get(&format!("/indicators?period={period}&set={set}&lang=en")).await.body);
        let links: Vec<&str> = page.split("href=\"/indicators/dossiers?").skip(1).collect();
        let mut seen = BTreeSet::new();
        for link in links {
            let (query, many) = (between(link, "", "\""), between(link, ">", "<").replace(',', ""));
            let Ok(many) = many.parse::<usize>() else { continue };
            if !seen.insert(query.clone()) {
                continue;
            }
            let rows = site.listed(&format!("/indicators/dossiers?{query}")).await;
            assert_eq!(rows.len(), many, "{query}");
            assert!(rows.is_sorted() && rows.iter().collect::<BTreeSet<_>>().len() == many, "{query}");
        }
        assert!(seen.len() > 15, "{seen:?}");
    }
    let unit = site.command(&["indicators", "show", "--by", "unit", "--period", &period, "--json"]).await;
    let unit = unit["indicators"][0]["part"].as_str().unwrap().to_owned();
    let query = format!("part=denominator&view=local&period={period}&unit={unit}");
    let command = ["indicators", "list", "2.1", "--part", "denominator", "--view", "local"];
    let command = [&command[..], &["--period", &period, "--unit", &unit, "--json"]].concat();
    let told = site.command(&command).await;
    let codes: Vec<&str> =
        told["dossiers"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert!(!codes.is_empty(), "{told}");
    let page = format!("/indicators/dossiers?indicator=2.1&{query}");
    assert_eq!(site.listed(&page).await, codes);
    let table = site.get(&page.replacen("dossiers?", "dossiers.csv?", 1)).await;
    assert_eq!(table.headers[CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(
        table.body.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect::<Vec<_>>(),
        codes
    );
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let page = site.get(&format!("/api/v1/indicators/2.1/dossiers?{query}&limit=3{next}")).await;
        let page: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(page["total"], told["total"], "{page}");
        rows.extend(page["dossiers"].as_array().unwrap().clone());
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(&Value::from(rows), &told["dossiers"], "the API says what the command says");
    for (wrong, status) in [
        ("/indicators/dossiers", StatusCode::NOT_FOUND),
        ("/indicators/dossiers.csv?indicator=9.9", StatusCode::NOT_FOUND),
        ("/api/v1/indicators/9.9/dossiers", StatusCode::BAD_REQUEST),
        ("/indicators/dossiers?indicator=2.1&part=%22%3E%3Cscript%3E&after=%00%FF", StatusCode::OK),
    ] {
        assert_eq!(site.get(wrong).await.status, status, "{wrong}");
    }
}
