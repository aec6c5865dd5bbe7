//! `monitoring/`: rules and dashboard ask for what exists, and each alert has its remedy.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::metrics::{all, find, named};
use crate::pages::{lines, page, top};

/// Labels that Prometheus gives by itself.
const GIVEN: [&str; 3] = ["job", "instance", "le"];

fn file(name: &str) -> String {
    let path = top().join("monitoring").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The errors in a query: metrics, labels and values that do not exist.
fn wrong_with(query: &str) -> Vec<String> {
    let all = all();
    let known: BTreeSet<&str> =
        all.iter().flat_map(|metric| &metric.labels).map(|label| label.name).chain(GIVEN).collect();
    let mut wrong = Vec::new();
    for name in named(query) {
        if find(&all, name).is_none() {
            wrong.push(format!("{name} is no metric"));
        }
    }
    // What stands in braces behind a metric.
    for (place, name) in query.match_indices("dongbo_").map(|(place, _)| (place, named(&query[place..])[0])) {
        let Some(matchers) = query[place + name.len()..].strip_prefix('{') else { continue };
        let Some(metric) = find(&all, name) else { continue };
        for matcher in matchers.split('}').next().unwrap().split(',') {
            let (label, value) = matcher.split_once('=').unwrap();
            let label = label.trim().trim_end_matches('!');
            let value = value.trim_start_matches('~').trim().trim_matches('"');
            match metric.labels.iter().find(|declared| declared.name == label) {
                Some(declared) => wrong.extend(
                    value
                        .split('|')
                        .filter(|value| !declared.values().contains(value))
                        .map(|value| format!("{name} has no {label} {value}")),
                ),
                None if GIVEN.contains(&label) => {}
                None => wrong.push(format!("{name} has no label {label}")),
            }
        }
    }
    // What stands in parentheses behind `by` and `on`.
    for word in ["by (", "on ("] {
        for (place, _) in query.match_indices(word) {
            let inside = query[place + word.len()..].split(')').next().unwrap();
            wrong.extend(
                inside
                    .split(',')
                    .map(str::trim)
                    .filter(|label| !known.contains(label))
                    .map(|label| format!("there is no label {label}")),
            );
        }
    }
    wrong
}

/// The value of `key` in a rule, whose lines are all of the form `key: value`.
fn value<'r>(rule: &'r str, key: &str) -> &'r str {
    let start = format!("{key}: ");
    rule.lines()
        .find_map(|line| line.trim().strip_prefix(start.as_str()))
        .unwrap_or_else(|| panic!("no {key} in {rule}"))
        .trim_matches('"')
}

fn rules(text: &str) -> Vec<(String, String)> {
    text.split("- alert: ")
        .skip(1)
        .map(|rule| (rule.lines().next().unwrap().to_owned(), rule.to_owned()))
        .collect()
}

#[test]
fn every_alert_asks_for_what_exists_and_says_what_it_means_in_both_languages() {
    let text = file("alerts.yml");
    let rules = rules(&text);
    assert!(rules.len() > 15, "only {} alerts were found", rules.len());
    for (name, rule) in &rules {
        assert_eq!(wrong_with(value(rule, "expr")), Vec::<String>::new(), "{name}");
        assert!(["critical", "warning"].contains(&value(rule, "severity")), "{name}");
        assert!(!value(rule, "for").is_empty() && !value(rule, "description").is_empty(), "{name}");
        let summary = value(rule, "summary");
        assert!(!summary.is_ascii(), "{name}: {summary} is not Vietnamese");
    }
}

#[test]
fn each_alert_has_its_remedy_and_each_remedy_its_alert() {
    let text = file("alerts.yml");
    let alerts: Vec<String> = rules(&text).into_iter().map(|(name, _)| name).collect();
    let operations = page("docs/operations.md");
    let mut sections = Vec::new();
    let mut inside = false;
    for line in lines(&operations.text, None) {
        if let Some(heading) = line.strip_prefix("## ") {
            inside = heading == "Alerts";
        } else if inside && let Some(heading) = line.strip_prefix("### ") {
            sections.push(heading.to_owned());
        }
    }
    assert_eq!(sections, alerts, "the same, in the same order");
    for (name, rule) in rules(&text) {
        assert_eq!(value(&rule, "runbook"), format!("docs/operations.md#{}", name.to_lowercase()));
        let section = operations.text.split(&format!("### {name}\n")).nth(1).unwrap();
        let section = section.split("\n### ").next().unwrap().split("\n## ").next().unwrap();
        assert!(section.contains("Meaning: "), "{name} has no meaning");
        assert!(
            section.contains("First look") && section.contains('`'),
            "{name} has no command to look with"
        );
        assert!(section.to_lowercase().contains("remedy"), "{name} has no remedy");
    }
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    dashboard["panels"].as_array().unwrap().iter().collect()
}

#[test]
fn every_panel_of_the_dashboard_asks_for_what_exists() {
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let panels = panels(&dashboard);
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels have the same id");
    let mut asked = BTreeSet::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{} asks nothing", panel["title"]);
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        for target in targets {
            let query = target["expr"].as_str().unwrap();
            assert_eq!(
                wrong_with(&query.replace("instance=~\"$instance\"", "instance=~\"x\"")),
                [""; 0],
                "{query}"
            );
            assert!(named(query).len() == query.matches("instance=~\"$instance\"").count(), "{query}");
            asked.extend(named(query).into_iter().map(str::to_owned));
        }
    }
    for needed in [
        "dongbo_last_poll_timestamp_seconds",
        "dongbo_last_acknowledgement_timestamp_seconds",
        "dongbo_last_sweep_timestamp_seconds",
        "dongbo_oldest_unsent_age_seconds",
        "dongbo_completeness_ratio",
        "dongbo_backlog",
        "dongbo_backlog_forecast_seconds",
        "dongbo_portal_calls_total",
        "dongbo_portal_call_duration_seconds_bucket",
        "dongbo_findings_open",
        "dongbo_source_errors_total",
    ] {
        assert!(asked.contains(needed), "no panel shows {needed}");
    }
}

#[test]
fn panels_do_not_lie_on_each_other() {
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let mut taken = BTreeSet::new();
    for panel in panels(&dashboard) {
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{} is beyond the edge", panel["title"]);
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{} lies on another panel", panel["title"]);
            }
        }
    }
}

#[test]
fn wrong_queries_are_told() {
    let wrong = |query: &str| wrong_with(query).len();
    assert_eq!(wrong("rate(dongbo_portal_calls_total{outcome=~\"auth|config\",job=\"x\"}[5m])"), 0);
    assert_eq!(wrong("dongbo_no_such_metric > 0"), 1);
    assert_eq!(wrong("dongbo_backlog{lane!=\"fast\"}"), 1);
    assert_eq!(wrong("dongbo_backlog{unit=\"x\"}"), 1);
    assert_eq!(wrong("sum by (job, dossier) (dongbo_backlog)"), 1);
}
