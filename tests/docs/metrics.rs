//! `docs/metrics.md` is generated from the table of metrics, and whoever names a metric names one that exists: pages,
//! alert rules, dashboard.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use dongbo_sync::compare_jobs::Job;
use dongbo_sync::metrics::format::Format;
use dongbo_sync::metrics::{Certificate, Description, Label, LogLines, Metrics, Snapshot, catalogue};
use dongbo_sync::owner_store::OwnerStoreStanding;
use dongbo_sync::vitals::{CatalogueSeen, Moments, Part, ReaderMoments};

use crate::pages::{page, top};

const BEGIN: &str = "<!-- Generated from crates/sync/src/metrics/table.rs: DONGBO_WRITE_DOCS=1 cargo test --test docs metrics -->\n";
const END: &str = "<!-- End of what is generated. -->\n";

/// Every metric there is.
pub(crate) fn all() -> Vec<Description> {
    catalogue().into_iter().flat_map(|group| group.metrics).collect()
}

/// Name and type of every metric, as a page says that shows all of them.
fn shown() -> BTreeMap<String, String> {
    let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let metrics = Metrics::new(now);
    metrics.clock_offset("portal", TimeDelta::zero());
    metrics.certificate_ends(Certificate::Portal, now);
    metrics.swept(Duration::from_secs(1));
    metrics.ledger_rebuilt(now);
    metrics.published_stands(Some(now), 0);
    let stores = OwnerStoreStanding { looked: 1, confirmed: 1, last_at: Some(now) };
    metrics.owner_store_stands(Some(stores));
    metrics.ways_failing(&[("mail".to_owned(), now)]);
    metrics.reports_failing(0);
    metrics.indicators(&[(["H44.08", "2.1", "local"].map(str::to_owned), 0.9)]);
    metrics.points_apart(&[("2.1", 0.0)]);
    metrics.periods_end(&[("month", now)]);
    metrics.targets(&[(["plan", "2.1", "now"].map(str::to_owned), 0.0)]);
    metrics.show_log(LogLines::default());
    let catalogue = Some(CatalogueSeen { at: now, known: 1, vanished: 0 });
    let moments = Moments {
        last_poll: Some(now),
        last_acknowledged: Some(now),
        last_sweep: Some(now),
        next_poll: Some(now),
        next_sweep: Some(now),
        leads: true,
        catalogue,
        ..Moments::default()
    };
    let run = BTreeMap::from([(Job::Counts, now)]);
    let snapshot = Snapshot {
        now,
        moments,
        sources: vec![(
            "a".to_owned(),
            ReaderMoments { last_poll: Some(now), ..ReaderMoments::default() },
            true,
        )],
        paused: Some(false),
        wait_until: Some(now),
        jobs: dongbo_sync::compare_jobs::JobStates {
            bound: Some(0.01),
            last: run.clone(),
            due: run,
            ..Default::default()
        },
        last_progress: vec![(Part::Live, Some(now))],
        forecast: Some(Duration::ZERO),
        ledger: Some(top().join("Cargo.toml")),
        ..Snapshot::default()
    };
    let text = metrics.render(&snapshot, Format::Classic).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .collect()
}

fn labels(labels: &[&Label]) -> String {
    labels.iter().map(|label| format!("`{}`", label.name)).collect::<Vec<_>>().join(", ")
}

/// The part of the page that comes from the table.
fn generated() -> String {
    let mut text = String::new();
    for group in catalogue() {
        writeln!(text, "\n## {}\n\n| metric | type | labels | meaning |\n|---|---|---|---|", group.title)
            .unwrap();
        for metric in &group.metrics {
            writeln!(
                text,
                "| `{}` | {} | {} | {} |",
                metric.name,
                metric.kind,
                labels(&metric.labels),
                metric.help
            )
            .unwrap();
        }
        let mut told = BTreeSet::new();
        for label in group.metrics.iter().flat_map(|metric| &metric.labels) {
            if told.insert((label.name, label.meaning)) {
                // The version is another in each release.
                let values: Vec<_> = match label.name {
                    "version" => Vec::new(),
                    _ => label.values().iter().map(|value| format!("`{value}`")).collect(),
                };
                let colon = if values.is_empty() { "" } else { ": " };
                if told.len() == 1 {
                    text.push('\n');
                }
                writeln!(text, "- `{}`{colon}{} ({})", label.name, values.join(", "), label.meaning).unwrap();
            }
        }
        let queries: Vec<_> = group.metrics.iter().filter_map(|metric| metric.query).collect();
        if !queries.is_empty() {
            writeln!(text, "\nTypical queries:\n\n```promql\n{}\n```", queries.join("\n")).unwrap();
        }
    }
    text.push('\n');
    text
}

/// The names that samples of `metric` can have.
fn sample_names(metric: &Description) -> Vec<String> {
    let suffixes: &[&str] =
        if metric.kind == "histogram" { &["", "_bucket", "_sum", "_count"] } else { &[""] };
    suffixes.iter().map(|suffix| format!("{}{suffix}", metric.name)).collect()
}

/// Every word of a text that looks like a metric.
pub(crate) fn named(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("dongbo_"))
        .collect()
}

/// The metric that a word names.
pub(crate) fn find<'m>(all: &'m [Description], name: &str) -> Option<&'m Description> {
    all.iter().find(|metric| sample_names(metric).iter().any(|sample| sample == name))
}

#[test]
fn the_page_is_generated_from_the_table() {
    let page = page("docs/metrics.md");
    page.hold_generated(BEGIN, END, &generated(), "metrics");
}

#[test]
fn the_table_and_the_program_agree_on_every_name_and_type() {
    let declared: BTreeMap<String, String> =
        all().iter().map(|metric| (metric.name.to_owned(), metric.kind.replace("info", "gauge"))).collect();
    assert_eq!(shown(), declared);
}

#[test]
fn names_follow_the_conventions() {
    for metric in all() {
        let Description { name, kind, help, labels, .. } = &metric;
        assert!(name.starts_with("dongbo_"), "{name}");
        assert_eq!(*kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert_eq!(*kind == "info", name.ends_with("_info"), "{name} is an {kind}");
        assert!(*kind != "histogram" || name.ends_with("_seconds"), "{name}");
        for unit in
            ["_ms", "_millis", "_minutes", "_percent", "_kb", "_mb", "_age", "_duration", "_timestamp"]
        {
            assert!(!name.ends_with(unit), "{name} is in no base unit");
        }
        // Prometheus calls a label of ours otherwise when it has the name of one of its own.
        for label in labels.iter().map(|label| label.name) {
            assert!(!["job", "instance"].contains(&label), "{name} has the label {label}");
        }
        assert!(help.ends_with('.') && help.len() > 10, "{name}: {help}");
        // The encoder writes the help as it is.
        assert!(!help.contains(['"', '\\', '\n', '|']), "{name}: {help}");
    }
}

#[test]
fn every_metric_that_any_page_or_query_names_exists() {
    let all = all();
    for page in crate::pages::all() {
        for name in named(&page.text) {
            assert!(find(&all, name).is_some(), "{} names {name}, which does not exist", page.path.display());
        }
    }
}

#[test]
fn a_metric_that_does_not_exist_is_missed() {
    let all = all();
    assert_eq!(named("rate(dongbo_polls_total[5m]) / dongbo_x"), ["dongbo_polls_total", "dongbo_x"]);
    assert!(find(&all, "dongbo_polls_total").is_some() && find(&all, "dongbo_x").is_none());
    assert!(find(&all, "dongbo_poll_duration_seconds_bucket").is_some());
    assert!(find(&all, "dongbo_polls_total_bucket").is_none());
}
