//! `dongbo backfill`: orders a backfill, shows how it goes on, and breaks it off.

mod range;
mod show;

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::running;
use crate::config::Config;
use crate::control::{BackfillProgress, ClientError, Reply, Request};
use dongbo_ledger::BackfillState;
use dongbo_model::clock::Clock;
use dongbo_model::texts;
use range::Bound;
use show::Show;

/// Time between two looks at the progress.
const LOOK_EVERY: Duration = Duration::from_millis(500);

texts! {
    none(): "Chưa có lần đồng bộ bù nào.", "There has been no backfill yet.";
    cancelled(touched): "Đã dừng đồng bộ bù; {touched} hồ sơ đã tìm thấy vẫn được kiểm tra tiếp.", "The backfill is cancelled; the {touched} dossiers found so far are still checked.";
    detached(): "Đồng bộ bù vẫn chạy trong dịch vụ dongbo. Xem tiếp: dongbo backfill. Dừng: dongbo backfill --cancel", "The backfill goes on in the daemon. To watch it: dongbo backfill. To cancel it: dongbo backfill --cancel";
}

/// The options of `dongbo backfill`. Without any it shows the progress of the last backfill.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct BackfillArgs {
    /// First day (2026-01-31 or 31/01/2026, in Vietnamese time) or moment (2026-01-31T08:00:00+07:00) of local change.
    #[arg(long, value_name = "DATE", value_parser = range::parse)]
    from: Option<Bound>,
    /// Last day, which is included, or the moment before which to end; today when it is left out.
    #[arg(long, value_name = "DATE", value_parser = range::parse, requires = "from")]
    to: Option<Bound>,
    /// Most dossiers made due a minute; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = 1_200, requires = "from")]
    per_minute: u32,
    /// Do not watch how it goes on.
    #[arg(long)]
    detach: bool,
    /// Break the running backfill off.
    #[arg(long, conflicts_with_all = ["from", "to", "detach"])]
    cancel: bool,
}

/// Orders, watches or breaks off a backfill of the running daemon.
pub(super) async fn backfill(globals: &Globals, args: &BackfillArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let by = running::acting_for();
    let request = match &args.from {
        Some(from) => {
            let to = args.to.as_ref().map_or_else(|| clock.now(), Bound::end);
            Request::Backfill { from: from.start(), to, per_minute: args.per_minute, by }
        }
        None if args.cancel => Request::CancelBackfill { by },
        None => Request::BackfillState,
    };
    let Some(progress) = progress(&config, &request).await? else {
        globals.output(&clock).show(&None::<BackfillProgress>, |_, out| out.line(none(out.lang())))?;
        return Ok(Ended::Complete);
    };
    if args.cancel || args.detach || progress.is_over() {
        let ended = ended(&progress);
        globals.output(&clock).show(&progress, |progress, out| {
            let lang = out.lang();
            if args.cancel {
                out.line(cancelled(lang, lang.count(progress.backfill.touched)));
                return;
            }
            out.line(show::line(lang, progress));
            if !progress.is_over() {
                out.line(detached(lang));
            }
        })?;
        return Ok(if args.cancel || args.detach { Ended::Complete } else { ended });
    }
    watch(globals, &config, &clock, progress).await
}

async fn watch(
    globals: &Globals,
    config: &Config,
    clock: &Clock,
    mut progress: BackfillProgress,
) -> Result<Ended, Failure> {
    // Before anything is shown that a person could break off: until then the signal would end the process.
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let mut show = Show::new(globals.output(clock));
    loop {
        show.update(&progress, clock.now())?;
        if progress.is_over() {
            show.end(&progress)?;
            return Ok(ended(&progress));
        }
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            _ = interrupts.recv() => {
                show.leave(&detached(globals.lang))?;
                return Ok(Ended::Complete);
            }
        }
        match self::progress(config, &Request::BackfillState).await {
            Ok(Some(now)) => progress = now,
            Ok(None) => return Ok(Ended::Failed),
            Err(error) => {
                show.leave("")?;
                return Err(error);
            }
        }
    }
}

async fn progress(config: &Config, request: &Request) -> Result<Option<BackfillProgress>, Failure> {
    match running::ask(config, request).await? {
        Reply::Backfill(progress) => Ok(progress.map(|progress| *progress)),
        other => Err(ClientError::unexpected(&other).into()),
    }
}

/// The end of the command: a backfill that was broken off left something out.
fn ended(progress: &BackfillProgress) -> Ended {
    if progress.backfill.state == BackfillState::Cancelled { Ended::Partial } else { Ended::Complete }
}
