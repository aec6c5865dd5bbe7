//! The kinds of metrics, each made and registered from its declaration, at zero for every value of its labels.

use dongbo_model::locks::lock;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{array, sync::Arc};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter as Counted;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge as Gauged;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info as Told;
use prometheus_client::registry::Registry;

use super::measure::Measure;

/// Upper bounds of the buckets of every duration.
const BUCKETS: [f64; 12] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// A label with all the values that it can have.
#[derive(Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// The things that it distinguishes, for the documentation.
    pub meaning: &'static str,
    pub(super) values: fn() -> Vec<&'static str>,
}

impl Label {
    /// Every value that it can have.
    #[must_use]
    pub fn values(&self) -> Vec<&'static str> {
        (self.values)()
    }
}

/// Something that can be declared in the table of metrics.
pub(super) trait Kind {
    /// The type, as the documentation and the page name it.
    const NAME: &'static str;
    /// The suffix that the encoder puts behind the name of such metrics.
    const SUFFIX: &'static str = "";
    /// `[&'static Label; N]`.
    type Labels;

    /// Makes it and has it shown on the page as `name`, which is without the suffix.
    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self;
}

type Set<const N: usize> = [(&'static str, &'static str); N];

fn set<const N: usize>(labels: &[&'static Label; N], values: [&'static str; N]) -> Set<N> {
    let mut values = values.into_iter();
    labels.map(|label| (label.name, values.next().unwrap_or_default()))
}

/// Every combination of the values of `labels`.
fn every<const N: usize>(labels: &[&'static Label; N]) -> Vec<[&'static str; N]> {
    let mut all = vec![array::from_fn(|_| "")];
    for (place, label) in labels.iter().enumerate() {
        let with = |values: &[&'static str; N], value: &'static str| {
            let mut values = *values;
            values.iter_mut().skip(place).take(1).for_each(|slot| *slot = value);
            values
        };
        all = all
            .iter()
            .flat_map(|values| label.values().into_iter().map(move |value| with(values, value)))
            .collect();
    }
    all
}

/// A number that only rises.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Counted);

impl Kind for Counter {
    const NAME: &'static str = "counter";
    const SUFFIX: &'static str = "_total";
    type Labels = [&'static Label; 0];

    fn declare(_: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let counter = Self::default();
        registry.register(name, help, counter.0.clone());
        counter
    }
}

impl Counter {
    pub(super) fn add(&self, many: u64) {
        self.0.inc_by(many);
    }
}

/// Seconds that only grow, counted elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct SecondsCounter(Counted<f64, AtomicU64>);

impl Kind for SecondsCounter {
    const NAME: &'static str = "counter";
    const SUFFIX: &'static str = "_total";
    type Labels = [&'static Label; 0];

    fn declare(_: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let counter = Self::default();
        registry.register(name, help, counter.0.clone());
        counter
    }
}

impl SecondsCounter {
    /// Takes over what the other counts.
    pub(super) fn reached(&self, seconds: f64) {
        self.0.inner().store(seconds.to_bits(), Ordering::Relaxed);
    }
}

/// [`Counter`]s distinguished by labels.
#[derive(Debug)]
pub(super) struct Counters<const N: usize> {
    labels: [&'static Label; N],
    family: Family<Set<N>, Counted>,
}

impl<const N: usize> Kind for Counters<N> {
    const NAME: &'static str = "counter";
    const SUFFIX: &'static str = "_total";
    type Labels = [&'static Label; N];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let counters = Self { labels, family: Family::default() };
        registry.register(name, help, counters.family.clone());
        for values in every(&counters.labels) {
            counters.add(values, 0);
        }
        counters
    }
}

impl<const N: usize> Counters<N> {
    pub(super) fn add(&self, values: [&'static str; N], many: u64) {
        self.family.get_or_create(&set(&self.labels, values)).inc_by(many);
    }
}

/// [`Counters`] kept elsewhere; not on the page until they are known.
#[derive(Debug)]
pub(super) struct ForeignCounters<const N: usize>(Counters<N>);

impl<const N: usize> Kind for ForeignCounters<N> {
    const NAME: &'static str = "counter";
    const SUFFIX: &'static str = "_total";
    type Labels = [&'static Label; N];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let counters = Counters { labels, family: Family::default() };
        registry.register(name, help, counters.family.clone());
        Self(counters)
    }
}

impl<const N: usize> ForeignCounters<N> {
    /// Takes over what the other counts.
    pub(super) fn reached(&self, values: [&'static str; N], many: u64) {
        let set = set(&self.0.labels, values);
        self.0.family.get_or_create(&set).inner().store(many, Ordering::Relaxed);
    }
}

type Level = Gauged<f64, AtomicU64>;

/// A number that rises and falls, 0 until it is set.
#[derive(Debug, Clone, Default)]
pub(super) struct Gauge(Level);

impl Kind for Gauge {
    const NAME: &'static str = "gauge";
    type Labels = [&'static Label; 0];

    fn declare(_: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let gauge = Self::default();
        registry.register(name, help, gauge.0.clone());
        gauge
    }
}

impl Gauge {
    pub(super) fn set(&self, to: impl Measure) {
        self.0.set(to.measure());
    }
}

/// [`Gauge`]s distinguished by labels.
#[derive(Debug)]
pub(super) struct Gauges<const N: usize> {
    labels: [&'static Label; N],
    family: Family<Set<N>, Level>,
}

impl<const N: usize> Kind for Gauges<N> {
    const NAME: &'static str = "gauge";
    type Labels = [&'static Label; N];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let gauges = Self { labels, family: Family::default() };
        registry.register(name, help, gauges.family.clone());
        for values in every(&gauges.labels) {
            gauges.set(values, 0.0);
        }
        gauges
    }
}

impl<const N: usize> Gauges<N> {
    pub(super) fn set(&self, values: [&'static str; N], to: impl Measure) {
        self.family.get_or_create(&set(&self.labels, values)).set(to.measure());
    }
}

/// A gauge that is not on the page while its value is not known: 0 would say something that is not so.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<Option<f64>>>);

impl Kind for Known {
    const NAME: &'static str = "gauge";
    type Labels = [&'static Label; 0];

    fn declare(_: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let known = Self::default();
        registry.register(name, help, known.clone());
        known
    }
}

impl Known {
    pub(super) fn set(&self, to: Option<impl Measure>) {
        *lock(&self.0) = to.map(Measure::measure);
    }

    fn get(&self) -> Option<f64> {
        *lock(&self.0)
    }
}

impl EncodeMetric for Known {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        self.get().map_or(Ok(()), |value| encoder.encode_gauge(&value))
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }

    fn is_empty(&self) -> bool {
        self.get().is_none()
    }
}

/// [`Gauges`] of which each is on the page from when its value is known.
#[derive(Debug)]
pub(super) struct KnownBy<const N: usize>(Gauges<N>);

impl<const N: usize> Kind for KnownBy<N> {
    const NAME: &'static str = "gauge";
    type Labels = [&'static Label; N];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let gauges = Gauges { labels, family: Family::default() };
        registry.register(name, help, gauges.family.clone());
        Self(gauges)
    }
}

impl<const N: usize> KnownBy<N> {
    pub(super) fn set(&self, values: [&'static str; N], to: impl Measure) {
        self.0.set(values, to);
    }

    /// The value as it is known now, which may be not at all any more.
    pub(super) fn know(&self, values: [&'static str; N], to: Option<impl Measure>) {
        match to {
            Some(to) => self.set(values, to),
            None => {
                self.0.family.remove(&set(&self.0.labels, values));
            }
        }
    }
}

/// A [`Gauge`] for each of something that the configuration or the dossiers name; on the page are those that are shown.
#[derive(Debug)]
pub(super) struct Named<const N: usize> {
    labels: [&'static Label; N],
    family: Family<[(&'static str, String); N], Level>,
}

impl<const N: usize> Kind for Named<N> {
    const NAME: &'static str = "gauge";
    type Labels = [&'static Label; N];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let gauges = Self { labels, family: Family::default() };
        registry.register(name, help, gauges.family.clone());
        gauges
    }
}

impl<const N: usize> Named<N> {
    /// Shows these values and no other; what is not known is not shown.
    pub(super) fn show<'s>(&self, values: impl Iterator<Item = ([&'s str; N], Option<f64>)>) {
        self.family.clear();
        for (names, value) in values {
            if let Some(value) = value {
                let mut names = names.into_iter();
                let labels =
                    self.labels.map(|label| (label.name, names.next().unwrap_or_default().to_owned()));
                self.family.get_or_create(&labels).set(value);
            }
        }
    }
}

#[derive(Debug, Clone)]
struct NewHistogram;

impl MetricConstructor<Histogram> for NewHistogram {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BUCKETS)
    }
}

/// The durations of something, one for each time.
#[derive(Debug)]
pub(super) struct Durations(Histogram);

impl Kind for Durations {
    const NAME: &'static str = "histogram";
    type Labels = [&'static Label; 0];

    fn declare(_: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let histogram = NewHistogram.new_metric();
        registry.register(name, help, histogram.clone());
        Self(histogram)
    }
}

impl Durations {
    pub(super) fn took(&self, time: std::time::Duration) {
        self.0.observe(time.as_secs_f64());
    }
}

/// [`Durations`] distinguished by labels.
#[derive(Debug)]
pub(super) struct DurationsBy<const N: usize> {
    labels: [&'static Label; N],
    family: Family<Set<N>, Histogram, NewHistogram>,
}

impl<const N: usize> Kind for DurationsBy<N> {
    const NAME: &'static str = "histogram";
    type Labels = [&'static Label; N];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::new_with_constructor(NewHistogram);
        registry.register(name, help, family.clone());
        for values in every(&labels) {
            drop(family.get_or_create(&set(&labels, values)));
        }
        Self { labels, family }
    }
}

impl<const N: usize> DurationsBy<N> {
    pub(super) fn took(&self, values: [&'static str; N], time: std::time::Duration) {
        self.family.get_or_create(&set(&self.labels, values)).observe(time.as_secs_f64());
    }
}

/// A fact that never changes while the process runs: always 1, with the fact in its one label.
#[derive(Debug)]
pub(super) struct Info;

impl Kind for Info {
    const NAME: &'static str = "info";
    const SUFFIX: &'static str = "_info";
    type Labels = [&'static Label; 1];

    fn declare(labels: Self::Labels, registry: &mut Registry, name: &str, help: &str) -> Self {
        for values in every(&labels) {
            registry.register(name, help, Told::new(set(&labels, values)));
        }
        Self
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::{Counters, Kind as _, Known, KnownBy, Label};

    static SIZE: Label = Label { name: "size", meaning: "", values: || vec!["s", "l"] };
    static COLOUR: Label = Label { name: "colour", meaning: "", values: || vec!["red", "blue"] };

    fn page(registry: &Registry) -> Vec<String> {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        let mut lines: Vec<String> =
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
        lines.sort();
        lines
    }

    #[test]
    fn every_combination_of_labels_is_there_from_the_start() {
        let mut registry = Registry::default();
        let hats = Counters::declare([&SIZE, &COLOUR], &mut registry, "hats", "Hats");
        hats.add(["l", "red"], 2);
        let expected = [
            "hats_total{size=\"l\",colour=\"blue\"} 0",
            "hats_total{size=\"l\",colour=\"red\"} 2",
            "hats_total{size=\"s\",colour=\"blue\"} 0",
            "hats_total{size=\"s\",colour=\"red\"} 0",
        ];
        assert_eq!(page(&registry), expected);
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let mut registry = Registry::default();
        let end = Known::declare([], &mut registry, "end", "End");
        let offset = KnownBy::declare([&SIZE], &mut registry, "offset", "Offset");
        assert_eq!(page(&registry), Vec::<String>::new());
        end.set(Some(1.5));
        offset.set(["s"], 2.0);
        assert_eq!(page(&registry), ["end 1.5", "offset{size=\"s\"} 2.0"]);
        end.set(None::<f64>);
        assert_eq!(page(&registry), ["offset{size=\"s\"} 2.0"]);
    }
}
