//! The indicators in three views: the page and the API say what the command says, and reports are downloaded.

use reqwest::StatusCode;

use super::{Site, plain};
use crate::agreement::fullest_month;

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
        assert!(page.contains(&counts), "{counts}: {page}");
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
