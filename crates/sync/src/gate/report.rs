//! The log lines that report that sending stopped or goes on.

use super::breaker::Change;
use dongbo_model::{ErrorClass, Trouble};
use dongbo_portal::Answer;

/// Logs for the operator that sending stopped or goes on, with what to do.
pub fn report_change(change: Change, answer: &Answer) {
    match change {
        Change::None => {}
        Change::Closed => {
            tracing::info!(event = "portal.up", "The portal answers again; sending goes on, slowly at first")
        }
        Change::Opened(trouble) => {
            let (class, remedy) = match trouble {
                Trouble::Down => (ErrorClass::Transient, "it is probed until it answers; nothing is lost"),
                Trouble::Auth => (
                    ErrorClass::Auth,
                    "check portal.username, portal.password_file and whether the account is locked",
                ),
                Trouble::Config => (ErrorClass::Config, "check portal.adapter_url and the paths below it"),
                Trouble::Drift => (
                    ErrorClass::Config,
                    "its answers have changed; look at the portal's words and add a rule to portal.verdicts",
                ),
            };
            tracing::error!(
                event = "portal.stopped",
                class = class.name(),
                trouble = trouble.name(),
                http_status = answer.http_status,
                portal_code = %answer.portal_code,
                "Sending has stopped ({}): {}; {remedy}",
                trouble.name(),
                answer.message
            );
        }
    }
}
