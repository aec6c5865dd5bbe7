//! `dongbo reload`: the running daemon takes over the configuration as it is now.

use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::role::Role;
use super::running;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_model::clock::Clock;
use dongbo_model::texts;

texts! {
    reloaded(): "Cấu hình mới đã qua kiểm tra và có hiệu lực.", "The new configuration is valid and in force.";
}

#[derive(Debug, Clone, Serialize)]
struct View {
    reloaded: bool,
}

/// Has the daemon reload, and waits for the result. What is wrong with the configuration is the daemon's to say, which reads it
/// with the passwords that it was given: only the socket is taken from it here.
pub(super) async fn reload(globals: &Globals) -> Result<Ended, Failure> {
    let read = Config::try_layers(globals.config.as_deref(), std::env::vars_os())?;
    match running::ask(&read.loaded.config, &Request::Reload).await? {
        Reply::Reloaded => {}
        other => return Err(ClientError::unexpected(&other).into()),
    }
    globals.output(&Clock::system()).show(&View { reloaded: true }, |_, out| {
        out.line(out.paint(Role::Good, &reloaded(out.lang())));
    })?;
    Ok(Ended::Complete)
}
