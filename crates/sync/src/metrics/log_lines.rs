//! Counting the lines of the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The number of lines of each level that went into the log. The log is older than the daemon, so it counts here and
/// [`super::Metrics::show_log`] shows it. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct LogLines(Arc<[AtomicU64; 5]>);

impl LogLines {
    /// A line went into the log.
    pub fn count(&self, level: Level) {
        self.of(level).fetch_add(1, Ordering::Relaxed);
    }

    /// The number of lines of each level, the gravest first.
    pub(super) fn counts(&self) -> [u64; 5] {
        [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE]
            .map(|level| self.of(level).load(Ordering::Relaxed))
    }

    fn of(&self, level: Level) -> &AtomicU64 {
        let [error, warn, info, debug, trace] = &*self.0;
        match level {
            Level::ERROR => error,
            Level::WARN => warn,
            Level::INFO => info,
            Level::DEBUG => debug,
            Level::TRACE => trace,
        }
    }
}

impl<S: Subscriber> Layer<S> for LogLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.count(*event.metadata().level());
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::LogLines;

    #[test]
    fn lines_are_counted_by_level_and_those_that_the_filter_hides_are_not() {
        let lines = LogLines::default();
        let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(lines.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("1");
            tracing::info!("2");
            tracing::info!("3");
            tracing::debug!("hidden");
        });
        assert_eq!(lines.counts(), [1, 0, 2, 0, 0]);
    }
}
