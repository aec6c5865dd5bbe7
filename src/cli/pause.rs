//! `dongbo pause` and `dongbo resume`: sending stops, and goes on.

use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::running;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::Pause;
use dongbo_model::clock::Clock;
use dongbo_model::texts;

texts! {
    paused(): "Đã tạm dừng gửi.", "Sending is paused.";
    paused_before(since, by): "Đã tạm dừng từ {since}, bởi {by}.", "Sending was paused already, since {since} by {by}.";
    because(reason): "Lý do: {reason}", "Reason: {reason}";
    what_goes_on(): "Cuộc gọi đang dở được làm nốt; cơ sở dữ liệu một cửa vẫn được đọc, không bỏ sót thay đổi nào.", "Calls under way are finished; the local database is still read, so that no change is missed.";
    until_resume(): "Gửi tiếp bằng: dongbo resume", "To go on: dongbo resume";
    resumed(): "Đã cho gửi tiếp.", "Sending goes on.";
    lasted(span, by): "Lần tạm dừng của {by} kéo dài {span}.", "The pause by {by} lasted {span}.";
    was_not_paused(): "Không có lệnh tạm dừng nào.", "Sending was not paused.";
    no_daemon(): "dongbo không chạy; lệnh đã ghi vào sổ theo dõi và có hiệu lực khi dongbo khởi động.", "The daemon does not run; the order is kept in the ledger and holds when it starts.";
}

/// The options of `dongbo pause`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PauseArgs {
    /// The reason, kept for people who ask later.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

/// The result of the order.
#[derive(Debug, Clone, Serialize)]
struct View {
    /// Whether sending is paused now.
    paused: bool,
    /// Whether the order changed anything.
    changed: bool,
    /// Whether a daemon took the order; without one it holds from the next start on.
    daemon: bool,
    /// The pause in force, or the one that was ended.
    pause: Option<Pause>,
}

/// Pauses sending, through the daemon or, when none runs, in the ledger.
pub(super) async fn pause(globals: &Globals, args: &PauseArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let request = Request::Pause { by: running::acting_for(), reason: args.reason.clone() };
    let view = match running::connect(&config).await? {
        Some(client) => match client.ask(&request).await? {
            Reply::Paused { pause, before } => {
                View { paused: true, changed: !before, daemon: true, pause: Some(pause) }
            }
            other => return Err(ClientError::unexpected(&other).into()),
        },
        None => {
            let ledger = running::ledger(&config).await?;
            let by = running::note(&ledger, &request).await?;
            let wanted = Pause::new(clock.now(), &by, &args.reason);
            let pause = ledger.begin_pause(&wanted).await?;
            ledger.close().await;
            View { paused: true, changed: pause == wanted, daemon: false, pause: Some(pause) }
        }
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

/// Lets sending go on, through the daemon or, when none runs, in the ledger.
pub(super) async fn resume(globals: &Globals) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let request = Request::Resume { by: running::acting_for() };
    let (daemon, pause) = match running::connect(&config).await? {
        Some(client) => match client.ask(&request).await? {
            Reply::Resumed(pause) => (true, pause),
            other => return Err(ClientError::unexpected(&other).into()),
        },
        None => {
            let ledger = running::ledger(&config).await?;
            let by = running::note(&ledger, &request).await?;
            let pause = ledger.end_pause(clock.now(), &by).await?;
            ledger.close().await;
            (false, pause)
        }
    };
    let view = View { paused: false, changed: pause.is_some(), daemon, pause };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

fn render(view: &View, out: &mut Output) {
    let lang = out.lang();
    match &view.pause {
        Some(pause) if view.paused => {
            let headline = if view.changed {
                paused(lang)
            } else {
                paused_before(lang, lang.moment(pause.since), &pause.by)
            };
            out.line(out.paint(Role::Warn, &headline));
            if !pause.reason.is_empty() {
                out.line(because(lang, &pause.reason));
            }
            out.line(what_goes_on(lang));
            out.line(until_resume(lang));
        }
        Some(pause) => {
            out.line(out.paint(Role::Good, &resumed(lang)));
            let length = (out.now() - pause.since).to_std().unwrap_or_default();
            out.line(lasted(lang, lang.span(length), &pause.by));
        }
        None => out.line(was_not_paused(lang)),
    }
    if !view.daemon && view.changed {
        out.line(no_daemon(lang));
    }
}
