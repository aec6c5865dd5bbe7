//! `docs/metrics.md` names every metric there is, with its type, and no other.

use std::collections::BTreeMap;
use std::time::Duration;

use dongbo::class::ErrorClass;
use dongbo::ledger::Overview;
use dongbo::metrics::Metrics;
use dongbo::portal::{CallRecord, Verdict};
use dongbo::vitals::Moments;

use crate::pages::page;

/// Name on the page and type of every metric, as the program writes them.
fn real() -> BTreeMap<String, String> {
    let metrics = Metrics::new();
    // These have no labels that are known beforehand, so they show only once something was measured.
    metrics.source_failed("poll", ErrorClass::Transient);
    metrics.called(&CallRecord {
        service: "log_in",
        outcome: Verdict::Delivered,
        http_status: Some(200),
        elapsed: Duration::from_millis(1),
        clock_offset: Some(chrono::TimeDelta::zero()),
        certificate_end: None,
    });
    let now = chrono::DateTime::UNIX_EPOCH;
    let text = metrics.render(&Overview::default(), None, 1.0, &Moments::default(), now).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| {
            let suffix = if kind == "counter" { "_total" } else { "" };
            (format!("{name}{suffix}"), kind.to_owned())
        })
        .collect()
}

/// Name and type of every row of the page's tables that begins with a metric.
fn documented(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `dongbo_")?.split('|').map(str::trim);
            let name = cells.next()?.trim_end_matches('`');
            Some((format!("dongbo_{name}"), cells.next()?.to_owned()))
        })
        .collect()
}

/// Every word of the page that looks like a metric.
fn named(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("dongbo_"))
        .collect()
}

#[test]
fn the_page_lists_every_metric_with_its_type() {
    let real = real();
    assert!(real.len() > 20, "only {} metrics were found: {real:?}", real.len());
    assert_eq!(documented(&page("docs/metrics.md").text), real);
}

#[test]
fn every_metric_that_any_page_names_exists() {
    let real = real();
    for page in crate::pages::all() {
        for name in named(&page.text) {
            assert!(real.contains_key(name), "{} names {name}, which does not exist", page.path.display());
        }
    }
}

#[test]
fn a_row_is_read_with_its_type() {
    let rows = documented("| `dongbo_x_total` | counter | `a` | About x |\n| other | gauge | | |");
    assert_eq!(rows.into_iter().collect::<Vec<_>>(), [("dongbo_x_total".to_owned(), "counter".to_owned())]);
}
