//! `dongbo run`: the daemon in the foreground, as systemd starts it.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::{Ended, Failure, Globals};
use crate::clock::Clock;
use crate::config::log::{LogConfig, LogFormat};
use crate::daemon::{Daemon, Reload};

/// Runs until SIGTERM or SIGINT.
pub(super) async fn run(globals: &Globals) -> Result<Ended, Failure> {
    let config = globals.load()?;
    start_log(&config.log);
    let stop = CancellationToken::new();
    // Before anything takes time: a signal that comes earlier would end the process at once, or be lost.
    let stopping = listen(SignalKind::terminate())?;
    let interrupted = listen(SignalKind::interrupt())?;
    let hangups = listen(SignalKind::hangup())?;
    let daemon = Daemon::prepare(&config, Clock::system(), rand::random()).await?;
    tokio::spawn(stop_on_signal(stopping, interrupted, stop.clone()));
    let (orders, reloads) = mpsc::channel(1);
    let daemon = daemon.controlled(orders.clone(), None);
    tokio::spawn(reload_on_signal(hangups, orders));
    if let Ok(address) = daemon.address() {
        tracing::info!(event = "http.listening", %address, "Metrics and health are served on http://{address}");
    }
    let globals = globals.clone();
    daemon.run_reloading(stop, Box::new(move || globals.load()), reloads).await?;
    Ok(Ended::Complete)
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(Failure::Signals)
}

async fn stop_on_signal(mut terminate: Signal, mut interrupt: Signal, stop: CancellationToken) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!(event = "daemon.stopping", "Stopping: finishing what is under way, giving back the rest");
    stop.cancel();
}

/// A reload tells in the log what became of it, so nobody has to wait for the answer here.
async fn reload_on_signal(mut hangups: Signal, orders: mpsc::Sender<Reload>) {
    while hangups.recv().await.is_some() {
        let (asked, answer) = oneshot::channel();
        if orders.send(asked).await.is_err() {
            return;
        }
        drop(answer.await);
    }
}

fn start_log(config: &LogConfig) {
    // The level was checked with the rest of the configuration.
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
