//! The page as a file, for hosts where nothing fetches it over HTTP: node_exporter's textfile collector reads it.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::counted::Metrics;
use dongbo_model::ErrorClass;
use dongbo_model::clock::Clock;
use dongbo_settings::whole;

/// The rights of the file: everybody may read it.
const FOR_ALL: u32 = 0o644;

/// Writes what `page` gives to `path` at once, then every `every`, and a last time at `stop`. The file appears whole or
/// not at all, and everybody may read it.
///
/// A failure is counted each time and logged when it is news; the file before stays where it is, so that its age tells.
pub async fn run<F, E>(
    path: &Path,
    every: Duration,
    page: impl Fn() -> F,
    metrics: &Metrics,
    clock: &Clock,
    stop: CancellationToken,
) where
    F: Future<Output = Result<String, E>>,
    E: Display,
{
    let mut failing = false;
    loop {
        let last = stop.is_cancelled();
        let written = match page().await {
            Ok(text) => {
                whole::replace(path, text.as_bytes(), Some(FOR_ALL)).map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match written {
            Ok(()) if failing => {
                failing = false;
                tracing::info!(event = "textfile.written", "{} is written again", path.display());
            }
            Ok(()) => {}
            Err(error) => {
                metrics.textfile_failed();
                if !failing {
                    tracing::error!(
                        event = "textfile.failed",
                        class = ErrorClass::Config.name(),
                        "The metrics cannot be written to {}: {error}; check metrics.textfile, the rights on its folder \
                         and the disk; it is tried again every {} s",
                        path.display(),
                        every.as_secs()
                    );
                }
                failing = true;
            }
        }
        if last {
            return;
        }
        stop.run_until_cancelled(clock.sleep(every)).await;
    }
}
