//! The page as a file, for hosts where nothing fetches it over HTTP: node_exporter's textfile collector reads it.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::counted::Metrics;
use dongbo_model::ErrorClass;
use dongbo_model::clock::Clock;

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
            Ok(text) => write(path, &text).map_err(|error| error.to_string()),
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

/// Puts `text` in the place of the file at `path`, in one step for its readers.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    // node_exporter reads what ends in .prom, so not this.
    unfinished.push(".new");
    let mut file = File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    drop(file);
    fs::rename(&unfinished, path)
}
