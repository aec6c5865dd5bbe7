//! `dongbo log-level`: the levels that the running daemon logs.

use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::running;
use crate::control::{ClientError, Reply, Request};
use dongbo_model::clock::Clock;
use dongbo_model::texts;

texts! {
    set(levels): "Từ giờ đến lần khởi động sau, nhật ký ghi: {levels}", "From now until the next start the log writes: {levels}";
    in_force(levels): "Nhật ký đang ghi: {levels}", "The log writes: {levels}";
}

/// The options of `dongbo log-level`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct LogLevelArgs {
    /// New levels: error, warn, info, debug or trace, also by module as in info,dongbo::push=debug. Without, those in
    /// force are shown.
    #[arg(value_name = "LEVELS")]
    directives: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct View {
    levels: String,
    changed: bool,
}

/// Shows or changes the levels of the running daemon's log.
pub(super) async fn log_level(globals: &Globals, args: &LogLevelArgs) -> Result<Ended, Failure> {
    let request = Request::LogLevel { directives: args.directives.clone() };
    let levels = match running::ask(&globals.load()?, &request).await? {
        Reply::LogLevel(levels) => levels,
        other => return Err(ClientError::unexpected(&other).into()),
    };
    let view = View { levels, changed: args.directives.is_some() };
    globals.output(&Clock::system()).show(&view, |view, out| {
        let lang = out.lang();
        out.line(if view.changed { set(lang, &view.levels) } else { in_force(lang, &view.levels) });
    })?;
    Ok(Ended::Complete)
}
