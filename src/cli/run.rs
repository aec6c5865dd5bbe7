//! `dongbo run`: the daemon in the foreground, as systemd starts it.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use crate::config::Loaded;
use crate::control::Reload;
use crate::daemon::{Daemon, Outside};
use crate::systemd::notify::Notifier;
use dongbo_model::clock::Clock;

/// Time that a start may take: a new version may have to migrate the tables of a large ledger.
const START_WITHIN: Duration = Duration::from_secs(600);

/// Runs the daemon until SIGTERM or SIGINT; a second signal ends it without finishing anything.
pub(super) async fn run(globals: &Globals) -> Result<Ended, Failure> {
    let Loaded { config, entries, .. } = globals.load_whole()?;
    let log = crate::log::start(&config.log, Clock::system())?;
    let notifier = Notifier::from_environment(|name| std::env::var_os(name), std::process::id());
    let stop = CancellationToken::new();
    let at_once = CancellationToken::new();
    // Before anything takes time: a signal that comes earlier would end the process at once, or be lost.
    let stopping = listen(SignalKind::terminate())?;
    let interrupted = listen(SignalKind::interrupt())?;
    let hangups = listen(SignalKind::hangup())?;
    tokio::spawn(stop_on_signals(stopping, interrupted, stop.clone(), at_once.clone()));
    notifier.extend_timeout(START_WITHIN);
    let work = async {
        // A start that is broken off leaves the same behind as a kill would.
        let prepared =
            stop.run_until_cancelled(Daemon::prepare(&config, Clock::system(), rand::random())).await;
        let Some(daemon) = prepared.transpose()? else { return Ok(Ended::Complete) };
        daemon.pages().ctx.metrics.show_log(log.written());
        let reloads = mpsc::channel(1);
        tokio::spawn(reload_on_signal(hangups, reloads.0.clone(), notifier.clone()));
        if let Ok(address) = daemon.address() {
            tracing::info!(event = "http.listening", %address, "Metrics and health are served on http://{address}");
        }
        if let Some((address, speaks_tls)) = daemon.console_address() {
            let scheme = if speaks_tls { "https" } else { "http" };
            tracing::info!(event = "console.listening", %address, "The console is at {scheme}://{address}");
        }
        let (globals, levels) = (globals.clone(), log.clone());
        let outside = Outside {
            notifier,
            reloads,
            lang: globals.lang,
            read: Box::new(move || globals.load_whole()),
            entries,
            levels: Some(Arc::new(move |wanted| {
                let set = wanted.map_or(Ok(()), |wanted| levels.set_level(wanted));
                set.map(|()| levels.level()).map_err(|error| error.to_string())
            })),
        };
        daemon.run_within(outside, stop.clone()).await?;
        Ok(Ended::Complete)
    };
    let ended = at_once.run_until_cancelled(work).await.unwrap_or(Ok(Ended::Failed));
    log.flush();
    ended
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(Failure::Signals)
}

/// Stops in order at the first signal, and at once at the second: calls under way are then looked up after the next start, as
/// after a kill.
async fn stop_on_signals(
    mut terminate: Signal,
    mut interrupt: Signal,
    stop: CancellationToken,
    at_once: CancellationToken,
) {
    let mut signalled = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    signalled().await;
    tracing::info!(
        event = "daemon.stopping",
        "Stopping: finishing what is under way, giving back the rest; a second signal ends it at once"
    );
    stop.cancel();
    signalled().await;
    tracing::warn!(
        event = "daemon.stopped_at_once",
        "Stopped at once by a second signal: what was under way will be looked up when dongbo starts again"
    );
    at_once.cancel();
}

/// Orders a reload at each SIGHUP. The log tells how it ended, so the answer is dropped here.
async fn reload_on_signal(mut hangups: Signal, orders: mpsc::Sender<Reload>, notifier: Notifier) {
    while hangups.recv().await.is_some() {
        let (asked, answer) = oneshot::channel();
        notifier.reloading();
        if orders.send(asked).await.is_err() {
            return;
        }
        drop(answer.await);
        notifier.ready();
    }
}
